"""The one front door: load a recogniser, read an image."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch

from hwr.decoding.alignment import align, frames_needed
from hwr.decoding.confidence import apply_temperature, character_confidences, line_confidence, word_confidences
from hwr.decoding.decoders import DEFAULT_DECODER, decoder
from hwr.errors import InputError
from hwr.images.interpretation import LINES_TRIED, TURNS, UNSURE, Tried, best_turn, is_one_line, may_be_one_line, turned
from hwr.images.line import NetworkLine, prepare_line, prepare_line_retsinas
from hwr.images.load import Source, Upload, load_image, load_pages
from hwr.images.page import LineRegion, find_lines
from hwr.machine import is_zero_gpu
from hwr.paths import DEFAULT_MODEL
from hwr.reading import Character, NBest, PageReading, Reading, ReadPage, Weights, Word
from hwr.recognizer.charset import Charset, normalize_text
from hwr.recognizer.checkpoint import Checkpoint, load_checkpoint
from hwr.recognizer.config import RecognizerConfig
from hwr.recognizer.network import folded, forward_lines

if TYPE_CHECKING:
    from hwr.language.n_best import NBestDecoder


class Reader:
    """A recogniser ready to read images. Safe to share between threads: nothing in it changes while reading."""

    def __init__(self, checkpoint: Checkpoint, device: str | None = None, decoding: str = DEFAULT_DECODER) -> None:
        """decoding: a name of `hwr.decoding.decoders.DECODERS`. Raises InputError for another."""
        self.checkpoint = checkpoint
        self.decoding, self._decode = decoding, decoder(decoding)
        self.device = device or ("cuda" if torch.cuda.is_available() and not is_zero_gpu() else "cpu")
        self.network = folded(checkpoint.network).to(self.device)

    @classmethod
    def from_pretrained(
        cls, source: str | Path | None = None, device: str | None = None, decoding: str = DEFAULT_DECODER
    ) -> Reader:
        """Load a checkpoint directory or Hub id; without one, `HWR_MODEL` from the environment, else the shipped one.

        Raises InputError when it cannot be loaded.
        """
        return cls(load_checkpoint(source or os.environ.get("HWR_MODEL") or DEFAULT_MODEL), device, decoding)

    @property
    def charset(self) -> Charset:
        return self.checkpoint.charset

    @property
    def name(self) -> str:
        return self.checkpoint.name

    @property
    def card(self) -> str:
        """The model card that came with the weights (Markdown), empty where there was none."""
        return self.checkpoint.card

    def read(
        self,
        source: Source | Upload,
        *,
        lines: Literal["auto", "single"] = "auto",
        name: str | None = None,
        turn: int | None = None,
    ) -> PageReading:
        """Read an image: every line on it, or (`lines="single"`) the image as one line; of a file of pages the first.

        lines: "single" says that the image is one line; "auto" finds its lines, and that it is one where it is read so.
        turn: degrees clockwise to turn the image by. None: where the reading is unsure, try the other directions, and read
        in one that is much surer (`turned`).
        source: a path, bytes, a stream, a Pillow image or an array (see `hwr.images.load.load_pages`).
        Raises InputError when it is no image or shows no writing.
        """
        start = time.perf_counter()
        upload = source if isinstance(source, Upload) else load_image(source, name=name)
        page = self.read_page(upload, lines=lines, turn=turn)
        seconds = time.perf_counter() - start
        return PageReading(
            upload.name, page.upload.rgb, page.readings, self.name, seconds, upload.page, upload.pages, page.turned
        )

    def read_page(
        self, upload: Upload, *, lines: Literal["auto", "single"] = "auto", turn: int | None = None
    ) -> ReadPage:
        """The same of a loaded page, with where its lines are. Arguments and errors as in `read`."""
        as_told = turned(upload, turn or 0)
        regions, readings = self._found_and_read(as_told, lines)
        if turn is not None or not (degrees := self._better_turn(upload, readings, lines)):
            return ReadPage(as_told, regions, readings, turn or 0)
        return self.read_page(upload, lines=lines, turn=degrees)

    def _found_and_read(
        self, upload: Upload, lines: Literal["auto", "single"], most: int | None = None
    ) -> tuple[list[LineRegion], list[Reading]]:
        """The lines of an image (the widest, no more than `most`) and what they say; the image as one line where that is
        read as surely, or nothing was found on it."""
        whole = [whole_image(upload.grey)]
        if lines == "single":
            return whole, self.read_regions(upload, whole)
        regions, readings, failure = [], [], None
        try:
            regions = find_lines(upload.grey)
            if most is not None:
                regions = sorted(regions, key=lambda region: -region.grey.shape[1])[:most]
            readings = self.read_regions(upload, regions)
        except InputError as error:
            if error.args[0] != "images.no_ink":
                raise
            failure = error
        if may_be_one_line(regions):
            with suppress(InputError):
                as_one = self.read_regions(upload, whole)
                if is_one_line(_tried(readings), _tried(as_one)):
                    return whole, as_one
        if failure:
            raise failure
        return regions, readings

    def _better_turn(self, upload: Upload, readings: Sequence[Reading], lines: Literal["auto", "single"]) -> int:
        """Degrees clockwise by which a page must be turned to be read much more surely than it was; 0 to leave it."""
        widest = sorted(readings, key=lambda reading: -float(np.ptp(reading.polygon[:, 0])))[:LINES_TRIED]
        tried = {0: _tried(widest)}
        if tried[0].confidence >= UNSURE:
            return 0
        for degrees in TURNS:
            other = turned(upload, degrees)
            with suppress(InputError):
                tried[degrees] = _tried(self._found_and_read(other, lines, LINES_TRIED)[1])
                if tried[degrees].confidence >= UNSURE and best_turn(tried) == degrees:
                    break
        return best_turn(tried)

    def read_pages(
        self, source: Source, *, lines: Literal["auto", "single"] = "auto", name: str | None = None
    ) -> list[PageReading]:
        """Read every page of a file (TIFF, PDF), a plain image as its one page. Arguments and errors as in `read`."""
        return [self.read(upload, lines=lines) for upload in load_pages(source, name=name)]

    def read_regions(self, upload: Upload, regions: Sequence[LineRegion]) -> list[Reading]:
        """Read lines that were found on an upload. A region without ink is read as empty text when others have ink."""
        start = time.perf_counter()
        size = (upload.width, upload.height)
        prepared, kept, failure = [], [], None
        for region in regions:
            try:
                prepared.append(self.prepare(region.grey, matrix=region.matrix, upload_size=size))
                kept.append(region)
            except InputError as error:
                failure = error
        if failure is not None and not prepared:
            raise failure
        seconds = {"prepare": time.perf_counter() - start}
        start = time.perf_counter()
        logits = self.forward([line.pixels for line in prepared])
        seconds["network"] = time.perf_counter() - start
        seconds = {step: value / len(prepared) for step, value in seconds.items()}
        polygons = [region.polygon for region in kept]
        return [self._reading(x, p, polygon, seconds) for x, p, polygon in zip(logits, prepared, polygons, strict=True)]

    def read_lines(self, greys: Sequence[np.ndarray]) -> list[Reading | None]:
        """Read images (H, W) uint8 that are one line each, many at once; None where there is no ink to read."""
        prepared: dict[int, NetworkLine] = {}
        for i, grey in enumerate(greys):
            with suppress(InputError):
                prepared[i] = self.prepare(grey)
        logits = self.forward([line.pixels for line in prepared.values()])
        readings: list[Reading | None] = [None] * len(greys)
        for (i, line), x in zip(prepared.items(), logits, strict=True):
            readings[i] = self._reading(x, line, whole_image(greys[i]).polygon, {})
        return readings

    def forward(self, lines: Sequence[np.ndarray]) -> list[torch.Tensor]:
        """Logits of prepared lines, each (H, W) -> (T, C) float32 on the CPU; as `hwr.recognizer.network.forward_lines`."""
        return forward_lines(self.network, lines)

    def prepare(
        self, grey: np.ndarray, matrix: np.ndarray | None = None, upload_size: tuple[int, int] | None = None
    ) -> NetworkLine:
        """Network pixels of a line image (H, W) uint8; arguments and errors as in `hwr.images.line.prepare_line`."""
        return prepare(grey, self.checkpoint.config, matrix=matrix, upload_size=upload_size)

    def align(self, reading: Reading, text: str) -> Reading:
        """The same line with the characters of `text` set on its frames by Viterbi forced alignment.

        Raises InputError when the text has characters that the recogniser does not know, or does not fit the line.
        """
        text = normalize_text(text)
        encoded = self.charset.encode(text)
        if encoded.unknown:
            unknown = ", ".join(repr(c) for c in encoded.unknown)
            raise InputError("reader.unknown_characters", unknown=unknown)
        frames, needed = len(reading.log_probs), frames_needed(encoded.labels)
        if needed > frames:
            raise InputError("reader.text_too_long", length=len(text), needed=needed, frames=frames)
        log_probs = torch.from_numpy(reading.log_probs)
        path = align(log_probs[None], torch.tensor([frames]), [encoded.labels])[0]
        return _with_path(reading, text, path)

    def n_best(
        self,
        reading: Reading,
        n_best: int = 16,
        *,
        lm: str | None = None,
        ngram: bool = True,
        weights: Weights | None = None,
    ) -> NBest:
        """The likeliest texts of a line and what language says about them, best first.

        lm: `default`, `smollm2`, a directory or a Hub id, loaded once; None asks none. ngram: let the character n-gram
        lead the search. weights: of the scores; None takes those that were tuned for this checkpoint. Scores are kept,
        so that asking again costs little. What keeps a language model from scoring is told in `problem`.
        Raises InputError when n_best is not positive or a weight is no number.
        """
        return self.decoder.n_best(
            reading, n_best, lm=lm, ngram=ngram, weights=weights, tunings=self.checkpoint.rescoring
        )

    @cached_property
    def decoder(self) -> NBestDecoder:
        """What makes lists of texts for this recogniser's lines. Raises InputError when the n-gram is not there."""
        from hwr.language.n_best import NBestDecoder

        return NBestDecoder(self.charset)

    def _reading(
        self, logits: torch.Tensor, line: NetworkLine, polygon: np.ndarray, seconds: dict[str, float]
    ) -> Reading:
        start = time.perf_counter()
        log_probs = apply_temperature(logits, self.checkpoint.temperature)
        path = self._decode(log_probs[None], torch.tensor([len(log_probs)]))[0]
        blank = Reading(
            text="",
            confidence=0.0,
            characters=[],
            words=[],
            log_probs=log_probs.numpy(),
            log_prob=0.0,
            pixels=line.pixels,
            geometry=line.geometry,
            polygon=polygon,
            charset=self.charset.characters,
            model=self.name,
        )
        reading = _with_path(blank, self.charset.decode(path.labels), path)
        return replace(reading, seconds={**seconds, "decode": time.perf_counter() - start})


