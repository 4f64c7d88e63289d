"""What the Decode tab says."""

from __future__ import annotations

from hwr.sentences import Table

LABELS: Table = {
    "tab.decode": ("Decode", "デコード"),
    "decode.lm": ("Language model", "言語モデル"),
    "decode.lm.default": ("Built-in", "内蔵"),
    "decode.lm.smollm2": ("SmolLM2 135M", "SmolLM2 135M"),
    "decode.lm.none": ("None", "なし"),
    "decode.lm.other": ("Another …", "その他…"),
    "decode.lm.name": ("openai-community/gpt2, or a directory", "openai-community/gpt2 やディレクトリ"),
    "decode.lm.use": ("Use", "使う"),
}

PAGE: Table = {
    "decode.sentences": ("{before} {next}", "{before}{next}"),
    "decode.empty": (
        "Read an image first; its likeliest texts then stand here.",
        "先に画像を読み取ってください。候補の文がここに並びます。",
    ),
    "decode.problem": (
        "The language model did not score this list. {reason}",
        "言語モデルの点数を付けられませんでした。{reason}",
    ),
    "decode.list": (
        "Texts of this line, best first. Arrow keys walk, Enter sets one on the image.",
        "この行の候補（上ほど高得点）。矢印キーで移動、Enter で画像に重ねます。",
    ),
    "decode.lines": ("Lines of the page", "ページの行"),
    "decode.weights": ("Weights", "重み"),
    "decode.alpha": ("language model", "言語モデル"),
    "decode.beta": ("length", "文字数"),
    "decode.gamma": ("character n-gram", "文字 n-gram"),
    "decode.nothing.alpha": ("No language model has scored this list.", "この候補には言語モデルの点数がありません。"),
    "decode.nothing.gamma": ("No n-gram has scored this list.", "この候補には n-gram の点数がありません。"),
    "decode.number": (
        "{name} must be a number, not “{value}”; 0 leaves it out.",
        "{name} には数値を入れてください（「{value}」は数値ではありません）。0 で無効になります。",
    ),
    "decode.reset": ("Back to the start", "初期値に戻す"),
    "decode.off": ("Language off", "言語を使わない"),
    "decode.tuned": ("The starting weights were tuned on {data}.", "重みの初期値は {data} で調整したものです。"),
    "decode.untuned": (
        "The starting weights are a guess: nobody has tuned them for this pair of models.",
        "重みの初期値は目安です（このモデルの組では調整していません）。",
    ),
    "decode.part.image": ("image", "画像"),
    "decode.part.language": ("language", "言語"),
    "decode.part.ngram": ("n-gram", "n-gram"),
    "decode.part.length": ("length", "文字数"),
    "decode.balance": ("balance", "差し引き"),
    "decode.column.text": ("Text", "候補"),
    "decode.column.bar": ("◂ for it · against it ▸", "◂ 有利 · 不利 ▸"),
    "decode.column.total": ("total", "合計"),
    "decode.show": ("on the image ↓", "画像に表示 ↓"),
    "decode.changed": ("changed", "変更"),
    "decode.inserted": ("inserted", "追加"),
    "decode.deleted": ("deleted", "削除"),
    "decode.changed.long": ("greedy: “{was}”", "greedy では「{was}」"),
    "decode.inserted.long": ("not in the greedy text", "greedy にはない文字"),
    "decode.deleted.long": ("greedy had “{was}” here", "greedy ではここに「{was}」"),
    "decode.how": (
        (
            "Each bar says why a text lost to the chosen one: to the right of the line what speaks against it, to the left "
            "what speaks for it, in nats. The upright mark is the balance."
        ),
        "棒は、その候補が採用された文に負けた理由です。細い縦線の右は不利な分、左は有利な分（単位は nat）、太い印は差し引きです。",
    ),
    "decode.nothing": ("no text", "（空の文）"),
    "decode.more": ("Show all {n}", "{n} 件すべて表示"),
    "decode.fewer": ("Show the best {n}", "上位 {n} 件だけ表示"),
    "decode.chosen": ("chosen", "採用"),
    "decode.greedy": ("greedy", "greedy"),
    "decode.best": ("best in list", "正解に最も近い"),
    "decode.text.greedy": ("Greedy, no language", "greedy（言語なし）"),
    "decode.text.chosen": ("Chosen with these weights", "この重みでの採用"),
    "decode.effect.off": (
        "Language is off: the greedy text stands.",
        "言語を使わないので、greedy の文をそのまま採用します。",
    ),
    "decode.effect.none": ("Language agrees with the greedy text.", "言語を加えても greedy の文のままです。"),
    "decode.effect.changes": ("Language changes {n} characters.", "言語により {n} 文字が変わります。"),
    "decode.effect.changes.one": ("Language changes 1 character.", "言語により 1 文字が変わります。"),
    "decode.effect.words": ("Words: {fixed} fixed, {broken} broken.", "単語: 改善 {fixed} 語、悪化 {broken} 語。"),
    "decode.effect.errors": ("Wrong characters: {before} → {after}.", "誤り文字数: {before} → {after}。"),
    "decode.effect.best": ("Best in list: row {n}, {errors}.", "正解に最も近い候補: {n} 位（{errors}）。"),
    "decode.errors": ("{n} wrong characters", "誤り {n} 文字"),
    "decode.errors.one": ("1 wrong character", "誤り 1 文字"),
    "decode.errors.none": ("no wrong character", "誤りなし"),
    "decode.unscored": ("not scored", "点数なし"),
    "decode.use": ("Use this text", "この文を使う"),
    "decode.use.long": (
        "Puts it into the box of corrections on the Read tab; Enter keeps it there.",
        "「読み取り」タブの修正欄に入れます。Enter で保存できます。",
    ),
    "decode.row": ("Row {n}", "{n} 位"),
    "decode.total": ("total", "合計"),
    "decode.behind": ("{n} nats behind the chosen text", "採用された文より {n} nat 低い"),
    "decode.ahead": ("{n} nats ahead of the chosen text", "採用された文より {n} nat 高い"),
}

