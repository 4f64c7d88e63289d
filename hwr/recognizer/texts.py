"""What recognizer says of what it cannot use."""

from __future__ import annotations

from hwr.sentences import Table

TEXTS: Table = {
    "recognizer.charset_twice": (
        "The charset lists {character!r} twice; each character must stand in it once.",
        "文字集合に {character!r} が 2 回あります。どの文字も 1 回だけにしてください。",
    ),
    "recognizer.charset_empty": (
        "The charset is empty; it needs at least one character.",
        "文字集合が空です。1 文字以上が必要です。",
    ),
    "recognizer.no_charset": (
        "{path} is missing; a checkpoint directory needs its charset.json.",
        "{path} がありません。チェックポイントのディレクトリには charset.json が必要です。",
    ),
    "recognizer.bad_charset": (
        '{path} is not a charset file; it should read {{"characters": "abc..."}}.',
        '{path} は文字集合のファイルではありません。{{"characters": "abc..."}} の形で書いてください。',
    ),
    "recognizer.other_charset": (
        "The charset of {directory} has {characters} characters but its network was trained for {classes}; put the charset.json beside it that it was trained with.",
        "{directory} の文字集合は {characters} 文字ですが、ネットワークは {classes} 文字用に学習されています。学習時の charset.json を隣に置いてください。",
    ),
    "recognizer.other_shape": (
        "{origin} does not fit its config.json: {wrong} ({count} such in all).",
        "{origin} は config.json と合いません：{wrong}（全部で {count} 個）。",
    ),
    "recognizer.charset_too_small": (
        "A charset of {characters} characters is smaller than the network's.",
        "{characters} 文字の文字集合は、ネットワークのものより小さくなります。",
    ),
    "recognizer.not_wider": (
        "A network of {old} cannot be widened to {new}: all but its widths must be the same, and none may be smaller.",
        "{old} のネットワークは {new} に広げられません。幅以外は同じで、どの幅も元より小さくないことが必要です。",
    ),
    "recognizer.too_few_to_average": (
        "A mean needs at least two checkpoints; {count} given.",
        "平均には少なくとも 2 つのチェックポイントが必要です（{count} 個しかありません）。",
    ),
    "recognizer.not_alike": (
        "{one} and {other} have other networks or other characters; only alike ones, trained on from one start, can be averaged.",
        "{one} と {other} はネットワークか文字集合が違います。同じ出発点から学習した同じ形のものだけを平均できます。",
    ),
    "recognizer.bad_shares": (
        "--shares {shares}: one positive number for each of the {count} checkpoints is needed.",
        "--shares {shares}：{count} 個のチェックポイントのそれぞれに正の数が 1 つ必要です。",
    ),
    "recognizer.is_a_file": (
        "{path} is a file; a checkpoint is a directory with {config}, {weights} and {charset}.",
        "{path} はファイルです。チェックポイントは {config}・{weights}・{charset} の入ったディレクトリです。",
    ),
    "recognizer.no_directory": (
        "There is no checkpoint directory at {text}.",
        "{text} にチェックポイントのディレクトリがありません。",
    ),
    "recognizer.no_recogniser": (
        "{path} does not describe a recogniser (no field 'recognizer').",
        "{path} は認識器を表していません（recognizer の項目がありません）。",
    ),
    "recognizer.format": (
        "{path} has format {found!r:.40}; this program reads format {format}.",
        "{path} の形式は {found!r:.40} ですが、このプログラムが読めるのは {format} です。",
    ),
    "recognizer.temperature": (
        "{path} has a temperature that is no number from 0.001 to 1000: {temperature!r:.40}.",
        "{path} の temperature は 0.001 から 1000 までの数値ではありません：{temperature!r:.40}",
    ),
    "recognizer.info": (
        "{path} has an info that is no object; take it out.",
        "{path} の info はオブジェクトではありません。取り除いてください。",
    ),
    "recognizer.no_weights": (
        "{directory} has no {weights}; a checkpoint directory needs it.",
        "{directory} に {weights} がありません。チェックポイントのディレクトリに必要です。",
    ),
    "recognizer.weights_damaged": (
        "{path} is damaged and cannot be loaded ({error}); fetch it again.",
        "{path} は壊れていて読み込めません（{error}）。取得し直してください。",
    ),
    "recognizer.no_numbers": (
        "{origin} is damaged: {key} holds values that are no numbers; fetch it again.",
        "{origin} は壊れています：{key} に数値でない値があります。取得し直してください。",
    ),
    "recognizer.no_checkpoint": (
        "{text} is neither a directory here nor a model that the Hugging Face Hub would give ({reason}).",
        "{text} はディレクトリでも、Hugging Face Hub から取得できるモデルでもありません（{reason}）。",
    ),
    "recognizer.no_config": (
        "{parent} has no {config}; it is not a checkpoint directory.",
        "{parent} に {config} がありません。チェックポイントのディレクトリではありません。",
    ),
    "recognizer.bad_rescoring": (
        "{path} is damaged; write it anew with `python -m hwr tune-rescoring`.",
        "{path} は壊れています。`python -m hwr tune-rescoring` で作り直してください。",
    ),
    "recognizer.no_preset": (
        "There is no preset {name!r}; choose one of {presets}.",
        "プリセット {name!r} はありません。{presets} から選んでください。",
    ),
    "recognizer.no_architecture": (
        "config.json asks for the architecture {name!r}, which is not here; there are {names}.",
        "config.json のアーキテクチャ {name!r} はありません。あるのは {names} です。",
    ),
    "recognizer.bad_config": (
        "config.json does not describe a recogniser: {error}.",
        "config.json は認識器を表していません：{error}",
    ),
    "recognizer.legacy_classes": (
        "{charset_path} lists {characters} characters, but the output layer of {path} has {classes} classes, a blank and {expected} characters; give the classes.npy that was saved with this checkpoint.",
        "{charset_path} には {characters} 文字ありますが、{path} の出力層は {classes} クラス（ブランクと {expected} 文字）です。このチェックポイントと一緒に保存された classes.npy を指定してください。",
    ),
    "recognizer.legacy_other_object": (
        "{path} holds {type}, not a state_dict; save net.state_dict().",
        "{path} の中身は state_dict ではなく {type} です。net.state_dict() を保存してください。",
    ),
    "recognizer.legacy_not_characters": (
        "{path} is not a plain list of characters; {resave}.",
        "{path} は文字の一覧ではありません。{resave}。",
    ),
    "recognizer.legacy_not_one_character": (
        "{path} lists {wrong!r}, which is not one character; {resave}.",
        "{path} の {wrong!r} は 1 文字ではありません。{resave}。",
    ),
    "recognizer.legacy_unknown_weights": (
        "{path} has weights that no HTRNet or MobileViT descendant has: {unknown}{more}; only those two can be imported.",
        "{path} には HTRNet にも MobileViT の派生にもない重みがあります：{unknown}{more}。取り込めるのはこの二つだけです。",
    ),
    "recognizer.legacy_no_lstm": (
        "The recurrent layers (top.rec) are not LSTMs; only LSTM heads can be imported.",
        "再帰層（top.rec）が LSTM ではありません。取り込めるのは LSTM のヘッドだけです。",
    ),
    "recognizer.legacy_patches": (
        "The checkpoint has {vits} MobileViT blocks, but mobilevit_patches gives {patches} sizes; give one for each block.",
        "チェックポイントには MobileViT ブロックが {vits} 個ありますが、mobilevit_patches の指定は {patches} 個です。ブロックごとに一つ指定してください。",
    ),
    "recognizer.legacy_channels": (
        "The MobileViT blocks have {widths} channels and the pools {channels_at_pools}; each must follow one pool.",
        "MobileViT ブロックのチャンネルは {widths}、プーリングは {channels_at_pools} です。どのブロックもプーリングの後でなければなりません。",
    ),
    "recognizer.legacy_shortcut": (
        "top.cnn.1.weight has the shape {shape}; (classes, features, 1, width) was expected.",
        "top.cnn.1.weight の形は {shape} です。(classes, features, 1, width) のはずです。",
    ),
    "recognizer.legacy_shape": (
        "{path}: {key} has the shape {given}, but the rest of the file asks for {expected}.",
        "{path}：{key} の形は {given} ですが、ほかの部分からは {expected} のはずです。",
    ),
    "recognizer.legacy_lacks": (
        "{path} lacks the weights of {name}; it is not a whole HTRNet state_dict.",
        "{path} に {name} の重みがありません。HTRNet の完全な state_dict ではありません。",
    ),
    "recognizer.legacy_dimensions": (
        "{path} has a weight with too few dimensions; it is not the state_dict of an HTRNet.",
        "{path} に次元の足りない重みがあります。HTRNet の state_dict ではありません。",
    ),
    "recognizer.legacy_missing": (
        "{path} is missing; give the .pt file of a trained HTRNet.",
        "{path} がありません。学習済み HTRNet の .pt を指定してください。",
    ),
    "recognizer.legacy_damaged": (
        "{path} is not a PyTorch state_dict, or it is damaged or cut short; save it again.",
        "{path} は PyTorch の state_dict ではないか、壊れているか、途中で切れています。保存し直してください。",
    ),
    "recognizer.legacy_not_named": (
        "{path} holds {key!r}, which is not a named weight; save net.state_dict() and nothing else.",
        "{path} の {key!r} は名前の付いた重みではありません。net.state_dict() だけを保存してください。",
    ),
    "recognizer.legacy_no_classes": (
        "{path} is missing; the checkpoint needs the classes.npy that was saved with it.",
        "{path} がありません。チェックポイントと一緒に保存された classes.npy が必要です。",
    ),
    "recognizer.legacy_not_numpy": (
        "{path} is not a NumPy array file, or it is damaged; {resave}.",
        "{path} は NumPy の配列ではないか、壊れています。{resave}。",
    ),
    "recognizer.legacy_numbers": (
        "{path} numbers its {name} modules {numbers}; they must count up from 0 or 1 without a gap.",
        "{path} の {name} の番号は {numbers} です。0 か 1 から抜けなく続かなければなりません。",
    ),
    "recognizer.legacy_heads": (
        "mobilevit_heads={heads} does not divide the {dim} features of the MobileViT blocks.",
        "mobilevit_heads={heads} では MobileViT ブロックの {dim} 次元を割り切れません。",
    ),
    "recognizer.legacy_keys": (
        "{path} {complaint} {keys}{more} (this project's names).",
        "{path} {complaint} {keys}{more}（このプログラムでの名前）。",
    ),
    "recognizer.legacy_refused": (
        "{path} was refused and nothing in it was run: it holds a Python object ({refused}) besides tensors, which could run code when opened; save the weights alone with torch.save(net.state_dict(), path).",
        "{path} は拒否され、何も実行されませんでした。テンソルのほかに、開くとコードを実行しうる Python オブジェクト（{refused}）があります。torch.save(net.state_dict(), path) で重みだけを保存してください。",
    ),
    "recognizer.legacy_refused_array": (
        "{path} was refused: it is an array of Python objects, which could run code when opened; {resave}.",
        "{path} は拒否されました。開くとコードを実行しうる Python オブジェクトの配列です。{resave}。",
    ),
    "recognizer.needs_onnx": (
        "Exporting needs {missing}: pip install 'hwr[onnx]'.",
        "書き出しには {missing} が必要です：pip install 'hwr[onnx]'",
    ),
}
