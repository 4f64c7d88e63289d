"""What the menus of checkpoints and the lamp say."""

from __future__ import annotations

from hwr.sentences import Table

LABELS: Table = {
    "model.menu": ("Model", "モデル"),
    "model.compared": ("Compare with", "比較する相手"),
    "model.nothing": ("Nothing", "比較しない"),
    "model.gone": ("no longer there", "削除済み"),
    "model.default": ("Built-in", "内蔵"),
    "model.connector": ("Built-in, taught with a connector", "内蔵（コネクタで学習）"),
    "model.twin": ("Built-in, taught by CTC alone", "内蔵（CTC のみで学習）"),
    "model.environment": ("HWR_MODEL", "HWR_MODEL"),
    "model.best": ("best", "最良"),
    "model.last": ("last", "最新"),
}

TEXTS: Table = {
    "model.none": ("There is no model to read with: {reason}", "読み取りに使うモデルがありません：{reason}"),
    "model.broken": ("it could not be loaded, see the log.", "読み込めませんでした。理由はログにあります。"),
    "model.written_anew": (
        "The checkpoint {checkpoint} has been written anew since; read the image again.",
        "チェックポイント {checkpoint} はその後更新されました。画像をもう一度読み取ってください。",
    ),
    "model.unknown": (
        "There is no model {id!r} here; there are {ids}.",
        "モデル {id!r} はありません。あるのは {ids} です。",
    ),
    "status.waiting": ("Model loads on first use", "モデルは最初の利用時に読み込みます"),
    "status.loading": ("Loading the model …", "モデルを読み込んでいます…"),
    "status.ready": ("Ready: {model}", "準備完了: {model}"),
    "status.failed": ("No model: {reason}", "モデルを読み込めません: {reason}"),
}
