"""From a configuration to what it names: the lines to learn from, the validation sets, the network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from hwr.data.dataset import LineDataset, read_imagefolder
from hwr.data.synthesis import FontSource, LineSource, Mixture, Sample, Source, StrokeSource
from hwr.errors import InputError
from hwr.recognizer.charset import Charset
from hwr.recognizer.checkpoint import extend_network, load_checkpoint
from hwr.recognizer.config import preset
from hwr.recognizer.network import Recognizer
from hwr.training.config import DataConfig, TrainConfig

HELD_OUT_SHARE = 0.1  # of a data set that has no validation split


def build_data(config: TrainConfig) -> tuple[Source, list[tuple[str, Iterator[Sample]]]]:
    """The source to learn from, and (name, samples) of each validation set."""
    if not config.data:
        raise InputError("The configuration names no training data (field data).")
    sources = [(d.weight, build_source(d, config.augment)) for d in config.data]
    validation = [(d, build_lines(d)) for d in config.validation]
    if not validation:
        validation = [_hold_out(d, s) for d, (_, s) in zip(config.data, sources, strict=True) if d.kind == "lines"]
    source = sources[0][1] if len(sources) == 1 else Mixture(sources)
    return source, [(_set_name(d), _fixed_samples(d, lines)) for d, lines in validation]


def build_source(data: DataConfig, augment: bool) -> Source:
    path, text = Path(data.path), Path(data.text) if data.text else None
    if data.kind == "strokes":
        return StrokeSource(path, data.split or "train", text, loose=data.loose)
    if data.kind == "fonts":
        extra = read_imagefolder(Path(data.texts_from), data.split).texts if data.texts_from else []
        return FontSource(path, data.split, text, extra)
    if data.kind == "lines":
        return build_lines(data, augment)
    raise InputError(f"There is no kind of data {data.kind!r}; it is lines, strokes or fonts.")


def build_lines(data: DataConfig, augment: bool = False) -> LineSource:
    return LineSource(Path(data.path), data.split, augment)


def _hold_out(data: DataConfig, source: Source) -> tuple[DataConfig, LineSource]:
    """The validation split of a data set, or, where it has no splits, a tenth of its lines taken out of training."""
    assert isinstance(source, LineSource)
    everything = read_imagefolder(Path(data.path))
    splits = {r.split for r in everything.records}
    if "val" in splits:
        held = DataConfig(data.path, split="val", lines=data.lines)
        return held, build_lines(held)
    records = source.dataset.records
    if len(records) < 2:
        raise InputError(f"{data.path} has {len(records)} usable line(s); training needs at least two.")
    chosen = np.random.default_rng(0).permutation(len(records))[: max(1, round(HELD_OUT_SHARE * len(records)))]
    held = build_lines(data)
    held.dataset = LineDataset([records[i] for i in sorted(chosen)])
    source.dataset = LineDataset([r for i, r in enumerate(records) if i not in set(chosen.tolist())])
    return data, held


def _set_name(data: DataConfig) -> str:
    return Path(data.path).stem


def _fixed_samples(data: DataConfig, source: LineSource) -> Iterator[Sample]:
    """The lines of a set, or `data.lines` of them spread evenly."""
    count = len(source.dataset.records)
    step = max(1.0, count / data.lines) if data.lines else 1.0
    rng = np.random.default_rng(0)
    for i in range(int(count / step)):
        yield source.line(int(i * step), rng)


def build_network(config: TrainConfig, source: Source) -> tuple[Recognizer, Charset]:
    """Fresh weights, or those of `config.init` with output rows for the characters that the data adds."""
    if config.init:
        checkpoint = load_checkpoint(config.init)
        charset = checkpoint.charset
        if config.extend_charset:
            charset = charset.extended([config.characters] if config.characters else texts_of(source))
        network = checkpoint.network
        if charset.classes != network.classes:
            network = extend_network(network, charset)
        if config.mobilevit_patch:
            network = with_mobilevit(network, config.mobilevit_patch)
        return network.train(), charset
    texts = texts_of(source)
    if config.characters is None and not texts:
        raise InputError(
            "Name the charset (field characters): it cannot be told from data that is drawn as it is needed."
        )
    charset = Charset.of(config.characters) if config.characters else Charset.from_texts(texts)
    network = Recognizer(preset(config.preset), charset.classes)
    return with_mobilevit(network, config.mobilevit_patch) if config.mobilevit_patch else network, charset


def with_mobilevit(network: Recognizer, patch: int) -> Recognizer:
    """The same network with a fresh MobileViT block after each pool, where there is none; its other weights are kept.

    Raises InputError when the patches do not tile a map's height.
    """
    config = network.config
    rows = config.height // config.stem_stride[0]
    stages = []
    for stage in config.stages:
        rows //= stage.pool[0] if stage.pool else 1
        if stage.pool and not stage.mobilevit_patch:
            if rows % patch:
                raise InputError(
                    f"mobilevit_patch must divide a height of {rows} (preset {config.preset}), not {patch}."
                )
            stage = replace(stage, mobilevit_patch=patch)
        stages.append(stage)
    wider = Recognizer(config.replace(preset=f"{config.preset}+mobilevit", stages=tuple(stages)), network.classes)
    wider.load_state_dict(network.state_dict(), strict=False)
    return wider


def texts_of(source: Source) -> list[str]:
    if isinstance(source, LineSource):
        return source.dataset.texts
    if isinstance(source, Mixture):
        return [text for _, part in source.sources for text in texts_of(part)]
    return []
