"""What is said of a line wherever it is drawn."""

from __future__ import annotations

from hwr.sentences import Table

PAGE: Table = {
    "viewer.empty": (
        "Drop an image of handwriting above, or pick an example.",
        "上に手書きの画像をドロップするか、例を選んでください。",
    ),
    "viewer.nothing": ("Nothing was read on this line.", "この行からは何も読み取れませんでした。"),
    "viewer.word": (
        "“{word}”: its least sure letter is {confidence} sure",
        "「{word}」：最も不確かな文字の確信度 {confidence}",
    ),
    "viewer.truth": ("What was written", "実際に書かれている文"),
    "viewer.line": ("Line {n} of {all}", "{all} 行中 {n} 行目"),
    "viewer.confidence": ("Confidence", "確信度"),
    "viewer.doubt": ("1 word to check", "要確認の単語 1 語"),
    "viewer.doubts": ("{n} words to check", "要確認の単語 {n} 語"),
    "viewer.nodoubts": ("No doubtful word", "疑わしい単語はありません"),
    "viewer.model": ("Model", "モデル"),
    "viewer.precomputed": ("Computed beforehand; to redo it:", "事前計算の結果です。再計算するには:"),
    "viewer.legend": (
        "Confidence of a letter; a word and a line are marked like their least sure letter:",
        "文字の確信度（単語と行の印は、その中で最も不確かな文字に合わせます）：",
    ),
    "viewer.posterior": ("Posterior", "事後確率"),
    "viewer.sure": ("sure ≥ {p} %", "確実 ≥ {p} %"),
    "viewer.doubtful": ("doubtful", "やや不確か"),
    "viewer.guess": ("a guess < {p} %", "推測 < {p} %"),
    "viewer.sure.short": ("sure", "確実"),
    "viewer.doubtful.short": ("doubtful", "やや不確か"),
    "viewer.guess.short": ("a guess", "推測"),
    "viewer.zoom": ("Zoom", "拡大・縮小"),
    "viewer.smaller": ("Zoom out", "縮小"),
    "viewer.larger": ("Zoom in", "拡大"),
    "viewer.image": ("Image", "画像"),
    "viewer.image.long": ("The line, cut out of the image and straightened", "画像から切り出し、傾きを直した行"),
    "viewer.characters": ("Characters", "文字"),
    "viewer.characters.long": (
        "Characters of “{text}”. Left and right arrow keys walk, Enter pins, Escape lets go.",
        "「{text}」の文字。左右の矢印キーで移動、Enter で固定、Esc で解除します。",
    ),
    "viewer.chip": ("{text}, {confidence}", "{text}、{confidence}"),
    "viewer.space": ("space", "空白"),
    "viewer.blank": ("blank", "ブランク"),
    "viewer.blank.long": (
        "Probability of the CTC blank, frame by frame: high between the letters.",
        "フレームごとの CTC ブランクの確率です。文字と文字のあいだで高くなります。",
    ),
    "viewer.classes.long": (
        "Posterior of each character class (rows) in each frame (columns); shade grows with the square root.",
        "各フレーム（列）での文字クラス（行）ごとの事後確率です。濃さは平方根に比例します。",
    ),
    "viewer.ruler": ("x, px", "x (px)"),
    "viewer.hint": (
        "Point at the ink, a letter or a frame to see what the recogniser saw there. ← → walk the letters, a click pins one, Esc lets go.",
        "インク・文字・フレームを指すと、認識器がそこで何を見たかが分かります。← → で文字を移動、クリックで固定、Esc で解除します。",
    ),
    "viewer.where": ("Character {n} of {all}", "{all} 文字中 {n} 文字目"),
    "viewer.span": ("frames {first}–{last} · x {from}–{to} px", "フレーム {first}–{last}・x {from}–{to} px"),
    "viewer.span1": ("frame {first} · x {from}–{to} px", "フレーム {first}・x {from}–{to} px"),
    "viewer.frame": ("Five best at frame {frame}, x = {x} px", "フレーム {frame}（x = {x} px）の上位 5 候補"),
}

TEXTS: Table = {
    "details.separator": (", ", "、"),
    "details.title": ("How it was read", "読み取りの内訳"),
    "details.confidence": ("Confidence", "確信度"),
    "details.time": ("Time", "所要時間"),
    "details.size": ("Image", "画像"),
    "details.lines": ("Lines", "行数"),
    "details.page": ("Page", "ページ"),
    "details.pages": (
        "{page} of {pages}; python -m hwr read and the API read them all",
        "全 {pages} ページ中 {page} ページ目（python -m hwr read と API は全ページを読みます）",
    ),
    "details.turned": ("Turned", "回転"),
    "details.degrees": ("{degrees}° clockwise before it was read", "時計回りに {degrees}° 回転してから読み取り"),
    "details.model": ("Model", "モデル"),
    "details.picked": ("Picked", "選択中"),
    "details.second": ("{n} s", "{n} 秒"),
    "details.steps": ("{total}: {steps}", "{total}（{steps}）"),
    "details.step.prepare": ("{n} evening out the light", "明るさの補正 {n}"),
    "details.step.network": ("{n} in the network", "ネットワーク {n}"),
    "details.step.decode": ("{n} decoding", "デコード {n}"),
    "details.step.other": ("{n} {step}", "{step} {n}"),
    "details.pixels": ("{width} × {height} px", "{width} × {height} px"),
    "details.nothing": ("Nothing yet: click a letter.", "まだありません。文字をクリックしてください。"),
    "details.character": (
        "“{text}”, character {n} of {all}, {confidence} sure, at frame {frame}",
        "「{text}」（{all} 文字中 {n} 文字目）、確信度 {confidence}、フレーム {frame}",
    ),
    "details.frame": ("frame {frame}, between the characters", "フレーム {frame}（文字の外）"),
}
