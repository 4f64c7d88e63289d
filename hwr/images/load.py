"""The one door for images: whatever was uploaded becomes upright RGB pixels on paper, or one clear sentence."""

from __future__ import annotations

import io
import math
import os
import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

import cv2
import numpy as np
from PIL import Image, ImageOps, TiffImagePlugin, UnidentifiedImageError

from hwr.errors import InputError
from hwr.images.ink import MIN_CONTRAST

MAX_PIXELS = 80_000_000  # one page; larger ones are refused before a pixel is decoded
MAX_DOCUMENT_PIXELS = 240_000_000  # all pages of one file together
MAX_BYTES = 256 * 1024 * 1024
MAX_PAGES = 20
MIN_SIDE = 4
PDF_DPI = 200
PDF_PIXELS = 16_000_000  # a poster is rendered more coarsely rather than refused

FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF")  # Pillow's names; nothing else is ever given the bytes
ACCEPTED = "PNG, JPEG, WebP, TIFF, BMP, GIF, HEIC or PDF"
_COUNTED_PAGES = 1000  # a file with more pages than this is not counted to the end
_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
_PDF_LOCK = threading.Lock()  # PDFium is not thread-safe

Source = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO | Image.Image | np.ndarray


@dataclass(frozen=True)
class Upload:
    """One page of an uploaded file. rgb: (H, W, 3) uint8, upright, at full size; all coordinates refer to it.

    page counts from 1; pages is how many the file holds, of which only the first may have been loaded.
    """

    name: str
    page: int
    pages: int
    rgb: np.ndarray = field(repr=False)

    @cached_property
    def grey(self) -> np.ndarray:
        """Brightness (H, W) uint8; where writing differs from its paper in colour alone, the channel that shows it."""
        return _grey(self.rgb)

    @property
    def width(self) -> int:
        return self.rgb.shape[1]

    @property
    def height(self) -> int:
        return self.rgb.shape[0]


def load_image(source: Source, *, name: str | None = None) -> Upload:
    """The first page of an image file, bytes, stream, Pillow image or array; errors as in `load_pages`.

    >>> load_image(np.full((40, 60), 255, np.uint8), name="blank").rgb.shape
    (40, 60, 3)
    """
    return load_pages(source, name=name, max_pages=1)[0]


def load_pages(source: Source, *, name: str | None = None, max_pages: int = MAX_PAGES, first: int = 1) -> list[Upload]:
    """The pages of an image file, at most `max_pages`: all of a TIFF or PDF, the first frame of an animation.

    first: the page to begin with, from 1; one that a TIFF or PDF does not have raises InputError.
    source: path, bytes, binary stream, Pillow image, or array (H, W), (H, W, 1 | 2 | 3 | 4) with alpha last; integers
    are scaled by the bit depth that their brightest pixel needs, floats by 1 or 255. Transparent parts become paper.
    Raises InputError when it is no image, damaged, too large or too small.
    """
    if min(max_pages, first) < 1:
        raise ValueError("max_pages and first must be at least 1")
    label = _label(source, name)
    if isinstance(source, np.ndarray):
        return [Upload(label, 1, 1, _array_to_rgb(source, label))]
    if isinstance(source, Image.Image):
        return _decode(label, lambda: _image_pages(source, label, max_pages))
    data = _read_bytes(source, label)
    if data.lstrip()[:5] == b"%PDF-" or b"%PDF-" in data[:1024]:
        return _decode(label, lambda: _pdf_pages(data, label, max_pages, first))
    formats = FORMATS
    if _is_heic(data):
        formats = (_heic_format(label),)
    try:
        image = Image.open(io.BytesIO(data), formats=formats)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InputError("images.too_many_pixels", name=label, limit=MAX_PIXELS // 1000000) from None
    except UnidentifiedImageError:
        if kind := _whole_tiff(data):
            raise InputError("images.tiff_kind", name=label, kind=kind) from None
        if _starts_like_image(data):
            raise _damaged(label) from None
        raise InputError("images.unknown_format", name=label, accepted=ACCEPTED) from None
    except Exception:
        # Decoders meet damaged headers with whatever their arithmetic raises.
        raise _damaged(label) from None
    with image:
        return _decode(label, lambda: _image_pages(image, label, max_pages, first))


def _label(source: Source, name: str | None) -> str:
    """What messages call the file: its own name without folders or control characters, else "The image"."""
    if name is None:
        if isinstance(source, (str, os.PathLike)):
            name = os.fspath(source)
        elif isinstance(source, Image.Image):
            name = getattr(source, "filename", "")
        else:
            name = getattr(source, "name", "")
    text = name if isinstance(name, str) else ""
    text = "".join(c for c in text.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1] if c.isprintable())
    if len(text) > 80:
        text = f"{text[:50]}...{text[-25:]}"
    return text or "The image"


def _damaged(label: str) -> InputError:
    return InputError("images.cut_off", name=label)


