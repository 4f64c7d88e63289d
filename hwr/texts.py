"""What the front door and the reading of files say of what they cannot use."""

from __future__ import annotations

from hwr.sentences import Table

TEXTS: Table = {
    "config.field": (
        "{name}{where} must be {allowed}, not {value}.",
        "{where}{name} は{allowed}にしてください（{value} は使えません）。",
    ),
    "config.no_field": (
        "There is no field {name!r}{where} ({hint}).",
        "{where}{name!r} という項目はありません（{hint}）。",
    ),
    "config.missing": (
        "{name}{where} is missing; it has no default.",
        "{where}{name} がありません（既定値はありません）。",
    ),
    "config.no_item": (
        "{place} must name its fields ({fields}), and is {value}.",
        "{place}には項目の名前（{fields}）が必要です（{value} は使えません）。",
    ),
    "config.in_item": ("{place}: {problem}", "{place}：{problem}"),
    "config.item": ("item {number} of {name}", "{name} の {number} 番目"),
    "config.of": (" of {place}", "{place}の "),
    "config.did_you_mean": ("did you mean {name!r}?", "{name!r} のことですか？"),
    "config.names": ("there are {names}", "あるのは {names}"),
    "config.several": ("{count} things cannot be used:{problems}", "使えないものが {count} 個あります：{problems}"),
    "config.and": (" ({number}) {problem}{rest}", " ({number}) {problem}{rest}"),
    "config.whole": ("a whole number", "整数"),
    "config.whole_within": ("a whole number{low}{high}", "{low}{high}の整数"),
    "config.number": ("a number", "数"),
    "config.number_within": ("a number{low}{high}", "{low}{high}の数"),
    "config.ge": (" of at least {limit}", " {limit} 以上"),
    "config.gt": (" above {limit}", " {limit} 超"),
    "config.le": (" and at most {limit}", " {limit} 以下"),
    "config.lt": (" and below {limit}", " {limit} 未満"),
    "config.one_of": ("one of {names}", " {names} のいずれか"),
    "config.text": ("text", "文字列"),
    "config.truth": ("true or false", " true か false "),
    "config.list": ("a list", "リスト"),
    "config.mapping": ("a mapping of names to values", "「名前: 値」の対応"),
    "config.optional": ("{allowed} or empty", "{allowed}か空"),
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
