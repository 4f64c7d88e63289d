"""Fixtures that several rooms share: a tiny recogniser, tiny language models, a small data set of drawn lines."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from hwr.paths import ASSETS

# How long an example takes says nothing about the code on a machine that is busy with something else.
settings.register_profile("hwr", deadline=None)
settings.load_profile("hwr")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")


@pytest.fixture
def tiny_config():
    """`small` with few channels: the same geometry, a hundredth of the work."""
    from hwr.recognizer.config import Stage, preset

    stages = (Stage(1, 8), Stage(1, 8, pool=(2, 2)), Stage(1, 16, pool=(2, 1)))
    return preset("small").replace(preset="tiny", stem_channels=8, stages=stages, lstm_hidden=12)


@pytest.fixture
def tiny_checkpoint(tiny_config):
    import torch

    from hwr.recognizer.charset import Charset
    from hwr.recognizer.checkpoint import Checkpoint
    from hwr.recognizer.network import Recognizer

    charset = Charset.from_texts(["abcdefghijklmnopqrstuvwxyz ABC,."])
    torch.manual_seed(0)
    return Checkpoint(Recognizer(tiny_config, charset.classes).eval(), charset, temperature=1.2, name="tiny")


@pytest.fixture
def wavering_checkpoint(tiny_checkpoint, drawn_line):
    """`tiny_checkpoint` with its blank's bias set so that it reads nonsense at about half of the frames."""
    import torch

    from hwr.reader import prepare

    network = tiny_checkpoint.network
    line = prepare(drawn_line("in an old abc"), tiny_checkpoint.config)
    with torch.no_grad():
        logits = network(torch.from_numpy(line.pixels)[None]).logits[0]
        network.head.bias[0] += (logits[:, 1:].amax(dim=1) - logits[:, 0]).median()
    return tiny_checkpoint


@pytest.fixture(scope="session")
def line_folder(tmp_path_factory) -> Path:
    """An imagefolder of 24 drawn lines: 16 train, 4 val, 4 test."""
    from hwr.data.dataset import write_imagefolder
    from hwr.data.supply import synthesize
    from hwr.data.synthesis import FontSource

    directory = tmp_path_factory.mktemp("data") / "lines"
    splits = ["train"] * 16 + ["val"] * 4 + ["test"] * 4
    samples = synthesize(FontSource(ASSETS / "fonts", None), len(splits), seed=5)
    write_imagefolder(directory, ((s.grey, s.text, {"split": split}) for s, split in zip(samples, splits, strict=True)))
    return directory


@pytest.fixture
def drawn_line():
    """A function text -> (H, W) uint8 grey image of it, dark on white."""
    import numpy as np

    from hwr.data.fonts import draw_text, load_faces

    face = load_faces(ASSETS / "fonts")[0]

    def draw(text: str, size: int = 60) -> np.ndarray:
        _, coverage = draw_text(text, face, size)
        return (255 * (1 - 0.9 * np.pad(coverage, 20))).astype(np.uint8)

    return draw


@pytest.fixture
def uneven_line(drawn_line):
    """(H, W) uint8 image of one line, every second word of which stands lower: the lines found on it are two."""
    import numpy as np

    words = [drawn_line(word)[:, 10:-10] for word in ("over", "the", "river", "and", "the", "old", "bridge")]
    height = max(len(word) for word in words) + 40
    above = [40 * (index % 2) for index in range(len(words))]
    return np.hstack(
        [
            np.pad(word, ((top, height - top - len(word)), (0, 0)), constant_values=255)
            for word, top in zip(words, above, strict=True)
        ]
    )


@pytest.fixture(scope="session")
def reader():
    from fake_reader import FakeReader

    return FakeReader()


@pytest.fixture(scope="session")
def assets(tmp_path_factory, reader) -> Path:
    """The examples that ship with their readings by `reader`, in a folder of their own."""
    from hwr.examples.packing import precompute

    folder = tmp_path_factory.mktemp("assets")
    shutil.copytree(ASSETS / "examples", folder / "examples")
    precompute(reader, folder / "readings", folder / "examples")
    return folder


# --- tiny random language models, made on the spot: no download, a few milliseconds each

LINES = [
    "the cat sat on the mat",
    "a cat is a cat",
    "that hat, the fat cat's",
    "On the mat sat the rat.",
    "zéro; ça & là",
]


def tokenizer_of(directory: Path, *, spell_all: bool = True, **special: str) -> None:
    """Write a BPE tokenizer: of bytes, or of the characters of LINES with <unk> for all others."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokens = list(dict.fromkeys(special.values()))
    if spell_all:
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=300,
            special_tokens=tokens,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        )
    else:
        tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
        trainer = trainers.BpeTrainer(vocab_size=80, special_tokens=["<unk>", *tokens], show_progress=False)
        special["unk_token"] = "<unk>"
    tokenizer.train_from_iterator(LINES, trainer)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special).save_pretrained(directory)


def save_model(directory: Path, architecture: str, vocab: int = 320, seed: int = 0, layers: int = 3) -> None:
    """Write a random model with large enough weights that its scores differ."""
    import torch
    import transformers

    size: dict[str, Any] = {
        "vocab_size": vocab,
        "hidden_size": 32,
        "num_hidden_layers": layers,
        "num_attention_heads": 2,
    }
    longest: dict[str, Any] = {"max_position_embeddings": 64}
    configs = {
        "gpt2": lambda: transformers.GPT2Config(**size, **longest, initializer_range=0.3),
        "llama": lambda: transformers.LlamaConfig(**size, **longest, intermediate_size=64, initializer_range=0.3),
        "bloom": lambda: transformers.BloomConfig(**size, initializer_range=0.3),
        "bert": lambda: transformers.BertConfig(**size, intermediate_size=64),
        "t5": lambda: transformers.T5Config(vocab_size=vocab, d_model=32, d_kv=8, d_ff=64, num_layers=1, num_heads=2),
    }
    torch.manual_seed(seed)
    config = configs[architecture]()
    if architecture == "bert":
        model = transformers.BertForMaskedLM(config)
    elif architecture == "t5":
        model = transformers.T5ForConditionalGeneration(config)
    else:
        model = transformers.AutoModelForCausalLM.from_config(config)
    model.save_pretrained(directory)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """tiny("gpt2", eos_token="<e>", ...) is the directory of such a model, made once for each set of arguments."""
    made: dict[tuple, Path] = {}

    def make(
        architecture: str = "gpt2", *, seed: int = 0, layers: int = 3, spell_all: bool = True, **special: str
    ) -> Path:
        key = (architecture, seed, layers, spell_all, *sorted(special.items()))
        if key not in made:
            made[key] = tmp_path_factory.mktemp(architecture)
            save_model(made[key], architecture, seed=seed, layers=layers)
            tokenizer_of(made[key], spell_all=spell_all, **special)
        return made[key]

    return make
