"""What a run has learned, on disk: checkpoints to read with, and the state from which it goes on as if never stopped."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from hwr.errors import InputError
from hwr.recognizer.charset import Charset
from hwr.recognizer.checkpoint import Checkpoint, save_checkpoint, settle_directories
from hwr.recognizer.network import Recognizer
from hwr.training.config import TrainConfig
from hwr.training.learn.learner import Learner
from hwr.training.run.directory import RunDirectory, Status
from hwr.training.run.state import part, read_state, set_random_states, write_state


class Saving:
    """Writes and reads what one run learns."""

    def __init__(self, run: RunDirectory, config: TrainConfig, learner: Learner, charset: Charset) -> None:
        self.run, self.config, self.charset = run, config, charset
        self.accelerator, self.network, self.optimizer = learner.accelerator, learner.network, learner.optimizer
        self.teaching, self.averages = learner.teaching, learner.averages

    def write(self, network: Recognizer, name: str, status: Status) -> None:
        """The checkpoint `name` with these weights of the recogniser, and the connectors beside them."""
        average = self.averages.get("connector_average")
        taught = self.teaching.connectors(status.step, average.weights if average else None) if self.teaching else None
        beside = taught.save if taught else None
        training: dict[str, Any] = {
            "steps": status.step,
            "lines": status.step * self.config.batch_size,
            "hours": round(status.seconds_trained / 3600, 2),
            "seed": self.config.seed,
            "init": self.config.init or "fresh weights",
        }
        if self.config.blend < 1:
            training["blend"] = self.config.blend
        if self.accelerator.num_processes > 1:
            training["processes"] = self.accelerator.num_processes
        info: dict[str, Any] = {"training": training}
        if status.best_cer is not None:
            info["validation"] = {"mean_cer": round(status.best_cer, 4), "step": status.best_step}
        save_checkpoint(Checkpoint(network, self.charset, info=info), self.run.checkpoints / name, beside=beside)

    def save(self, network: Recognizer, random: dict[str, Tensor], status: Status) -> None:
        """Write `checkpoints/last` and all that is needed to go on exactly from here. random: `random_states`."""
        self.write(network, "last", status)
        parts = {"network": self.network.state_dict()}
        if self.teaching:
            parts["connectors"] = self.teaching.modules.state_dict()
        parts |= {name: average.weights for name, average in self.averages.items()}
        tensors = {f"{name}.{key}": value for name, weights in parts.items() for key, value in weights.items()}
        for i, p in enumerate(self._parameters()):
            for name, value in self.optimizer.state.get(p, {}).items():
                tensors[f"optimizer.{i}.{name}"] = torch.as_tensor(value)
        write_state(self.run.checkpoints, tensors | random, status)

    def resume(self, status: Status) -> None:
        """Put back what was saved last, if anything was, random states included, and the position into `status`.

        Rows of the curves behind it are dropped, all of them where nothing was saved. Raises InputError when the state is
        damaged or does not fit.
        """
        first = self.accelerator.is_main_process
        if first:
            settle_directories(self.run.checkpoints)
        self.accelerator.wait_for_everyone()
        found = read_state(self.run.checkpoints)
        exact = True
        if found:
            tensors, saved = found
            try:
                self.load(tensors)
            except (RuntimeError, KeyError) as error:
                last, reason = self.run.checkpoints / "last", " ".join(str(error).split())[:300]
                raise InputError("training.state_does_not_fit", path=self.run.path, last=last, reason=reason) from None
            exact = set_random_states(tensors)
            for name in ("step", "seconds_trained", "best_cer", "best_step"):
                setattr(status, name, getattr(saved, name))
        if first:
            for name, damaged in self.run.drop_rows_after(status.step if found else -1).items():
                self.run.log(f"{damaged} damaged line(s) of {name}.jsonl could not be read and were taken out")
            if not exact:
                self.run.log("saved on another device or by fewer processes: dropout goes on from other random numbers")

    def load(self, tensors: dict[str, Tensor]) -> None:
        """Put weights and the optimizer's state back. Raises RuntimeError or KeyError for those of another network."""
        self.network.load_state_dict(part(tensors, "network."))
        if self.teaching:
            self.teaching.modules.load_state_dict(part(tensors, "connectors."))
        for name, average in self.averages.items():
            average.load(part(tensors, f"{name}."))
        for i, p in enumerate(self._parameters()):
            state = part(tensors, f"optimizer.{i}.")
            if state:
                self.optimizer.state[p] = {
                    k: v if k == "step" else torch.empty_like(p).copy_(v)  # in the parameter's own memory layout
                    for k, v in state.items()
                }

    def _parameters(self) -> list[nn.Parameter]:
        """All that the optimizer moves, in the order of its saved state."""
        return [*self.network.parameters(), *(self.teaching.parameters() if self.teaching else ())]
