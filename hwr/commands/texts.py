"""What commands says of what it cannot use."""

from __future__ import annotations

from hwr.sentences import Table

TEXTS: Table = {
    "commands.stdin_config": ("What was written to --config -", "--config - に渡された設定"),
    "commands.decoding_with_lm": (
        "--lm weighs what language makes of the greedy text; leave out --decoding {decoding}.",
        "--lm は greedy の文と比べます。--decoding {decoding} を外してください。",
    ),
    "commands.n_best": (
        "--n-best must be at least 1, not {given}.",
        "--n-best は 1 以上で指定してください（{given} は使えません）。",
    ),
    "commands.one_page": (
        "{image} has {pages} pages and --format {form} holds one; use json or text, or give one page.",
        "{image} は {pages} ページありますが、--format {form} は 1 ページ用です。json か text を使うか、1 ページだけ渡してください。",
    ),
    "commands.no_collection": (
        "There is no collection {name!r}; `annotations status` lists them.",
        "コレクション {name!r} はありません。`annotations status` で一覧できます。",
    ),
    "commands.left_out": ("{file}: {reason}", "{file}：{reason}"),
    "commands.resume_as_it_was": (
        "{given} cannot be changed when a run is resumed; leave that out, or begin a new run with --init {last}.",
        "{given} は再開時に変更できません。外すか、--init {last} で新しい学習を始めてください。",
    ),
    "commands.words_cuts": (
        "--words needs the file of its cut words: --cuts FILE (`python -m hwr cut-words` makes it).",
        "--words には切り出した単語のファイルが必要です：--cuts FILE（`python -m hwr cut-words` で作れます）。",
    ),
    "commands.seed_limit": (
        "--seed-limit must be at least 1, not {seed_limit}.",
        "--seed-limit は 1 以上で指定してください（{seed_limit} は使えません）。",
    ),
    "commands.frames": (
        "The number of frames a line must be at least 1, not {frames}.",
        "1 行あたりのフレーム数は 1 以上で指定してください（{frames} は使えません）。",
    ),
    "commands.no_line": (
        "{image} has the lines 1 to {lines}, no line {line}.",
        "{image} の行は 1 から {lines} までで、{line} 行目はありません。",
    ),
    "commands.gates_of_what": (
        "Give --data for a data set, or --image and --out for the gates along one line.",
        "データセットなら --data、1 行のゲートなら --image と --out を指定してください。",
    ),
    "commands.compare_data": (
        "--compare needs --data; write the gates of one line for each checkpoint by itself.",
        "--compare には --data が必要です。1 行のゲートはチェックポイントごとに書き出してください。",
    ),
    "commands.image_out": (
        "--image needs --out FILE.npz, where the gates of its line go.",
        "--image には、その行のゲートの書き出し先 --out FILE.npz が必要です。",
    ),
    "commands.no_weights": (
        "{model} is a preset, which has no weights to look with; give a checkpoint directory.",
        "{model} はプリセットで、調べる重みがありません。チェックポイントのディレクトリを指定してください。",
    ),
    "commands.not_readable": (
        "{place} cannot be read or written: {reason}.",
        "{place} を読み書きできません：{reason}",
    ),
    "commands.not_writable": (
        "{place} cannot be written: {reason}.",
        "{place} に書き込めません：{reason}",
    ),
    "commands.file_not_readable": (
        "A file cannot be read or written: {reason}.",
        "ファイルを読み書きできません：{reason}",
    ),
    "commands.usage": (
        "{message} (try {prog} --help)",
        "{message}（{prog} --help を参照）",
    ),
    "commands.no_set": (
        "{value!r} does not name a set; write NAME=PATH:SPLIT, such as scans=lines.zip:test.",
        "{value!r} はデータの指定として読めません。scans=lines.zip:test のように NAME=PATH:SPLIT の形で書いてください。",
    ),
    "commands.push_token": (
        "push needs a token that may write, in the environment variable HF_TOKEN.",
        "push には、書き込み権限のあるトークンが環境変数 HF_TOKEN に必要です。",
    ),
    "commands.hub_token": (
        "--to-hub needs a token that may write, in the environment variable HF_TOKEN.",
        "--to-hub には、書き込み権限のあるトークンが環境変数 HF_TOKEN に必要です。",
    ),
    "commands.first_process": (
        "The first process did not write {out} where this one sees it.",
        "最初のプロセスが {out} に書いたものが、このプロセスから見えません。",
    ),
    "commands.no_out": (
        "Name the run directory to write: --out RUN.",
        "書き出す学習のディレクトリを指定してください：--out RUN",
    ),
}
