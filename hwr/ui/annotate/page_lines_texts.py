"""What the page with its lines says."""

from __future__ import annotations

from hwr.sentences import Table

PAGE_LINES: Table = {
    "lines.page": ("The page with its numbered lines", "行に番号を付けたページ画像"),
    "lines.tools": ("Change the lines", "行を変更"),
    "lines.list": ("Lines of the page", "ページの行"),
    "lines.several": ("Choose several", "複数選択"),
    "lines.draw": ("Draw a line", "行を描く"),
    "lines.split": ("Split left | right", "左右に分割"),
    "lines.splity": ("Split upper / lower", "上下に分割"),
    "lines.merge": ("Merge", "結合"),
    "lines.delete": ("Delete", "削除"),
    "lines.number": ("No.", "番号"),
    "lines.number.long": ("Number in the reading order", "読む順番の番号"),
    "lines.undo": ("Undo", "元に戻す"),
    "lines.redo": ("Redo", "やり直す"),
    "lines.undo.what": ("Undo: {what}", "元に戻す：{what}"),
    "lines.redo.what": ("Redo: {what}", "やり直す：{what}"),
    "lines.did.move": ("moved a line", "行の移動"),
    "lines.did.split": ("split a line", "行の分割"),
    "lines.did.merge": ("merged lines", "行の結合"),
    "lines.did.draw": ("drew a line", "行の追加"),
    "lines.did.delete": ("deleted lines", "行の削除"),
    "lines.did.order": ("changed the order", "順番の変更"),
    "lines.correct": ("Correct its text", "文を直す"),
    "lines.bigger": ("Zoom in", "拡大"),
    "lines.smaller": ("Zoom out", "縮小"),
    "lines.done": ("Done", "決定"),
    "lines.cancel": ("Cancel", "やめる"),
    "lines.state.new": ("new", "未修正"),
    "lines.state.doubtful": ("doubtful", "要確認"),
    "lines.state.corrected": ("corrected", "修正済み"),
    "lines.one": ("Line {n}, {state}: {text}", "{n} 行目（{state}）：{text}"),
    "lines.many": ("{n} lines chosen: M merges them.", "{n} 行を選択中。M で結合します。"),
    "lines.none": (
        "Click a line to choose it, Shift+click for several; drag on the paper draws a new one.",
        "行をクリックで選択、Shift+クリックで複数選択。紙の上をドラッグすると新しい行になります。",
    ),
    "lines.none.touch": (
        "Tap a line to choose it; two fingers zoom.",
        "行をタップで選択、2 本指で拡大・縮小。",
    ),
    "lines.empty": ("No lines yet: draw the first.", "まだ行がありません。最初の行を描いてください。"),
    "lines.drawing": (
        "Drag over the line, or move the box with the arrow keys (Shift: its size) and press Enter.",
        "行の上をドラッグします。矢印キーで枠を動かし（Shift で大きさ）、Enter で決定もできます。",
    ),
    "lines.cutting": (
        "Click where the line is to be cut, or move the cut with the arrow keys and press Enter. Esc leaves.",
        "分割する位置をクリックします。矢印キーで動かして Enter でも分割できます。Esc で中止します。",
    ),
    "lines.keys": (
        "Keys: Page Up and Page Down choose a line, Space several, arrows move it, Shift+arrows change its size, S and Shift+S split, M merges, N draws, Delete deletes, Alt+Page Up and Alt+Page Down change its place in the order, Ctrl+Z undoes, Enter corrects its text.",
        "キー：Page Up・Page Down で行を選択、Space で複数選択、矢印で移動、Shift+矢印で大きさを変更、S・Shift+S で分割、M で結合、N で描く、Delete で削除、Alt+Page Up・Alt+Page Down で順番を変更、Ctrl+Z で元に戻す、Enter で文を直す。",
    ),
}
