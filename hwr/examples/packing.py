"""Readings of the examples kept beside them, so that the page is painted before a model is loaded."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from PIL import Image

from hwr.examples.catalogue import EXAMPLES, file_of
from hwr.images.line import LineGeometry
from hwr.paths import ASSETS

if TYPE_CHECKING:
    from hwr.reading import NBest, PageReading, Reading

FORMAT = 1
LISTED = 64  # texts of a line that the Decode tab ranks
SMALLEST = 0.5 / 255  # stands for a square root of a posterior that was rounded to nothing


class ReadsPages(Protocol):
    """All that is asked of a reader here."""

    def read(self, source: Any, /) -> PageReading: ...

    def n_best(self, reading: Reading, n_best: int, /, *, lm: str | None) -> NBest: ...


def precompute(reader: ReadsPages, out: Path, images: Path = ASSETS / "examples") -> list[Path]:
    """Read every example image and keep in `out` its reading and the n-best lists of its lines. Returns the files."""
    out.mkdir(parents=True, exist_ok=True)
    paths = []
    for example in EXAMPLES:
        page = reader.read(str(images / example.file))
        lists = [reader.n_best(line, LISTED, lm="default").to_dict() for line in page.lines]
        paths += [out / f"{example.name}.npz", out / f"{example.name}.n-best.json"]
        paths[-2].write_bytes(pack_page(page))
        kept = {"format": FORMAT, "model": page.model, "lines": lists}
        paths[-1].write_text(json.dumps(kept, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    return paths


def load_precomputed_lists(name: str, readings: Path = ASSETS / "readings") -> list[NBest] | None:
    """The kept n-best lists of one example, one a line; None where the file is missing or of another format."""
    from hwr.reading import NBest

    path = readings / f"{name}.n-best.json"
    kept = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return [NBest.from_dict(line) for line in kept["lines"]] if kept.get("format") == FORMAT else None


def load_precomputed(
    name: str, readings: Path = ASSETS / "readings", images: Path = ASSETS / "examples"
) -> PageReading | None:
    """The kept reading of one example; None where the file is missing or of another format."""
    path, image = readings / f"{name}.npz", images / file_of(name)
    if not path.is_file() or not image.is_file():
        return None
    with Image.open(image) as picture:
        rgb = np.asarray(picture.convert("RGB"))
    return unpack_page(path.read_bytes(), rgb)


def pack_page(page: PageReading) -> bytes:
    """A page reading without its image as one .npz: posteriors and network pixels as uint8, the rest as JSON."""
    arrays: dict[str, np.ndarray] = {}
    lines = []
    for i, line in enumerate(page.lines):
        arrays[f"posteriors{i}"] = encode_posteriors(np.exp(line.log_probs))
        arrays[f"pixels{i}"] = np.round(255 * np.clip(line.pixels, 0, 1)).astype(np.uint8)
        g = line.geometry
        lines.append(
            {
                "text": line.text,
                "confidence": round(float(line.confidence), 5),
                "log_prob": round(float(line.log_prob), 5),
                "characters": [
                    [c.text, c.first_frame, c.last_frame]
                    + [round(float(value), 5) for value in (c.x0, c.x1, c.confidence, c.log_prob)]
                    for c in line.characters
                ],
                "words": [[w.text, w.start, w.end, round(float(w.confidence), 5)] for w in line.words],
                "matrix": np.asarray(g.matrix).tolist(),
                "size": [g.width, g.height, g.stride, g.offset, g.upload_width, g.upload_height],
                "polygon": np.asarray(line.polygon, dtype=float).round(2).tolist(),
                "seconds": {k: round(float(v), 4) for k, v in line.seconds.items()},
            }
        )
    about = {
        "format": FORMAT,
        "image": page.image,
        "model": page.model,
        "seconds": round(float(page.seconds), 4),
        "charset": page.lines[0].charset if page.lines else "",
        "lines": lines,
    }
    text = json.dumps(about, ensure_ascii=False, separators=(",", ":")).encode()
    buffer = io.BytesIO()
    np.savez_compressed(buffer, about=np.frombuffer(text, dtype=np.uint8), **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def unpack_page(data: bytes, rgb: np.ndarray) -> PageReading | None:
    """The page reading that `pack_page` wrote; None for another format. rgb: (H, W, 3) uint8, the image it was made of."""
    from hwr.reading import Character, PageReading, Reading, Word

    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        about = json.loads(arrays["about"].tobytes())
        if about.get("format") != FORMAT:
            return None
        lines = []
        for i, line in enumerate(about["lines"]):
            roots = np.maximum(arrays[f"posteriors{i}"].astype(np.float32) / 255.0, SMALLEST)
            lines.append(
                Reading(
                    text=line["text"],
                    confidence=line["confidence"],
                    characters=[Character(*c) for c in line["characters"]],
                    words=[Word(*w) for w in line["words"]],
                    log_probs=2.0 * np.log(roots),
                    log_prob=line["log_prob"],
                    pixels=arrays[f"pixels{i}"].astype(np.float32) / 255.0,
                    geometry=LineGeometry(np.array(line["matrix"]), *line["size"]),
                    polygon=np.array(line["polygon"]),
                    charset=about["charset"],
                    model=about["model"],
                    seconds=line["seconds"],
                )
            )
    return PageReading(image=about["image"], rgb=rgb, lines=lines, model=about["model"], seconds=about["seconds"])


def encode_posteriors(posteriors: np.ndarray) -> np.ndarray:
    """Probabilities in [0, 1] -> uint8 of their square roots.

    >>> encode_posteriors(np.array([0.0, 0.01, 1.0])).tolist()
    [0, 26, 255]
    """
    return np.round(255.0 * np.sqrt(np.clip(posteriors, 0.0, 1.0))).astype(np.uint8)
