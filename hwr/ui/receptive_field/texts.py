"""The Receptive field tab, in English and Japanese."""

from __future__ import annotations

from hwr.ui.page.languages import Table

LABELS: Table = {
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
}

PAGE: Table = {
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
}

MESSAGES: Table = {
    "field.title": {
        "en": "What could this frame see, and what did it use?",
        "ja": "このフレームには何が見え、何を使ったのか",
    },
    "field.how": {
        "en": "The box is what the layer could see: pixels outside of it cannot change anything there. The heat is what it used: the darker, the more the answer would change with the ink of that pixel (absolute gradient). “Which ink was used” multiplies this by the ink that is there, so that bare paper drops out. Click a letter, or any place on the ink.",
        "ja": "枠は、その層から見える範囲です。枠の外のピクセルは結果に影響しません。色は実際に使った場所で、濃いほど、そのピクセルのインクが変わったときに結果も大きく変わります（勾配の絶対値）。「実際に使ったインク」では、これに実際のインクの濃さを掛けるため、何も書かれていない所は消えます。文字やインク上の好きな場所をクリックしてください。",
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
        "en": "Grey bars: how wide a layer could see, in network pixels. Marks: the width around the frame that holds half, 90 % and 95 % of what it used. The scale is logarithmic. Marks far below the top of a bar mean that most of the field lies idle; BiLSTM layers could use the whole line, and the marks say how far they reach. Early layers have several columns a frame, so their bars are a little wider than in the table below. With two models, the second one’s marks are hollow.",
        "ja": "灰色の棒は層から見える幅（ネットワーク内のピクセル）です。印は、使った影響の 50 %・90 %・95 % を含む幅です。縦軸は対数です。印が棒の上端よりずっと低ければ、見えていても使っていない部分が多いということです。BiLSTM は行全体を使えますが、実際の広がりは印が示します。浅い層は 1 フレームに複数の列があるため、棒は下の表の値より少し広くなります。二つのモデルを比べるとき、白抜きの印が二つ目のモデルです。",
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
    "separability.title": {
        "en": "Do the gates part blanks from characters?",
        "ja": "ゲートはブランクと文字を区別しているか",
    },
    "separability.how": {
        "en": "For every unit: how often is its value higher at a character frame than at a blank frame (AUC)? 0.5 says nothing, 1 parts them perfectly; below 0.5 it is the blank that is high, which parts as well, so the chart shows max(AUC, 1 − AUC). A box holds the middle half of the units of a gate. On a data set of yours: python -m hwr gates --model DIR --data DIR.",
        "ja": "各ユニットについて、文字フレームでの値がブランクフレームより高い割合（AUC）を測ります。0.5 は区別なし、1 は完全な分離です。0.5 未満はブランクのほうが高いだけで分離の強さは同じなので、図では max(AUC, 1 − AUC) を示します。箱はゲートごとのユニットの中央 50 % です。手元のデータセットでは python -m hwr gates --model DIR --data DIR で測れます。",
    },
    "separability.on": {
        "en": "{model}: {lines} lines ({what}), {blank} blank and {character} character frames, told apart by the model’s own greedy path. The best units are picked on the same frames, so take their AUC as a little too high.",
        "ja": "{model}：{lines} 行（{what}）、ブランク {blank} フレーム、文字 {character} フレーム（モデル自身の greedy デコードの経路で判定）。上位ユニットは同じフレームで選んでいるため、AUC はやや高めに出ます。",
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
}
