"""A reader without a network: it finds the lines by their ink, and says what it was told that they say."""

from __future__ import annotations

import itertools
import time
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageFont, UnidentifiedImageError

from hwr.errors import InputError
from hwr.examples.catalogue import EXAMPLES
from hwr.examples.drawing import Drawing
from hwr.images.ink import ink_box, ink_map
from hwr.images.line import prepare_line
from hwr.images.load import Upload
from hwr.images.page import find_lines
from hwr.reading import Character, Hypothesis, NBest, PageReading, Reading, ReadPage, Weights, Word

CHARSET = " !\"'(),-.:;?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789éèàùâêîôûëïüçÉÀ<>=/"
RIVALS = {"m": "n", "n": "u", "u": "n", "l": "d", "d": "l", "c": "e", "e": "c", "a": "o", "o": "a", "r": "n", "é": "e"}
STRIDE, HEIGHT, OFFSET = 4, 64, 2.0
SHAPES = {
    "rn": "m",
    "m": "rn",
    "cl": "d",
    "d": "cl",
    "h": "b",
    "b": "h",
    "e": "c",
    "a": "o",
    "o": "a",
    "n": "u",
    " ": "",
}
WORDS = {word for example in EXAMPLES for word in example.text.split()}
LANGUAGE_MODELS = {"default": Weights(0.3, 1.5, 0.7), "smollm2": Weights(0.6, 2.0, 0.25)}
WITHOUT_LANGUAGE_MODEL = Weights(0.0, 1.0, 0.7)
MISREAD = {"confusable": ["A modem burn in the corner of a cahn clearing."]}  # language can mend the one, not the other


def log_probs_of(text: str, centers: list[int], frames: int, rng: np.random.Generator) -> np.ndarray:
    """(T, C) float32 as a trained recogniser would give them: narrow peaks, rivals under some, blank between."""
    scores = np.full((frames, len(CHARSET) + 1), -9.0, dtype=np.float64) + rng.normal(
        0, 0.8, (frames, len(CHARSET) + 1)
    )
    scores[:, 0] = 4.0
    for character, center in zip(text, centers, strict=True):
        label = CHARSET.index(character) + 1 if character in CHARSET else 1
        doubt = rng.random() < 0.14
        for t in range(max(0, center - 1), min(frames, center + 2)):
            scores[t, label] = max(scores[t, label], (6.0 if doubt else 9.5) - 4.5 * abs(t - center))
            if doubt and character in RIVALS:
                rival = CHARSET.index(RIVALS[character]) + 1
                scores[t, rival] = max(scores[t, rival], 5.4 - 4.5 * abs(t - center))
    scores -= scores.max(axis=1, keepdims=True)
    return (scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))).astype(np.float32)


def load_language_model(name: str) -> None:
    if name not in LANGUAGE_MODELS:
        raise InputError(f"There is no language model directory at {name!r}.")


def look_alikes(text: str) -> list[str]:
    """Texts with one letter taken for what looks like it."""
    places = [(i, shape) for i in range(len(text)) for shape in SHAPES if text.startswith(shape, i)]
    return [text[:i] + SHAPES[shape] + text[i + len(shape) :] for i, shape in places]


