"""Lines of handwriting composed from recorded pen strokes: one writer a line, the words that this writer wrote."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hwr.data.prose import AROUND, MARKS
from hwr.errors import InputError
from hwr.recognizer.charset import normalize_text

PACKED = ".strokes.npz"  # what the name of a file of `save_writers` ends with
GRID = 64  # steps of such a file to the height of a capital
SPACING = 0.07  # of a capital, between the points of such a file
DESCENDERS = set("gjpqyQ,;ç")
SHORT = set("aceimnorsuvwxzgpqy.,;:-_=+~*")  # no stroke rises to the height of a capital (the dot of an i aside)


@dataclass(frozen=True)
class PenWord:
    """One written word or sign: its text and its strokes, each (P, 2) float32, y down, the baseline at y = 0, x from 0."""

    text: str
    strokes: tuple[np.ndarray, ...]

    @property
    def width(self) -> float:
        return float(max(s[:, 0].max() for s in self.strokes))


@dataclass
class Writer:
    """All words of one writer in units where a capital is 1 high; `by_text` finds those of a text."""

    name: int
    words: list[PenWord]
    by_text: dict[str, list[PenWord]]


def clean_label(text: str) -> str:
    r"""A label as UNIPEN files spell it -> the text. They mark joins as `\@` and escape quotes.

    >>> clean_label(r'm\@ar\@ch'), clean_label(r'\"CAN')
    ('march', '"CAN')
    """
    return normalize_text(text.replace("\\@", "").replace('\\"', '"').replace("\\", ""))


def load_writers(path: Path, split: str, without: Collection[int] = ()) -> list[Writer]:
    """Writers of one split of a stroke file (JSON lines: writer, split, text, strokes with delta coded points, y up).

    What `save_writers` wrote is one split, whatever its name. without: the numbers of writers to leave out, such as those
    whose labels are not what they wrote. Raises InputError when the file is missing or damaged, has no writer in the
    split, or none of a number that is to be left out.
    """
    writers = _load_writers(path, split)
    if unknown := set(without) - {writer.name for writer in writers}:
        raise InputError("data.no_such_writer", path=path, split=split, writer=min(unknown))
    return [writer for writer in writers if writer.name not in without]


def _load_writers(path: Path, split: str) -> list[Writer]:
    if not path.is_file():
        raise InputError("data.no_strokes", path=path)
    if path.name.endswith(PACKED):
        return _read_packed(path)
    words: dict[int, list[tuple[str, list[np.ndarray]]]] = defaultdict(list)
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if f'"split": "{split}"' not in line and f'"split":"{split}"' not in line:
                continue
            row = json.loads(line)
            text = clean_label(row["text"])
            strokes = [np.cumsum(np.array(s, dtype=np.float32).reshape(-1, 2), axis=0) for s in row["strokes"] if s]
            if text and strokes:
                words[row["writer"]].append((text, [s * (1, -1) for s in strokes]))
    if not words:
        raise InputError("data.no_writer", path=path, split=split)
    return [_writer(name, written) for name, written in sorted(words.items())]


def save_writers(writers: list[Writer], path: Path) -> None:
    """Write writers small: differences of points in 1/GRID of a capital, 16 bits each, compressed.

    Of a writer whose points lie closer than SPACING, every second, third, ... is written.
    """
    words = [(writer.name, word) for writer in writers for word in writer.words]
    every = {writer.name: _spaced(writer) for writer in writers}
    strokes = [_every(stroke, every[name]) for name, word in words for stroke in word.strokes]
    steps = [np.diff(np.round(stroke * GRID), axis=0, prepend=0) for stroke in strokes]
    np.savez_compressed(
        path,
        writers=np.array([name for name, _ in words], dtype=np.int32),
        texts=np.frombuffer("\n".join(word.text for _, word in words).encode(), dtype=np.uint8),
        strokes=np.array([len(word.strokes) for _, word in words], dtype=np.int32),
        points=np.array([len(stroke) for stroke in strokes], dtype=np.int32),
        steps=np.concatenate(steps).clip(-(2**15), 2**15 - 1).astype(np.int16),
    )


def _spaced(writer: Writer) -> int:
    """Every how many points are enough."""
    steps = [
        np.hypot(*np.diff(stroke, axis=0).T) for word in writer.words for stroke in word.strokes if len(stroke) > 1
    ]
    return max(1, int(SPACING / max(float(np.median(np.concatenate(steps))), 1e-3))) if steps else 1


def _every(stroke: np.ndarray, count: int) -> np.ndarray:
    """Every so many points of a stroke, its first and its last among them."""
    return stroke[np.unique(np.append(np.arange(0, len(stroke), count), len(stroke) - 1))]


def _read_packed(path: Path) -> list[Writer]:
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
            names, counts, lengths = (arrays[key].tolist() for key in ("writers", "strokes", "points"))
            texts, steps = arrays["texts"].tobytes().decode().split("\n"), arrays["steps"].astype(np.float32) / GRID
        pieces = np.split(steps, np.cumsum(lengths)[:-1])
        strokes = iter([np.cumsum(piece, axis=0) for piece in pieces])
        words: dict[int, list[PenWord]] = defaultdict(list)
        for name, text, count in zip(names, texts, counts, strict=True):
            words[name].append(PenWord(text, tuple(next(strokes) for _ in range(count))))
    except (OSError, ValueError, KeyError, StopIteration, zipfile.BadZipFile) as error:
        raise InputError("data.bad_packed_strokes", path=path, error=error) from None
    return [_of_words(name, found) for name, found in words.items()]


def _of_words(name: int, words: list[PenWord]) -> Writer:
    by_text: dict[str, list[PenWord]] = defaultdict(list)
    for word in words:
        by_text[word.text].append(word)
    return Writer(name, words, dict(by_text))


def _shape(text: str) -> tuple[bool, bool]:
    """(rises to capital height, goes below the baseline)"""
    return any(c not in SHORT for c in text), any(c in DESCENDERS for c in text)


def _writer(name: int, written: list[tuple[str, list[np.ndarray]]]) -> Writer:
    """Put every word on its baseline and to the writer's own scale, both found from which letters the text has."""
    heights: dict[tuple[bool, bool], list[float]] = defaultdict(list)
    for text, strokes in written:
        if any(c.isalnum() for c in text):
            y = np.concatenate(strokes)[:, 1]
            heights[_shape(text)].append(float(y.max() - y.min()))
    capital, x_height, descender = _proportions(heights)
    words = []
    for text, strokes in written:
        points = np.concatenate(strokes)
        rises, falls = _shape(text)
        top, bottom, left = float(points[:, 1].min()), float(points[:, 1].max()), float(points[:, 0].min())
        expected = (capital if rises else x_height) + (descender if falls else 0.0)
        if any(c.isalnum() for c in text):
            size = float(np.clip((bottom - top) / expected, 0.7, 1.4))
            correction = size * expected / max(bottom - top, 1e-3)
            baseline = bottom - (descender * size / correction if falls else 0.0)
        else:
            correction, baseline = 1.0, _mark_baseline(text, top, bottom, capital)
        scale = correction / capital
        placed = tuple(((s - (left, baseline)) * scale).astype(np.float32) for s in strokes)
        word = PenWord(text, placed)
        if word.width < 3.0 * (len(text) + 1):  # a label that cannot belong to so long a trace is wrong
            words.append(word)
    return _of_words(name, words)


