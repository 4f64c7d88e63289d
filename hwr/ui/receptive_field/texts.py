"""What the Receptive field tab says."""

from __future__ import annotations

from hwr.sentences import Table

LABELS: Table = {
    "tab.field": ("Receptive field", "受容野"),
    "field.layer": ("Layer", "層"),
    "field.heat": ("Heat", "ヒートマップ"),
    "field.heat.gradient": ("Where ink would matter", "インクが効く場所"),
    "field.heat.ink": ("Which ink was used", "実際に使ったインク"),
    "field.widths": ("Widths of", "幅の対象"),
    "field.widths.spot": ("This spot", "この位置"),
    "field.widths.line": ("Mean over the line", "行全体の平均"),
    "field.network": ("Network", "ネットワーク"),
    "field.model.read": ("The model of the Read tab", "読み取りタブのモデル"),
    "field.network.loaded": ("The model above", "上で選んだモデル"),
    "gates.layer": ("LSTM layer", "LSTM 層"),
    "gates.direction": ("Direction", "方向"),
    "gates.forward": ("Left to right →", "左から右 →"),
    "gates.backward": ("← Right to left", "← 右から左"),
    "separability.lines": ("Lines", "対象の行"),
    "separability.examples": ("The examples", "例の画像"),
    "separability.page": ("The page in Read", "読み取りタブのページ"),
    "separability.measure": ("Measure", "測定する"),
}

PAGE: Table = {
    "field.empty": (
        "Read an image first; then pick a letter here or in Read.",
        "先に画像を読み取ってください。そのあと、ここか読み取りタブで文字を選べます。",
    ),
    "field.keys": (
        "Click a letter or a place on the ink; left and right arrow keys walk the letters.",
        "文字かインク上の場所をクリックしてください。左右の矢印キーで文字を移動します。",
    ),
    "field.heat.long": ("What {layer} used, drawn over the line", "{layer} が使った場所を行の上に重ねた図"),
    "field.legend.box": ("could see", "見える範囲"),
    "field.legend.heat": ("used (darker: more)", "使った場所（濃いほど強い）"),
    "field.legend.middle": ("the frame that was asked", "対象のフレーム"),
    "field.mass": ("used", "使用量"),
    "field.mass.long": ("Share of the whole heat in each column of pixels", "ピクセル列ごとの影響の割合"),
    "field.reach": ("held in", "含む幅"),
    "field.window": ("{share} % in {width} px", "{share} %：{width} px"),
    "field.here": (
        "x = {x} px: {share} % of what was used (frame {frame})",
        "x = {x} px：影響全体の {share} %（フレーム {frame}）",
    ),
    "field.could": (
        "It could see x {from} to {to} px, {width} px of your image.",
        "見えるのは画像の x {from}–{to} px（幅 {width} px）です。",
    ),
    "field.could.whole": ("It could see the whole line.", "行全体が見えています。"),
    "field.used": (
        "Half of what it used lies within {half} px, 90 % within {most} px.",
        "使った影響の半分は幅 {half} px、90 % は幅 {most} px に収まります。",
    ),
    "field.inside": (
        "{inside} % of it lies where the convolutions see by themselves; the rest came along the line.",
        "そのうち {inside} % は畳み込みだけで見える範囲にあり、残りは行に沿って伝わってきたものです。",
    ),
    "gates.keys": (
        "Point at a cell; click a row to draw its curve. Up and down arrow keys walk the units.",
        "セルを指すと値が出ます。行をクリックすると曲線を描きます。上下の矢印キーでユニットを移動します。",
    ),
    "gates.choice": ("Gate", "ゲート"),
    "gates.name.i": ("input gate", "入力ゲート"),
    "gates.name.f": ("forget gate", "忘却ゲート"),
    "gates.name.g": ("candidate", "候補情報"),
    "gates.name.o": ("output gate", "出力ゲート"),
    "gates.name.c": ("cell", "セル状態"),
    "gates.name.h": ("hidden state", "隠れ状態"),
    "gates.units": ("{n} units", "{n} ユニット"),
    "gates.unit": ("unit {unit}", "ユニット {unit}"),
    "gates.order": (
        "On top the units that are highest at characters, at the bottom those that are highest at blanks (AUC on this line)",
        "上ほど文字で高く、下ほどブランクで高いユニットです（この行での AUC 順）",
    ),
    "gates.blank.long": ("Grey: frames that the model reads as blank", "灰色：モデルがブランクと読んだフレーム"),
    "gates.heat.long": (
        "{gate} of {layer}, one row a unit, one column a frame",
        "{layer} の{gate}。行がユニット、列がフレーム",
    ),
    "gates.fact": ("{gate}, unit {unit}", "{gate}・ユニット {unit}"),
    "gates.here": ("{value} at frame {frame}, x = {x} px", "フレーム {frame}（x = {x} px）で {value}"),
    "gates.auc.high": ("AUC {auc} on this line: higher at characters", "この行での AUC {auc}：文字で高い"),
    "gates.auc.low": ("AUC {auc} on this line: higher at blanks", "この行での AUC {auc}：ブランクで高い"),
}

