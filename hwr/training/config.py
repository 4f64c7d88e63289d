"""Everything a training run is told, in one dataclass: the command line, the YAML file and the form are made from it."""

from __future__ import annotations

import dataclasses
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

from hwr.errors import InputError
from hwr.language.config import OBJECTIVES, ConnectorConfig


@dataclass
class DataConfig:
    """One supply of lines.

    kind: `lines` an imagefolder directory or ZIP; `strokes` a pen stroke file; `fonts` a directory of typefaces.
    split: which split of it (None: all). weight: its share among the sources. text: paragraphs to write (strokes, fonts).
    loose: share of stroke lines made of random words instead of sentences. texts_from: an imagefolder whose texts are
    drawn too (fonts).
    """

    path: str
    kind: Literal["lines", "strokes", "fonts"] = "lines"
    split: str | None = "train"
    weight: float = 1.0
    text: str | None = None
    loose: float = 0.5
    texts_from: str | None = None
    lines: int | None = None


@dataclass
class TrainConfig:
    """A training run. Lengths in steps are optimizer steps; learning rates are per step of the whole batch.

    data: what to learn from. validation: what chooses the best checkpoint (imagefolder sets; `lines` caps each).
    init: checkpoint to start from (directory or Hub id), else fresh weights of `preset`. mobilevit_patch: put fresh
    MobileViT blocks with such patches after its pools (0: none). characters: the charset; None: the checkpoint's, or the
    characters of the data. augment: vary scanned lines. shortcut_weight: s in ctc + s * shortcut_ctc. ema: decay of the
    averaged weights that are validated and saved (0: off). keep_every: keep a checkpoint of every so many steps (0: only
    the best and the last). seconds: stop, and end the learning rate's fall, after so long at the latest (0: no limit);
    such a run depends on the machine's speed.

    connectors: what teaches the recogniser language, one a tap; none: CTC alone. language_model, keep_layers: the frozen
    model (see `FrozenLM.load`). objective: surrogate or prefix. lm_weight, kl_weight: a and b of the total
    ctc + s * shortcut_ctc + sum over taps of w * (a * L_LM + b * KL). lm_share: share of a batch's lines that the model
    reads. connector_warmup: first steps in which the connectors learn from whole batches and the recogniser rests.
    """

    data: list[DataConfig] = field(default_factory=list)
    validation: list[DataConfig] = field(default_factory=list)
    preset: str = "small"
    init: str | None = None
    mobilevit_patch: int = 0
    characters: str | None = None
    extend_charset: bool = True
    augment: bool = True
    steps: int = 1000
    batch_size: int = 16
    learning_rate: float = 1.1e-3
    final_learning_rate: float = 1e-6
    warmup: int = 200
    weight_decay: float = 0.01
    clip_norm: float = 5.0
    shortcut_weight: float = 0.1
    ema: float = 0.0
    seed: int = 0
    max_width: int = 2048
    workers: int = 0
    threads: int = 0
    log_every: int = 20
    validate_every: int = 500
    checkpoint_every: int = 500
    keep_every: int = 0
    samples: int = 8
    seconds: float = 0.0
    connectors: list[ConnectorConfig] = field(default_factory=list)
    language_model: str = "default"
    keep_layers: int | None = None
    objective: str = "surrogate"
    lm_weight: float = 0.1
    kl_weight: float = 0.0
    lm_share: float = 0.125
    connector_warmup: int = 0
    connector_learning_rate: float = 1e-3

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size", "log_every", "validate_every", "checkpoint_every", "max_width"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} must be at least 1, not {getattr(self, name)}.")
        for name in ("keep_every", "seconds", "mobilevit_patch"):
            if getattr(self, name) < 0:
                raise InputError(f"{name} must not be below 0, and is {getattr(self, name)}.")
        if not self.learning_rate > 0:
            raise InputError(f"learning_rate must be above 0, not {self.learning_rate}.")
        if not 0 <= self.ema < 1:
            raise InputError(f"ema must be at least 0 and below 1, not {self.ema}.")
        if self.connectors:
            self._check_connectors()

    @property
    def resting_steps(self) -> int:
        """First steps in which the recogniser rests: none where there is no connector to warm up."""
        return self.connector_warmup if self.connectors else 0

    def _check_connectors(self) -> None:
        taps = [connector.tap for connector in self.connectors]
        if len(set(taps)) < len(taps):
            raise InputError(f"Each tap can have one connector; the configuration lists {', '.join(taps)}.")
        if self.objective not in OBJECTIVES:
            raise InputError(f"objective must be one of {', '.join(OBJECTIVES)}, not {self.objective!r}.")
        if min(self.lm_weight, self.kl_weight) < 0 or self.lm_weight + self.kl_weight == 0:
            raise InputError("lm_weight and kl_weight must not be below 0, and one of them must be above it.")
        if not 0 < self.lm_share <= 1:
            raise InputError(f"lm_share must be above 0 and at most 1, not {self.lm_share}.")
        if not 0 <= self.connector_warmup < self.steps:
            raise InputError(f"connector_warmup must be between 0 and steps - 1, not {self.connector_warmup}.")
        if not self.connector_learning_rate > 0:
            raise InputError(f"connector_learning_rate must be above 0, not {self.connector_learning_rate}.")

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> TrainConfig:
        """Raises InputError that names a field that does not exist or has the wrong form."""
        try:
            values = dict(values)
            for name in ("data", "validation"):
                values[name] = [DataConfig(**source) for source in values.get(name) or []]
            values["connectors"] = [ConnectorConfig(**connector) for connector in values.get("connectors") or []]
            return cls(**values)
        except (TypeError, ValueError) as error:
            if isinstance(error, InputError):
                raise
            message = re.sub(r"(TrainConfig|DataConfig|ConnectorConfig)\.__init__\(\) ", "", str(error))
            raise InputError(f"The training configuration is not usable: {message}.") from None

    @classmethod
    def load(cls, path: Path) -> TrainConfig:
        """Read YAML (or JSON, which is YAML too); `$NAME` stands for an environment variable."""
        try:
            values = yaml.safe_load(os.path.expandvars(Path(path).read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise InputError(f"There is no configuration file at {path}.") from None
        except yaml.YAMLError as error:
            raise InputError(f"{path} is not valid YAML: {error}") from None
        if not isinstance(values, dict):
            raise InputError(f"{path} must hold a mapping of field names to values.")
        return cls.from_dict(values)

    def save(self, path: Path) -> None:
        """Write YAML that `load` reads back."""
        Path(path).write_text(yaml.safe_dump(self.to_dict(), sort_keys=False, allow_unicode=True), encoding="utf-8")
