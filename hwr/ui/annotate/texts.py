"""What the Annotate tab says."""

from __future__ import annotations

from hwr.sentences import Table
from hwr.ui.annotate.page_lines_texts import PAGE_LINES

LABELS: Table = {
    "tab.annotate": ("Annotate", "注釈"),
    "annotate.model": ("Read pages with", "ページを読むモデル"),
    "annotate.import": ("Import …", "取り込む…"),
    "annotate.files": ("Add pages …", "ページを追加…"),
}

TEXTS: Table = {
    "annotate.imported": (
        "{pages} pages with {lines} lines came in, {empty} lines of them without a text.",
        "{pages} ページ、{lines} 行を取り込みました（文のない行は {empty} 行）。",
    ),
    "annotate.left_out": ("{file} was left out: {reason}", "{file} は取り込みませんでした：{reason}"),
    "annotate.page_gone": (
        "This page is not in the collection any more; load the tab again.",
        "このページはもうコレクションにありません。タブを読み込み直してください。",
    ),
}

PAGE: Table = {
    **PAGE_LINES,
    "annotate.collection": ("Collection", "コレクション"),
    "annotate.collection.option": (
        "{name} — {pages} pages, {corrected} of {lines} lines corrected",
        "{name} — {pages} ページ、{lines} 行中 {corrected} 行を修正済み",
    ),
    "annotate.search": ("Search in the texts", "文を検索"),
    "annotate.search.none": ("No line of this collection says “{words}”.", "「{words}」を含む行はありません。"),
    "annotate.new": ("New collection", "新しいコレクション"),
    "annotate.new.name": ("Name of the new collection", "新しいコレクションの名前"),
    "annotate.rename": ("Rename", "名前を変更"),
    "annotate.rename.name": ("New name of the collection", "コレクションの新しい名前"),
    "annotate.rename.page": ("New name of the page", "ページの新しい名前"),
    "annotate.delete": ("Delete", "削除"),
    "annotate.move": ("Move to …", "移動先…"),
    "annotate.writer": ("Writer of this page", "このページの筆者"),
    "annotate.writer.title": (
        "Whose hand it is. Data sets that are split by writer keep all pages of a hand together.",
        "誰の手書きか。筆者ごとに分けるデータセットでは、同じ筆者のページが必ず一緒になります。",
    ),
    "annotate.close": ("Close the page", "ページを閉じる"),
    "annotate.ok": ("OK", "OK"),
    "annotate.cancel": ("Cancel", "キャンセル"),
    "annotate.deleted": ("“{name}” was deleted.", "「{name}」を削除しました。"),
    "annotate.undo": ("Undo", "元に戻す"),
    "annotate.work.add": (
        "Cutting and reading pages: {done} of {all} done ({name})",
        "ページを行に分けて読んでいます：{all} ページ中 {done} ページ（{name}）",
    ),
    "annotate.work.read": ("Reading lines again: {done} of {all}", "行を読み直しています：{all} 行中 {done} 行"),
    "annotate.work.import": ("Importing {name} …", "{name} を取り込んでいます…"),
    "annotate.import.files": ("Import …", "取り込む…"),
    "annotate.import.title": (
        "A .zip, or PAGE XML, ALTO or JSON with the images, or a data set with metadata.jsonl",
        ".zip、または PAGE XML・ALTO・JSON と画像、あるいは metadata.jsonl のあるデータセット",
    ),
    "annotate.export": ("Export as …", "書き出す…"),
    "annotate.export.zip": ("ZIP of all formats", "全形式の ZIP"),
    "annotate.export.imagefolder": ("Data set of the corrected lines", "修正済みの行のデータセット"),
    "annotate.export.writers": (
        "Data set of the corrected lines, split by writer",
        "修正済みの行のデータセット（筆者ごとに分割）",
    ),
    "annotate.export.page": ("PAGE XML", "PAGE XML"),
    "annotate.export.alto": ("ALTO", "ALTO"),
    "annotate.export.json": ("JSON", "JSON"),
    "annotate.export.text": ("Plain text", "テキスト"),
    "annotate.read": ("Read the rest again", "残りを読み直す"),
    "annotate.read.title": (
        "Lines that nobody has corrected are read with the model chosen below; corrected ones stay as they are.",
        "まだ誰も直していない行を、下で選んだモデルで読み直します。修正済みの行はそのままです。",
    ),
    "annotate.train": ("Train on this collection", "このコレクションで学習"),
    "annotate.train.title": (
        "Fine-tune opens with the corrected lines; which pages are for the test is settled for good.",
        "修正済みの行を選んだ状態で微調整タブが開きます。テスト用のページはこのとき確定します。",
    ),
    "annotate.train.writer": ("Train, writers kept apart", "筆者で分けて学習"),
    "annotate.train.writer.title": (
        "The same, with all pages of a hand together: validation and test are of hands that were not learned.",
        "同じ筆者のページをまとめて分けます。検証とテストには、学習していない筆者だけが入ります。",
    ),
    "annotate.show.changed": ("Read otherwise", "読みが変わった行"),
    "annotate.work.changed": (
        "Read again: {changed} of {all} lines are read otherwise now.",
        "読み直しました：{all} 行中 {changed} 行で読みが変わりました。",
    ),
    "annotate.agreement": (
        "{first} and {second} typed {lines} of the same lines: they differ by {cer} % of the characters (CER).",
        "{first} と {second} は同じ {lines} 行を入力しました。食い違いは文字の {cer} %（CER）です。",
    ),
    "annotate.look": ("Look at them", "確認する"),
    "annotate.stop": ("Stop", "中止"),
    "annotate.understood": ("Understood", "確認しました"),
    "annotate.add": ("Add pages", "ページを追加"),
    "annotate.drop": ("images or PDF, dropped anywhere here", "画像や PDF を、この画面のどこにでもドロップできます"),
    "annotate.welcome": ("Pages in, corrected lines out", "ページを入れて、直した行を取り出す"),
    "annotate.welcome.how": (
        "Drop photos or scans of handwriting. Each page is cut into lines and read; then you correct line after line without touching the mouse. Everything is saved on this machine as you type.",
        "手書きの写真やスキャンをドロップしてください。ページを行に分けて読み取ります。あとはマウスに触れずに 1 行ずつ直すだけです。入力はそのつど、このマシンに保存されます。",
    ),
    "annotate.state.new": ("no lines", "行なし"),
    "annotate.state.read": ("{corrected} of {lines} corrected", "{lines} 行中 {corrected} 行を修正"),
    "annotate.state.corrected": ("all {lines} corrected", "{lines} 行すべて修正済み"),
    "annotate.order.sure": ("Least sure first", "確信度の低い順"),
    "annotate.order.page": ("This page in reading order", "このページを上から順に"),
    "annotate.show.new": ("New", "未修正"),
    "annotate.show.doubtful": ("Doubtful", "要確認"),
    "annotate.show.accepted": ("Accepted", "修正済み"),
    "annotate.show.all": ("All", "すべて"),
    "annotate.threshold": ("less sure than", "確信度が次の値より低い"),
    "annotate.progress": ("{n} of {all} lines corrected", "{all} 行中 {n} 行を修正済み"),
    "annotate.place": ("line {n} of {all} in this queue", "この列の {all} 行中 {n} 行目"),
    "annotate.speed": (
        "{n} characters a minute · about {minutes} min left",
        "毎分 {n} 文字 · 残り約 {minutes} 分",
    ),
    "annotate.end": ("That was the last line of this queue.", "この列の最後の行まで終わりました。"),
    "annotate.none": ("No line of this kind is left.", "この種類の行はもうありません。"),
    "annotate.nolines": (
        "Lines to correct appear here once a page is added.",
        "ページを追加すると、ここに行が出てきます。",
    ),
    "annotate.where": ("{page}, line {n}", "{page}、{n} 行目"),
    "annotate.sure": ("{p} % sure", "確信度 {p} %"),
    "annotate.undone": (
        "Taken back: {page}, line {n}, says “{text}” again.",
        "取り消しました：{page} の {n} 行目は「{text}」に戻りました。",
    ),
    "annotate.undone.none": ("There is nothing more to take back.", "これ以上取り消すものはありません。"),
}