TEXTS: Table = {
    "decode.lm.broken": (
        "The language model {name} cannot be loaded; the reason is in the log.",
        "言語モデル {name} を読み込めません。理由はログにあります。",
    ),
    "decode.lm.unnamed": (
        "Name a language model: a Hub id such as openai-community/gpt2, or a directory.",
        "言語モデルの名前を入れてください（openai-community/gpt2 のような Hub の ID かディレクトリ）。",
    ),
    "decode.lm.shared": (
        "This is a shared host; choose one of {offered} (its owner can offer more in HWR_LANGUAGE_MODELS).",
        "共有ホストです。{offered} から選んでください（ホストの管理者は HWR_LANGUAGE_MODELS で追加できます）。",
    ),
    "decode.lm.too_long": (
        "A name of {length} characters is no language model's; give a directory or a Hub id.",
        "{length} 文字もある言語モデル名はありません。ディレクトリか Hub の ID を入れてください。",
    ),
    "decode.api.n_best": (
        "n_best must be a whole number from 1 to {most}, not {given!r}.",
        "n_best は 1 から {most} までの整数で指定してください（{given!r} は使えません）。",
    ),
    "decode.lm.title": ("Language model", "言語モデル"),
    "decode.below": ("The text of the picked row, set on the image", "選んだ候補の文を画像に重ねた表示"),
    "harm.title": ("Where language harms", "言語が害になる例"),
    "harm.intro": (
        "Validation lines that are read better without language. Marked: what differs from what was written.",
        "言語を使わないほうが正しく読めた検証データの行です。実際の文と違うところに印を付けました。",
    ),
    "harm.greedy": ("Greedy", "greedy"),
    "harm.rescored": ("With {lm}", "{lm} を使用"),
    "harm.command": ("Found by", "検出コマンド"),
}
