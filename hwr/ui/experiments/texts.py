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
        "All runs start from the same weights and have the same budget. “CER − first row” is the character error rate minus that of the first row on the same lines, over all seeds that both have, with its 95 % interval (paired bootstrap). Where the interval leaves out zero it is green (better) or red (worse). The interval speaks of other lines, not of other seeds; for these stands, where there are two or more, each seed’s difference with a t interval of their mean. What chance alone makes is the difference between two seeds of the first row. Seconds a step also depend on what else the computer did.",
        "すべての実験は同じ重みから始め、同じ予算で学習しました。「CER − 1 行目」は、同じ行画像での文字誤り率から 1 行目の値を引いた差（両者に共通するシードの合計）と 95 % 信頼区間（対応ありブートストラップ）です。区間が 0 を含まないときだけ色を付けています（緑は改善、赤は悪化）。この区間が表すのは行のばらつきで、シードのばらつきは含みません。シードが 2 つ以上あれば、シードごとの差とその平均の t 区間を下に示します。偶然だけで生じる差は、1 行目のシード同士の差を見てください。1 ステップの秒数は、計算機の混み具合にも左右されます。",
    ),
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
    "experiment.pair_difference": ("CER, points [95 %]", "CER（ポイント）[95 %]"),
    "experiment.about": ("{budget}; commit {commit}", "{budget}、コミット {commit}"),
    "experiment.ckpt": ("ckpt", "ckpt"),
    "experiment.series": (
        "Checkpoints of {name}, seed {seed}, by step",
        "{name}（シード {seed}）のチェックポイント（ステップごと）",
    ),
}
