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
}
