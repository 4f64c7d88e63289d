"""Everything a training run is told, in one dataclass: the command line, the YAML file and the form are made from it."""

from __future__ import annotations

import dataclasses
import difflib
import math
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import yaml

from hwr.data.splits import split_name
from hwr.errors import InputError
from hwr.language.config import KINDS, OBJECTIVES, ConnectorConfig
from hwr.recognizer.config import PRESETS
from hwr.sentences import Sentence

Kind = Literal["lines", "strokes", "fonts", "words"]
Precision = Literal["auto", "float32", "bfloat16"]
Freeze = Literal["none", "cnn", "cnn+lstm1", "recogniser"]
HERE = "$HERE"  # in a configuration file: the folder that it lies in
FREEZE: tuple[Freeze, ...] = get_args(Freeze)


@dataclass
class DataConfig:
    """One supply of lines.

    kind: `lines` an imagefolder directory or ZIP; `strokes` a pen stroke file; `fonts` a directory of typefaces; `words`
    an imagefolder whose words are set anew (cuts: the file that `cut-words` made of it). name: what a validation set is
    called (None: by its path). split: which split of it (None: all). weight: its share among the sources, or in the mean
    over the validation sets. text: paragraphs to write (strokes, fonts, words). loose: share of lines made of random words
    instead of sentences (strokes, words). texts_from: an imagefolder whose texts are drawn too (fonts).
    """

    path: str
    kind: Kind = "lines"
    split: str | None = "train"
    weight: float = 1.0
    text: str | None = None
    loose: float = 0.5
    texts_from: str | None = None
    lines: int | None = None
    cuts: str | None = None
    name: str | None = None

    def __post_init__(self) -> None:
        self.split = split_name(self.split) if self.split else None


