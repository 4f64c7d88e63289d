"""Reading the original `.pt` files: `HTRNet` of Retsinas et al. 2022 and its MobileViT descendants.

The file holds tensors and no configuration, so the configuration is read off the tensors' names and shapes.
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from hwr.errors import InputError
from hwr.files import LARGEST_JSON, check_regular
from hwr.recognizer.charset import Charset
from hwr.recognizer.config import PRESETS, RETSINAS2022, CnnBlstmConfig, Stage

_DROPPED = ("top.llm", "top.connector")
_BLOCK = re.compile(r"features\.features\.cnv(\d+)\.((?:conv[12]|bn[12]|shortcut\.[01])\..+)")
_VIT = re.compile(r"features\.features\.mvit(\d+)\.((?:local|transformer\.layers\.0|fusion)\..+)")
_LSTM = re.compile(r"top\.rec(\d*|N)\.((?:weight|bias)_[ih]h)_l(\d+)(_reverse)?")
_STEM, _HEAD, _SHORTCUT = "features.features.0.", "top.fnl.1.", "top.cnn.1."
_SHOWN = 3  # keys that an error message lists before it counts the rest


@dataclass(frozen=True)
class LegacyImport:
    """An imported checkpoint: `Recognizer(config, charset.classes).load_state_dict(state)` loads it.

    state: float32 tensors under this project's names. dropped: the language-model and connector keys that were left
    out; the recogniser reads without them.
    """

    config: CnnBlstmConfig
    state: dict[str, Tensor]
    charset: Charset
    dropped: list[str]


def load_legacy(
    path: Path,
    charset_path: Path,
    *,
    stem_stride: tuple[int, int] | None = None,
    attend: Literal["across", "within"] = "within",
    mobilevit_heads: int = 8,
    mobilevit_patches: tuple[int, ...] = (4, 8),
) -> LegacyImport:
    """Import a `state_dict` file and the `classes.npy` beside it (sorted characters, label = index + 1).

    Block counts, widths and layers come from the tensors. Four things leave no trace in them and are arguments:
    `stem_stride` (vertical, horizontal pixels; None: (2, 2) for 2/4/4 blocks, else (4, 2)), the heads and the patches
    (pixels of the feature map, one per MobileViT block) and what attends to what. A 2 x 2 pool stands in front of every
    stage but the first; a stage begins where the channels change.

    Nothing but tensors is read from either file: neither can run code. Raises InputError for a file that is missing,
    damaged, holds Python objects, or describes another network, and when classes and output layer disagree.
    """
    state = {key.removeprefix("module."): tensor for key, tensor in _read_tensors(path).items()}
    dropped = [key for key in state if key.startswith(_DROPPED)]
    state = {key: tensor.float() if tensor.is_floating_point() else tensor for key, tensor in state.items()}
    parts = _sort_keys({key: tensor for key, tensor in state.items() if key not in dropped}, path)
    charset = _read_charset(charset_path)
    try:
        config = _infer_config(parts, stem_stride, attend, mobilevit_heads, mobilevit_patches)
        classes = parts.head["weight"].shape[0]
    except KeyError as error:
        raise InputError("recognizer.legacy_lacks", path=path, name=error.args[0]) from None
    except IndexError:
        raise InputError("recognizer.legacy_dimensions", path=path) from None
    if classes != charset.classes:
        raise InputError(
            "recognizer.legacy_classes",
            charset_path=charset_path,
            characters=charset.classes - 1,
            path=path,
            classes=classes,
            expected=classes - 1,
        )
    renamed = _rename(parts, config)
    _check(renamed, config, classes, path)
    return LegacyImport(config, renamed, charset, dropped)


def _read_tensors(path: Path) -> dict[str, Tensor]:
    """The state_dict in the file, unwrapped from {'model' | 'state_dict': ...}."""
    try:
        check_regular(path)
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise InputError("recognizer.legacy_missing", path=path) from None
    except InputError:
        raise
    except Exception as error:  # torch raises a dozen kinds for damaged archives
        refused = re.search(r"GLOBAL ([\w.]+)", str(error)) if isinstance(error, pickle.UnpicklingError) else None
        if refused:
            raise InputError("recognizer.legacy_refused", path=path, refused=refused[1]) from None
        raise InputError("recognizer.legacy_damaged", path=path) from None
    for wrapper in ("state_dict", "model"):
        if isinstance(content, Mapping) and isinstance(content.get(wrapper), Mapping):
            content = content[wrapper]
    if not isinstance(content, Mapping) or not content:
        raise InputError("recognizer.legacy_other_object", path=path, type=type(content).__name__)
    for key, value in content.items():
        if not isinstance(key, str) or not isinstance(value, Tensor) or value.is_sparse or not value.numel():
            raise InputError("recognizer.legacy_not_named", path=path, key=key)
    return dict(content)


def _read_charset(path: Path) -> Charset:
    """`classes.npy`: a one-dimensional array of single characters, in label order."""
    resave = "save it again with np.save('classes.npy', np.array(list, dtype='U1'))"
    try:
        check_regular(path, LARGEST_JSON)
        classes = np.load(path, allow_pickle=False)
    except FileNotFoundError:
        raise InputError("recognizer.legacy_no_classes", path=path) from None
    except Exception as error:  # a damaged header fails in many ways
        if "Object arrays" in str(error):
            raise InputError("recognizer.legacy_refused_array", path=path, resave=resave) from None
        raise InputError("recognizer.legacy_not_numpy", path=path, resave=resave) from None
    if not isinstance(classes, np.ndarray) or classes.ndim != 1 or classes.dtype.kind != "U":
        raise InputError("recognizer.legacy_not_characters", path=path, resave=resave)
    wrong = [str(c) for c in classes if len(str(c)) != 1]
    if wrong:
        raise InputError("recognizer.legacy_not_one_character", path=path, wrong=wrong[0], resave=resave)
    return Charset("".join(str(c) for c in classes))


@dataclass
class _Parts:
    """The original's tensors, sorted by where they belong; inner keys have the module's prefix removed."""

    stem: dict[str, Tensor]
    blocks: list[dict[str, Tensor]]
    vits: list[dict[str, Tensor]]
    lstms: list[dict[str, Tensor]]
    head: dict[str, Tensor]
    shortcut: dict[str, Tensor]


def _sort_keys(state: dict[str, Tensor], path: Path) -> _Parts:
    parts = _Parts({}, [], [], [], {}, {})
    blocks: dict[int, dict[str, Tensor]] = {}
    vits: dict[int, dict[str, Tensor]] = {}
    lstms: dict[tuple[float, int], dict[str, Tensor]] = {}
    plain = {_STEM: parts.stem, _HEAD: parts.head, _SHORTCUT: parts.shortcut}
    unknown = []
    for key, tensor in state.items():
        if match := _BLOCK.fullmatch(key):
            blocks.setdefault(int(match[1]), {})[match[2]] = tensor
        elif match := _VIT.fullmatch(key):
            vits.setdefault(int(match[1]), {})[match[2]] = tensor
        elif match := _LSTM.fullmatch(key):
            # `rec` alone, or `rec1`, `rec2`, ... with `recN` last; each may stack layers _l0, _l1, ...
            module = float("inf") if match[1] == "N" else float(match[1] or 0)
            lstms.setdefault((module, int(match[3])), {})[f"{match[2]}_l0{match[4] or ''}"] = tensor
        elif prefix := next((p for p in plain if key in (f"{p}weight", f"{p}bias")), None):
            plain[prefix][key.removeprefix(prefix)] = tensor
        else:
            unknown.append(key)
    if unknown:
        more = f" and {len(unknown) - _SHOWN} more" if len(unknown) > _SHOWN else ""
        raise InputError("recognizer.legacy_unknown_weights", path=path, unknown=", ".join(unknown[:_SHOWN]), more=more)
    for name, numbers in (("cnv", sorted(blocks)), ("mvit", sorted(vits))):
        if numbers and (numbers[0] > 1 or numbers != list(range(numbers[0], numbers[0] + len(numbers)))):
            raise InputError("recognizer.legacy_numbers", path=path, name=name, numbers=numbers)
    parts.blocks = [blocks[k] for k in sorted(blocks)]
    parts.vits = [vits[k] for k in sorted(vits)]
    parts.lstms = [lstms[k] for k in sorted(lstms)]
    return parts


def _infer_config(
    parts: _Parts,
    stem_stride: tuple[int, int] | None,
    attend: Literal["across", "within"],
    heads: int,
    patches: tuple[int, ...],
) -> CnnBlstmConfig:
    """Read the configuration off the shapes.

    Raises KeyError that names a tensor that is not there, IndexError where one has too few dimensions.
    """
    for name, found in (("the residual blocks (features.features.cnv1)", parts.blocks), ("top.rec", parts.lstms)):
        if not found:
            raise KeyError(name)
    for name, part in ((_STEM, parts.stem), (_HEAD, parts.head), (_SHORTCUT, parts.shortcut)):
        if "weight" not in part:
            raise KeyError(f"{name}weight")
    widths = [block["conv1.weight"].shape[0] for block in parts.blocks]
    runs: list[list[int]] = []  # [channels, blocks] of every stage
    for width in widths:
        if runs and runs[-1][0] == width:
            runs[-1][1] += 1
        else:
            runs.append([width, 1])
    patch_after = _patches_by_channels(parts.vits, [channels for channels, _ in runs[:-1]], patches)
    stages = tuple(
        Stage(blocks, channels)
        if i == 0
        else Stage(blocks, channels, pool=(2, 2), mobilevit_patch=patch_after.get(runs[i - 1][0]))
        for i, (channels, blocks) in enumerate(runs)
    )
    recurrent = parts.lstms[0]["weight_hh_l0"]
    if recurrent.shape[0] != 4 * recurrent.shape[1]:
        raise InputError("recognizer.legacy_no_lstm")
    if stem_stride is None:
        stem_stride = (2, 2) if [blocks for _, blocks in runs] == [2, 4, 4] else (4, 2)
    config = RETSINAS2022.replace(
        preset="custom",
        stem_channels=parts.stem["weight"].shape[0],
        stem_kernel=parts.stem["weight"].shape[-1],
        stem_stride=stem_stride,
        stages=stages,
        lstm_hidden=recurrent.shape[1],
        lstm_layers=len(parts.lstms),
        shortcut_kernel=parts.shortcut["weight"].shape[-1],
    )
    if parts.vits:
        dim = parts.vits[0]["local.3.weight"].shape[0]
        if heads < 1 or dim % heads:
            raise InputError("recognizer.legacy_heads", heads=heads, dim=dim)
        mlp = parts.vits[0]["transformer.layers.0.linear1.weight"].shape[0]
        config = config.replace(mobilevit_dim=dim, mobilevit_heads=heads, mobilevit_mlp=mlp, mobilevit_attend=attend)
    for name, known in PRESETS.items():
        same = {"preset": "custom", "mobilevit_attend": config.mobilevit_attend}
        if isinstance(known, CnnBlstmConfig) and known.replace(**same) == config:
            return config.replace(preset=name)
    return config


def _patches_by_channels(
    vits: list[dict[str, Tensor]], channels_at_pools: list[int], patches: tuple[int, ...]
) -> dict[int, int]:
    """Patch of the MobileViT block behind the pool that has so many channels: {channels: patch}."""
    if len(vits) > len(patches):
        raise InputError("recognizer.legacy_patches", vits=len(vits), patches=len(patches))
    widths = [vit["local.0.weight"].shape[0] for vit in vits]
    if len(set(widths)) < len(widths) or not set(widths) <= set(channels_at_pools):
        raise InputError("recognizer.legacy_channels", widths=widths, channels_at_pools=channels_at_pools)
    return dict(zip(widths, patches, strict=False))


def _rename(parts: _Parts, config: CnnBlstmConfig) -> dict[str, Tensor]:
    """The same tensors under the names of `Recognizer`."""
    kernel = parts.shortcut["weight"]
    if kernel.ndim != 4 or kernel.shape[2] != 1:
        raise InputError("recognizer.legacy_shortcut", shape=tuple(kernel.shape))
    shortcut = {**parts.shortcut, "weight": kernel.squeeze(2)}
    modules = {"stem": parts.stem, "head": parts.head, "shortcut": shortcut}
    blocks, vits = iter(parts.blocks), iter(parts.vits)
    vit_count = 0
    for i, stage in enumerate(config.stages, start=1):
        if stage.mobilevit_patch:
            vit_count += 1
            modules[f"body.mobilevit{vit_count}"] = next(vits)
        for j in range(1, stage.blocks + 1):
            modules[f"body.stage{i}_block{j}"] = next(blocks)
    modules |= {f"lstm.{i}": lstm for i, lstm in enumerate(parts.lstms)}
    return {f"{name}.{key}": tensor for name, module in modules.items() for key, tensor in module.items()}


def _check(state: dict[str, Tensor], config: CnnBlstmConfig, classes: int, path: Path) -> None:
    """Every tensor that the network has is there in its shape, and no other."""
    with torch.device("meta"):
        expected = {key: tuple(tensor.shape) for key, tensor in config.build(classes).state_dict().items()}
    for key in expected:
        if key.endswith("num_batches_tracked"):  # files of old PyTorch versions do not have it
            state.setdefault(key, torch.tensor(0))
    given = {key: tuple(tensor.shape) for key, tensor in state.items()}
    missing = [key for key in expected if key not in given]
    extra = [key for key in given if key not in expected]
    wrong = [key for key in expected if key in given and given[key] != expected[key]]
    for keys, complaint in ((missing, "lacks the weights of"), (extra, "has superfluous weights for")):
        if keys:
            more = f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else ""
            raise InputError(
                "recognizer.legacy_keys", path=path, complaint=complaint, keys=", ".join(keys[:_SHOWN]), more=more
            )
    if wrong:
        key = wrong[0]
        raise InputError("recognizer.legacy_shape", path=path, key=key, given=given[key], expected=expected[key])
