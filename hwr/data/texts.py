"""What data says of what it cannot use."""

from __future__ import annotations

from hwr.sentences import Table

TEXTS: Table = {
    "data.bad_packed_strokes": (
        "{path} is not a packed stroke file, or it is damaged: {error}.",
        "{path} は詰めた筆跡のファイルではないか、壊れています：{error}",
    ),
    "data.left.no_text_file": ("no text file of its name is beside it", "同じ名前の .txt が隣にありません"),
    "data.left.bad_json": ("the line is not valid JSON", "JSON として読めない行です"),
    "data.left.no_file_name": ('the line has no "file_name"', "file_name がない行です"),
    "data.left.no_image": ("the image is missing", "画像がありません"),
    "data.left.unlisted": ("no line of {metadata} names it", "{metadata} のどの行にも書かれていません"),
    "data.left.same_line": (
        "its text belongs to {image}, which shows the same line",
        "同じ行の画像 {image} の文です",
    ),
    "data.left.bad_field": (
        "its {field} is not valid Unicode of at most {most} characters",
        "{field} が Unicode の {most} 文字以内の文字列ではありません",
    ),
    "data.left.empty_text": ("the text is empty", "文が空です"),
    "data.left.no_image_at": ("the image {image} is missing", "画像 {image} がありません"),
    "data.left.not_in_data": (
        "the list of the split {split} names it, but it is not in the data",
        "分割 {split} の一覧にありますが、データにありません",
    ),
    "data.left.not_iam_line": ("it is not a line of lines.txt", "lines.txt の行ではありません"),
    "data.left.bad_xml": ("it is not valid XML", "XML として読めません"),
    "data.left.bad_component": (
        "a component has no valid x, y, width and height",
        "x・y・幅・高さが正しくない要素があります",
    ),
    "data.left.no_component": ("it has no component that says where it stands", "位置を示す要素がありません"),
    "data.left.no_text": ("the text is empty or not text", "文が空か、文字列ではありません"),
    "data.store_busy": (
        "{path} is busy: another program writes to it; try again in a moment.",
        "{path} はほかのプログラムが使用中です。少し待ってからやり直してください。",
    ),
    "data.store_full": (
        "Nothing was kept: {path} cannot grow ({reason}); free some disk space and try again.",
        "保存できませんでした。{path} に書き込む空きがありません（{reason}）。ディスクを空けてからやり直してください。",
    ),
    "data.store_not_writable": (
        "Nothing was kept: {path} cannot be written ({reason}); check its folder, or set HWR_DATA_DIR.",
        "保存できませんでした。{path} に書き込めません（{reason}）。フォルダーを確かめるか、HWR_DATA_DIR を設定してください。",
    ),
    "data.store_damaged": (
        "{path} is damaged or not a store of kept lines ({reason}); move it away and restore a copy.",
        "{path} は壊れているか、保存した行のファイルではありません（{reason}）。別の場所に移し、控えから戻してください。",
    ),
    "data.line_outdated": (
        "{who} kept another text of this line in the meantime: {text!r}. Yours, {mine!r}, is in its history; look and keep again.",
        "その間に {who} がこの行の文を保存しました（{text!r}）。あなたの文 {mine!r} は履歴に残っています。確かめてもう一度保存してください。",
    ),
    "data.line_gone": (
        "The line is no longer on its page: it was deleted, split or merged in the meantime. Your text {text!r} is in its history; load the page again.",
        "この行は、その間に削除・分割・結合され、ページにありません。あなたの文 {text!r} は履歴に残っています。ページを読み込み直してください。",
    ),
    "data.line_is_there": (
        "There is a line at exactly this place already.",
        "まったく同じ場所にすでに行があります。",
    ),
    "data.line_elsewhere": (
        "Line {line} is not on this page, or no longer; load the page again.",
        "行 {line} はこのページにありません（またはなくなりました）。ページを読み込み直してください。",
    ),
    "data.box_outside": (
        "The box lies outside of the page ({width} x {height} pixels).",
        "枠がページ（{width} x {height} 画素）の外にあります。",
    ),
    "data.box_empty": (
        "The box has no area: it needs a width and a height of at least {least} pixels.",
        "枠に面積がありません。幅と高さがそれぞれ {least} 画素以上必要です。",
    ),
    "data.cut_beside": (
        "On one side of the cut there is no writing of this line; cut between its words or lines.",
        "分割位置の片側に、この行の文字がありません。文字のあいだで分割してください。",
    ),
    "data.merge_few": (
        "Choose two lines or more, then merge them.",
        "2 行以上を選んでから結合してください。",
    ),
    "data.nothing_to_undo": ("There is nothing to undo on this page.", "このページに元に戻す操作はありません。"),
    "data.nothing_to_redo": ("There is nothing to redo on this page.", "このページにやり直す操作はありません。"),
    "data.lines_changed": (
        "Somebody else has changed the lines of this page in between; load the page again.",
        "その間に、ほかの人がこのページの行を変更しました。ページを読み込み直してください。",
    ),
    "data.change_unknown": (
        "This change of lines is not understood ({why}); load the page again.",
        "行の変更を解釈できません（{why}）。ページを読み込み直してください。",
    ),
    "data.nothing_came_in": (
        "Nothing of {path} was brought in, and no collection was made. Files or pages left out: {count}, the first {file}: {why}",
        "{path} からは何も取り込まず、コレクションも作りませんでした。除外：{count} 件、最初は {file}：{why}",
    ),
    "data.page_is_there": (
        "The page {page} is already in the collection {collection!r}; move it from there.",
        "ページ {page} はコレクション {collection!r} にすでにあります。そこから移動してください。",
    ),
    "data.not_there": (
        "There is no {what} {id} in the library; load the page again.",
        "ライブラリーに {what} {id} がありません。ページを読み込み直してください。",
    ),
    "data.no_name": ("Give it a name.", "名前を入れてください。"),
    "data.xml_broken": (
        "{name} is not well-formed XML ({error}); export it again.",
        "{name} は正しい XML ではありません（{error}）。書き出し直してください。",
    ),
    "data.xml_refused": (
        "{name} has a DTD, entities or elements nested too deep, which are refused; export it without them.",
        "{name} には DTD、実体宣言、または深すぎる入れ子があり、受け付けません。それらなしで書き出してください。",
    ),
    "data.not_page_xml": (
        "{name} is no PAGE XML: it has no PcGts with a Page; give PAGE XML or ALTO.",
        "{name} は PAGE XML ではありません（PcGts と Page がありません）。PAGE XML か ALTO を渡してください。",
    ),
    "data.not_alto": (
        "{name} is no ALTO: it has no alto with a Layout and a Page; give PAGE XML or ALTO.",
        "{name} は ALTO ではありません（alto、Layout、Page がありません）。PAGE XML か ALTO を渡してください。",
    ),
    "data.alto_unit": (
        "{name} measures in {unit}; only pixels can be placed on the image: export it in pixels.",
        "{name} の単位は {unit} です。画像に合わせられるのはピクセルだけです。ピクセルで書き出してください。",
    ),
    "data.line_without_place": (
        "{name} does not say where its line {line} is; give it Coords, a polygon or a baseline.",
        "{name} の行 {line} に位置がありません。Coords、ポリゴン、または基線を付けてください。",
    ),
    "data.json_broken": (
        "{name} is no JSON of pages ({error}); give what `annotations export --format json` wrote.",
        "{name} はページの JSON ではありません（{error}）。`annotations export --format json` の出力を渡してください。",
    ),
    "data.json_version": (
        "{name} is of version {version}, this program knows {known}; use the newest version.",
        "{name} の版は {version} ですが、このプログラムは {known} までです。最新版を使ってください。",
    ),
    "data.image_absent": (
        "the image that {page} names is not there",
        "{page} が指す画像がありません",
    ),
    "data.no_pages": (
        "{path} holds no page that can be read ({why}); give PAGE XML, ALTO or JSON with their images.",
        "{path} に読めるページがありません（{why}）。PAGE XML、ALTO、JSON を画像とともに渡してください。",
    ),
    "data.no_page_files": ("there is no .xml and no .json", ".xml も .json もありません"),
    "data.nothing_to_import": (
        "There is no file or folder {path}; give a folder, a .zip, or an .xml file.",
        "{path} がありません。フォルダー、.zip、または .xml ファイルを渡してください。",
    ),
    "data.zip_damaged": (
        "{path} is not a .zip file, or it is damaged: {error}.",
        "{path} は .zip ファイルではないか、壊れています（{error}）。",
    ),
    "data.zip_outside": (
        "{path} names the file {name!r}, which is outside of it; such an archive is refused.",
        "{path} は外のファイル {name!r} を指しています。このようなアーカイブは受け付けません。",
    ),
    "data.zip_bomb": (
        "{path} unpacks to far more than it holds ({name}); such an archive is refused.",
        "{path} は展開すると大きくなりすぎます（{name}）。このようなアーカイブは受け付けません。",
    ),
    "data.export_failed": (
        "Nothing was exported to {path}: {error}.",
        "{path} に書き出せませんでした（{error}）。",
    ),
    "data.unknown_format": (
        "There is no format {form!r}; choose one of {known}.",
        "形式 {form!r} はありません。{known} から選んでください。",
    ),
    "data.empty_collection": (
        "The collection {id} has no lines; add pages to it first.",
        "コレクション {id} に行がありません。先にページを加えてください。",
    ),
    "data.split_by": (
        "Splits go by page or by writer, not by {by!r}.",
        "分割はページ別（page）か筆者別（writer）です。{by!r} は使えません。",
    ),
    "data.nothing_kept": (
        "No line has been kept yet; correct a reading in the Read tab and keep it.",
        "保存した行がまだありません。読み取りタブで文を直して保存してください。",
    ),
    "data.nothing_kept_of": (
        "No line of {writer} has been kept yet; correct a reading in the Read tab and keep it.",
        "{writer} の行はまだ保存されていません。読み取りタブで文を直して保存してください。",
    ),
    "data.no_typefaces": (
        "{path} has no typefaces (*.ttf, *.otf) of the split {split!r}.",
        "{path} に分割 {split!r} の書体（*.ttf、*.otf）がありません。",
    ),
    "data.no_words": ("{path} has no words of the split {split!r}.", "{path} に分割 {split!r} の単語がありません。"),
    "data.writer_too_long": (
        "The name of the writer has {length} characters; at most {longest} are kept.",
        "書いた人の名前が {length} 文字あります。{longest} 文字までです。",
    ),
    "data.text_too_long": (
        "The text has {length} characters; one line has at most {longest}.",
        "文が {length} 文字あります。1 行は {longest} 文字までです。",
    ),
    "data.other_version": (
        "{path} was written by another version of this program ({version}, not {known}); use the newest version.",
        "{path} はこのプログラムの別の版（{version}、対応は {known}）で書かれています。最新版を使ってください。",
    ),
    "data.empty_text": (
        "Write what the line says; an empty text cannot be kept.",
        "書かれている文を入れてください。空の文は保存できません。",
    ),
    "data.not_unicode": (
        "The text is not valid Unicode; type it again.",
        "文が正しい Unicode ではありません。入力し直してください。",
    ),
    "data.foreign_database": (
        "{path} is a database of another program; move it away.",
        "{path} は別のプログラムのデータベースです。別の場所に移してください。",
    ),
    "data.no_usable_line": (
        "The data set {directory} has no usable line: {why}.",
        "データセット {directory} には使える行がありません（{why}）。",
    ),
    "data.not_empty": (
        "{directory} already holds a data set; choose an empty folder.",
        "{directory} にはすでにデータセットがあります。空のフォルダーを選んでください。",
    ),
    "data.image_empty": (
        "Image {index} is empty: {width} x {height} pixels.",
        "画像 {index} は空です（{width} × {height} px）。",
    ),
    "data.utf16": (
        "{name} is not UTF-8 (it looks like UTF-16); save it as UTF-8.",
        "{name} は UTF-8 ではありません（UTF-16 のようです）。UTF-8 で保存し直してください。",
    ),
    "data.nothing_untyped": (
        "Every line of this collection has a text that a person kept; train on it instead.",
        "このコレクションの行にはすべて、保存された文があります。その行で学習してください。",
    ),
    "data.no_pictures": (
        "There is no image in {directory}.",
        "{directory} に画像がありません。",
    ),
    "data.no_metadata": (
        '{directory} has no {metadata}; write one line {{"file_name": ..., "text": ...}} for each image, or put a text file of its name (.txt) beside each.',
        '{directory} に {metadata} がありません。画像ごとに {{"file_name": ..., "text": ...}} を 1 行書くか、同じ名前の .txt を各画像の隣に置いてください。',
    ),
    "data.outside": (
        "{where} names the file {file_name!r}, which is outside of the data set's folder.",
        "{where} がデータセットの外のファイル {file_name!r} を指しています。",
    ),
    "data.no_split": (
        "The data set has no split {split!r}; it has {splits}.",
        "データセットに分割 {split!r} はありません。あるのは {splits} です。",
    ),
    "data.image_type": (
        "Image {index} is {dtype} {shape}; uint8 (H, W) or (H, W, 3) is needed.",
        "画像 {index} は {dtype} {shape} です。uint8 の (H, W) か (H, W, 3) が必要です。",
    ),
    "data.image_unreadable": (
        "The image {image} cannot be read: {error}.",
        "画像 {image} を読めません：{error}",
    ),
    "data.field_taken": (
        "Line {line} has the extra field {field!r}, which the data set uses itself.",
        "{line} 行目の追加項目 {field!r} は、データセット自身が使う名前です。",
    ),
    "data.line_not_unicode": (
        "The text or a field of line {line} is not valid Unicode: {text!r}.",
        "{line} 行目の文か項目が正しい Unicode ではありません：{text!r}",
    ),
    "data.encoding_damaged": (
        "{name} is not UTF-8 (it looks like {encoding}) and is damaged; save it anew.",
        "{name} は UTF-8 ではなく（{encoding} のようです）、壊れています。保存し直してください。",
    ),
    "data.hub_format": (
        "The Hub's data set {name} has neither Parquet files nor a {metadata}; download and convert it.",
        "Hub のデータセット {name} には Parquet も {metadata} もありません。ダウンロードして変換してください。",
    ),
    "data.partly_fetched": (
        "Only a part of {name} has been fetched so far; connect to the network to fetch the rest.",
        "{name} はまだ一部しか取得できていません。ネットワークに接続して残りを取得してください。",
    ),
    "data.too_large": (
        "The data set {name} has {gigabytes:.1f} GB; at most {largest:g} GB are fetched here (set HWR_LARGEST_DATA_GB to allow more).",
        "データセット {name} は {gigabytes:.1f} GB あります。取得できるのは {largest:g} GB までです（HWR_LARGEST_DATA_GB で変更できます）。",
    ),
    "data.columns": (
        "The data set {name} has the columns {names}; an image column and a text column ({wanted}) are needed.",
        "データセット {name} の列は {names} です。画像の列と、文の列（{wanted}）が必要です。",
    ),
    "data.no_image": (
        "{where} has no image.",
        "{where} に画像がありません。",
    ),
    "data.hub_unknown": (
        "There is no folder {name} here and no public data set of this id on the Hugging Face Hub; check the name, or log in if it is private or gated.",
        "フォルダー {name} も、その ID の公開データセットもありません。名前を確かめてください（非公開のものにはログインが必要です）。",
    ),
    "data.hub_unreachable": (
        "There is no folder {name} here, and the Hugging Face Hub cannot be reached ({reason}); connect once to fetch the data set, or give a folder or a .zip file.",
        "フォルダー {name} はなく、Hugging Face Hub にも接続できません（{reason}）。一度接続して取得するか、フォルダーか .zip を指定してください。",
    ),
    "data.needs_pyarrow": (
        "The data set {name} is in Parquet files; run `pip install pyarrow`.",
        "データセット {name} は Parquet 形式です。`pip install pyarrow` を実行してください。",
    ),
    "data.parquet_damaged": (
        "A Parquet file of {name} is damaged: {error}.",
        "{name} の Parquet ファイルが壊れています：{error}",
    ),
    "data.no_iam": (
        "{directory} holds neither ascii/lines.txt with lines/ nor xml/ with forms/; unpack the IAM archives there.",
        "{directory} に IAM のファイル（ascii/lines.txt と lines/、または xml/ と forms/）がありません。IAM のアーカイブをそこに展開してください。",
    ),
    "data.iam_missing": (
        "The folder {directory} is missing; give the one where the IAM archives were unpacked.",
        "フォルダー {directory} がありません。IAM のアーカイブを展開した場所を指定してください。",
    ),
    "data.no_iam_line": (
        "{directory} has no usable IAM line: {why}.",
        "{directory} には使える IAM の行がありません（{why}）。",
    ),
    "data.line_in_two_splits": (
        "The line {id} stands in the split {by_line!r} and its form in {by_form!r}; a line belongs to one.",
        "行 {id} は分割 {by_line!r} に、その用紙は {by_form!r} に入っています。行が属する分割は一つです。",
    ),
    "data.split_list_empty": (
        "The list {path} of the split {split!r} is empty; it needs one form or line id a line.",
        "分割 {split!r} の一覧 {path} は空です。1 行に一つ、用紙か行の ID を書いてください。",
    ),
    "data.split_list_unreadable": (
        "The list {path} of the split {split!r} cannot be read: {error}.",
        "分割 {split!r} の一覧 {path} を読めません：{error}",
    ),
    "data.in_two_splits": (
        "{key} stands in the splits {first!r} and {split!r}; a line belongs to one.",
        "{key} は分割 {first!r} と {split!r} の両方に入っています。行が属する分割は一つです。",
    ),
    "data.missing": (
        "The data set {root} is missing; give a folder or a .zip file with a metadata.jsonl.",
        "データセット {root} がありません。metadata.jsonl のあるフォルダーか .zip を指定してください。",
    ),
    "data.unreadable": (
        "{path} cannot be read: {error}.",
        "{path} を読めません：{error}",
    ),
    "data.bad_zip": (
        "{path} is not a .zip file, or it is damaged: {error}.",
        "{path} は .zip ではないか、壊れています：{error}",
    ),
    "data.unreadable_in_zip": (
        "{name} in {path} cannot be read: {error}.",
        "{path} の中の {name} を読めません：{error}",
    ),
    "data.no_prose": (
        "There is no text file at {path}.",
        "{path} にテキストファイルがありません。",
    ),
    "data.no_source": (
        "There is no folder or .zip file at {source!r}; give one, a Hub id such as Teklia/IAM-line, or `{kept}`.",
        "{source!r} というフォルダーも .zip もありません。フォルダー・.zip・Hub の ID（例: Teklia/IAM-line）・`{kept}` のどれかを指定してください。",
    ),
    "data.folder_not_empty": (
        "{out} is not an empty folder; choose another for the data set.",
        "{out} は空のフォルダーではありません。データセットには別の場所を選んでください。",
    ),
    "data.nothing_usable": (
        "{source} has no line that can be used: {why}.",
        "{source} には使える行がありません（{why}）。",
    ),
    "data.not_prepared": (
        "{path} is not a data set that was prepared here.",
        "{path} はここで準備したデータセットではありません。",
    ),
    "data.not_writable": (
        "The data cannot be written to {target}: {error}.",
        "データを {target} に書き込めません（{error}）。",
    ),
    "data.no_strokes": (
        "There is no stroke file at {path}.",
        "{path} に筆跡のファイルがありません。",
    ),
    "data.no_writer": (
        "{path} has no writer in the split {split!r}.",
        "{path} の分割 {split!r} には筆者がいません。",
    ),
    "data.no_such_writer": (
        "{path} has no writer {writer} in the split {split!r} to leave out.",
        "{path} の分割 {split!r} には除外する筆者 {writer} がいません。",
    ),
    "data.no_digits": (
        "{path} has no writer of all ten digits in the split {split!r}, so no numbers can be composed.",
        "{path} の分割 {split!r} には 10 個の数字をすべて書いた筆者がいないため、数を組み立てられません。",
    ),
    "data.no_words_file": (
        "There is no file of cut words at {path}; `python -m hwr cut-words` makes one.",
        "{path} に切り出した単語のファイルがありません。`python -m hwr cut-words` で作れます。",
    ),
    "data.bad_words_file": (
        "{path} is not a file of cut words, or it is damaged: {error}.",
        "{path} は切り出した単語のファイルではないか、壊れています：{error}",
    ),
    "data.too_few_words": (
        "{path} has no hand with two words of the split {split!r}, so no line can be made of them.",
        "{path} の分割 {split!r} には単語が 2 つ以上ある書き手がいないため、行を作れません。",
    ),
    "data.words_of_other_lines": (
        "{path} was cut from other lines than those of {data}: its {image} is not there, or has other words or another width. Cut them again: `python -m hwr cut-words`.",
        "{path} は {data} とは別の行から切り出されています。{image} がないか、単語や幅が違います。`python -m hwr cut-words` で切り出し直してください。",
    ),
}
