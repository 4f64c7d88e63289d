"""A recogniser on disk: a directory with config.json, model.safetensors, charset.json and README.md (model card)."""

from __future__ import annotations

import ctypes
import errno
import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import NoneType
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from hwr.errors import InputError
from hwr.files import LARGEST_JSON, check_regular, read_json
from hwr.recognizer.charset import Charset
from hwr.recognizer.config import RecognizerConfig
from hwr.recognizer.network import Recognizer

FORMAT = 1
CONFIG, WEIGHTS, CHARSET, CARD = "config.json", "model.safetensors", "charset.json", "README.md"
RESCORING = "rescoring.json"


@dataclass
class Checkpoint:
    """A network with what is needed to read with it.

    temperature: divides the logits so that confidences are calibrated. info: free facts for the model card (data,
    metrics, command, commit, hours). card: the README.md that lay beside the weights. rescoring: the weights of language
    that validation chose for this network, one entry a language model (`hwr.evaluation.rescoring.tune_rescoring`).
    """

    network: Recognizer
    charset: Charset
    temperature: float = 1.0
    info: dict[str, Any] = field(default_factory=dict)
    name: str = ""
    card: str = ""
    rescoring: list[dict[str, Any]] = field(default_factory=list)

    @property
    def config(self) -> RecognizerConfig:
        return self.network.config


def save_checkpoint(
    checkpoint: Checkpoint,
    directory: Path,
    *,
    half: bool = False,
    card: str | None = None,
    beside: Callable[[Path], None] | None = None,
) -> None:
    """Write a checkpoint directory, all of it or none: it is written beside its place and then moved there.

    half: matrices and kernels in fp16 (norms and biases stay fp32). beside: writes what else belongs into the directory.
    """
    directory = Path(directory)
    new = directory.with_name(f".{directory.name}.new-{os.getpid()}")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    state = checkpoint.network.state_dict()
    if half:
        state = {k: v.half() if v.is_floating_point() and v.ndim >= 2 else v for k, v in state.items()}
    try:
        save_file({k: v.detach().cpu().contiguous() for k, v in state.items()}, new / WEIGHTS)
    except SafetensorError as error:  # which it raises for a full disk, too
        raise OSError(errno.EIO, str(error), str(new / WEIGHTS)) from None
    checkpoint.charset.save(new / CHARSET)
    config = {
        "format": FORMAT,
        "recognizer": checkpoint.config.to_dict(),
        "temperature": checkpoint.temperature,
        "info": checkpoint.info,
    }
    (new / CONFIG).write_text(json.dumps(config, indent=1, ensure_ascii=False), encoding="utf-8")
    (new / CARD).write_text(card if card is not None else model_card(checkpoint), encoding="utf-8")
    if beside is not None:
        beside(new)
    replace_directory(new, directory)


def replace_directory(new: Path, directory: Path) -> None:
    """Put `new` in the place of `directory`.

    Linux swaps the two in one step, so `directory` is there at every moment. Elsewhere a crash between two moves leaves
    the old one aside, and `settle_directories` puts it back.
    """
    old = directory.with_name(f".{directory.name}.old-{os.getpid()}")
    shutil.rmtree(old, ignore_errors=True)
    if not directory.exists():
        new.rename(directory)
        return
    if exchange(new, directory):
        new.rename(old)
    else:
        directory.rename(old)
        new.rename(directory)
    shutil.rmtree(old, ignore_errors=True)


def exchange(first: Path, second: Path) -> bool:
    """Swap two paths in one step; False where the system cannot (renameat2 is of Linux, and not of all file systems)."""
    if sys.platform != "linux":
        return False
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    at_cwd, swap = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    return call is not None and call(at_cwd, os.fsencode(first), at_cwd, os.fsencode(second), swap) == 0


def settle_directories(parent: Path) -> None:
    """Mend what a crash left of `replace_directory` in a directory that nobody else writes to now.

    A directory whose place is empty goes back to it; unfinished new ones and left-over old ones are removed.
    """
    for old in sorted(parent.glob(".*.old-*")):
        place = parent / old.name[1:].rpartition(".old-")[0]
        if not place.exists():
            old.rename(place)
    for rest in [*parent.glob(".*.old-*"), *parent.glob(".*.new*")]:
        shutil.rmtree(rest, ignore_errors=True)


