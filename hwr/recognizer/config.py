"""Shapes of the recogniser: a frozen dataclass for each architecture, four presets of the one that is here."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar

from hwr.errors import InputError

if TYPE_CHECKING:
    from hwr.recognizer.network import Recognizer

Config = TypeVar("Config", bound="RecognizerConfig")


@dataclass(frozen=True)
class Stage:
    """A run of residual blocks, and what stands before it.

    `pool` is the (vertical, horizontal) max-pool in front of the blocks; `mobilevit` puts a MobileViT block after the pool.
    """

    blocks: int
    channels: int
    pool: tuple[int, int] | None = None
    mobilevit_patch: int | None = None


@dataclass(frozen=True, kw_only=True)
class RecognizerConfig:
    """What all architectures are told. A subclass with an `architecture` is one, by that name in config.json.

    Heights and widths are network pixels. `width` is the fixed canvas of the original preprocessing, None for a line as
    wide as it is; a network itself takes any width.
    """

    architecture: ClassVar[str]
    title: ClassVar[str]  # on a model card
    freezable: ClassVar[tuple[str, ...]] = ()  # the names of `Recognizer.parts`

    preset: str
    height: int
    width: int | None
    preprocessing: Literal["ink", "retsinas"]
    dropout: float = 0.2

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        ARCHITECTURES[cls.architecture] = cls

    @property
    def stride(self) -> int:
        """Network pixels from one frame to the next."""
        raise NotImplementedError

    @property
    def tap_names(self) -> tuple[str, ...]:
        """Every place where features can be read."""
        raise NotImplementedError

    @property
    def frame_offset(self) -> float:
        """Network x (continuous, pixel i covers [i, i+1)) of the middle of frame 0; frame t is `stride * t` further on."""
        raise NotImplementedError

    @property
    def width_multiple(self) -> int:
        """Network widths are padded to a multiple of this many pixels, so that all divides evenly."""
        return self.stride

    def build(self, classes: int) -> Recognizer:
        """The network, with fresh weights."""
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        return {"architecture": self.architecture, **dataclasses.asdict(self)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> RecognizerConfig:
        """Rebuild from JSON; without an architecture it is `cnn_blstm`. Raises InputError that names the architecture that
        is not known, or the field that is missing, unknown or out of its bounds."""
        try:
            values = dict(values)
            name = values.pop("architecture", CnnBlstmConfig.architecture)
            if name not in ARCHITECTURES:
                raise InputError("recognizer.no_architecture", name=name, names=", ".join(ARCHITECTURES))
            config = ARCHITECTURES[name].read(values)
            config.check()
        except InputError:
            raise
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError("recognizer.bad_config", error=error) from None
        return config

    @classmethod
    def read(cls, values: dict[str, Any]) -> RecognizerConfig:
        """Of the plain values of JSON, not checked yet."""
        return cls(**values)

    def check(self) -> None:
        """Raise ValueError that names the first field that no network can have; nothing is built for it."""
        if not isinstance(self.preset, str) or len(self.preset) > 60:
            raise ValueError("preset must be a name")
        _check_choice(self, "preprocessing", ("ink", "retsinas"))
        if not isinstance(self.dropout, (int, float)) or not 0 <= self.dropout < 1:
            raise ValueError(f"dropout must be at least 0 and below 1, not {_shown(self.dropout)}")
        _check_bounds(self)

    def replace(self: Config, **changes: Any) -> Config:
        return dataclasses.replace(self, **changes)


ARCHITECTURES: dict[str, type[RecognizerConfig]] = {}


@dataclass(frozen=True, kw_only=True)
class CnnBlstmConfig(RecognizerConfig):
    """CNN + BiLSTM + CTC with a convolutional shortcut head (Retsinas et al. 2022, "Best practices for a HTR system")."""

    architecture = "cnn_blstm"
    title = "CNN + BiLSTM + CTC"
    freezable = ("cnn", "cnn+lstm1")

    stem_channels: int
    stem_kernel: int
    stem_stride: tuple[int, int]
    stages: tuple[Stage, ...]
    lstm_hidden: int
    lstm_layers: int
    shortcut_kernel: int = 3
    mobilevit_dim: int = 80
    mobilevit_heads: int = 8
    mobilevit_mlp: int = 160
    mobilevit_attend: Literal["across", "within"] = "across"

    @property
    def stride(self) -> int:
        """Network pixels from one frame to the next."""
        stride = self.stem_stride[1]
        for stage in self.stages:
            stride *= stage.pool[1] if stage.pool else 1
        return stride

    @property
    def tap_names(self) -> tuple[str, ...]:
        """Every place where features can be read."""
        vits = sum(stage.mobilevit_patch is not None for stage in self.stages)
        names = [f"mobilevit{i + 1}" for i in range(vits)], [f"lstm{i + 1}" for i in range(self.lstm_layers)]
        return (*names[0], "columns", *names[1], "shortcut")

    @property
    def frame_offset(self) -> float:
        """Network x (continuous, pixel i covers [i, i+1)) of the middle of frame 0; frame t is `stride * t` further on."""
        jump = self.stem_stride[1]
        center = 0.5 + (self.stem_kernel - 1) / 2 - self.stem_kernel // 2
        for stage in self.stages:
            if stage.pool:
                center += (stage.pool[1] - 1) / 2 * jump
                jump *= stage.pool[1]
        return center

    @property
    def width_multiple(self) -> int:
        """Network widths are padded to a multiple of this many pixels, so that pools and patches divide evenly."""
        jump = multiple = self.stem_stride[1]
        for stage in self.stages:
            jump *= stage.pool[1] if stage.pool else 1
            multiple = math.lcm(multiple, jump * (stage.mobilevit_patch or 1))
        return multiple

    @property
    def features(self) -> int:
        """D of the `columns` tap, the BiLSTM's input."""
        return self.stages[-1].channels

    def build(self, classes: int) -> Recognizer:
        from hwr.recognizer.network import Recognizer

        return Recognizer(self, classes)

    @classmethod
    def read(cls, values: dict[str, Any]) -> RecognizerConfig:
        stages = (
            Stage(**{**stage, "pool": tuple(stage["pool"]) if stage.get("pool") else None})
            for stage in values["stages"]
        )
        return cls(**{**values, "stem_stride": tuple(values["stem_stride"]), "stages": tuple(stages)})

    def check(self) -> None:
        super().check()
        _check_choice(self, "mobilevit_attend", ("across", "within"))
        if not 1 <= len(self.stages) <= _MOST_STAGES:
            raise ValueError(f"there must be 1 to {_MOST_STAGES} stages, not {len(self.stages)}")
        for stage in self.stages:
            _check_bounds(stage)
        if self.mobilevit_dim % self.mobilevit_heads:
            raise ValueError("mobilevit_dim must be a multiple of mobilevit_heads")


