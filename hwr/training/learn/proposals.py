"""Texts for lines that have none: what a recogniser and language read in them, and which of these texts are sure.

As Tensmeyer et al. 2018 (Language model supervision for handwriting recognition model adaptation) and Wolf and Fink 2022
(Self-training of handwritten word recognition for synthetic-to-real adaptation): the surest are learned from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from hwr.data.dataset import LineRecord
from hwr.errors import InputError
from hwr.evaluation.error_rates import edits
from hwr.language.n_best import NBestDecoder, language_model, tuned_weights, with_language
from hwr.language.rescoring import best_text, rank
from hwr.reader import Reader
from hwr.reading import Hypothesis, Reading, Weights
from hwr.recognizer.charset import normalize_text
from hwr.training.config import Teacher

Progress = Callable[[int, int], None]
LINES_AT_ONCE = 64  # read by one call; their texts are searched by beams of LINES_IN_A_BEAM
LINES_IN_A_BEAM = 16
SUREST_MARGIN = 10.0  # nats per character; of a text beside which the beam found no other
WANTED = 0.5  # of the errors that the greedy texts of validation lines have, in those that are sure
FEWEST = 5  # validation lines that a threshold stands on


@dataclass(frozen=True)
class Proposal:
    """What was read in one line. margin: by how much the text beats the next one of its list, nats per character."""

    text: str
    greedy: str
    margin: float


def propose(
    reader: Reader,
    records: Sequence[LineRecord],
    teacher: Teacher,
    lm: str,
    progress: Progress | None = None,
    decoder: NBestDecoder | None = None,
) -> list[Proposal | None]:
    """A text for each line; None where the picture cannot be read or has nothing to read.

    teacher: see `TrainConfig`. lm: the language model of the teacher `language`; its weights are those that were tuned
    for the reader's checkpoint. decoder: with another n-gram than the reader's own. Raises InputError when the language
    model cannot be had or cannot spell a text.
    """
    found: list[Proposal | None] = []
    for start in range(0, len(records), LINES_AT_ONCE):
        readings = reader.read_lines([_grey(record) for record in records[start : start + LINES_AT_ONCE]])
        read = [r for r in readings if r and r.text]
        proposals = iter(_of_readings(reader, decoder or reader.decoder, read, teacher, lm))
        found += [next(proposals) if r and r.text else None for r in readings]
        if progress:
            progress(len(found), len(records))
    return found


def _grey(record: LineRecord) -> np.ndarray:
    try:
        return record.grey()
    except InputError:
        return np.full((1, 1), 255, np.uint8)  # nothing to read


def _of_readings(
    reader: Reader, decoder: NBestDecoder, readings: Sequence[Reading], teacher: Teacher, lm: str
) -> list[Proposal]:
    ngram = teacher in ("language", "ngram")
    order = sorted(range(len(readings)), key=lambda i: len(readings[i].log_probs))
    lists: dict[int, list[Hypothesis]] = {}
    for start in range(0, len(order), LINES_IN_A_BEAM):
        places = order[start : start + LINES_IN_A_BEAM]
        part = decoder.lists([readings[i] for i in places], ngram=ngram)
        lists |= zip(places, with_language(part, language_model(lm)) if teacher == "language" else part, strict=True)
    weights = Weights()
    if ngram:
        weights, _ = tuned_weights(reader.checkpoint.rescoring, lm if teacher == "language" else None, ngram=True)
    return [proposal(readings[i].text, lists[i], teacher, weights) for i in range(len(readings))]


def proposal(greedy: str, hypotheses: Sequence[Hypothesis], teacher: Teacher, weights: Weights) -> Proposal:
    """The text of one line's list, which holds the greedy text, too.

    >>> texts = [Hypothesis("tbe", -1.0, -9.0, 3), Hypothesis("the", -1.5, -4.0, 3)]
    >>> proposal("tbe", texts, "greedy", Weights()).text, proposal("tbe", texts, "language", Weights(alpha=0.5))
    ('tbe', Proposal(text='the', greedy='tbe', margin=0.666...))
    """
    ranked = rank(hypotheses, weights.alpha, weights.beta, weights.gamma)
    if teacher == "greedy":
        text = greedy
    else:
        text = ranked[0].text if teacher == "beam" else best_text(greedy, hypotheses, weights)
    own = next(h.total for h in ranked if h.text == text)
    others = [h.total for h in ranked if h.text != text]
    margin = (own - others[0]) / max(1, len(text)) if others else SUREST_MARGIN
    return Proposal(text, greedy, min(margin, SUREST_MARGIN))


def sure_margin(proposals: Sequence[Proposal | None], truths: Sequence[str]) -> float | None:
    """The lowest margin at which the texts of validation lines are sure; None where none is.

    Sure are texts whose character error rate is at most half (`WANTED`) of what the greedy texts of all lines have.

    >>> right, wrong = Proposal("the", "tbe", 2.0), Proposal("cot", "cat", 0.1)
    >>> sure_margin(5 * [right] + 5 * [wrong], 5 * ["the"] + 5 * ["cat"])
    2.0
    """
    read = [(p, normalize_text(truth)) for p, truth in zip(proposals, truths, strict=True) if p]
    characters = sum(len(truth) for _, truth in read)
    wanted = WANTED * sum(edits(truth, p.greedy) for p, truth in read) / max(1, characters)
    found, wrong, seen = None, 0, 0
    ordered = sorted(read, key=lambda pair: -pair[0].margin)
    for i, (p, truth) in enumerate(ordered):
        wrong, seen = wrong + edits(truth, p.text), seen + len(truth)
        last_of_its_margin = i + 1 == len(ordered) or ordered[i + 1][0].margin < p.margin
        if last_of_its_margin and i + 1 >= min(FEWEST, len(ordered)) and wrong <= wanted * seen:
            found = p.margin
    return found


def margin_of_surest(proposals: Sequence[Proposal | None], share: float) -> float:
    """The margin that this share of the lines that were read reaches."""
    margins = sorted((p.margin for p in proposals if p), reverse=True)
    return margins[max(0, round(share * len(margins)) - 1)] if margins else SUREST_MARGIN


def sureness(margins: Sequence[float]) -> list[float]:
    """How often lines are drawn, at most 1: those below the median margin the less, the less sure they are.

    >>> sureness([4.0, 2.0, 1.0])
    [1.0, 1.0, 0.5]
    """
    middle = median(margins)
    return [1.0 if margin >= middle else max(margin, 0.0) / middle for margin in margins]