def _read_bytes(source: Any, label: str) -> bytes:
    if isinstance(source, (bytes, bytearray, memoryview)):
        data = bytes(source)
    elif isinstance(source, (str, os.PathLike)):
        try:
            status = Path(source).stat()
            if not stat.S_ISREG(status.st_mode):
                raise InputError("images.no_file", name=label, accepted=ACCEPTED)
            if status.st_size > MAX_BYTES:
                raise _too_many_bytes(label)
            data = Path(source).read_bytes()
        except FileNotFoundError:
            raise InputError("images.not_found", name=label) from None
        except InputError:
            raise
        except (OSError, ValueError):
            raise InputError("images.not_opened", name=label) from None
    elif hasattr(source, "read"):
        data = source.read(MAX_BYTES + 1)
        if not isinstance(data, bytes):
            raise InputError("images.opened_as_text", name=label)
    else:
        raise TypeError(f"cannot load an image from {type(source).__name__}")
    if len(data) > MAX_BYTES:
        raise _too_many_bytes(label)
    if not data:
        raise InputError("images.empty", name=label)
    return data


def _too_many_bytes(label: str) -> InputError:
    return InputError("images.too_many_bytes", name=label, limit=MAX_BYTES >> 20)


def _starts_like_image(data: bytes) -> bool:
    signatures = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"BM")
    return data.startswith(signatures) or (data[:4] == b"RIFF" and data[8:12] in (b"WEBP", b""))


def _whole_tiff(data: bytes) -> str:
    """What the samples of a TIFF are whose first page is there to its end; "" for what is cut off, or no TIFF."""
    try:
        directory = TiffImagePlugin.ImageFileDirectory_v2(data[:8])
        directory.load(_at(io.BytesIO(data), directory.next))
        starts, sizes = next((directory[a], directory[b]) for a, b in ((273, 279), (324, 325)) if a in directory)
        if not starts or any(start + size > len(data) for start, size in zip(starts, sizes, strict=True)):
            return ""
        bits = {int(bit) for bit in directory.get(258, (1,))}
        samples = int(directory.get(277, 1))
        kind = {1: "", 2: "signed ", 3: "floating point "}.get(int(directory.get(339, (1,))[0]), "unusual ")
    except Exception:  # damaged directories fail in many ways
        return ""
    return f"{samples} channel(s) of {'/'.join(map(str, sorted(bits)))} {kind}bits"


def _at(stream: io.BytesIO, place: int) -> io.BytesIO:
    stream.seek(place)
    return stream


def _is_heic(data: bytes) -> bool:
    return data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS


def _heic_format(label: str) -> str:
    """Make Pillow able to open HEIC and say under which name."""
    try:
        import pillow_heif  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise InputError("images.heic", name=label) from None
    pillow_heif.register_heif_opener()
    return "HEIF"