# What fields of whole numbers can be, both ends included; pairs have it for each of the two.
_BOUNDS = {
    "height": (8, 512),
    "width": (8, 16384),
    "stem_channels": (1, 2048),
    "stem_kernel": (1, 31),
    "stem_stride": (1, 8),
    "blocks": (0, 32),
    "channels": (1, 4096),
    "pool": (1, 8),
    "mobilevit_patch": (1, 64),
    "lstm_hidden": (1, 4096),
    "lstm_layers": (1, 12),
    "shortcut_kernel": (1, 31),
    "mobilevit_dim": (1, 4096),
    "mobilevit_heads": (1, 64),
    "mobilevit_mlp": (1, 16384),
}
_MAY_BE_NONE = ("width", "pool", "mobilevit_patch")
_MOST_STAGES = 8


def _check_choice(config: RecognizerConfig, name: str, choices: tuple[str, ...]) -> None:
    if getattr(config, name) not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, not {_shown(getattr(config, name))}")


def _check_bounds(part: RecognizerConfig | Stage) -> None:
    for name, (low, high) in _BOUNDS.items():
        if not hasattr(part, name):
            continue
        value = getattr(part, name)
        if value is None and name in _MAY_BE_NONE:
            continue
        numbers = value if isinstance(value, tuple) else (value,)
        if len(numbers) != (2 if name in ("stem_stride", "pool") else 1):
            raise ValueError(f"{name} must be two numbers, not {_shown(value)}")
        if not all(type(number) is int and low <= number <= high for number in numbers):
            raise ValueError(f"{name} must be a whole number from {low} to {high}, not {_shown(value)}")


def _shown(value: Any) -> str:
    return f"{value!r:.40}"


RETSINAS2022 = CnnBlstmConfig(
    preset="retsinas2022",
    height=128,
    width=1024,
    preprocessing="retsinas",
    stem_channels=32,
    stem_kernel=7,
    stem_stride=(2, 2),
    stages=(Stage(2, 64), Stage(4, 128, pool=(2, 2)), Stage(4, 256, pool=(2, 2))),
    lstm_hidden=256,
    lstm_layers=3,
)

PRESETS: dict[str, RecognizerConfig] = {
    "retsinas2022": RETSINAS2022,
    "retsinas2024": RETSINAS2022.replace(
        preset="retsinas2024",
        stem_stride=(4, 2),
        stages=(Stage(2, 64), Stage(3, 128, pool=(2, 2)), Stage(2, 256, pool=(2, 2))),
    ),
    "mobilevit": RETSINAS2022.replace(
        preset="mobilevit",
        stages=(
            Stage(2, 64),
            Stage(4, 128, pool=(2, 2), mobilevit_patch=4),
            Stage(4, 256, pool=(2, 2), mobilevit_patch=8),
        ),
    ),
    "small": CnnBlstmConfig(
        preset="small",
        height=64,
        width=None,
        preprocessing="ink",
        stem_channels=32,
        stem_kernel=7,
        stem_stride=(4, 2),
        stages=(Stage(1, 32), Stage(2, 96, pool=(2, 2)), Stage(2, 192, pool=(2, 1))),
        lstm_hidden=256,
        lstm_layers=2,
    ),
}


def preset(name: str) -> RecognizerConfig:
    """The preset of that name. Raises InputError that lists the names."""
    if name not in PRESETS:
        raise InputError("recognizer.no_preset", name=name, presets=", ".join(PRESETS))
    return PRESETS[name]
