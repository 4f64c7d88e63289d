"""What a frozen language model teaches a connector: the losses, in memory that does not grow with V.

The model reads y_1..y_n (tokens of the true text) or E_1..E_N (a connector's embeddings); n tokens, N positions, V
vocabulary, H hidden size, M predicted tokens of all lines of a batch.

    surrogate   reads E_1..E_N in place of the tokens; position t predicts y_{t+1}, and y_{n+1} is the end
                (y_1 is predicted by nothing). The reference reads y_1..y_n. Positions past n are ignored; where N < n the
                tokens past y_{N+1} are cut off, and counted.
    prefix      reads [E_1..E_N, y_1..y_n]: position N predicts y_1, position N + t predicts y_{t+1}; the end is not
                predicted. The reference reads [start, y_1..y_n].
    L_LM        -log P of the predicted tokens, the mean over a line's n
    KL          sum_v Q(v) (log Q(v) - log P(v)) at each predicted token, Q the reference, P the connector; the mean

Nothing that the model reads has a start token before E_1, nor before y_1 where E stands in for y.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from hwr.decoding.alignment import align
from hwr.errors import InputError
from hwr.language.causal_lm import FrozenLM
from hwr.language.config import OBJECTIVES, Objective
from hwr.language.connector import Connector
from hwr.language.places import TokenPlaces, token_places
from hwr.recognizer.charset import Charset, normalize_text
from hwr.recognizer.network import Recognizer, padded_width

CHUNK_LOGITS = 1 << 20  # logits that are held at once
CACHE_NUMBERS = 1 << 24  # of reference hidden states that are kept (64 MB)


@dataclass(frozen=True)
class Predictions:
    """Hidden states whose next token is known, those of all lines one after the other.

    hidden: (M, H), what the model's head turns into logits. targets: (M,) token ids. lines: (M,), which line each
    belongs to. tokens: (M,), which token of it is predicted (0 for y_1, n for the end). cut: tokens past N, in all.
    """

    hidden: Tensor
    targets: Tensor
    lines: Tensor
    tokens: Tensor
    cut: int = 0

    def mean_by_line(self, values: Tensor, batch: int) -> Tensor:
        """Mean of values (M,) over the predicted tokens of each line, (batch,)."""
        sums = values.new_zeros(batch).index_add(0, self.lines, values)
        return sums / torch.bincount(self.lines, minlength=batch).clamp(min=1)


class Teacher:
    """A frozen language model that reads embeddings, and remembers what it expects of texts it has read.

    References are hidden states in front of the head (H numbers a token, not V), the latest `cache_numbers` of them.
    """

    def __init__(self, lm: FrozenLM, objective: Objective = "surrogate", cache_numbers: int = CACHE_NUMBERS) -> None:
        """Raises InputError for an unknown objective, an unusual head, or (`surrogate`) a missing end token."""
        if objective not in OBJECTIVES:
            raise InputError("language.no_objective", objective=objective, objectives=", ".join(OBJECTIVES))
        if objective == "surrogate" and lm.end_id is None:
            raise InputError("language.no_eos_for_surrogate", lm=lm.name)
        self.lm, self.objective = lm, objective
        self.body = lm.model.base_model
        self.head = cast(nn.Module, lm.model.get_output_embeddings())
        self.embedding = cast(nn.Module, lm.model.get_input_embeddings())
        self.deviation = float(cast(Tensor, self.embedding.weight).float().std())
        self._cache: OrderedDict[tuple[int, ...], Tensor] = OrderedDict()
        self._cached, self._cache_numbers = 0, cache_numbers
        self._check_head()

    @torch.no_grad()
    def _check_head(self) -> None:
        """Refuse a model that does something to its logits after the head, which chunks would leave out."""
        ids = torch.tensor([self.lm.start_ids], device=self.lm.device)
        if not torch.allclose(self.head(self._read(self.embedding(ids))), self.lm.model(ids).logits, atol=1e-4):
            raise InputError("language.changes_logits", name=self.lm.name)

    def _read(self, inputs_embeds: Tensor) -> Tensor:
        """Last hidden states (B, L, H). Padding stands on the right, where a causal model never looks."""
        if inputs_embeds.shape[1] > self.lm.longest:
            raise InputError(
                "language.too_many_positions", name=self.lm.name, longest=self.lm.longest, count=inputs_embeds.shape[1]
            )
        return self.body(inputs_embeds=inputs_embeds, use_cache=False).last_hidden_state

    def predict(self, embeddings: Tensor, lengths: Tensor, ids: Sequence[Sequence[int]]) -> Predictions:
        """Read a connector's embeddings (B, N, D_llm), `lengths` (B,) of them real; ids: the tokens of each text.

        Gradients flow through the model into the embeddings. Raises InputError past the model's longest input.
        """
        counts, sizes = [len(line) for line in ids], lengths.tolist()
        if self.objective == "surrogate":
            used = [min(n, size) for n, size in zip(counts, sizes, strict=True)]
            # What comes after position t does not change what is predicted at t, so it is not even read.
            hidden = self._read(embeddings[:, : max(used)])
            return self._pick(hidden, [0] * len(used), used, ids, sum(counts) - sum(used))
        tokens = self._embed(ids)
        rows = [torch.cat([e[:size], y]) for e, size, y in zip(embeddings, sizes, tokens, strict=True)]
        hidden = self._read(pad_sequence(rows, batch_first=True)[:, :-1])
        return self._pick(hidden, [size - 1 for size in sizes], counts, ids)

    @torch.no_grad()
    def reference(self, ids: Sequence[Sequence[int]]) -> Predictions:
        """Read the true texts; the same tokens are predicted as by embeddings that are long enough."""
        keys = [tuple(line) for line in ids]
        found: dict[tuple[int, ...], Tensor] = {}
        for key in keys:
            if key in self._cache:
                found[key] = self._cache.pop(key)
                self._cached -= found[key].numel()
            else:
                found[key] = self._read_text(key)
            self._cache[key] = found[key]
            self._cached += found[key].numel()
        while self._cached > self._cache_numbers:
            self._cached -= self._cache.popitem(last=False)[1].numel()
        hidden = pad_sequence([found[key] for key in keys], batch_first=True)
        return self._pick(hidden, [0] * len(keys), [len(key) for key in keys], ids)

    def _read_text(self, ids: Sequence[int]) -> Tensor:
        """Hidden states (n, H) at the positions that predict. Texts are read one by one: what is remembered of a text
        must not depend, not even in its last bit, on which others were read with it."""
        inputs = [*self.lm.start_ids, *ids][:-1] if self.objective == "prefix" else ids
        return self._read(self._embed([inputs])[0][None])[0, len(inputs) - len(ids) :].clone()

    def _embed(self, ids: Sequence[Sequence[int]]) -> list[Tensor]:
        """The model's own embeddings of each text, (n, D_llm)."""
        flat = torch.tensor([token for line in ids for token in line], dtype=torch.long, device=self.lm.device)
        return list(self.embedding(flat).split([len(line) for line in ids]))

    def _pick(
        self, hidden: Tensor, starts: list[int], used: list[int], ids: Sequence[Sequence[int]], cut: int = 0
    ) -> Predictions:
        """The `used` states of each line from `starts` on, and the tokens that they predict."""
        device = hidden.device
        first = 1 if self.objective == "surrogate" else 0
        targets = [[*line, self.lm.end_id or 0][first : first + k] for line, k in zip(ids, used, strict=True)]
        lines = torch.repeat_interleave(torch.arange(len(used)), torch.tensor(used)).to(device)
        offsets = torch.cat([torch.arange(k) for k in used]).to(device)
        states = hidden[lines, offsets + torch.tensor(starts, device=device)[lines]]
        flat = torch.tensor([token for line in targets for token in line], dtype=torch.long, device=device)
        return Predictions(states, flat, lines, offsets + first, cut)

    def losses(self, predictions: Predictions, reference: Predictions | None = None) -> tuple[Tensor, Tensor]:
        """-log P of each predicted token and KL(reference || connector) there, (M,) each, nats.

        Without a reference the KL is 0 and costs nothing. Both carry gradients to `predictions.hidden`.
        """
        states = None if reference is None else _matching(predictions, reference)
        return token_losses(predictions.hidden.float(), predictions.targets, states, self.head)


