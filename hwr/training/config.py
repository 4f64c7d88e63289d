"""Everything a training run is told, in one dataclass: the command line, the YAML file and the form are made from it."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

from hwr.errors import InputError


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
    init: checkpoint to start from (directory or Hub id), else fresh weights of `preset`. characters: the charset; None:
    the checkpoint's, or the characters of the data. augment: vary scanned lines. shortcut_weight: s in ctc + s *
    shortcut_ctc. ema: decay of the averaged weights that are validated and saved (0: off).
    """

    data: list[DataConfig] = field(default_factory=list)
    validation: list[DataConfig] = field(default_factory=list)
    preset: str = "small"
    init: str | None = None
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
    samples: int = 8

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size", "log_every", "validate_every", "checkpoint_every", "max_width"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} must be at least 1, not {getattr(self, name)}.")
        if not self.learning_rate > 0:
            raise InputError(f"learning_rate must be above 0, not {self.learning_rate}.")
        if not 0 <= self.ema < 1:
            raise InputError(f"ema must be at least 0 and below 1, not {self.ema}.")

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> TrainConfig:
        """Raises InputError that names a field that does not exist or has the wrong form."""
        try:
            values = dict(values)
            for name in ("data", "validation"):
                values[name] = [DataConfig(**source) for source in values.get(name) or []]
            return cls(**values)
        except (TypeError, ValueError) as error:
            if isinstance(error, InputError):
                raise
            message = str(error).replace("TrainConfig.__init__() ", "").replace("DataConfig.__init__() ", "")
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
