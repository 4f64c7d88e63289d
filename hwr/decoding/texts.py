"""What decoding says of what it cannot use."""

from __future__ import annotations

from hwr.sentences import Table

TEXTS: Table = {
    "decoding.no_decoder": (
        "There is no decoder {name!r}; choose one of {names}.",
        "デコーダー {name!r} はありません。{names} から選んでください。",
    ),
    "decoding.too_short": (
        "Line {line} has {available} frames but its text needs {needed} ({length} characters and {repeats} repeats); shorten the text, check that it belongs to this line, or use a wider image.",
        "{line} 行目は {available} フレームですが、文には {needed} フレームが必要です（{length} 文字、連続する同じ文字 {repeats} 箇所）。文を短くするか、この行の文か確かめるか、横幅の広い画像をお使いください。",
    ),
}
