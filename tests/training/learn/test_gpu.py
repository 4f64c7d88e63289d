"""What only a GPU can show: the same numbers as a CPU, a run in bfloat16, memory. Skipped where there is none."""

import copy
from itertools import pairwise

import pytest
import torch

from hwr.data.supply import LineSource
from hwr.recognizer.charset import Charset
from hwr.recognizer.config import PRESETS, preset
from hwr.recognizer.network import Recognizer
from hwr.training.config import DataConfig, TrainConfig
from hwr.training.learn.learner import ctc_loss
from hwr.training.learn.loop import train
from hwr.training.learn.second_look import second_look
from hwr.training.lines.batches import Batch, ChunkedBatches
from hwr.training.run.directory import RunDirectory

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")


@pytest.fixture
def batch(line_folder) -> tuple[Batch, Charset]:
    source = LineSource(line_folder, "train")
    charset = Charset.from_texts(source.dataset.texts)
    return ChunkedBatches(source, charset, preset("small"), batch_size=8, chunks=1, seed=1, max_width=4000)[0][
        0
    ], charset


def test_losses_and_gradients_are_those_of_a_cpu(batch, monkeypatch):
    monkeypatch.setattr(
        torch.backends.cudnn, "allow_tf32", False
    )  # on an H200 its 10 bits moved the stem's gradient by 7 %
    batch, charset = batch
    torch.manual_seed(0)
    network = Recognizer(preset("small").replace(dropout=0.0), charset.classes).train()
    found = {}
    for device in ("cpu", "cuda"):
        moved = copy.deepcopy(network).to(device)
        output = moved((batch.images / 255.0).to(device), batch.widths)
        loss = ctc_loss(output.logits, output, batch)
        loss.backward()
        found[device] = loss.item(), {name: p.grad.cpu() for name, p in moved.named_parameters() if p.grad is not None}
    assert found["cuda"][0] == pytest.approx(found["cpu"][0], rel=1e-3)
    for name, gradient in found["cpu"][1].items():
        scale = gradient.abs().max() + 1e-6
        assert (found["cuda"][1][name] - gradient).abs().max() < 0.05 * scale, name


def test_a_second_look_is_the_same_on_a_gpu(batch):
    batch, _ = batch
    images = batch.images / 255.0
    here, there = (second_look(images.to(d), batch.widths, (1, 2)) for d in ("cpu", "cuda"))
    assert torch.allclose(here, there.cpu(), atol=1e-5)


def test_a_run_learns_in_bfloat16_and_goes_on_where_it_was_saved(line_folder, tmp_path, tiny_config, monkeypatch):
    monkeypatch.setitem(PRESETS, "tiny", tiny_config)
    config = TrainConfig(
        data=[DataConfig(str(line_folder))],
        preset="tiny",
        steps=60,
        batch_size=8,
        warmup=2,
        learning_rate=5e-3,
        log_every=5,
        validate_every=30,
        checkpoint_every=20,
        reuse=2,
        augment=False,
    )
    run = RunDirectory.create(tmp_path / "run", config)
    assert train(run).state == "finished"
    assert run.status().precision == "bfloat16"
    losses = [row["loss"] for row in run.rows("metrics") if "loss" in row]
    assert losses[-1] < 0.7 * losses[0]
    assert all(row["memory"] > 2**20 for row in run.rows("metrics") if "loss" in row)
    steps = [row["step"] for row in run.rows("metrics") if "loss" in row]
    assert all(b - a == 5 for a, b in pairwise(steps))
    assert train(run).state == "finished"  # asked again, it finds itself at its end