def _matching(predictions: Predictions, reference: Predictions) -> Tensor:
    """The reference's hidden states for the tokens that are predicted: all of them but those cut off."""
    width = int(max(predictions.tokens.max(), reference.tokens.max())) + 1 if len(reference.tokens) else 1
    wanted = predictions.lines * width + predictions.tokens
    there = reference.lines * width + reference.tokens
    return reference.hidden[torch.isin(there, wanted)]


def token_losses(
    hidden: Tensor,
    targets: Tensor,
    reference: Tensor | None,
    head: Callable[[Tensor], Tensor],
    chunk_logits: int = CHUNK_LOGITS,
) -> tuple[Tensor, Tensor]:
    """(-log P(target), KL(Q || P)), (M,) each: P = softmax(head(hidden)), Q = softmax(head(reference)), V at a time.

    hidden, reference (M, H); targets (M,); head: a frozen map (m, H) -> (m, V) in which rows do not meet. The gradients
    are (P - onehot) and (P - Q) through the head, H numbers a row, so they are taken in the forward pass, chunk by
    chunk, and no logits are kept for the backward pass. Equal to `F.cross_entropy` and `F.kl_div` of all logits.
    """
    nll, kl = _TokenLosses.apply(hidden, targets, reference, head, chunk_logits)  # type: ignore[misc]
    return nll, kl


