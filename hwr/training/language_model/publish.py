"""From a training of the small language model to the one that is shared: fp16, measured once on test, with a card."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hwr.errors import InputError
from hwr.evaluation.bootstrap import bootstrap_rate
from hwr.evaluation.evaluate import commit
from hwr.language.causal_lm import FrozenLM
from hwr.language.ngram import CharacterNGram, as_lines
from hwr.recognizer.checkpoint import markdown_table, replace_directory
from hwr.training.language_model.train import LMConfig, LMTrainer, read_paragraphs

TEST_LINES = 2000  # of the test text, spread evenly
BASELINE_ORDER = 5  # characters of the n-gram that the model is compared with, unpruned


def publish_language_model(
    run: Path, out: Path, test: str | Path, compare: Sequence[str] = (), notes: Sequence[str] = ()
) -> list[dict[str, str]]:
    """Write the model of a training directory to `out` in fp16 with tokenizer and card. Returns the card's table.

    The table has bits per character on the lines of the test text: of this model, of a character n-gram with
    Kneser-Ney smoothing that learned the same text, and of the models named in `compare`. This is the only place that
    reads the test text. Raises InputError when the training has no state yet or a model cannot be had.
    """
    if not (Path(run) / "state.json").is_file():
        raise InputError("training.no_language_run", run=run)
    state = json.loads((Path(run) / "state.json").read_text(encoding="utf-8"))
    trainer = LMTrainer(run, LMConfig(**state["config"]))
    new = Path(out).with_name(f".{Path(out).name}.new-{os.getpid()}")
    shutil.rmtree(new, ignore_errors=True)
    trainer.model.half().save_pretrained(new)
    trainer.tokenizer.save_pretrained(new)
    lines = list(as_lines(read_paragraphs(test)))
    lines = lines[:: max(1, len(lines) // TEST_LINES)][:TEST_LINES]
    table = [bits_row("this model", bits_by_line(FrozenLM.load(new), lines), lines)]
    ngram = CharacterNGram.train(as_lines(trainer.paragraphs), BASELINE_ORDER, None)
    name = f"character {BASELINE_ORDER}-gram, Kneser-Ney, {ngram.entries:,} n-grams"
    table.append(bits_row(name, [-x / np.log(2) for x in ngram.log_probs(lines)], lines))
    table += [bits_row(other, bits_by_line(FrozenLM.load(other), lines), lines) for other in compare]
    (new / "README.md").write_text(_card(trainer, table, Path(test).name, notes), encoding="utf-8")
    replace_directory(new, Path(out))
    return table


def bits_by_line(lm: FrozenLM, lines: Sequence[str]) -> list[float]:
    """-log2 P of each line, in the order given."""
    order = sorted(range(len(lines)), key=lambda i: len(lines[i]))
    bits = [0.0] * len(lines)
    for start in range(0, len(order), 64):
        places = order[start : start + 64]
        for place, score in zip(places, lm.log_probs([lines[i] for i in places]), strict=True):
            bits[place] = -score / float(np.log(2))
    return bits


def bits_row(name: str, bits: Sequence[float], lines: Sequence[str]) -> dict[str, str]:
    """Bits per character with its interval over lines (millibits, so that the counts are whole numbers)."""
    rate = bootstrap_rate([round(1000 * b) for b in bits], [len(line) for line in lines], resamples=1000)
    low, high = rate.low / 1000, rate.high / 1000
    return {"model": name, "bits a character": f"{rate.value / 1000:.3f}", "95 %": f"{low:.3f} to {high:.3f}"}


def _card(trainer: LMTrainer, table: list[dict[str, str]], test: str, notes: Sequence[str]) -> str:
    config, parameters = trainer.config, sum(p.numel() for p in trainer.model.parameters())
    shape = {"vocabulary": len(trainer.tokenizer), "context": config.context, "width": config.width}
    shape |= {"layers": config.layers, "heads": config.heads, "parameters": f"{parameters:,}"}
    training = {"tokens": f"{trainer.tokens:,}", "steps": trainer.step, "hours": f"{trainer.seconds / 3600:.2f}"}
    training |= {
        k: getattr(config, k) for k in ("batch_tokens", "learning_rate", "adam_learning_rate", "decay", "seed")
    }
    training |= {"precision": trainer.precision} | ({"begun with": Path(config.init).name} if config.init else {})
    return "\n".join(
        [
            "---\nlicense: apache-2.0\npipeline_tag: text-generation\nlanguage: en\n---",
            "# A small language model for lines of handwriting",
            "\nGPT-2's architecture over byte-level BPE tokens. It learned lines cut out of prose, each alone behind",
            "the start token, because a line of handwriting starts and ends anywhere. It ranks what a recogniser reads",
            "and teaches recognisers; it is too small to write text.",
            f"\n## Bits per character\n\nOn lines cut out of {test}, each read alone; intervals over lines.\n",
            markdown_table(table),
            *("\n## Shape\n", *(f"- {k}: {v}" for k, v in shape.items())),
            *("\n## Training\n", *(f"- {k.replace('_', ' ')}: {v}" for k, v in training.items())),
            *("\n## Data\n", *(f"- {note}" for note in notes)),
            "\n## Made with\n\n`python -m hwr train-lm` and `python -m hwr publish-lm`, "
            f"commit {commit() or 'unknown'}.\n",
        ]
    )
