"""How good is it? Error rates of a recogniser on a data set, with intervals and the protocol they were taken by."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hwr
from hwr.data.dataset import LineRecord, Skipped, read_imagefolder
from hwr.errors import InputError
from hwr.evaluation.bootstrap import RESAMPLES, Interval, bootstrap_rate
from hwr.evaluation.calibration import Calibration, correct_units, expected_calibration_error
from hwr.evaluation.error_rates import TOKENISATIONS, LineErrors, line_errors
from hwr.evaluation.sharding import sharded
from hwr.reader import Reader
from hwr.reading import Reading
from hwr.recognizer.charset import normalize_text

BATCH = 64  # lines prepared at a time


@dataclass(frozen=True)
class EvaluatedLine:
    """One line: where it is, its normalised reference, what was read (None where no ink was found) and the edits."""

    record: LineRecord
    reference: str
    reading: Reading | None
    errors: LineErrors

    @property
    def image(self) -> str:
        return str(self.record.image)

    @property
    def text(self) -> str:
        return self.reading.text if self.reading else ""


@dataclass(frozen=True)
class DigitLines:
    """The lines whose true text has a digit, measured apart: how many, and their CER (None where there are none)."""

    lines: int
    cer: Interval | None

    @classmethod
    def of(cls, references: Sequence[str], errors: Sequence[LineErrors], seed: int = 0) -> DigitLines:
        """
        >>> texts = ["May 3", "no day"]
        >>> DigitLines.of(texts, [line_errors(texts[0], "May"), line_errors(texts[1], "no")])
        DigitLines(lines=1, cer=Interval(value=0.4, low=0.4, high=0.4))
        """
        those = [e for text, e in zip(references, errors, strict=True) if any(c.isdigit() for c in text)]
        if not those:
            return cls(0, None)
        return cls(len(those), bootstrap_rate([e.character_errors for e in those], [e.characters for e in those], seed))

    def to_dict(self) -> dict[str, Any]:
        return {"lines": self.lines, "cer": vars(self.cer) if self.cer else None}


@dataclass(frozen=True)
class Evaluation:
    """Error rates of a data set, as fractions, each with its 95 % bootstrap interval over lines."""

    lines: list[EvaluatedLine]
    cer: Interval
    wer: dict[str, Interval]
    digits: DigitLines
    calibration: Calibration
    skipped: list[Skipped] = field(default_factory=list)
    protocol: dict[str, Any] = field(default_factory=dict)

    @property
    def characters(self) -> int:
        return sum(line.errors.characters for line in self.lines)

    def to_dict(self) -> dict[str, Any]:
        """The object that `python -m hwr evaluate --json` prints."""
        return {
            "lines": len(self.lines),
            "characters": self.characters,
            "cer": vars(self.cer),
            "wer": {name: vars(interval) for name, interval in self.wer.items()},
            "digits": self.digits.to_dict(),
            "calibration_error": self.calibration.ece,
            "no_ink": sum(line.reading is None for line in self.lines),
            "skipped": [vars(s) for s in self.skipped],
            "protocol": self.protocol,
        }


def evaluate(
    reader: Reader,
    data: str | Path,
    split: str | None = None,
    *,
    limit: int | None = None,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Read every line of a split and compare with its text.

    data: an imagefolder directory or ZIP; limit: only so many lines, spread evenly. References are normalised as the
    recogniser's training texts are (`normalize_text`), case is kept, and a line where no ink is found counts as read
    empty. Several processes (`accelerate launch`) share the lines, and all get the whole. Raises InputError when there
    is nothing to evaluate.
    """
    dataset = read_imagefolder(Path(data), split)
    if not dataset.records:
        raise InputError("evaluation.no_usable_line", data=data, split=split)
    records = spread(dataset.records, limit)
    result = evaluate_records(reader, records, Path(data).name, split or "all", seed=seed, progress=progress)
    result.skipped.extend(dataset.skipped)
    return result


def evaluate_records(
    reader: Reader,
    records: Sequence[LineRecord],
    name: str,
    part: str,
    *,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """As `evaluate`, of lines that were chosen already; name, part: of their data set, for the protocol."""

    def read(share: Sequence[LineRecord]) -> list[EvaluatedLine]:
        lines: list[EvaluatedLine] = []
        for start in range(0, len(share), BATCH):
            lines += _read_batch(reader, share[start : start + BATCH])
            if progress:
                progress(round(len(lines) * len(records) / len(share)), len(records))
        return lines

    lines = sharded(read, records)
    errors = [line.errors for line in lines]
    return Evaluation(
        lines,
        *_intervals(errors, seed),
        digits=DigitLines.of([line.reference for line in lines], errors, seed),
        calibration=_calibration(lines),
        protocol=_protocol(reader, name, part, lines, seed),
    )


def spread(records: Sequence[LineRecord], limit: int | None) -> list[LineRecord]:
    """So many of the records, spread evenly; all of them without a limit."""
    if limit is None or limit >= len(records):
        return list(records)
    return [records[int(i * len(records) / limit)] for i in range(limit)]


def _read_batch(reader: Reader, records: Sequence[LineRecord]) -> list[EvaluatedLine]:
    result = []
    readings = reader.read_lines([record.grey() for record in records])
    for record, reading in zip(records, readings, strict=True):
        reference = normalize_text(record.text)
        errors = line_errors(reference, reading.text if reading else "")
        result.append(EvaluatedLine(record, reference, reading, errors))
    return result


def _intervals(errors: list[LineErrors], seed: int) -> tuple[Interval, dict[str, Interval]]:
    cer = bootstrap_rate([e.character_errors for e in errors], [e.characters for e in errors], seed)
    wer = {
        name: bootstrap_rate([e.word_errors[name] for e in errors], [e.words[name] for e in errors], seed)
        for name in TOKENISATIONS
    }
    return cer, wer


def _calibration(lines: list[EvaluatedLine]) -> Calibration:
    confidences: list[float] = []
    correct: list[bool] = []
    for line in lines:
        if line.reading:
            confidences += [c.confidence for c in line.reading.characters]
            correct += correct_units(line.reference, line.reading.text)
    return expected_calibration_error(confidences, correct)


def _protocol(reader: Reader, name: str, part: str, lines: list[EvaluatedLine], seed: int) -> dict[str, Any]:
    known = reader.charset
    return {
        "model": reader.name,
        "data": name,
        "split": part,
        "decoding": reader.decoding,
        "text": "NFC, straight quotes and dashes, single spaces; case and punctuation kept",
        "wer": {
            "space": "words are what stands between spaces",
            "tokens": "punctuation marks are words of their own",
            "htr_vt": "spaces set around a fixed list of signs, as in HTR-VT and Retsinas et al. 2022",
        },
        "interval": f"95 % percentile bootstrap over lines, {RESAMPLES} resamples, seed {seed}",
        "unknown_characters": sum(c not in known for line in lines for c in line.reference),
        "version": hwr.__version__,
        "commit": commit(),
    }


def commit() -> str | None:
    """The commit of the program's working tree, with `+` where it has changes; None outside of a checkout."""
    try:
        root = Path(hwr.__file__).parent
        show = ["git", "-C", str(root), "rev-parse", "--short", "HEAD"]
        name = subprocess.run(show, capture_output=True, text=True, timeout=5, check=True).stdout.strip()
        changed = subprocess.run(
            ["git", "-C", str(root), "status", "--porcelain", "-uno"],
            capture_output=True,
            text=True,
            timeout=5,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None
    return f"{name}+" if changed else name
