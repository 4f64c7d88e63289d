"""The training loop: one for a laptop, a GPU, or many (Hugging Face Accelerate)."""

from __future__ import annotations

import copy
import math
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader

from hwr.data.synthesis import Sample
from hwr.decoding.greedy import greedy_decode
from hwr.evaluation.error_rates import cer
from hwr.recognizer.charset import Charset
from hwr.recognizer.checkpoint import (
    Checkpoint,
    replace_directory,
    save_checkpoint,
)
from hwr.recognizer.network import Recognizer, RecognizerOutput, forward_lines
from hwr.training.batches import (
    BATCHES_A_CHUNK,
    Batch,
    ChunkedBatches,
    Example,
    make_example,
    single_threaded,
)
from hwr.training.build import build_data, build_network, texts_of
from hwr.training.config import TrainConfig
from hwr.training.runs import RunDirectory, Status


def train(run: RunDirectory, progress: Callable[[Status, dict[str, float]], None] | None = None) -> Status:
    """Train, or go on training, what the run directory's config asks for.

    SIGTERM or SIGINT save and stop. progress is called after every logged step. Returns the last status; raises
    InputError for a configuration that cannot be trained and RuntimeError when the loss stops being a number.
    """
    return Trainer(run, progress).train()


@dataclass
class Validation:
    """A validation set, prepared once: what was left out is counted by reason."""

    name: str
    examples: list[Example]
    dropped: Counter[str]


