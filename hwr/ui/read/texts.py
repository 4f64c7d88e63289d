"""What the Read tab says."""

from __future__ import annotations

from hwr.sentences import Table

LABELS: Table = {
    "tab.read": ("Read", "読み取り"),
    "read.image": ("Your handwriting", "手書きの画像"),
    "read.drop": (
        "# Drop a photo or scan\nclick to choose, or paste it anywhere",
        "# 写真やスキャンをドロップ\nクリックで選択、貼り付けも可",
    ),
    "read.other": ("PDF, HEIC …", "PDF など"),
    "read.lines": ("What is on the image?", "画像の内容"),
    "read.lines.auto": ("Whole page", "ページ全体"),
    "read.lines.single": ("One line", "1行だけ"),
    "read.turn": ("⟳ Turn", "⟳ 回転"),
    "read.text": ("Text", "読み取り結果"),
}

PAGE: Table = {
    "read.camera": ("Photograph handwriting", "手書きを撮影"),
    "page.title": (
        "{n} lines found. Pick one to look inside. Is it a single line? Choose “One line” above.",
        "{n} 行を検出しました。行を選ぶと中身を見られます。実際は 1 行だけなら、上の「1行だけ」を選んでください。",
    ),
    "page.image": ("The page with its numbered lines", "行に番号を付けたページ画像"),
    "keep.nothing": ("Read an image first.", "先に画像を読み取ってください。"),
    "keep.writer": ("Written by (optional)", "筆者（任意）"),
    "keep.saved": ("{saved} (version {version})", "{saved}（第 {version} 版）"),
    "keep.state.changed": (
        "Changed since it was saved: Enter saves this, Esc goes back.",
        "保存後に変更されています。Enter で保存、Esc で元に戻します。",
    ),
    "keep.state.draft": (
        "Typed, not saved yet: Enter saves it, Esc goes back.",
        "入力は未保存です。Enter で保存、Esc で元に戻します。",
    ),
    "keep.state.failed": (
        "Not saved: {reason} Your text stays in this browser.",
        "保存できませんでした：{reason} 文はこのブラウザーに残っています。",
    ),
    "keep.state.aside": (
        "Noted, but not used for training: this line was split, merged or deleted in Annotate. Correct it there.",
        "記録しましたが、学習には使いません。この行は「注釈」で分割・結合・削除されています。そちらで修正してください。",
    ),
    "page.kept": ("kept", "保存済み"),
    "page.marks": (
        "The number is the line’s mean confidence; the mark under it is that of its least sure letter.",
        "数字は行の平均確信度、下の印は最も不確かな文字のものです。",
    ),
    "keep.state.out": ("Taken out: not used for training.", "除外しました（学習には使いません）。"),
    "keep.count": ("{n} lines kept so far", "これまでに {n} 行を保存"),
    "keep.count.one": ("1 line kept so far", "これまでに 1 行を保存"),
    "keep.unknown": (
        "This model cannot write {characters} yet; it is kept, and training on it adds what is missing.",
        "このモデルは {characters} をまだ書けません。文はそのまま保存し、学習時に文字を追加します。",
    ),
    "gallery.title": ("Or learn from an example", "例から学ぶ"),
    "gallery.face": (
        "Rendered with the typeface {face}, not scanned",
        "書体 {face} で描画した画像です（スキャンではありません）",
    ),
    "gallery.scan": ("Scanned: {credit}", "スキャン画像：{credit}"),
}

TEXTS: Table = {
    "read.gone": (
        "The image that you had here is not kept any more (uploads stay for a day); upload it again.",
        "前に表示していた画像は残っていません（保存は 1 日です）。もう一度アップロードしてください。",
    ),
    "keep.read_first": (
        "Read an image first; then its lines can be kept.",
        "先に画像を読み取ってください。行を保存できるのはその後です。",
    ),
    "keep.image_changed": (
        "The image has changed; look at the text again before you keep it.",
        "画像が変わりました。文を確認してから保存してください。",
    ),
    "notice.turned": (
        "The image lay the wrong way: it was turned {degrees}° clockwise to be read. “Turn” turns it further.",
        "画像の向きが違うようなので、時計回りに {degrees}° 回転して読み取りました。「回転」でさらに回せます。",
    ),
    "comparison.right": ("✓ right", "✓ 正解"),
    "comparison.judged": (
        "Of {known} of the {lines} lines it is known what is written.",
        "正解が分かっているのは {lines} 行中 {known} 行です。",
    ),
    "comparison.wrong": ("Both have {n} wrong characters.", "どちらも {n} 文字誤っています。"),
    "comparison.title": ("Read by both models", "2 つのモデルの読み取り"),
    "comparison.line": ("Line {n} of {lines}, read by both models", "{lines} 行中 {n} 行目、2 つのモデルの読み取り"),
    "comparison.same": ("Both read the same.", "読み取り結果は同じです。"),
    "comparison.changes": ("They differ in {n} characters.", "{n} 文字が異なります。"),
    "comparison.changes.one": ("They differ in 1 character.", "1 文字が異なります。"),
    "comparison.page": (
        "Whole page: {changed} of {lines} lines differ.",
        "ページ全体：{lines} 行中 {changed} 行が異なります。",
    ),
    "comparison.unmatched": (
        "The two did not find the same lines, so the texts of the whole image are compared.",
        "検出された行が一致しないため、画像全体の文を比べています。",
    ),
}
