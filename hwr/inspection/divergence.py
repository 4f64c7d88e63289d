"""What a frozen language model expects of a text, and what it expects when a connector's embeddings stand in its place.

Q_t is the reference: the model reads the text. P_t is the connector's: it reads what the connector makes of the ink. At
every position both are distributions over the next token, and

    KL_t = KL(reference || connector) = sum_v Q_t(v) (log Q_t(v) - log P_t(v))    nats

is 0 where the ink tells the model as much as the text does. The objective that the connector was trained for says where
position t stands (see `hwr.language.objective`): with `surrogate` on the t-th token, in whose place the connector's t-th
embedding is read, and it predicts token t + 1; with `prefix` on the token that it predicts, after all embeddings and the
tokens before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from hwr.decoding.alignment import LabelAlignment
from hwr.errors import InputError
from hwr.inspection.divergence_report import Contribution, Divergence, SpokenToken, TokenChance, TokenDivergence
from hwr.language.causal_lm import FrozenLM
from hwr.language.config import connector_source
from hwr.language.connector import Connector, Connectors, load_connectors
from hwr.language.n_best import language_model
from hwr.language.objective import LineLogits, Teacher, connector_logits
from hwr.language.places import token_places
from hwr.reader import Reader
from hwr.reading import Reading
from hwr.recognizer.charset import normalize_text

TOP_K = 8
MOST = 50  # tokens of a distribution that are listed

Place = tuple[int, int]  # first frame, end


@dataclass(frozen=True)
class Taught:
    """A recogniser with the connectors that lie beside it."""

    reader: Reader
    connectors: Connectors

    def language_model(self, name: str | None = None) -> FrozenLM:
        """The model of that name (None: the one that the connectors were trained for), as deep as in the training.

        Raises InputError when it cannot be had, or is not the connectors'.
        """
        lm = language_model(name or self.connectors.lm_name, self.connectors.keep_layers)
        self.connectors.check_model(lm)
        return lm


def load_taught(source: str | Path | None = None) -> Taught:
    """Load a recogniser and its connectors; without a source as `connector_source` says.

    Raises InputError when it has none, or cannot be loaded.
    """
    source = connector_source(source)
    reader = Reader.from_pretrained(source)
    connectors = load_connectors(source, reader.checkpoint.network)
    return Taught(reader, connectors)


def divergence(
    reader: Reader,
    connectors: Connectors,
    lm: FrozenLM,
    reading: Reading,
    text: str | None = None,
    *,
    tap: str | None = None,
    top_k: int = TOP_K,
) -> Divergence:
    """KL(reference || connector) at every token of a line's text, of the connector at `tap` (None: the first one).

    reading: the reader's own of the line, with its network pixels. text: what the line says; None takes the reading's.
    Raises InputError when the connectors belong to another language model or have none at `tap`; when the text is
    empty, does not fit the line, or has characters that the recogniser or the model cannot spell; for a bad `top_k`.
    """
    if tap is not None and tap not in connectors.modules:
        raise InputError("inspection.no_connector_at", model=reader.name, tap=tap, taps=", ".join(connectors.modules))
    chosen = connectors.modules[tap or next(iter(connectors.modules))]
    return divergences(reader, connectors, lm, reading, text, top_k=top_k, only=[chosen])[0]


def divergences(
    reader: Reader,
    connectors: Connectors,
    lm: FrozenLM,
    reading: Reading,
    text: str | None = None,
    *,
    top_k: int = TOP_K,
    only: Sequence[Connector] | None = None,
) -> list[Divergence]:
    """`divergence` of every connector of the recogniser (or `only` some of them); the text is read once."""
    if isinstance(top_k, bool) or not 1 <= top_k <= MOST:
        raise InputError("inspection.top_k", most=MOST, top_k=top_k)
    connectors.check_model(lm)
    wanted = normalize_text(reading.text if text is None else text)
    if not wanted:
        raise InputError("inspection.nothing_read" if text is None else "inspection.no_text")
    lm.token_ids([wanted])  # says which character cannot be spelled before the line is looked at
    aligned = reader.align(reading, wanted)
    teacher = Teacher(lm, connectors.objective)
    found = []
    for connector in connectors.modules.values() if only is None else only:
        logits = connector_logits(reader.network, reader.charset, connector, teacher, reading.pixels, wanted)
        about = {
            "model": reader.name,
            "lm": lm.name,
            "kind": connector.config.kind,
            "tap": connector.config.tap,
            "objective": teacher.objective,
            "text": wanted,
            "text_from": "reading" if text is None else "given",
            "ctc": reading.text,
        }
        found.append(_described(about, logits, lm, reading, aligned, reader, min(top_k, logits.reference.shape[1])))
    return found


def _described(
    about: dict[str, Any],
    logits: LineLogits,
    lm: FrozenLM,
    reading: Reading,
    aligned: Reading,
    reader: Reader,
    top_k: int,
) -> Divergence:
    places = _places(logits, aligned, reader)
    # Row i stands on the token that its position reads (`surrogate`) or, after all embeddings, predicts (`prefix`).
    shift = 1 if about["objective"] == "surrogate" else 0
    ids = [*logits.token_ids, lm.end_id or 0]
    texts = lm.token_texts(logits.token_ids)
    names = _Names(lm)
    log_q, log_p = logits.reference.log_softmax(-1), logits.connector.log_softmax(-1)
    q, p = log_q.exp(), log_p.exp()
    tokens = []
    for row, predicted in enumerate(logits.predicted):
        at, target = predicted - shift, ids[predicted]
        first, end = places[at]
        tokens.append(
            TokenDivergence(
                texts[at],
                float(logits.kl[row]),
                *reading.geometry.frame_span(first, end - 1),
                first,
                end - 1,
                names([target])[0],
                float(q[row, target]),
                float(p[row, target]),
                names.top(q[row], top_k),
                names.top(p[row], top_k),
                names.terms(q[row], p[row], q[row] * (log_q[row] - log_p[row]), top_k),
            )
        )
    best = {k: (t.connector[0].token, t.reference[0].token) for k, t in zip(logits.predicted, tokens, strict=True)}
    return Divergence(
        **about,
        tokens=tokens,
        spoken=_spoken(texts, written_by(logits.spans, logits.text), places, best, reading),
        mean_kl=float(logits.kl.mean()),
        cut=logits.cut,
        end="" if lm.end_id is None else names([lm.end_id])[0],
    )


class _Names:
    """Texts of vocabulary tokens, each asked for once."""

    def __init__(self, lm: FrozenLM) -> None:
        self.lm, self.known = lm, dict[int, str]()

    def __call__(self, ids: Sequence[int]) -> list[str]:
        unknown = [i for i in ids if i not in self.known]
        self.known.update(zip(unknown, self.lm.token_texts(unknown), strict=True))
        return [self.known[i] for i in ids]

    def top(self, values: Tensor, k: int) -> list[TokenChance]:
        """The k largest of values (V,), largest first."""
        best = torch.topk(values, k)
        return [TokenChance(*pair) for pair in zip(self(best.indices.tolist()), best.values.tolist(), strict=True)]

    def terms(self, q: Tensor, p: Tensor, terms: Tensor, k: int) -> list[Contribution]:
        """The k terms (V,) of largest size, largest first."""
        best = torch.topk(terms.abs(), k).indices
        columns = (values[best].tolist() for values in (terms, q, p))
        return [Contribution(*row) for row in zip(self(best.tolist()), *columns, strict=True)]


def _places(logits: LineLogits, aligned: Reading, reader: Reader) -> list[Place]:
    """(first frame, end) of every token, as an `aligned` connector would pool them."""
    characters = aligned.characters
    firsts, lasts = [c.first_frame for c in characters], [c.last_frame for c in characters]
    labels = reader.charset.encode(aligned.text).labels
    path = LabelAlignment(labels, firsts, lasts, [c.log_prob for c in characters], aligned.log_prob)
    places = token_places([logits.spans], [logits.text], reader.charset, [path])
    assert places.first is not None
    assert places.end is not None
    return list(zip(places.first[0].tolist(), places.end[0].tolist(), strict=True))


def _spoken(
    texts: list[str], written: list[str], places: list[Place], best: dict[int, tuple[str, str]], reading: Reading
) -> list[SpokenToken]:
    """Three readings, token by token. best: number of a predicted token -> the likeliest of (connector, reference)."""
    ctc = said_on([(c.text, (c.first_frame + c.last_frame) / 2) for c in reading.characters], places)
    rows = [
        SpokenToken(text, characters, said, *best.get(k, (None, None)), first, end - 1)
        for k, (text, characters, said, (first, end)) in enumerate(zip(texts, written, ctc, places, strict=True))
    ]
    if len(texts) in best:
        rows.append(SpokenToken(None, "", "", *best[len(texts)]))
    return rows


def written_by(spans: Sequence[tuple[int, int]], text: str) -> list[str]:
    """The characters of each token; of tokens that share one, as the bytes of an accented letter do, the last has it.

    >>> written_by([(0, 1), (1, 3), (2, 3)], "n \u00e9")
    ['n', ' ', '\u00e9']
    """
    ends = [*(start for start, _ in spans[1:]), len(text)]
    return [text[start : min(end, after)] for (start, end), after in zip(spans, ends, strict=True)]


def said_on(characters: Sequence[tuple[str, float]], places: Sequence[Place]) -> list[str]:
    """The characters (text, frame) that belong to each token: cut half-way between one token's end and the next's start.

    Of tokens on the same frames (the bytes of one character), the last one has them.

    >>> said_on([("a", 0), (" ", 3.5), ("b", 5)], [(0, 2), (4, 6)])
    ['a', ' b']
    """
    said = [""] * len(places)
    cuts = [(end + first) / 2 for (_, end), (first, _) in pairwise(places)]
    for text, frame in characters:
        said[sum(cut <= frame + 0.5 for cut in cuts)] += text
    return said
