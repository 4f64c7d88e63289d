"""The small language model: what it learns from, that it learns, that a broken-off training goes on exactly."""

import json
import signal
from dataclasses import replace

import pytest
import torch

from hwr.errors import InputError
from hwr.language.causal_lm import FrozenLM
from hwr.training.language_model.publish import publish_language_model
from hwr.training.language_model.train import IGNORED, Fragments, LMConfig, LMTrainer, read_paragraphs

SENTENCES = ["The cat sat on the mat and looked at the rain.", "A dog, as old as the house, slept by the door."]


@pytest.fixture
def config(tmp_path):
    for name, count in (("train", 40), ("val", 4), ("test", 4)):
        lines = [f"{SENTENCES[i % 2]} It was {i} o'clock." for i in range(count)]
        (tmp_path / f"{name}.txt").write_text("\n".join(lines), encoding="utf-8")
    return LMConfig(
        str(tmp_path / "train.txt"),
        str(tmp_path / "val.txt"),
        vocabulary=300,
        context=64,
        width=16,
        layers=2,
        heads=2,
        steps=24,
        batch_tokens=200,
        warmup=2,
        validate_every=24,
    )


def test_fragments_are_cut_between_words(config, tmp_path):
    trainer = LMTrainer(tmp_path / "run", config)
    prose = " ".join(trainer.paragraphs)
    end = trainer.tokenizer.eos_token_id
    fragments = Fragments(trainer.paragraphs, trainer.tokenizer, config)
    finished = 0
    for batch in fragments.chunk(3):
        assert batch.numel() <= config.batch_tokens
        for row in batch:
            ids = row[row != IGNORED].tolist()
            assert ids[0] == end
            assert end not in ids[1:-1]
            finished += ids[-1] == end
            text = trainer.tokenizer.decode([i for i in ids if i != end]).strip()
            assert f" {text} " in f" {prose} " or len(ids) == config.context
            if ids[-1] == end:
                assert text.endswith("o'clock.")
    assert finished
    again = list(fragments.chunk(3))
    assert all(torch.equal(a, b) for a, b in zip(again, fragments.chunk(3), strict=True))


def test_every_text_is_spelled(config, tmp_path):
    tokenizer = LMTrainer(tmp_path / "run", config).tokenizer
    for text in ("the cat", "zéro; ça & là “quoted” €"):
        assert tokenizer.decode(tokenizer(text)["input_ids"]).strip() == text
    alone, inside = tokenizer("house")["input_ids"], tokenizer("the house")["input_ids"]
    assert inside[-len(alone) :] == alone


@pytest.mark.slow
def test_it_learns_and_goes_on_exactly(config, tmp_path, monkeypatch):
    whole = LMTrainer(tmp_path / "whole", config)
    first = whole.validate(whole.validation[""])
    whole.run()
    assert whole.validate(whole.validation[""]) < 0.8 * first
    rows = [json.loads(line) for line in (tmp_path / "whole" / "metrics.jsonl").read_text().splitlines()]
    assert any("val_bits_per_character" in row for row in rows)

    broken = LMTrainer(tmp_path / "broken", config)
    learn, calls = broken._learn, []
    monkeypatch.setattr(
        broken, "_learn", lambda ids: (calls.append(1), len(calls) == 5 and signal.raise_signal(15))[0] or learn(ids)
    )
    broken.run()
    assert 5 <= broken.step < 24
    resumed = LMTrainer(tmp_path / "broken", config)
    assert resumed.step == broken.step
    resumed.run()
    for a, b in zip(whole.model.parameters(), resumed.model.parameters(), strict=True):
        assert torch.equal(a, b)


