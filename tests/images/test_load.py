"""Every kind of file that people drop on the page comes in upright on paper, or is refused in one clear sentence."""

from __future__ import annotations

import io
import struct
import sys
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from hwr.errors import InputError
from hwr.images import load
from hwr.images.line import prepare_line
from hwr.images.load import Upload, load_image, load_pages


def drawing(text: str = "some writing", size: int = 40) -> Image.Image:
    """Black text on white, mode L."""
    font = ImageFont.load_default(size)
    width, height = round(font.getlength(text)) + size, size * 2
    image = Image.new("L", (width, height), 255)
    ImageDraw.Draw(image).text((size // 2, size // 3), text, fill=0, font=font)
    return image


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def network_pixels(upload: Upload) -> np.ndarray:
    return prepare_line(upload.grey, height=64, stride=4, offset=1.5, width_multiple=8).pixels


def assert_same_line(upload: Upload, reference: Upload | None = None) -> None:
    """Both give nearly the same network pixels; a pixel of blur at an edge may move the crop a little."""
    ours, expected = (
        p[:, p.max(axis=0) > 0.4] for p in map(network_pixels, (upload, reference or load_image(drawing())))
    )
    assert abs(ours.shape[1] - expected.shape[1]) <= 0.05 * expected.shape[1]
    ours = cv2.resize(ours, expected.shape[::-1], interpolation=cv2.INTER_LINEAR)
    assert np.corrcoef(ours.ravel(), expected.ravel())[0, 1] > 0.9


def png(width: int, height: int, colour_type: int = 0, depth: int = 8, pixels: bytes = b"") -> bytes:
    """A PNG by hand, so that its header can promise what its data does not hold."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF"])
def test_every_format_gives_the_same_line(kind):
    upload = load_image(encoded(drawing(), kind), name=f"line.{kind.lower()}")
    assert (upload.page, upload.pages, upload.name) == (1, 1, f"line.{kind.lower()}")
    assert upload.rgb.dtype == np.uint8
    assert upload.rgb.shape == (*drawing().size[::-1], 3)
    assert_same_line(upload)


@pytest.mark.parametrize(
    "mode", ["1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "YCbCr", "HSV", "LAB", "I", "F", "I;16", "PA"]
)
def test_every_mode_gives_the_same_line(mode):
    image = drawing()
    if mode in ("LA", "PA"):
        image = image.convert("LA").convert(mode)
    elif mode == "I;16":
        image = Image.fromarray(np.asarray(image).astype(np.uint16) * 257)
        assert image.mode == "I;16"
    elif mode in ("HSV", "YCbCr", "LAB"):
        image = (
            Image.merge("LAB", (image, Image.new("L", image.size, 128), Image.new("L", image.size, 128)))
            if mode == "LAB"
            else image.convert("RGB").convert(mode)
        )
    else:
        image = image.convert(mode)
    assert image.mode == mode
    assert_same_line(load_image(image))


@pytest.mark.parametrize("depth", [10, 12, 14, 16])
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bit_files_keep_their_contrast(depth, kind):
    values = (np.asarray(drawing()).astype(np.float64) / 255 * (2**depth - 1)).round().astype(np.uint16)
    upload = load_image(encoded(Image.fromarray(values), kind))
    assert upload.rgb.max() == 255
    assert upload.rgb.min() == 0
    assert_same_line(upload)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_exif_orientation_is_undone(orientation, kind):
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,  # the inverse of what a viewer must do: turn by 270
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    image = drawing()
    stored = image.transpose(turns[orientation]) if orientation > 1 else image
    exif = Image.Exif()
    exif[0x0112] = orientation
    upload = load_image(encoded(stored, kind, exif=exif))
    assert upload.rgb.shape[:2] == image.size[::-1]
    assert_same_line(upload)


def test_transparent_paper_is_white_under_dark_ink_and_black_under_bright_ink():
    ink = Image.eval(drawing(), lambda v: 255 - v)
    for colour in [(0, 0, 0), (20, 40, 160), (255, 255, 255), (255, 240, 120)]:
        image = Image.new("RGBA", ink.size, (*colour, 0))
        image.putalpha(ink)
        for file in (image, encoded(image, "PNG"), encoded(image, "WEBP", lossless=True), np.asarray(image)):
            upload = load_image(file)
            assert upload.rgb[0, 0].tolist() == ([0, 0, 0] if min(colour) > 100 else [255, 255, 255])
            assert_same_line(upload)


def test_transparent_margin_of_a_white_sheet_stays_white():
    sheet = drawing().convert("RGBA")
    image = Image.new("RGBA", (sheet.width * 2, sheet.height * 2), (0, 0, 0, 0))
    image.paste(sheet, (30, 30))
    assert load_image(image).rgb[0, 0].tolist() == [255, 255, 255]
    assert_same_line(load_image(image))


def test_palette_transparency_of_png_and_gif():
    image = drawing().convert("RGB").quantize(16)
    corner = image.getpixel((0, 0))
    for kind in ("PNG", "GIF"):
        upload = load_image(encoded(image, kind, transparency=corner))
        assert upload.rgb[0, 0].tolist() == [255, 255, 255]
        assert_same_line(upload)


@pytest.mark.parametrize(
    ("paper", "ink"),
    [
        ((255, 255, 255), (60, 60, 60)),
        ((240, 225, 180), (30, 30, 120)),
        ((30, 60, 40), (240, 240, 230)),
        ((0, 0, 0), (255, 255, 255)),
        ((150, 190, 220), (70, 20, 20)),
        ((255, 255, 255), (255, 235, 60)),
        ((90, 140, 90), (190, 93, 90)),
    ],
)
def test_coloured_paper_and_ink(paper, ink):
    share = 1 - np.asarray(drawing(), dtype=np.float64)[:, :, None] / 255
    rgb = (np.array(paper) * (1 - share) + np.array(ink) * share).round().astype(np.uint8)
    assert_same_line(load_image(rgb))


def test_multi_page_tiff_gives_every_page_and_an_animation_its_first_frame():
    pages = [drawing("one"), drawing("two two"), drawing("three three three")]
    tiff = encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    uploads = load_pages(tiff, name="scan.tif")
    assert [(u.page, u.pages) for u in uploads] == [(1, 3), (2, 3), (3, 3)]
    for upload, page in zip(uploads, pages, strict=True):
        assert np.array_equal(upload.grey, np.asarray(page))
    assert [(u.page, u.pages) for u in load_pages(tiff, max_pages=2)] == [(1, 3), (2, 3)]
    for kind in ("GIF", "WEBP", "PNG"):
        same_size = [page.resize(pages[0].size) for page in pages]
        animation = encoded(same_size[0], kind, save_all=True, append_images=same_size[1:])
        assert len(load_pages(animation)) == 1
        assert_same_line(load_image(animation), load_image(pages[0]))


def test_sources(tmp_path):
    path = tmp_path / "my line.png"
    drawing().save(path)
    expected = load_image(path)
    assert expected.name == "my line.png"
    with path.open("rb") as stream:
        sources = [str(path), path.read_bytes(), stream, io.BytesIO(path.read_bytes()), Image.open(path), drawing()]
        for source in [*sources, np.asarray(drawing()), np.asarray(drawing().convert("RGB"))]:
            assert np.array_equal(load_image(source).rgb, expected.rgb)
    with path.open("rb") as stream:
        assert load_image(stream).name == "my line.png"
    assert load_image(path, name="renamed").name == "renamed"


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.uint16, np.int32, np.int64, np.float32, np.float64])
def test_arrays_of_every_kind(dtype):
    grey = np.asarray(drawing())
    values = {"b": grey > 127, "u": grey, "i": grey, "f": grey / 255}[np.dtype(dtype).kind].astype(dtype)
    assert_same_line(load_image(values))
    assert_same_line(load_image(values[:, :, None]))
    assert_same_line(load_image(np.repeat(values[:, :, None], 3, axis=2)))


def test_broken_floats_and_negative_numbers_do_not_stop_loading():
    values = np.asarray(drawing()).astype(np.float32) / 255
    values[0, 0], values[0, 1] = np.nan, np.inf
    assert_same_line(load_image(values))
    assert_same_line(load_image(values * 300 - 100))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (b"", "notes.x is empty"),
        (b"hello, this is text", "notes.x is not an image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "notes.x is not an image"),
        (b"P5 9 9 255 " + bytes(81), "notes.x is not an image"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "notes.x is not an image"),
        (b"\x89PNG\r\n\x1a\n", "notes.x is damaged"),
        (np.full((1, 1), 255, np.uint8), "notes.x is 1 x 1 px, too small"),
        (png(1, 1, pixels=b"\0\0"), "notes.x is 1 x 1 px, too small"),
        (png(30_000, 30_000), "notes.x has more than 80 million pixels"),
        (png(10_000, 10_000), "notes.x is 10000 x 10000 px, more than 80 million pixels"),
        (png(2**31 - 1, 2**31 - 1), "notes.x"),
        (np.zeros((9, 9, 5), np.uint8), r"notes.x has the shape \(9, 9, 5\)"),
        (np.zeros((9, 9), object), "notes.x holds values of type object"),
        (np.broadcast_to(np.uint8(255), (10_000, 10_000)), "more than 80 million pixels"),
        (io.StringIO("text"), "opened as text"),
    ],
)
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_bad_input_is_refused_in_one_sentence(source, message):
    with pytest.raises(InputError, match=message) as caught:
        load_pages(source, name="notes.x")
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_bad_paths_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"nothing\.png was not found"):
        load_image(tmp_path / "nothing.png")
    with pytest.raises(InputError, match="is not a file"):
        load_image(tmp_path)
    with pytest.raises(InputError, match="could not be opened"):
        load_image("a\0b.png")
    with pytest.raises(TypeError):
        load_image(3)  # type: ignore[arg-type]


def test_bomb_is_refused_before_a_pixel_is_decoded(monkeypatch):
    def decode(*_):
        raise AssertionError("decoded")

    monkeypatch.setattr(load, "_image_to_rgb", decode)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    with pytest.raises(InputError, match="million pixels"):
        load_image(png(100_000, 100_000))


def test_pages_together_are_capped(monkeypatch):
    pages = [drawing("one"), drawing("two")]
    monkeypatch.setattr(load, "MAX_DOCUMENT_PIXELS", 1000)
    with pytest.raises(InputError, match="pages of scan.tif"):
        load_pages(encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:]), name="scan.tif")


def test_files_that_are_too_long_are_not_read(monkeypatch, tmp_path):
    monkeypatch.setattr(load, "MAX_BYTES", 100)
    path = tmp_path / "large.png"
    drawing().save(path)
    for source in (path, path.read_bytes(), io.BytesIO(path.read_bytes())):
        with pytest.raises(InputError, match="larger than"):
            load_image(source)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF"])
def test_truncated_files_are_refused(kind):
    noise = np.random.default_rng(3).integers(0, 256, (64, 96), dtype=np.uint8)
    data = encoded(Image.fromarray(noise), kind)
    for share in (0.02, 0.1, 0.3, 0.5, 0.7, 0.9):
        with pytest.raises(InputError, match="cut.bin is (damaged|not an image)"):
            load_image(data[: max(3, int(len(data) * share))], name="cut.bin")


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF"])
def test_flipped_bytes_never_escape_as_another_error(kind):
    data = encoded(drawing("abc", 16), kind)
    rng = np.random.default_rng(7)
    for _ in range(150):
        broken = bytearray(data)
        for place in rng.integers(0, min(len(data), 400), 3):
            broken[place] = rng.integers(0, 256)
        try:
            load_pages(bytes(broken))
        except InputError as error:
            assert len(str(error)) < 300


def test_names_in_messages_are_short_and_printable():
    with pytest.raises(InputError) as caught:
        load_image(b"x", name="/secret/folder/" + "a\n\x1b" * 200 + ".png")
    assert "secret" not in str(caught.value)
    assert len(str(caught.value)) < 250
    assert str(caught.value).isprintable()


def test_heic():
    pillow_heif = pytest.importorskip("pillow_heif")
    stream = io.BytesIO()
    pillow_heif.from_pillow(drawing().convert("RGB")).save(stream, quality=90)
    assert_same_line(load_image(stream.getvalue(), name="photo.heic"))
    with pytest.raises(InputError, match=r"photo\.heic is (damaged|not an image)"):
        load_image(stream.getvalue()[:200], name="photo.heic")


def test_pdf():
    pytest.importorskip("pypdfium2")
    pages = [drawing("one").convert("RGB"), drawing("two two").convert("RGB")]
    data = encoded(pages[0], "PDF", save_all=True, append_images=pages[1:], resolution=200)
    uploads = load_pages(data, name="letter.pdf")
    assert [(u.page, u.pages) for u in uploads] == [(1, 2), (2, 2)]
    assert abs(uploads[0].width - pages[0].width) <= 1
    assert_same_line(uploads[1], load_image(pages[1]))
    with pytest.raises(InputError, match=r"letter\.pdf is damaged"):
        load_pages(data[:100], name="letter.pdf")


@pytest.mark.parametrize(
    ("data", "package"),
    [(b"%PDF-1.7\n", "pypdfium2"), (b"\0\0\0\x18ftypheic\0\0\0\0", "pillow-heif")],
)
def test_missing_optional_libraries_are_named(data, package, monkeypatch):
    monkeypatch.setitem(sys.modules, package.replace("-", "_"), None)
    with pytest.raises(InputError, match=f"photo needs|needs the optional package {package}"):
        load_image(data, name="photo")


def tiff(pixels: np.ndarray, photometric: int, sample_format: int = 1) -> bytes:
    """An uncompressed TIFF of one strip, (H, W, channels) of any type, also of kinds that nobody opens."""
    height, width, channels = pixels.shape
    data = pixels.tobytes()
    bits = struct.pack(f"<{channels}H", *[8 * pixels.itemsize] * channels)
    at = 8 + len(data)
    entries = [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, channels, at if channels > 2 else int.from_bytes(bits, "little")),
        (259, 3, 1, 1),
        (262, 3, 1, photometric),
        (273, 4, 1, 8),
        (277, 3, 1, channels),
        (278, 4, 1, height),
        (279, 4, 1, len(data)),
        (339, 3, 1, sample_format),
    ]
    place = at + len(bits) + len(data + bits) % 2
    head = b"II*\0" + struct.pack("<I", place) + data + bits
    table = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return head.ljust(place, b"\0") + struct.pack("<H", len(entries)) + table + bytes(4)


@pytest.mark.parametrize(
    ("pixels", "photometric", "sample_format", "kind"),
    [
        (np.zeros((20, 30, 5), np.uint8), 5, 1, r"5 channel\(s\) of 8 bits"),
        (np.zeros((20, 30, 2), np.uint16), 1, 1, r"2 channel\(s\) of 16 bits"),
        (np.zeros((20, 30, 1), np.float64), 1, 3, r"1 channel\(s\) of 64 floating point bits"),
        (np.zeros((20, 30, 3), np.float32), 2, 3, r"3 channel\(s\) of 32 floating point bits"),
    ],
)
def test_a_whole_tiff_of_a_rare_kind_is_not_called_damaged(pixels, photometric, sample_format, kind):
    content = tiff(pixels, photometric, sample_format)
    with pytest.raises(InputError, match=f"is a TIFF of a kind that cannot be read .{kind}.; save it as PNG"):
        load_image(content, name="a.tif")
    cut = content[:8] + content[200:]
    with pytest.raises(InputError, match="is damaged or cut off"):
        load_image(cut, name="a.tif")
