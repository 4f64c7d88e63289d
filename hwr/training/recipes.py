"""Ways to fine-tune, as named sets of fields of the training configuration."""

from __future__ import annotations

from typing import Any

from hwr.errors import InputError
from hwr.paths import DEFAULT_MODEL
from hwr.training.config import TrainConfig

RECIPES: dict[str, dict[str, Any]] = {
    # A few dozen lines of one writer, minutes on two cores. Learned fast and saved by about a quarter, it forgets little for what
    # it wins (tests/benchmarks/adaptation.py); lines of the shipped typefaces beside them did not keep more.
    "small_cpu": {
        "steps": 120,
        "batch_size": 8,
        "learning_rate": 1e-3,
        "final_learning_rate": 1e-5,
        "warmup": 10,
        "ema": 0.98,
        "blend": 0.27,
        "log_every": 5,
        "validate_every": 40,
        "checkpoint_every": 40,
        "freeze": "none",
        "connectors": [],
    },
    # The recogniser rests; what a language model can read from it is all that is learned.
    "connector_only": {
        "steps": 1500,
        "batch_size": 16,
        "warmup": 0,
        "ema": 0.0,
        "blend": 1.0,
        "log_every": 20,
        "validate_every": 300,
        "checkpoint_every": 300,
        "freeze": "recogniser",
        "connectors": [{"kind": "qformer", "tap": "lstm1"}],
        "lm_share": 1.0,
        "connector_warmup": 0,
        "connector_learning_rate": 1e-3,
    },
    # All weights, thousands of lines: for a GPU.
    "full": {
        "steps": 10000,
        "batch_size": 32,
        "learning_rate": 1e-3,
        "final_learning_rate": 1e-6,
        "warmup": 500,
        "ema": 0.999,
        "blend": 1.0,
        "log_every": 20,
        "validate_every": 500,
        "checkpoint_every": 500,
        "freeze": "none",
        "connectors": [],
    },
}


def with_recipe(config: TrainConfig, name: str) -> TrainConfig:
    """The configuration with the fields of a recipe; its data, start and seed stay. Raises InputError for no such name.

    A run without a start begins from the shipped checkpoint.
    """
    if name not in RECIPES:
        raise InputError("training.no_recipe", name=name, recipes=", ".join(RECIPES))
    values = config.to_dict() | RECIPES[name]
    return TrainConfig.from_dict(values | {"init": config.init or str(DEFAULT_MODEL)})
