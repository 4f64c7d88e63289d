"""A decoder in one file: a function under a name, which then reads and stands in every protocol."""

import json

import pytest
import torch

from hwr.cli import main
from hwr.decoding.decoders import DECODERS, beam_decode, decoder
from hwr.decoding.greedy import GreedyPath, greedy_decode
from hwr.errors import InputError
from hwr.evaluation.evaluate import evaluate
from hwr.reader import Reader
from hwr.recognizer.checkpoint import save_checkpoint


def first_letters(log_probs: torch.Tensor, lengths: torch.Tensor) -> list[GreedyPath]:
    """The greedy path up to its third character."""
    return [
        GreedyPath(p.labels[:3], p.first_frames[:3], p.last_frames[:3], p.character_log_probs[:3], p.log_prob)
        for p in greedy_decode(log_probs, lengths)
    ]


@pytest.fixture
def registered(monkeypatch):
    monkeypatch.setitem(DECODERS, "first letters", first_letters)


@pytest.mark.slow
def test_a_decoder_reads_and_names_itself(registered, wavering_checkpoint, drawn_line, line_folder, tmp_path, capsys):
    greedy, short = Reader(wavering_checkpoint), Reader(wavering_checkpoint, decoding="first letters")
    long_text, text = (r.read(drawn_line("in an old abc"), lines="single").lines[0].text for r in (greedy, short))
    assert len(long_text) > 3
    assert text == long_text[:3]
    assert evaluate(greedy, line_folder, "val").protocol["decoding"] == "greedy"
    assert evaluate(short, line_folder, "val").protocol["decoding"] == "first letters"

    save_checkpoint(wavering_checkpoint, tmp_path / "model")
    call = ["evaluate", "--data", str(line_folder), "--split", "val", "--model", str(tmp_path / "model"), "--json"]
    assert main([*call, "--decoding", "first letters"]) == 0
    assert json.loads(capsys.readouterr().out)["protocol"]["decoding"] == "first letters"
    assert main([*call, "--decoding", "beam"]) == 0
    assert json.loads(capsys.readouterr().out)["protocol"]["decoding"] == "beam"
    assert main([*call, "--decoding", "beam", "--lm", "none"]) == 2
    assert "leave out --decoding beam" in capsys.readouterr().err
    assert main([*call, "--decoding", "first"]) == 2
    assert "choose one of greedy, beam, first letters" in capsys.readouterr().err


def test_a_name_that_no_decoder_has_is_an_error(wavering_checkpoint):
    with pytest.raises(InputError, match="no decoder 'first letters'; choose one of greedy, beam"):
        decoder("first letters")
    with pytest.raises(InputError, match="no decoder"):
        Reader(wavering_checkpoint, decoding="viterbi")


def test_the_beam_takes_the_likeliest_text_where_the_likeliest_path_is_another():
    """Two frames, blank .6 and a .4: the path without a is likeliest (.36), the text a is (.64)."""
    log_probs, lengths = torch.tensor([[[0.6, 0.4], [0.6, 0.4]]]).log(), torch.tensor([2])
    assert greedy_decode(log_probs, lengths)[0].labels == []
    (path,) = beam_decode(log_probs, lengths)
    assert path.labels == [1]
    assert path.first_frames[0] <= path.last_frames[0]
