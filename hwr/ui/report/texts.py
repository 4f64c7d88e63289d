"""What a report says, and what is said of one that cannot be made."""

from __future__ import annotations

from hwr.sentences import Table

LABELS: Table = {
    "report.button": ("Report on this line", "この行のレポート"),
}
TEXTS: Table = {
    "report.no_line": (
        "{image} has the lines 1 to {lines}, no line {line}.",
        "{image} の行は 1 から {lines} までで、{line} 行目はありません。",
    ),
    "report.other_lines": (
        "{model}, whose connector was asked, finds {found} lines on this image and not {lines}.",
        "コネクタを持つ {model} はこの画像から {lines} 行ではなく {found} 行を見つけました。",
    ),
    "report.read_first": ("Read an image first.", "先に画像を読み取ってください。"),
    "report.making": (
        "Making the report: other texts, connector, receptive field …",
        "レポートを作成しています（候補、コネクタ、受容野）…",
    ),
    "report.title": ("Reading of {image}", "{image} の読み取り結果"),
    "report.made": (
        "Made by hwr {version} on {date} with the model {model}. One file: it asks nothing of any network.",
        "hwr {version} が {date} に、モデル {model} で作成しました。1 ファイルで完結し、通信は行いません。",
    ),
    "report.line": ("Line {n}", "{n} 行目"),
    "report.reading": ("Reading and alignment", "読み取りとアラインメント"),
    "report.decode": ("Which texts could this be?", "ほかの候補"),
    "report.connector": (
        "KL(reference || connector) per token: what the language model hears from the ink",
        "トークンごとの KL(reference || connector)：言語モデルがインクから受け取る情報",
    ),
    "report.field": (
        "What the recogniser could see and used at “{text}”",
        "「{text}」で認識器が見られる範囲と、実際に使った範囲",
    ),
    "report.table": ("Receptive field of every layer ({model})", "各層の受容野（{model}）"),
    "report.problem": ("Left out: {problem}", "含まれていません：{problem}"),
}