def load_config(source: str | Path) -> RecognizerConfig:
    """The shape of a checkpoint's network alone; errors as `load_checkpoint`."""
    return RecognizerConfig.from_dict(_read_config(resolve(source) / CONFIG)["recognizer"])


def load_checkpoint(source: str | Path) -> Checkpoint:
    """Load a checkpoint from a directory or a Hugging Face Hub id.

    Raises InputError that names the file when something is missing, damaged, or does not fit the rest.
    """
    directory = resolve(source)
    config = _read_config(directory / CONFIG)
    charset = Charset.load(directory / CHARSET)
    try:
        check_regular(directory / WEIGHTS)
        state = load_file(directory / WEIGHTS)
    except FileNotFoundError:
        raise InputError("recognizer.no_weights", directory=directory, weights=WEIGHTS) from None
    except (SafetensorError, OSError, ValueError) as error:
        raise InputError("recognizer.weights_damaged", path=directory / WEIGHTS, error=error) from None
    shape = RecognizerConfig.from_dict(config["recognizer"])
    classes = len(state["head.bias"]) if "head.bias" in state else charset.classes
    if classes != charset.classes:
        raise InputError(
            "recognizer.other_charset", directory=directory, characters=charset.classes - 1, classes=classes - 1
        )
    with torch.device("meta"):  # takes no memory, whatever the config asks for
        check_state(shape.build(charset.classes), state, str(directory / WEIGHTS))
    network = shape.build(charset.classes)
    load_state(network, state, str(directory / WEIGHTS))
    network.eval()
    return Checkpoint(
        network,
        charset,
        config["temperature"],
        config["info"],
        name=_name(source),
        card=_read_card(directory / CARD),
        rescoring=_read_rescoring(directory / RESCORING),
    )


def load_state(network: Recognizer, state: dict[str, Tensor], origin: str) -> None:
    """Copy weights into a network. Raises InputError as `check_state`."""
    check_state(network, state, origin)
    network.load_state_dict({k: v.to(network.state_dict()[k].dtype) for k, v in state.items()})


def check_state(network: Recognizer, state: dict[str, Tensor], origin: str) -> None:
    """Raise InputError that names the first tensor that is missing, left over, misshapen or holds what is no number."""
    own = network.state_dict()
    wrong = [f"{k} is missing" for k in own if k not in state]
    wrong += [f"{k} is not part of this network" for k in state if k not in own]
    wrong += [
        f"{k} has shape {tuple(state[k].shape)} instead of {tuple(own[k].shape)}"
        for k in own
        if k in state and own[k].shape != state[k].shape
    ]
    if wrong:
        raise InputError("recognizer.other_shape", origin=origin, wrong=wrong[0], count=len(wrong))
    for key, value in state.items():
        if value.is_floating_point() and not torch.isfinite(value).all():
            raise InputError("recognizer.no_numbers", origin=origin, key=key)


def extend_network(network: Recognizer, charset: Charset) -> Recognizer:
    """The same network with output rows for a larger charset; old rows are kept, new ones start small."""
    if charset.classes < network.classes:
        raise InputError("recognizer.charset_too_small", characters=charset.classes - 1)
    wider = network.config.build(charset.classes)
    state = wider.state_dict()
    for key, value in network.state_dict().items():
        if state[key].shape == value.shape:
            state[key] = value
        else:
            state[key][: len(value)] = value
            if key.endswith("bias"):  # unseen characters must not be guessed before they are learned
                state[key][len(value) :] = value[1:].min() - 2.0
            else:
                state[key][len(value) :] *= 0.1
    wider.load_state_dict(state)
    return wider


def resolve(source: str | Path, *also: str) -> Path:
    """The local directory of a checkpoint given as a path or a Hub id (fetched into the Hub's cache).

    also: patterns of more files to fetch than reading needs.
    """
    path = Path(source)
    if path.is_dir():
        return path
    if path.exists():
        raise InputError("recognizer.is_a_file", path=path, config=CONFIG, weights=WEIGHTS, charset=CHARSET)
    text = str(source)
    if text.count("/") != 1 or text.startswith((".", "/")):
        raise InputError("recognizer.no_directory", text=text)
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(text, allow_patterns=[CONFIG, WEIGHTS, CHARSET, CARD, RESCORING, *also]))
    except Exception as error:
        reason = type(error).__name__
        raise InputError("recognizer.no_checkpoint", text=text, reason=reason) from None


