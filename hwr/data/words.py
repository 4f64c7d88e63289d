"""Real ink set anew: words cut from scanned lines at their spaces, composed into other lines of the same hand.

A few texts written by many hands teach a network the texts; their words in other orders teach it the hands.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from itertools import repeat
from pathlib import Path

import cv2
import numpy as np
import torch

from hwr.data.augmentation import on_paper, photographed, warped
from hwr.data.dataset import LineRecord, read_imagefolder
from hwr.data.prose import AROUND, SentenceFinder, cut_to, read_paragraphs, wanted_length
from hwr.data.supply import Sample
from hwr.decoding.alignment import align, frames_needed
from hwr.errors import InputError
from hwr.images.ink import ink_map
from hwr.reader import Reader
from hwr.recognizer.charset import normalize_text
from hwr.recognizer.network import forward_lines

SURE = 0.6  # geometric mean of the posteriors of a word's characters below which a cut is not trusted
CLEAR = 0.25  # of the ink of a line's fullest column: a cut through more than this would cut a stroke
FEWEST = 60  # words of prose in runs that a hand can spell, below which its words come in any order
BATCH = 64


@dataclass(frozen=True)
class CutWord:
    """A word in a line's image: its columns x0 to x1, x1 excluded. place: which of the words of the line's text it is, from 0."""

    place: int
    x0: int
    x1: int


@dataclass(frozen=True)
class CutLine:
    """Words of one line that could be cut surely. image: its name in the data set; hand: its writer, or page.

    baseline, x_height: rows of the image, and how many of them the small letters fill.
    """

    image: str
    hand: str
    split: str | None
    baseline: float
    x_height: float
    words: list[CutWord]


def cut_words(path: Path, reader: Reader, split: str | None = None, sure: float = SURE) -> list[CutLine]:
    """Cut the lines of a data set at their spaces, where the recogniser's forced alignment of their texts is sure.

    A word stays when the geometric mean of its characters' posteriors is at least `sure` and the columns on either side
    of it hold little ink. Lines of which no word stays are left out. Raises InputError as `read_imagefolder`.
    """
    records, found = read_imagefolder(path, split).records, []
    for start in range(0, len(records), BATCH):
        found += [line for line in _cut(records[start : start + BATCH], path, reader, sure) if line.words]
    return found


def _cut(records: Sequence[LineRecord], path: Path, reader: Reader, sure: float) -> list[CutLine]:
    lines, kept = [], []
    for record in records:
        grey, text = record.grey(), normalize_text(record.text)
        labels = reader.charset.encode(text).labels
        try:
            line = reader.prepare(grey)
        except InputError:
            continue
        if len(labels) == len(text) and frames_needed(labels) <= line.geometry.frames:
            lines.append(line)
            kept.append((record, grey, text, labels))
    cut = []
    for line, logits, (record, grey, text, labels) in zip(
        lines, forward_lines(reader.network, [line.pixels for line in lines]), kept, strict=True
    ):
        found = align(logits.log_softmax(-1)[None], torch.tensor([len(logits)]), [labels])[0]
        spans = [line.geometry.frame_span(a, b) for a, b in zip(found.first_frames, found.last_frames, strict=True)]
        ink = ink_map(grey)
        if ink is not None:
            words = _words(text, spans, found.character_log_probs, ink, sure)
            baseline, x_height = middle_band(ink)
            hand = record.writer or record.page or record.image.stem
            cut.append(CutLine(record.name(path), hand, record.split, baseline, x_height, words))
    return cut


def _words(
    text: str, spans: list[tuple[float, float]], log_probs: list[float], ink: np.ndarray, sure: float
) -> list[CutWord]:
    """Words of an aligned line whose characters are sure and whose edges are clear of ink."""
    columns = ink.sum(axis=0)
    clear = CLEAR * float(columns.max())
    spaces = [i for i, c in enumerate(text) if c == " "]
    cuts: list[int | None] = [0]
    for i in spaces:
        cuts.append(_clear_column(columns, sum(spans[i - 1]) / 2, sum(spans[i + 1]) / 2, clear))
    cuts.append(ink.shape[1])
    words = []
    for place, (first, end) in enumerate(zip([0, *(i + 1 for i in spaces)], [*spaces, len(text)], strict=True)):
        x0, x1 = cuts[place], cuts[place + 1]
        if x0 is not None and x1 is not None and x1 > x0 and np.exp(np.mean(log_probs[first:end])) >= sure:
            words.append(CutWord(place, x0, x1))
    return words


def _clear_column(columns: np.ndarray, left: float, right: float, clear: float) -> int | None:
    """The middle of the widest stretch with the least ink between two places of a line; None where all of it is full."""
    a, b = int(left), int(np.ceil(right))
    between = columns[a:b]
    if len(between) == 0 or between.min() > clear:
        return None
    low = np.flatnonzero(between <= between.min() + 0.05 * clear)
    runs = np.split(low, np.flatnonzero(np.diff(low) > 1) + 1)
    widest = max(runs, key=len)
    return a + int(widest[len(widest) // 2])


def middle_band(ink: np.ndarray) -> tuple[float, float]:
    """(baseline, x-height) of a line's ink (H, W): the rows between which the small letters stand.

    >>> ink = np.zeros((20, 9)); ink[8:14] = 1; ink[2:18, 4] = 1
    >>> middle_band(ink)
    (14.0, 6.0)
    """
    rows = ink.sum(axis=1)
    full = np.flatnonzero(rows >= 0.5 * rows.max())
    return float(full[-1] + 1), float(full[-1] + 1 - full[0])


def write_cuts(lines: Sequence[CutLine], path: Path) -> None:
    """One line of JSON for each line of writing, its words as [place, x0, x1]. What they say is in the data set alone."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for line in lines:
            row = asdict(line) | {"words": [[word.place, word.x0, word.x1] for word in line.words]}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def read_cuts(path: Path, split: str | None = None) -> list[CutLine]:
    """What `write_cuts` wrote, of one split (None: of all). Raises InputError when there is nothing, or it is damaged."""
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        lines = [CutLine(**{**row, "words": [CutWord(*map(int, word)) for word in row["words"]]}) for row in rows]
    except FileNotFoundError:
        raise InputError("data.no_words_file", path=path) from None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InputError("data.bad_words_file", path=path, error=error) from None
    lines = [line for line in lines if split is None or line.split == split]
    if not lines:
        raise InputError("data.no_words", path=path, split=split or "all")
    return lines