class _TokenLosses(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        hidden: Tensor,
        targets: Tensor,
        reference: Tensor | None,
        head: Callable[[Tensor], Tensor],
        chunk_logits: int,
    ) -> tuple[Tensor, Tensor]:
        nll, kl = hidden.new_zeros(len(hidden)), hidden.new_zeros(len(hidden))
        wanted = ctx.needs_input_grad[0]
        gradients = [torch.zeros_like(hidden) for _ in range(2)] if wanted else []
        rows = max(1, chunk_logits // head(hidden[:1]).shape[1]) if len(hidden) else 1
        for start in range(0, len(hidden), rows):
            piece = slice(start, start + rows)
            with torch.set_grad_enabled(wanted):
                states = hidden[piece].detach().requires_grad_(wanted)
                logits = head(states)
            log_p = logits.detach().log_softmax(-1)
            goal = targets[piece, None]
            nll[piece] = -log_p.gather(1, goal)[:, 0]
            q = None
            if reference is not None:
                log_q = head(reference[piece]).detach().log_softmax(-1)
                q = log_q.exp()
                kl[piece] = (q * (log_q - log_p)).sum(-1)
                del log_q
            if wanted:
                p = log_p.exp_()
                if q is not None:
                    gradients[1][piece] = torch.autograd.grad(logits, states, p - q, retain_graph=True)[0]
                p.scatter_add_(1, goal, p.new_full(goal.shape, -1.0))
                gradients[0][piece] = torch.autograd.grad(logits, states, p)[0]
        ctx.save_for_backward(*gradients)
        return nll, kl

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *incoming: Tensor) -> tuple[Tensor | None, None, None, None, None]:  # type: ignore[override]
        by_nll, by_kl = ctx.saved_tensors
        return incoming[0][:, None] * by_nll + incoming[1][:, None] * by_kl, None, None, None, None


# --- from lines to what a connector is given


@dataclass(frozen=True)
class TokenizedLines:
    """Texts of B lines, normalised, their token ids, and what of them a connector may know."""

    texts: list[str]
    ids: list[list[int]]
    places: TokenPlaces


