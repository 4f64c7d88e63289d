"""What the commands say of what they cannot use."""

from __future__ import annotations

from hwr.sentences import Table

TEXTS: Table = {
    "commands.one_page": (
        "{image} has {pages} pages and --format {form} holds one; use json or text, or give one page.",
        "{image} は {pages} ページありますが、--format {form} は 1 ページ用です。json か text を使うか、1 ページだけ渡してください。",
    ),
    "commands.no_collection": (
        "There is no collection {name!r}; `annotations status` lists them.",
        "コレクション {name!r} はありません。`annotations status` で一覧できます。",
    ),
    "commands.left_out": ("{file}: {reason}", "{file}：{reason}"),
}
