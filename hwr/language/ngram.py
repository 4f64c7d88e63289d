"""A character n-gram with interpolated Kneser-Ney smoothing: small, fast to train, and quick enough to sit in the beam.

P(c | h) = share(h, c) + rest(h) * P(c | h without its first character), with the shares of `hwr.language.kneser_ney`.
Because `rest` is whatever the shares of a context leave, leaving entries out or rounding them changes the estimate but
never the sum: P(. | h) is 1 for every h.

Texts are normalised (`normalize_text`) and read as lines: before the first character stand spaces, after the last one.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock

import numpy as np

from hwr.errors import InputError
from hwr.files import check_regular
from hwr.language.kneser_ney import Level, estimate, find, pruned, summed
from hwr.recognizer.charset import Charset, normalize_text

FORMAT = 1
UNKNOWN = 0  # id of every character that the model does not have; the others are 1, 2, ... in the order of `characters`
LARGEST_ORDER = 7  # an n-gram is one int64 with a byte for each character
_CHUNK = 1 << 22  # characters that are counted at once
_SHARE_STEP = 0.05  # shares are stored as exp(-0.05 * code) of the context's largest
_REST_STEP = 0.08  # rests are stored as sigmoid(0.08 * (code - 128))


class CharacterNGram:
    """log P(character | the `order` - 1 before it). Contexts are packed in an int64 (`start`, `push`).

    >>> ngram = CharacterNGram.train(["the theme", "the thesis"], order=3)
    >>> float(np.exp(ngram.next_log_probs(np.array([ngram.start()]))).sum().round(6))
    1.0
    >>> ngram.log_prob("the") > ngram.log_prob("teh")
    True
    """

    def __init__(self, order: int, characters: str, levels: Sequence[Level]) -> None:
        self.order = order
        self.characters = characters
        self._levels = list(levels)
        self._id_of = np.zeros(0x110000, dtype=np.uint8)
        self._id_of[[ord(c) for c in characters]] = np.arange(1, len(characters) + 1)
        self._space = int(self._id_of[ord(" ")])

    @classmethod
    def train(
        cls, texts: Iterable[str], order: int = 6, max_entries: int | None = 1_500_000, *, compact: bool = True
    ) -> CharacterNGram:
        """Count, smooth, prune: the same texts give the same model, to the bit.

        order: 1 to 7. max_entries: how many n-grams to keep, those whose loss costs the training text most (weighted
        difference, Seymore & Rosenfeld 1996); None keeps all. compact: round shares and rests as the file does, so that
        the model that is saved and loaded is this one; False keeps the textbook's numbers. Every text is one line;
        bring prose through `as_lines`. The 255 most frequent characters are known, the others share one id.
        Raises InputError when the order is out of range or there is no text.
        """
        if not 1 <= order <= LARGEST_ORDER:
            raise InputError("language.order", largest=LARGEST_ORDER, order=order)
        chunks = list(_chunks(texts, order))
        if not chunks:
            raise InputError("language.no_ngram_text")
        frequencies = np.zeros(0x110000, dtype=np.int64)
        for chunk in chunks:
            points, counts = np.unique(_code_points(chunk.text), return_counts=True)
            frequencies[points] += counts
        points = np.nonzero(frequencies)[0]
        ranked = points[np.argsort(-frequencies[points], kind="stable")][:255]
        ngram = cls(order, "".join(map(chr, sorted({ord(" "), *ranked.tolist()}))), [])
        windows, counts = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        for chunk in chunks:
            new, new_counts = np.unique(ngram._windows(chunk), return_counts=True)
            windows, counts = summed(np.append(windows, new), np.append(counts, new_counts))
        levels = estimate(windows, counts, order, len(ngram.characters) + 1)
        levels = [level for level, _ in levels] if max_entries is None else pruned(levels, max_entries)
        ngram._levels = [_unpack(k, _pack(k, level)) for k, level in enumerate(levels)] if compact else levels
        return ngram

    @property
    def entries(self) -> int:
        """Number of n-grams of all orders that the model has."""
        return sum(len(level.characters) for level in self._levels)

    def start(self) -> int:
        """The context before the first character of a line."""
        return int(sum(self._space << 8 * k for k in range(self.order - 1)))

    def ids(self, text: str) -> np.ndarray:
        """Ids of the characters of a text as it stands, (n,) uint8; UNKNOWN for those that the model does not have."""
        return self._id_of[_code_points(text)]

    def push(self, contexts: np.ndarray, ids: np.ndarray) -> np.ndarray:
        """The contexts (n,) after one more character each, (n,) int64."""
        return ((contexts << 8) | ids) & ((1 << 8 * (self.order - 1)) - 1)

    def next_log_probs(self, contexts: np.ndarray) -> np.ndarray:
        """log P(id | context) (n, V + 1), nats, for the contexts (n,); column 0 is any unknown character."""
        table, rows = self._short_probs, np.zeros(len(contexts), dtype=np.int64)
        if self.order > 1:
            rows = contexts & 0xFF
        if self.order > 2:
            found, places = find(self._levels[2].contexts, contexts & 0xFFFF)
            rows[found] = len(self.characters) + 1 + places
        left = np.ones(len(contexts))  # what the longer contexts leave: the product of their rests
        additions = []
        for length, level in reversed(list(enumerate(self._levels))[3:]):
            found, places = find(level.contexts, contexts & ((1 << 8 * length) - 1))
            entries, sizes = level.entries_of(places)
            additions.append(
                (np.repeat(found, sizes), level.characters[entries], level.shares[entries], sizes, left[found])
            )
            left[found] *= level.rests[places]
        probs = table[rows] * left[:, None]
        for found, characters, shares, sizes, weights in additions:
            probs[found, characters] += shares * np.repeat(weights, sizes)
        return np.log(probs)

    @cached_property
    def _short_probs(self) -> np.ndarray:
        """P(id | context), (n, V + 1): a row for each one-character context, known or not, then those of level 2."""
        classes = len(self.characters) + 1
        table = self._levels[0].applied(np.full((1, classes), 1.0 / classes), np.zeros(1, dtype=np.int64))
        if self.order > 1:
            table = self._levels[1].applied(np.repeat(table, classes, axis=0), np.arange(classes))
        if self.order > 2:
            contexts = self._levels[2].contexts
            table = np.concatenate([table, self._levels[2].applied(table[contexts & 0xFF], contexts)])
        return table

    def log_prob(self, text: str, *, end: bool = False) -> float:
        """log P(text), nats: the sum over its characters, given that a line starts; `end` adds that it ends there."""
        return self.log_probs([text], end=end)[0]

    def log_probs(self, texts: Sequence[str], *, end: bool = False) -> list[float]:
        """`log_prob` of many texts at once."""
        scores = []
        for chunk in _chunks(texts, self.order, keep_empty=True):
            windows = self._windows(chunk)
            probs = np.full(len(windows), 1.0 / (len(self.characters) + 1))
            for length, level in enumerate(self._levels):
                rows, places = find(level.contexts, (windows >> 8) & ((1 << 8 * length) - 1))
                probs[rows] *= level.rests[places]
                rows, places = find(level.keys, windows & ((1 << 8 * (length + 1)) - 1))
                probs[rows] += level.shares[places]
            log_probs = np.log(probs)
            lasts = np.cumsum(chunk.lengths + 1) - 1
            if not end:
                log_probs[lasts] = 0.0
            scores += np.add.reduceat(log_probs, lasts - chunk.lengths).tolist()
        return scores

    def bits_per_character(self, texts: Iterable[str]) -> float:
        """-log2 P of the texts over the number of their characters, both normalised; line ends are not counted."""
        normalized = [normalize_text(text) for text in texts]
        characters = sum(map(len, normalized))
        if not characters:
            raise InputError("language.no_ngram_measure")
        return -sum(self.log_probs(normalized)) / np.log(2) / characters

    def save(self, path: Path) -> None:
        """Write one compressed .npz, about 2 bytes an entry. The same model gives the same file, to the bit."""
        arrays = {"format": np.array([FORMAT, self.order]), "characters": _code_points(self.characters)}
        for length, level in enumerate(self._levels):
            arrays |= {f"{length}.{name}": array for name, array in _pack(length, level).items()}
        new = path.with_name(f".{path.name}.new-{os.getpid()}")
        with zipfile.ZipFile(new, "w", zipfile.ZIP_LZMA) as archive:
            for name, array in arrays.items():
                content = io.BytesIO()
                np.save(content, array)
                archive.writestr(zipfile.ZipInfo(f"{name}.npy"), content.getvalue(), zipfile.ZIP_LZMA)
        new.replace(path)

    @classmethod
    def load(cls, path: Path) -> CharacterNGram:
        """Read what `save` wrote. Raises InputError when the file is missing, damaged or something else."""
        try:
            check_regular(path)
            with (
                path.open("rb") as stream,
                np.load(stream, allow_pickle=False) as file,
            ):  # closed for what is damaged, too
                arrays = {name: file[name] for name in file.files}
            if arrays["format"][0] != FORMAT:
                raise InputError("language.ngram_format", path=path, found=arrays["format"][0], format=FORMAT)
            order = int(arrays["format"][1])
            if not 1 <= order <= LARGEST_ORDER:
                raise ValueError(f"order {order}")
            characters = "".join(map(chr, arrays["characters"]))
            fields = ("contexts", "sizes", "characters", "shares", "rests")
            packs = [{field: arrays[f"{length}.{field}"] for field in fields} for length in range(order)]
            levels = [_unpack(length, pack) for length, pack in enumerate(packs)]
            if any(level.characters.max(initial=0) > len(characters) for level in levels):
                raise ValueError("an entry has a character that the list does not have")
            return cls(order, characters, levels)
        except FileNotFoundError:
            raise InputError("language.no_ngram", path=path) from None
        except InputError:
            raise
        except Exception as error:  # zipfile, lzma and numpy fail in many ways on a damaged file
            raise InputError("language.bad_ngram", path=path, error=error) from None

    def _windows(self, chunk: _Chunk) -> np.ndarray:
        """Every character that is predicted, with the order - 1 before it, packed; (n,) int64."""
        ids = self._id_of[_code_points(chunk.text)].astype(np.int64)
        predicted = np.ones(len(ids), dtype=bool)
        sizes = chunk.lengths + self.order
        firsts = np.cumsum(sizes) - sizes
        predicted[firsts[:, None] + np.arange(self.order - 1)] = False
        packed = np.zeros(len(ids), dtype=np.int64)
        for back in range(self.order):
            packed[back:] |= ids[: len(ids) - back] << (8 * back)
        return packed[predicted]


class NGramScorer:
    """The n-gram as `hwr.decoding.beam.Fusion` asks it: over the labels of a charset. Its states are packed contexts.

    A character that the n-gram does not know has the probability of any unknown one. Lines end as words do: the score
    of an end is that of a space. The distributions of up to `capacity` contexts are kept; threads may share a scorer.
    """

    def __init__(self, ngram: CharacterNGram, charset: Charset, capacity: int = 1 << 15) -> None:
        self.ngram = ngram
        self._ids = np.concatenate([[UNKNOWN], ngram.ids(charset.characters)]).astype(np.int64)
        self._space = int(ngram.ids(" ")[0])
        self._capacity = capacity
        self._log_probs = np.zeros((0, charset.classes), dtype=np.float32)
        self._used = 0
        # A hash table without chains: where two contexts meet, the later one takes the slot.
        bits = capacity.bit_length() + 4
        self._shift = np.uint64(64 - bits)
        self._contexts = np.full(1 << bits, -1, dtype=np.int64)
        self._places = np.zeros(1 << bits, dtype=np.int32)
        self._lock = Lock()

    def start(self) -> int:
        return self.ngram.start()

    def log_probs(self, states: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """log P(label | state) (n,), nats, of states (n,) and one label for each of them (n,)."""
        slots = (states.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) >> self._shift).astype(np.int64)
        with self._lock:
            missing = self._contexts[slots] != states
            if missing.any():
                new, first = np.unique(states[missing], return_index=True)
                self._keep(new, slots[missing][first])
            scores = self._log_probs[self._places[slots], labels]
            pushed_out = np.nonzero(self._contexts[slots] != states)[0]
        if len(pushed_out):
            scores[pushed_out] = self._rows(states[pushed_out])[np.arange(len(pushed_out)), labels[pushed_out]]
        return scores

    def _keep(self, contexts: np.ndarray, slots: np.ndarray) -> None:
        if self._used + len(contexts) > self._capacity:
            self._contexts[:] = -1
            self._used = 0
        end = self._used + len(contexts)
        if end > len(self._log_probs):
            grown = np.zeros((max(end, 2 * len(self._log_probs)), self._log_probs.shape[1]), dtype=np.float32)
            grown[: self._used] = self._log_probs[: self._used]
            self._log_probs = grown
        self._log_probs[self._used : end] = self._rows(contexts)
        self._contexts[slots] = contexts
        self._places[slots] = np.arange(self._used, end)
        self._used = end

    def next_states(self, states: np.ndarray, labels: np.ndarray) -> np.ndarray:
        return self.ngram.push(states, self._ids[labels])

    def end_log_probs(self, states: np.ndarray) -> np.ndarray:
        return self.ngram.next_log_probs(states)[:, self._space]

    def _rows(self, states: np.ndarray) -> np.ndarray:
        return self.ngram.next_log_probs(states)[:, self._ids]


def as_lines(texts: Iterable[str], characters: int = 60) -> Iterator[str]:
    """Prose cut between words into lines of at least so many characters, as a hand would: they start and end anywhere.

    >>> list(as_lines(["one two three four", "five"], characters=6))
    ['one two', 'three four', 'five']
    """
    for text in texts:
        line = ""
        for word in normalize_text(text).split(" "):
            line = f"{line} {word}" if line else word
            if len(line) >= characters:
                yield line
                line = ""
        if line:
            yield line


@dataclass(frozen=True)
class _Chunk:
    """Normalised texts in one string, before each of them order - 1 spaces and after it one; their lengths alone."""

    text: str
    lengths: np.ndarray


def _chunks(texts: Iterable[str], order: int, *, keep_empty: bool = False) -> Iterator[_Chunk]:
    pad = " " * (order - 1)
    parts: list[str] = []
    lengths: list[int] = []
    size = 0
    for text in texts:
        normalized = normalize_text(text)
        if normalized or keep_empty:
            parts.append(f"{pad}{normalized} ")
            lengths.append(len(normalized))
            size += len(normalized) + order
        if size >= _CHUNK:
            yield _Chunk("".join(parts), np.array(lengths))
            parts, lengths, size = [], [], 0
    if parts:
        yield _Chunk("".join(parts), np.array(lengths))


def _code_points(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def _pack(length: int, level: Level) -> dict[str, np.ndarray]:
    """A level in bytes. Packing what `_unpack` gave returns the same bytes."""
    sizes = np.diff(level.starts)
    if len(sizes):
        largest = np.repeat(np.maximum.reduceat(level.shares, level.starts[:-1]), sizes)
        shares = np.minimum(np.round(np.log(largest / level.shares) / _SHARE_STEP), 255)
    else:
        shares = np.zeros(0)
    rests = np.clip(np.round(np.log(level.rests / (1 - level.rests)) / _REST_STEP), -127, 127) + 128
    return {
        "contexts": np.stack(
            [level.contexts >> 8 * k & 0xFF for k in reversed(range(length))] or [level.contexts * 0]
        ).astype(np.uint8),
        "sizes": (sizes - 1).astype(np.uint8),
        "characters": level.characters,
        "shares": shares.astype(np.uint8),
        "rests": rests.astype(np.uint8),
    }


def _unpack(length: int, pack: dict[str, np.ndarray]) -> Level:
    contexts = np.zeros(pack["contexts"].shape[1], dtype=np.int64)
    for column in pack["contexts"][:length]:
        contexts = (contexts << 8) | column
    sizes = pack["sizes"].astype(np.int64) + 1
    starts = np.append(0, np.cumsum(sizes))
    entries = {len(pack["characters"]), len(pack["shares"]), int(starts[-1])}
    if len(entries) > 1 or len({len(contexts), len(sizes), len(pack["rests"])}) > 1 or (np.diff(contexts) <= 0).any():
        raise ValueError("its tables do not fit together")
    rests = 1 / (1 + np.exp(-_REST_STEP * (pack["rests"].astype(np.float64) - 128)))
    shares = np.exp(-_SHARE_STEP * pack["shares"].astype(np.float64))
    if len(sizes):
        shares *= np.repeat((1 - rests) / np.add.reduceat(shares, starts[:-1]), sizes)
    return Level(contexts, starts, pack["characters"], shares, rests)
