"""What the menus of checkpoints and the lamp say."""

from __future__ import annotations

from hwr.sentences import Table

LABELS: Table = {
    "model.menu": ("Model", "モデル"),
    "model.against": ("Compare with", "比較する相手"),
    "model.nothing": ("Nothing", "比較しない"),
    "model.gone": ("no longer there", "削除済み"),
    "model.default": ("Built-in", "内蔵"),
    "model.connector": ("Built-in, taught with a connector", "内蔵（コネクタで学習）"),
    "model.twin": ("Built-in, its twin by CTC alone", "内蔵（CTC のみで学習）"),
    "model.environment": ("HWR_MODEL", "HWR_MODEL"),
    "model.best": ("best", "最良"),
    "model.last": ("last", "最新"),
}

TEXTS: Table = {
    "status.waiting": ("Model loads on first use", "モデルは最初の利用時に読み込みます"),
    "status.loading": ("Loading the model …", "モデルを読み込んでいます…"),
    "status.ready": ("Ready: {model}", "準備完了: {model}"),
    "status.failed": ("No model: {reason}", "モデルを読み込めません: {reason}"),
}
