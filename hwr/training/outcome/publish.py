"""From a finished run to a checkpoint worth sharing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import torch

from hwr.errors import InputError
from hwr.evaluation.calibration import fit_temperature
from hwr.evaluation.evaluate import Evaluation, commit, evaluate, evaluate_records
from hwr.language.connector import copy_connectors
from hwr.reader import Reader
from hwr.recognizer.checkpoint import CARD, Checkpoint, load_checkpoint, markdown_table, save_checkpoint
from hwr.training.lines.sets import held_out
from hwr.training.run.directory import RunDirectory

Sets = Mapping[str, tuple[str, str]]  # name -> (imagefolder, split)
MARKS = ("<!-- metrics -->", "<!-- /metrics -->")
LANGUAGE_MARKS = ("<!-- language -->", "<!-- /language -->")


def publish(
    run_directory: Path, out: Path, validation: Sets | None = None, test: Sets | None = None, notes: Sequence[str] = ()
) -> Checkpoint:
    """Calibrate a run's best checkpoint on the validation sets, measure it, and write it in fp16 with its model card.

    Without any set it is the run's own validation lines. What is measured is what is written: the metrics are those of
    the fp16 weights. The test sets are read here and nowhere else in training. Raises InputError when the run has no
    checkpoint yet or a set cannot be read.
    """
    run = RunDirectory.open(run_directory)
    best = run.checkpoints / "best"
    checkpoint = load_checkpoint(best)
    beside = partial(copy_connectors, best)
    training = checkpoint.info.get("training", {})
    if "init" in training:
        training["init"] = Path(training["init"]).name
    earlier = earlier_runs(run.config().init)
    if earlier[:1] == [_in_a_line(training)]:  # it was published over its start before
        del earlier[0]
    checkpoint.info = {"data": list(notes), **checkpoint.info, "earlier_runs": earlier}
    save_checkpoint(checkpoint, out, half=True, beside=beside)
    checkpoint = load_checkpoint(out)
    reader = Reader(checkpoint)
    measured = {f"{name} (val)": partial(evaluate, reader, *data) for name, data in (validation or {}).items()}
    if not (validation or test):
        for held in held_out(run.config()):
            measure = partial(evaluate_records, reader, held.records, held.name, held.part)
            measured[f"{held.name} ({held.part})"] = measure
    if measured:
        checkpoint.temperature = calibrate(reader, [measure() for measure in measured.values()])
    measured |= {f"{name} (test)": partial(evaluate, reader, *data) for name, data in (test or {}).items()}
    metrics = [summary(name, measure()) for name, measure in measured.items()]
    checkpoint.info |= {"metrics": metrics, "commit": commit() or "unknown"}
    save_checkpoint(checkpoint, out, half=True, beside=beside)
    return checkpoint


def upload(
    directory: Path, repo_id: str, token: str, *, private: bool = True, repo_type: Literal["model", "dataset"] = "model"
) -> str:
    """Put a directory into a repository of the Hugging Face Hub, made if it is not there, once the Hub accepts its card.

    repo_type: `model` for a checkpoint, `dataset` for what `hwr.data.sharing` wrote. The token is used for this call and
    kept nowhere. Returns the address. Raises InputError that says why the Hub would not take it, and does not repeat
    the token.
    """
    import huggingface_hub
    from huggingface_hub.errors import OfflineModeIsEnabled

    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repo_id):
        raise InputError("training.no_repository", repo_id=repo_id)
    if not token.strip():
        raise InputError("training.needs_token")
    api = huggingface_hub.HfApi(token=token.strip())
    try:
        check_card(directory / CARD, repo_type)
        url = str(api.create_repo(repo_id, repo_type=repo_type, private=private, exist_ok=True))
        kind: dict[str, Any] = {} if repo_type == "model" else {"repo_type": repo_type}
        message = "Handwriting recogniser" if repo_type == "model" else "Handwritten lines"
        api.upload_folder(repo_id=repo_id, folder_path=str(directory), commit_message=message, **kind)
    except (OfflineModeIsEnabled, no_connection()) as error:
        raise InputError("training.hub_unreachable", reason=type(error).__name__) from None
    except InputError:
        raise
    except Exception as error:
        if getattr(getattr(error, "response", None), "status_code", None) in (401, 403):
            raise InputError("training.token_refused", repo_id=repo_id) from None
        reason = " ".join(str(error).split()).replace(token.strip(), "***")[:300]
        raise InputError("training.hub_failed", repo_id=repo_id, name=type(error).__name__, reason=reason) from None
    return url


def no_connection() -> type[Exception]:
    """What the Hub's client raises without a connection: an error of httpx, from huggingface_hub 2 on of httpx2."""
    import huggingface_hub

    library = type(huggingface_hub.get_session()).__module__.partition(".")[0]
    return import_module(library).TransportError


def check_card(card: Path, repo_type: Literal["model", "dataset"]) -> None:
    """Ask the Hub whether it takes a card. Raises InputError with its reason, and whatever the network raises."""
    from huggingface_hub import DatasetCard, ModelCard

    kind = ModelCard if repo_type == "model" else DatasetCard
    try:
        kind.load(card).validate(repo_type=repo_type)
    except ValueError as error:
        reason = " ".join(str(error).split())[:300]
        raise InputError("training.card_refused", card=card.name, reason=reason) from None


def earlier_runs(init: str | None) -> list[str]:
    """One line for each run that the weights went through before this one, the latest first."""
    if not init or init == "fresh weights":
        return []
    info = load_checkpoint(init).info
    training = info.get("training", {})
    before = info["earlier_runs"] if "earlier_runs" in info else earlier_runs(training.get("init"))
    return [_in_a_line(training), *before]


def _in_a_line(training: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in training.items() if key != "init")


def calibrate(reader: Reader, evaluations: Sequence[Evaluation]) -> float:
    """The temperature at which confidences match how often characters are right on these evaluations."""
    lines = [line for evaluation in evaluations for line in evaluation.lines if line.reading]
    logits = [torch.from_numpy(line.reading.log_probs) for line in lines if line.reading]
    return fit_temperature(logits, [reader.charset.encode(line.reference).labels for line in lines])


def summary(name: str, evaluation: Evaluation) -> dict[str, str]:
    """One row of the card's table of metrics."""
    wer, cer = evaluation.wer, evaluation.cer
    return {
        "set": name,
        "lines": f"{len(evaluation.lines):,}",
        "CER [95 %]": f"{cer.value:.1%} [{cer.low:.1%}, {cer.high:.1%}]",
        "WER, by space": f"{wer['space'].value:.1%}",
        "WER, tokens": f"{wer['tokens'].value:.1%}",
        "WER, HTR-VT": f"{wer['htr_vt'].value:.1%}",
        "calibration error": f"{evaluation.calibration.ece:.3f}",
    }


def write_table(readme: Path, rows: list[dict[str, str]], marks: tuple[str, str] = MARKS) -> None:
    """Put a table between two marks of a README. Raises InputError when it has none or is not there."""
    write_between(readme, markdown_table(rows), marks)


def write_between(readme: Path, markdown: str, marks: tuple[str, str]) -> None:
    """Put text between two marks of a README. Raises InputError when it has none or is not there."""
    first, last = marks
    try:
        text = readme.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError("training.readme_unreadable", readme=readme, reason=error.strerror) from None
    if first not in text or last not in text:
        raise InputError("training.no_place", readme=readme, first=first, last=last)
    before, rest = text.split(first, 1)
    after = rest.split(last, 1)[1]
    readme.write_text(f"{before}{first}\n{markdown.strip()}\n{last}{after}", encoding="utf-8")