@pytest.mark.slow
def test_it_goes_on_in_the_precision_that_it_began_with(config, tmp_path, monkeypatch):
    from hwr.training.learn import precision

    monkeypatch.setattr(precision, "_has_bfloat16", lambda device: True)
    begun = LMTrainer(tmp_path / "run", replace(config, steps=2))
    inside = []
    handle = begun.model.lm_head.register_forward_hook(lambda *call: inside.append(call[2].dtype))
    begun.run()
    handle.remove()
    assert torch.bfloat16 in inside
    assert {p.dtype for p in begun.model.parameters()} == {torch.float32}
    monkeypatch.setattr(precision, "_has_bfloat16", lambda device: False)
    assert LMTrainer(tmp_path / "run", config).precision == "bfloat16"
    assert LMTrainer(tmp_path / "other", config).precision == "float32"


@pytest.mark.slow
def test_a_published_model_goes_on_with_numbers_mixed_in(config, tmp_path):
    LMTrainer(tmp_path / "run", replace(config, steps=2)).run()
    publish_language_model(tmp_path / "run", tmp_path / "lm", tmp_path / "test.txt")
    begun = replace(config, init=str(tmp_path / "lm"), numbers=0.5, width=48, layers=1, steps=3, validate_every=3)
    trainer = LMTrainer(tmp_path / "more", begun)
    assert (trainer.config.width, trainer.config.layers, trainer.step) == (16, 2, 0)
    published = FrozenLM.load(tmp_path / "lm").model.state_dict()
    assert all(torch.allclose(v, published[k].float()) for k, v in trainer.model.state_dict().items())
    with_digits = [any(c.isdigit() for c in word) for p in trainer.paragraphs for word in p.split()]
    assert 0.4 < sum(with_digits) / len(with_digits) < 0.6
    trainer.run()
    rows = [json.loads(line) for line in (tmp_path / "more" / "metrics.jsonl").read_text().splitlines()]
    assert {"val_bits_per_character", "val_bits_per_character_with_numbers"} <= set(rows[-1])
    assert LMTrainer(tmp_path / "more", begun).step == 3


def test_what_cannot_be_begun_with_is_named(config, tmp_path, tiny):
    with pytest.raises(InputError, match="no published language model"):
        LMTrainer(tmp_path / "run", replace(config, init=str(tmp_path)))
    with pytest.raises(InputError, match="of the kind llama"):
        LMTrainer(tmp_path / "run", replace(config, init=str(tiny("llama"))))


@pytest.mark.slow
def test_publishing_measures_and_writes_a_card(config, tmp_path):
    with pytest.raises(InputError, match="no training"):
        publish_language_model(tmp_path / "none", tmp_path / "lm", tmp_path / "test.txt")
    LMTrainer(tmp_path / "run", config).run()
    table = publish_language_model(tmp_path / "run", tmp_path / "lm", tmp_path / "test.txt", notes=["two sentences"])
    assert [row["model"].split(",")[0] for row in table] == ["this model", "character 5-gram"]
    lm = FrozenLM.load(tmp_path / "lm")
    lines = read_paragraphs(tmp_path / "test.txt")
    bits = sum(-s for s in lm.log_probs(lines)) / sum(map(len, lines)) / 0.6931
    assert float(table[0]["bits a character"]) == pytest.approx(bits, abs=0.002)
    card = (tmp_path / "lm" / "README.md").read_text()
    assert "two sentences" in card
    assert table[1]["bits a character"] in card
    assert "- precision: float32" in card
    assert (tmp_path / "lm" / "model.safetensors").stat().st_size < 3 * sum(p.numel() for p in lm.model.parameters())


def test_text_that_cannot_be_used(tmp_path):
    with pytest.raises(InputError, match="no text file"):
        read_paragraphs(tmp_path / "nothing.txt")
    (tmp_path / "empty.txt").write_text("\n \n")
    with pytest.raises(InputError, match="one paragraph a line"):
        read_paragraphs(tmp_path / "empty.txt")
    (tmp_path / "bytes.txt").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(InputError, match="UTF-8"):
        read_paragraphs(tmp_path / "bytes.txt")
