"""Tiny random language models, made on the spot: no network, no download, a few milliseconds each."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

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
    import transformers

    size = {"vocab_size": vocab, "hidden_size": 32, "num_hidden_layers": layers, "num_attention_heads": 2}
    longest = {"max_position_embeddings": 64}
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
