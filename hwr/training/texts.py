"""What training says of what it cannot use."""

from __future__ import annotations

from hwr.sentences import Table

TEXTS: Table = {
    "training.no_tracker": (
        "The package of the tracker {name} is not installed: pip install {package}, or leave out --log-with.",
        "トラッカー {name} のパッケージがありません。pip install {package} で入れるか、--log-with を外してください。",
    ),
    "training.pack_not_empty": (
        "{out} is not empty; choose another folder for the pack.",
        "{out} は空ではありません。別のフォルダーを選んでください。",
    ),
    "training.pack_version": (
        "{directory} was packed by another version of this program ({version}, not {known}); pack it again.",
        "{directory} はこのプログラムの別の版（{version}、対応は {known}）で作られています。作り直してください。",
    ),
    "training.pack_too_small": (
        "What the lines are drawn beside fills the pack already; allow it more megabytes.",
        "行以外のデータだけで容量がいっぱいです。上限のメガバイト数を増やしてください。",
    ),
    "training.bad_pack": (
        "{directory} is not a packed supply, or its {index} is damaged; pack it again.",
        "{directory} はまとめた学習データではないか、{index} が壊れています。作り直してください。",
    ),
    "training.pack_file": (
        "{name} of the packed supply {directory} {state}; copy it again, whole.",
        "まとめた学習データ {directory} の {name} {state}。全体をコピーし直してください。",
    ),
    "training.pack_no_line": (
        "No line of {root} fits into its share of the pack; allow it more megabytes.",
        "{root} の行は一つも割り当てに収まりません。上限のメガバイト数を増やしてください。",
    ),
    "training.died": (
        "The training process ended without a word: it was killed, or the machine stopped.",
        "学習プロセスが何も残さず終了しました（強制終了かマシンの停止）。",
    ),
    "training.left.unreadable": ("the image cannot be read", "画像を読み込めません"),
    "training.left.no_characters": ("no known characters", "文字集合にある文字がありません"),
    "training.left.no_ink": ("no ink or too long", "文字が見つからないか、長すぎます"),
    "training.left.too_wide": ("wider than max_width", "最大幅を超えています"),
    "training.left.text_too_long": ("text does not fit the image", "文が画像に収まりません"),
    "training.of_lines": (" of {n}", " {n} "),
    "training.zero_gpu": (
        "This Space has a GPU for {seconds:.0f} seconds at a time (ZeroGPU), and takes it away after each call; a run must "
        "fit into one call.",
        "この Space が GPU を使えるのは 1 回 {seconds:.0f} 秒までです（ZeroGPU）。学習はその 1 回に収まらなければなりません。",
    ),
    "training.no_cuda": (
        "There is a GPU, but the installed torch is built without CUDA; install one that has it.",
        "GPU はありますが、インストール済みの torch は CUDA なしでビルドされています。CUDA 対応のものを入れてください。",
    ),
    "training.no_driver": (
        "There is a GPU, but its driver does not answer (nvidia-smi).",
        "GPU はありますが、ドライバーが応答しません（nvidia-smi）。",
    ),
    "training.blend_init": (
        "blend below 1 mixes with the checkpoint that the run begins with; name one (init).",
        "1 未満の blend は開始時のチェックポイントと混ぜます。init で指定してください。",
    ),
    "training.init_part": (
        "init_part: {init_part} begins with a part of a checkpoint (init), which can neither be mixed in (blend) nor read lines without texts.",
        "init_part: {init_part} はチェックポイント（init）の一部だけを引き継ぎます。blend や文のない行とは併用できません。",
    ),
    "training.unlabelled_init": (
        "Lines without texts are read by the checkpoint that the run begins with; name one (init).",
        "文のない行は開始時のチェックポイントで読みます。init で指定してください。",
    ),
    "training.unlabelled_frozen": (
        "freeze: recogniser keeps the reading as it is, so nothing is learned from lines without texts.",
        "認識器全体を固定すると、文のない行からは何も学習できません。",
    ),
    "training.unlabelled_kind": (
        "Lines without texts are pictures (kind: lines).",
        "文のない行は画像で指定してください（kind: lines）。",
    ),
    "training.unlabelled_validation": (
        "Which texts are sure, and whether they help, is seen on lines with texts; name some (data or validation).",
        "提案された文が確かか、役に立つかは、文のある行で確かめます。data か validation で指定してください。",
    ),
    "training.unlabelled_rounds": (
        "{rounds} rounds need at least {needed} steps, not {steps}; take fewer rounds.",
        "{rounds} ラウンドには少なくとも {needed} ステップが必要です（{steps} では足りません）。ラウンドを減らしてください。",
    ),
    "training.nothing_unlabelled": (
        "No line without text is left to learn from; {skipped} were left out, the first because: {reason}",
        "学習できる文のない行がありません（{skipped} 行を除外、最初の理由：{reason}）。",
    ),
    "training.none_sure": (
        "None of the {lines} texts that were proposed is sure enough to learn from; type some of them, take another language "
        "model, or set surest to a share of them.",
        "提案された {lines} 件の文に、学習できるほど確かなものがありません。いくつか入力するか、別の言語モデルを使うか、surest で割合を指定してください。",
    ),
    "training.bad_round": (
        "{path} is damaged; delete it, and the lines are read again.",
        "{path} が壊れています。削除すると行を読み直します。",
    ),
    "training.left.labelled": ("its text is known", "文が分かっています"),
    "training.row_without_start": (
        "Row {row} is not trained (train: false); name the checkpoint that it measures (init).",
        "行 {row} は学習しません（train: false）。測定するチェックポイントを init で指定してください。",
    ),
    "training.weights": (
        "One of the weights of {name} must be above 0.",
        "{name} の weight の少なくとも一つは 0 より大きくしてください。",
    ),
    "training.taps": (
        "Each tap can have one connector; the configuration lists {taps}.",
        "一つのタップに付けられるコネクタは一つです（指定：{taps}）。",
    ),
    "training.language_weights": (
        "One of lm_weight and kl_weight must be above 0.",
        "lm_weight と kl_weight の少なくとも一方は 0 より大きくしてください。",
    ),
    "training.connector_warmup": (
        "connector_warmup must be below steps ({steps}), not {connector_warmup}.",
        "connector_warmup は steps（{steps}）より小さくしてください（{connector_warmup} は使えません）。",
    ),
    "training.the_configuration": ("The configuration", "設定"),
    "training.no_mapping": (
        "{name} must hold a mapping of field names to values.",
        "{name} には「項目名: 値」の形で書いてください。",
    ),
    "training.freeze_all": (
        "freeze: recogniser leaves nothing to learn without a connector; name one (connectors).",
        "認識器全体を固定すると学習するものがありません。コネクタ（connectors）を指定してください。",
    ),
    "training.no_config": (
        "There is no configuration file at {path}.",
        "{path} に設定ファイルがありません。",
    ),
    "training.yaml_not_utf8": (
        "{path} is not valid YAML: it is not text in UTF-8.",
        "{path} は YAML として読めません：UTF-8 のテキストではありません。",
    ),
    "training.bad_yaml": (
        "{name} is not valid YAML: {reason}",
        "{name} は YAML として読めません：{reason}",
    ),
    "training.no_line_fits": (
        "Not even one line fits: a step takes {peak_memory} of memory and {free_memory} are free; take a smaller max_width or model.",
        "1 行も収まりません（必要 {peak_memory}、空き {free_memory}）。max_width かモデルを小さくしてください。",
    ),
    "training.batch_does_not_fit": (
        "A batch of {batch_size} takes {peak_memory} of memory and {free_memory} are free; the largest batch that fits is {largest_batch}.",
        "バッチ {batch_size} には {peak_memory} のメモリが必要ですが、空きは {free_memory} です。収まる最大のバッチは {largest_batch} です。",
    ),
    "training.batch_killed": (
        "A batch of {batch_size} does not fit into the memory; take a smaller one.",
        "バッチ {batch_size} はメモリに収まりません。小さくしてください。",
    ),
    "training.disk_too_small": (
        "The run saves {disk_bytes} and the disk has {free_disk} left; free some.",
        "保存に {disk_bytes} 必要ですが、ディスクの空きは {free_disk} です。空きを作ってください。",
    ),
    "training.too_little_time": (
        "Nothing can be learned in {seconds:.0f} seconds here: a step takes {seconds_a_step:.1f} s and a validation {seconds_a_validation:.1f} s; take a smaller batch or fewer validation lines.",
        "{seconds:.0f} 秒では学習できません（1 ステップ {seconds_a_step:.1f} 秒、検証 {seconds_a_validation:.1f} 秒）。バッチか検証の行を減らしてください。",
    ),
    "training.not_measured": (
        "The run could not be measured within {timeout:.0f} seconds.",
        "{timeout:.0f} 秒以内に測定できませんでした。",
    ),
    "training.no_language_run": (
        "{run} holds no training of a language model; begin one with `python -m hwr train-lm`.",
        "{run} は言語モデルの学習ではありません。`python -m hwr train-lm` で始めてください。",
    ),
    "training.no_paragraph": (
        "{path} has no text; it needs one paragraph a line.",
        "{path} に文がありません。1 行に 1 段落を書いてください。",
    ),
    "training.no_published_lm": (
        "{init} holds no published language model; name a directory that publish-lm wrote, such as assets/language-model.",
        "{init} に公開済みの言語モデルがありません。assets/language-model のように publish-lm が書いたディレクトリを指定してください。",
    ),
    "training.published_lm_kind": (
        "{init} holds a model of the kind {kind}; only those that train-lm made (gpt2) can be begun with.",
        "{init} のモデルの種類は {kind} です。train-lm で作ったもの（gpt2）からしか始められません。",
    ),
    "training.no_text_file": (
        "There is no text file at {path}.",
        "{path} にテキストファイルがありません。",
    ),
    "training.text_not_utf8": (
        "{path} cannot be read as UTF-8 text ({error}).",
        "{path} を UTF-8 のテキストとして読めません（{error}）。",
    ),
    "training.batch_not_shared": (
        "A batch of {batch_size} cannot be shared by {world} processes.",
        "バッチ {batch_size} を {world} 個のプロセスで分けられません。",
    ),
    "training.diverged": (
        "The {what} is not a number at step {number} (seed {seed}, texts {texts}); the last good checkpoint is kept. Try a lower learning rate.",
        "ステップ {number} で {what} が数値でなくなりました（シード {seed}、文 {texts}）。最後の正常なチェックポイントは残っています。学習率を下げてみてください。",
    ),
    "training.state_does_not_fit": (
        "The state of {path} does not fit its configuration, or another version wrote it; begin a new run from {last} (init): {reason}",
        "{path} の保存状態は設定と合わないか、別の版のものです。{last} を出発点（init）に新しく始めてください：{reason}",
    ),
    "training.no_validation_line": (
        "Not one of the {made} validation lines of {name} can be used ({reasons}); mend or remove them, or name other validation data.",
        "{name} の検証用の {made} 行はどれも使えません（{reasons}）。直すか取り除くか、別の検証データを指定してください。",
    ),
    "training.no_line_in_a_row": (
        "50 lines in a row could not be used for training ({reasons}); look at the data set's images and texts.",
        "50 行続けて学習に使えませんでした（{reasons}）。データの画像と文を確認してください。",
    ),
    "training.no_data": (
        "The configuration names no training data (field data).",
        "学習データが選ばれていません（data）。",
    ),
    "training.too_few_lines": (
        "{path} has {records} usable line(s); training needs at least two.",
        "{path} の使える行は {records} 行だけです。学習には 2 行以上必要です。",
    ),
    "training.nothing_held_out": (
        "Not one of the {skipped} lines of {path} that were tried can be held out for validation: {reason} ({file}); mend or remove them, or name other validation data.",
        "{path} で試した {skipped} 行はどれも検証用に取り分けられません：{reason}（{file}）。直すか取り除くか、別の検証データを指定してください。",
    ),
    "training.no_charset": (
        "Name the charset (field characters): it cannot be told from data that is drawn as it is needed.",
        "文字集合（characters）を指定してください。描画するデータからは決められません。",
    ),
    "training.no_cuts": (
        "{path} is of the kind words; name its file of cut words (cuts), which `cut-words` makes.",
        "{path} の種類は words です。`cut-words` で作った単語のファイル（cuts）を指定してください。",
    ),
    "training.no_part": (
        "A {preset} recogniser has no part {freeze!r} to freeze; choose one of {parts}.",
        "{preset} の認識器に固定する部分 {freeze!r} はありません。{parts} から選んでください。",
    ),
    "training.no_pools": (
        "A {preset} recogniser has no pools to put MobileViT blocks behind; leave out mobilevit_patch.",
        "{preset} の認識器には MobileViT ブロックを加えるプーリングがありません。mobilevit_patch を外してください。",
    ),
    "training.mobilevit_patch": (
        "mobilevit_patch must divide a height of {rows} (preset {preset}), not {patch}.",
        "mobilevit_patch は高さ {rows}（{preset}）の約数にしてください（{patch} は使えません）。",
    ),
    "training.nothing_before": (
        "The run {title} began with fresh weights; there is nothing before it to compare with.",
        "学習「{title}」は初期化した重みから始めたため、比べる相手がありません。",
    ),
    "training.no_best": (
        "The run {title} has no best checkpoint yet; it comes with the first validation.",
        "学習「{title}」にはまだ最良のチェックポイントがありません（最初の検証でできます）。",
    ),
    "training.compared_already": (
        "The run {title} is being compared already.",
        "学習「{title}」はすでに比較中です。",
    ),
    "training.no_row": (
        "The experiment has no row {unknown!r}.",
        "実験に行 {unknown!r} はありません。",
    ),
    "training.no_test": (
        "The experiment names no test set (field test).",
        "実験にテスト用のデータ（test）がありません。",
    ),
    "training.no_pooled_set": (
        "No test set is named {name} (field pooled); those that are: {known}.",
        "テスト用のデータに {name} という名前はありません（pooled）。あるもの：{known}",
    ),
    "training.pooled_as_set": (
        "{name} is a test set already; give the sets that are shown as one (field pooled) another name.",
        "{name} はすでにテスト用のデータの名前です。まとめて示すデータ（pooled）には別の名前を付けてください。",
    ),
    "training.other_run": (
        "{path} holds a run of another configuration; name another directory (--out) or delete it.",
        "{path} には別の設定の学習があります。別のディレクトリ（--out）を指定するか、削除してください。",
    ),
    "training.no_experiment": (
        "There is no experiment file at {path}.",
        "{path} に実験のファイルがありません。",
    ),
    "training.row_name": (
        "The row name {row!r} must be unique and of letters, digits and any of . + - _",
        "行の名前 {row!r} は、ほかと重ならず、英数字と . + - _ だけにしてください。",
    ),
    "training.row": (
        "Row {row}: {error}",
        "行 {row}：{error}",
    ),
    "training.no_rows": (
        "The experiment has no rows; each is a name and fields of a training configuration.",
        "実験に行（rows）がありません。各行は名前と学習の設定の項目です。",
    ),
    "training.no_repository": (
        "{repo_id!r} is no repository of the Hub; write it as owner/name.",
        "{repo_id!r} は Hub のリポジトリ名ではありません。owner/name の形で書いてください。",
    ),
    "training.needs_token": (
        "The Hub needs a token that may write (https://huggingface.co/settings/tokens).",
        "書き込み権限のある Hub のトークンが必要です（https://huggingface.co/settings/tokens）。",
    ),
    "training.no_place": (
        "{readme} has no place for the table ({first} ... {last}).",
        "{readme} に表を入れる場所（{first} … {last}）がありません。",
    ),
    "training.hub_unreachable": (
        "The Hugging Face Hub cannot be reached ({reason}); nothing was sent.",
        "Hugging Face Hub に接続できません（{reason}）。何も送信していません。",
    ),
    "training.card_refused": (
        "The Hub does not accept the card {card}: {reason}",
        "Hub がカード {card} を受け付けませんでした：{reason}",
    ),
    "training.hub_failed": (
        "The Hub did not take {repo_id}: {name}: {reason}",
        "Hub への送信に失敗しました（{repo_id}）：{name}：{reason}",
    ),
    "training.readme_unreadable": (
        "{readme} cannot be read: {reason}.",
        "{readme} を読めません：{reason}",
    ),
    "training.token_refused": (
        "The Hub refused the token for {repo_id}; make one that may write there (https://huggingface.co/settings/tokens).",
        "Hub が {repo_id} へのトークンを拒否しました。書き込み権限のあるトークンを作成してください（https://huggingface.co/settings/tokens）。",
    ),
    "training.no_recipe": (
        "There is no recipe {name!r} for a run; choose one of {recipes}.",
        "学習の種類 {name!r} はありません。{recipes} から選んでください。",
    ),
    "training.no_checkpoint": (
        "There is no checkpoint {id!r} here (any more); choose another one.",
        "チェックポイント {id!r} は見つかりません（削除された可能性があります）。ほかのものを選んでください。",
    ),
    "training.zero_gpu_seconds": (
        "{reason} Set seconds to at most {most:.0f}.",
        "{reason}「秒数」（seconds）を {most:.0f} 以下にしてください。",
    ),
    "training.run_is_there": (
        "{path} already holds a run; resume it (train --resume {path}) or name another.",
        "{path} にはすでに学習があります。再開する（train --resume {path}）か、別の名前にしてください。",
    ),
    "training.no_run": (
        "{path} is not a run directory (no config.yaml in it).",
        "{path} は学習のディレクトリではありません（config.yaml がありません）。",
    ),
    "training.no_title": (
        "A run needs a title of at least one character.",
        "学習の名前を 1 文字以上入れてください。",
    ),
    "training.other_version": (
        "{path} was written by another version of this program, or is damaged: {error}.",
        "{path} は別の版で書かれたか、壊れています：{error}",
    ),
    "training.config_unreadable": (
        "{config_file} cannot be read: {error}.",
        "{config_file} を読めません：{error}",
    ),
    "training.run_goes_on": (
        "The run {title} is waiting or training in another process; stop that first.",
        "学習「{title}」は別のプロセスで実行中です。先に停止してください。",
    ),
    "training.disk_full": (
        "The disk of {path} is full at step {step}; what was saved before is kept. Free some space and resume.",
        "{path} のディスクがステップ {step} でいっぱいになりました。それまでの保存は残っています。空きを作って再開してください。",
    ),
    "training.out_of_memory": (
        "The memory does not hold a batch{size} at step {step}; what was saved before is kept. Take a smaller batch_size or max_width.",
        "ステップ {step} でバッチ{size}がメモリに収まりませんでした。それまでの保存は残っています。batch_size か max_width を小さくしてください。",
    ),
    "training.too_many_of_a_name": (
        "There are too many runs named {name} in {root}; delete some.",
        "{root} に {name} という名前の学習が多すぎます。いくつか削除してください。",
    ),
    "training.not_started": (
        "The run {title} did not start: {why}",
        "学習「{title}」を開始できませんでした：{why}",
    ),
    "training.runs_already": (
        "The run {title} is {state} already.",
        "学習「{title}」はすでに動いているか、順番を待っています（{state}）。",
    ),
    "training.finished": (
        "The run {title} has finished; begin a new one with its checkpoint as the start (init).",
        "学習「{title}」は完了しています。そのチェックポイントを出発点（init）に新しい学習を始めてください。",
    ),
    "training.not_running": (
        "The run {title} is not running; it is {state}.",
        "学習「{title}」は動いていません（{state}）。",
    ),
    "training.starting": (
        "The run {title} is just being started; stop it in a moment.",
        "学習「{title}」は起動中です。少し待ってから停止してください。",
    ),
    "training.no_queue": (
        "Several processes cannot wait in the queue of one device; leave --queue out.",
        "複数のプロセスは一つの装置の順番を待てません。--queue を外してください。",
    ),
    "training.just_ended": (
        "The run {title} has just ended.",
        "学習「{title}」はちょうど終わりました。",
    ),
    "training.of_another_user": (
        "The run {title} belongs to another user of this machine, who alone can stop it.",
        "学習「{title}」はこのマシンの別のユーザーのものなので、停止できるのはその人だけです。",
    ),
    "training.state_damaged": (
        "{directory} is damaged ({error}); begin a new run from {last} (init).",
        "{directory} は壊れています（{error}）。{last} を出発点（init）に新しく始めてください。",
    ),
}
