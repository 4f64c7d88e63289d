"""How well a network that is being trained reads the lines that it does not learn from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from hwr.data.supply import Sample
from hwr.decoding.greedy import greedy_decode
from hwr.errors import InputError
from hwr.evaluation.error_rates import cer, wer
from hwr.evaluation.sharding import sharded
from hwr.recognizer.charset import Charset
from hwr.recognizer.network import Recognizer, forward_lines
from hwr.training.lines.batches import PreparedSample, prepare_sample


@dataclass
class Validation:
    """A validation set, prepared once: what was left out is counted by reason. weight: in the mean over the sets."""

    name: str
    samples: list[PreparedSample]
    dropped: Counter[str]
    weight: float = 1.0

    @classmethod
    def of(
        cls,
        name: str,
        samples: Iterable[Sample],
        charset: Charset,
        network: Recognizer,
        max_width: int,
        weight: float = 1.0,
    ) -> Validation:
        """Raises InputError when not one of the samples can be used: nothing would choose the best checkpoint."""
        made = [prepare_sample(sample, charset, network.config, max_width) for sample in samples]
        prepared = [one for one in made if isinstance(one, PreparedSample)]
        dropped = Counter(one for one in made if isinstance(one, str))
        if not prepared:
            reasons = ", ".join(f"{reason}: {n}" for reason, n in dropped.items())
            raise InputError("training.no_validation_line", made=len(made), name=name, reasons=reasons)
        return cls(name, prepared, dropped, weight)


def validate(
    network: Recognizer, charset: Charset, sets: Sequence[Validation], samples: int
) -> tuple[dict[str, float], list[tuple[str, str]]]:
    """Rates, and (reference, reading) of the first `samples` lines of each set; all processes must call it.

    The rates are `val_cer` and `val_wer`, weighted means over the sets, and those of each set (`val_cer/<name>`).
    """
    row: dict[str, float] = {}
    shown = []
    for v in sets:
        texts = sharded(lambda share: greedy_texts(network, charset, share), v.samples)
        references = [one.text for one in v.samples]
        row[f"val_cer/{v.name}"] = cer(references, texts)
        row[f"val_wer/{v.name}"] = wer(references, texts)
        shown += list(zip(references, texts, strict=True))[:samples]
    means = {
        kind: float(np.average([row[f"{kind}/{v.name}"] for v in sets], weights=[v.weight for v in sets]))
        for kind in ("val_cer", "val_wer")
        if sets
    }
    return means | row, shown


def greedy_texts(network: Recognizer, charset: Charset, samples: Sequence[PreparedSample]) -> list[str]:
    """Greedy readings, in the order given."""
    logits = forward_lines(network, [one.pixels for one in samples])
    paths = [greedy_decode(line[None].log_softmax(-1), torch.tensor([len(line)]))[0] for line in logits]
    return [charset.decode(path.labels) for path in paths]
