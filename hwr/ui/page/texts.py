"""What the frame round every tab says."""

from __future__ import annotations

from hwr.sentences import Table

LABELS: Table = {
    "rights.token": ("Admin token", "管理者トークン"),
    "rights.enter": ("Log in", "ログイン"),
    "rights.leave": ("Log out", "ログアウト"),
}

TEXTS: Table = {
    "rights.admins_only": (
        "Only an admin may do this on a shared host; log in at the foot of the page.",
        "共有ホストでは、この操作は管理者だけが行えます。ページ下部でログインしてください。",
    ),
    "rights.nobody": (
        "This is a shared host where nobody may write yet; its owner must set HWR_ADMIN_TOKEN or HWR_ADMINS.",
        "この共有ホストでは、まだ誰も書き込めません。運営者が HWR_ADMIN_TOKEN か HWR_ADMINS を設定する必要があります。",
    ),
    "rights.short_token": (
        "HWR_ADMIN_TOKEN is too short to be safe; give it at least {shortest} characters.",
        "HWR_ADMIN_TOKEN が短すぎて安全ではありません。{shortest} 文字以上にしてください。",
    ),
    "rights.wrong_token": (
        "That is not the admin token.",
        "管理者トークンが違います。",
    ),
    "rights.too_many": (
        "Too many wrong tokens; wait {seconds:.0f} seconds and try again.",
        "トークンの間違いが続きました。{seconds:.0f} 秒待ってからやり直してください。",
    ),
    "page.no_mcp": (
        "An MCP server needs the package mcp: pip install 'hwr[mcp]', or leave out --mcp and HWR_MCP.",
        "MCP サーバーには mcp パッケージが必要です。pip install 'hwr[mcp]' で入れるか、--mcp と HWR_MCP を外してください。",
    ),
    "page.no_upload": (
        "image is not an uploaded file; send it with handle_file(...) of gradio_client.",
        "image はアップロードされたファイルではありません。gradio_client の handle_file(...) で送ってください。",
    ),
    "header.promise": (
        "See what a handwriting recogniser sees.",
        "手書き文字認識が見ているものを、そのまま目で確かめる。",
    ),
    "header.tour": ("Tour", "ツアー"),
    "header.theme": ("Light or dark", "明るい画面・暗い画面の切り替え"),
    "notice.loading": (
        "The model is still loading, which happens once after a start. Your image is next.",
        "モデルを読み込んでいます（起動後に一度だけ必要です）。完了しだい、画像を読み取ります。",
    ),
    "notice.reading": ("Reading …", "読み取っています…"),
    "notice.loading.model": ("Loading the checkpoint …", "チェックポイントを読み込んでいます…"),
    "notice.comparing": ("Reading with the other model, too …", "比較相手のモデルでも読み取っています…"),
    "error.input": ("{reason}", "画像を処理できませんでした。{reason}"),
    "notice.title": ("Please note", "お知らせ"),
    "error.unexpected": (
        "Sorry, something went wrong on our side; it has been logged. The last result is still here.",
        "申し訳ありません。内部でエラーが発生しました（記録済みです）。直前の結果はそのまま残っています。",
    ),
    "notice.searching": ("Searching the likeliest texts …", "候補の文を探しています…"),
    "notice.language": (
        "Loading the language model {lm} if it is not there yet; the first time this may take a minute.",
        "言語モデル {lm} を準備しています（初回は 1 分ほどかかることがあります）。",
    ),
    "notice.aligning": ("Setting the text on the image …", "文を画像に重ねています…"),
    "notice.looking": ("Looking into the network …", "ネットワークの中を調べています…"),
    "notice.measuring": ("Measuring the gates …", "ゲートを測定しています…"),
    "notice.read_only": (
        "{path} cannot be written ({reason}): pages are read here, and nothing is kept. Set HWR_DATA_DIR to another place.",
        "{path} に書き込めません（{reason}）。読み取りはできますが、何も保存されません。HWR_DATA_DIR で別の場所を指定してください。",
    ),
    "notice.lost_on_restart": (
        "This Space sleeps when nobody visits and is emptied when it restarts: kept lines, collections and runs are lost then. "
        "Export what you need, or mount a storage bucket at HWR_DATA_DIR.",
        "この Space は利用がないとスリープし、再起動で中身が消えます。保存した行・コレクション・学習も失われるため、必要なものは書き出すか、HWR_DATA_DIR にストレージバケットを接続してください。",
    ),
    "rights.title": ("For admins", "管理者の方へ"),
    "rights.locked": (
        "This is a shared host: only an admin can keep lines, train and delete here. Log in at the foot of the page.",
        "共有ホストのため、行の保存・学習・削除は管理者だけが行えます。ページ下部でログインできます。",
    ),
    "rights.closed": (
        "This is a shared host. Whoever has the admin token can keep lines, train and delete here.",
        "共有ホストです。管理者トークンを持つ方は、行の保存・学習・削除ができます。",
    ),
    "rights.free": (
        "You may keep lines, train and delete here (as: {name}).",
        "行の保存・学習・削除ができます（{name} として）。",
    ),
    "notice.connector": ("Measuring with the language model …", "言語モデルで測定しています…"),
    "page.footnote": (
        "Runs on this machine: images stay here, nothing is counted. Only a model or data set that you name is fetched from the Hub.",
        "処理はすべてこのマシンで行い、画像を外部に送らず、利用状況も収集しません。名前を指定したモデルとデータセットだけは Hub から取得します。",
    ),
}
PAGE: Table = {
    "picture.save": ("Save this view as {kind}", "この表示を {kind} で保存"),
    "glossary.tap": (
        "Tap: a named place in the network where features can be read, such as columns or lstm1.",
        "タップ：ネットワークの中で特徴量を読み出せる場所（columns や lstm1 など）。",
    ),
    "glossary.tap.words": (r"\btaps?\b", "タップ"),
    "glossary.frame": (
        "Frame: one time step of the recogniser, a narrow strip of the line; every frame has a probability for each character.",
        "フレーム：認識器の 1 時刻。行の細い帯にあたり、文字ごとの確率を持ちます。",
    ),
    "glossary.frame.words": (r"\bframes?\b", "フレーム"),
    "glossary.blank": (
        "Blank: the class that says “no character here”; CTC drops it when it makes the text.",
        "ブランク：「ここに文字はない」というクラス。CTC が文字列にするときに取り除きます。",
    ),
    "glossary.blank.words": (r"\bblanks?\b", "ブランク"),
    "glossary.logits": (
        "Logits: the network's last numbers, before softmax makes probabilities of them.",
        "ロジット：ソフトマックスで確率にする前の、ネットワークの最後の出力値。",
    ),
    "glossary.logits.words": (r"\blogits?\b", "ロジット"),
    "glossary.nats": (
        "Nats: information counted with the natural logarithm; 0.69 nats are one bit.",
        "ナット：自然対数で測った情報量。0.69 ナットが 1 ビットです。",
    ),
    "glossary.nats.words": (r"\bnats?\b", "ナット|\\bnats?\\b"),
    "glossary.aligned": (
        "Aligned: every character of a text set on the frames where the recogniser most likely wrote it (Viterbi).",
        "アラインメント：文字列の各文字を、最も確からしいフレームに割り当てること（Viterbi）。",
    ),
    "glossary.aligned.words": (r"\balign(?:ed|ment)?\b", "アラインメント|整列|aligned"),
    "tour.offer": (
        "New here? A tour of two minutes shows what is where.",
        "はじめての方へ：2 分でわかるツアーがあります。",
    ),
    "tour.start": ("Show me around", "ツアーを始める"),
    "tour.no": ("No, thank you", "閉じる"),
    "tour.next": ("Next", "次へ"),
    "tour.back": ("Back", "戻る"),
    "tour.end": ("End the tour", "ツアーを終える"),
    "tour.done": ("Done", "完了"),
    "tour.image.title": ("An image in", "画像を入れる"),
    "tour.image": (
        "Drop a photo or a scan of handwriting here, paste it, or take one. It stays on the machine that serves this page.",
        "手書きの写真やスキャンをここにドロップ、貼り付け、または撮影します。画像はこのページを動かすマシンの外に出ません。",
    ),
    "tour.examples.title": ("Or an example", "例から選ぶ"),
    "tour.examples": (
        "Each example is there for a lesson: easy writing, letters that are alike, a whole page, a language the model knows less.",
        "例にはそれぞれ狙いがあります。読みやすい字、紛らわしい字、ページ全体、学習の少ない言語など。",
    ),
    "tour.line.title": ("What the recogniser saw", "認識器が見たもの"),
    "tour.line": (
        "Ink, characters, blank and posteriors stand on one axis, the pixels of your image. Hover, click a character, or walk with the arrow keys.",
        "インク・文字・ブランク・事後確率が、画像のピクセルという同じ軸に並びます。ポインターを重ねる、文字をクリックする、矢印キーで進む、のいずれでも見られます。",
    ),
    "tour.keep.title": ("Put it right", "直して残す"),
    "tour.keep": (
        "Correct the text and press Enter: the line is kept, and you can train on what you kept.",
        "文字列を直して Enter を押すと行が保存され、保存した行で学習できます。",
    ),
    "tour.decode.title": ("Decode: which texts could it be?", "Decode：ほかの読み方"),
    "tour.decode": (
        "The likeliest texts with what the image, a language model and the letters say of each. Drag a weight and they are ranked anew.",
        "有力な文字列を、画像・言語モデル・文字 n-gram の点数とともに示します。重みを動かすと順位が変わります。",
    ),
    "tour.connector.title": ("Connector: what does language hear?", "Connector：言語モデルに届くもの"),
    "tour.connector": (
        "What a frozen language model expects after reading the text, and after hearing the ink through a connector; KL says how far they are apart.",
        "凍結した言語モデルが、文字列を読んだときと、コネクタを通してインクを受け取ったときの予測の違いを KL で示します。",
    ),
    "tour.field.title": ("Receptive field: what did it look at?", "受容野：どこを見たか"),
    "tour.field": (
        "What a layer could see from one character, and what it used.",
        "1 文字について、各層が見られる範囲と、実際に使った範囲を示します。",
    ),
    "tour.annotate.title": ("Annotate: pages of your own", "Annotate：自分のページ"),
    "tour.annotate": (
        "Collections of pages: lines are found and read, the least sure come first, and a few keys put them right.",
        "ページのコレクションです。行を見つけて読み取り、自信のない行から順に、キー操作で直せます。",
    ),
    "tour.tune.title": ("Fine-tune: your own model", "Fine-tune：自分のモデル"),
    "tour.tune": (
        "Train on what you kept, watch it learn, and see what it fixed and broke. About explains every view; this tour is in the header.",
        "保存した行で学習し、経過と、直った点・悪くなった点を確かめます。見方は About に、このツアーはページ上部にあります。",
    ),
}
