"""The language side of a training run: connectors at the recogniser's taps, and the frozen model that judges them."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import cast

import numpy as np
import torch
from accelerate import Accelerator
from accelerate.utils import broadcast
from torch import Tensor, nn

from hwr.language.causal_lm import FrozenLM
from hwr.language.connector import (
    Connector,
    Connectors,
    TokenPlaces,
    build_connector,
    embedding_size,
    feature_size,
    needs_alignment,
)
from hwr.language.objective import Teacher, TokenizedLines, embed, tokenize_lines
from hwr.recognizer.charset import Charset
from hwr.recognizer.network import Recognizer, RecognizerOutput
from hwr.training.config import TrainConfig
from hwr.training.lines.batches import Batch

ROWS = 2  # tells the generator that chooses rows from those that draw lines


class Teaching:
    """Connectors of one run, and the loss that they pass on: sum over taps of w * (a * L_LM + b * KL)."""

    def __init__(self, config: TrainConfig, network: Recognizer, charset: Charset, accelerator: Accelerator) -> None:
        """Raises InputError when there is no such language model, tap, or (`surrogate`) end token."""
        self.config, self.charset, self.accelerator = config, charset, accelerator
        sizes = {c.tap: feature_size(network, c.tap) for c in config.connectors}
        lm = FrozenLM.load(config.language_model, config.keep_layers, accelerator.device)
        self.teacher = Teacher(lm, config.objective)
        with torch.random.fork_rng():  # a run without connectors draws the same numbers
            torch.manual_seed(config.seed)
            built = {c.tap: build_connector(c, sizes[c.tap], embedding_size(lm)) for c in config.connectors}
        self.modules = nn.ModuleDict(built)
        self._embed = accelerator.prepare(_AllTaps(self.modules))

    @property
    def taps(self) -> tuple[str, ...]:
        return tuple(self.modules)

    def parameters(self) -> list[nn.Parameter]:
        return list(self.modules.parameters())

    def rows(self, step: int, lines: int) -> list[int]:
        """Which lines of the whole batch `step` the model reads: a function of (seed, step), the same in a resumed run."""
        if step < self.config.connector_warmup:
            return list(range(lines))
        count = min(lines, max(1, round(self.config.lm_share * lines)))
        generator = np.random.default_rng((self.config.seed, step, 0, ROWS))
        return sorted(generator.choice(lines, count, replace=False).tolist())

    def loss(self, output: RecognizerOutput, batch: Batch, step: int) -> tuple[Tensor, dict[str, Tensor]]:
        """The weighted loss of the chosen rows, and its parts to log: lm, kl, cut_off (share of tokens past N).

        lm and kl are means over taps, lines and tokens, before any weight; with several taps also `lm/<tap>`, ...
        """
        rows, share = self._my_rows(step, batch.whole)
        lengths = output.lengths[rows].to(output.logits.device)
        aligned = needs_alignment(cast("Iterable[Connector]", self.modules.values()))
        lines = tokenize_lines(
            self.teacher.lm,
            [batch.texts[row] for row in rows],
            self.charset,
            output.logits[rows].log_softmax(-1),
            lengths,
            aligned,
        )
        features = {tap: output.taps[tap][rows].float() for tap in self.taps}
        if step == 0:
            self._match_scales(features, output.logits.shape[1], lengths, lines.places)
        embedded = self._embed(features, output.logits.shape[1], lengths, lines.places)
        loss, parts = self._judge(embedded, lines)
        return share * loss, {name: (share * value).detach() for name, value in parts.items()}

    def _my_rows(self, step: int, lines: int) -> tuple[list[int], float]:
        """The chosen rows among this process's lines, and the factor that makes the mean over processes one over rows.

        A process without a chosen row reads its first one, for nothing: all must take part in the backward pass.
        """
        rank, world = self.accelerator.process_index, self.accelerator.num_processes
        chosen = self.rows(step, lines)
        mine: list[int] = [row // world for row in chosen if row % world == rank]
        return mine if mine else [0], len(mine) * world / len(chosen)

    def _judge(
        self, embedded: dict[str, tuple[Tensor, Tensor]], lines: TokenizedLines
    ) -> tuple[Tensor, dict[str, Tensor]]:
        config = self.config
        reference = self.teacher.reference(lines.ids) if config.kl_weight else None
        total = torch.zeros((), device=self.accelerator.device)
        lm: dict[str, Tensor] = {}
        kl: dict[str, Tensor] = {}
        cut = 0
        for connector in config.connectors:
            ours = self.teacher.predict(*embedded[connector.tap], lines.ids)
            losses = self.teacher.losses(ours, reference)
            by_nll, by_kl = (ours.mean_by_line(x, len(lines.ids)).mean() for x in losses)
            total = total + connector.weight * (config.lm_weight * by_nll + config.kl_weight * by_kl)
            lm[connector.tap], kl[connector.tap], cut = by_nll, by_kl, cut + ours.cut
        logged = {"lm": torch.stack(list(lm.values())).mean()}
        if reference is not None:
            logged["kl"] = torch.stack(list(kl.values())).mean()
        if len(lm) > 1:
            logged |= {f"lm/{tap}": value for tap, value in lm.items()}
            logged |= {f"kl/{tap}": value for tap, value in kl.items() if reference is not None}
        tokens = len(lm) * sum(map(len, lines.ids))
        return total, logged | {"cut_off": total.new_tensor(cut / max(1, tokens))}

    @torch.no_grad()
    def _match_scales(self, features: dict[str, Tensor], frames: int, lengths: Tensor, places: TokenPlaces) -> None:
        """Before the first step: embeddings as large as the model's own, equal in all processes."""
        for tap, connector in self.modules.items():
            connector = cast(Connector, connector)
            finer = features[tap].shape[1] // frames
            here = places.to(lengths.device).at(finer)
            connector.match_scale(self.teacher.deviation, features[tap], lengths * finer, here)
            connector.scale.copy_(cast(Tensor, broadcast(connector.scale.data)))

    def connectors(self, steps: int, weights: dict[str, Tensor] | None = None) -> Connectors:
        """What is saved beside the recogniser, with `weights` (averages, by state name) in the place of the present ones."""
        config, modules = self.config, {}
        for tap, connector in self.modules.items():
            saved = copy.deepcopy(cast(Connector, connector)).eval()
            if weights is not None:
                saved.load_state_dict({key: weights[f"{tap}.{key}"] for key in saved.state_dict()})
            modules[tap] = saved
        training = {
            "objective": config.objective,
            "lm_weight": config.lm_weight,
            "kl_weight": config.kl_weight,
            "lm_share": config.lm_share,
            "connector_warmup": config.connector_warmup,
            "steps": steps,
        }
        return Connectors.of(modules, self.teacher.lm, config.keep_layers, training)


class _AllTaps(nn.Module):
    """All connectors in one forward pass, which is what several processes synchronise."""

    def __init__(self, modules: nn.ModuleDict) -> None:
        super().__init__()
        self.connectors = modules

    def forward(
        self, features: dict[str, Tensor], frames: int, lengths: Tensor, places: TokenPlaces
    ) -> dict[str, tuple[Tensor, Tensor]]:
        return {
            tap: embed(cast(Connector, connector), features[tap], frames, lengths, places)
            for tap, connector in self.connectors.items()
        }
