"""A small language model of our own: GPT-2's architecture over byte-level BPE tokens, trained on prose cut as lines are.

A line of handwriting starts and ends anywhere, and nothing is known of what stood before it. So the model learns from
fragments: most of them a few words up to two lines, some long enough to fill its context, each alone behind the start
token. Only a fragment that ends where its paragraph does is followed by the end token.
"""

from __future__ import annotations

import gzip
import json
import math
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional as F

from hwr.data.prose import with_numbers
from hwr.errors import InputError
from hwr.language.ngram import as_lines
from hwr.recognizer.charset import normalize_text
from hwr.training.learn.muon import Muon
from hwr.training.learn.precision import autocast, coarsest_precision

if TYPE_CHECKING:
    from transformers import GPT2LMHeadModel, PreTrainedTokenizerFast

END = "<|endoftext|>"  # before every text and after a finished one, as GPT-2 has it
BATCHES_A_CHUNK = 8  # fragments of this many batches are sorted by length together, so that little is padded
IGNORED = -100


@dataclass
class LMConfig:
    """What the training of a language model is told.

    text: prose, one paragraph a line (plain or .gz). validation: prose that is only measured on. vocabulary: number of
    tokens. context: the most tokens that the model reads at once. long: share of fragments of up to `context` tokens;
    the others have up to `short` characters. batch_tokens: tokens of a batch, padding included. learning_rate: of the
    matrices (Muon); adam_learning_rate: of embeddings, norms and biases. decay: share of the steps, at the end, in
    which the rates fall to 0. numbers: share of the words that become numbers, dates, prices, times and codes, which
    prose has few of. init: directory of a published model whose weights, tokenizer and shape are begun with.
    """

    text: str
    validation: str
    vocabulary: int = 4096
    context: int = 512
    width: int = 256
    layers: int = 4
    heads: int = 4
    steps: int = 2000
    batch_tokens: int = 4096
    long: float = 0.07
    short: int = 160
    learning_rate: float = 0.02
    adam_learning_rate: float = 0.004
    warmup: int = 50
    decay: float = 0.5
    seed: int = 0
    validate_every: int = 500
    numbers: float = 0.0
    init: str = ""


def read_paragraphs(path: str | Path) -> list[str]:
    """The paragraphs of a prose file (one a line, UTF-8, plain or .gz), normalised; empty ones are left out.

    Raises InputError when there is no such file or nothing in it.
    """
    path = Path(path)
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
            paragraphs = [text for line in lines if (text := normalize_text(line))]
    except FileNotFoundError:
        raise InputError("training.no_text_file", path=path) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("training.text_not_utf8", path=path, error=error) from None
    if not paragraphs:
        raise InputError("training.no_paragraph", path=path)
    return paragraphs