@dataclass
class TrainConfig:
    """A training run. Lengths in steps are optimizer steps; learning rates are per step of the whole batch.

    steps: how often the weights are moved. batch_size: lines that each step learns from. learning_rate: its peak.
    final_learning_rate: where it ends. warmup: steps in which it rises. weight_decay: of AdamW; norms and biases do not
    decay. clip_norm: the longest gradient. seed: of the order of the data, its variation and fresh weights. max_width:
    wider lines of training data are left out (network pixels). workers: processes that prepare batches (0: the training
    process does; -1: as many as the machine has cores to spare). reuse: how often each line is learned from in a row of
    batches, the later times a little changed; above 1 where lines come slower than the network learns. precision: of the
    training step (auto: bfloat16 where it is measured to be faster). threads: of the CPU (0: torch decides). log_every: steps between two points of the curves.
    validate_every: steps between two validations. checkpoint_every: steps between two saves to resume from. samples:
    validation lines whose readings are kept.

    data: what to learn from. validation: what chooses the best checkpoint (imagefolder sets; `lines` caps each).
    preset: the shape of a network with fresh weights. extend_charset: learn characters that the checkpoint lacks.
    init: checkpoint to start from (directory or Hub id), else fresh weights of `preset`. mobilevit_patch: put fresh
    MobileViT blocks with such patches after its pools (0: none). characters: the charset; None: the checkpoint's, or the
    characters of the data. augment: vary scanned lines. shortcut_weight: s in ctc + s * shortcut_ctc. ema: decay of the
    averaged weights that are validated and saved (0: off). blend: share of what was learned in those weights, the rest is
    the checkpoint's that the run began with, so that less of it is forgotten (Wortsman et al. 2022, WiSE-FT). keep_every: keep a checkpoint of every so many steps (0: only
    the best and the last). seconds: stop, and end the learning rate's fall, after so long at the latest (0: no limit);
    such a run depends on the machine's speed. freeze: what of the recogniser rests, batch norms included: the
    convolutional body, its first BiLSTM layer too, or all of it, and then the connectors alone learn.

    connectors: what teaches the recogniser language, one a tap; none: CTC alone. language_model: the frozen model
    (see `FrozenLM.load`). keep_layers: only so many of its layers (None: all). objective: surrogate or prefix. lm_weight,
    kl_weight: a and b of the total ctc + s * shortcut_ctc + sum over taps of w * (a * L_LM + b * KL). lm_share: share of a batch's
    lines that the model reads. connector_warmup: first steps in which the connectors learn from whole batches and the
    recogniser rests. connector_learning_rate: the connectors' own, which rises and falls in its own time.
    """

    data: list[DataConfig] = field(default_factory=list)
    validation: list[DataConfig] = field(default_factory=list)
    preset: str = "small"
    init: str | None = None
    mobilevit_patch: int = 0
    freeze: Freeze = "none"
    characters: str | None = None
    extend_charset: bool = True
    augment: bool = True
    steps: int = 1000
    batch_size: int = 16
    learning_rate: float = 1.1e-3
    final_learning_rate: float = 1e-6
    warmup: int = 200
    weight_decay: float = 0.01
    clip_norm: float = 5.0
    shortcut_weight: float = 0.1
    ema: float = 0.0
    blend: float = 1.0
    seed: int = 0
    max_width: int = 2048
    workers: int = 0
    threads: int = 0
    log_every: int = 20
    validate_every: int = 500
    checkpoint_every: int = 500
    keep_every: int = 0
    samples: int = 8
    seconds: float = 0.0
    reuse: int = 1
    precision: Precision = "auto"
    connectors: list[ConnectorConfig] = field(default_factory=list)
    language_model: str = "default"
    keep_layers: int | None = None
    objective: str = "surrogate"
    lm_weight: float = 0.1
    kl_weight: float = 0.0
    lm_share: float = 0.125
    connector_warmup: int = 0
    connector_learning_rate: float = 1e-3

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size", "log_every", "validate_every", "checkpoint_every", "max_width", "reuse"):
            if getattr(self, name) < 1:
                raise InputError("training.at_least_1", name=name, value=getattr(self, name))
        for name in ("keep_every", "seconds", "mobilevit_patch"):
            if getattr(self, name) < 0:
                raise InputError("training.not_below_0", name=name, value=getattr(self, name))
        if not self.learning_rate > 0:
            raise InputError("training.learning_rate", learning_rate=self.learning_rate)
        if not 0 <= self.ema < 1:
            raise InputError("training.ema", ema=self.ema)
        if not 0 < self.blend <= 1:
            raise InputError("training.blend", blend=self.blend)
        if self.blend < 1 and not self.init:
            raise InputError("training.blend_init")
        if self.precision not in get_args(Precision):
            raise InputError("training.precision", choices=", ".join(get_args(Precision)), given=self.precision)
        if self.freeze not in FREEZE:
            raise InputError("training.freeze", choices=", ".join(FREEZE), given=self.freeze)
        if self.connectors:
            self._check_connectors()
        elif self.freeze == "recogniser":
            raise InputError("training.freeze_all")

    @property
    def resting_steps(self) -> int:
        """First steps in which the recogniser rests: none where there is no connector to warm up."""
        if self.freeze == "recogniser":
            return self.steps
        return self.connector_warmup if self.connectors else 0

    def _check_connectors(self) -> None:
        taps = [connector.tap for connector in self.connectors]
        if len(set(taps)) < len(taps):
            raise InputError("training.taps", taps=", ".join(taps))
        if self.objective not in OBJECTIVES:
            raise InputError("training.objective", objectives=", ".join(OBJECTIVES), objective=self.objective)
        if min(self.lm_weight, self.kl_weight) < 0 or self.lm_weight + self.kl_weight == 0:
            raise InputError("training.language_weights")
        if not 0 < self.lm_share <= 1:
            raise InputError("training.lm_share", lm_share=self.lm_share)
        if not 0 <= self.connector_warmup < self.steps:
            raise InputError("training.connector_warmup", connector_warmup=self.connector_warmup)
        if not self.connector_learning_rate > 0:
            raise InputError("training.connector_learning_rate", connector_learning_rate=self.connector_learning_rate)

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> TrainConfig:
        """Raises InputError that names a field that does not exist or has the wrong form."""
        try:
            values = _checked(cls, values)
            for name in ("data", "validation"):
                values[name] = [DataConfig(**_checked(DataConfig, source, name)) for source in values.get(name) or []]
            connectors = values.get("connectors") or []
            values["connectors"] = [ConnectorConfig(**_checked(ConnectorConfig, c, "connectors")) for c in connectors]
            return cls(**values)
        except (TypeError, ValueError) as error:
            if isinstance(error, InputError):
                raise
            message = re.sub(r"(TrainConfig|DataConfig|ConnectorConfig)\.__init__\(\) ", "", str(error))
            raise InputError("training.not_usable", message=message) from None

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
    def from_yaml(cls, text: str, name: str = "The configuration") -> TrainConfig:
        """Read what `to_yaml` writes, or any part of it. Raises InputError, in which `name` stands for the text."""
        try:
            values = read_yaml(text)
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise InputError("training.bad_yaml", name=name, reason=" ".join(str(error).split())) from None
        if not isinstance(values, dict):
            raise InputError("training.no_mapping", name=name)
        return cls.from_dict(values)

    def to_yaml(self) -> str:
        return yaml.safe_dump(self.to_dict(), sort_keys=False, allow_unicode=True)

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


_YamlLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$"), list("-+0123456789")
)


def read_yaml(text: str) -> Any:
    """The values of a YAML text, without any object of Python's. Raises yaml.YAMLError."""
    return yaml.load(text, Loader=_YamlLoader)


def _checked(kind: type, values: Any, where: str = "") -> dict[str, Any]:
    """The values for a dataclass, whole numbers made of 1e3. Raises InputError that names a field and its value.

    where: the list that the values are an item of.
    """
    place = Sentence("training.of_item", where=where) if where else ""
    if not isinstance(values, dict):
        raise InputError("training.item", place=place, values=values)
    hints, found = get_type_hints(kind), {}
    for name, value in values.items():
        if name not in hints:
            near = difflib.get_close_matches(str(name), hints, 1)
            hint = Sentence("training.did_you_mean", name=near[0]) if near else Sentence("training.see_help")
            raise InputError("training.no_field", name=name, place=place, hint=hint)
        found[name] = value = (
            int(value) if isinstance(value, float) and value.is_integer() and int in _kinds(hints[name]) else value
        )
        if not _fits(value, _kinds(hints[name])):
            wanted = " or ".join(_WORDS[k] for k in _kinds(hints[name]))
            raise InputError("training.field_type", name=name, place=place, wanted=wanted, value=value)
    return found


_WORDS = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "text",
    list: "a list",
    type(None): "empty",
}


def _kinds(hint: Any) -> tuple[type, ...]:
    """The plain types that a field can have: `int | None`, `Literal["a"]` and `list[X]` are int, None, str and list."""
    if get_origin(hint) is Literal:
        return (str,)
    if get_origin(hint) is list:
        return (list,)
    return tuple(get_args(hint)) or (hint,)


def _fits(value: Any, kinds: tuple[type, ...]) -> bool:
    if value is None:  # an empty list, too, is written as nothing
        return type(None) in kinds or list in kinds
    if isinstance(value, bool):
        return bool in kinds
    if isinstance(value, (int, float)) and float in kinds:
        return math.isfinite(value)
    return isinstance(value, kinds)


def choices(name: str) -> tuple[str, ...] | None:
    """The values that a field can have, where they are a list: of TrainConfig, or `kind`, `connector` of data and connector.

    >>> choices("freeze"), choices("steps")
    (('none', 'cnn', 'cnn+lstm1', 'recogniser'), None)
    """
    return {
        "preset": tuple(PRESETS),
        "objective": OBJECTIVES,
        "freeze": FREEZE,
        "precision": get_args(Precision),
        "kind": get_args(Kind),
        "connector": KINDS,
    }.get(name)


def _changed(value: Any, default: Any) -> dict[str, Any]:
    """Fields of a dataclass that differ from those of `default` (MISSING: that have no default, or another)."""
    found = {}
    for f in dataclasses.fields(value):
        mine = getattr(value, f.name)
        other = f.default if default is None else getattr(default, f.name)
        if mine != other:
            found[f.name] = [_changed(item, None) for item in mine] if isinstance(mine, list) else mine
    return found