def _name(source: str | Path) -> str:
    path = Path(source)
    return path.resolve().name if path.is_dir() else str(source)


def _read_config(path: Path) -> dict[str, Any]:
    try:
        config = read_json(path)
    except FileNotFoundError:
        raise InputError("recognizer.no_config", parent=path.parent, config=CONFIG) from None
    if not isinstance(config, dict) or "recognizer" not in config:
        raise InputError("recognizer.no_recogniser", path=path)
    if config.get("format") != FORMAT:
        raise InputError("recognizer.format", path=path, found=config.get("format"), format=FORMAT)
    temperature, info = config.setdefault("temperature", 1.0), config.setdefault("info", {})
    if isinstance(temperature, bool) or not isinstance(temperature, (int, float)) or not 1e-3 <= temperature <= 1e3:
        raise InputError("recognizer.temperature", path=path, temperature=temperature)
    if not isinstance(info, dict):
        raise InputError("recognizer.info", path=path)
    return config


def _read_card(path: Path) -> str:
    try:
        check_regular(path, LARGEST_JSON)
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""


def _read_rescoring(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    try:
        entries = [{"lm": e["lm"], "ngram": bool(e["ngram"]), "data": str(e["data"])} | e for e in read_json(path)]
        if not all(isinstance(e["lm"], (str, NoneType)) for e in entries):
            raise TypeError
        for entry in entries:
            entry |= {name: float(entry[name]) for name in ("alpha", "beta", "gamma")}
        return entries
    except (ValueError, KeyError, TypeError, OSError):
        raise InputError("recognizer.bad_rescoring", path=path) from None


def write_rescoring(directory: Path, entries: list[dict[str, Any]]) -> None:
    """Store the weights of language beside a checkpoint that lies in `directory`; they are `Checkpoint.rescoring`."""
    new = Path(directory) / f".{RESCORING}.new-{os.getpid()}"
    new.write_text(json.dumps(entries, indent=1, ensure_ascii=False), encoding="utf-8")
    new.replace(Path(directory) / RESCORING)


def markdown_table(rows: list[dict[str, str]]) -> str:
    """A Markdown table of rows that have the same keys.

    >>> print(markdown_table([{"set": "a", "CER": "1 %"}]))
    | set | CER |
    |---|---|
    | a | 1 % |
    """
    table = [list(rows[0]), *(list(row.values()) for row in rows)]
    lines = ["| " + " | ".join(cells) + " |" for cells in table]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def model_card(checkpoint: Checkpoint) -> str:
    """A README.md for the Hub, made from `checkpoint.info` alone."""
    info = checkpoint.info
    lines = [
        "---",
        "license: apache-2.0",
        "library_name: hwr",
        "pipeline_tag: image-to-text",
        "metrics: [cer, wer]",
        "tags: [handwriting-recognition, ctc]",
        "---",
        f"# {checkpoint.config.preset} handwriting recogniser",
        "",
        f"{checkpoint.config.title}, preset `{checkpoint.config.preset}`, {checkpoint.charset.classes - 1} characters, "
        f"{sum(p.numel() for p in checkpoint.network.parameters()):,} parameters, "
        f"confidence temperature {checkpoint.temperature:.3f}.",
    ]
    for title, value in info.items():
        lines += ["", f"## {title.replace('_', ' ').capitalize()}", ""]
        if isinstance(value, dict):
            lines += [f"- {k}: {v}" for k, v in value.items()]
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            lines.append(markdown_table(value))
        elif isinstance(value, list):
            lines += [f"- {v}" for v in value]
        else:
            lines.append(str(value))
    shown = (c if c != " " else "space" for c in checkpoint.charset.characters)
    lines += ["", "## Characters", "", " ".join(f"`` {c} ``" if c == "`" else f"`{c}`" for c in shown), ""]
    return "\n".join(lines)