class Trainer:
    """State of one run: network, averaged weights, optimizer, position."""

    def __init__(self, run: RunDirectory, progress: Callable[[Status, dict[str, float]], None] | None) -> None:
        self.run, self.config = run, run.config()
        self.progress = progress or (lambda status, row: None)
        if self.config.threads:
            torch.set_num_threads(self.config.threads)
        torch.manual_seed(self.config.seed)
        self.accelerator = Accelerator(mixed_precision="bf16" if torch.cuda.is_available() else "no")
        source, validation = build_data(self.config)
        self.network, self.charset = build_network(self.config, source)
        self.validation = [self._prepare(name, samples) for name, samples in validation]
        self.model, self.optimizer = self.accelerator.prepare(self.network, self._optimizer())
        self.average = {k: v.clone() for k, v in self.network.state_dict().items()} if self.config.ema else None
        self.status = Status(steps=self.config.steps)
        self.stop = False
        chunks = -(-self.config.steps // BATCHES_A_CHUNK)
        self.batches = ChunkedBatches(
            source,
            self.charset,
            self.network.config,
            batch_size=self.config.batch_size,
            chunks=chunks,
            seed=self.config.seed,
            max_width=self.config.max_width,
            augment=self.config.augment,
            rank=self.accelerator.process_index,
            world=self.accelerator.num_processes,
        )

    def _optimizer(self) -> torch.optim.Optimizer:
        """AdamW; norms and biases do not decay."""
        decay = [p for p in self.network.parameters() if p.ndim >= 2]
        rest = [p for p in self.network.parameters() if p.ndim < 2]
        groups = [{"params": decay, "weight_decay": self.config.weight_decay}, {"params": rest, "weight_decay": 0.0}]
        return torch.optim.AdamW(groups, lr=self.config.learning_rate, betas=(0.9, 0.98))

    def _prepare(self, name: str, samples: Iterator[Sample]) -> Validation:
        made = [make_example(s, self.charset, self.network.config, 4 * self.config.max_width) for s in samples]
        examples = [e for e in made if isinstance(e, Example)]
        return Validation(name, examples, Counter(e for e in made if isinstance(e, str)))

    # --- the loop

    def train(self) -> Status:
        handlers = {s: signal.signal(s, self._on_signal) for s in (signal.SIGTERM, signal.SIGINT)}
        try:
            self._resume()
            self._log_start()
            self._steps()
            finished = self.status.step >= self.config.steps
            self.save()
            self._set_state("finished" if finished else "stopped", "finished" if finished else "saved and stopped")
        except BaseException as error:
            self._set_state("failed", f"{type(error).__name__}: {error}")
            raise
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
        return self.status

    def _on_signal(self, number: int, _frame: Any) -> None:
        self.stop = True

    def _steps(self) -> None:
        since, lines, sums = time.time(), 0, Counter[str]()
        self._set_state("running", f"step {self.status.step}")
        for batch in self._stream(self.status.step):
            if self.stop or self.status.step >= self.config.steps:
                break
            losses = self._step(batch)
            self.status.step += 1
            step = self.status.step
            lines += len(batch.texts) * self.accelerator.num_processes
            sums.update(losses)
            sums["steps"] += 1
            if step % self.config.log_every == 0:
                elapsed = time.time() - since
                self._log_metrics(sums, lines / elapsed, elapsed)
                since, lines, sums = time.time(), 0, Counter()
            pause = time.time()
            if step % self.config.validate_every == 0 or step == self.config.steps:
                self._validate()
            if step % self.config.checkpoint_every == 0:
                self.save()
            since += time.time() - pause

    def _stream(self, step: int) -> Iterator[Batch]:
        """Batches from number `step` on."""
        start = step // BATCHES_A_CHUNK
        loader = DataLoader(
            self.batches,
            batch_size=None,
            sampler=range(start, len(self.batches)),  # type: ignore[arg-type]
            num_workers=self.config.workers,
            worker_init_fn=single_threaded,
            generator=torch.Generator(),  # its own: making a loader must not advance the generator of the dropout
            prefetch_factor=2 if self.config.workers else None,
            multiprocessing_context="spawn" if self.config.workers else None,  # threads of OpenCV do not survive a fork
        )
        for chunk, batches in enumerate(loader, start=start):
            for k, batch in enumerate(batches):
                if batch.dropped:
                    self.run.log(f"chunk {chunk}: left out {dict(batch.dropped)}")
                if chunk * BATCHES_A_CHUNK + k >= step:
                    yield batch

    def _step(self, batch: Batch) -> dict[str, float]:
        self.model.train()
        rate = learning_rate(self.config, self.status.step)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        device = self.accelerator.device
        with self.accelerator.autocast():
            output = self.model(batch.images.to(device).float() / 255.0, batch.widths.to(device))
        ctc = ctc_loss(output.logits, output, batch)
        shortcut = ctc_loss(output.shortcut_logits, output, batch)
        loss = ctc + self.config.shortcut_weight * shortcut
        if not torch.isfinite(loss):
            raise RuntimeError(
                f"The loss is not a number at step {self.status.step} (batch of {len(batch.texts)} lines, first text "
                f"{batch.texts[0]!r}); the last good checkpoint is kept. Try a lower learning rate."
            )
        self.accelerator.backward(loss)
        norm = self.accelerator.clip_grad_norm_(self.network.parameters(), self.config.clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self._average_weights()
        return {
            "loss": loss.item(),
            "ctc": ctc.item(),
            "shortcut_ctc": shortcut.item(),
            "gradient_norm": float(norm or 0.0),
        }

    def _average_weights(self) -> None:
        if self.average is None:
            return
        decay = min(self.config.ema, (1 + self.status.step) / (10 + self.status.step))
        for key, value in self.network.state_dict().items():
            if value.is_floating_point():
                self.average[key].lerp_(value, 1 - decay)
            else:
                self.average[key].copy_(value)

    # --- watching

    def _log_start(self) -> None:
        for v in self.validation:
            left_out = f", left out {dict(v.dropped)}" if v.dropped else ""
            self.run.log(f"validation {v.name}: {len(v.examples)} lines{left_out}")
        unknown = sum((self.charset.encode(text).unknown for text in texts_of(self.batches.source)), Counter[str]())
        if unknown:
            shown = " ".join(f"{c!r} x{n}" for c, n in unknown.most_common(20))
            self.run.log(f"{unknown.total()} characters of the data are outside the charset and are left out: {shown}")
        what = f"resuming at step {self.status.step}" if self.status.step else "starting"
        self.run.log(f"{what}; {self.accelerator.device}, {self.accelerator.num_processes} process(es)")

    def _log_metrics(self, sums: Counter[str], lines_per_second: float, elapsed: float) -> None:
        status, n = self.status, sums.pop("steps")
        status.seconds_trained += elapsed
        rate = elapsed / n
        status.eta_seconds = (self.config.steps - status.step) * rate
        row = {key: value / n for key, value in sums.items()}
        row |= {"learning_rate": learning_rate(self.config, status.step), "lines_per_second": lines_per_second}
        if self.accelerator.is_main_process:
            self.run.append("metrics", {"step": status.step, "seconds": status.seconds_trained, **row})
            self.run.write_status(status)
            self.progress(status, row)

    def _validate(self) -> None:
        network = self.best_network()
        row: dict[str, Any] = {}
        samples = []
        for v in self.validation:
            texts = greedy_texts(network, self.charset, v.examples)
            references = [e.text for e in v.examples]
            row[f"val_cer/{v.name}"] = cer(references, texts)
            samples += list(zip(references, texts, strict=True))[: self.config.samples]
        if not row:
            return
        value = float(np.mean(list(row.values())))
        better = self.status.best_cer is None or value < self.status.best_cer
        if better:
            self.status.best_cer, self.status.best_step = value, self.status.step
        if self.accelerator.is_main_process:
            self.run.append("metrics", {"step": self.status.step, "val_cer": value, **row})
            for i, (reference, text) in enumerate(samples):
                self.run.append("samples", {"step": self.status.step, "line": i, "reference": reference, "text": text})
            self.run.log(f"step {self.status.step}: validation CER {value:.4f}{' (best)' if better else ''}")
            if better:
                save_checkpoint(self._checkpoint(network), self.run.checkpoints / "best")
            self.run.write_status(self.status)

    def best_network(self) -> Recognizer:
        """The network to validate and save: the averaged weights where they are kept."""
        if self.average is None:
            return self.network
        network = copy.deepcopy(self.network)  # a fresh network would draw from the random state of the run
        network.load_state_dict(self.average)
        return network

    # --- saving

    def _set_state(self, state: Any, message: str) -> None:
        self.status.state, self.status.message = state, message
        if self.accelerator.is_main_process:
            self.run.log(message)
            self.run.write_status(self.status)

    def _checkpoint(self, network: Recognizer) -> Checkpoint:
        info = {
            "training": {
                "steps": self.status.step,
                "lines": self.status.step * self.config.batch_size,
                "hours": round(self.status.seconds_trained / 3600, 2),
                "seed": self.config.seed,
                "init": self.config.init or "fresh weights",
            }
        }
        if self.status.best_cer is not None:
            info["validation"] = {"mean_cer": round(self.status.best_cer, 4), "step": self.status.best_step}
        return Checkpoint(network, self.charset, info=info)

    def save(self) -> None:
        """Write `checkpoints/last` and all that is needed to go on exactly from here."""
        if not self.accelerator.is_main_process:
            return
        save_checkpoint(self._checkpoint(self.best_network()), self.run.checkpoints / "last")
        tensors = {f"network.{k}": v for k, v in self.network.state_dict().items()}
        tensors |= {f"average.{k}": v for k, v in (self.average or {}).items()}
        for i, p in enumerate(self.network.parameters()):
            for name, value in self.optimizer.state.get(p, {}).items():
                tensors[f"optimizer.{i}.{name}"] = torch.as_tensor(value)
        tensors["random"] = torch.get_rng_state()
        new = self.run.checkpoints / ".state.new"
        new.mkdir(parents=True, exist_ok=True)
        save_file({k: v.detach().cpu().contiguous().clone() for k, v in tensors.items()}, new / "state.safetensors")
        RunDirectory(new).write_status(self.status)
        replace_directory(new, self.run.checkpoints / "state")

    def _resume(self) -> None:
        directory = self.run.checkpoints / "state"
        if not directory.is_dir():
            return
        tensors = load_file(directory / "state.safetensors")
        self.network.load_state_dict(_part(tensors, "network."))
        if self.average is not None:
            self.average = _part(tensors, "average.")
        for i, p in enumerate(self.network.parameters()):
            state = _part(tensors, f"optimizer.{i}.")
            if state:
                self.optimizer.state[p] = {
                    k: v if k == "step" else torch.empty_like(p).copy_(v)  # in the parameter's own memory layout
                    for k, v in state.items()
                }
        torch.set_rng_state(tensors["random"])
        saved = RunDirectory(directory).status()
        for name in ("step", "seconds_trained", "best_cer", "best_step"):
            setattr(self.status, name, getattr(saved, name))
        self.run.drop_rows_after(self.status.step)


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k[len(prefix) :]: v for k, v in tensors.items() if k.startswith(prefix)}


def learning_rate(config: TrainConfig, step: int) -> float:
    """Linear warm-up, then a cosine down to `final_learning_rate` at the last step."""
    if step < config.warmup:
        return config.learning_rate * (step + 1) / config.warmup
    done = (step - config.warmup) / max(1, config.steps - config.warmup)
    cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, done)))
    return config.final_learning_rate + (config.learning_rate - config.final_learning_rate) * cosine


def ctc_loss(logits: Tensor, output: RecognizerOutput, batch: Batch) -> Tensor:
    """Mean over lines of the CTC loss per character (Graves et al. 2006); logits (B, T, C)."""
    log_probs = F.log_softmax(logits.float(), dim=-1).transpose(0, 1).cpu()
    return F.ctc_loss(log_probs, batch.labels, output.lengths.cpu(), batch.label_lengths, zero_infinity=True)


def greedy_texts(network: Recognizer, charset: Charset, examples: list[Example]) -> list[str]:
    """Greedy readings, in the order given."""
    logits = forward_lines(network, [e.pixels for e in examples])
    paths = [greedy_decode(line[None].log_softmax(-1), torch.tensor([len(line)]))[0] for line in logits]
    return [charset.decode(path.labels) for path in paths]
