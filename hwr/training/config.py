"""Everything a training run is told, in one dataclass: the command line, the YAML file and the form are made from it."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Iterator
from dataclasses import field
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field
from pydantic.dataclasses import dataclass

from hwr.checked import (
    KNOWN_FIELDS,
    AtLeastOne,
    AtLeastZero,
    EmptyAsList,
    NotNegative,
    Number,
    OneOf,
    Positive,
    Text,
    Truth,
    Whole,
    checked,
    refuse,
)
from hwr.data.splits import split_name
from hwr.errors import InputError
from hwr.language.config import ConnectorConfig, Objective
from hwr.recognizer.config import ARCHITECTURES, PRESETS
from hwr.sentences import Sentence

Kind = Literal["lines", "strokes", "fonts", "words"]
Teacher = Literal["language", "ngram", "beam", "greedy"]
Optimizer = Literal["adamw", "muon"]
Precision = Literal["auto", "float32", "bfloat16"]
NO_TRACKER = "none"
TRACKERS = (NO_TRACKER, "tensorboard", "trackio", "wandb", "mlflow", "aim", "clearml", "comet_ml", "dvclive", "swanlab")
HERE = "$HERE"  # in a configuration file: the folder that it lies in
Share = Annotated[Number, Field(gt=0, le=1)]
Seed = Annotated[Whole, Field(ge=0, lt=2**32)]


def freezable() -> tuple[str, ...]:
    """What `freeze` can be: nothing, a part that an architecture names, or all.

    >>> freezable()
    ('none', 'cnn', 'cnn+lstm1', 'recogniser')
    """
    parts = (part for architecture in ARCHITECTURES.values() for part in architecture.freezable)
    return ("none", *dict.fromkeys(parts), "recogniser")


Freeze = Annotated[Text, OneOf(freezable)]
InitPart = Annotated[
    Text, OneOf(lambda: ("all", *(part for part in freezable() if part not in ("none", "recogniser"))))
]
Tracker = Annotated[Text, OneOf(lambda: TRACKERS)]
PresetName = Annotated[Text, OneOf(lambda: PRESETS)]


@checked
@dataclass(config=KNOWN_FIELDS)
class DataConfig:
    """One supply of lines.

    kind: `lines` an imagefolder directory or ZIP; `strokes` a pen stroke file; `fonts` a directory of typefaces; `words`
    an imagefolder whose words are set anew (cuts: the file that `cut-words` made of it). name: what a validation set is
    called (None: by its path). split: which split of it (None: all). weight: its share among the sources, or in the mean
    over the validation sets. text: paragraphs to write (strokes, fonts, words). loose: share of lines made of random words
    instead of sentences (strokes, words). without: numbers of writers that are left out (strokes). texts_from: an
    imagefolder whose texts are drawn too (fonts).
    """

    path: Text
    kind: Kind = "lines"
    split: Text | None = "train"
    weight: NotNegative = 1.0
    text: Text | None = None
    loose: Annotated[Number, Field(ge=0, le=1)] = 0.5
    without: list[int] = field(default_factory=list)
    texts_from: Text | None = None
    lines: AtLeastOne | None = None
    cuts: Text | None = None
    name: Text | None = None

    def __post_init__(self) -> None:
        self.split = split_name(self.split) if self.split else None


@checked
@dataclass(config=KNOWN_FIELDS)
class TrainConfig:
    """A training run. Lengths in steps are optimizer steps; learning rates are per step of the whole batch.

    steps: how often the weights are moved. batch_size: lines that each step learns from. learning_rate: its peak.
    final_learning_rate: where it ends. optimizer: AdamW, or Muon for the matrices within the recogniser (Jordan et al. 2024)
    and AdamW for the rest. warmup: steps in which the rate rises. weight_decay: how fast weights shrink of themselves; norms
    and biases do not. clip_norm: the longest gradient. seed: of the order of the data, its variation and fresh weights. max_width:
    wider lines of training data are left out (network pixels). workers: processes that prepare batches (0: the training
    process does; -1: as many as the machine has cores to spare). local_batches: of several processes each
    draws its own part of a batch, and batch norms see that part alone: faster on CPUs, but not what one process would learn. reuse: how often each line is learned from in a row of
    batches, the later times a little changed; above 1 where lines come slower than the network learns. precision: of the
    training step (auto: bfloat16 where it is measured to be faster). threads: of the CPU (0: torch decides). log_every: steps between two points of the curves.
    validate_every: steps between two validations. checkpoint_every: steps between two saves to resume from. samples:
    validation lines whose readings are kept. log_with: a program that gets the curves, too (`hwr.training.learn.tracking`).

    data: what to learn from. validation: what chooses the best checkpoint (imagefolder sets; `lines` caps each).
    preset: the shape of a network with fresh weights. extend_charset: learn characters that the checkpoint lacks.
    unlabelled: lines without texts to learn from, too (imagefolder sets; texts that they have are not looked at). teacher: who
    proposes their texts: language (beam, character n-gram and language model), ngram (the same without the language model),
    beam (the likeliest text without language) or greedy. ngram: the character n-gram, which must be of the lines' language
    (default: the shipped one, or a file that train-ngram wrote). rounds: how often they are proposed anew, at equal distances; a round that harms validation by a tenth is undone.
    surest: learn from this share of them, the surest (None: validation chooses). unlabelled_share: of the lines that are
    learned from. rehearsal: share of the lines that are drawn in the shipped typefaces, so that less is forgotten.
    init: checkpoint to start from (directory or Hub id), else fresh weights of `preset`. init_part: what of it to take, all or
    a part as `freeze` names them; the rest begins with fresh weights. mobilevit_patch: put fresh
    MobileViT blocks with such patches after its pools (0: none). characters: the charset; None: the checkpoint's, or the
    characters of the data. augment: vary scanned lines. shortcut_weight: s in ctc + s * shortcut_ctc.
    label_smoothing: share of the CTC loss that gives way to the distance of each frame's probabilities from all being equal
    (Kim et al. 2018).
    dropout: share of the features left out while learning (None: as the network has it); the checkpoint goes on to say the
    network's own, which later runs take. ema: decay of the
    averaged weights that are validated and saved (0: off). blend: share of what was learned in those weights, the rest is
    the checkpoint's that the run began with, so that less of it is forgotten (Wortsman et al. 2022, WiSE-FT). keep_every: keep a checkpoint of every so many steps (0: only
    the best and the last). seconds: stop, and end the learning rate's fall, after so long at the latest (0: no limit);
    such a run depends on the machine's speed. freeze: what of the recogniser rests, batch norms included: the
    convolutional body, its first BiLSTM layer too, or all of it, and then the connectors alone learn.

    connectors: what teaches the recogniser language, one a tap; none: CTC alone. language_model: the frozen model
    (see `FrozenLM.load`). keep_layers: only so many of its layers (None: all). objective: surrogate or prefix. lm_weight,
    kl_weight: a and b of the total ctc + s * shortcut_ctc + sum over taps of w * (a * L_LM + b * KL). lm_share: share of a batch's
    lines that the model reads. lm_fade: last share of the steps, in which a and b fall to zero. connector_warmup: first steps in which the connectors learn from whole batches and the
    recogniser rests. connector_learning_rate: the connectors' own, which rises and falls in its own time.
    """

    data: Annotated[list[DataConfig], EmptyAsList] = field(default_factory=list)
    validation: Annotated[list[DataConfig], EmptyAsList] = field(default_factory=list)
    unlabelled: Annotated[list[DataConfig], EmptyAsList] = field(default_factory=list)
    teacher: Teacher = "language"
    ngram: Text = "default"
    rounds: AtLeastOne = 2
    surest: Share | None = None
    unlabelled_share: Share = 0.5
    rehearsal: Annotated[Number, Field(ge=0, lt=1)] = 0.0
    preset: PresetName = "small"
    init: Text | None = None
    init_part: InitPart = "all"
    mobilevit_patch: AtLeastZero = 0
    freeze: Freeze = "none"
    characters: Text | None = None
    extend_charset: Truth = True
    augment: Truth = True
    steps: AtLeastOne = 1000
    batch_size: AtLeastOne = 16
    learning_rate: Positive = 1.1e-3
    final_learning_rate: NotNegative = 1e-6
    optimizer: Optimizer = "adamw"
    warmup: AtLeastZero = 200
    weight_decay: NotNegative = 0.01
    clip_norm: Positive = 5.0
    shortcut_weight: NotNegative = 0.1
    label_smoothing: Annotated[Number, Field(ge=0, lt=1)] = 0.0
    dropout: Annotated[Number, Field(ge=0, lt=1)] | None = None
    ema: Annotated[Number, Field(ge=0, lt=1)] = 0.0
    blend: Share = 1.0
    seed: Seed = 0
    max_width: AtLeastOne = 2048
    workers: Annotated[Whole, Field(ge=-1)] = 0
    threads: AtLeastZero = 0
    log_every: AtLeastOne = 20
    validate_every: AtLeastOne = 500
    checkpoint_every: AtLeastOne = 500
    keep_every: AtLeastZero = 0
    samples: AtLeastZero = 8
    seconds: NotNegative = 0.0
    local_batches: Truth = False
    reuse: AtLeastOne = 1
    precision: Precision = "auto"
    log_with: Tracker = NO_TRACKER
    connectors: Annotated[list[ConnectorConfig], EmptyAsList] = field(default_factory=list)
    language_model: Text = "default"
    keep_layers: AtLeastOne | None = None
    objective: Objective = "surrogate"
    lm_weight: NotNegative = 0.1
    kl_weight: NotNegative = 0.0
    lm_share: Share = 0.125
    lm_fade: Annotated[Number, Field(ge=0, le=1)] = 0.0
    connector_warmup: AtLeastZero = 0
    connector_learning_rate: Positive = 1e-3

    def __post_init__(self) -> None:
        refuse(self._clashes())

    def _clashes(self) -> Iterator[InputError]:
        """Fields that are right by themselves and not together."""
        for name, sets in (("data", self.data), ("validation", self.validation)):
            if sets and not any(one.weight for one in sets):
                yield InputError("training.weights", name=name)
        if self.blend < 1 and not self.init:
            yield InputError("training.blend_init")
        if self.init_part != "all" and (not self.init or self.blend < 1 or self.unlabelled):
            yield InputError("training.init_part", init_part=self.init_part)
        if self.unlabelled:
            if not self.init:
                yield InputError("training.unlabelled_init")
            if self.freeze == "recogniser":
                yield InputError("training.unlabelled_frozen")
            if any(one.kind != "lines" for one in self.unlabelled):
                yield InputError("training.unlabelled_kind")
            if not self.validation and not any(one.kind == "lines" for one in self.data):
                yield InputError("training.unlabelled_validation")
        if not self.connectors:
            if self.freeze == "recogniser":
                yield InputError("training.freeze_all")
            return
        taps = [connector.tap for connector in self.connectors]
        if len(set(taps)) < len(taps):
            yield InputError("training.taps", taps=", ".join(taps))
        if self.lm_weight + self.kl_weight == 0:
            yield InputError("training.language_weights")
        if self.connector_warmup >= self.steps:
            yield InputError("training.connector_warmup", connector_warmup=self.connector_warmup, steps=self.steps)

    @property
    def resting_steps(self) -> int:
        """First steps in which the recogniser rests: none where there is no connector to warm up."""
        if self.freeze == "recogniser":
            return self.steps
        return self.connector_warmup if self.connectors else 0

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> TrainConfig:
        """Raises InputError that names every field that does not exist or cannot be what it is."""
        return cls(**{str(name): value for name, value in values.items()})

    @classmethod
    def load(cls, path: Path) -> TrainConfig:
        """Read YAML (or JSON, which is YAML too); `$NAME` stands for an environment variable, `$HERE` for its folder."""
        path = Path(path)
        try:
            text = path.read_text(encoding="utf-8").replace(HERE, str(path.resolve().parent))
            return cls.from_yaml(os.path.expandvars(text), str(path))
        except (FileNotFoundError, IsADirectoryError):
            raise InputError("training.no_config", path=path) from None
        except UnicodeDecodeError:
            raise InputError("training.yaml_not_utf8", path=path) from None

    @classmethod
    def from_yaml(cls, text: str, name: str = "") -> TrainConfig:
        """Read what `to_yaml` writes, or any part of it. Raises InputError, in which `name` stands for the text."""
        name = name or Sentence("training.the_configuration")
        try:
            values = read_yaml(text)
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise InputError("training.bad_yaml", name=name, reason=" ".join(str(error).split())) from None
        if not isinstance(values, dict):
            raise InputError("training.no_mapping", name=name)
        return cls.from_dict(values)

    def to_yaml(self) -> str:
        return write_yaml(self.to_dict())

    def changes(self) -> dict[str, Any]:
        """The fields that differ from the defaults, as plain values; `from_dict` of them is this configuration.

        >>> TrainConfig(steps=3, data=[DataConfig("a")]).changes()
        {'data': [{'path': 'a'}], 'steps': 3}
        """
        return _changed(self, TrainConfig())

    def save(self, path: Path) -> None:
        """Write YAML that `load` reads back."""
        Path(path).write_text(self.to_yaml(), encoding="utf-8")


class _YamlLoader(yaml.SafeLoader):
    """YAML in which 3e-4 is a number: YAML 1.1 wants a point and a sign, which hardly anybody writes."""


class _YamlDumper(yaml.SafeDumper):
    """Puts quotes about a text that the loader would read as a number."""


for _both in (_YamlLoader, _YamlDumper):
    _both.add_implicit_resolver(
        "tag:yaml.org,2002:float",
        re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)[eE][-+]?[0-9]+$"),
        list("-+.0123456789"),
    )


def read_yaml(text: str) -> Any:
    """The values of a YAML text, without any object of Python's. Raises yaml.YAMLError.

    >>> read_yaml("[3e-4, 1E3, .5e-1, '3e-4']")
    [0.0003, 1000.0, 0.05, '3e-4']
    """
    return yaml.load(text, Loader=_YamlLoader)


def write_yaml(values: Any, **style: Any) -> str:
    """YAML that `read_yaml` makes the same values of.

    >>> write_yaml({"path": "3e-4", "rate": 3e-4})
    "path: '3e-4'\\nrate: 0.0003\\n"
    """
    return yaml.dump(values, Dumper=_YamlDumper, sort_keys=False, allow_unicode=True, **style)


def _changed(value: Any, default: Any) -> dict[str, Any]:
    """Fields of a dataclass that differ from those of `default` (MISSING: that have no default, or another)."""
    found = {}
    for f in dataclasses.fields(value):
        mine = getattr(value, f.name)
        if default is not None:
            other = getattr(default, f.name)
        else:
            other = f.default if f.default_factory is dataclasses.MISSING else f.default_factory()
        if mine != other:
            found[f.name] = [_changed(item, None) for item in mine] if isinstance(mine, list) else mine
    return found
