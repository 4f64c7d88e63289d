"""Every string of the interface, in English and Japanese."""

from __future__ import annotations

import re
from typing import Any, Literal, get_args

Language = Literal["en", "ja"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

# Labels, tabs, buttons and placeholders: Gradio picks the browser's language itself.
LABELS: dict[str, dict[Language, str]] = {
    "tab.read": {"en": "Read", "ja": "読み取り"},
    "tab.decode": {"en": "Decode", "ja": "デコード"},
    "tab.field": {"en": "Receptive field", "ja": "受容野"},
    "tab.about": {"en": "About", "ja": "使い方と解説"},
    "read.image": {"en": "Your handwriting", "ja": "手書きの画像"},
    "read.drop": {
        "en": "# Drop a photo or scan\nclick to choose, or paste it anywhere",
        "ja": "# 写真やスキャンをドロップ\nクリックで選択、貼り付けも可",
    },
    "read.other": {"en": "PDF, HEIC …", "ja": "PDF・HEIC など"},
    "read.lines": {"en": "What is on the image?", "ja": "画像の内容"},
    "read.lines.auto": {"en": "Whole page", "ja": "ページ全体"},
    "read.lines.single": {"en": "One line", "ja": "1行だけ"},
    "read.text": {"en": "Text", "ja": "読み取り結果"},
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
    "field.layer": {"en": "Layer", "ja": "層"},
    "field.heat": {"en": "Heat", "ja": "ヒートマップ"},
    "field.heat.gradient": {"en": "Where ink would matter", "ja": "インクが効く場所"},
    "field.heat.ink": {"en": "Which ink was used", "ja": "実際に使ったインク"},
    "field.widths": {"en": "Widths of", "ja": "幅の対象"},
    "field.widths.spot": {"en": "This spot", "ja": "この位置"},
    "field.widths.line": {"en": "Mean over the line", "ja": "行全体の平均"},
    "field.network": {"en": "Network", "ja": "ネットワーク"},
    "field.network.loaded": {"en": "The loaded model", "ja": "読み込んだモデル"},
    "gates.layer": {"en": "LSTM layer", "ja": "LSTM 層"},
    "gates.direction": {"en": "Direction", "ja": "方向"},
    "gates.forward": {"en": "Left to right →", "ja": "左から右 →"},
    "gates.backward": {"en": "← Right to left", "ja": "← 右から左"},
    "separability.lines": {"en": "Lines", "ja": "対象の行"},
    "separability.examples": {"en": "The examples", "ja": "例の画像"},
    "separability.page": {"en": "The page in Read", "ja": "読み取りタブのページ"},
    "separability.measure": {"en": "Measure", "ja": "測定する"},
    "keep.text": {"en": "What this line says", "ja": "この行に書かれている文"},
    "keep.writer": {"en": "Written by (optional)", "ja": "筆者（任意）"},
    "keep.keep": {"en": "Keep", "ja": "保存"},
    "rights.token": {"en": "Admin token", "ja": "管理者トークン"},
    "rights.enter": {"en": "Log in", "ja": "ログイン"},
    "rights.leave": {"en": "Log out", "ja": "ログアウト"},
}

# Strings that the scripts of the page put together.
PAGE: dict[str, dict[Language, str]] = {
    "viewer.empty": {
        "en": "Drop an image of handwriting above, or pick an example.",
        "ja": "上に手書きの画像をドロップするか、例を選んでください。",
    },
    "viewer.nothing": {"en": "Nothing was read on this line.", "ja": "この行からは何も読み取れませんでした。"},
    "viewer.word": {"en": "“{word}”: {confidence} sure", "ja": "「{word}」の確信度 {confidence}"},
    "viewer.truth": {"en": "What was written", "ja": "実際に書かれている文"},
    "viewer.line": {"en": "Line {n} of {all}", "ja": "{all} 行中 {n} 行目"},
    "viewer.confidence": {"en": "Confidence", "ja": "確信度"},
    "viewer.doubt": {"en": "1 word to check", "ja": "要確認の単語 1 語"},
    "viewer.doubts": {"en": "{n} words to check", "ja": "要確認の単語 {n} 語"},
    "viewer.nodoubts": {"en": "No doubtful word", "ja": "疑わしい単語はありません"},
    "viewer.model": {"en": "Model", "ja": "モデル"},
    "viewer.precomputed": {"en": "Computed beforehand; to redo it:", "ja": "事前計算の結果です。再計算するには:"},
    "viewer.legend": {"en": "Confidence", "ja": "確信度"},
    "viewer.posterior": {"en": "Posterior", "ja": "事後確率"},
    "viewer.sure": {"en": "sure ≥ {p} %", "ja": "確実 ≥ {p} %"},
    "viewer.doubtful": {"en": "doubtful", "ja": "やや不確か"},
    "viewer.guess": {"en": "a guess < {p} %", "ja": "推測 < {p} %"},
    "viewer.sure.short": {"en": "sure", "ja": "確実"},
    "viewer.doubtful.short": {"en": "doubtful", "ja": "やや不確か"},
    "viewer.guess.short": {"en": "a guess", "ja": "推測"},
    "viewer.zoom": {"en": "Zoom", "ja": "拡大・縮小"},
    "viewer.smaller": {"en": "Zoom out", "ja": "縮小"},
    "viewer.larger": {"en": "Zoom in", "ja": "拡大"},
    "viewer.image": {"en": "Image", "ja": "画像"},
    "viewer.image.long": {
        "en": "The line, cut out of the image and straightened",
        "ja": "画像から切り出し、傾きを直した行",
    },
    "viewer.characters": {"en": "Characters", "ja": "文字"},
    "viewer.characters.long": {
        "en": "Characters of “{text}”. Left and right arrow keys walk, Enter pins, Escape lets go.",
        "ja": "「{text}」の文字。左右の矢印キーで移動、Enter で固定、Esc で解除します。",
    },
    "viewer.chip": {"en": "{text}, {confidence}", "ja": "{text}、{confidence}"},
    "viewer.space": {"en": "space", "ja": "空白"},
    "viewer.blank": {"en": "blank", "ja": "ブランク"},
    "viewer.blank.long": {
        "en": "Probability of the CTC blank, frame by frame: high between the letters.",
        "ja": "フレームごとの CTC ブランクの確率です。文字と文字のあいだで高くなります。",
    },
    "viewer.classes.long": {
        "en": "Posterior of each character class (rows) in each frame (columns); shade grows with the square root.",
        "ja": "各フレーム（列）での文字クラス（行）ごとの事後確率です。濃さは平方根に比例します。",
    },
    "viewer.ruler": {"en": "x, px", "ja": "x (px)"},
    "viewer.hint": {
        "en": "Point at the ink, a letter or a frame to see what the recogniser saw there. ← → walk the letters, a click pins one, Esc lets go.",
        "ja": "インク・文字・フレームを指すと、認識器がそこで何を見たかが分かります。← → で文字を移動、クリックで固定、Esc で解除します。",
    },
    "viewer.where": {"en": "Character {n} of {all}", "ja": "{all} 文字中 {n} 文字目"},
    "viewer.span": {
        "en": "frames {first}–{last} · x {from}–{to} px",
        "ja": "フレーム {first}–{last}・x {from}–{to} px",
    },
    "viewer.span1": {"en": "frame {first} · x {from}–{to} px", "ja": "フレーム {first}・x {from}–{to} px"},
    "viewer.frame": {
        "en": "Five best at frame {frame}, x = {x} px",
        "ja": "フレーム {frame}（x = {x} px）の上位 5 候補",
    },
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
    "field.empty": {
        "en": "Read an image first; then pick a letter here or in Read.",
        "ja": "先に画像を読み取ってください。そのあと、ここか読み取りタブで文字を選べます。",
    },
    "field.keys": {
        "en": "Click a letter or a place on the ink; left and right arrow keys walk the letters.",
        "ja": "文字かインク上の場所をクリックしてください。左右の矢印キーで文字を移動します。",
    },
    "field.heat.long": {"en": "What {layer} used, drawn over the line", "ja": "{layer} が使った場所を行の上に重ねた図"},
    "field.legend.box": {"en": "could see", "ja": "見える範囲"},
    "field.legend.heat": {"en": "used (darker: more)", "ja": "使った場所（濃いほど強い）"},
    "field.legend.middle": {"en": "the frame that was asked", "ja": "対象のフレーム"},
    "field.mass": {"en": "used", "ja": "使用量"},
    "field.mass.long": {"en": "Share of the whole heat in each column of pixels", "ja": "ピクセル列ごとの影響の割合"},
    "field.reach": {"en": "held in", "ja": "含む幅"},
    "field.window": {"en": "{share} % in {width} px", "ja": "{share} %：{width} px"},
    "field.here": {
        "en": "x = {x} px: {share} % of what was used (frame {frame})",
        "ja": "x = {x} px：影響全体の {share} %（フレーム {frame}）",
    },
    "field.could": {
        "en": "It could see x {from} to {to} px, {width} px of your image.",
        "ja": "見えるのは画像の x {from}–{to} px（幅 {width} px）です。",
    },
    "field.could.whole": {"en": "It could see the whole line.", "ja": "行全体が見えています。"},
    "field.used": {
        "en": "Half of what it used lies within {half} px, 90 % within {most} px.",
        "ja": "使った影響の半分は幅 {half} px、90 % は幅 {most} px に収まります。",
    },
    "field.inside": {
        "en": "{inside} % of it lies where the convolutions see by themselves; the rest came along the line.",
        "ja": "そのうち {inside} % は畳み込みだけで見える範囲にあり、残りは行に沿って伝わってきたものです。",
    },
    "gates.keys": {
        "en": "Point at a cell; click a row to draw its curve. Up and down arrow keys walk the units.",
        "ja": "セルを指すと値が出ます。行をクリックすると曲線を描きます。上下の矢印キーでユニットを移動します。",
    },
    "gates.choice": {"en": "Gate", "ja": "ゲート"},
    "gates.name.i": {"en": "input gate", "ja": "入力ゲート"},
    "gates.name.f": {"en": "forget gate", "ja": "忘却ゲート"},
    "gates.name.g": {"en": "candidate", "ja": "候補情報"},
    "gates.name.o": {"en": "output gate", "ja": "出力ゲート"},
    "gates.name.c": {"en": "cell", "ja": "セル状態"},
    "gates.name.h": {"en": "hidden state", "ja": "隠れ状態"},
    "gates.units": {"en": "{n} units", "ja": "{n} ユニット"},
    "gates.unit": {"en": "unit {unit}", "ja": "ユニット {unit}"},
    "gates.order": {
        "en": "On top the units that are highest at characters, at the bottom those that are highest at blanks (AUC on this line)",
        "ja": "上ほど文字で高く、下ほどブランクで高いユニットです（この行での AUC 順）",
    },
    "gates.blank.long": {
        "en": "Grey: frames that the model reads as blank",
        "ja": "灰色：モデルがブランクと読んだフレーム",
    },
    "gates.heat.long": {
        "en": "{gate} of {layer}, one row a unit, one column a frame",
        "ja": "{layer} の{gate}。行がユニット、列がフレーム",
    },
    "gates.fact": {"en": "{gate}, unit {unit}", "ja": "{gate}・ユニット {unit}"},
    "gates.here": {"en": "{value} at frame {frame}, x = {x} px", "ja": "フレーム {frame}（x = {x} px）で {value}"},
    "gates.auc.high": {"en": "AUC {auc} on this line: higher at characters", "ja": "この行での AUC {auc}：文字で高い"},
    "gates.auc.low": {"en": "AUC {auc} on this line: higher at blanks", "ja": "この行での AUC {auc}：ブランクで高い"},
    "page.title": {
        "en": "{n} lines found. Pick one to look inside.",
        "ja": "{n} 行を検出しました。行を選ぶと中身を見られます。",
    },
    "page.image": {"en": "The page with its numbered lines", "ja": "行に番号を付けたページ画像"},
    "gallery.title": {"en": "Or learn from an example", "ja": "例から学ぶ"},
    "gallery.face": {
        "en": "Rendered with the typeface {face}, not scanned",
        "ja": "書体 {face} で描画した画像です（スキャンではありません）",
    },
}

# Strings that Python puts together.
MESSAGES: dict[str, dict[Language, str]] = {
    "header.promise": {
        "en": "See what a handwriting recogniser sees.",
        "ja": "手書き文字認識が見ているものを、そのまま目で確かめる。",
    },
    "header.language": {"en": "日本語", "ja": "English"},
    "header.theme": {"en": "Light or dark", "ja": "明るい画面・暗い画面の切り替え"},
    "status.waiting": {"en": "Model loads on first use", "ja": "モデルは最初の利用時に読み込みます"},
    "status.loading": {"en": "Loading the model …", "ja": "モデルを読み込んでいます…"},
    "status.ready": {"en": "Ready: {model}", "ja": "準備完了: {model}"},
    "status.failed": {"en": "No model: {reason}", "ja": "モデルを読み込めません: {reason}"},
    "notice.loading": {
        "en": "The model is still loading, which happens once after a start. Your image is next.",
        "ja": "モデルを読み込んでいます（起動後に一度だけ必要です）。完了しだい、画像を読み取ります。",
    },
    "notice.reading": {"en": "Reading …", "ja": "読み取っています…"},
    "error.input": {"en": "{reason}", "ja": "画像を処理できませんでした。{reason}"},
    "notice.title": {"en": "Please note", "ja": "お知らせ"},
    "error.unexpected": {
        "en": "Sorry, something went wrong on our side; it has been logged. The last result is still here.",
        "ja": "申し訳ありません。内部でエラーが発生しました（記録済みです）。直前の結果はそのまま残っています。",
    },
    "details.title": {"en": "How it was read", "ja": "読み取りの内訳"},
    "details.confidence": {"en": "Confidence", "ja": "確信度"},
    "details.time": {"en": "Time", "ja": "所要時間"},
    "details.size": {"en": "Image", "ja": "画像"},
    "details.lines": {"en": "Lines", "ja": "行数"},
    "details.page": {"en": "Page", "ja": "ページ"},
    "details.pages": {
        "en": "{page} of {pages}; python -m hwr read and the API read them all",
        "ja": "全 {pages} ページ中 {page} ページ目（python -m hwr read と API は全ページを読みます）",
    },
    "details.model": {"en": "Model", "ja": "モデル"},
    "details.picked": {"en": "Picked", "ja": "選択中"},
    "details.second": {"en": "{n} s", "ja": "{n} 秒"},
    "details.steps": {"en": "{total}: {steps}", "ja": "{total}（{steps}）"},
    "details.step.prepare": {"en": "{n} evening out the light", "ja": "明るさの補正 {n}"},
    "details.step.network": {"en": "{n} in the network", "ja": "ネットワーク {n}"},
    "details.step.decode": {"en": "{n} decoding", "ja": "デコード {n}"},
    "details.step.other": {"en": "{n} {step}", "ja": "{step} {n}"},
    "details.pixels": {"en": "{width} × {height} px", "ja": "{width} × {height} px"},
    "details.nothing": {"en": "Nothing yet: click a letter.", "ja": "まだありません。文字をクリックしてください。"},
    "details.character": {
        "en": "“{text}”, character {n} of {all}, {confidence} sure, at frame {frame}",
        "ja": "「{text}」（{all} 文字中 {n} 文字目）、確信度 {confidence}、フレーム {frame}",
    },
    "details.frame": {"en": "frame {frame}, between the characters", "ja": "フレーム {frame}（文字の外）"},
    "notice.searching": {
        "en": "Searching the likeliest texts …",
        "ja": "候補の文を探しています…",
    },
    "notice.language": {
        "en": "Loading the language model {lm} if it is not there yet; the first time this may take a minute.",
        "ja": "言語モデル {lm} を準備しています（初回は 1 分ほどかかることがあります）。",
    },
    "notice.aligning": {"en": "Setting the text on the image …", "ja": "文を画像に重ねています…"},
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
    "field.title": {
        "en": "What could this frame see, and what did it use?",
        "ja": "このフレームには何が見え、何を使ったのか",
    },
    "field.how": {
        "en": "The box is what the layer could see: pixels outside of it cannot change anything there. The heat is what it used: the darker, the more the answer would change with the ink of that pixel (absolute gradient). Click a letter, or any place on the ink.",
        "ja": "枠は、その層から見える範囲です。枠の外のピクセルは結果に影響しません。色は実際に使った場所で、濃いほど、そのピクセルのインクが変わると答えも変わります（勾配の絶対値）。文字やインク上の好きな場所をクリックしてください。",
    },
    "field.spot.picked": {
        "en": "“{text}”, character {n} of {all} on line {line} of {lines}: {layer}",
        "ja": "{lines} 行中 {line} 行目の「{text}」（{all} 文字中 {n} 文字目）：{layer}",
    },
    "field.spot.middle": {
        "en": "Nothing is picked, so this is the middle character: “{text}”, character {n} of {all} on line {line} of {lines}: {layer}",
        "ja": "文字が選ばれていないので、中央の文字を表示しています：{lines} 行中 {line} 行目の「{text}」（{all} 文字中 {n} 文字目）：{layer}",
    },
    "field.spot.frame": {
        "en": "Frame {frame} on line {line} of {lines}: {layer}",
        "ja": "{lines} 行中 {line} 行目のフレーム {frame}：{layer}",
    },
    "field.target.logit": {"en": "gradient of the logit of “{text}”", "ja": "「{text}」のロジットの勾配"},
    "field.target.best": {
        "en": "gradient of the logit of the likeliest class",
        "ja": "最も確率の高いクラスのロジットの勾配",
    },
    "field.target.features": {
        "en": "gradient of the features, {n} random projections",
        "ja": "特徴の勾配（ランダム射影 {n} 本）",
    },
    "field.dead": {
        "en": "No pixel moves this layer here: its features are zero at this place.",
        "ja": "この場所では、この層の特徴がゼロのため、どのピクセルも影響しません。",
    },
    "field.widths.title": {"en": "How much each layer really uses", "ja": "各層は実際にどれだけ使っているか"},
    "field.widths.how": {
        "en": "Grey bars: how wide a layer could see, in network pixels. Marks: the width around the frame that holds half, 90 % and 95 % of what it used. The scale is logarithmic. Marks far below the top of a bar mean that most of the field lies idle; BiLSTM layers could use the whole line, and the marks say how far they reach.",
        "ja": "灰色の棒は層から見える幅（ネットワーク内のピクセル）です。印は、使った影響の 50 %・90 %・95 % を含む幅です。縦軸は対数です。印が棒の上端よりずっと低ければ、見えていても使っていない部分が多いということです。BiLSTM は行全体を使えますが、実際の広がりは印が示します。",
    },
    "field.widths.at.spot": {"en": "At the spot above.", "ja": "上で選んだ位置での値です。"},
    "field.widths.at.line": {
        "en": "Mean over {frames} frames of this line, drawn at random (seed {seed}), one random projection each.",
        "ja": "この行から無作為に選んだ {frames} フレームの平均です（シード {seed}、射影は各 1 本）。",
    },
    "field.table.title": {"en": "How the field grows, layer by layer", "ja": "受容野は層ごとにどう広がるか"},
    "field.table.how": {
        "en": "A layer of kernel k at jump j adds (k − 1) × j pixels; a stride multiplies the jump. Read off the network’s own modules. Attention across patches and a BiLSTM see the whole line; the shortcut head looks at the columns and is the last row.",
        "ja": "カーネル k、間隔 j の層は受容野を (k − 1) × j ピクセル広げ、ストライドは間隔を掛け算で増やします。ネットワークのモジュールから直接計算しています。パッチをまたぐ注意機構と BiLSTM は行全体を見ます。最後の行は、列特徴を見るショートカットヘッドです。",
    },
    "field.table.layer": {"en": "layer", "ja": "層"},
    "field.table.operation": {"en": "what", "ja": "操作"},
    "field.table.k": {"en": "k", "ja": "k"},
    "field.table.s": {"en": "s", "ja": "s"},
    "field.table.in": {"en": "jump in", "ja": "入力間隔"},
    "field.table.out": {"en": "jump out", "ja": "出力間隔"},
    "field.table.adds": {"en": "adds", "ja": "増分"},
    "field.table.sees": {"en": "sees", "ja": "受容野"},
    "field.table.width": {"en": "width", "ja": "幅"},
    "field.table.height": {"en": "height", "ja": "高さ"},
    "field.table.conv": {"en": "convolution", "ja": "畳み込み"},
    "field.table.pool": {"en": "max-pool", "ja": "最大プーリング"},
    "field.table.patch": {"en": "attention within a patch", "ja": "パッチ内の注意"},
    "field.table.attention": {"en": "attention across patches", "ja": "パッチ間の注意"},
    "field.table.columns": {"en": "maximum over the height", "ja": "高さ方向の最大値"},
    "field.table.bilstm": {"en": "BiLSTM", "ja": "BiLSTM"},
    "field.table.whole.line": {"en": "whole line", "ja": "行全体"},
    "field.table.whole.height": {"en": "whole height", "ja": "高さ全体"},
    "field.chart.could": {"en": "could see", "ja": "見える幅"},
    "field.chart.share": {"en": "holds {n} %", "ja": "{n} % を含む"},
    "field.chart.whole": {"en": "all", "ja": "全体"},
    "field.chart.y": {"en": "network pixels", "ja": "ネットワーク内 px"},
    "gates.title": {"en": "What the BiLSTM remembers", "ja": "BiLSTM は何を覚えているか"},
    "gates.how": {
        "en": "One row is one unit, one column one frame, on the pixels of your line. The input gate lets new evidence in, the forget gate keeps the old, the output gate shows it. Rows are sorted: on top those that rise at characters, at the bottom those that rise at blanks. If the gates parted nothing, no pattern would follow the letters.",
        "ja": "行がユニット、列がフレームで、横軸は画像のピクセルです。入力ゲートは新しい情報を入れ、忘却ゲートは古い情報を保ち、出力ゲートはそれを外に出します。上ほど文字で高くなるユニット、下ほどブランクで高くなるユニットです。ゲートが何も区別していなければ、文字に沿った模様は現れません。",
    },
    "gates.short.forward": {"en": "→", "ja": "→"},
    "gates.short.backward": {"en": "←", "ja": "←"},
    "separability.title": {"en": "Do the gates part blanks from characters?", "ja": "ゲートは空白と文字を分けているか"},
    "separability.how": {
        "en": "For every unit: how often is its value higher at a character frame than at a blank frame (AUC)? 0.5 says nothing, 1 parts them perfectly; below 0.5 it is the blank that is high, which parts as well, so the chart shows max(AUC, 1 − AUC). A box holds the middle half of the units of a gate.",
        "ja": "各ユニットについて、文字フレームでの値がブランクフレームより高い割合（AUC）を測ります。0.5 は区別なし、1 は完全な分離です。0.5 未満はブランクのほうが高いだけで分離の強さは同じなので、図では max(AUC, 1 − AUC) を示します。箱はゲートごとのユニットの中央 50 % です。",
    },
    "separability.on": {
        "en": "{model}: {lines} lines ({what}), {blank} blank and {character} character frames, told apart by the model’s own greedy path. The best units are picked on the same frames, so take their AUC as a little too high.",
        "ja": "{model}：{lines} 行（{what}）、ブランク {blank} フレーム、文字 {character} フレーム（モデル自身の greedy 経路で区別）。上位ユニットは同じフレームで選んでいるため、AUC はやや高めに出ます。",
    },
    "separability.what.examples": {"en": "all examples", "ja": "すべての例"},
    "separability.what.page": {"en": "the page in Read", "ja": "読み取りタブのページ"},
    "separability.waiting": {
        "en": "Nothing has been measured yet: choose the lines and press the button.",
        "ja": "まだ測定していません。対象の行を選んでボタンを押してください。",
    },
    "separability.chart.y": {"en": "max(AUC, 1 − AUC)", "ja": "max(AUC, 1 − AUC)"},
    "separability.table.unit": {"en": "best units", "ja": "上位ユニット"},
    "separability.table.auc": {"en": "AUC", "ja": "AUC"},
    "separability.table.fisher": {"en": "Fisher ratio", "ja": "フィッシャー比"},
    "separability.table.means": {"en": "high at", "ja": "高くなる場所"},
    "separability.high": {"en": "characters", "ja": "文字"},
    "separability.low": {"en": "blanks", "ja": "ブランク"},
    "notice.looking": {"en": "Looking into the network …", "ja": "ネットワークの中を調べています…"},
    "notice.measuring": {"en": "Measuring the gates …", "ja": "ゲートを測定しています…"},
    "rights.title": {"en": "For admins", "ja": "管理者の方へ"},
    "rights.locked": {
        "en": "This is a shared host: only an admin can keep lines, train and delete here. Log in at the foot of the page.",
        "ja": "共有ホストのため、行の保存・学習・削除は管理者だけが行えます。ページ下部でログインできます。",
    },
    "rights.closed": {
        "en": "This is a shared host. Whoever has the admin token can keep lines, train and delete here.",
        "ja": "共有ホストです。管理者トークンを持つ方は、行の保存・学習・削除ができます。",
    },
    "rights.free": {
        "en": "You may keep lines, train and delete here (as: {name}).",
        "ja": "行の保存・学習・削除ができます（{name} として）。",
    },
    "about.nocard": {
        "en": "No model card was found beside the weights.",
        "ja": "重みと同じ場所にモデルカードが見つかりませんでした。",
    },
    "about.waiting": {
        "en": "The model card appears here once the model has loaded.",
        "ja": "モデルの読み込みが終わると、ここにモデルカードを表示します。",
    },
    "about.api": {"en": "From a program", "ja": "プログラムから使う"},
    "about.cli": {"en": "From the command line", "ja": "コマンドラインから使う"},
    "about.card": {"en": "The model", "ja": "モデルについて"},
    "footnote": {
        "en": "Runs on this machine: images stay here, nothing is counted. Only a model that you name is fetched from the Hub.",
        "ja": "処理はすべてこのマシンで行い、画像を外部に送らず、利用状況も収集しません。名前を指定したモデルだけは Hub から取得します。",
    },
}

# The guide of the About tab: heading, paragraphs, terms with their meaning.
Section = tuple[str, tuple[str, ...], tuple[tuple[str, str], ...]]
ABOUT: dict[Language, tuple[Section, ...]] = {
    "en": (
        (
            "How to read the line viewer",
            (
                "The recogniser cuts a line into narrow frames, from left to right. For every frame it gives a probability "
                "to each character and to the blank, “no character here”. The text is what remains when repeats are "
                "merged and blanks are dropped (CTC). Every view stands on the same axis: the pixels of your image.",
            ),
            (
                ("Text", "What was read. A dotted line marks words whose confidence is low; check those first."),
                ("Image", "The line as it was found in your image, straightened. A box marks the picked character."),
                (
                    "Characters",
                    "Each character under its ink. A thin line: sure. A thicker one: doubtful. Hatched: a guess.",
                ),
                ("Blank", "The probability of the blank. It falls where a character stands and is high between them."),
                (
                    "Classes",
                    "One row per character class, in the order of writing, one column per frame. A dark cell is a likely "
                    "character. Two dark cells above each other: the recogniser hesitated between the two.",
                ),
            ),
        ),
        (
            "How to read the Decode tab",
            (
                "Instead of one text, the recogniser gives a list of likely ones. Each is scored by the image (the exact CTC "
                "score), by a language model, by a character n-gram and by its length; the weighted sum decides. Drag a "
                "weight and the list is ranked anew at once.",
            ),
            (
                ("Greedy", "What the recogniser reads by itself; rows mark how they differ from it."),
                ("Bars", "Why a row lost to the chosen one. Right of the line: against it. Left: for it."),
                ("Best in list", "On examples: the row closest to what is written, the most that ranking could win."),
                (
                    "α, γ, β",
                    "The weights of language model, n-gram and length. With all three 0, the greedy text stands.",
                ),
            ),
        ),
        (
            "How to read the Receptive field tab",
            (
                "It follows the letter that is picked in Read. A layer could see what lies in the box; what it used is the heat, "
                "the absolute gradient of its features or of the letter’s logit by each pixel. Convolutions see a window, a "
                "BiLSTM the whole line; the widths say how much of it matters.",
            ),
            (
                ("Widths", "The window around the frame that holds 50, 90 and 95 % of the heat."),
                ("Table", "How kernel, stride and jump add up to the field, read off the network’s own modules."),
                (
                    "Gates",
                    "Input, forget and output gate, candidate, cell and hidden state of every unit, frame by frame.",
                ),
                ("AUC", "How often a unit is higher at a character than at a blank. 0.5: it tells nothing."),
            ),
        ),
        (
            "Hands on",
            (),
            (
                (
                    "Point",
                    "at ink, a letter or a frame: it lights up everywhere, with the five best classes of the frame.",
                ),
                ("← →", "walk from letter to letter once the lanes have the focus; Home and End jump to the ends."),
                ("Click or Enter", "pins a character; Escape lets it go."),
                ("+ and −", "widen the frames; a long line scrolls sideways."),
            ),
        ),
        (
            "What confidence means",
            (
                "The probability that a character is right, after a temperature was fitted on validation lines. Of the "
                "characters shown with 90 %, about nine in ten should be right for writing like that of the training data. "
                "On writing of another kind it tends to be too optimistic.",
            ),
            (),
        ),
    ),
    "ja": (
        (
            "行ビューアの見方",
            (
                "認識器は行を左から右へ細い「フレーム」に区切り、フレームごとに各文字と「ブランク（文字なし）」の確率を出します。"
                "同じ文字の連続を一つにまとめ、ブランクを取り除いたものが読み取り結果です（CTC）。"
                "すべての表示は、元の画像のピクセルという同じ横軸に並んでいます。",
            ),
            (
                ("テキスト", "読み取った文です。確信度の低い単語には点線が付きます。まずそこを確認してください。"),
                ("画像", "画像から切り出し、傾きを直した行です。選んだ文字が枠で示されます。"),
                (
                    "文字",
                    "インクの真下に各文字を表示します。細い線は「確実」、太い線は「やや不確か」、斜線は「推測」です。",
                ),
                ("ブランク", "ブランクの確率です。文字のある場所で下がり、文字と文字のあいだで高くなります。"),
                (
                    "クラス",
                    "行は文字クラス（書かれた順）、列はフレームです。濃いほど確率が高く、上下に二つ濃いところがあれば、"
                    "認識器がその二つで迷ったことを示します。",
                ),
            ),
        ),
        (
            "デコードタブの見方",
            (
                "認識器は一つの文だけでなく、ありそうな文の一覧を出せます。各候補には、画像（CTC の厳密な点数）・言語モデル・"
                "文字 n-gram・文字数の点数が付き、その重み付き和が最大の文を採用します。重みを動かすと、すぐに並べ替わります。",
            ),
            (
                ("greedy", "認識器だけで読んだ文です。各候補には、これとの違いが示されます。"),
                ("棒", "候補が採用された文に負けた理由です。縦線の右は不利な分、左は有利な分を表します。"),
                ("正解に最も近い", "例題では、実際の文に最も近い候補が分かります。並べ替えで得られる上限です。"),
                ("α・γ・β", "言語モデル・n-gram・文字数の重みです。すべて 0 なら greedy の文を採用します。"),
            ),
        ),
        (
            "受容野タブの見方",
            (
                "読み取りタブで選んだ文字を対象にします。枠はその層から見える範囲、色は実際に使った場所です（各ピクセルに対する、"
                "層の特徴または文字のロジットの勾配の絶対値）。畳み込みは窓の中だけ、BiLSTM は行全体を見ます。"
                "実際にどこまで影響するかは幅の数値が示します。",
            ),
            (
                ("幅", "フレームを中心に、影響の 50・90・95 % を含む範囲です。"),
                (
                    "表",
                    "カーネル・ストライド・間隔から受容野が決まる過程です。ネットワークのモジュールから計算します。",
                ),
                (
                    "ゲート",
                    "各ユニットの入力・忘却・出力ゲート、候補情報、セル状態、隠れ状態をフレームごとに示します。",
                ),
                ("AUC", "ブランクより文字で値が高くなる割合です。0.5 なら区別していません。"),
            ),
        ),
        (
            "操作",
            (),
            (
                ("指す", "インク・文字・フレームを指すと、すべての表示で該当箇所が光り、上位 5 候補が出ます。"),
                ("← →", "表示にフォーカスがあるとき、文字を順に移動します。Home と End で両端に移ります。"),
                ("クリック・Enter", "文字を固定します。Esc で解除します。"),
                ("＋ と −", "フレームの幅を変えます。長い行は横にスクロールします。"),
            ),
        ),
        (
            "確信度とは",
            (
                "その文字が正しい確率です。検証データで温度を合わせてあり、学習データに近い筆跡なら、90 % と表示された文字の"
                "およそ 10 文字中 9 文字が正しいはずです。異なる種類の筆跡では、実際より高めに出る傾向があります。",
            ),
            (),
        ),
    ),
}

# The sentences of InputError, which the core writes in English: pattern -> Japanese, `\1` as in re.sub.
ERRORS: tuple[tuple[str, str], ...] = (
    (r"No ink found.*", r"背景と区別できる文字が見つかりませんでした。"),
    (
        r"The line is (\d+) px long and (\d+) px high, too long.* at most (\d+) px\.",
        r"行が長すぎます（長さ \1 px、高さ \2 px）。\3 px 以下に分けてください。",
    ),
    (
        r"(.+) is not an image that can be .*",
        r"\1 は画像として開けません。PNG・JPEG・WebP・TIFF・HEIC などをお使いください。",
    ),
    (
        r"(.+) is damaged or cut off.*",
        r"\1 は壊れているか、途中で切れています。もう一度書き出すか、ダウンロードし直してください。",
    ),
    (r"(.+) is empty \(0 bytes\).*", r"\1 は空のファイルです（0 バイト）。もう一度アップロードしてください。"),
    (r"(.+) is larger than (\d+) MB.*", r"\1 は \2 MB を超えています。小さくするか、JPEG で保存し直してください。"),
    (
        r"(.+) has more than (\d+) million pixels.*",
        r"\1 は \2 百万画素を超えています。小さくして保存し直してください。",
    ),
    (
        r"(.+) is (\d+) x (\d+) px, more than (\d+) million pixels.*",
        r"\1（\2 × \3 px）は \4 百万画素を超えています。小さくして保存し直してください。",
    ),
    (
        r"(.+) is (\d+) x (\d+) px, too small.*",
        r"\1（\2 × \3 px）は文字を読むには小さすぎます。元の大きさの画像をお使いください。",
    ),
    (
        r"(.+) is a HEIC photo, which needs .*",
        r"\1 は HEIC 形式です。pillow-heif をインストールするか、JPEG で保存し直してください。",
    ),
    (
        r"(.+) is a PDF, which needs .*",
        r"\1 は PDF です。pypdfium2 をインストールするか、ページを PNG で保存し直してください。",
    ),
    (r"There is no model to read with: (.*)", r"読み取りに使うモデルがありません。\1"),
    (
        r"The built-in language model is not there.*",
        r"内蔵の言語モデルがありません。`python -m hwr train-lm` で学習するか、smollm2 か Hub のモデルを選んでください。",
    ),
    (
        r"There is no language model directory at (.+)\.",
        r"言語モデルのディレクトリ \1 が見つかりません。",
    ),
    (
        r"(.+) has no config\.json; it is not the directory of a language model\.",
        r"\1 に config.json がありません。言語モデルのディレクトリを指定してください。",
    ),
    (
        r"(.+) is neither a directory here nor a Hub id such as (.+)\.",
        r"\1 はディレクトリでも Hub の ID（例: \2）でもありません。",
    ),
    (
        r"The Hugging Face Hub has no public model (.+?); .*",
        r"Hugging Face Hub に公開モデル \1 がありません。ID を確かめてください（非公開のモデルにはログインが必要です）。",
    ),
    (
        r"(.+) is not in the cache of this computer and the Hugging Face Hub cannot be reached .*",
        r"\1 はこのコンピューターに保存されておらず、Hugging Face Hub にも接続できません。一度接続して取得するか、"
        r"内蔵・smollm2・ディレクトリを選んでください。",
    ),
    (
        r"(.+) is not a causal language model.*",
        r"\1 は左から右へ書く（因果的な）言語モデルではありません。GPT-2 のようなモデルを選んでください。",
    ),
    (
        r"The vocabulary of (.+) cannot spell (.+?) \((U\+[0-9A-F]+)\).*",
        r"\1 の語彙では \2（\3）を表せません。内蔵や smollm2 など、バイト単位のトークンを持つモデルを選んでください。",
    ),
    (
        r"The tokenizer of (.+) has no bos token, no eos token and no line break.*",
        r"\1 のトークナイザーには bos・eos・改行のどれもなく、文を始められません。tokenizer_config.json に bos_token を設定してください。",
    ),
    (r"SmolLM2 is not installed .* run `(.+)`\.", r"SmolLM2 がありません。`\1` でインストールしてください。"),
    (
        r"Name a language model: .*",
        r"言語モデルの名前を入れてください（openai-community/gpt2 のような Hub の ID かディレクトリ）。",
    ),
    (
        r"This is a shared host, .*",
        r"共有ホストではディレクトリを指定できません。Hub の ID を入れてください。",
    ),
    (
        r"Separability needs at least two lines, .*",
        r"分離性の測定には 2 行以上が必要です。行を増やすか、例の画像を選んでください。",
    ),
    (
        r"(.+) has no LSTM layer, so there are no gates to show\.",
        r"\1 には LSTM 層がないため、ゲートはありません。",
    ),
    (
        r"(.+) sees only (?:blanks|characters) in these (\d+) lines, .*",
        r"\1 はこの \2 行をすべて同じ種類（ブランクか文字）と読むため、分離を測れません。",
    ),
    (
        r"Frame (-?\d+) is outside of the line, which has the frames 0 to (\d+)\.",
        r"フレーム \1 はこの行にありません（0 から \2 まで）。",
    ),
    (
        r"There is no layer (.+) with a time axis; choose one of (.+)\.",
        r"時間軸をもつ層 \1 はありません。次から選んでください：\2。",
    ),
    (
        r"This is a shared host where nobody may write yet; .*",
        r"この共有ホストでは、まだ誰も書き込めません。運営者が HWR_ADMIN_TOKEN か HWR_ADMINS を設定する必要があります。",
    ),
    (
        r"Only an admin may do this on a shared host; .*",
        r"共有ホストでは、この操作は管理者だけが行えます。ページ下部でログインしてください。",
    ),
    (r"Too many wrong tokens; wait (\d+) seconds.*", r"トークンの間違いが続きました。\1 秒待ってからやり直してください。"),
    (
        r"HWR_ADMIN_TOKEN is too short to be safe; give it at least (\d+) characters\.",
        r"HWR_ADMIN_TOKEN が短すぎて安全ではありません。\1 文字以上にしてください。",
    ),
    (r"That is not the admin token\.", r"管理者トークンが違います。"),
)


def text(key: str, language: Language, **values: Any) -> str:
    """The string of that key, its {fields} filled in. KeyError for a key that no table has."""
    for table in (MESSAGES, PAGE, LABELS):
        if key in table:
            return table[key][language].format(**values) if values else table[key][language]
    raise KeyError(key)


def translated_error(sentence: str, language: Language) -> str:
    """An InputError's sentence for the reader's language; unknown sentences keep their English after an introduction.

    >>> translated_error("No ink found: the image shows nothing.", "ja")
    '背景と区別できる文字が見つかりませんでした。'
    """
    if language == "en":
        return sentence
    for pattern, japanese in ERRORS:
        match = re.fullmatch(pattern, sentence, flags=re.DOTALL)
        if match:
            return match.expand(japanese)
    return text("error.input", language, reason=sentence)


def page_strings() -> dict[str, dict[str, str]]:
    """The table that travels to the page: language -> key -> string."""
    return {language: {key: value[language] for key, value in PAGE.items()} for language in LANGUAGES}


def label_translations() -> dict[str, dict[str, str]]:
    """The table for gr.I18n: language -> key -> string."""
    return {language: {key: value[language] for key, value in LABELS.items()} for language in LANGUAGES}


def choose_language(cookie: str | None, accept_language: str | None) -> Language:
    """The reader's language: what was chosen on the page, else the first of the browser's that we have, else English.

    >>> choose_language(None, "fr;q=0.9, ja-JP;q=0.8, en;q=0.5"), choose_language("en", "ja"), choose_language(None, None)
    ('ja', 'en', 'en')
    """
    for language in LANGUAGES:
        if cookie == language:
            return language
    weighted = []
    for position, part in enumerate((accept_language or "").split(",")):
        tag, _, rest = part.strip().partition(";")
        match = re.search(r"q=([0-9.]+)", rest)
        try:
            weighted.append((-(float(match.group(1)) if match else 1.0), position, tag.lower().split("-")[0]))
        except ValueError:
            continue
    for _, _, tag in sorted(weighted):
        for language in LANGUAGES:
            if tag == language:
                return language
    return "en"
