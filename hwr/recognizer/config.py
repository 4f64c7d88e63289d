"""Shapes of the recogniser: one frozen dataclass, four presets."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, Literal

from hwr.errors import InputError


@dataclass(frozen=True)
class Stage:
    """A run of residual blocks, and what stands before it.

    `pool` is the (vertical, horizontal) max-pool in front of the blocks; `mobilevit` puts a MobileViT block after the pool.
    """

    blocks: int
    channels: int
    pool: tuple[int, int] | None = None
    mobilevit_patch: int | None = None


@dataclass(frozen=True)
class RecognizerConfig:
    """CNN + BiLSTM + CTC with a convolutional shortcut head (Retsinas et al. 2022, "Best practices for a HTR system").

    Heights and widths are network pixels. `width` is the fixed canvas of the original preprocessing, None for a line as
    wide as it is; the network itself takes any width.
    """

    preset: str
    height: int
    width: int | None
    preprocessing: Literal["ink", "retsinas"]
    stem_channels: int
    stem_kernel: int
    stem_stride: tuple[int, int]
    stages: tuple[Stage, ...]
    lstm_hidden: int
    lstm_layers: int
    dropout: float = 0.2
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

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> RecognizerConfig:
        """Rebuild from JSON. Raises InputError that names the field that is missing or unknown."""
        try:
            values = dict(values)
            values["stem_stride"] = tuple(values["stem_stride"])
            values["stages"] = tuple(
                Stage(**{**stage, "pool": tuple(stage["pool"]) if stage.get("pool") else None})
                for stage in values["stages"]
            )
            return cls(**values)
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"config.json does not describe a recogniser: {error}.") from None

    def replace(self, **changes: Any) -> RecognizerConfig:
        return dataclasses.replace(self, **changes)


_RETSINAS2022 = RecognizerConfig(
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
    "retsinas2022": _RETSINAS2022,
    "retsinas2024": _RETSINAS2022.replace(
        preset="retsinas2024",
        stem_stride=(4, 2),
        stages=(Stage(2, 64), Stage(3, 128, pool=(2, 2)), Stage(2, 256, pool=(2, 2))),
    ),
    "mobilevit": _RETSINAS2022.replace(
        preset="mobilevit",
        stages=(
            Stage(2, 64),
            Stage(4, 128, pool=(2, 2), mobilevit_patch=4),
            Stage(4, 256, pool=(2, 2), mobilevit_patch=8),
        ),
    ),
    "small": RecognizerConfig(
        preset="small",
        height=64,
        width=None,
        preprocessing="ink",
        stem_channels=32,
        stem_kernel=7,
        stem_stride=(4, 2),
        stages=(Stage(1, 32), Stage(2, 64, pool=(2, 2)), Stage(2, 128, pool=(2, 1))),
        lstm_hidden=192,
        lstm_layers=2,
    ),
}


def preset(name: str) -> RecognizerConfig:
    """The preset of that name. Raises InputError that lists the names."""
    if name not in PRESETS:
        raise InputError(f"There is no preset {name!r}; choose one of {', '.join(PRESETS)}.")
    return PRESETS[name]
