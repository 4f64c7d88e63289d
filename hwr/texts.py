"""What the front door and the reading of files say of what they cannot use."""

from __future__ import annotations

from hwr.sentences import Table

TEXTS: Table = {
    "files.not_regular": (
        "{path} is no regular file; put a plain file in its place.",
        "{path} は通常のファイルではありません。普通のファイルを置いてください。",
    ),
    "files.too_large": (
        "{path} has more than {largest} MiB; it is not the file that is looked for.",
        "{path} は {largest} MiB を超えています。探しているファイルではありません。",
    ),
    "files.no_json": ("{path} cannot be read as JSON: {error}.", "{path} を JSON として読めません：{error}"),
    "reader.unknown_characters": (
        "This recogniser's charset does not have {unknown}; take these characters out of the text.",
        "この認識器の文字集合には {unknown} がありません。文から取り除いてください。",
    ),
    "reader.text_too_long": (
        "The text is too long for this line: its {length} characters need {needed} frames, the line has {frames}.",
        "文がこの行には長すぎます。{length} 文字には {needed} フレームが必要ですが、この行は {frames} フレームです。",
    ),
}
