"""What evaluation says of what it cannot use."""

from __future__ import annotations

from hwr.sentences import Table

TEXTS: Table = {
    "evaluation.no_lines": (
        "There are no lines to evaluate; choose a data set or a split with at least one line.",
        "評価する行がありません。1 行以上あるデータセットか分割を選んでください。",
    ),
    "evaluation.other_lines": (
        "The two evaluations are not of the same lines; evaluate both on one data set and split.",
        "二つの評価は同じ行のものではありません。両方を同じデータセットと分割で評価してください。",
    ),
    "evaluation.no_usable_line": (
        "{data} has no usable line in the split {split!r}.",
        "{data} の分割 {split!r} には使える行がありません。",
    ),
    "evaluation.no_loss_line": (
        "There is no line to measure losses on in {data}{why}.",
        "{data} には損失を測れる行がありません{why}。",
    ),
    "evaluation.no_text": (
        "it has no text",
        "文がありません",
    ),
    "evaluation.text_too_long": (
        "its text does not fit the image",
        "文が画像に収まりません",
    ),
    "evaluation.no_example": (
        "{lm} changes no line of {data} for better or worse; there is no example to keep.",
        "{lm} は {data} のどの行も良くも悪くもしないため、残す例がありません。",
    ),
    "evaluation.test_split": (
        "The weights of language are chosen on validation lines; the test split is for measuring only.",
        "言語の重みは検証用の行で選びます。テスト用の分割は測定専用です。",
    ),
}
