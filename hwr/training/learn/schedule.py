"""The learning rate of each step, a function of the configuration alone."""

from __future__ import annotations

import math

from hwr.training.config import TrainConfig


def learning_rate(config: TrainConfig, step: int, seconds: float = 0.0) -> float:
    """Linear warm-up, then a cosine down to `final_learning_rate` at the last step, or second if that comes sooner.

    It begins where the connectors' warm-up ends; until then the recogniser rests, and its rate is 0.
    """
    step, steps = step - config.resting_steps, config.steps - config.resting_steps
    if step < config.warmup:
        return config.learning_rate * (step + 1) / config.warmup if step >= 0 else 0.0
    done = (step - config.warmup) / max(1, steps - config.warmup)
    if config.seconds:
        done = max(done, seconds / config.seconds)
    cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, done)))
    return config.final_learning_rate + (config.learning_rate - config.final_learning_rate) * cosine
