"""The KL of a connector along a line, as `hwr.inspection.divergence` finds it: plain data that needs no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

DIRECTION = "KL(reference || connector)"


@dataclass(frozen=True)
class TokenChance:
    """A token of the vocabulary and its probability."""

    token: str
    value: float


@dataclass(frozen=True)
class Contribution:
    """One term of a KL: q (log q - log p) of a token, nats, below 0 where the connector expects it more; and q, p."""

    token: str
    term: float
    reference: float
    connector: float


LISTS: dict[str, Any] = {"reference": TokenChance, "connector": TokenChance, "contributors": Contribution}


@dataclass(frozen=True)
class TokenDivergence:
    """Both distributions at the position of one token of the text.

    token: its text, white space included. kl: nats. x0, x1: pixels of the upload, first_frame, last_frame: the frames on
    which the token lies by forced alignment. target: the true token that the position predicts, with its probability in
    both. reference, connector: the likeliest tokens of each, so that the first is what the position predicts.
    contributors: the tokens v with the largest terms q (log q - log p), largest first whatever their sign; all terms of
    the vocabulary together are the KL.
    """

    token: str
    kl: float
    x0: float
    x1: float
    first_frame: int
    last_frame: int
    target: str
    target_reference: float
    target_connector: float
    reference: list[TokenChance]
    connector: list[TokenChance]
    contributors: list[Contribution]

    @property
    def rest(self) -> Contribution:
        """All tokens that are not among the contributors, together: with it, the terms make up the KL, as `to_dict` writes both."""
        terms, reference, connector = (
            sum(_significant(getattr(part, name)) for part in self.contributors)
            for name in ("term", "reference", "connector")
        )
        return Contribution("", round(self.kl, 5) - terms, max(0.0, 1 - reference), max(0.0, 1 - connector))

    def to_dict(self) -> dict[str, Any]:
        return {
            "token": self.token,
            "kl": round(self.kl, 5),
            "x0": round(self.x0, 1),
            "x1": round(self.x1, 1),
            "first_frame": self.first_frame,
            "last_frame": self.last_frame,
            "target": self.target,
            "target_reference": _significant(self.target_reference),
            "target_connector": _significant(self.target_connector),
            **{name: [_row(part) for part in getattr(self, name)] for name in LISTS},
            "rest": _row(self.rest)[1:],
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> TokenDivergence:
        """What `to_dict` wrote."""
        lists: dict[str, Any] = {name: [kind(*row) for row in values[name]] for name, kind in LISTS.items()}
        plain: dict[str, Any] = {name: value for name, value in values.items() if name != "rest"}
        return cls(**(plain | lists))


@dataclass(frozen=True)
class SpokenToken:
    """One token of the text, and what stands for it in three readings of the line.

    token: None after the last one, where the end is predicted. written: the characters of the text that it spells, "" for
    all but the last of those that spell one character together. ctc: what the frames say on its ink. connector, reference: the likeliest token at the position that predicts this one; None where none does (the first token with
    `surrogate`, and tokens cut off).
    """

    token: str | None
    written: str
    ctc: str
    connector: str | None
    reference: str | None
    first_frame: int = -1
    last_frame: int = -1


@dataclass(frozen=True)
class Divergence:
    """The KL of one connector along one line.

    text_from: `given`, or `reading` where the model's own greedy text took its place. ctc: that greedy text. connector,
    reference: the likeliest token of every position, joined: what the model hears from the connector, and what it
    expects from the text. cut: tokens of the text that have no position because N < n. objective: `surrogate` or
    `prefix`. end: the text of the model's end token.
    """

    model: str
    lm: str
    kind: str
    tap: str
    objective: str
    text: str
    text_from: Literal["given", "reading"]
    ctc: str
    tokens: list[TokenDivergence]
    spoken: list[SpokenToken]
    mean_kl: float
    cut: int
    end: str = ""

    @property
    def ends(self) -> bool:
        """Whether the last position predicts the end of the line."""
        return bool(self.spoken) and self.spoken[-1].token is None

    @property
    def mean_kl_inside(self) -> float | None:
        """`mean_kl` without the end of the line; None where nothing else is predicted."""
        inside = self.tokens[:-1] if self.ends else self.tokens
        return sum(round(token.kl, 5) for token in inside) / len(inside) if inside else None

    @property
    def connector(self) -> str:
        return "".join(s.connector or "" for s in self.spoken if s.connector != self.end)

    @property
    def reference(self) -> str:
        return "".join(s.reference or "" for s in self.spoken if s.reference != self.end)

    def to_dict(self) -> dict[str, Any]:
        """The object that `python -m hwr divergence --json` and the web API give."""
        names = ("model", "lm", "kind", "tap", "objective", "text", "text_from")
        return {
            **{name: getattr(self, name) for name in names},
            "direction": DIRECTION,
            "unit": "nats",
            "mean_kl": round(self.mean_kl, 5),
            "mean_kl_inside": None if self.mean_kl_inside is None else round(self.mean_kl_inside, 5),
            "cut": self.cut,
            "end": self.end,
            "texts": {"ctc": self.ctc, "connector": self.connector, "reference": self.reference},
            "tokens": [token.to_dict() for token in self.tokens],
            "spoken": [vars(spoken) for spoken in self.spoken],
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Divergence:
        """What `to_dict` wrote; numbers as rounded there."""
        names = ("model", "lm", "kind", "tap", "objective", "text", "text_from", "mean_kl", "cut", "end")
        return cls(
            **{name: values[name] for name in names},
            ctc=values["texts"]["ctc"],
            tokens=[TokenDivergence.from_dict(token) for token in values["tokens"]],
            spoken=[SpokenToken(**spoken) for spoken in values["spoken"]],
        )


def _significant(value: float) -> float:
    """Four digits that count, however small the probability.

    >>> _significant(0.000123456)
    0.0001235
    """
    return float(f"{value:.4g}")


def _row(part: TokenChance | Contribution) -> list[Any]:
    return [_significant(value) if isinstance(value, float) else value for value in vars(part).values()]
