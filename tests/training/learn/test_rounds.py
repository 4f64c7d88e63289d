"""Lines without texts: rounds of reading, choosing and learning in one run."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path

import pytest
from safetensors.torch import load_file

from hwr.cli import main
from hwr.data.dataset import METADATA, read_imagefolder
from hwr.data.supply import Mixture
from hwr.errors import InputError
from hwr.language.ngram import CharacterNGram
from hwr.recognizer.checkpoint import save_checkpoint
from hwr.training.config import DataConfig, TrainConfig
from hwr.training.learn import loop
from hwr.training.learn.loop import Trainer, train
from hwr.training.learn.proposals import Proposal
from hwr.training.learn.rounds import Round, Rounds
from hwr.training.lines.sets import unlabelled_lines
from hwr.training.run.directory import RunDirectory, Status


@pytest.fixture
def start(tiny_checkpoint, tmp_path) -> Path:
    save_checkpoint(tiny_checkpoint, tmp_path / "start")
    return tmp_path / "start"


@pytest.fixture
def pictures(line_folder, tmp_path) -> Path:
    """The test lines of the folder, without any text."""
    (tmp_path / "pictures").mkdir()
    for record in read_imagefolder(line_folder).select("test"):
        shutil.copy(record.image, tmp_path / "pictures")
    return tmp_path / "pictures"


@pytest.fixture
def config(line_folder, start, pictures) -> TrainConfig:
    """Two rounds of eight steps; the greedy teacher needs no language model, and every text is taken."""
    return TrainConfig(
        data=[DataConfig(str(line_folder))],
        unlabelled=[DataConfig(str(pictures), split=None)],
        init=str(start),
        teacher="greedy",
        surest=1.0,
        steps=16,
        batch_size=2,
        warmup=1,
        ema=0.9,
        log_every=1,
        validate_every=16,
        checkpoint_every=5,
        extend_charset=False,
    )


def changed(config: TrainConfig, **fields) -> TrainConfig:
    return TrainConfig.from_dict(config.to_dict() | fields)


def state(run: RunDirectory) -> dict:
    return load_file(run.checkpoints / "state" / "state.safetensors")


@pytest.mark.slow
def test_every_round_writes_what_it_proposed_and_learns_from_it(config, tmp_path, pictures):
    run = RunDirectory.create(tmp_path / "run", config)
    assert train(run).state == "finished"
    rounds = [Round.read_from(run.path / "unlabelled" / f"round-{n}.json") for n in (1, 2)]
    assert [(r.number, r.step, r.teacher, r.lines) for r in rounds] == [(1, 0, "greedy", 4), (2, 8, "greedy", 4)]
    assert all(r.sure == r.proposals != {} and r.changed == 0 for r in rounds)
    written = json.loads((run.path / "unlabelled" / "round-1.json").read_text())
    assert (written["read"], written["sure"], written["changed"]) == (len(written["proposals"]), len(rounds[0].sure), 0)
    assert {Path(line).parent for line in rounds[0].proposals} == {pictures}
    assert [row["step"] for row in run.rows("metrics") if "val_cer" in row and row["step"]] == [8, 16], (
        "a round ends so"
    )
    log = (run.path / "log.txt").read_text()
    assert "round 1: " in log
    assert "round 2: " in log


@pytest.mark.slow
def test_texts_that_are_there_are_not_looked_at(config, tmp_path, pictures):
    named = tmp_path / "named"
    shutil.copytree(pictures, named)
    rows = [json.dumps({"file_name": path.name, "text": "a text that is wrong"}) for path in sorted(pictures.iterdir())]
    (named / METADATA).write_text("\n".join(rows))
    states = []
    for name, folder in (("without", pictures), ("with", named)):
        run = RunDirectory.create(tmp_path / name, changed(config, unlabelled=[{"path": str(folder), "split": None}]))
        train(run)
        states.append(state(run))
    assert all(value.equal(states[1][name]) for name, value in states[0].items())


@pytest.mark.slow
def test_a_run_that_is_cut_in_any_round_goes_on_to_the_last_bit(config, tmp_path):
    whole = RunDirectory.create(tmp_path / "whole", config)
    train(whole)
    for at in (3, 8, 11):
        cut = RunDirectory.create(tmp_path / f"cut-{at}", config)

        def interrupt(status: Status, row: dict[str, float], at: int = at) -> None:
            if status.step == at:
                os.kill(os.getpid(), signal.SIGTERM)

        assert train(cut, interrupt).step == at
        assert train(cut).state == "finished"
        expected, got = state(whole), state(cut)
        assert all(value.equal(got[name]) for name, value in expected.items()), at


@pytest.mark.slow
def test_a_round_that_did_harm_is_undone(config, tmp_path, monkeypatch):
    """Of three rounds the first helps and the second harms."""
    errors = iter([0.5, 0.4, 0.6, 0.7])  # of the start, and after each round
    monkeypatch.setattr(loop, "validate", lambda *a: ({"val_cer": next(errors)}, []))
    run = RunDirectory.create(tmp_path / "run", changed(config, rounds=3, steps=24, ema=0.0, learning_rate=1e-2))
    trainer = Trainer(run, None)
    seen = {}

    def begin(number: int, step: int, network, charset) -> None:
        seen[number] = {name: value.clone() for name, value in network.state_dict().items()}
        Round.of(number, step, "greedy", 0.0, {next(iter(trainer.rounds._names())): Proposal("the", "the", 1.0)}).write(
            trainer.rounds.path(number)
        )

    monkeypatch.setattr(trainer.rounds, "begin", begin)
    trainer.train()
    assert all(value.equal(seen[3][name]) for name, value in seen[2].items()), "back to what the first round learned"
    assert any(not value.equal(seen[2][name]) for name, value in seen[1].items())
    assert "step 16: this round did harm; back to the weights of step 8" in (run.path / "log.txt").read_text()
    assert trainer.status.best_step == 8


def test_a_picture_whose_text_is_known_is_not_learned_without_it(config, line_folder, pictures):
    shutil.copy(read_imagefolder(line_folder).select("train")[0].image, pictures / "known.png")
    shutil.copy(read_imagefolder(line_folder).select("val")[0].image, pictures / "held-out.png")
    (pictures / "broken.png").symlink_to(pictures / "nowhere.png")
    found = unlabelled_lines(config)
    assert len(found) == 4
    reasons = sorted((Path(s.file).name, str(s.reason)) for s in found.skipped)
    assert reasons[-2:] == [("held-out.png", "its text is known"), ("known.png", "its text is known")]
    with pytest.raises(InputError, match="No line without text is left.*its text is known"):
        unlabelled_lines(changed(config, unlabelled=[{"path": str(line_folder), "split": "val"}]))


@pytest.mark.slow
def test_no_text_is_sure(config, tmp_path, monkeypatch):
    monkeypatch.setattr("hwr.training.learn.rounds.sure_margin", lambda *a: None)
    run = RunDirectory.create(tmp_path / "run", changed(config, surest=None))
    with pytest.raises(InputError, match=r"None of the \d texts .* is sure enough"):
        train(run)
    assert run.status().state == "failed"


def test_the_ngram_of_another_language_is_a_file(config, tmp_path):
    own = tmp_path / "own.npz"
    CharacterNGram.train(["le chat", "la nuit"]).save(own)
    rounds = Rounds(changed(config, ngram=str(own)), RunDirectory.create(tmp_path / "own", config), Mixture([]))
    assert rounds.ngram.characters == CharacterNGram.load(own).characters
    run = RunDirectory.create(tmp_path / "run", changed(config, teacher="ngram", ngram=str(tmp_path / "none.npz")))
    with pytest.raises(InputError, match="no character n-gram at .*none.npz"):
        train(run)
    assert run.status().state == "failed"


@pytest.mark.slow
def test_a_later_round_without_a_sure_text_keeps_those_of_the_round_before(config, tmp_path, monkeypatch):
    margins = iter([-100.0, None])
    monkeypatch.setattr("hwr.training.learn.rounds.sure_margin", lambda *a: next(margins))
    run = RunDirectory.create(tmp_path / "run", changed(config, surest=None))
    assert train(run).state == "finished"
    first, second = (Round.read_from(run.path / "unlabelled" / f"round-{n}.json") for n in (1, 2))
    assert (second.number, second.step, second.proposals) == (2, 8, first.proposals)
    assert "no line is sure; the texts of the round before stay" in (run.path / "log.txt").read_text()


@pytest.mark.slow
def test_a_damaged_round_is_told(config, tmp_path):
    run = RunDirectory.create(tmp_path / "run", config)
    train(run)
    path = run.path / "unlabelled" / "round-2.json"
    path.write_text('{"number": 2}')
    with pytest.raises(InputError, match="round-2.json is damaged; delete it"):
        Round.read_from(path)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"init": None}, "read by the checkpoint that the run begins with"),
        ({"freeze": "recogniser", "connectors": [{"kind": "linear", "tap": "lstm1"}]}, "keeps the reading as it is"),
        ({"unlabelled": [{"path": "a", "kind": "fonts"}]}, "are pictures"),
        ({"data": []}, "name some .data or validation."),
        ({"teacher": "telepathy"}, "language, ngram, beam"),
        ({"surest": 0}, "surest"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_starts(config, fields, message):
    with pytest.raises(InputError, match=message):
        changed(config, **fields)


def test_more_rounds_than_there_is_time_for(config, tmp_path):
    run = RunDirectory.create(tmp_path / "run", changed(config, rounds=3))
    with pytest.raises(InputError, match="3 rounds need at least 17 steps, not 16"):
        train(run)


def test_the_shipped_typefaces_stand_in_for_labelled_data_and_against_forgetting(config, line_folder):
    held = [{"path": str(line_folder), "split": "val"}]
    source, _ = loop.build_data(changed(config, data=[], validation=held))
    assert type(source).__name__ == "FontSource"
    mixed, _ = loop.build_data(changed(config, unlabelled=[], rehearsal=0.25))
    assert isinstance(mixed, Mixture)
    assert [(weight, type(part).__name__) for weight, part in mixed.sources] == [
        (0.75, "LineSource"),
        (0.25, "FontSource"),
    ]


@pytest.mark.slow
def test_the_command_line_names_lines_without_texts(config, tmp_path, capsys):
    config.save(tmp_path / "run.yaml")
    call = ["train", "--config", str(tmp_path / "run.yaml"), "--out", str(tmp_path / "run")]
    assert main([*call, "--unlabelled", str(tmp_path / "nothing")]) == 2
    assert "nothing" in capsys.readouterr().err