class FakeReader:
    """`texts`: file stem -> lines. An image of another name reads as `default`."""

    name = "fake-small"
    card = "# A model card\n\nReads what it is told to read.\n"

    def __init__(
        self, texts: dict[str, list[str]] | None = None, default: str = "a line of writing", delay: float = 0.0
    ):
        self.texts = texts if texts is not None else {e.name: list(e.lines) for e in EXAMPLES} | MISREAD
        self.faces = {e.name: e.origin.face for e in EXAMPLES if isinstance(e.origin, Drawing)}
        self.default, self.delay = default, delay
        self.seen: dict[int, str] = {}  # checksum of a line's pixels -> its text
        self.delays: dict[str, float] = {}  # file stem -> how long it takes beside that

    def read(self, source: str | Path | Image.Image, lines: str = "auto", turn: int | None = None) -> PageReading:
        begin = time.perf_counter()
        name = Path(source).stem if isinstance(source, (str, Path)) else "image"
        time.sleep(self.delay + self.delays.get(name, 0.0))
        try:
            image = source if isinstance(source, Image.Image) else Image.open(source)
            rgb = np.rot90(np.asarray(image.convert("RGB")), -(turn or 0) // 90).copy()
        except (UnidentifiedImageError, OSError):
            raise InputError(
                f"{name} is not an image that can be opened; give a PNG, JPEG, WebP, TIFF or HEIC file."
            ) from None
        grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
        texts = self.texts.get(name, [self.default])
        bands = self._bands(grey, len(texts)) if len(texts) > 1 and lines == "auto" else [(0, grey.shape[0])]
        readings = [
            self._line(grey, band, text, index, self.faces.get(name))
            for index, (band, text) in enumerate(zip(bands, texts, strict=False))
        ]
        return PageReading(name, rgb, readings, self.name, time.perf_counter() - begin, turned=turn or 0)

    def read_pages(self, source: str | Path | Image.Image, lines: str = "auto") -> list[PageReading]:
        return [self.read(source, lines)]

    def read_page(self, upload: Upload) -> ReadPage:
        """The lines by their ink, as the real reader finds them; the texts in their order, too few are repeated."""
        regions = find_lines(upload.grey)
        texts = self.texts.get(Path(upload.name).stem, [self.default])
        readings = []
        for index, region in enumerate(regions):
            text = texts[index % len(texts)]
            self.seen[zlib.crc32(region.grey.tobytes())] = text
            readings.append(self._region(region.grey, text, region.polygon))
        return ReadPage(upload, regions, readings)

    def read_lines(self, greys: Sequence[np.ndarray]) -> list[Reading | None]:
        """What was read on these lines of a page before, or the default."""
        texts = [self.seen.get(zlib.crc32(grey.tobytes()), self.default) for grey in greys]
        return [self._region(grey, text) for grey, text in zip(greys, texts, strict=True)]

    def _region(self, grey: np.ndarray, text: str, polygon: np.ndarray | None = None) -> Reading:
        reading = self._line(grey, (0, len(grey)), text, zlib.crc32(text.encode()), None)
        return reading if polygon is None else replace(reading, polygon=polygon)

    def n_best(self, reading: Reading, n_best: int = 16, *, lm: str | None = None) -> NBest:
        """Texts that look alike; the image doubts each of them a little, language those with unknown words."""
        if lm is not None:
            load_language_model(lm)
        once = look_alikes(reading.text)
        texts = dict.fromkeys([reading.text, *once, *(twice for text in once for twice in look_alikes(text))])
        hypotheses = []
        for text in texts:
            doubt = zlib.crc32(text.encode()) / 2**32
            unknown = sum(word not in WORDS for word in text.split())
            image = -0.5 if text == reading.text else -1.5 - 4 * doubt - (0 if text in once else 3)
            ngram = -1.4 * len(text) - 3.0 * unknown
            language = -1.2 * len(text) - (6.0 if lm == "default" else 4.0) * unknown - doubt
            hypotheses.append(Hypothesis(text, image, language if lm else None, len(text), ngram=ngram))
        weights = LANGUAGE_MODELS[lm] if lm else WITHOUT_LANGUAGE_MODEL
        hypotheses = sorted(hypotheses, key=lambda h: -h.visual)[:n_best]
        totals = [
            h.visual + weights.alpha * (h.language or 0) + weights.beta * h.length + weights.gamma * h.ngram
            for h in hypotheses
        ]
        ranked = sorted((replace(h, total=t) for h, t in zip(hypotheses, totals, strict=True)), key=lambda h: -h.total)
        return NBest(reading.text, ranked, weights, lm, "made-up lines", "", {"beam": 0.01})

    def align(self, reading: Reading, text: str) -> Reading:
        """The characters of the text at equal distances."""
        if len(text) > len(reading.log_probs):
            raise InputError("The text is too long for this line.")
        ends = np.linspace(reading.characters[0].first_frame, reading.characters[-1].last_frame, len(text)).astype(int)
        spans = [(int(t), *reading.geometry.frame_span(int(t), int(t))) for t in ends]
        characters = [Character(c, t, t, x0, x1, 0.8, -0.2) for c, (t, x0, x1) in zip(text, spans, strict=True)]
        return replace(reading, text=text, characters=characters, words=[Word(text, 0, len(text), 0.8)])

    def _bands(self, grey: np.ndarray, count: int) -> list[tuple[int, int]]:
        ink = ink_map(grey)
        box = ink_box(ink) if ink is not None else None
        if box is None:
            raise InputError("No ink found: the image shows no writing that stands out from its background.")
        edges = np.linspace(box[1] - 8, box[3] + 8, count + 1).astype(int)
        return [(max(0, int(a)), min(grey.shape[0], int(b))) for a, b in itertools.pairwise(edges)]

    def _line(self, grey: np.ndarray, band: tuple[int, int], text: str, index: int, face: str | None) -> Reading:
        top, bottom = band
        height, width = grey.shape
        angle = 0.0
        matrix = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, -top]])
        piece = grey[top:bottom]
        ink = ink_map(piece)
        if ink is not None:
            ys, xs = np.nonzero(ink > 0.5)
            slope = np.polyfit(xs, ys, 1)[0] if len(xs) > 50 else 0.0
            if abs(slope) > 0.03 and bottom - top == height:
                angle = float(np.degrees(np.arctan(slope)))
                matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
                piece = cv2.warpAffine(grey, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
        line = prepare_line(
            piece,
            height=HEIGHT,
            stride=STRIDE,
            offset=OFFSET,
            width_multiple=4,
            matrix=matrix,
            upload_size=(width, height),
        )
        g = line.geometry
        columns = np.nonzero(line.pixels.max(axis=0) > 0.3)[0]
        left, right = int(columns[0]), int(columns[-1]) + 1
        font_file = Path(__file__).resolve().parents[2] / "assets" / "fonts" / f"{face}.ttf"
        if face and font_file.is_file():
            font = ImageFont.truetype(str(font_file), 80)
            ends = np.array([font.getlength(text[:i]) for i in range(len(text) + 1)])
        else:
            ends = np.cumsum([0.0] + [0.45 if c in "iIl.,' :" else 1.4 if c in "mwMW" else 0.9 for c in text])
        ends = left + ends / ends[-1] * (right - left)
        centers = [
            int(np.clip(round(((a + b) / 2 - OFFSET) / STRIDE), 0, g.frames - 1)) for a, b in itertools.pairwise(ends)
        ]
        rng = np.random.default_rng(index)
        log_probs = log_probs_of(text, centers, g.frames, rng)
        characters = []
        for c, t in zip(text, centers, strict=True):
            label = CHARSET.index(c) + 1 if c in CHARSET else 1
            first, last = max(0, t - int(rng.integers(0, 2))), min(g.frames - 1, t + int(rng.integers(0, 2)))
            score = float(log_probs[t, label])
            characters.append(Character(c, first, last, *g.frame_span(first, last), float(np.exp(score)), score))
        words, start = [], 0
        for part in text.split(" "):
            if part:
                confidence = float(np.prod([c.confidence for c in characters[start : start + len(part)]]))
                words.append(Word(part, start, start + len(part), confidence))
            start += len(part) + 1
        polygon = g.to_upload(np.array([[left, 0], [right, 0], [right, HEIGHT], [left, HEIGHT]], dtype=float))
        mean = float(np.exp(np.mean(np.log([max(c.confidence, 1e-6) for c in characters]))))
        return Reading(
            text,
            mean,
            characters,
            words,
            log_probs,
            0.0,
            line.pixels,
            g,
            polygon,
            CHARSET,
            self.name,
            {"prepare": 0.01, "network": 0.12, "decode": 0.004},
        )
