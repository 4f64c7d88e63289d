"""What the Experiments tab says."""

from __future__ import annotations

from hwr.sentences import Table

LABELS: Table = {
    "tab.experiments": ("Experiments", "実験"),
}

TEXTS: Table = {
    "experiments.nothing": (
        "No results are kept here. “python -m hwr losses --json” and “python -m hwr experiment” make them.",
        "結果はまだありません。「python -m hwr losses --json」と「python -m hwr experiment」で作れます。",
    ),
    "gaps.title": ("Loss gaps on a data set", "データセットでの損失の差"),
    "gaps.how": (
        "Mean loss of the language model: when it reads the true text, the connector’s embeddings, and these resized to the number of tokens (nothing to resize for “aligned”, which has one for each). A small gap from the reference means that the embeddings stand in for the text well. It can fall below zero, because the ink shows where a line ends and the text does not; that one token can outweigh all others, so the gap is also given without it. LM gain: what the embeddings add when they stand before the text; below zero they disturb.",
        "言語モデルの損失の平均です。正しい文を読んだとき、コネクタの埋め込みを読んだとき、埋め込みをトークン数に合わせてリサイズしたときの三つです（aligned はトークンごとに一つの埋め込みを持つため、リサイズしても変わりません）。Reference との差が 0 に近いほど、埋め込みが文の代わりになっています。行の終わりは文からは分からずインクからは分かるため、差は負にもなります（この 1 トークンだけで、ほかの全トークンの差を上回ることがあるため、行末を除いた差も示します）。LM 利得は、埋め込みを文の前に置いたときに予測がどれだけ良くなるかで、負なら妨げになっています。",
    ),
    "gaps.samples": ("Total samples", "サンプル数（Total samples）"),
    "gaps.reference": ("Reference (text → text)", "Reference（文 → 文）"),
    "gaps.connector": ("Connector (image → text, padding)", "Connector（画像 → 文、padding）"),
    "gaps.downsampled": ("Downsampled (image → text, resized)", "Downsampled（画像 → 文、resized）"),
    "gaps.connector_reference": ("Gap Connector − Reference", "差 Connector − Reference"),
    "gaps.downsampled_reference": ("Gap Downsampled − Reference", "差 Downsampled − Reference"),
    "gaps.connector_downsampled": ("Gap Connector − Downsampled", "差 Connector − Downsampled"),
    "gaps.connector_reference_inside": (
        "Gap Connector − Reference, without the end",
        "差 Connector − Reference（行末を除く）",
    ),
    "gaps.gain": ("LM gain log P(y|E) − log P(y)", "LM 利得 log P(y|E) − log P(y)"),
    "gaps.cut": ("Tokens cut off (N < n)", "切り捨てたトークン（N < n）"),
    "gaps.nats": ("nats a token [95 % interval]", "nat／トークン［95 % 信頼区間］"),
    "gaps.objective": ("Objective {objective}; ", "目的関数 {objective}、"),
    "gaps.skipped": ("{n} lines left out", "除外 {n} 行"),
    "gaps.about": (
        "{model}, language model {language_model}, data {data} ({split}), commit {commit}",
        "{model}、言語モデル {language_model}、データ {data}（{split}）、コミット {commit}",
    ),
    "experiment.title": ("Trainings compared", "学習の比較"),
    "experiment.how": (
        "All runs of a table start from the same weights and have the same budget. Shown is the character error rate of each row minus that of the first row on the same lines, with its 95 % interval over lines (paired bootstrap, all seeds that both have) and, where there are two seeds or more, a t interval over seeds: other lines are one chance, other seeds another. Only where both leave out zero a row is green (better) or red (worse); one seed alone has no colour. What chance makes is seen in the seeds of the first row.",
        "表の中の学習はすべて同じ重みから始め、同じ予算で行いました。示しているのは、同じ行画像での各設定の文字誤り率から 1 行目の値を引いた差です。行についての 95 % 信頼区間（対応ありブートストラップ、両者に共通するシードの合計）と、シードが 2 つ以上あればシードについての t 区間を付けています。行のばらつきとシードのばらつきは別の偶然です。両方の区間が 0 を含まないときだけ色を付け（緑は改善、赤は悪化）、シードが 1 つだけの設定には付けません。偶然だけで生じる差は 1 行目のシードで分かります。",
    ),
    "experiment.runs": (
        "All {n} runs: error rates, loss gaps, seconds a step",
        "全 {n} 回の学習：誤り率、損失の差、1 ステップの秒数",
    ),
    "experiment.asks.connectors": (
        "Does any kind of connector make the recogniser better than CTC alone, on lines that never repeat?",
        "毎回新しい行で学習するとき、どれかの種類のコネクタは CTC のみより認識器を良くするか。",
    ),
    "experiment.asks.sweep": (
        "Do other objectives, taps or weights of the losses?",
        "目的関数、タップ、損失の重みを変えればどうか。",
    ),
    "experiment.asks.longer": (
        "Do three taps when they learn for longer and the language model reads half of each batch?",
        "3 つのタップで長く学習し、各バッチの半分を言語モデルに読ませればどうか。",
    ),
    "experiment.asks.few_lines": (
        "Do connectors where language is scarce: few lines, learned over and over? Shuffled: a language model without language.",
        "少ない行を何度も繰り返し学ぶ、言語の乏しい条件ではどうか。shuffled は言語を持たない（重みを並べ替えた）言語モデル。",
    ),
    "experiment.asks.unlabelled": (
        "Does language teach lines that nobody has typed? Typed: from the true texts, the most that there is to win.",
        "正解テキストのない行から、言語は教えられるか。typed は正解テキストで学んだ上限。",
    ),
    "experiment.set": ("all seeds, by set", "セットごと（全シード）"),
    "experiment.row": ("run", "実験"),
    "experiment.seed": ("seed", "シード"),
    "experiment.gap": (
        "gap Connector − Reference, nats: all / without the end",
        "差 Connector − Reference（nat、全体／行末を除く）",
    ),
    "experiment.seconds": ("s / step", "秒／ステップ"),
    "experiment.by_seed": ("by seed", "シードごと"),
    "experiment.chance": ("seed {seed} − seed {first}:", "シード {seed} − シード {first}："),
    "experiment.difference": ("CER − first row, points [95 %]", "CER − 1 行目（ポイント）[95 %]"),
    "experiment.pair": ("rows compared with each other", "行どうしの比較"),
    "forest.fewer": ("← fewer errors than {first}", "← {first} より誤りが少ない"),
    "forest.more": ("more errors than {first} →", "{first} より誤りが多い →"),
    "forest.chance": ("its own seeds: chance", "同じ設定のシード差（偶然）"),
    "forest.seeds": ("over seeds", "シード間"),
    "forest.legend": (
        "Points of CER. Dot: one seed. Thick: 95 % over lines. Thin: 95 % over seeds.",
        "単位は CER のポイント。点は各シード、太線は行についての 95 % 区間、細線はシードについての 95 % 区間です。",
    ),
    "experiment.about": ("{budget}; commit {commit}", "{budget}、コミット {commit}"),
    "experiment.ckpt": ("ckpt", "ckpt"),
    "experiment.series": (
        "Checkpoints of {name}, seed {seed}, by step",
        "{name}（シード {seed}）のチェックポイント（ステップごと）",
    ),
}