def prepare(grey: np.ndarray, config: RecognizerConfig, **options: Any) -> NetworkLine:
    """Network pixels of a line image (H, W) uint8, the way that this recogniser was trained to see it.

    options and errors as in `hwr.images.line.prepare_line`; the fixed canvas of `retsinas` leaves no margins.
    """
    frames = {"height": config.height, "stride": config.stride, "offset": config.frame_offset}
    if config.preprocessing == "retsinas" and config.width:
        options.pop("margins", None)
        return prepare_line_retsinas(grey, width=config.width, **frames, **options)
    return prepare_line(grey, width_multiple=config.width_multiple, **frames, **options)


def _with_path(reading: Reading, text: str, path: Any) -> Reading:
    """The reading with the characters of a greedy or an aligned path."""
    confidences = character_confidences(
        torch.from_numpy(reading.log_probs), path.labels, path.first_frames, path.last_frames
    )
    characters = [
        Character(c, first, last, *reading.geometry.frame_span(first, last), confidence, log_prob)
        for c, first, last, confidence, log_prob in zip(
            text, path.first_frames, path.last_frames, confidences, path.character_log_probs, strict=True
        )
    ]
    words = [Word(w.text, w.start, w.end, w.confidence) for w in word_confidences(text, confidences)]
    return replace(
        reading,
        text=text,
        confidence=line_confidence(confidences),
        characters=characters,
        words=words,
        log_prob=path.log_prob,
    )


def _tried(readings: Sequence[Reading]) -> Tried:
    counts = [len(reading.characters) for reading in readings]
    sure = sum(reading.confidence * count for reading, count in zip(readings, counts, strict=True))
    return Tried(sure / max(1, sum(counts)), sum(counts))


def whole_image(grey: np.ndarray) -> LineRegion:
    """The whole of a (H, W) image as one line."""
    height, width = grey.shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float64)
    return LineRegion(corners, np.array([[1.0, 0, 0], [0, 1.0, 0]]), grey, corners, corners[[3, 2]])