def tokenize_lines(
    lm: FrozenLM, texts: Sequence[str], charset: Charset, log_probs: Tensor, lengths: Tensor, aligned: bool
) -> TokenizedLines:
    """Tokens of each text and, where `aligned`, the frames they lie on by Viterbi alignment with log_probs (B, T, C).

    Raises InputError when the model cannot spell a text, and when it does not fit the frames of its line.
    """
    texts = [normalize_text(text) for text in texts]
    ids = lm.token_ids(texts)
    if not aligned:
        return TokenizedLines(texts, ids, TokenPlaces(torch.tensor([len(line) for line in ids])))
    labels = [charset.encode(text).labels for text in texts]
    alignments = align(log_probs.detach().float().cpu(), lengths.cpu(), labels)
    spans = [lm.token_spans(text) for text in texts]
    return TokenizedLines(texts, ids, token_places(spans, texts, charset, alignments))


def embed(
    connector: Connector, features: Tensor, frames: int, lengths: Tensor, places: TokenPlaces
) -> tuple[Tensor, Tensor]:
    """A connector's embeddings of features (B, T_tap, D), where the recogniser's output has `frames` and `lengths`."""
    finer = features.shape[1] // frames
    return connector(features.float(), lengths * finer, places.to(features.device).at(finer))


@dataclass(frozen=True)
class LineFeatures:
    """What a recogniser makes of B lines: log_probs (B, T, C), lengths (B,), taps (B, T_tap, D)."""

    log_probs: Tensor
    lengths: Tensor
    taps: dict[str, Tensor]


@torch.no_grad()
def line_features(network: Recognizer, lines: Sequence[np.ndarray], taps: Sequence[str]) -> LineFeatures:
    """Read lines of network pixels (H, W), float32 ink in [0, 1], as one batch, in evaluation mode."""
    was_training, device = network.training, next(network.parameters()).device
    batch = np.zeros((len(lines), lines[0].shape[0], padded_width(max(x.shape[1] for x in lines))), np.float32)
    for row, line in zip(batch, lines, strict=True):
        row[:, : line.shape[1]] = line
    widths = torch.tensor([line.shape[1] for line in lines], device=device)
    output = network.eval()(torch.from_numpy(batch).to(device), widths, tuple(taps))
    network.train(was_training)
    return LineFeatures(output.logits.log_softmax(-1), output.lengths, output.taps)


@dataclass(frozen=True)
class LineLogits:
    """What the reference and a connector's reading expect of one text, token by token.

    text: normalised. token_ids, spans: its tokens and their characters [start, end). predicted: (m,) which token each
    row speaks of (its index, or their number for the end). reference, connector: logits (m, V). kl: (m,) nats. cut:
    tokens past N, which have no row.
    """

    text: str
    token_ids: list[int]
    spans: list[tuple[int, int]]
    predicted: list[int]
    reference: Tensor
    connector: Tensor
    kl: Tensor
    cut: int


@torch.no_grad()
def connector_logits(
    network: Recognizer, charset: Charset, connector: Connector, teacher: Teacher, pixels: np.ndarray, text: str
) -> LineLogits:
    """Both distributions over the next token for one line of network pixels (H, W) and its text.

    Raises InputError for a text that is empty, that the model cannot spell, or that does not fit the line.
    """
    seen = line_features(network, [pixels], [connector.config.tap])
    lines = tokenize_lines(teacher.lm, [text], charset, seen.log_probs, seen.lengths, connector.needs_alignment)
    if not lines.ids[0]:
        raise InputError("language.no_text")
    features = seen.taps[connector.config.tap]
    embeddings = embed(connector, features, seen.log_probs.shape[1], seen.lengths, lines.places)
    ours, reference = teacher.predict(*embeddings, lines.ids), teacher.reference(lines.ids)
    states = _matching(ours, reference)
    _, kl = token_losses(ours.hidden, ours.targets, states, teacher.head)
    spans = teacher.lm.token_spans(lines.texts[0])
    logits = teacher.head(states), teacher.head(ours.hidden)
    return LineLogits(lines.texts[0], lines.ids[0], spans, ours.tokens.tolist(), *logits, kl, ours.cut)
