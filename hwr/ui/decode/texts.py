"""The Decode tab, in English and Japanese."""

from __future__ import annotations

from hwr.ui.page.languages import Table

LABELS: Table = {
    "decode.lm": {"en": "Language model", "ja": "言語モデル"},
    "decode.lm.default": {"en": "Built-in", "ja": "内蔵"},
    "decode.lm.smollm2": {"en": "SmolLM2 135M", "ja": "SmolLM2 135M"},
    "decode.lm.none": {"en": "None", "ja": "なし"},
    "decode.lm.other": {"en": "Another …", "ja": "その他…"},
    "decode.lm.name": {
        "en": "openai-community/gpt2, or a directory",
        "ja": "openai-community/gpt2 やディレクトリ",
    },
    "decode.lm.use": {"en": "Use", "ja": "使う"},
}

PAGE: Table = {
    "decode.empty": {
        "en": "Read an image first; its likeliest texts then stand here.",
        "ja": "先に画像を読み取ってください。候補の文がここに並びます。",
    },
    "decode.problem": {
        "en": "The language model did not score this list. {reason}",
        "ja": "言語モデルの点数を付けられませんでした。{reason}",
    },
    "decode.list": {
        "en": "Texts of this line, best first. Arrow keys walk, Enter sets one on the image.",
        "ja": "この行の候補（上ほど高得点）。矢印キーで移動、Enter で画像に重ねます。",
    },
    "decode.lines": {"en": "Lines of the page", "ja": "ページの行"},
    "decode.weights": {"en": "Weights", "ja": "重み"},
    "decode.alpha": {"en": "language model", "ja": "言語モデル"},
    "decode.beta": {"en": "length", "ja": "文字数"},
    "decode.gamma": {"en": "character n-gram", "ja": "文字 n-gram"},
    "decode.nothing.alpha": {
        "en": "No language model has scored this list.",
        "ja": "この候補には言語モデルの点数がありません。",
    },
    "decode.nothing.gamma": {
        "en": "No n-gram has scored this list.",
        "ja": "この候補には n-gram の点数がありません。",
    },
    "decode.number": {
        "en": "{name} must be a number, not “{value}”; 0 leaves it out.",
        "ja": "{name} には数値を入れてください（「{value}」は数値ではありません）。0 で無効になります。",
    },
    "decode.reset": {"en": "Back to the start", "ja": "初期値に戻す"},
    "decode.off": {"en": "Language off", "ja": "言語を使わない"},
    "decode.tuned": {
        "en": "The starting weights were tuned on {data}.",
        "ja": "重みの初期値は {data} で調整したものです。",
    },
    "decode.untuned": {
        "en": "The starting weights are a guess: nobody has tuned them for this pair of models.",
        "ja": "重みの初期値は目安です（このモデルの組では調整していません）。",
    },
    "decode.part.image": {"en": "image", "ja": "画像"},
    "decode.part.language": {"en": "language", "ja": "言語"},
    "decode.part.ngram": {"en": "n-gram", "ja": "n-gram"},
    "decode.part.length": {"en": "length", "ja": "文字数"},
    "decode.balance": {"en": "balance", "ja": "差し引き"},
    "decode.column.text": {"en": "Text", "ja": "候補"},
    "decode.column.bar": {"en": "◂ for it · against it ▸", "ja": "◂ 有利 · 不利 ▸"},
    "decode.column.total": {"en": "total", "ja": "合計"},
    "decode.show": {"en": "on the image ↓", "ja": "画像に表示 ↓"},
    "decode.changed": {"en": "changed", "ja": "変更"},
    "decode.inserted": {"en": "inserted", "ja": "追加"},
    "decode.deleted": {"en": "deleted", "ja": "削除"},
    "decode.changed.long": {"en": "greedy: “{was}”", "ja": "greedy では「{was}」"},
    "decode.inserted.long": {"en": "not in the greedy text", "ja": "greedy にはない文字"},
    "decode.deleted.long": {"en": "greedy had “{was}” here", "ja": "greedy ではここに「{was}」"},
    "decode.how": {
        "en": "Each bar says why a text lost to the chosen one: to the right of the line what speaks against it, to the left "
        "what speaks for it, in nats. The upright mark is the balance.",
        "ja": "棒は、その候補が採用された文に負けた理由です。細い縦線の右は不利な分、左は有利な分（単位は nat）、太い印は差し引きです。",
    },
    "decode.nothing": {"en": "no text", "ja": "（空の文）"},
    "decode.more": {"en": "Show all {n}", "ja": "{n} 件すべて表示"},
    "decode.fewer": {"en": "Show the best {n}", "ja": "上位 {n} 件だけ表示"},
    "decode.chosen": {"en": "chosen", "ja": "採用"},
    "decode.greedy": {"en": "greedy", "ja": "greedy"},
    "decode.best": {"en": "best in list", "ja": "正解に最も近い"},
    "decode.text.greedy": {"en": "Greedy, no language", "ja": "greedy（言語なし）"},
    "decode.text.chosen": {"en": "Chosen with these weights", "ja": "この重みでの採用"},
    "decode.effect.off": {
        "en": "Language is off: the greedy text stands.",
        "ja": "言語を使わないので、greedy の文をそのまま採用します。",
    },
    "decode.effect.none": {
        "en": "Language agrees with the greedy text.",
        "ja": "言語を加えても greedy の文のままです。",
    },
    "decode.effect.changes": {"en": "Language changes {n} characters.", "ja": "言語により {n} 文字が変わります。"},
    "decode.effect.changes.one": {"en": "Language changes 1 character.", "ja": "言語により 1 文字が変わります。"},
    "decode.effect.words": {
        "en": "Words: {fixed} fixed, {broken} broken.",
        "ja": "単語: 改善 {fixed} 語、悪化 {broken} 語。",
    },
    "decode.effect.errors": {
        "en": "Wrong characters: {before} → {after}.",
        "ja": "誤り文字数: {before} → {after}。",
    },
    "decode.effect.best": {
        "en": "Best in list: row {n}, {errors}.",
        "ja": "正解に最も近い候補: {n} 位（{errors}）。",
    },
    "decode.errors": {"en": "{n} wrong characters", "ja": "誤り {n} 文字"},
    "decode.errors.one": {"en": "1 wrong character", "ja": "誤り 1 文字"},
    "decode.errors.none": {"en": "no wrong character", "ja": "誤りなし"},
    "decode.unscored": {"en": "not scored", "ja": "点数なし"},
    "decode.row": {"en": "Row {n}", "ja": "{n} 位"},
    "decode.total": {"en": "total", "ja": "合計"},
    "decode.behind": {"en": "{n} nats behind the chosen text", "ja": "採用された文より {n} nat 低い"},
    "decode.ahead": {"en": "{n} nats ahead of the chosen text", "ja": "採用された文より {n} nat 高い"},
}

MESSAGES: Table = {
    "decode.lm.title": {"en": "Language model", "ja": "言語モデル"},
    "decode.below": {
        "en": "The text of the picked row, set on the image",
        "ja": "選んだ候補の文を画像に重ねた表示",
    },
    "harm.title": {"en": "Where language harms", "ja": "言語が害になる例"},
    "harm.intro": {
        "en": "Validation lines that are read better without language. Marked: what differs from what was written.",
        "ja": "言語を使わないほうが正しく読めた検証データの行です。実際の文と違うところに印を付けました。",
    },
    "harm.greedy": {"en": "Greedy", "ja": "greedy"},
    "harm.rescored": {"en": "With {lm}", "ja": "{lm} を使用"},
    "harm.command": {"en": "Found by", "ja": "検出コマンド"},
}