TEXTS: Table = {
    "field.other_lines": (
        "{model} finds {found} lines on this image, not {lines}; choose another model.",
        "{model} はこの画像に {lines} 行ではなく {found} 行を見つけました。別のモデルを選んでください。",
    ),
    "field.title": ("What could this frame see, and what did it use?", "このフレームには何が見え、何を使ったのか"),
    "field.how": (
        "The box is what the layer could see: pixels outside of it cannot change anything there. The heat is what it used: the darker, the more the answer would change with the ink of that pixel (absolute gradient). “Which ink was used” multiplies this by the ink that is there, so that bare paper drops out. Click a letter, or any place on the ink.",
        "枠は、その層から見える範囲です。枠の外のピクセルは結果に影響しません。色は実際に使った場所で、濃いほど、そのピクセルのインクが変わったときに結果も大きく変わります（勾配の絶対値）。「実際に使ったインク」では、これに実際のインクの濃さを掛けるため、何も書かれていない所は消えます。文字やインク上の好きな場所をクリックしてください。",
    ),
    "field.spot.picked": (
        "“{text}”, character {n} of {all} on line {line} of {lines}: {layer}",
        "{lines} 行中 {line} 行目の「{text}」（{all} 文字中 {n} 文字目）：{layer}",
    ),
    "field.spot.middle": (
        "Nothing is picked, so this is the middle character: “{text}”, character {n} of {all} on line {line} of {lines}: {layer}",
        "文字が選ばれていないので、中央の文字を表示しています：{lines} 行中 {line} 行目の「{text}」（{all} 文字中 {n} 文字目）：{layer}",
    ),
    "field.spot.frame": (
        "Frame {frame} on line {line} of {lines}: {layer}",
        "{lines} 行中 {line} 行目のフレーム {frame}：{layer}",
    ),
    "field.target.logit": ("gradient of the logit of “{text}”", "「{text}」のロジットの勾配"),
    "field.target.best": ("gradient of the logit of the likeliest class", "最も確率の高いクラスのロジットの勾配"),
    "field.target.features": ("gradient of the features, {n} random projections", "特徴の勾配（ランダム射影 {n} 本）"),
    "field.dead": (
        "No pixel moves this layer here: its features are zero at this place.",
        "この場所では、この層の特徴がゼロのため、どのピクセルも影響しません。",
    ),
    "field.widths.title": ("How much each layer really uses", "各層は実際にどれだけ使っているか"),
    "field.widths.how": (
        "Grey bars: how wide a layer could see, in pixels of your image. Marks: the width around the frame that holds half, 90 % and 95 % of what it used. The scale is logarithmic. Marks far below the top of a bar mean that most of the field lies idle; BiLSTM layers could use the whole line, and the marks say how far they reach. Early layers have several columns a frame, so their bars are a little wider than in the table below, which counts pixels of the network. With two models, the second one’s marks are hollow.",
        "灰色の棒は層から見える幅（画像のピクセル）です。印は、使った影響の 50 %・90 %・95 % を含む幅です。縦軸は対数です。印が棒の上端よりずっと低ければ、見えていても使っていない部分が多いということです。BiLSTM は行全体を使えますが、実際の広がりは印が示します。浅い層は 1 フレームに複数の列があるため、棒は下の表（ネットワーク内のピクセルで数えます）より少し広くなります。二つのモデルを比べるとき、白抜きの印が二つ目のモデルです。",
    ),
    "field.widths.at.spot": ("At the spot above.", "上で選んだ位置での値です。"),
    "field.widths.at.line": (
        "Mean over {frames} frames of this line, drawn at random (seed {seed}), one random projection each.",
        "この行から無作為に選んだ {frames} フレームの平均です（シード {seed}、射影は各 1 本）。",
    ),
    "field.widths.pixel": (
        " One pixel of {model} is {n} px of the image.",
        "{model} の 1 ピクセルは画像の {n} px です。",
    ),
    "field.table.title": ("How the field grows, layer by layer", "受容野は層ごとにどう広がるか"),
    "field.table.how": (
        "A layer of kernel k at jump j adds (k − 1) × j pixels; a stride multiplies the jump. Read off the network’s own modules. Attention across patches and a BiLSTM see the whole line; the shortcut head looks at the columns and is the last row.",
        "カーネル k、間隔 j の層は受容野を (k − 1) × j ピクセル広げ、ストライドは間隔を掛け算で増やします。ネットワークのモジュールから直接計算しています。パッチをまたぐ注意機構と BiLSTM は行全体を見ます。最後の行は、列特徴を見るショートカットヘッドです。",
    ),
    "field.table.layer": ("layer", "層"),
    "field.table.operation": ("what", "操作"),
    "field.table.k": ("k", "k"),
    "field.table.s": ("s", "s"),
    "field.table.in": ("jump in", "入力間隔"),
    "field.table.out": ("jump out", "出力間隔"),
    "field.table.adds": ("adds", "増分"),
    "field.table.sees": ("sees", "受容野"),
    "field.table.width": ("width, in pixels of the network", "幅（ネットワーク内 px）"),
    "field.table.height": ("height, likewise", "高さ（同じ単位）"),
    "field.table.conv": ("convolution", "畳み込み"),
    "field.table.pool": ("max-pool", "最大プーリング"),
    "field.table.patch": ("attention within a patch", "パッチ内の注意"),
    "field.table.attention": ("attention across patches", "パッチ間の注意"),
    "field.table.columns": ("maximum over the height", "高さ方向の最大値"),
    "field.table.bilstm": ("BiLSTM", "BiLSTM"),
    "field.table.whole.line": ("whole line", "行全体"),
    "field.table.whole.height": ("whole height", "高さ全体"),
    "field.chart.could": ("could see", "見える幅"),
    "field.chart.share": ("holds {n} %", "{n} % を含む"),
    "field.chart.whole": ("all", "全体"),
    "field.chart.y": ("pixels of the image", "画像のピクセル"),
    "gates.title": ("What the BiLSTM remembers", "BiLSTM は何を覚えているか"),
    "gates.how": (
        "One row is one unit, one column one frame, on the pixels of your line. The input gate lets new evidence in, the forget gate keeps the old, the output gate shows it. Rows are sorted: on top those that rise at characters, at the bottom those that rise at blanks. If the gates parted nothing, no pattern would follow the letters.",
        "行がユニット、列がフレームで、横軸は画像のピクセルです。入力ゲートは新しい情報を入れ、忘却ゲートは古い情報を保ち、出力ゲートはそれを外に出します。上ほど文字で高くなるユニット、下ほどブランクで高くなるユニットです。ゲートが何も区別していなければ、文字に沿った模様は現れません。",
    ),
    "gates.none": (
        "{model} has no LSTM layer, so there are no gates to show.",
        "{model} には LSTM 層がないため、ゲートはありません。",
    ),
    "separability.title": ("Do the gates part blanks from characters?", "ゲートはブランクと文字を区別しているか"),
    "separability.how": (
        "For every unit: how often is its value higher at a character frame than at a blank frame (AUC)? 0.5 says nothing, 1 parts them perfectly; below 0.5 it is the blank that is high, which parts as well, so the chart shows max(AUC, 1 − AUC). A box holds the middle half of the units of a gate. On a data set of yours: python -m hwr gates --model DIR --data DIR.",
        "各ユニットについて、文字フレームでの値がブランクフレームより高い割合（AUC）を測ります。0.5 は区別なし、1 は完全な分離です。0.5 未満はブランクのほうが高いだけで分離の強さは同じなので、図では max(AUC, 1 − AUC) を示します。箱はゲートごとのユニットの中央 50 % です。手元のデータセットでは python -m hwr gates --model DIR --data DIR で測れます。",
    ),
    "separability.on": (
        "{model}: {lines} lines ({what}), {blank} blank and {character} character frames, told apart by the model’s own greedy path. The best units are picked on the same frames, so take their AUC as a little too high.",
        "{model}：{lines} 行（{what}）、ブランク {blank} フレーム、文字 {character} フレーム（モデル自身の greedy デコードの経路で判定）。上位ユニットは同じフレームで選んでいるため、AUC はやや高めに出ます。",
    ),
    "separability.what.examples": ("all examples", "すべての例"),
    "separability.what.page": ("the page in Read", "読み取りタブのページ"),
    "separability.waiting": (
        "Nothing has been measured yet: choose the lines and press the button.",
        "まだ測定していません。対象の行を選んでボタンを押してください。",
    ),
    "separability.chart.y": ("max(AUC, 1 − AUC)", "max(AUC, 1 − AUC)"),
    "separability.table.unit": ("best units", "上位ユニット"),
    "separability.table.auc": ("AUC", "AUC"),
    "separability.table.fisher": ("Fisher ratio", "フィッシャー比"),
    "separability.table.means": ("high at", "高くなる場所"),
    "separability.high": ("characters", "文字"),
    "separability.low": ("blanks", "ブランク"),
}