def train_tokenizer(paragraphs: Sequence[str], vocabulary: int, context: int) -> PreTrainedTokenizerFast:
    """Byte-level BPE (Sennrich et al. 2016; GPT-2's bytes): it spells every text. A text's first word is read as one
    that stands behind a space, so that a word has the same tokens wherever it stands."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(paragraphs, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token=END, eos_token=END, model_max_length=context, add_prefix_space=True
    )


class Fragments:
    """Batches of token ids cut out of paragraphs; batch k is a pure function of (seed, k)."""

    def __init__(self, paragraphs: Sequence[str], tokenizer: PreTrainedTokenizerFast, config: LMConfig) -> None:
        self.paragraphs, self.tokenizer, self.config = paragraphs, tokenizer, config

    def chunk(self, number: int) -> Iterator[Tensor]:
        """The batches of one chunk, each (rows, length) token ids that start with END, padded with IGNORED."""
        config, rng = self.config, np.random.default_rng((self.config.seed, number))
        rows: list[list[int]] = []
        while sum(map(len, rows)) < BATCHES_A_CHUNK * config.batch_tokens:
            cuts = [self._cut(rng) for _ in range(64)]
            encoded = self.tokenizer([text for text, _ in cuts], add_special_tokens=False, verbose=False)["input_ids"]
            end = self.tokenizer.eos_token_id
            for ids, (_, finished) in zip(encoded, cuts, strict=True):
                rows.append(([end, *ids] + [end] * finished)[: config.context])
        rows.sort(key=len)
        batches: list[list[list[int]]] = [[]]
        for row in rows:
            if len(row) * (len(batches[-1]) + 1) > config.batch_tokens:
                batches.append([])
            batches[-1].append(row)
        for place in rng.permutation(len(batches)):
            yield _padded(batches[place])

    def _cut(self, rng: np.random.Generator) -> tuple[str, bool]:
        """A fragment between two spaces of a random paragraph, and whether it ends where the paragraph does."""
        first = int(rng.integers(len(self.paragraphs)))
        paragraph = self.paragraphs[first]
        if rng.random() < self.config.long:
            wanted = self.config.context * 5  # characters; what is too long for the context is cut off
            while len(paragraph) < wanted and first + 1 < len(self.paragraphs):
                first += 1
                paragraph += " " + self.paragraphs[first]
            return paragraph[:wanted].rpartition(" ")[0] or paragraph[:wanted], False
        size = math.exp(rng.uniform(math.log(4), math.log(self.config.short)))
        start = 0
        if rng.random() < 0.75:
            start = paragraph.find(" ", int(rng.integers(max(1, len(paragraph))))) + 1
        stop = paragraph.find(" ", start + int(size))
        return (paragraph[start:], True) if stop < 0 else (paragraph[start:stop], False)


def _padded(rows: Sequence[Sequence[int]]) -> Tensor:
    ids = torch.full((len(rows), max(map(len, rows))), IGNORED)
    for row, tokens in zip(ids, rows, strict=True):
        row[: len(tokens)] = torch.tensor(tokens)
    return ids


def published_model(directory: str) -> GPT2LMHeadModel:
    """A model that `publish-lm` wrote, in fp32. Raises InputError when the directory holds none."""
    from transformers import GPT2LMHeadModel

    if not all((Path(directory) / name).is_file() for name in ("config.json", "model.safetensors", "tokenizer.json")):
        raise InputError("training.no_published_lm", init=directory)
    kind = json.loads((Path(directory) / "config.json").read_text(encoding="utf-8")).get("model_type")
    if kind != "gpt2":
        raise InputError("training.published_lm_kind", init=directory, kind=kind)
    return GPT2LMHeadModel.from_pretrained(directory, dtype=torch.float32, local_files_only=True)


def shaped_as(model: GPT2LMHeadModel, config: LMConfig) -> LMConfig:
    """The configuration with the shape of a model."""
    shape = model.config
    return replace(
        config,
        vocabulary=shape.vocab_size,
        context=shape.n_positions,
        width=shape.n_embd,
        layers=shape.n_layer,
        heads=shape.n_head,
    )


def new_model(config: LMConfig, tokenizer: PreTrainedTokenizerFast) -> GPT2LMHeadModel:
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(config.seed)
    end = int(tokenizer.convert_tokens_to_ids(END))  # type: ignore[arg-type]
    return GPT2LMHeadModel(
        GPT2Config(
            vocab_size=len(tokenizer),
            n_positions=config.context,
            n_embd=config.width,
            n_layer=config.layers,
            n_head=config.heads,
            activation_function="gelu_pytorch_tanh",  # GPT-2's GELU in one kernel
            resid_pdrop=0.0,
            embd_pdrop=0.0,
            attn_pdrop=0.0,
            bos_token_id=end,
            eos_token_id=end,
        )
    )


class LMTrainer:
    """One training, in a directory that it goes on from when it is called again: config, tokenizer, state, metrics."""

    def __init__(self, directory: Path, config: LMConfig) -> None:
        """Open `directory`, or begin there. Of an older training the number of steps and the rates may be changed."""
        from transformers import PreTrainedTokenizerFast

        begun = published_model(config.init) if config.init else None
        self.directory, self.config = Path(directory), shaped_as(begun, config) if begun else config
        self.validation = {"": read_paragraphs(config.validation)}
        self.paragraphs = read_paragraphs(config.text)
        if config.numbers:
            self.paragraphs = list(with_numbers(self.paragraphs, config.numbers, config.seed))
            self.validation["_with_numbers"] = list(with_numbers(self.validation[""], config.numbers, config.seed))
        self.directory.mkdir(parents=True, exist_ok=True)
        if not (self.directory / "tokenizer.json").is_file():
            self._begin_tokenizer()
        self.tokenizer = PreTrainedTokenizerFast.from_pretrained(self.directory)
        self.model = new_model(self.config, self.tokenizer)
        if begun:
            self.model.load_state_dict(begun.state_dict())
        blocks = [p for p in self.model.transformer.h.parameters() if p.ndim == 2]
        others = [p for p in self.model.parameters() if all(p is not b for b in blocks)]
        self.optimizers: list[torch.optim.Optimizer] = [
            Muon(blocks, config.learning_rate),
            torch.optim.AdamW(others, config.adam_learning_rate, (0.9, 0.95), weight_decay=0.0),
        ]
        self.chunk, self.step, self.tokens, self.seconds = 0, 0, 0, 0.0
        self.precision = ""  # what the steps compute with: chosen once, kept in the state
        self._restore()
        self.precision = self.precision or coarsest_precision(torch.device("cpu"))

    def _begin_tokenizer(self) -> None:
        from transformers import PreTrainedTokenizerFast

        if self.config.init:
            PreTrainedTokenizerFast.from_pretrained(self.config.init).save_pretrained(self.directory)
            return
        step = max(1, sum(map(len, self.paragraphs)) // 12_000_000)
        tokenizer = train_tokenizer(self.paragraphs[::step], self.config.vocabulary, self.config.context)
        tokenizer.save_pretrained(self.directory)

    def rate(self) -> float:
        """What the learning rates are multiplied with at this step: up, flat, and down to 0."""
        config = self.config
        left = (config.steps - self.step) / max(1, config.decay * config.steps)
        return min(1.0, (self.step + 1) / config.warmup, max(0.0, left))

    def run(self, show: Callable[[dict[str, float]], None] | None = None) -> None:
        """Train to `config.steps`; SIGTERM or SIGINT saves and stops. `show` is given the row of every 20th step."""
        stop: list[int] = []
        before = {s: signal.signal(s, lambda *_: stop.append(1)) for s in (signal.SIGTERM, signal.SIGINT)}
        fragments = Fragments(self.paragraphs, self.tokenizer, self.config)
        begun, losses = time.perf_counter(), []
        try:
            while self.step < self.config.steps and not stop:
                for ids in fragments.chunk(self.chunk):
                    losses.append(self._learn(ids))
                    if self.step % 20 == 0:
                        row = {"step": self.step, "loss": sum(losses) / len(losses), "tokens": self.tokens}
                        self._log(row, show)
                        losses = []
                    if self.step % self.config.validate_every == 0 or self.step == self.config.steps:
                        measured = {f"val_bits_per_character{k}": self.validate(v) for k, v in self.validation.items()}
                        self._log({"step": self.step, **measured}, show)
                    if self.step >= self.config.steps:
                        break
                self.chunk += 1  # a chunk that was broken off is left: the state is saved between chunks
                if self.chunk % 8 == 0 or stop or self.step >= self.config.steps:
                    now = time.perf_counter()
                    self.seconds, begun = self.seconds + now - begun, now
                    self.save()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _learn(self, ids: Tensor) -> float:
        rate = self.rate()
        for optimizer, base in zip(
            self.optimizers, (self.config.learning_rate, self.config.adam_learning_rate), strict=True
        ):
            for group in optimizer.param_groups:
                group["lr"] = base * rate
        self.model.train()
        wanted = ids[:, 1:]
        inside = wanted != IGNORED
        with autocast(self.precision, ids.device):
            hidden = self.model.transformer(ids[:, :-1].clamp(min=0), use_cache=False).last_hidden_state
            logits = self.model.lm_head(hidden[inside])
        loss = F.cross_entropy(logits.float(), wanted[inside])
        loss.backward()
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self.step += 1
        self.tokens += int(inside.sum())
        return float(loss.detach())

    def validate(self, paragraphs: Sequence[str], lines: int = 800) -> float:
        """Bits per character on lines of these paragraphs, spread evenly, each read alone."""
        from hwr.language.causal_lm import FrozenLM

        texts = list(as_lines(paragraphs))
        texts = texts[:: max(1, len(texts) // lines)][:lines]
        value = FrozenLM("trained", self.model, self.tokenizer).bits_per_character(texts)
        self.model.requires_grad_(True)
        return value

    def save(self) -> None:
        """Write what `LMTrainer` goes on from, all of it or none."""
        save_file({k: v.contiguous() for k, v in _tensors(self).items()}, self.directory / ".state.new")
        state = {"config": asdict(self.config), "chunk": self.chunk, "step": self.step, "tokens": self.tokens}
        state |= {"seconds": self.seconds, "precision": self.precision}
        (self.directory / "state.json.new").write_text(json.dumps(state, indent=1), encoding="utf-8")
        (self.directory / ".state.new").replace(self.directory / "state.safetensors")
        (self.directory / "state.json.new").replace(self.directory / "state.json")

    def _restore(self) -> None:
        if not (self.directory / "state.json").is_file():
            return
        state = json.loads((self.directory / "state.json").read_text(encoding="utf-8"))
        self.chunk, self.step = state["chunk"], state["step"]
        self.tokens, self.seconds = state["tokens"], state["seconds"]
        self.precision = state.get("precision", "float32")
        saved = load_file(self.directory / "state.safetensors")
        with torch.no_grad():
            for name, tensor in _tensors(self, saved).items():
                tensor.copy_(saved[name])

    def _log(self, row: dict[str, float], show: Callable[[dict[str, float]], None] | None) -> None:
        with (self.directory / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        if show:
            show(row)


def _tensors(trainer: LMTrainer, saved: dict[str, Tensor] | None = None) -> dict[str, Tensor]:
    """Weights and optimizer state by name; with `saved` the optimizers get the entries that they had then."""
    tensors = {f"model.{k}": v for k, v in trainer.model.state_dict().items() if k != "lm_head.weight"}
    for number, optimizer in enumerate(trainer.optimizers):
        parameters = [p for group in optimizer.param_groups for p in group["params"]]
        for place, parameter in enumerate(parameters):
            prefix = f"optimizer{number}.{place}."
            for name in [n[len(prefix) :] for n in saved or {} if n.startswith(prefix)]:
                optimizer.state[parameter][name] = torch.zeros_like((saved or {})[prefix + name])
            tensors |= {f"{prefix}{k}": v for k, v in optimizer.state[parameter].items()}
    return tensors
