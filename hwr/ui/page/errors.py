"""The sentences of InputError, which the core writes in English, in Japanese: pattern -> translation, `\\1` as in re.sub."""

from __future__ import annotations

import re

from hwr.errors import InputError
from hwr.sentences import LANGUAGES, Language, said, text

ERRORS: tuple[tuple[str, str], ...] = (
    (r"No ink found.*", r"背景と区別できる文字が見つかりませんでした。"),
    (
        r"The line is (\d+) px long and (\d+) px high, too long.* at most (\d+) px\.",
        r"行が長すぎます（長さ \1 px、高さ \2 px）。\3 px 以下に分けてください。",
    ),
    (
        r"(.+) is not an image that can be .*",
        r"\1 は画像として開けません。PNG・JPEG・WebP・TIFF・HEIC などをお使いください。",
    ),
    (
        r"(.+) is damaged or cut off.*",
        r"\1 は壊れているか、途中で切れています。もう一度書き出すか、ダウンロードし直してください。",
    ),
    (r"(.+) is empty \(0 bytes\).*", r"\1 は空のファイルです（0 バイト）。もう一度アップロードしてください。"),
    (r"(.+) is larger than (\d+) MB.*", r"\1 は \2 MB を超えています。小さくするか、JPEG で保存し直してください。"),
    (
        r"(.+) has more than (\d+) million pixels.*",
        r"\1 は \2 百万画素を超えています。小さくして保存し直してください。",
    ),
    (
        r"(.+) is (\d+) x (\d+) px, more than (\d+) million pixels.*",
        r"\1（\2 × \3 px）は \4 百万画素を超えています。小さくして保存し直してください。",
    ),
    (
        r"(.+) is (\d+) x (\d+) px, too small.*",
        r"\1（\2 × \3 px）は文字を読むには小さすぎます。元の大きさの画像をお使いください。",
    ),
    (
        r"(.+) is a HEIC photo, which needs .*",
        r"\1 は HEIC 形式です。pillow-heif をインストールするか、JPEG で保存し直してください。",
    ),
    (
        r"(.+) is a PDF, which needs .*",
        r"\1 は PDF です。pypdfium2 をインストールするか、ページを PNG で保存し直してください。",
    ),
    (r"There is no model to read with: (.*)", r"読み取りに使うモデルがありません。\1"),
    (
        r"There is no checkpoint (.+) here \(any more\); choose another one\.",
        r"チェックポイント \1 は見つかりません（削除された可能性があります）。ほかのものを選んでください。",
    ),
    (
        r"The checkpoint (.+) has been written anew since; read the image again\.",
        r"チェックポイント \1 はその後更新されました。画像をもう一度読み取ってください。",
    ),
    (
        r"The built-in language model is not there.*",
        r"内蔵の言語モデルがありません。`python -m hwr train-lm` で学習するか、smollm2 か Hub のモデルを選んでください。",
    ),
    (
        r"There is no language model directory at (.+)\.",
        r"言語モデルのディレクトリ \1 が見つかりません。",
    ),
    (
        r"(.+) has no config\.json; it is not the directory of a language model\.",
        r"\1 に config.json がありません。言語モデルのディレクトリを指定してください。",
    ),
    (
        r"(.+) is neither a directory here nor a Hub id such as (.+)\.",
        r"\1 はディレクトリでも Hub の ID（例: \2）でもありません。",
    ),
    (
        r"The Hugging Face Hub has no public model (.+?); .*",
        r"Hugging Face Hub に公開モデル \1 がありません。ID を確かめてください（非公開のモデルにはログインが必要です）。",
    ),
    (
        r"(.+) is not in the cache of this computer and the Hugging Face Hub cannot be reached .*",
        r"\1 はこのコンピューターに保存されておらず、Hugging Face Hub にも接続できません。一度接続して取得するか、"
        r"内蔵・smollm2・ディレクトリを選んでください。",
    ),
    (
        r"(.+) is not a causal language model.*",
        r"\1 は左から右へ書く（因果的な）言語モデルではありません。GPT-2 のようなモデルを選んでください。",
    ),
    (
        r"The vocabulary of (.+) cannot spell (.+?) \((U\+[0-9A-F]+)\).*",
        r"\1 の語彙では \2（\3）を表せません。内蔵や smollm2 など、バイト単位のトークンを持つモデルを選んでください。",
    ),
    (
        r"The tokenizer of (.+) has no bos token, no eos token and no line break.*",
        r"\1 のトークナイザーには bos・eos・改行のどれもなく、文を始められません。tokenizer_config.json に bos_token を設定してください。",
    ),
    (r"SmolLM2 is not installed .* run `(.+)`\.", r"SmolLM2 がありません。`\1` でインストールしてください。"),
    (
        r"Name a language model: .*",
        r"言語モデルの名前を入れてください（openai-community/gpt2 のような Hub の ID かディレクトリ）。",
    ),
    (
        r"This is a shared host, .*",
        r"共有ホストではディレクトリを指定できません。Hub の ID を入れてください。",
    ),
    (
        r"Separability needs at least two lines, .*",
        r"分離性の測定には 2 行以上が必要です。行を増やすか、例の画像を選んでください。",
    ),
    (
        r"(.+) has no LSTM layer, so there are no gates to show\.",
        r"\1 には LSTM 層がないため、ゲートはありません。",
    ),
    (
        r"(.+) sees only (?:blanks|characters) in these (\d+) lines, .*",
        r"\1 はこの \2 行をすべて同じ種類（ブランクか文字）と読むため、分離を測れません。",
    ),
    (
        r"Frame (-?\d+) is outside of the line, which has the frames 0 to (\d+)\.",
        r"フレーム \1 はこの行にありません（0 から \2 まで）。",
    ),
    (
        r"Character (-?\d+) is not on the line, which has the characters 0 to (\d+)\.",
        r"文字 \1 はこの行にありません（0 から \2 まで）。",
    ),
    (
        r"(.+) does not know the character (.+); look at a frame instead\.",
        r"\1 は文字 \2 を知りません。文字ではなくフレームを選んでください。",
    ),
    (
        r"(.+) finds (\d+) lines on this image, not (\d+); choose another model\.",
        r"\1 はこの画像に \3 行ではなく \2 行を見つけました。別のモデルを選んでください。",
    ),
    (
        r"There is no layer (.+) with a time axis; choose one of (.+)\.",
        r"時間軸をもつ層 \1 はありません。次から選んでください：\2。",
    ),
    (
        r"This is a shared host where nobody may write yet; .*",
        r"この共有ホストでは、まだ誰も書き込めません。運営者が HWR_ADMIN_TOKEN か HWR_ADMINS を設定する必要があります。",
    ),
    (
        r"Only an admin may do this on a shared host; .*",
        r"共有ホストでは、この操作は管理者だけが行えます。ページ下部でログインしてください。",
    ),
    (
        r"Too many wrong tokens; wait (\d+) seconds.*",
        r"トークンの間違いが続きました。\1 秒待ってからやり直してください。",
    ),
    (
        r"HWR_ADMIN_TOKEN is too short to be safe; give it at least (\d+) characters\.",
        r"HWR_ADMIN_TOKEN が短すぎて安全ではありません。\1 文字以上にしてください。",
    ),
    (r"That is not the admin token\.", r"管理者トークンが違います。"),
    (
        r"Read an image first; then its lines can be kept\.",
        r"先に画像を読み取ってください。行を保存できるのはその後です。",
    ),
    (r"The image has changed; look at the text .*", r"画像が変わりました。文を確認してから保存してください。"),
    (r"The image is no longer here; upload it again\.", r"画像が残っていません。もう一度アップロードしてください。"),
    (r"Write what the line says; .*", r"書かれている文を入れてください。空の文は保存できません。"),
    (r"The text has (\d+) characters; one line has at most (\d+)\.", r"文が \1 文字あります。1 行は \2 文字までです。"),
    (r"The text is not valid Unicode; type it again\.", r"文が正しい Unicode ではありません。入力し直してください。"),
    (
        r"Nothing was kept: (.+) cannot grow \((.+)\); .*",
        r"保存できませんでした。\1 に書き込む空きがありません（\2）。ディスクを空けてからやり直してください。",
    ),
    (
        r"Nothing was kept: (.+) cannot be written \((.+)\); .*",
        r"保存できませんでした。\1 に書き込めません（\2）。フォルダーを確かめるか、HWR_DATA_DIR を設定してください。",
    ),
    (
        r"(.+) is busy: another program writes to it; .*",
        r"\1 はほかのプログラムが使用中です。少し待ってからやり直してください。",
    ),
    (
        r"(.+) is damaged or not a store of kept lines \((.+)\); .*",
        r"\1 は壊れているか、保存した行のファイルではありません（\2）。別の場所に移し、控えから戻してください。",
    ),
    (
        r"(.+) is a database of another program; move it away\.",
        r"\1 は別のプログラムのデータベースです。別の場所に移してください。",
    ),
    (
        r"(.+) was written by another version of this program \((.+), not (.+)\)\.",
        r"\1 はこのプログラムの別の版（\2、対応は \3）で書かれています。",
    ),
    (
        r"A checkpoint or its language model cannot be loaded; .*",
        r"チェックポイントか言語モデルを読み込めません。原因はログにあります。",
    ),
    (
        r"(.+) has no connectors \(no connectors\.json\).*",
        r"\1 にはコネクタがありません（connectors.json がありません）。コネクタ付きで学習するか、別のチェックポイントを選んでください。",
    ),
    (
        r"(.+) has no connector at (.+); its connectors are at (.+)\.",
        r"\1 の \2 にはコネクタがありません。コネクタがあるのは \3 です。",
    ),
    (
        r"There is no connector (.+) here \(any more\).*",
        r"コネクタ \1 は（もう）ありません。別のものを選んでください。",
    ),
    (
        r"The connector at (.+) was trained for (.+) \(hidden size (\d+)\), but (.+) has hidden size (\d+);.*",
        r"\1 のコネクタは \2（隠れ層 \3 次元）用に学習されていますが、\4 は \5 次元です。言語モデル \2 を使ってください。",
    ),
    (
        r"The connectors were trained for the tokenizer of (.+), and (.+) has another;.*",
        r"コネクタは \1 のトークナイザー用に学習されていますが、\2 のものは異なります。言語モデル \1 を使ってください。",
    ),
    (
        r"A (.+) recogniser has no tap (.+) for a connector; it has (.+)\.",
        r"\1 の認識器にはコネクタをつなぐ \2 がありません。あるのは \3 です。",
    ),
    (
        r"The connector at (.+) reads (\d+) features, but the recogniser has (\d+) there\.",
        r"\1 のコネクタは \2 次元の特徴を読みますが、この認識器では \3 次元です。",
    ),
    (
        r"(.+) is missing, though connectors\.json names it; .*",
        r"connectors.json にある \1 が見つかりません。チェックポイントを取得し直してください。",
    ),
    (
        r"(.+) is damaged or not of this connector .*",
        r"\1 は壊れているか、このコネクタのものではありません。",
    ),
    (
        r"(.+) is not a list of connectors .*",
        r"\1 はコネクタの一覧として読めません。取得し直してください。",
    ),
    (
        r"(.+) has format (.+); this program reads (.+)\.",
        r"\1 の形式は \2 ですが、このプログラムが読めるのは \3 です。",
    ),
    (
        r"There is no text to compare with; type what the line says\.",
        r"比べる文がありません。行に書かれている文を入力してください。",
    ),
    (
        r"Nothing was read on this line, so there is no text to compare with; .*",
        r"この行からは何も読み取れなかったため、比べる文がありません。書かれている文を入力してください。",
    ),
    (
        r"This recogniser's charset does not have (.+); take these characters out of the text\.",
        r"この認識器の文字集合には \1 がありません。文から取り除いてください。",
    ),
    (
        r"The text is too long for this line: its (\d+) characters need (\d+) frames, the line has (\d+)\.",
        r"文がこの行には長すぎます。\1 文字には \2 フレームが必要ですが、この行は \3 フレームです。",
    ),
    (
        r"(.+) reads at most (\d+) positions at once and was given (\d+);.*",
        r"\1 が一度に読める位置は \2 個までですが、\3 個になりました。位置の少ないコネクタ（qformer・downsample・aligned）を使ってください。",
    ),
    (
        r"(.+) finds (\d+) lines on this image where the reading has (\d+); .*",
        r"\1 はこの画像から \2 行を見つけましたが、表示中の読み取りは \3 行です。先に「読み取り」タブで \1 を使って読み取ってください。",
    ),
    (r"The run (.+) is not running; it is (.+)\.", r"学習「\1」は動いていません（\2）。"),
    (
        r"The run (.+) is just being started; stop it in a moment\.",
        r"学習「\1」は起動中です。少し待ってから停止してください。",
    ),
    (r"The run (.+) has just ended\.", r"学習「\1」はちょうど終わりました。"),
    (r"The run (.+) is (queued|starting|running) already\.", r"学習「\1」はすでに動いているか、順番を待っています。"),
    (
        r"The run (.+) has finished; begin a new one .*",
        r"学習「\1」は完了しています。そのチェックポイントから新しい学習を始めてください。",
    ),
    (r"The run (.+) did not start: (.*)", r"学習「\1」を開始できませんでした：\2"),
    (
        r"The run (.+) is waiting or training in another process; .*",
        r"学習「\1」は別のプロセスで実行中です。先に停止してください。",
    ),
    (r"The run (.+) is being compared already\.", r"学習「\1」はすでに比較中です。"),
    (r"Name the directory to write the checkpoint to\.", r"チェックポイントの書き出し先を指定してください。"),
    (
        r"(.+) is there already and is not empty; name another directory\.",
        r"\1 はすでにあり、空ではありません。別のディレクトリを指定してください。",
    ),
    (r"Name the Hub repository .*", r"Hub のリポジトリ（名前/モデル）と、書き込み権限のあるトークンを入れてください。"),
    (
        r"(learning_rate|connector_learning_rate) must be above 0, not (.+)\.",
        r"\1 は 0 より大きい値にしてください（\2 は使えません）。",
    ),
    (
        r"blend must be above 0 and at most 1, not (.+)\.",
        r"blend は 0 より大きく 1 以下で指定してください（\1 は使えません）。",
    ),
    (
        r"blend below 1 mixes with the checkpoint that the run begins with; name one \(init\)\.",
        "1 未満の blend は開始時のチェックポイントと混ぜます。init で指定してください。",
    ),
    (r"ema must be at least 0 and below 1, not (.+)\.", r"ema は 0 以上 1 未満で指定してください（\1 は使えません）。"),
    (r"(freeze|objective) must be one of (.+), not (.+)\.", r"\1 は \2 のいずれかです（\3 は使えません）。"),
    (
        r"Each tap can have one connector; the configuration lists (.+)\.",
        r"一つのタップに付けられるコネクタは一つです（指定：\1）。",
    ),
    (
        r"lm_weight and kl_weight must not be below 0, .*",
        r"lm_weight と kl_weight は 0 以上で、少なくとも一方は 0 より大きくしてください。",
    ),
    (
        r"lm_share must be above 0 and at most 1, not (.+)\.",
        r"lm_share は 0 より大きく 1 以下で指定してください（\1 は使えません）。",
    ),
    (
        r"connector_warmup must be between 0 and steps - 1, not (.+)\.",
        r"connector_warmup は 0 以上、steps 未満で指定してください（\1 は使えません）。",
    ),
    (r"The training configuration is not usable: (.+)\.", r"学習の設定を使えません：\1"),
    (r"(.+) is not valid YAML: (.*)", r"\1 は YAML として読めません：\2"),
    (r"(.+) must hold a mapping of field names to values\.", r"\1 には「項目名: 値」の形で書いてください。"),
    (
        r"There is no connector kind (.+); choose one of (.+)\.",
        r"コネクタの種類 \1 はありません。\2 から選んでください。",
    ),
    (
        r"The weight of the connector at (.+) must be above 0, not (.+)\.",
        r"\1 のコネクタの重みは 0 より大きくしてください（\2 は使えません）。",
    ),
    (
        r"queries, width, layers and heads of a qformer must be .*; got (.+)\.",
        r"qformer の queries・width・layers・heads は 1 以上、width は偶数で heads の倍数にしてください（指定：\1）。",
    ),
    (
        r"(.+) is no connector; write KIND:TAP:WEIGHT, such as (.+)\.",
        r"\1 はコネクタとして読めません。種類:タップ:重み（例: \2）の形で書いてください。",
    ),
    (
        r"(.+) has (\d+) usable line\(s\); training needs at least two\.",
        r"\1 の使える行は \2 行だけです。学習には 2 行以上必要です。",
    ),
    (
        r"Name the charset \(field characters\): .*",
        r"文字集合（characters）を指定してください。描画するデータからは決められません。",
    ),
    (
        r"mobilevit_patch must divide a height of (\d+) \(preset (.+)\), not (.+)\.",
        r"mobilevit_patch は高さ \1（\2）の約数にしてください（\3 は使えません）。",
    ),
    (
        r"50 lines in a row could not be used for training \((.*)\); look at .*",
        r"50 行続けて学習に使えませんでした（\1）。データの画像と文を確認してください。",
    ),
    (
        r"The (.+) is not a number at step (\d+) .*",
        r"ステップ \2 で \1 が数値でなくなりました。最後の正常なチェックポイントは残っています。学習率を下げてみてください。",
    ),
    (
        r"The state of (.+) does not fit its configuration, .*",
        r"\1 の保存状態は設定と合わないか、別の版のものです。そのチェックポイントから新しく始めてください。",
    ),
    (
        r"The disk of (.+) is full at step (\d+); .*",
        r"ステップ \2 でディスクがいっぱいになりました。それまでの保存は残っています。空きを作って「再開」してください。",
    ),
    (
        r"The memory does not hold a batch(.*) at step (\d+); .*",
        r"ステップ \2 でメモリが足りなくなりました。それまでの保存は残っています。batch_size か max_width を小さくしてください。",
    ),
    (
        r"Not even one line fits: a step takes (.+) of memory and (.+) are free; .*",
        r"1 行も収まりません（必要 \1、空き \2）。max_width かモデルを小さくしてください。",
    ),
    (
        r"A batch of (\d+) takes (.+) of memory and (.+) are free; the largest batch that fits is (\d+)\.",
        r"バッチ \1 には \2 のメモリが必要ですが、空きは \3 です。収まる最大のバッチは \4 です。",
    ),
    (
        r"The run saves (.+) and the disk has (.+) left; free some\.",
        r"保存に \1 必要ですが、ディスクの空きは \2 です。空きを作ってください。",
    ),
    (
        r"Nothing can be learned in (.+) seconds here: .*",
        r"\1 秒では学習できません。バッチか検証の行を減らしてください。",
    ),
    (
        r"This Space has a GPU for (\d+) seconds at a time .* Set seconds to at most (\d+)\.",
        r"この Space が GPU を使えるのは 1 回 \1 秒までです（ZeroGPU）。「秒数」を \2 以下にしてください。",
    ),
    (r"The run could not be measured within (.+) seconds\.", r"\1 秒以内に測定できませんでした。"),
    (
        r"The run (.+) began with fresh weights; .*",
        r"学習「\1」は初期化した重みから始めたため、比べる相手がありません。",
    ),
    (
        r"The run (.+) has no best checkpoint yet; .*",
        r"学習「\1」にはまだ最良のチェックポイントがありません（最初の検証でできます）。",
    ),
    (
        r"The run (.+) belongs to another user of this machine, .*",
        r"学習「\1」はこのマシンの別のユーザーのものなので、停止できません。",
    ),
    (
        r"Not one of the (\d+) validation lines of (.+) can be used \((.*)\); mend .*",
        r"\2 の検証用の \1 行はどれも使えません（\3）。直すか取り除くか、別の検証データを指定してください。",
    ),
    (
        r"(.+) was written by another version of this program, or is damaged: (.*)",
        r"\1 は別の版で書かれたか、壊れています：\2",
    ),
    (
        r"The training process ended without a word: .*",
        r"学習プロセスが何も残さず終了しました（強制終了かマシンの停止）。",
    ),
    (
        r"(.+) is no repository of the Hub; write it as owner/name\.",
        r"\1 は Hub のリポジトリ名ではありません。所有者/名前 の形で書いてください。",
    ),
    (
        r"The Hub needs a token that may write .*",
        r"書き込み権限のある Hub のトークンが必要です（https://huggingface.co/settings/tokens）。",
    ),
    (
        r"The Hugging Face Hub cannot be reached \((.+)\); nothing was sent\.",
        r"Hugging Face Hub に接続できません（\1）。何も送信していません。",
    ),
    (
        r"The Hub refused the token for (.+); make one that may write there \((.+)\)\.",
        r"Hub がトークンを拒否しました（\1）。書き込み権限のあるトークンを作成してください（\2）。",
    ),
    (r"The Hub did not take (.+?): (.*)", r"Hub への送信に失敗しました（\1）：\2"),
    (
        r"(.+) is damaged \((.*)\); begin a new run from (.+) \(init\)\.",
        r"\1 は壊れています。\3 を出発点に新しく始めてください。",
    ),
    (r"A run needs a title of at least one character\.", r"学習の名前を 1 文字以上入れてください。"),
    (r"That run is gone; choose another one\.", r"その学習はもうありません。ほかのものを選んでください。"),
    (r"That data is gone; prepare it again\.", r"そのデータはもうありません。準備し直してください。"),
    (r"The field (\w+) is empty; its default is (.+)\.", r"項目 \1 が空です（既定値は \2）。"),
    (r"(\w+) must be a whole number, not (.+)\.", r"\1 は整数で指定してください（\2 は使えません）。"),
    (
        r"Line (\d+) of (\w+) cannot be read; write one (.+) a line\.",
        r"\2 の \1 行目を読めません。1 行に 1 つ \3 の形で書いてください。",
    ),
    (r"Name the data to learn from: .*", r"学習データを指定してください（ファイルを選ぶか、場所を入力）。"),
    (r"Estimate the time and memory first\.", r"先に時間とメモリを見積もってください。"),
    (
        r"The configuration names no training data .*",
        r"学習データが選ばれていません。「このデータを使う」を押してください。",
    ),
    (r"(\w+) must be at least 1, not (.+)\.", r"\1 は 1 以上で指定してください（\2 は使えません）。"),
    (r"(\w+) must not be below 0, and is (.+)\.", r"\1 は 0 以上で指定してください（\2 は使えません）。"),
    (
        r"freeze: recogniser leaves nothing to learn .*",
        r"認識器全体を固定すると学習するものがありません。コネクタを指定してください。",
    ),
    # Data to train on, and why a line of it was left out.
    (
        r"There is no folder or \.zip file at (.+); give one, .*",
        r"\1 というフォルダーも .zip もありません。フォルダー・.zip・Hub の ID（例: Teklia/IAM-line）・kept のどれかを指定してください。",
    ),
    (
        r"There is no folder (.+) here and no public data set of this id .*",
        r"フォルダー \1 も、その ID の公開データセットもありません。名前を確かめてください（非公開のものにはログインが必要です）。",
    ),
    (
        r"There is no folder (.+) here, and the Hugging Face Hub cannot be reached .*",
        r"フォルダー \1 はなく、Hugging Face Hub にも接続できません。一度接続して取得するか、フォルダーか .zip を指定してください。",
    ),
    (
        r"Only a part of (.+) has been fetched so far; .*",
        r"\1 はまだ一部しか取得できていません。ネットワークに接続して残りを取得してください。",
    ),
    (
        r"The data set (.+) has ([\d.]+) GB; at most (.+) GB are fetched here .*",
        r"データセット \1 は \2 GB あります。取得できるのは \3 GB までです（HWR_LARGEST_DATA_GB で変更できます）。",
    ),
    (
        r"The data set (.+) is in Parquet files; run `(.+)`\.",
        r"データセット \1 は Parquet 形式です。`\2` を実行してください。",
    ),
    (r"A Parquet file of (.+) is damaged: .*", r"\1 の Parquet ファイルが壊れています。"),
    (
        r"The Hub's data set (.+) has neither Parquet files nor a metadata\.jsonl; .*",
        r"Hub のデータセット \1 には Parquet も metadata.jsonl もありません。ダウンロードして変換してください。",
    ),
    (
        r"The data set (.+) has the columns (.+); an image column and a text column \((.+)\) are needed\.",
        r"データセット \1 の列は \2 です。画像の列と、文の列（\3）が必要です。",
    ),
    (
        r"(.+) has no metadata\.jsonl; write one line .*",
        r'\1 に metadata.jsonl がありません。画像ごとに {"file_name": ..., "text": ...} を 1 行書くか、'
        r"同じ名前の .txt を各画像の隣に置いてください。",
    ),
    (
        r"The data set (.+) has no usable line: .*\((.+)\)\.",
        r"データセット \1 には使える行がありません（最初に除外されたのは \2）。",
    ),
    (r"(.+) has no line that can be used: .*", r"\1 には使える行がありません。"),
    (r"(.+) is not a \.zip file, or it is damaged: .*", r"\1 は .zip ではないか、壊れています。"),
    (
        r"(.+) names the file (.+), which is outside of the data set's folder\.",
        r"\1 がデータセットの外のファイル \2 を指しています。",
    ),
    (r"(.+) has no usable IAM line: .*", r"\1 には使える IAM の行がありません。"),
    (
        r"(.+) holds neither ascii/lines\.txt .*",
        r"\1 に IAM のファイルがありません。IAM のアーカイブをそこに展開してください。",
    ),
    (r"The data cannot be written to (.+?): (.+)\.", r"データを \1 に書き込めません（\2）。"),
    (
        r"No line(?: of (?:.+))? has been kept yet; .*",
        r"保存した行がまだありません。読み取りタブで文を直して保存してください。",
    ),
    (r"text does not fit the image", r"文が画像に収まりません"),
    (r"no ink or too long", r"文字が見つからないか、長すぎます"),
    (r"wider than max_width", r"最大幅を超えています"),
    (r"no known characters", r"文字集合にある文字がありません"),
    (r"the image is missing", r"画像がありません"),
    (r"the text is empty or not text", r"文が空か、文字列ではありません"),
    (r"no text file of its name is beside it", r"同じ名前の .txt が隣にありません"),
    (r"it is not one line of text in UTF-8", r"UTF-8 の 1 行の文ではありません"),
    (r"the line is not valid JSON", r"JSON として読めない行です"),
    (r'the line has no "file_name"', r"file_name がない行です"),
)


def translated_error(sentence: str | InputError, language: Language) -> str:
    """An InputError's sentence for the reader's language; unknown plain ones keep their English after an introduction.

    >>> translated_error("No ink found: the image shows nothing.", "ja")
    '背景と区別できる文字が見つかりませんでした。'
    """
    words = said(sentence, language)
    if language == LANGUAGES[0] or words != str(sentence):
        return words
    for pattern, japanese in ERRORS:
        match = re.fullmatch(pattern, words, flags=re.DOTALL)
        if match:
            return match.expand(japanese)
    return text("error.input", language, reason=words)
