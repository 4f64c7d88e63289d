"""The fields of a training configuration in every language but English, which the dataclass itself speaks: label and help."""

from __future__ import annotations

from hwr.sentences import Language

FIELDS: dict[Language, dict[str, tuple[str, str]]] = {
    "ja": {
        "data": ("学習データ", "何から学ぶか。"),
        "validation": (
            "検証データ",
            "最良のチェックポイントを選ぶためのデータ（画像フォルダー。lines で行数を制限）。",
        ),
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
        "dropout": (
            "ドロップアウト",
            "学習中に無視する特徴の割合（空欄：ネットワークの設定どおり）。保存されるネットワークの設定は変わりません。",
        ),
        "ema": ("EMA", "検証と保存に使う平均重みの減衰率（0：使わない）。"),
        "blend": (
            "学習分の割合",
            "検証・保存する重みのうち学習した分の割合。残りは開始時の重みで、忘却を抑えます（WiSE-FT）。",
        ),
        "seed": ("シード", "データの順序・変化・初期重みを決めます。"),
        "max_width": ("最大幅", "これより広い学習行は除きます（ネットワーク内の px）。"),
        "workers": ("ワーカー数", "バッチを準備するプロセスの数（0：学習プロセス自身）。"),
        "reuse": (
            "行の再利用",
            "各行を続けて何回学ぶか。2 回目以降は少し変化を加えます。行の準備が学習より遅いときに 1 より大きくします。",
        ),
        "precision": ("計算精度", "学習ステップの精度（auto：bfloat16 のほうが速いと測れたときに使います）。"),
        "threads": ("スレッド数", "CPU のスレッド数（0：torch に任せる）。"),
        "log_every": ("記録の間隔", "曲線の点と点のあいだのステップ数。"),
        "validate_every": ("検証の間隔", "検証と検証のあいだのステップ数。"),
        "checkpoint_every": ("保存の間隔", "再開用の保存と保存のあいだのステップ数。"),
        "keep_every": ("残す間隔", "このステップ数ごとにチェックポイントを残します（0：最良と最新だけ）。"),
        "log_with": ("トラッカー", "学習曲線をほかのプログラムにも渡します（none：渡さない）。"),
        "samples": ("読み取り例", "読み取り結果を残す検証行の数。"),
        "seconds": (
            "秒数",
            "この時間までに学習率を下げ終えて停止します（0：制限なし）。結果はマシンの速さに左右されます。",
        ),
        "connectors": ("コネクタ", "認識器に言語を教えるもの（タップごとに一つ）。空欄なら CTC だけで学習します。"),
        "language_model": ("言語モデル", "固定した言語モデル（FrozenLM.load の名前）。"),
        "keep_layers": ("残す層", "言語モデルの最初のこの層数だけを使います（0：すべて）。"),
        "objective": ("目的関数", "surrogate または prefix。"),
        "lm_weight": ("LM の重み", "合計 ctc + s × shortcut_ctc + Σ w × (a × L_LM + b × KL) の a。"),
        "kl_weight": ("KL の重み", "合計 ctc + s × shortcut_ctc + Σ w × (a × L_LM + b × KL) の b。"),
        "lm_share": ("LM の割合", "バッチのうち言語モデルが読む行の割合。"),
        "connector_warmup": (
            "コネクタの助走",
            "最初のこのステップ数は、認識器を休ませ、バッチ全体でコネクタだけを学習します。",
        ),
        "connector_learning_rate": ("コネクタの学習率", "コネクタ自身の学習率。独自に上下します。"),
    },
}
