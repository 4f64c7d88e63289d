"""What inspection says of what it cannot use."""

from __future__ import annotations

from hwr.sentences import Table

TEXTS: Table = {
    "inspection.too_few_lines": (
        "Separability needs at least two lines, and {count} can be used; the frames of one line say little about another. "
        "Add lines.",
        "分離性の測定には 2 行以上が必要ですが、使えるのは {count} 行です。1 行のフレームだけでは、ほかの行について何も言えません。"
        "行を増やしてください。",
    ),
    "inspection.too_few_lines_left": (
        "Separability needs at least two lines, and {count} can be used ({left_out} left out, the first because {first}); the "
        "frames of one line say little about another. Add lines.",
        "分離性の測定には 2 行以上が必要ですが、使えるのは {count} 行です（{left_out} 行を除外、最初の理由：{first}）。1 行のフレームだけでは、"
        "ほかの行について何も言えません。行を増やしてください。",
    ),
    "inspection.only_characters": (
        "{model} sees only characters in these {count} lines, so there is nothing to part them from.",
        "{model} はこの {count} 行に文字しか見ないため、分離を測れません。",
    ),
    "inspection.only_blanks": (
        "{model} sees only blanks in these {count} lines, so there is nothing to part them from.",
        "{model} はこの {count} 行にブランクしか見ないため、分離を測れません。",
    ),
    "inspection.no_character": (
        "Character {index} is not on the line, which has the characters 0 to {last}.",
        "文字 {index} はこの行にありません（0 から {last} まで）。",
    ),
    "inspection.no_characters": (
        "Character {index} is not on the line, which has no characters.",
        "文字 {index} はこの行にありません（文字が一つもありません）。",
    ),
    "inspection.nothing_read": (
        "Nothing was read on this line, so there is no text to compare with; type what the line says.",
        "この行からは何も読み取れなかったため、比べる文がありません。書かれている文を入力してください。",
    ),
    "inspection.no_text": (
        "There is no text to compare with; type what the line says.",
        "比べる文がありません。行に書かれている文を入力してください。",
    ),
    "inspection.no_line_to_average": (
        "There is no line to average the effective field over.",
        "有効受容野を平均する行がありません。",
    ),
    "inspection.not_the_same_lines": (
        "{model} and {model2} could not be measured on the same lines ({lines} and {lines2}); first left out: {skipped}.",
        "{model} と {model2} を同じ行で測れません（{lines} 行と {lines2} 行。最初に除外されたのは {skipped}）。",
    ),
    "inspection.no_connector_at": (
        "{model} has no connector at {tap!r}; its connectors are at {taps}.",
        "{model} の {tap!r} にはコネクタがありません。コネクタがあるのは {taps} です。",
    ),
    "inspection.top_k": (
        "top_k must be a whole number from 1 to {most}, not {top_k!r}.",
        "top_k は 1 から {most} までの整数で指定してください（{top_k!r} は使えません）。",
    ),
    "inspection.other_network": (
        "The line was prepared for a network of height {height} and stride {stride}; {model} has {height2} and {stride2}. Read the image with {model} first.",
        "この行は高さ {height}、ストライド {stride} のネットワーク用に準備されていますが、{model} は {height2} と {stride2} です。先に {model} で画像を読み取ってください。",
    ),
    "inspection.unknown_character": (
        "{model} does not know the character {text!r}; look at a frame instead.",
        "{model} は文字 {text!r} を知りません。文字ではなくフレームを選んでください。",
    ),
    "inspection.no_lstm": (
        "{name} has no LSTM layer, so there are no gates to show.",
        "{name} には LSTM 層がないため、ゲートはありません。",
    ),
    "inspection.no_such_lstm": (
        "{name} has no LSTM layer {layer!r}; choose one of {layers}.",
        "{name} に LSTM 層 {layer!r} はありません。{layers} から選んでください。",
    ),
    "inspection.direction": (
        "An LSTM layer runs forward or backward, not {direction!r}.",
        "LSTM 層の向きは forward か backward です（{direction!r} は使えません）。",
    ),
    "inspection.no_layer": (
        "There is no layer {layer!r} with a time axis; choose one of {names}.",
        "時間軸をもつ層 {layer!r} はありません。次から選んでください：{names}。",
    ),
    "inspection.no_frame": (
        "Frame {frame} is outside of the line, which has the frames 0 to {last}.",
        "フレーム {frame} はこの行にありません（0 から {last} まで）。",
    ),
    "inspection.line_limit": (
        "The number of lines must be at least 1, not {limit}.",
        "行数は 1 以上で指定してください（{limit} は使えません）。",
    ),
}
