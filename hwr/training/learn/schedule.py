"""The learning rate and the language's weight of each step, functions of the configuration alone."""

from __future__ import annotations

import math

from hwr.training.config import TrainConfig


def learning_rate(config: TrainConfig, step: int, seconds: float = 0.0) -> float:
    """Linear warm-up, then a cosine down to `final_learning_rate` at the last step, or second if that comes sooner.

    It begins where the connectors' warm-up ends; until then the recogniser rests, and its rate is 0.
    """
    own = step - config.resting_steps
    if own < config.warmup:
        return config.learning_rate * (own + 1) / config.warmup if own >= 0 else 0.0
    done = _done(config, step, seconds, config.resting_steps + config.warmup)
    cosine = 0.5 * (1 + math.cos(math.pi * done))
    return config.final_learning_rate + (config.learning_rate - config.final_learning_rate) * cosine


def language_factor(config: TrainConfig, step: int, seconds: float = 0.0) -> float:
    """What the language losses are multiplied by: 1, and in the last `lm_fade` of the steps a straight fall to 0."""
    return min(1.0, (1 - _done(config, step, seconds)) / config.lm_fade) if config.lm_fade else 1.0


def _done(config: TrainConfig, step: int, seconds: float, first: int = 0) -> float:
    """The share of the steps from `first` on that lies behind, or of the seconds if that is more."""
    steps = (step - first) / max(1, config.steps - first)
    return min(1.0, max(steps, seconds / config.seconds if config.seconds else 0.0))
