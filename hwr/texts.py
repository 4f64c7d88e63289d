"""What the front door says of what it cannot use."""

from __future__ import annotations

from hwr.sentences import Table

TEXTS: Table = {
    "reader.unknown_characters": (
        "This recogniser's charset does not have {unknown}; take these characters out of the text.",
        "この認識器の文字集合には {unknown} がありません。文から取り除いてください。",
    ),
    "reader.text_too_long": (
        "The text is too long for this line: its {length} characters need {needed} frames, the line has {frames}.",
        "文がこの行には長すぎます。{length} 文字には {needed} フレームが必要ですが、この行は {frames} フレームです。",
    ),
}