@dataclass(frozen=True)
class InkWord:
    """What a word of one hand says, and where it lies: line number, and the word in it."""

    text: str
    line: int
    word: CutWord


@dataclass
class Hand:
    """The words of one writer (or page), and their usual x-height in rows."""

    name: str
    words: list[InkWord]
    x_height: float
    by_bare: dict[str, list[InkWord]] = field(default_factory=dict)


@dataclass
class WordSource:
    """Words of one hand, cut from real lines, set on a baseline in other orders and lengths, on other paper.

    path: the data set; cuts: what `cut-words` found in it. text: prose to take runs of words from; loose: share of lines
    that are words in any order. The ink of every line is kept once it was used: about 50 kB a line.
    """

    path: Path
    cuts: Path
    split: str | None
    text: Path | None = None
    loose: float = 0.6

    @cached_property
    def lines(self) -> list[CutLine]:
        return read_cuts(self.cuts, self.split)

    @cached_property
    def hands(self) -> list[Hand]:
        words: dict[str, list[InkWord]] = defaultdict(list)
        heights: dict[str, list[float]] = defaultdict(list)
        for i, line in enumerate(self.lines):
            words[line.hand] += map(InkWord, self._texts_of(line), repeat(i), line.words)
            heights[line.hand].append(line.x_height)
        hands = [Hand(name, found, float(np.median(heights[name]))) for name, found in sorted(words.items())]
        for hand in hands:
            for word in hand.words:
                hand.by_bare.setdefault(word.text.strip(AROUND), []).append(word)
        hands = [hand for hand in hands if len(hand.words) >= 2]
        if not hands:
            raise InputError("data.too_few_words", path=self.cuts, split=self.split or "all")
        return hands

    @cached_property
    def _weights(self) -> np.ndarray:
        """Chance of each hand: more for those with more words, but far from in proportion."""
        weights = np.sqrt([len(hand.words) for hand in self.hands])
        return weights / weights.sum()

    @cached_property
    def _finder(self) -> SentenceFinder:
        return SentenceFinder(read_paragraphs(self.text, limit=12000), shortest=2)

    @cached_property
    def _runs(self) -> list[list[tuple[int, int]]]:
        """Of each hand; none where its words spell too little of the prose to choose from."""
        found = [self._finder.runs(hand.by_bare) for hand in self.hands]
        return [runs if sum(end - start for start, end in runs) >= FEWEST else [] for runs in found]

    @cached_property
    def _records(self) -> dict[str, LineRecord]:
        return {record.name(self.path): record for record in read_imagefolder(self.path, self.split).records}

    def _texts_of(self, line: CutLine) -> list[str]:
        """What each cut word of a line says in the data set. Raises InputError where it has no such line or no such word."""
        record = self._records.get(line.image)
        texts = normalize_text(record.text).split() if record else []
        if not all(0 <= word.place < len(texts) for word in line.words):
            raise self._of_other_lines(line)
        return [texts[word.place] for word in line.words]

    def _of_other_lines(self, line: CutLine) -> InputError:
        return InputError("data.words_of_other_lines", path=self.cuts, data=self.path, image=line.image)

    @cached_property
    def _ink(self) -> dict[int, dict[CutWord, np.ndarray]]:
        return {}

    def sample(self, rng: np.random.Generator) -> Sample:
        index = int(rng.choice(len(self.hands), p=self._weights))
        hand, runs = self.hands[index], self._runs[index]
        words = self._words(hand, runs if rng.random() >= self.loose else [], rng)
        coverage = self._composed(hand, words, rng)
        if rng.random() < 0.85:
            coverage = warped(coverage, rng, strength=0.9)
        grey = on_paper(coverage, rng)
        if rng.random() < 0.6:
            grey = photographed(grey, rng)
        return Sample(grey, normalize_text(" ".join(w.text for w in words)), "words", hand.name)

    def _words(self, hand: Hand, runs: list[tuple[int, int]], rng: np.random.Generator) -> list[InkWord]:
        """Words for a line: pieces of prose that the hand can spell, else (or without runs) words in any order."""
        characters = wanted_length(rng)
        if not runs:
            order = rng.permutation(len(hand.words))[: max(1, characters // 2)]
            words = [hand.words[i] for i in order]
        else:
            tokens = self._finder.line(runs, characters, rng)
            options = [hand.by_bare[token.strip(AROUND)] for token in tokens]
            words = [found[rng.integers(len(found))] for found in options]
        return words[: len(cut_to([w.text for w in words], characters))]

    def _composed(self, hand: Hand, words: list[InkWord], rng: np.random.Generator) -> np.ndarray:
        """(H, W) float32 coverage: the words' ink at one size on one baseline, with the gaps of one line."""
        gap, wander = float(rng.uniform(0.35, 1.6)) * hand.x_height, 0.0
        pieces, x = [], 0.0
        for word in words:
            line, ink = self.lines[word.line], self._ink_of(word)
            size = float(np.clip(hand.x_height / line.x_height, 0.8, 1.25)) * float(np.exp(rng.normal(0, 0.03)))
            wander = 0.8 * wander + float(rng.normal(0, 0.03)) * hand.x_height
            shape = max(1, round(ink.shape[1] * size)), max(1, round(ink.shape[0] * size))
            pieces.append((round(x), round(wander - line.baseline * size), cv2.resize(ink, shape)))
            x += shape[0] + gap * float(rng.uniform(0.7, 1.4))
        top = min(y for _, y, _ in pieces)
        height = max(y + piece.shape[0] for _, y, piece in pieces) - top
        line = np.zeros((height, max(x0 + piece.shape[1] for x0, _, piece in pieces)), dtype=np.uint8)
        for x0, y, piece in pieces:
            place = line[y - top : y - top + piece.shape[0], x0 : x0 + piece.shape[1]]
            np.maximum(place, piece, out=place)
        rows = np.flatnonzero(line.max(axis=1) > 60)
        line = line[rows[0] : rows[-1] + 1] if len(rows) else line
        return line.astype(np.float32) / 255.0

    def _ink_of(self, word: InkWord) -> np.ndarray:
        """(H, W) uint8 ink of a word; that of all words of its line is kept."""
        if word.line not in self._ink:
            line = self.lines[word.line]
            ink = ink_map(self._records[line.image].grey())
            if ink is None or not all(0 <= w.x0 < w.x1 <= ink.shape[1] for w in line.words):
                raise self._of_other_lines(line)
            ink = (ink * 255).astype(np.uint8)
            self._ink[word.line] = {w: _trimmed(ink[:, w.x0 : w.x1]).copy() for w in line.words}
        return self._ink[word.line][word.word]


def _trimmed(ink: np.ndarray) -> np.ndarray:
    """A word's ink without the empty columns beside it."""
    columns = np.flatnonzero(ink.max(axis=0) > 100)
    return ink[:, columns[0] : columns[-1] + 1] if len(columns) else ink
