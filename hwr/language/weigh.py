"""A language model weighed before it is built: what its config.json asks for against what its weight files hold."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

import torch

from hwr.errors import InputError
from hwr.files import check_regular, read_json
from hwr.machine import main_memory

BYTES_A_NUMBER = 4  # models are held in fp32
LARGEST_BUFFERS = 1 << 28  # numbers that a model may hold beside its weights: masks, positions
_SLACK = 1.01  # a file may hold fewer numbers than its model by what is padded
_READ, _LARGEST_FILE = (".json", ".txt", ".model", ".jinja"), 64 * 2**20  # a tokenizer's files, and their most bytes


def weigh(name: str, directory: Path) -> None:
    """Raise InputError for a model that its weight files cannot fill, or that the memory cannot hold; nothing is built.

    What the config asks for is counted on a network without memory, and only once its layers are known to be as few as
    the tensors in the files.
    """
    config = read_json(directory / "config.json")
    for path in directory.iterdir():
        if path.suffix in _READ:
            check_regular(path, _LARGEST_FILE)
    shapes = _shapes(name, directory)
    held = sum(map(prod, shapes))
    for key, count in _counts(config):
        most = len(shapes) if "layer" in key else max(len(shapes), *map(max, filter(None, shapes)), 0)
        if count > most:
            raise InputError("language.not_together", name=name, key=key, count=count, shapes=len(shapes))
    wanted, buffers = _asked(name, directory)
    if wanted > held * _SLACK:
        raise InputError("language.part_of_a_model", name=name, wanted=wanted, held=held)
    if buffers > LARGEST_BUFFERS:
        raise InputError("language.huge_tables", name=name, buffers=buffers)
    free, _ = main_memory()
    if (need := BYTES_A_NUMBER * (wanted + buffers)) > free:
        raise InputError("language.needs_memory", name=name, need=need / 2**30, free=free / 2**30)


def _shapes(name: str, directory: Path) -> list[tuple[int, ...]]:
    """The shapes of all tensors in the weight files, read from their headers."""
    from safetensors import SafetensorError, safe_open

    shapes: list[tuple[int, ...]] = []
    for path in sorted(directory.glob("*.safetensors")):
        check_regular(path)
        try:
            with safe_open(path, framework="pt") as file:
                shapes += [tuple(file.get_slice(key).get_shape()) for key in file.keys()]  # noqa: SIM118
        except (SafetensorError, OSError) as error:
            raise InputError("language.file_damaged", file=path.name, name=name, error=error) from None
    if not shapes:
        raise InputError("language.no_weights", name=name)
    return shapes


def _counts(config: Any) -> Iterator[tuple[str, int]]:
    """Whole numbers of a config, at any depth, that say how many modules there are."""
    items = config.items() if isinstance(config, dict) else enumerate(config) if isinstance(config, list) else ()
    for key, value in items:
        if isinstance(value, (dict, list)):
            yield from _counts(value)
        elif isinstance(value, int) and any(word in str(key) for word in ("layer", "expert", "block")):
            yield str(key), value


def _asked(name: str, directory: Path) -> tuple[int, int]:
    """How many parameters and numbers in buffers the config describes."""
    from transformers import AutoConfig, AutoModelForCausalLM

    try:
        config = AutoConfig.from_pretrained(directory, local_files_only=True, trust_remote_code=False)
        with torch.device("meta"):
            model = AutoModelForCausalLM.from_config(config, trust_remote_code=False)
    except Exception as error:  # transformers and its parts raise many kinds
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise InputError("language.not_loaded", name=name, error=reason) from None
    parameters = sum(p.numel() for p in model.parameters())
    return parameters, sum(b.numel() for b in model.buffers())
