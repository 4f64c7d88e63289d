"""What images says of what it cannot use."""

from __future__ import annotations

from hwr.sentences import Table

TEXTS: Table = {
    "images.no_ink": (
        "No ink found: the image shows no writing that stands out from its background.",
        "背景と区別できる文字が見つかりませんでした。",
    ),
    "images.too_many_specks": (
        "The image has {count} specks of ink, more than any page of writing; clean the scan, or cut out the part with the writing.",
        "画像に {count} 個の点があり、文字のページとしては多すぎます。ノイズを取り除くか、文字のある部分を切り出してください。",
    ),
    "images.too_many_lines": (
        "The image seems to have {count} lines; at most {most} are read at once, so cut it into pages.",
        "画像に {count} 行あるようです。一度に読めるのは {most} 行までです。ページに分けてください。",
    ),
    "images.tiff_kind": (
        "{name} is a TIFF of a kind that cannot be read ({kind}); save it as PNG or as 8-bit RGB.",
        "{name} は対応していない種類の TIFF です（{kind}）。PNG または 8 ビット RGB で保存し直してください。",
    ),
    "images.no_area": (
        "The line has no area; its corners lie on each other.",
        "行に面積がありません。四隅が一直線に並んでいます。",
    ),
    "images.gone": (
        "The image is no longer here; upload it again.",
        "画像が残っていません。もう一度アップロードしてください。",
    ),
    "images.line_too_long": (
        "The line is {length} px long and {height} px high, too long to read in one go; cut it into pieces of at most {limit} px.",
        "行が長すぎます（長さ {length} px、高さ {height} px）。{limit} px 以下に分けてください。",
    ),
    "images.cut_off": (
        "{name} is damaged or cut off: it could not be decoded to its end; export or download it again.",
        "{name} は壊れているか、途中で切れています。もう一度書き出すか、ダウンロードし直してください。",
    ),
    "images.too_many_bytes": (
        "{name} is larger than {limit} MB; save it smaller, or as JPEG, and upload it again.",
        "{name} は {limit} MB を超えています。小さくするか、JPEG で保存し直してください。",
    ),
    "images.empty": (
        "{name} is empty (0 bytes); upload it again.",
        "{name} は空のファイルです（0 バイト）。もう一度アップロードしてください。",
    ),
    "images.no_page": (
        "{name} holds no page.",
        "{name} にはページがありません。",
    ),
    "images.too_large": (
        "{name} is {width} x {height} px, more than {limit} million pixels; save it smaller and upload it again.",
        "{name}（{width} × {height} px）は {limit} 百万画素を超えています。小さくして保存し直してください。",
    ),
    "images.too_small": (
        "{name} is {width} x {height} px, too small to hold writing; upload it at its original size.",
        "{name}（{width} × {height} px）は文字を読むには小さすぎます。元の大きさの画像をお使いください。",
    ),
    "images.shape": (
        "{name} has the shape {shape}; an image is (H, W), (H, W, 3) or (H, W, 4).",
        "{name} の形は {shape} です。画像は (H, W)、(H, W, 3)、(H, W, 4) のいずれかです。",
    ),
    "images.type": (
        "{name} holds values of type {dtype}; an image holds numbers.",
        "{name} の値の型は {dtype} です。画像は数値でなければなりません。",
    ),
    "images.too_many_pixels": (
        "{name} has more than {limit} million pixels; save it smaller and upload it again.",
        "{name} は {limit} 百万画素を超えています。小さくして保存し直してください。",
    ),
    "images.unknown_format": (
        "{name} is not an image that can be read; use {accepted}.",
        "{name} は画像として開けません。{accepted} をお使いください。",
    ),
    "images.heic": (
        "{name} is a HEIC photo, which needs the optional package pillow-heif (pip install pillow-heif); or save it as JPEG.",
        "{name} は HEIC 形式です。pillow-heif をインストール（pip install pillow-heif）するか、JPEG で保存し直してください。",
    ),
    "images.pdf": (
        "{name} is a PDF, which needs the optional package pypdfium2 (pip install pypdfium2); or save its pages as PNG.",
        "{name} は PDF です。pypdfium2 をインストール（pip install pypdfium2）するか、ページを PNG で保存し直してください。",
    ),
    "images.document_too_large": (
        "The pages of {name} have more than {limit} million pixels together; split the file or save it smaller.",
        "{name} は全ページを合わせると {limit} 百万画素を超えます。ファイルを分けるか、小さくして保存し直してください。",
    ),
    "images.no_file": (
        "{name} is not a file; choose an image file ({accepted}).",
        "{name} はファイルではありません。画像ファイル（{accepted}）を選んでください。",
    ),
    "images.not_found": (
        "{name} was not found; check the path.",
        "{name} が見つかりません。パスを確かめてください。",
    ),
    "images.not_opened": (
        "{name} could not be opened; check the path and that it may be read.",
        "{name} を開けません。パスと読み取り権限を確かめてください。",
    ),
    "images.opened_as_text": (
        "{name} was opened as text; open image files in binary mode.",
        "{name} はテキストとして開かれています。画像はバイナリーモードで開いてください。",
    ),
    "images.password": (
        "{name} is protected by a password; save it without one.",
        "{name} はパスワードで保護されています。パスワードなしで保存し直してください。",
    ),
}