def _decode(label: str, pages: Callable[[], Iterator[tuple[int, int, np.ndarray]]]) -> list[Upload]:
    """Collect (page, pages, rgb), turning whatever a decoder raises on damaged bytes into an InputError."""
    uploads = []
    pixels = 0
    try:
        for page, count, rgb in pages():
            pixels += rgb.shape[0] * rgb.shape[1]
            if pixels > MAX_DOCUMENT_PIXELS:
                raise InputError("images.document_too_large", name=label, limit=MAX_DOCUMENT_PIXELS // 1000000)
            uploads.append(Upload(label, page, count, rgb))
    except (InputError, KeyboardInterrupt):
        raise
    except Exception:
        raise _damaged(label) from None
    if not uploads:
        raise InputError("images.no_page", name=label)
    return uploads


def _check_size(width: int, height: int, label: str) -> None:
    if width * height > MAX_PIXELS:
        raise InputError("images.too_large", name=label, width=width, height=height, limit=MAX_PIXELS // 1000000)
    if min(width, height) < MIN_SIDE:
        raise InputError("images.too_small", name=label, width=width, height=height)


def _image_pages(
    image: Image.Image, label: str, max_pages: int, first: int = 1
) -> Iterator[tuple[int, int, np.ndarray]]:
    """(page, pages, rgb) of a Pillow image; only a TIFF has more than one page, without its thumbnails."""
    frames = _tiff_frames(image) if image.format == "TIFF" else None
    if frames is None:
        _check_size(*image.size, label)
        yield 1, 1, _image_to_rgb(image)
        return
    for page, frame in enumerate(frames[first - 1 : first - 1 + max_pages], start=first):
        image.seek(frame)
        _check_size(*image.size, label)
        yield page, len(frames), _image_to_rgb(image)


def _tiff_frames(image: Image.Image) -> list[int] | None:
    """Frame numbers of a TIFF's full-size pages; None for one that is no open multi-frame file."""
    tags = getattr(image, "tag_v2", None)
    if tags is None:
        return None
    frames = []
    for frame in range(_COUNTED_PAGES):
        try:
            image.seek(frame)
        except EOFError:
            break
        is_thumbnail = int(image.tag_v2.get(254, 0)) & 1  # type: ignore[attr-defined]
        if not is_thumbnail or frame == 0:
            frames.append(frame)
    return frames


def _image_to_rgb(image: Image.Image) -> np.ndarray:
    """A Pillow image of any mode to upright (H, W, 3) uint8."""
    image.load()
    image = _upright(image)
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return _grey_to_rgb(_to_bytes(np.asarray(image)))
    if image.mode == "LAB":
        image = image.getchannel(0)
    if "transparency" in image.info or image.mode in ("LA", "La", "PA", "RGBA", "RGBa"):
        return _on_paper(image)
    return np.array(image.convert("RGB"))


def _upright(image: Image.Image) -> Image.Image:
    """Turned as its EXIF orientation says; broken EXIF data is no reason to refuse a picture."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:
        return image


def _on_paper(image: Image.Image) -> np.ndarray:
    """Lay a transparent image on white paper, or on black where everything drawn is bright."""
    rgba = image.convert("RGBA")
    alpha = np.asarray(rgba.getchannel("A"))
    step = max(1, alpha.shape[0] // 1024), max(1, alpha.shape[1] // 1024)
    opaque = alpha[:: step[0], :: step[1]] >= 128
    paper = 255
    if 0 < opaque.mean() < 0.5:
        luminance = np.asarray(rgba.convert("RGB").convert("L"))[:: step[0], :: step[1]]
        if np.percentile(luminance[opaque], 2) > 140:
            paper = 0
    sheet = Image.new("RGB", rgba.size, (paper, paper, paper))
    sheet.paste(rgba, mask=rgba.getchannel("A"))
    return np.array(sheet)


def _array_to_rgb(array: np.ndarray, label: str) -> np.ndarray:
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (2, 3, 4)):
        raise InputError("images.shape", name=label, shape=array.shape)
    if array.dtype.kind not in "buif":
        raise InputError("images.type", name=label, dtype=array.dtype)
    _check_size(array.shape[1], array.shape[0], label)
    levels = _to_bytes(array)
    if levels.ndim == 2:
        return _grey_to_rgb(levels)
    if levels.shape[2] == 3:
        return np.array(levels)
    return _on_paper(Image.fromarray(np.ascontiguousarray(levels), "LA" if levels.shape[2] == 2 else "RGBA"))


def _grey_to_rgb(grey: np.ndarray) -> np.ndarray:
    return np.repeat(grey[:, :, None], 3, axis=2)


def _to_bytes(values: np.ndarray) -> np.ndarray:
    """Numbers of any kind to uint8: by their bit depth, floats by 1 or 255, anything else by their range."""
    if values.dtype == np.uint8:
        return values
    if values.dtype == bool:
        return values.astype(np.uint8) * 255
    if values.dtype.kind == "f":
        values = np.nan_to_num(values.astype(np.float32), nan=1.0, posinf=1.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    if low < 0.0 or (values.dtype.kind == "f" and high > 255.0):
        scaled = (values.astype(np.float32) - low) * (255.0 / max(high - low, 1e-9))
    elif values.dtype.kind == "f":
        scaled = values * (255.0 if high <= 1.0 else 1.0)
    else:
        depth = max(8, math.ceil(math.log2(high + 1.0))) if high > 0 else 8
        scaled = values.astype(np.float32) * (255.0 / (2.0**depth - 1.0))
    return np.clip(np.rint(scaled), 0, 255).astype(np.uint8)


def _grey(rgb: np.ndarray) -> np.ndarray:
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    factor = max(1.0, min(grey.shape) / 256.0)
    size = max(1, round(grey.shape[1] / factor)), max(1, round(grey.shape[0] / factor))
    contrast = _contrast(cv2.resize(grey, size, interpolation=cv2.INTER_AREA))
    if contrast >= 2 * MIN_CONTRAST:
        return grey
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    contrasts = [_contrast(small[:, :, channel]) for channel in range(3)]
    best = int(np.argmax(contrasts))
    return np.ascontiguousarray(rgb[:, :, best]) if contrasts[best] >= max(3 * contrast, 2 * MIN_CONTRAST) else grey


def _contrast(grey: np.ndarray) -> float:
    """Span of grey values about their local mean, the rarest half per cent at either end left out."""
    detail = grey.astype(np.float32) - cv2.blur(grey, (31, 31), borderType=cv2.BORDER_REPLICATE)
    low, high = np.percentile(detail, (0.5, 99.5))
    return float(high - low)


def _pdf_pages(data: bytes, label: str, max_pages: int, first: int) -> Iterator[tuple[int, int, np.ndarray]]:
    try:
        import pypdfium2  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise InputError("images.pdf", name=label) from None
    with _PDF_LOCK:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            if "password" in str(error).lower():
                raise InputError("images.password", name=label) from None
            raise
        try:
            count = len(document)
            for index in range(first - 1, min(count, first - 1 + max_pages)):
                page = document[index]
                width, height = page.get_size()
                scale = min(PDF_DPI / 72.0, math.sqrt(PDF_PIXELS / max(width * height, 1.0)))
                _check_size(math.ceil(width * scale), math.ceil(height * scale), label)
                # Any number will do; some releases annotate it as int.
                bitmap = page.render(scale=scale, rev_byteorder=True)  # pyright: ignore[reportArgumentType]
                pixels = bitmap.to_numpy()
                yield index + 1, count, _array_to_rgb(pixels[:, :, :3] if pixels.ndim == 3 else pixels, label)
        finally:
            document.close()
