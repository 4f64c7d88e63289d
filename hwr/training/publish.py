"""From a finished run to a checkpoint worth sharing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from hwr.evaluation.calibration import fit_temperature
from hwr.evaluation.evaluate import Evaluation, commit, evaluate
from hwr.reader import Reader
from hwr.recognizer.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from hwr.training.runs import RunDirectory

Sets = Mapping[str, tuple[str, str]]  # name -> (imagefolder, split)


def publish(run_directory: Path, out: Path, validation: Sets, test: Sets, notes: Sequence[str] = ()) -> Checkpoint:
    """Calibrate a run's best checkpoint on the validation sets, measure it, and write it in fp16 with its model card.

    What is measured is what is written: the metrics are those of the fp16 weights. The test sets are read here and
    nowhere else in training. Raises InputError when the run has no checkpoint yet or a set cannot be read.
    """
    run = RunDirectory.open(run_directory)
    checkpoint = load_checkpoint(run.checkpoints / "best")
    if "init" in checkpoint.info.get("training", {}):
        checkpoint.info["training"]["init"] = Path(checkpoint.info["training"]["init"]).name
    checkpoint.info = {"data": list(notes), **checkpoint.info, "earlier_runs": earlier_runs(run.config().init)}
    save_checkpoint(checkpoint, out, half=True)
    checkpoint = load_checkpoint(out)
    reader = Reader(checkpoint)
    if validation:
        checkpoint.temperature = calibrate(reader, [evaluate(reader, *data) for data in validation.values()])
    metrics = {}
    for split, sets in (("val", validation), ("test", test)):
        for name, data in sets.items():
            metrics[f"{name} ({split})"] = summary(evaluate(reader, *data))
    checkpoint.info |= {"metrics": metrics, "commit": commit() or "unknown"}
    save_checkpoint(checkpoint, out, half=True)
    return checkpoint


def earlier_runs(init: str | None) -> list[str]:
    """One line for each run that the weights went through before this one, the latest first."""
    if not init or init == "fresh weights":
        return []
    info = load_checkpoint(init).info
    training = info.get("training", {})
    line = ", ".join(f"{key} {value}" for key, value in training.items() if key != "init")
    return [line, *(info["earlier_runs"] if "earlier_runs" in info else earlier_runs(training.get("init")))]


def calibrate(reader: Reader, evaluations: Sequence[Evaluation]) -> float:
    """The temperature at which confidences match how often characters are right on these evaluations."""
    lines = [line for evaluation in evaluations for line in evaluation.lines if line.reading]
    logits = [torch.from_numpy(line.reading.log_probs) for line in lines if line.reading]
    return fit_temperature(logits, [reader.charset.encode(line.reference).labels for line in lines])


def summary(evaluation: Evaluation) -> str:
    """One line for a model card."""
    wer: dict[str, Any] = evaluation.wer
    cer = evaluation.cer
    return (
        f"CER {cer.value:.2%} [{cer.low:.2%}, {cer.high:.2%}], WER {wer['space'].value:.2%} (space), "
        f"{wer['tokens'].value:.2%} (tokens), calibration error {evaluation.calibration.ece:.3f}, "
        f"{len(evaluation.lines)} lines"
    )