def _proportions(heights: dict[tuple[bool, bool], list[float]]) -> tuple[float, float, float]:
    """(capital height, x-height, descender depth) of a writer, in the writer's units."""
    median = {shape: float(np.median(values)) for shape, values in heights.items() if len(values) >= 3}
    everything = [h for values in heights.values() for h in values] or [1.0]
    capital = median.get((True, False)) or max(float(np.median(everything)), 1e-3)
    x_height = float(np.clip(median.get((False, False), 0.55 * capital), 0.35 * capital, 0.8 * capital))
    both = median.get((True, True))
    descender = float(np.clip((both or 1.45 * capital) - capital, 0.25 * capital, 0.8 * capital))
    return capital, x_height, descender


def _mark_baseline(text: str, top: float, bottom: float, capital: float) -> float:
    """Where the baseline lies under a word without letters or digits (y down)."""
    if set(text) <= set("'\"^*`"):
        return top + capital
    if set(text) <= set("-=+~<>"):
        return (top + bottom) / 2 + 0.35 * capital
    if set(text) <= set(",;"):
        return top + 0.12 * capital
    return bottom


def drawn_mark(mark: str, rng: np.random.Generator) -> PenWord:
    """A punctuation mark drawn by rule, for writers of whom none was recorded."""

    def dot(x: float, y: float) -> np.ndarray:
        return np.array([[x, y], [x + 0.02, y + 0.02]]) + rng.normal(0, 0.008, (2, 2))

    def stroke(x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
        t = np.linspace(0, 1, 5)[:, None]
        bend = np.sin(t * np.pi) * rng.normal(0, 0.03, 2)
        return np.array([x0, y0]) * (1 - t) + np.array([x1, y1]) * t + bend

    shapes = {
        ".": lambda: [dot(0, -0.02)],
        ",": lambda: [stroke(0.07, -0.05, 0.0, 0.18)],
        ":": lambda: [dot(0, -0.02), dot(0.01, -0.42)],
        ";": lambda: [stroke(0.07, -0.05, 0.0, 0.18), dot(0.06, -0.42)],
        "!": lambda: [stroke(0.06, -1.0, 0.02, -0.28), dot(0, -0.02)],
        "'": lambda: [stroke(0.05, -1.05, 0.0, -0.8)],
        '"': lambda: [stroke(0.05, -1.05, 0.0, -0.8), stroke(0.2, -1.05, 0.14, -0.8)],
        "-": lambda: [stroke(0.0, -0.36, 0.36, -0.38)],
        "?": lambda: [
            np.array([[0, -0.8], [0.1, -1.0], [0.3, -0.95], [0.32, -0.75], [0.18, -0.5], [0.15, -0.28]]),
            dot(0.14, -0.02),
        ],
    }
    strokes = shapes[mark]()
    left = min(float(s[:, 0].min()) for s in strokes)
    return PenWord(mark, tuple((s - (left, 0)).astype(np.float32) for s in strokes))


def compose_line(writer: Writer, tokens: list[str], rng: np.random.Generator) -> tuple[str, list[np.ndarray]]:
    """Set the writer's words for `tokens` on one baseline.

    Returns the text and the strokes, (P, 2) each, a capital 1 high, y down, baseline near y = 0. A token is one of the
    writer's texts or what `spells` says can be set sign by sign, each with punctuation marks before or after it.
    """
    gap = float(rng.uniform(0.3, 0.95)) if rng.random() < 0.85 else float(rng.uniform(0.95, 1.8))
    wander, x, texts, strokes = rng.normal(0, 0.02), 0.0, [], []
    for token in tokens:
        for word in _spelling(writer, token, rng):
            size = 1.0 + rng.normal(0, 0.03)
            shift = np.array([x, wander + rng.normal(0, 0.025)])
            strokes += [s * size + shift for s in word.strokes]
            texts.append(word.text)
            x += word.width * size + 0.12
        wander = 0.8 * wander + rng.normal(0, 0.02)
        x += gap * float(rng.uniform(0.7, 1.35)) - 0.12
        texts.append(" ")
    return normalize_text("".join(texts)), strokes


def spells(writer: Writer, text: str) -> bool:
    """Whether the text can be set sign by sign of what the writer wrote, marks drawn by rule where needed."""
    return all(sign in writer.by_text or sign in MARKS for sign in text)


def _spelling(writer: Writer, token: str, rng: np.random.Generator) -> list[PenWord]:
    """The writer's words that spell a token."""

    def pick(text: str) -> PenWord:
        options = writer.by_text.get(text)
        return options[rng.integers(len(options))] if options else drawn_mark(text, rng)

    if token in writer.by_text:
        return [pick(token)]
    bare = token.strip(AROUND)
    before, after = token.split(bare, 1) if bare else ("", token)
    marks_before = [pick(c) for c in before if c in "'\""]
    marks_after = [pick(c) for c in after if c in MARKS]
    if bare and bare not in writer.by_text and spells(writer, bare):
        return [*marks_before, *map(pick, bare), *marks_after]
    return [*marks_before, *([pick(bare)] if bare else []), *marks_after]
