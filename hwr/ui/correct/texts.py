"""What is said of a line that is corrected, in whichever tab."""

from __future__ import annotations

from hwr.sentences import Table

TEXTS: Table = {
    "correct.unknown": (
        "The page asked for something that is not known here ({what}); load it again.",
        "ページからの要求（{what}）を理解できませんでした。ページを読み込み直してください。",
    ),
}

PAGE: Table = {
    "correct.ink": ("The ink of this line", "この行の画像"),
    "correct.risky.one": ("1 character to check: Tab leads there", "要確認の文字が 1 つ（Tab で移動）"),
    "correct.risky": (
        "{n} characters to check: Tab leads from one to the next",
        "要確認の文字が {n} 個（Tab で順に移動）",
    ),
    "correct.lost": ("The server does not answer.", "サーバーが応答しません。"),
    "correct.undo": ("Undo", "元に戻す"),
    "correct.before": ("Read before:", "以前の読み："),
    "correct.box": ("What the line says", "行に書かれている文"),
    "correct.take": ("Take this text", "この文にする"),
    "correct.builtin": ("the built-in one", "内蔵のもの"),
    "correct.others.by": ("Model: {model}", "モデル：{model}"),
    "correct.others.lm": ("Model: {model}; language model: {lm}", "モデル：{model}、言語モデル：{lm}"),
    "correct.saved.new": ("Read, not checked yet", "読み取りのまま（未確認）"),
    "correct.saved.changed": ("Typing …", "入力中…"),
    "correct.saved.saving": ("Saving …", "保存中…"),
    "correct.saved.saved": ("✓ Saved", "✓ 保存しました"),
    "correct.saved.failed": (
        "Not saved yet, trying again: {reason} Your text stays in this browser.",
        "まだ保存できていません。再試行しています：{reason} 文はこのブラウザーに残っています。",
    ),
    "correct.outdated": (
        "{who} saved another text of a line that you changed. Both are in its history. Marked: what theirs has and yours has not.",
        "あなたが直した行に、{who} が別の文を保存しました。どちらも履歴に残っています。印は、相手の文とあなたの文の違いです。",
    ),
    "correct.theirs": ("Take theirs", "相手の文にする"),
    "correct.mine": ("Keep mine", "自分の文を保存"),
    "correct.accept": ("Accept, next", "確定して次へ"),
    "correct.accept.last": ("Accept", "確定"),
    "correct.back": ("Back", "戻る"),
    "correct.revert": ("Revert", "元の文に戻す"),
    "correct.zoom": ("Zoom", "拡大"),
    "correct.history": ("History", "履歴"),
    "correct.history.wait": ("Looking it up …", "調べています…"),
    "correct.history.none": ("Nobody has kept a text of this line yet.", "この行の文はまだ誰も保存していません。"),
    "correct.restore": ("Put into the box", "入力欄に入れる"),
    "correct.how.accepted": ("accepted as read", "読み取りのまま確定"),
    "correct.how.typed": ("typed", "入力"),
    "correct.how.aside": ("set aside: somebody was first", "別の人が先だったため控えに"),
    "correct.how.kept": ("kept", "保存"),
    "correct.how.undone": ("took a newer text back to this", "新しい文を取り消し、この文に戻した"),
    "correct.key.undo": ("Ctrl + Z", "Ctrl + Z"),
    "correct.key.undo.does": (
        "take back what was typed; where nothing was, the text that was kept last, whichever line it is of",
        "入力を取り消す。入力がなければ、最後に保存した文を（どの行でも）取り消す",
    ),
    "correct.keys": ("Keys", "キー操作"),
    "correct.key.enter": ("Enter", "Enter"),
    "correct.key.enter.does": ("accept the text and go to the next line", "文を確定して次の行へ"),
    "correct.key.shift": ("Shift + Enter", "Shift + Enter"),
    "correct.key.shift.does": ("back to the line before", "前の行へ戻る"),
    "correct.key.tab": ("Tab", "Tab"),
    "correct.key.tab.does": (
        "select the next doubtful character, so that typing replaces it; after the last one it leaves the box",
        "次の疑わしい文字を選択（そのまま打てば置き換わります）。最後の文字の次は入力欄から出ます",
    ),
    "correct.key.alt": ("Alt + 1 … 5", "Alt + 1 … 5"),
    "correct.key.alt.does": (
        "take the alternative of that number; digits alone are always typed",
        "その番号の候補にする。数字だけを打てば必ず文字として入ります",
    ),
    "correct.key.esc": ("Esc", "Esc"),
    "correct.key.esc.does": ("back to the text that the line had when it was opened", "行を開いたときの文に戻す"),
    "correct.key.f2": ("F2", "F2"),
    "correct.key.f2.does": ("enlarge the picture, or make it small again", "画像を拡大・縮小"),
    "correct.key.help": ("?", "?"),
    "correct.key.help.does": ("show these keys (outside of the text box)", "この一覧を表示（入力欄の外で）"),
}
