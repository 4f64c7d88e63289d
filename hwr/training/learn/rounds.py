"""Learning without labels: in rounds, texts are proposed for lines that have none, and the sure ones are learned from."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path

import torch

from hwr.data.dataset import LineDataset, Skipped
from hwr.data.supply import LineSource, Source
from hwr.errors import InputError
from hwr.evaluation.evaluate import spread
from hwr.language.n_best import NBestDecoder, default_ngram
from hwr.language.ngram import CharacterNGram
from hwr.reader import Reader
from hwr.recognizer.charset import Charset
from hwr.recognizer.checkpoint import load_checkpoint
from hwr.recognizer.network import Recognizer
from hwr.training.config import TrainConfig
from hwr.training.learn.proposals import Proposal, margin_of_surest, propose, sure_margin, sureness
from hwr.training.lines.sets import held_out, unlabelled_lines, with_proposed
from hwr.training.run.directory import RunDirectory, write_whole

DIRECTORY = "unlabelled"  # of a run: one file a round
VALIDATION_LINES = 200  # that choose what is sure


@dataclass(frozen=True)
class Round:
    """What was proposed in one round.

    number: from 1. step: at which it began. margin: of the least sure text that is learned from. lines: without texts.
    proposals: by line, of those with anything to read.
    """

    number: int
    step: int
    teacher: str
    margin: float
    lines: int
    proposals: dict[str, Proposal]

    @classmethod
    def of(cls, number: int, step: int, teacher: str, margin: float, proposals: dict[str, Proposal | None]) -> Round:
        return cls(number, step, teacher, margin, len(proposals), {line: p for line, p in proposals.items() if p})

    @cached_property
    def sure(self) -> dict[str, Proposal]:
        """What is learned from, by line."""
        return {line: p for line, p in self.proposals.items() if p.margin >= self.margin}

    @property
    def changed(self) -> int:
        """How many sure texts differ from the greedy ones."""
        return sum(p.text != p.greedy for p in self.sure.values())

    @classmethod
    def read_from(cls, path: Path) -> Round:
        """Raises InputError for a file that is not what `write` wrote."""
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            proposals = {line: Proposal(**fields) for line, fields in values["proposals"].items()}
            names = ("number", "step", "teacher", "margin", "lines")
            return cls(**{name: values[name] for name in names}, proposals=proposals)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            raise InputError("training.bad_round", path=path) from None

    def write(self, path: Path) -> None:
        """The fields, and how many texts are there, sure, and not the greedy ones, for whoever reads the file."""
        counts = {"read": len(self.proposals), "sure": len(self.sure), "changed": self.changed}
        fields = asdict(self)
        proposals = fields.pop("proposals")
        path.parent.mkdir(exist_ok=True)
        write_whole(path, json.dumps({**fields, **counts, "proposals": proposals}, ensure_ascii=False, indent=1))


class Rounds:
    """The rounds of one run. A round is written to `unlabelled/round-N.json`, so that a run goes on with the same texts."""

    def __init__(self, config: TrainConfig, run: RunDirectory, labelled: Source) -> None:
        self.config, self.run, self.labelled = config, run, labelled

    def starts(self, steps_a_chunk: int) -> list[int]:
        """First steps of the rounds, at the beginnings of chunks. Raises InputError for more rounds than chunks."""
        if not self.config.unlabelled:
            return [0]
        chunks, rounds = -(-self.config.steps // steps_a_chunk), self.config.rounds
        if chunks < rounds:
            needed = (rounds - 1) * steps_a_chunk + 1
            raise InputError("training.unlabelled_rounds", rounds=rounds, needed=needed, steps=self.config.steps)
        return [round(k * chunks / rounds) * steps_a_chunk for k in range(rounds)]

    @cached_property
    def unlabelled(self) -> LineDataset:
        found = unlabelled_lines(self.config)
        if found.skipped:
            first: Skipped = found.skipped[0]
            left_out = f"{len(found.skipped)} pictures are left out: {first.file}: {first.reason}"
            self.run.log(f"{len(found)} lines without texts; {left_out}")
        return found

    def path(self, number: int) -> Path:
        return self.run.path / DIRECTORY / f"round-{number}.json"

    def read(self, number: int) -> Round:
        """A round that has begun. Raises InputError where its file is damaged."""
        return Round.read_from(self.path(number))

    def begin(self, number: int, step: int, network: Recognizer, charset: Charset) -> None:
        """Propose texts with these weights, and keep them; nothing is done where the round began before.

        Raises InputError when no text is sure enough, and as `propose` does.
        """
        if self.path(number).exists():
            return
        found = self._propose(number, step, network, charset)
        if not found.sure and number > 1:
            found = replace(self.read(number - 1), number=number, step=step)
            self.run.log(f"round {number}: no line is sure; the texts of the round before stay")
        if not found.sure:
            raise InputError("training.none_sure", lines=len(found.proposals))
        found.write(self.path(number))
        self.run.log(
            f"round {number}: {len(found.sure)} of {found.lines} lines are sure (margin {found.margin:.3f} nats per "
            f"character); {found.changed} of their texts are not the greedy ones"
        )

    def _propose(self, number: int, step: int, network: Recognizer, charset: Charset) -> Round:
        config = self.config
        with torch.random.fork_rng():  # a network that is loaded draws weights first
            start = load_checkpoint(config.init or "")
        reader = Reader(replace(start, network=network, charset=charset))
        decoder = NBestDecoder(charset, self.ngram)
        records = self.unlabelled.records
        proposals = propose(reader, records, config.teacher, config.language_model, decoder=decoder)
        surest = config.surest
        margin = self._validated_margin(reader, decoder) if surest is None else margin_of_surest(proposals, surest)
        return Round.of(number, step, config.teacher, margin, dict(zip(self._names(), proposals, strict=True)))

    @cached_property
    def ngram(self) -> CharacterNGram:
        """What leads the beam. Raises InputError where it cannot be had."""
        return default_ngram() if self.config.ngram == "default" else CharacterNGram.load(Path(self.config.ngram))

    def _validated_margin(self, reader: Reader, decoder: NBestDecoder) -> float:
        records = spread([r for part in held_out(self.config) for r in part.records], VALIDATION_LINES)
        proposals = propose(reader, records, self.config.teacher, self.config.language_model, decoder=decoder)
        margin = sure_margin(proposals, [record.text for record in records])
        return math.inf if margin is None else margin

    def _names(self) -> list[str]:
        return [f"{r.archive}!{r.image}" if r.archive else str(r.image) for r in self.unlabelled]

    def source(self, found: Round) -> Source:
        """Labelled lines, and beside them those with a sure text, the surer the more often."""
        sure = [
            (replace(record, text=p.text), p.margin)
            for record, name in zip(self.unlabelled.records, self._names(), strict=True)
            if (p := found.sure.get(name))
        ]
        records, margins = zip(*sure, strict=True)
        proposed = LineSource(Path(self.config.unlabelled[0].path), None, self.config.augment, sureness(margins))
        proposed.dataset = LineDataset(list(records))
        return with_proposed(self.config, self.labelled, proposed)
