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
    "model.menu": {"en": "Model", "ja": "モデル"},
    "model.against": {"en": "Compare with", "ja": "比較する相手"},
    "model.nothing": {"en": "Nothing", "ja": "比較しない"},
    "model.gone": {"en": "no longer there", "ja": "削除済み"},
    "model.default": {"en": "Built-in", "ja": "内蔵"},
    "model.connector": {"en": "Built-in, taught with a connector", "ja": "内蔵（コネクタで学習）"},
    "model.twin": {"en": "Built-in, its twin by CTC alone", "ja": "内蔵（CTC のみで学習）"},
    "model.environment": {"en": "HWR_MODEL", "ja": "HWR_MODEL"},
    "model.best": {"en": "best", "ja": "最良"},
    "model.last": {"en": "last", "ja": "最新"},
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
    "tab.connector": {"en": "Connector", "ja": "コネクタ"},
    "connector.taps": {"en": "Connectors side by side", "ja": "並べて見るコネクタ"},
    "connector.text": {"en": "Text of the line", "ja": "行の文"},
    "connector.measure": {"en": "Measure", "ja": "測定する"},
    "twins.side": {"en": "Recogniser taught", "ja": "認識器の学習"},
    "twins.side.with": {"en": "With the connector", "ja": "コネクタあり"},
    "twins.side.without": {"en": "Without", "ja": "コネクタなし"},
    "twins.other": {"en": "Without: which checkpoint", "ja": "「なし」のチェックポイント"},
    "field.layer": {"en": "Layer", "ja": "層"},
    "field.heat": {"en": "Heat", "ja": "ヒートマップ"},
    "field.heat.gradient": {"en": "Where ink would matter", "ja": "インクが効く場所"},
    "field.heat.ink": {"en": "Which ink was used", "ja": "実際に使ったインク"},
    "field.widths": {"en": "Widths of", "ja": "幅の対象"},
    "field.widths.spot": {"en": "This spot", "ja": "この位置"},
    "field.widths.line": {"en": "Mean over the line", "ja": "行全体の平均"},
    "field.network": {"en": "Network", "ja": "ネットワーク"},
    "field.model.read": {"en": "The model of the Read tab", "ja": "読み取りタブのモデル"},
    "field.network.loaded": {"en": "The model above", "ja": "上で選んだモデル"},
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
    "tab.tune": {"en": "Fine-tune", "ja": "微調整"},
    "tune.stop": {"en": "Stop and save", "ja": "保存して停止"},
    "tune.resume": {"en": "Resume", "ja": "再開"},
    "tune.open": {"en": "Open in Read", "ja": "読み取りで開く"},
    "tune.log": {"en": "Log", "ja": "ログ"},
    "tune.manage": {"en": "Rename, discard, delete", "ja": "名前の変更・破棄・削除"},
    "tune.title": {"en": "Name of the run", "ja": "学習の名前"},
    "tune.title.place": {"en": "what it is for (optional)", "ja": "目的など（省略可）"},
    "tune.rename": {"en": "Rename", "ja": "名前を変更"},
    "tune.discard": {"en": "Discard", "ja": "破棄"},
    "tune.delete": {"en": "Delete", "ja": "削除"},
    "tune.yes": {"en": "Yes, remove it", "ja": "はい、消去します"},
    "tune.no": {"en": "Keep it", "ja": "残す"},
    "tune.preset": {"en": "Kind of run", "ja": "学習の種類"},
    "tune.preset.small_cpu": {"en": "Small, ends in minutes", "ja": "小規模（数分で終了）"},
    "tune.preset.connector_only": {"en": "Connector only", "ja": "コネクタのみ"},
    "tune.preset.full": {"en": "Full", "ja": "全体"},
    "tune.group.language": {"en": "Language: connectors and losses", "ja": "言語：コネクタと損失"},
    "tune.group.data": {"en": "Data, in detail", "ja": "データの詳細"},
    "tune.group.optimiser": {"en": "Optimiser", "ja": "最適化"},
    "tune.group.watching": {"en": "Curves and checkpoints", "ja": "曲線とチェックポイント"},
    "tune.group.network": {"en": "Network and machine", "ja": "ネットワークと計算機"},
    "tune.from": {"en": "Start from", "ja": "出発点のモデル"},
    "tune.init": {
        "en": "A model from the list; a directory or Hub id may be typed.",
        "ja": "一覧から選ぶか、ディレクトリや Hub の ID を入力してください。",
    },
    "tune.fresh": {"en": "Fresh weights", "ja": "初期化した重み"},
    "tune.source": {"en": "Learn from", "ja": "学習データ"},
    "tune.source.kept": {"en": "My kept lines", "ja": "保存した行"},
    "tune.source.zip": {"en": "ZIP file", "ja": "ZIP ファイル"},
    "tune.source.path": {"en": "Folder or IAM", "ja": "フォルダー・IAM"},
    "tune.source.hub": {"en": "Hub data set", "ja": "Hub のデータセット"},
    "tune.source.before": {"en": "Prepared before", "ja": "準備済み"},
    "tune.archive": {
        "en": "ZIP of images with metadata.jsonl or .txt files (≤ 20 MB)",
        "ja": "画像と metadata.jsonl または .txt の ZIP（20 MB まで）",
    },
    "tune.place": {
        "en": "Path on this machine: a folder, a .zip file, or IAM",
        "ja": "このマシン上のパス：フォルダー、.zip、または IAM",
    },
    "tune.place.hub": {"en": "Data set id, such as Teklia/IAM-line", "ja": "データセットの ID（例: Teklia/IAM-line）"},
    "tune.prepare": {"en": "Use this data", "ja": "このデータを使う"},
    "tune.after": {"en": "What it fixed and broke", "ja": "改善した所と悪化した所"},
    "tune.compare": {"en": "Compare before and after", "ja": "学習前後を比べる"},
    "tune.give": {"en": "Publish", "ja": "公開"},
    "tune.give.where": {"en": "Where to", "ja": "公開先"},
    "tune.give.directory": {"en": "A directory", "ja": "ディレクトリ"},
    "tune.give.hub": {"en": "Hugging Face Hub", "ja": "Hugging Face Hub"},
    "tune.give.place": {"en": "Directory on this machine", "ja": "このマシン上のディレクトリ"},
    "tune.give.repository": {"en": "Repository", "ja": "リポジトリ"},
    "tune.give.token": {"en": "Hub token with the right to write", "ja": "書き込み権限のある Hub のトークン"},
    "tune.give.token.help": {
        "en": "Used for this upload and not stored.",
        "ja": "今回の送信にだけ使い、保存しません。",
    },
    "tune.give.private": {"en": "Private repository", "ja": "非公開リポジトリ"},
    "tune.publish": {"en": "Publish", "ja": "公開する"},
    "tune.load": {"en": "Load YAML", "ja": "YAML を読み込む"},
    "tune.save": {"en": "Save YAML", "ja": "YAML を保存"},
    "tune.command": {
        "en": "This will run; it can be copied into a shell",
        "ja": "実行されるコマンド（シェルに貼り付けても同じです）",
    },
    "tune.measure": {"en": "Estimate", "ja": "見積もる"},
    "tune.shorter": {"en": "Fit into 10 minutes", "ja": "10 分に収める"},
    "tune.smaller": {"en": "Use the batch that fits", "ja": "収まるバッチにする"},
    "tune.start": {"en": "Start", "ja": "開始"},
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
    "keep.state.nothing": {"en": "Read an image first.", "ja": "先に画像を読み取ってください。"},
    "keep.state.new": {
        "en": "Not kept yet: correct the text and press Enter.",
        "ja": "まだ保存していません。文を直して Enter を押してください。",
    },
    "keep.state.kept": {"en": "Kept (version {version})", "ja": "保存しました（第 {version} 版）"},
    "keep.state.changed": {
        "en": "Changed since it was kept: press Enter to keep this.",
        "ja": "保存後に変更されています。Enter で保存します。",
    },
    "keep.state.out": {"en": "Taken out: not used for training.", "ja": "除外しました（学習には使いません）。"},
    "keep.count": {"en": "{n} lines kept so far", "ja": "これまでに {n} 行を保存"},
    "keep.count.one": {"en": "1 line kept so far", "ja": "これまでに 1 行を保存"},
    "keep.unknown": {
        "en": "This model cannot write {characters} yet; it is kept, and training on it adds what is missing.",
        "ja": "このモデルは {characters} をまだ書けません。文はそのまま保存し、学習時に文字を追加します。",
    },
    "gallery.title": {"en": "Or learn from an example", "ja": "例から学ぶ"},
    "gallery.face": {
        "en": "Rendered with the typeface {face}, not scanned",
        "ja": "書体 {face} で描画した画像です（スキャンではありません）",
    },
    "connector.empty": {
        "en": "Choose a connector and a line; its KL per token then stands here.",
        "ja": "コネクタと行を選ぶと、トークンごとの KL をここに表示します。",
    },
    "connector.from.truth": {
        "en": "The true text: the example says what is written.",
        "ja": "正解の文です（例題なので実際の文が分かっています）。",
    },
    "connector.from.reading": {
        "en": "The recogniser’s own reading, since nobody has said what is written; type the true text above to compare with that.",
        "ja": "正解が分からないため、認識器自身の読み取り結果を使っています。正しい文が分かれば、上に入力してください。",
    },
    "connector.from.typed": {"en": "The text that you typed.", "ja": "入力された文です。"},
    "connector.problem": {
        "en": "The true text could not be used. {reason}",
        "ja": "正解の文は使えませんでした。{reason}",
    },
    "connector.precomputed": {
        "en": "Computed beforehand; “Measure” does it anew for this line, this for all examples:",
        "ja": "事前計算の結果です。この行は「測定する」で、すべての例は次のコマンドで再計算できます:",
    },
    "connector.unit": {
        "en": "in nats: how much of what the text tells the language model the ink, through the connector, does not",
        "ja": "（単位 nat）：文が言語モデルに伝えることのうち、コネクタを通したインクが伝えられていない量",
    },
    "connector.legend.bar": {"en": "KL of a token", "ja": "トークンの KL"},
    "connector.legend.picked": {"en": "picked", "ja": "選択中"},
    "connector.legend.cut": {"en": "cut off: no position left", "ja": "位置が足りず切り捨て"},
    "connector.keys": {
        "en": "KL per token. Left and right arrow keys walk from token to token, up and down from connector to connector.",
        "ja": "トークンごとの KL。左右の矢印キーでトークン、上下の矢印キーでコネクタを移動します。",
    },
    "connector.bar": {"en": "“{token}”: KL {kl} nats", "ja": "「{token}」：KL {kl} nat"},
    "connector.cut.long": {
        "en": "This token has no position: the connector gives fewer embeddings than the text has tokens.",
        "ja": "コネクタの埋め込みの数がトークン数より少ないため、このトークンには位置がありません。",
    },
    "connector.mean": {"en": "mean {kl}", "ja": "平均 {kl}"},
    "connector.cut": {"en": "{n} tokens cut off", "ja": "{n} トークン切り捨て"},
    "connector.cut.one": {"en": "1 token cut off", "ja": "1 トークン切り捨て"},
    "connector.tokens": {"en": "Tokens", "ja": "トークン"},
    "connector.tokens.long": {
        "en": "The text as {lm} cuts it, each token under its ink (forced alignment); ␣ is a space.",
        "ja": "{lm} による分割です。各トークンはそのインクの下にあります（強制アラインメント）。␣ は空白です。",
    },
    "connector.at.surrogate": {
        "en": "At “{token}” (frames {frames}); the next token is “{target}”",
        "ja": "「{token}」（フレーム {frames}）の位置で予測する次のトークン：「{target}」",
    },
    "connector.at.prefix": {
        "en": "At “{token}” (frames {frames}), which is to be predicted",
        "ja": "「{token}」（フレーム {frames}）そのものの予測",
    },
    "connector.at.kl": {
        "en": "KL {kl} nats for {kind} at {tap}, language model {lm}. Left: what the model expects after reading the text. Right: after reading the connector’s embeddings in place of it.",
        "ja": "KL {kl} nat（{tap} の {kind}、言語モデル {lm}）。左：文を読んだモデルの予測。右：文の代わりにコネクタの埋め込みを読んだモデルの予測。",
    },
    "connector.true": {"en": "the true next token", "ja": "正解のトークン"},
    "connector.reference": {"en": "reference: reads the text", "ja": "参照：文を読む"},
    "connector.connector": {"en": "connector: reads the ink", "ja": "コネクタ：インクを読む"},
    "connector.beyond": {
        "en": "The true token is not among the likeliest; this is its probability.",
        "ja": "正解のトークンは上位に入っていません。その確率です。",
    },
    "connector.terms": {"en": "What makes up the KL", "ja": "KL の内訳"},
    "connector.terms.how": {
        "en": "The largest terms q (log q − log p). To the right: the reference expects the token more. To the left: the connector does. All tokens of the vocabulary together give the KL.",
        "ja": "絶対値の大きい項 q (log q − log p) です。右向きは参照のほうが、左向きはコネクタのほうが強く予測しています。語彙全体の合計が KL です。",
    },
    "connector.term.long": {"en": "reference {q}, connector {p}", "ja": "参照 {q}、コネクタ {p}"},
    "connector.three": {"en": "Three texts, token by token", "ja": "三つの文をトークンごとに比べる"},
    "connector.three.how.surrogate": {
        "en": "What the recogniser read on each token’s ink (CTC), the likeliest token after the connector’s embeddings up to there ({kind} at {tap}), and the likeliest after the true tokens up to there ({lm}). Marked: what is not the text’s token. Nothing predicts the first one.",
        "ja": "各トークンのインクから認識器が読んだ文字（CTC）、そこまでのコネクタの埋め込み（{tap} の {kind}）から最も確率の高いトークン、そこまでの正解トークンから最も確率の高いトークン（{lm}）です。文のトークンと違うところに印を付けました。最初のトークンを予測する位置はありません。",
    },
    "connector.three.how.prefix": {
        "en": "What the recogniser read on each token’s ink (CTC), the likeliest token after all of the connector’s embeddings and the true tokens before ({kind} at {tap}), and the likeliest after those tokens alone ({lm}). Marked: what is not the text’s token.",
        "ja": "各トークンのインクから認識器が読んだ文字（CTC）、コネクタの埋め込み全部（{tap} の {kind}）とそれまでの正解トークンから最も確率の高いトークン、正解トークンだけから最も確率の高いトークン（{lm}）です。文のトークンと違うところに印を付けました。",
    },
    "connector.line.token": {"en": "text", "ja": "文"},
    "connector.line.ctc": {"en": "CTC output", "ja": "CTC 出力"},
    "connector.line.connector": {"en": "LM head, connector", "ja": "LM ヘッド（コネクタ）"},
    "connector.line.reference": {"en": "LM head, reference", "ja": "LM ヘッド（参照）"},
    "connector.end": {"en": "end", "ja": "終わり"},
    "connector.unpredicted": {
        "en": "No position speaks of this token.",
        "ja": "このトークンを予測する位置はありません。",
    },
    "connector.right": {"en": "the same as in the text", "ja": "文と同じ"},
    "connector.wrong": {"en": "the text has “{token}”", "ja": "文では「{token}」"},
    "tune.runs": {"en": "Runs", "ja": "学習の一覧"},
    "tune.runs.empty": {"en": "No run yet. Start one below.", "ja": "まだありません。下で開始できます。"},
    "tune.runs.step": {"en": "{step} of {steps}", "ja": "{step} / {steps}"},
    "tune.runs.cer": {"en": "CER {cer} %", "ja": "CER {cer} %"},
    "tune.runs.compare": {"en": "Draw {run} in the curves", "ja": "{run} を曲線に重ねる"},
    "tune.state.queued": {"en": "waits ({n})", "ja": "待機中（{n} 番目）"},
    "tune.state.starting": {"en": "starting", "ja": "準備中"},
    "tune.state.running": {"en": "training", "ja": "学習中"},
    "tune.state.stopped": {"en": "stopped, saved", "ja": "停止（保存済み）"},
    "tune.state.finished": {"en": "finished", "ja": "完了"},
    "tune.state.failed": {"en": "failed", "ja": "失敗"},
    "tune.state.died": {"en": "died", "ja": "異常終了"},
    "tune.state.unreadable": {"en": "of another version", "ja": "別の版の記録"},
    "tune.curves.empty": {
        "en": "Curves appear here with the first steps.",
        "ja": "学習が始まると、ここに曲線が表示されます。",
    },
    "tune.curves.log": {"en": "Log axis", "ja": "対数軸"},
    "tune.curves.time": {"en": "By time", "ja": "時間軸"},
    "tune.curves.label": {
        "en": "{what}. Left and right arrow keys move the cursor, Escape lets it go.",
        "ja": "{what}。左右の矢印キーでカーソルを動かし、Esc で解除します。",
    },
    "tune.curves.at.step": {"en": "step {n}", "ja": "ステップ {n}"},
    "tune.curves.seconds": {"en": "{n} s", "ja": "{n} 秒"},
    "tune.curves.minutes": {"en": "{n} min", "ja": "{n} 分"},
    "tune.curves.hours": {"en": "{n} h", "ja": "{n} 時間"},
    "tune.panel.loss": {"en": "Loss", "ja": "損失"},
    "tune.panel.error": {"en": "Error on validation lines", "ja": "検証データの誤り率"},
    "tune.panel.sets": {"en": "Error by validation set", "ja": "検証セットごとの誤り率"},
    "tune.panel.lm": {"en": "Language-model loss", "ja": "言語モデルの損失"},
    "tune.panel.kl": {"en": "KL to the reference", "ja": "参照との KL"},
    "tune.panel.cut": {"en": "Tokens cut off", "ja": "切り捨てたトークン"},
    "tune.panel.rate": {"en": "Learning rate", "ja": "学習率"},
    "tune.panel.speed": {"en": "Lines a second", "ja": "毎秒の行数"},
    "tune.panel.gradient": {"en": "Length of the gradient", "ja": "勾配の大きさ"},
    "tune.panel.memory": {"en": "Memory, GiB", "ja": "メモリ (GiB)"},
    "tune.panel.other": {"en": "Other", "ja": "その他"},
    "tune.series.loss": {"en": "total", "ja": "合計"},
    "tune.series.ctc": {"en": "CTC", "ja": "CTC"},
    "tune.series.shortcut_ctc": {"en": "shortcut CTC", "ja": "ショートカット CTC"},
    "tune.series.val_cer": {"en": "CER", "ja": "CER"},
    "tune.series.val_wer": {"en": "WER", "ja": "WER"},
    "tune.series.lm": {"en": "mean of the taps", "ja": "全タップの平均"},
    "tune.series.kl": {"en": "mean of the taps", "ja": "全タップの平均"},
    "tune.series.cut_off": {"en": "share", "ja": "割合"},
    "tune.series.learning_rate": {"en": "recogniser", "ja": "認識器"},
    "tune.series.lines_per_second": {"en": "lines/s", "ja": "行/秒"},
    "tune.series.gradient_norm": {"en": "recogniser", "ja": "認識器"},
    "tune.series.connector_gradient_norm": {"en": "connectors", "ja": "コネクタ"},
    "tune.series.memory": {"en": "peak", "ja": "最大"},
    "tune.samples.empty": {
        "en": "Readings of the same lines appear here with the first evaluation.",
        "ja": "最初の評価が終わると、同じ行の読み取り結果がここに並びます。",
    },
    "tune.samples.at": {
        "en": "Evaluation {i} of {all}, at step {n}",
        "ja": "{all} 回中 {i} 回目の評価（ステップ {n}）",
    },
    "tune.samples.slider": {"en": "Evaluation", "ja": "評価"},
    "tune.samples.changed": {"en": "wrong", "ja": "誤り"},
    "tune.samples.inserted": {"en": "too much", "ja": "余分"},
    "tune.samples.deleted": {"en": "missing", "ja": "抜け"},
    "tune.samples.new": {"en": "new since the evaluation before", "ja": "前回の評価から変化"},
    "tune.samples.was": {"en": "written: “{text}”", "ja": "実際は「{text}」"},
    "tune.samples.missing": {"en": "not read at this evaluation", "ja": "この評価では読み取っていません"},
    "tune.samples.nothing": {"en": "no text", "ja": "（空の文）"},
    "tune.samples.right": {"en": "all right", "ja": "すべて正解"},
    "tune.samples.error": {"en": "1 wrong", "ja": "誤り 1 文字"},
    "tune.samples.errors": {"en": "{n} wrong", "ja": "誤り {n} 文字"},
    "tune.samples.better": {"en": "{n} fewer", "ja": "{n} 減"},
    "tune.samples.worse": {"en": "{n} more", "ja": "{n} 増"},
    "tune.samples.other": {"en": "other ones", "ja": "内容が変化"},
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
    "notice.loading.model": {"en": "Loading the checkpoint …", "ja": "チェックポイントを読み込んでいます…"},
    "notice.comparing": {"en": "Reading with the other model, too …", "ja": "比較相手のモデルでも読み取っています…"},
    "beside.title": {"en": "Read by both models", "ja": "2 つのモデルの読み取り"},
    "beside.line": {
        "en": "Line {n} of {lines}, read by both models",
        "ja": "{lines} 行中 {n} 行目、2 つのモデルの読み取り",
    },
    "beside.same": {"en": "Both read the same.", "ja": "読み取り結果は同じです。"},
    "beside.changes": {"en": "They differ in {n} characters.", "ja": "{n} 文字が異なります。"},
    "beside.changes.one": {"en": "They differ in 1 character.", "ja": "1 文字が異なります。"},
    "beside.page": {
        "en": "Whole page: {changed} of {lines} lines differ.",
        "ja": "ページ全体：{lines} 行中 {changed} 行が異なります。",
    },
    "beside.unmatched": {
        "en": "The two did not find the same lines, so the texts of the whole image are compared.",
        "ja": "検出された行が一致しないため、画像全体の文を比べています。",
    },
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
        "en": "Grey bars: how wide a layer could see, in network pixels. Marks: the width around the frame that holds half, 90 % and 95 % of what it used. The scale is logarithmic. Marks far below the top of a bar mean that most of the field lies idle; BiLSTM layers could use the whole line, and the marks say how far they reach. With two models, the second one’s marks are hollow.",
        "ja": "灰色の棒は層から見える幅（ネットワーク内のピクセル）です。印は、使った影響の 50 %・90 %・95 % を含む幅です。縦軸は対数です。印が棒の上端よりずっと低ければ、見えていても使っていない部分が多いということです。BiLSTM は行全体を使えますが、実際の広がりは印が示します。二つのモデルを比べるとき、白抜きの印が二つ目のモデルです。",
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
    "gates.none": {
        "en": "{model} has no LSTM layer, so there are no gates to show.",
        "ja": "{model} には LSTM 層がないため、ゲートはありません。",
    },
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
    "notice.connector": {
        "en": "Measuring with the language model …",
        "ja": "言語モデルで測定しています…",
    },
    "connector.title": {
        "en": "What does the language model hear from the ink?",
        "ja": "言語モデルはインクから何を受け取っているか",
    },
    "connector.how": {
        "en": "A connector turns what the recogniser sees into embeddings, which a frozen language model reads in place of the text. For every token, KL(reference || connector) says how far its expectation of the next token is from what it expects when it reads the true text: 0 means the ink says it all. Click a bar or a token, or walk with the arrow keys.",
        "ja": "コネクタは認識器が見たものを埋め込みに変え、凍結した言語モデルが文の代わりにそれを読みます。KL(reference || connector) は、次のトークンの予測が、正しい文を読んだときの予測からどれだけ離れているかをトークンごとに示します。0 ならインクだけで十分です。棒やトークンをクリックするか、矢印キーで移動してください。",
    },
    "connector.none.title": {
        "en": "There is no checkpoint with connectors yet",
        "ja": "コネクタ付きのチェックポイントがまだありません",
    },
    "connector.none.how": {
        "en": "Train one; it then appears here by itself, as does a directory that HWR_MODEL names. KIND:TAP:WEIGHT says which connector reads which tap ({kinds}); give several to compare attach points.",
        "ja": "次のように学習すると、自動でここに現れます。HWR_MODEL で指定したディレクトリも同様です。KIND:TAP:WEIGHT は、どのコネクタをどの層につなぐかを表します（{kinds}）。複数指定すると、つなぐ場所を比べられます。",
    },
    "connector.choose": {
        "en": "No connector is chosen; choose at least one above.",
        "ja": "コネクタが選ばれていません。上で一つ以上選んでください。",
    },
    "connector.nothing": {
        "en": "Read an image first; its line then stands here.",
        "ja": "先に画像を読み取ってください。その行をここに表示します。",
    },
    "twins.title": {"en": "With and without the connector", "ja": "コネクタの有無で読みはどう変わるか"},
    "twins.how": {
        "en": "Both are recognisers alone. A connector teaches during training only: reading never loads it, nor the language model, so it costs nothing when a line is read, and its files can be deleted. The switch says whose reading is drawn below.",
        "ja": "どちらも認識器だけで読んでいます。コネクタは学習時だけに使い、読み取り時にはコネクタも言語モデルも読み込みません。読み取りの負担は増えず、コネクタのファイルは消しても構いません。下に描く読みをスイッチで選べます。",
    },
    "twins.with": {"en": "With the connector", "ja": "コネクタあり"},
    "twins.without": {"en": "Without", "ja": "コネクタなし"},
    "twins.nothing": {"en": "(nothing was read)", "ja": "（何も読み取れませんでした）"},
    "twins.same": {"en": "Both read the same.", "ja": "どちらも同じ読みです。"},
    "twins.differ": {
        "en": "Marked: where each differs from the other.",
        "ja": "互いに違うところに印を付けました。",
    },
    "twins.marked": {
        "en": "Marked: where each differs from what was written. One line proves nothing; the tables below are measured on many.",
        "ja": "実際の文と違うところに印を付けました。1 行だけでは何も言えません。多くの行での測定は下の表にあります。",
    },
    "twins.sure": {"en": "{confidence} sure", "ja": "確信度 {confidence}"},
    "twins.errors": {"en": "character errors: {n}", "ja": "文字誤り {n}"},
    "gaps.title": {"en": "Loss gaps on a data set", "ja": "データセットでの損失の差"},
    "gaps.how": {
        "en": "Mean loss of the language model over all tokens: when it reads the true text, the connector’s embeddings, and these resized to the number of tokens. A small gap from the reference means that the embeddings stand in for the text well. It can fall below zero, because the ink shows where a line ends and the text does not.",
        "ja": "言語モデルの損失の平均です。正しい文を読んだとき、コネクタの埋め込みを読んだとき、埋め込みをトークン数に合わせて縮めたときの三つです。参照との差が小さいほど、埋め込みが文の代わりになっています。行の終わりは文からは分からずインクからは分かるため、差は負にもなります。",
    },
    "gaps.samples": {"en": "Total samples", "ja": "サンプル数（Total samples）"},
    "gaps.reference": {"en": "Reference (text → text)", "ja": "Reference（文 → 文）"},
    "gaps.connector": {"en": "Connector (image → text, padding)", "ja": "Connector（画像 → 文、padding）"},
    "gaps.downsampled": {"en": "Downsampled (image → text, resized)", "ja": "Downsampled（画像 → 文、resized）"},
    "gaps.connector_reference": {"en": "Gap Connector − Reference", "ja": "差 Connector − Reference"},
    "gaps.downsampled_reference": {"en": "Gap Downsampled − Reference", "ja": "差 Downsampled − Reference"},
    "gaps.connector_downsampled": {"en": "Gap Connector − Downsampled", "ja": "差 Connector − Downsampled"},
    "gaps.gain": {"en": "LM gain log P(y|E) − log P(y)", "ja": "LM 利得 log P(y|E) − log P(y)"},
    "gaps.cut": {"en": "Tokens cut off (N < n)", "ja": "切り捨てたトークン（N < n）"},
    "gaps.nats": {"en": "nats a token", "ja": "nat／トークン"},
    "gaps.interval": {"en": "95 % interval", "ja": "95 % 区間"},
    "gaps.skipped": {"en": "{n} lines left out", "ja": "除外 {n} 行"},
    "gaps.about": {
        "en": "{model}, language model {language_model}, data {data} ({split}), commit {commit}",
        "ja": "{model}、言語モデル {language_model}、データ {data}（{split}）、コミット {commit}",
    },
    "experiment.title": {"en": "Experiments", "ja": "実験"},
    "experiment.how": {
        "en": "All rows start from the same weights and have the same budget. The last column is the character error rate minus that of the first row on the same lines, with its 95 % interval (paired bootstrap); a difference counts only where the interval leaves out zero.",
        "ja": "すべての行は同じ重みから始め、同じ予算で学習しました。最後の列は、同じ行データでの文字誤り率から 1 行目のそれを引いた値と 95 % 区間（対応ありブートストラップ）です。区間が 0 を含まないときだけ差があると言えます。",
    },
    "experiment.row": {"en": "run", "ja": "実行"},
    "experiment.seed": {"en": "seed", "ja": "シード"},
    "experiment.gap": {"en": "gap Connector − Reference", "ja": "差 Connector − Reference"},
    "experiment.seconds": {"en": "s / step", "ja": "秒／ステップ"},
    "experiment.against": {"en": "CER − first row [95 %]", "ja": "CER − 1 行目 [95 %]"},
    "experiment.about": {
        "en": "Computed beforehand by python -m hwr experiment; {budget}; commit {commit}",
        "ja": "python -m hwr experiment による事前計算です。{budget}、コミット {commit}",
    },
    "experiment.series": {
        "en": "Checkpoints of {name}, seed {seed}",
        "ja": "{name}（シード {seed}）のチェックポイント",
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
        "en": "Runs on this machine: images stay here, nothing is counted. Only a model or data set that you name is fetched from the Hub.",
        "ja": "処理はすべてこのマシンで行い、画像を外部に送らず、利用状況も収集しません。名前を指定したモデルとデータセットだけは Hub から取得します。",
    },
    "tune.new": {"en": "Start a run", "ja": "学習を始める"},
    "tune.now.none": {
        "en": "Nothing trains here yet. Choose a checkpoint and data below, then press Start: the run goes on when this page is closed, and is found again from any browser.",
        "ja": "まだ学習はありません。下でチェックポイントとデータを選び、「開始」を押してください。ページを閉じても学習は続き、どのブラウザーからでも見られます。",
    },
    "tune.now.queued": {"en": "Waiting", "ja": "待機中"},
    "tune.now.starting": {"en": "Starting", "ja": "準備中"},
    "tune.now.running": {"en": "Training", "ja": "学習中"},
    "tune.now.stopped": {"en": "Stopped and saved", "ja": "停止（保存済み）"},
    "tune.now.finished": {"en": "Finished", "ja": "完了"},
    "tune.now.failed": {"en": "Failed", "ja": "失敗"},
    "tune.now.died": {"en": "Died", "ja": "異常終了"},
    "tune.now.step": {"en": "Step {step} of {steps}.", "ja": "{steps} ステップ中 {step} ステップ。"},
    "tune.now.left": {"en": "Time left:", "ja": "残り時間："},
    "tune.now.queued.words": {
        "en": "It begins by itself when the run before it ends.",
        "ja": "前の学習が終わると自動的に始まります。",
    },
    "tune.now.starting.words": {"en": "Loading data and model …", "ja": "データとモデルを読み込んでいます…"},
    "tune.now.running.words": {"en": "The first steps are under way …", "ja": "最初のステップを計算しています…"},
    "tune.now.stopped.words": {
        "en": "Resume goes on exactly from here.",
        "ja": "「再開」で、ここから正確に続けられます。",
    },
    "tune.now.finished.words": {
        "en": "Its checkpoints are in every list of models.",
        "ja": "チェックポイントは、すべてのモデル一覧から選べます。",
    },
    "tune.now.died.words": {
        "en": "Resume goes on exactly from its last save.",
        "ja": "「再開」で、最後に保存した所から正確に続けられます。",
    },
    "tune.now.died.log": {
        "en": "The process ended without a word: it was killed, or the machine stopped. The end of its log:",
        "ja": "プロセスが何も残さず終了しました（強制終了かマシンの停止）。ログの末尾：",
    },
    "tune.fact.best": {"en": "Best CER", "ja": "最良の CER"},
    "tune.fact.at": {"en": "at step {n}", "ja": "ステップ {n}"},
    "tune.fact.wer": {"en": "Last WER", "ja": "最新の WER"},
    "tune.fact.loss": {"en": "Loss", "ja": "損失"},
    "tune.fact.speed": {"en": "Lines a second", "ja": "毎秒の行数"},
    "tune.fact.memory": {"en": "Memory, peak", "ja": "メモリ（最大）"},
    "tune.fact.trained": {"en": "Trained for", "ja": "学習した時間"},
    "tune.time.seconds": {"en": "{s} s", "ja": "{s} 秒"},
    "tune.time.precise": {"en": "{s} s", "ja": "{s} 秒"},
    "tune.time.minutes.seconds": {"en": "{m} min {s} s", "ja": "{m} 分 {s} 秒"},
    "tune.time.minutes": {"en": "{m} min", "ja": "{m} 分"},
    "tune.time.hours": {"en": "{h} h {m} min", "ja": "{h} 時間 {m} 分"},
    "tune.log.empty": {"en": "Nothing has been logged yet.", "ja": "まだ記録はありません。"},
    "tune.sure.discard": {
        "en": "Stop {run} at once and remove all that it wrote? Nothing of it can be got back.",
        "ja": "{run} を直ちに止め、書き出したものをすべて消去しますか。元には戻せません。",
    },
    "tune.sure.delete": {
        "en": "Remove {run} with its curves and checkpoints? Nothing of it can be got back.",
        "ja": "{run} を曲線とチェックポイントごと消去しますか。元には戻せません。",
    },
    "tune.stopping": {
        "en": "It saves and stops after this step.",
        "ja": "このステップが終わると、保存して停止します。",
    },
    "tune.started": {
        "en": "Started. You may close this page: the run goes on.",
        "ja": "開始しました。このページを閉じても学習は続きます。",
    },
    "tune.kept": {
        "en": "{n} lines have been corrected and kept in Read.",
        "ja": "読み取りタブで修正・保存した行：{n}",
    },
    "tune.kept.none": {
        "en": "No line has been kept yet: correct a reading in Read and keep it.",
        "ja": "保存した行はまだありません。読み取りタブで結果を修正して保存してください。",
    },
    "tune.preparing": {
        "en": "Preparing the data: {done} of {all} lines …",
        "ja": "データを準備しています：{all} 行中 {done} 行…",
    },
    "tune.measuring": {"en": "Measuring a real step …", "ja": "実際に 1 ステップを測っています…"},
    "tune.checking": {
        "en": "Checking with one real step before the start …",
        "ja": "開始前に 1 ステップで確かめています…",
    },
    "tune.data.lines": {"en": "Lines", "ja": "行数"},
    "tune.data.splits": {"en": "Splits", "ja": "分割"},
    "tune.data.writers": {"en": "Writers", "ja": "筆者"},
    "tune.data.unlisted": {"en": "In no split list", "ja": "分割リストにない行"},
    "tune.data.left": {"en": "Left out: {n} lines", "ja": "除外した行：{n}"},
    "tune.data.unknown": {
        "en": "The checkpoint cannot read {n} of the characters yet: {characters}. With “extend charset” on, it learns them; with it off, they are left out of the texts.",
        "ja": "このチェックポイントがまだ読めない文字が {n} 種あります：{characters}。「文字集合の拡張」がオンなら学習し、オフなら文から除きます。",
    },
    "tune.after.words": {
        "en": "Reads lines that the run did not learn from with the checkpoint before it and with its best one: lines of the new data, and the default lines, where forgetting would show. It takes minutes and goes on when the page is closed.",
        "ja": "学習に使わなかった行を、学習前のチェックポイントと今回の最良のもので読み比べます。新しいデータの行に加え、忘却が分かる標準の行も読みます。数分かかりますが、ページを閉じても続きます。",
    },
    "tune.comparing": {"en": "Reading the lines with both …", "ja": "両方で行を読んでいます…"},
    "tune.compare.died": {
        "en": "The comparison ended without a word; start it again.",
        "ja": "比較が途中で終わりました。もう一度始めてください。",
    },
    "tune.compared": {
        "en": "{before} → {after}, best at step {step}",
        "ja": "{before} → {after}（最良はステップ {step}）",
    },
    "tune.compared.set": {"en": "lines", "ja": "行"},
    "tune.compared.cer": {"en": "CER", "ja": "CER"},
    "tune.compared.change": {"en": "change, points [95 %]", "ja": "変化（ポイント）[95 %]"},
    "tune.compared.lines": {"en": "fixed and broken", "ja": "改善・悪化"},
    "tune.compared.new": {"en": "New data", "ja": "新しいデータ"},
    "tune.compared.default": {"en": "Default lines (forgetting)", "ja": "標準の行（忘却）"},
    "tune.compared.part.val": {"en": "validation split", "ja": "検証用"},
    "tune.compared.part.test": {"en": "test split", "ja": "テスト用"},
    "tune.compared.part.held.out": {"en": "lines held out", "ja": "取り分けた行"},
    "tune.compared.part.drawn": {"en": "lines drawn for this", "ja": "このために描いた行"},
    "tune.compared.better": {"en": "better", "ja": "改善"},
    "tune.compared.worse": {"en": "worse", "ja": "悪化"},
    "tune.compared.unsure": {"en": "no clear difference", "ja": "明確な差なし"},
    "tune.compared.counts": {
        "en": "{fixed} fixed, {broken} broken of {n}",
        "ja": "{n} 行中 改善 {fixed}・悪化 {broken}",
    },
    "tune.compared.fixed": {"en": "fixed", "ja": "改善"},
    "tune.compared.broken": {"en": "broken", "ja": "悪化"},
    "tune.compared.examples.new": {"en": "New data: lines that changed most", "ja": "新しいデータ：最も変わった行"},
    "tune.compared.examples.default": {
        "en": "Default lines: those that changed most",
        "ja": "標準の行：最も変わった行",
    },
    "tune.giving": {"en": "Calibrating, measuring and writing …", "ja": "較正・測定して書き出しています…"},
    "tune.given": {"en": "Published: {place}", "ja": "公開しました：{place}"},
    "tune.device.memory": {"en": "{free} of {total} free", "ja": "空き {free} / {total}"},
    "tune.device.cpu": {
        "en": "There is no GPU here, so training runs on {cores} processor cores. The small kind of run ends in minutes; a full one may take hours or days. Estimate tells.",
        "ja": "GPU がないため、CPU の {cores} コアで学習します。小規模な学習は数分で終わりますが、全体の学習は数時間から数日かかることがあります。「見積もる」で確かめられます。",
    },
    "tune.device.cuda": {
        "en": "Training runs on this GPU, in bf16. One run at a time; others wait behind it.",
        "ja": "この GPU で学習します（bf16）。一度に一つずつ実行し、残りは順番を待ちます。",
    },
    "tune.device.mps": {
        "en": "Training runs on this GPU. One run at a time; others wait behind it.",
        "ja": "この GPU で学習します。一度に一つずつ実行し、残りは順番を待ちます。",
    },
    "tune.device.zero": {
        "en": "This Space borrows a GPU for at most a minute a call (ZeroGPU). Only a run that fits one call can train here: set “seconds” to {seconds} or less. Longer ones need a machine of their own; the command below runs there.",
        "ja": "この Space は GPU を 1 回の呼び出しにつき最大 1 分だけ借ります（ZeroGPU）。1 回に収まる学習だけが可能なので、「秒数」を {seconds} 以下にしてください。長い学習は別のマシンで下のコマンドを実行してください。",
    },
    "tune.estimate.total": {"en": "Whole run", "ja": "全体の時間"},
    "tune.estimate.step": {"en": "One step", "ja": "1 ステップ"},
    "tune.estimate.memory": {"en": "Memory, peak", "ja": "メモリ（最大）"},
    "tune.estimate.disk": {"en": "Disk", "ja": "ディスク"},
    "tune.estimate.batch": {"en": "Largest batch that fits", "ja": "収まる最大のバッチ"},
    "tune.estimate.free": {"en": "{size} <small>of {free} free</small>", "ja": "{size} <small>（空き {free}）</small>"},
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
            "How to compare two models",
            (
                "The menus above the viewer list the built-in models and the checkpoints of every run. The one that is chosen "
                "reads what is shown, and the other tabs look into that one. A second one beside it reads the same image.",
            ),
            (
                ("Marked", "Where the chosen model reads otherwise than the one that it is compared with."),
                (
                    "Fixed, broken",
                    "Words that only the chosen model reads right, and words that only the other does. Counted where it is "
                    "known what is written, as in the examples.",
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
            "How to read the Connector tab",
            (
                "A connector was trained to turn what the recogniser sees into embeddings that a frozen language model can read. "
                "The bars say, token by token, how far the model’s expectation of the next token is from what it expects of "
                "the text itself.",
            ),
            (
                ("KL", "KL(reference || connector) in nats. 0: the ink tells the model as much as the text does."),
                ("Mirror", "Left the likeliest tokens for the reference, right for the connector; ✓ is the true one."),
                ("Three texts", "CTC output, LM head on the connector, LM head on the text; marked where they differ."),
                ("With, without", "Two recognisers that read alone; only their training differed."),
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
            "2 つのモデルの比べ方",
            (
                "ビューアの上のメニューには、内蔵モデルと、すべての学習のチェックポイントが並びます。選んだモデルが表示中の画像を"
                "読み取り、ほかのタブもそのモデルの中身を示します。もう一つ選ぶと、同じ画像を両方で読み取って比べます。",
            ),
            (
                ("印", "選んだモデルの読み取りが、比較相手と違うところです。"),
                (
                    "改善・悪化",
                    "選んだモデルだけが正しく読めた単語と、比較相手だけが正しく読めた単語の数です。例題のように、実際の文が"
                    "分かっている場合にだけ数えます。",
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
            "コネクタタブの見方",
            (
                "コネクタは、認識器が見たものを、凍結した言語モデルが読める埋め込みに変えるように学習されています。"
                "棒は、次のトークンの予測が、文そのものを読んだときの予測からどれだけ離れているかをトークンごとに示します。",
            ),
            (
                ("KL", "KL(reference || connector)、単位は nat です。0 ならインクが文と同じだけ伝えています。"),
                ("左右の棒", "左が参照、右がコネクタで、確率の高いトークンです。✓ が正解のトークンです。"),
                ("三つの文", "CTC 出力、コネクタの LM ヘッド出力、参照の LM ヘッド出力です。違いに印が付きます。"),
                ("あり・なし", "どちらも単独で読む認識器で、学習のしかただけが違います。"),
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

# The fields of a training configuration in Japanese: label and help. English is the dataclass itself.
FIELDS_JA: dict[str, tuple[str, str]] = {
    "data": ("学習データ", "何から学ぶか。"),
    "validation": ("検証データ", "最良のチェックポイントを選ぶためのデータ（画像フォルダー。lines で行数を制限）。"),
    "preset": ("ネットワーク", "初期化した重みで始めるときの形。"),
    "init": (
        "出発点",
        "最初に読み込むチェックポイント（ディレクトリか Hub の ID）。なければ preset の形で初期化します。",
    ),
    "mobilevit_patch": (
        "MobileViT のパッチ",
        "プーリングの後に、この大きさのパッチの MobileViT ブロックを新しく加えます（0：なし）。",
    ),
    "freeze": (
        "固定する部分",
        "認識器のうち学習しない部分（バッチ正規化を含む）：畳み込みだけ、最初の BiLSTM まで、または全体（コネクタだけが学習）。",
    ),
    "characters": ("文字集合", "空欄ならチェックポイントのもの、またはデータに現れる文字。"),
    "extend_charset": ("文字集合の拡張", "チェックポイントにない文字も学習します。"),
    "augment": ("データ拡張", "スキャンした行に変化を加えます。"),
    "steps": ("ステップ数", "重みを更新する回数。"),
    "batch_size": ("バッチサイズ", "1 ステップで学ぶ行数。"),
    "learning_rate": ("学習率", "最大値。"),
    "final_learning_rate": ("最終学習率", "最後の値。"),
    "warmup": ("ウォームアップ", "学習率を上げていくステップ数。"),
    "weight_decay": ("重み減衰", "AdamW の重み減衰（正規化層とバイアスを除く）。"),
    "clip_norm": ("勾配クリッピング", "勾配の長さの上限。"),
    "shortcut_weight": ("ショートカットの重み", "ctc + s × shortcut_ctc の s。"),
    "ema": ("EMA", "検証と保存に使う平均重みの減衰率（0：使わない）。"),
    "blend": (
        "学習分の割合",
        "検証・保存する重みのうち学習した分の割合。残りは開始時の重みで、忘却を抑えます（WiSE-FT）。",
    ),
    "seed": ("シード", "データの順序・変化・初期重みを決めます。"),
    "max_width": ("最大幅", "これより広い学習行は除きます（ネットワーク内の px）。"),
    "workers": ("ワーカー数", "バッチを準備するプロセスの数（0：学習プロセス自身）。"),
    "threads": ("スレッド数", "CPU のスレッド数（0：torch に任せる）。"),
    "log_every": ("記録の間隔", "曲線の点と点のあいだのステップ数。"),
    "validate_every": ("検証の間隔", "検証と検証のあいだのステップ数。"),
    "checkpoint_every": ("保存の間隔", "再開用の保存と保存のあいだのステップ数。"),
    "keep_every": ("残す間隔", "このステップ数ごとにチェックポイントを残します（0：最良と最新だけ）。"),
    "samples": ("読み取り例", "読み取り結果を残す検証行の数。"),
    "seconds": (
        "秒数",
        "この時間までに学習率を下げ終えて停止します（0：制限なし）。結果はマシンの速さに左右されます。",
    ),
    "connectors": ("コネクタ", "認識器に言語を教えるもの（タップごとに一つ）。空欄なら CTC だけで学習します。"),
    "language_model": ("言語モデル", "固定した言語モデル（FrozenLM.load の名前）。"),
    "keep_layers": ("残す層", "言語モデルの最初のこの層数だけを使います。"),
    "objective": ("目的関数", "surrogate または prefix。"),
    "lm_weight": ("LM の重み", "合計 ctc + s × shortcut_ctc + Σ w × (a × L_LM + b × KL) の a。"),
    "kl_weight": ("KL の重み", "合計 ctc + s × shortcut_ctc + Σ w × (a × L_LM + b × KL) の b。"),
    "lm_share": ("LM の割合", "バッチのうち言語モデルが読む行の割合。"),
    "connector_warmup": (
        "コネクタの助走",
        "最初のこのステップ数は、認識器を休ませ、バッチ全体でコネクタだけを学習します。",
    ),
    "connector_learning_rate": ("コネクタの学習率", "コネクタ自身の学習率。独自に上下します。"),
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
        r"There is no checkpoint (.+) here \(any more\); choose another one\.",
        r"チェックポイント \1 は見つかりません（削除された可能性があります）。ほかのものを選んでください。",
    ),
    (
        r"The checkpoint (.+) has been written anew since; read the image again\.",
        r"チェックポイント \1 はその後更新されました。画像をもう一度読み取ってください。",
    ),
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
        r"Character (-?\d+) is not on the line, which has the characters 0 to (\d+)\.",
        r"文字 \1 はこの行にありません（0 から \2 まで）。",
    ),
    (
        r"(.+) does not know the character (.+); look at a frame instead\.",
        r"\1 は文字 \2 を知りません。文字ではなくフレームを選んでください。",
    ),
    (
        r"(.+) finds (\d+) lines on this image, not (\d+); choose another model\.",
        r"\1 はこの画像に \3 行ではなく \2 行を見つけました。別のモデルを選んでください。",
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
    (
        r"Too many wrong tokens; wait (\d+) seconds.*",
        r"トークンの間違いが続きました。\1 秒待ってからやり直してください。",
    ),
    (
        r"HWR_ADMIN_TOKEN is too short to be safe; give it at least (\d+) characters\.",
        r"HWR_ADMIN_TOKEN が短すぎて安全ではありません。\1 文字以上にしてください。",
    ),
    (r"That is not the admin token\.", r"管理者トークンが違います。"),
    (
        r"Read an image first; then its lines can be kept\.",
        r"先に画像を読み取ってください。行を保存できるのはその後です。",
    ),
    (r"The image has changed; look at the text .*", r"画像が変わりました。文を確認してから保存してください。"),
    (r"The image is no longer here; upload it again\.", r"画像が残っていません。もう一度アップロードしてください。"),
    (r"Write what the line says; .*", r"書かれている文を入れてください。空の文は保存できません。"),
    (r"The text has (\d+) characters; one line has at most (\d+)\.", r"文が \1 文字あります。1 行は \2 文字までです。"),
    (r"The text is not valid Unicode; type it again\.", r"文が正しい Unicode ではありません。入力し直してください。"),
    (
        r"Nothing was kept: (.+) cannot grow \((.+)\); .*",
        r"保存できませんでした。\1 に書き込む空きがありません（\2）。ディスクを空けてからやり直してください。",
    ),
    (
        r"Nothing was kept: (.+) cannot be written \((.+)\); .*",
        r"保存できませんでした。\1 に書き込めません（\2）。フォルダーを確かめるか、HWR_DATA_DIR を設定してください。",
    ),
    (
        r"(.+) is busy: another program writes to it; .*",
        r"\1 はほかのプログラムが使用中です。少し待ってからやり直してください。",
    ),
    (
        r"(.+) is damaged or not a store of kept lines \((.+)\); .*",
        r"\1 は壊れているか、保存した行のファイルではありません（\2）。別の場所に移し、控えから戻してください。",
    ),
    (
        r"(.+) is a database of another program; move it away\.",
        r"\1 は別のプログラムのデータベースです。別の場所に移してください。",
    ),
    (
        r"(.+) was written by another version of this program \((.+), not (.+)\)\.",
        r"\1 はこのプログラムの別の版（\2、対応は \3）で書かれています。",
    ),
    (
        r"A checkpoint or its language model cannot be loaded; .*",
        r"チェックポイントか言語モデルを読み込めません。原因はログにあります。",
    ),
    (
        r"(.+) has no connectors \(no connectors\.json\).*",
        r"\1 にはコネクタがありません（connectors.json がありません）。コネクタ付きで学習するか、別のチェックポイントを選んでください。",
    ),
    (
        r"(.+) has no connector at (.+); its connectors are at (.+)\.",
        r"\1 の \2 にはコネクタがありません。コネクタがあるのは \3 です。",
    ),
    (
        r"There is no connector (.+) here \(any more\).*",
        r"コネクタ \1 は（もう）ありません。別のものを選んでください。",
    ),
    (
        r"The connector at (.+) was trained for (.+) \(hidden size (\d+)\), but (.+) has hidden size (\d+);.*",
        r"\1 のコネクタは \2（隠れ層 \3 次元）用に学習されていますが、\4 は \5 次元です。言語モデル \2 を使ってください。",
    ),
    (
        r"The connectors were trained for the tokenizer of (.+), and (.+) has another;.*",
        r"コネクタは \1 のトークナイザー用に学習されていますが、\2 のものは異なります。言語モデル \1 を使ってください。",
    ),
    (
        r"A (.+) recogniser has no tap (.+) for a connector; it has (.+)\.",
        r"\1 の認識器にはコネクタをつなぐ \2 がありません。あるのは \3 です。",
    ),
    (
        r"The connector at (.+) reads (\d+) features, but the recogniser has (\d+) there\.",
        r"\1 のコネクタは \2 次元の特徴を読みますが、この認識器では \3 次元です。",
    ),
    (
        r"(.+) is missing, though connectors\.json names it; .*",
        r"connectors.json にある \1 が見つかりません。チェックポイントを取得し直してください。",
    ),
    (
        r"(.+) is damaged or not of this connector .*",
        r"\1 は壊れているか、このコネクタのものではありません。",
    ),
    (
        r"(.+) is not a list of connectors .*",
        r"\1 はコネクタの一覧として読めません。取得し直してください。",
    ),
    (
        r"(.+) has format (.+); this program reads (.+)\.",
        r"\1 の形式は \2 ですが、このプログラムが読めるのは \3 です。",
    ),
    (
        r"There is no text to compare with; type what the line says\.",
        r"比べる文がありません。行に書かれている文を入力してください。",
    ),
    (
        r"Nothing was read on this line, so there is no text to compare with; .*",
        r"この行からは何も読み取れなかったため、比べる文がありません。書かれている文を入力してください。",
    ),
    (
        r"This recogniser's charset does not have (.+); take these characters out of the text\.",
        r"この認識器の文字集合には \1 がありません。文から取り除いてください。",
    ),
    (
        r"The text is too long for this line: its (\d+) characters need (\d+) frames, the line has (\d+)\.",
        r"文がこの行には長すぎます。\1 文字には \2 フレームが必要ですが、この行は \3 フレームです。",
    ),
    (
        r"(.+) reads at most (\d+) positions at once and was given (\d+);.*",
        r"\1 が一度に読める位置は \2 個までですが、\3 個になりました。位置の少ないコネクタ（qformer・downsample・aligned）を使ってください。",
    ),
    (
        r"(.+) finds (\d+) lines on this image where the reading has (\d+); .*",
        r"\1 はこの画像から \2 行を見つけましたが、表示中の読み取りは \3 行です。先に「読み取り」タブで \1 を使って読み取ってください。",
    ),
    (r"The run (.+) is not running; it is (.+)\.", r"学習「\1」は動いていません（\2）。"),
    (
        r"The run (.+) is just being started; stop it in a moment\.",
        r"学習「\1」は起動中です。少し待ってから停止してください。",
    ),
    (r"The run (.+) has just ended\.", r"学習「\1」はちょうど終わりました。"),
    (r"The run (.+) is (queued|starting|running) already\.", r"学習「\1」はすでに動いているか、順番を待っています。"),
    (
        r"The run (.+) has finished; begin a new one .*",
        r"学習「\1」は完了しています。そのチェックポイントから新しい学習を始めてください。",
    ),
    (r"The run (.+) did not start: (.*)", r"学習「\1」を開始できませんでした：\2"),
    (
        r"The run (.+) is waiting or training in another process; .*",
        r"学習「\1」は別のプロセスで実行中です。先に停止してください。",
    ),
    (r"The run (.+) is being compared already\.", r"学習「\1」はすでに比較中です。"),
    (r"Name the directory to write the checkpoint to\.", r"チェックポイントの書き出し先を指定してください。"),
    (
        r"(.+) is there already and is not empty; name another directory\.",
        r"\1 はすでにあり、空ではありません。別のディレクトリを指定してください。",
    ),
    (r"Name the Hub repository .*", r"Hub のリポジトリ（名前/モデル）と、書き込み権限のあるトークンを入れてください。"),
    (
        r"(learning_rate|connector_learning_rate) must be above 0, not (.+)\.",
        r"\1 は 0 より大きい値にしてください（\2 は使えません）。",
    ),
    (
        r"blend must be above 0 and at most 1, not (.+)\.",
        r"blend は 0 より大きく 1 以下で指定してください（\1 は使えません）。",
    ),
    (
        r"blend below 1 mixes with the checkpoint that the run begins with; name one \(init\)\.",
        "1 未満の blend は開始時のチェックポイントと混ぜます。init で指定してください。",
    ),
    (r"ema must be at least 0 and below 1, not (.+)\.", r"ema は 0 以上 1 未満で指定してください（\1 は使えません）。"),
    (r"(freeze|objective) must be one of (.+), not (.+)\.", r"\1 は \2 のいずれかです（\3 は使えません）。"),
    (
        r"Each tap can have one connector; the configuration lists (.+)\.",
        r"一つのタップに付けられるコネクタは一つです（指定：\1）。",
    ),
    (
        r"lm_weight and kl_weight must not be below 0, .*",
        r"lm_weight と kl_weight は 0 以上で、少なくとも一方は 0 より大きくしてください。",
    ),
    (
        r"lm_share must be above 0 and at most 1, not (.+)\.",
        r"lm_share は 0 より大きく 1 以下で指定してください（\1 は使えません）。",
    ),
    (
        r"connector_warmup must be between 0 and steps - 1, not (.+)\.",
        r"connector_warmup は 0 以上、steps 未満で指定してください（\1 は使えません）。",
    ),
    (r"The training configuration is not usable: (.+)\.", r"学習の設定を使えません：\1"),
    (r"(.+) is not valid YAML: (.*)", r"\1 は YAML として読めません：\2"),
    (r"(.+) must hold a mapping of field names to values\.", r"\1 には「項目名: 値」の形で書いてください。"),
    (
        r"There is no connector kind (.+); choose one of (.+)\.",
        r"コネクタの種類 \1 はありません。\2 から選んでください。",
    ),
    (
        r"The weight of the connector at (.+) must be above 0, not (.+)\.",
        r"\1 のコネクタの重みは 0 より大きくしてください（\2 は使えません）。",
    ),
    (
        r"queries, width, layers and heads of a qformer must be .*; got (.+)\.",
        r"qformer の queries・width・layers・heads は 1 以上、width は偶数で heads の倍数にしてください（指定：\1）。",
    ),
    (
        r"(.+) is no connector; write KIND:TAP:WEIGHT, such as (.+)\.",
        r"\1 はコネクタとして読めません。種類:タップ:重み（例: \2）の形で書いてください。",
    ),
    (
        r"(.+) has (\d+) usable line\(s\); training needs at least two\.",
        r"\1 の使える行は \2 行だけです。学習には 2 行以上必要です。",
    ),
    (
        r"Name the charset \(field characters\): .*",
        r"文字集合（characters）を指定してください。描画するデータからは決められません。",
    ),
    (
        r"mobilevit_patch must divide a height of (\d+) \(preset (.+)\), not (.+)\.",
        r"mobilevit_patch は高さ \1（\2）の約数にしてください（\3 は使えません）。",
    ),
    (
        r"50 lines in a row could not be used for training \((.*)\); look at .*",
        r"50 行続けて学習に使えませんでした（\1）。データの画像と文を確認してください。",
    ),
    (
        r"The (.+) is not a number at step (\d+) .*",
        r"ステップ \2 で \1 が数値でなくなりました。最後の正常なチェックポイントは残っています。学習率を下げてみてください。",
    ),
    (
        r"The state of (.+) does not fit its configuration, .*",
        r"\1 の保存状態は設定と合わないか、別の版のものです。そのチェックポイントから新しく始めてください。",
    ),
    (
        r"The disk of (.+) is full at step (\d+); .*",
        r"ステップ \2 でディスクがいっぱいになりました。それまでの保存は残っています。空きを作って「再開」してください。",
    ),
    (
        r"The memory does not hold a batch(.*) at step (\d+); .*",
        r"ステップ \2 でメモリが足りなくなりました。それまでの保存は残っています。batch_size か max_width を小さくしてください。",
    ),
    (
        r"Not even one line fits: a step takes (.+) of memory and (.+) are free; .*",
        r"1 行も収まりません（必要 \1、空き \2）。max_width かモデルを小さくしてください。",
    ),
    (
        r"A batch of (\d+) takes (.+) of memory and (.+) are free; the largest batch that fits is (\d+)\.",
        r"バッチ \1 には \2 のメモリが必要ですが、空きは \3 です。収まる最大のバッチは \4 です。",
    ),
    (
        r"The run saves (.+) and the disk has (.+) left; free some\.",
        r"保存に \1 必要ですが、ディスクの空きは \2 です。空きを作ってください。",
    ),
    (
        r"Nothing can be learned in (.+) seconds here: .*",
        r"\1 秒では学習できません。バッチか検証の行を減らしてください。",
    ),
    (
        r"This Space has a GPU for (\d+) seconds at a time .* Set seconds to at most (\d+)\.",
        r"この Space が GPU を使えるのは 1 回 \1 秒までです（ZeroGPU）。「秒数」を \2 以下にしてください。",
    ),
    (r"The run could not be measured within (.+) seconds\.", r"\1 秒以内に測定できませんでした。"),
    (
        r"The run (.+) began with fresh weights; .*",
        r"学習「\1」は初期化した重みから始めたため、比べる相手がありません。",
    ),
    (
        r"The run (.+) has no best checkpoint yet; .*",
        r"学習「\1」にはまだ最良のチェックポイントがありません（最初の検証でできます）。",
    ),
    (
        r"The run (.+) belongs to another user of this machine, .*",
        r"学習「\1」はこのマシンの別のユーザーのものなので、停止できません。",
    ),
    (
        r"(.+) was written by another version of this program, or is damaged: (.*)",
        r"\1 は別の版で書かれたか、壊れています：\2",
    ),
    (
        r"The training process ended without a word: .*",
        r"学習プロセスが何も残さず終了しました（強制終了かマシンの停止）。",
    ),
    (
        r"(.+) is no repository of the Hub; write it as owner/name\.",
        r"\1 は Hub のリポジトリ名ではありません。所有者/名前 の形で書いてください。",
    ),
    (
        r"The Hub needs a token that may write .*",
        r"書き込み権限のある Hub のトークンが必要です（https://huggingface.co/settings/tokens）。",
    ),
    (r"The Hub did not take (.+?): (.*)", r"Hub への送信に失敗しました（\1）：\2"),
    (
        r"(.+) is damaged \((.*)\); begin a new run from (.+) \(init\)\.",
        r"\1 は壊れています。\3 を出発点に新しく始めてください。",
    ),
    (r"A run needs a title of at least one character\.", r"学習の名前を 1 文字以上入れてください。"),
    (r"That run is gone; choose another one\.", r"その学習はもうありません。ほかのものを選んでください。"),
    (r"That data is gone; prepare it again\.", r"そのデータはもうありません。準備し直してください。"),
    (r"The field (\w+) is empty; its default is (.+)\.", r"項目 \1 が空です（既定値は \2）。"),
    (r"(\w+) must be a whole number, not (.+)\.", r"\1 は整数で指定してください（\2 は使えません）。"),
    (
        r"Line (\d+) of (\w+) cannot be read; write one (.+) a line\.",
        r"\2 の \1 行目を読めません。1 行に 1 つ \3 の形で書いてください。",
    ),
    (r"Name the data to learn from: .*", r"学習データを指定してください（ファイルを選ぶか、場所を入力）。"),
    (r"Estimate the time and memory first\.", r"先に時間とメモリを見積もってください。"),
    (
        r"The configuration names no training data .*",
        r"学習データが選ばれていません。「このデータを使う」を押してください。",
    ),
    (r"(\w+) must be at least 1, not (.+)\.", r"\1 は 1 以上で指定してください（\2 は使えません）。"),
    (r"(\w+) must not be below 0, and is (.+)\.", r"\1 は 0 以上で指定してください（\2 は使えません）。"),
    (
        r"freeze: recogniser leaves nothing to learn .*",
        r"認識器全体を固定すると学習するものがありません。コネクタを指定してください。",
    ),
    # Data to train on, and why a line of it was left out.
    (
        r"There is no folder or \.zip file at (.+); give one, .*",
        r"\1 というフォルダーも .zip もありません。フォルダー・.zip・Hub の ID（例: Teklia/IAM-line）・kept のどれかを指定してください。",
    ),
    (
        r"There is no folder (.+) here and no public data set of this id .*",
        r"フォルダー \1 も、その ID の公開データセットもありません。名前を確かめてください（非公開のものにはログインが必要です）。",
    ),
    (
        r"There is no folder (.+) here, and the Hugging Face Hub cannot be reached .*",
        r"フォルダー \1 はなく、Hugging Face Hub にも接続できません。一度接続して取得するか、フォルダーか .zip を指定してください。",
    ),
    (
        r"Only a part of (.+) has been fetched so far; .*",
        r"\1 はまだ一部しか取得できていません。ネットワークに接続して残りを取得してください。",
    ),
    (
        r"The data set (.+) has ([\d.]+) GB; at most (.+) GB are fetched here .*",
        r"データセット \1 は \2 GB あります。取得できるのは \3 GB までです（HWR_LARGEST_DATA_GB で変更できます）。",
    ),
    (
        r"The data set (.+) is in Parquet files; run `(.+)`\.",
        r"データセット \1 は Parquet 形式です。`\2` を実行してください。",
    ),
    (r"A Parquet file of (.+) is damaged: .*", r"\1 の Parquet ファイルが壊れています。"),
    (
        r"The Hub's data set (.+) has neither Parquet files nor a metadata\.jsonl; .*",
        r"Hub のデータセット \1 には Parquet も metadata.jsonl もありません。ダウンロードして変換してください。",
    ),
    (
        r"The data set (.+) has the columns (.+); an image column and a text column \((.+)\) are needed\.",
        r"データセット \1 の列は \2 です。画像の列と、文の列（\3）が必要です。",
    ),
    (
        r"(.+) has no metadata\.jsonl; write one line .*",
        r'\1 に metadata.jsonl がありません。画像ごとに {"file_name": ..., "text": ...} を 1 行書くか、'
        r"同じ名前の .txt を各画像の隣に置いてください。",
    ),
    (
        r"The data set (.+) has no usable line: .*\((.+)\)\.",
        r"データセット \1 には使える行がありません（最初に除外されたのは \2）。",
    ),
    (r"(.+) has no line that can be used: .*", r"\1 には使える行がありません。"),
    (r"(.+) is not a \.zip file, or it is damaged: .*", r"\1 は .zip ではないか、壊れています。"),
    (
        r"(.+) names the file (.+), which is outside of the data set's folder\.",
        r"\1 がデータセットの外のファイル \2 を指しています。",
    ),
    (r"(.+) has no usable IAM line: .*", r"\1 には使える IAM の行がありません。"),
    (
        r"(.+) holds neither ascii/lines\.txt .*",
        r"\1 に IAM のファイルがありません。IAM のアーカイブをそこに展開してください。",
    ),
    (r"The data cannot be written to (.+?): (.+)\.", r"データを \1 に書き込めません（\2）。"),
    (
        r"No line(?: of (?:.+))? has been kept yet; .*",
        r"保存した行がまだありません。読み取りタブで文を直して保存してください。",
    ),
    (r"the image is missing", r"画像がありません"),
    (r"the text is empty or not text", r"文が空か、文字列ではありません"),
    (r"no text file of its name is beside it", r"同じ名前の .txt が隣にありません"),
    (r"it is not one line of text in UTF-8", r"UTF-8 の 1 行の文ではありません"),
    (r"the line is not valid JSON", r"JSON として読めない行です"),
    (r'the line has no "file_name"', r"file_name がない行です"),
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
