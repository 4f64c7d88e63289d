"""The mean of checkpoints, by hand, and what cannot be averaged."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest
import torch

from hwr.cli import main
from hwr.errors import InputError
from hwr.recognizer.averaging import average_checkpoints
from hwr.recognizer.charset import Charset
from hwr.recognizer.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from hwr.recognizer.network import Recognizer


@pytest.fixture
def trio(tiny_config) -> list[Checkpoint]:
    """Networks whose every floating-point number is 0, 3 or 6, and that were trained for 1, 2 or 3 batches."""
    charset, made = Charset.of("abc"), []
    for n in range(3):
        network = Recognizer(tiny_config, charset.classes).eval()
        network.load_state_dict(
            {
                key: torch.full_like(value, 3 * n if value.is_floating_point() else 1 + n)
                for key, value in network.state_dict().items()
            }
        )
        info = {"training": {"steps": n}, "validation": {"mean_cer": 0.1}, "data": ["lines"]}
        made.append(Checkpoint(network, charset, temperature=1.0 + n, info=info, name=f"c{n}", card="old"))
    return made


@pytest.mark.parametrize(("shares", "mean"), [(None, 3.0), ([2, 1, 0.5], 12 / 7)])
def test_every_weight_is_the_mean_and_counts_are_the_first(trio, shares, mean):
    before = copy.deepcopy(trio[0].network.state_dict())
    found = average_checkpoints(trio, shares)
    for key, value in found.network.state_dict().items():
        expected = torch.full_like(value, mean if value.is_floating_point() else 1)
        torch.testing.assert_close(value, expected, msg=key)
    assert found.temperature == 1.0
    for key, value in trio[0].network.state_dict().items():
        assert torch.equal(value, before[key]), "the first is as it was"


def test_the_card_tells_the_shares_and_nothing_that_was_measured_of_the_first(trio):
    found = average_checkpoints(trio, [2, 1, 1])
    assert found.info == {
        "training": {"steps": 0, "mean of": "0.50 of c0, 0.25 of c1, 0.25 of c2"},
        "data": ["lines"],
    }
    assert not found.card


def test_what_cannot_be_averaged_is_refused(trio, tiny_config):
    other = replace(trio[1], charset=Charset.of("abd"))
    wider = Checkpoint(
        Recognizer(tiny_config.replace(lstm_hidden=20), trio[0].charset.classes), trio[0].charset, name="w"
    )
    for checkpoints, shares, said in (
        (trio[:1], None, "at least two"),
        ([], None, "at least two"),
        ([trio[0], other], None, "c0 and c1 have other networks or other characters"),
        ([trio[0], wider], None, "c0 and w have"),
        (trio, [1, 1], "one positive number for each of the 3"),
        (trio, [1, 1, 0], "one positive number"),
        (trio, [1, 1, float("nan")], "one positive number"),
        (trio, [1, 1, float("inf")], "one positive number"),
    ):
        with pytest.raises(InputError, match=said):
            average_checkpoints(checkpoints, shares)


def test_the_command_writes_a_checkpoint(trio, tmp_path, capsys):
    for n in range(2):
        save_checkpoint(trio[n], tmp_path / str(n))
    arguments = ["average", str(tmp_path / "0"), str(tmp_path / "1")]
    assert main([*arguments, "--out", str(tmp_path / "mean")]) == 0
    assert "0.50 of 0, 0.50 of 1" in capsys.readouterr().out
    assert load_checkpoint(tmp_path / "mean").network.head.bias[0].item() == 1.5
    assert main([*arguments, "--shares", "1", "--out", str(tmp_path / "mean")]) == 2
    assert "one positive number for each of the 2" in capsys.readouterr().err
