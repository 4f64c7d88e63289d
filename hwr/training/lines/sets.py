"""From a configuration to what it names: the lines to learn from, the validation sets, the network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
from torch import nn

from hwr.data.dataset import LineDataset, LineRecord, Skipped, read_imagefolder, read_pictures
from hwr.data.supply import LineSource, Mixture, Sample, Source
from hwr.data.synthesis import FontSource, StrokeSource
from hwr.data.words import WordSource
from hwr.errors import InputError
from hwr.evaluation.evaluate import spread
from hwr.images.digest import image_digest
from hwr.paths import ASSETS
from hwr.recognizer.charset import Charset
from hwr.recognizer.checkpoint import extend_network, load_checkpoint, load_config
from hwr.recognizer.config import CnnBlstmConfig, RecognizerConfig, preset
from hwr.recognizer.network import Recognizer
from hwr.sentences import Sentence
from hwr.training.config import DataConfig, TrainConfig
from hwr.training.lines.usable import unusable

HELD_OUT_SHARE = 0.1  # of a data set that has no validation split
MOST_TRIED = 5  # lines that are looked at for each that is held out
VALIDATION_WIDTH = 4  # times max_width: so wide may the lines be that are only read


def build_data(config: TrainConfig) -> tuple[Source, list[tuple[DataConfig, Iterator[Sample]]]]:
    """The source to learn from, and (what it is, samples) of each validation set."""
    if not config.data and not config.unlabelled:
        raise InputError("training.no_data")
    sources = [(d.weight, build_source(d, config.augment)) for d in config.data]
    validation = [(d, build_lines(d)) for d in config.validation]
    if not validation:
        pairs = zip(config.data, sources, strict=True)
        validation = [_hold_out(config, d, s) for d, (_, s) in pairs if d.kind == "lines"]
    if config.rehearsal or not sources:
        share = config.rehearsal if sources else 1.0
        sources = [*_sharing(sources, 1 - share), (share, typefaces())]
    source = sources[0][1] if len(sources) == 1 else Mixture(sources)
    return source, [(d, _fixed_samples(d, lines)) for d, lines in validation]


def typefaces() -> FontSource:
    """Lines in the shipped typefaces, of which there is no end."""
    return FontSource(ASSETS / "fonts", None)


def _sharing(sources: list[tuple[float, Source]], share: float) -> list[tuple[float, Source]]:
    """The sources with weights that add up to `share`."""
    whole = sum(weight for weight, _ in sources)
    return [(share * weight / whole, source) for weight, source in sources]


def with_proposed(config: TrainConfig, labelled: Source, proposed: LineSource) -> Source:
    """`unlabelled_share` of the lines are proposed, the rest labelled; without labelled data the rest is rehearsal."""
    share = config.unlabelled_share if config.data else 1 - config.rehearsal
    return Mixture([(share, proposed), (1 - share, labelled)]) if share < 1 else proposed


def unlabelled_lines(config: TrainConfig) -> LineDataset:
    """The lines without texts, but those whose pictures the run knows the texts of. Raises InputError if none is left."""
    labelled = [record for part in held_out(config) for record in part.records]
    for data in config.data:
        if data.kind == "lines":
            labelled += read_imagefolder(Path(data.path), data.split).records
    known = {_digest(record) for record in labelled}
    records: list[LineRecord] = []
    skipped: list[Skipped] = []
    for data in config.unlabelled:
        found = read_pictures(Path(data.path), data.split)
        skipped += found.skipped
        for record in spread(found.records, data.lines):
            digest = _digest(record)
            if digest is None or digest in known:
                why = "training.left.labelled" if digest else "training.left.unreadable"
                skipped.append(Skipped(str(record.image), Sentence(why)))
            else:
                records.append(record)
    if not records:
        raise InputError("training.nothing_unlabelled", skipped=len(skipped), reason=skipped[0].reason)
    return LineDataset(records, skipped)


def _digest(record: LineRecord) -> str | None:
    try:
        return image_digest(record.read_bytes())
    except InputError:
        return None


def build_source(data: DataConfig, augment: bool) -> Source:
    path, text = Path(data.path), Path(data.text) if data.text else None
    if data.kind == "strokes":
        return StrokeSource(path, data.split or "train", text, loose=data.loose, without=data.without)
    if data.kind == "fonts":
        extra = read_imagefolder(Path(data.texts_from), data.split).texts if data.texts_from else []
        return FontSource(path, data.split, text, extra)
    if data.kind == "words":
        if not data.cuts:
            raise InputError("training.no_cuts", path=path)
        return WordSource(path, Path(data.cuts), data.split, text, loose=data.loose)
    return build_lines(data, augment)


def build_lines(data: DataConfig, augment: bool = False) -> LineSource:
    return LineSource(Path(data.path), data.split, augment)


def _hold_out(config: TrainConfig, data: DataConfig, source: Source) -> tuple[DataConfig, LineSource]:
    """What `held_out` says, as a source; its lines are taken out of the training source where they were part of it."""
    assert isinstance(source, LineSource)
    found = _held_out(config, data, source.dataset.records)
    if found.part == "val":
        held = DataConfig(data.path, split="val", lines=data.lines)
        return held, build_lines(held)
    chosen = set(map(id, found.records))
    held_lines = build_lines(data)
    held_lines.dataset = LineDataset(found.records)
    kept = [r for r in source.dataset.records if id(r) not in chosen]
    source.dataset = LineDataset(kept, [*source.dataset.skipped, *found.skipped])
    return replace(data, weight=1.0), held_lines


@dataclass(frozen=True)
class HeldOut:
    """Lines of a data set that a run does not learn from. skipped: those that were meant to be among them and cannot be."""

    name: str
    part: Literal["val", "test", "held out"]
    path: str
    records: list[LineRecord]
    skipped: list[Skipped] = field(default_factory=list)


def held_out(config: TrainConfig, test: bool = False) -> list[HeldOut]:
    """The lines that choose a run's best checkpoint; with `test` the test split, too, of each set that has one.

    Raises InputError when a set cannot be read any more.
    """
    found = []
    for data in config.validation or [d for d in config.data if d.kind == "lines"]:
        everything = read_imagefolder(Path(data.path))
        if config.validation:
            records = read_imagefolder(Path(data.path), data.split).records
            found.append(HeldOut(set_name(data), "val", data.path, spread(records, data.lines)))
        else:
            found.append(_held_out(config, data, read_imagefolder(Path(data.path), data.split).records))
        if test and "test" in everything.splits:
            found.append(HeldOut(set_name(data), "test", data.path, everything.select("test")))
    return found


def _held_out(config: TrainConfig, data: DataConfig, records: Sequence[LineRecord]) -> HeldOut:
    """The validation split of a data set, or, where it has none, a tenth of its lines, of those that can be used."""
    everything = read_imagefolder(Path(data.path))
    if "val" in everything.splits:
        return HeldOut(set_name(data), "val", data.path, spread(everything.select("val"), data.lines))
    if len(records) < 2:
        raise InputError("training.too_few_lines", path=data.path, records=len(records))
    wanted = max(1, round(HELD_OUT_SHARE * len(records)))
    shape, chosen, skipped = recognizer_config(config), [], []
    for index in np.random.default_rng(0).permutation(len(records))[: MOST_TRIED * wanted]:
        record = records[index]
        reason = unusable(record, shape, VALIDATION_WIDTH * config.max_width)
        if reason is None:
            chosen.append(index)
        else:
            skipped.append(Skipped(str(record.image), reason))
        if len(chosen) == wanted:
            break
    if not chosen:
        raise InputError(
            "training.nothing_held_out",
            skipped=len(skipped),
            path=data.path,
            reason=skipped[0].reason,
            file=skipped[0].file,
        )
    return HeldOut(set_name(data), "held out", data.path, [records[i] for i in sorted(chosen)], skipped)


def recognizer_config(config: TrainConfig) -> RecognizerConfig:
    """The shape of the network that a run trains. Raises InputError when its checkpoint cannot be read."""
    return load_config(config.init) if config.init else preset(config.preset)


def set_name(data: DataConfig) -> str:
    """What a validation set is called."""
    return data.name or Path(data.path).stem


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
        network = _begun_with(checkpoint.network, config.init_part)
        if charset.classes != network.classes:
            network = extend_network(network, charset)
        if config.mobilevit_patch:
            network = with_mobilevit(network, config.mobilevit_patch)
        return network.train(), charset
    texts = texts_of(source)
    if config.characters is None and not texts:
        raise InputError("training.no_charset")
    charset = Charset.of(config.characters) if config.characters else Charset.from_texts(texts)
    network = preset(config.preset).build(charset.classes)
    return with_mobilevit(network, config.mobilevit_patch) if config.mobilevit_patch else network, charset


def _begun_with(network: Recognizer, part: str) -> Recognizer:
    """The network, or one of its shape that has its weights in that part alone. Raises InputError as `frozen_parts`."""
    if part == "all":
        return network
    fresh = network.config.build(network.classes)
    pairs = zip(_modules_of(fresh, part), _modules_of(network, part), strict=True)
    for new, old in pairs:
        new.load_state_dict(old.state_dict())
    return fresh


def frozen_parts(network: Recognizer, freeze: str) -> list[nn.Module]:
    """The modules of `freeze`, their weights set to rest; all of the recogniser rests by its learning rate instead.

    Raises InputError that lists what its architecture can let rest.
    """
    modules = _modules_of(network, freeze)
    for module in modules:
        module.requires_grad_(False)
    return modules


def _modules_of(network: Recognizer, part: str) -> list[nn.Module]:
    known = {"none": [], "recogniser": [], **network.parts()}
    if part not in known:
        raise InputError("training.no_part", freeze=part, preset=network.config.preset, parts=", ".join(known))
    return known[part]


def with_mobilevit(network: Recognizer, patch: int) -> Recognizer:
    """The same network with a fresh MobileViT block after each pool, where there is none; its other weights are kept.

    Raises InputError when the patches do not tile a map's height, or for another architecture than `cnn_blstm`.
    """
    config = network.config
    if not isinstance(config, CnnBlstmConfig):
        raise InputError("training.no_pools", preset=config.preset)
    rows = config.height // config.stem_stride[0]
    stages = []
    for stage in config.stages:
        rows //= stage.pool[0] if stage.pool else 1
        if stage.pool and not stage.mobilevit_patch:
            if rows % patch:
                raise InputError("training.mobilevit_patch", rows=rows, preset=config.preset, patch=patch)
            stage = replace(stage, mobilevit_patch=patch)
        stages.append(stage)
    wider = config.replace(preset=f"{config.preset}+mobilevit", stages=tuple(stages)).build(network.classes)
    wider.load_state_dict(network.state_dict(), strict=False)
    return wider


def skipped_of(source: Source) -> list[Skipped]:
    """What the data sets of a source left out."""
    if isinstance(source, Mixture):
        return [skip for _, part in source.sources for skip in skipped_of(part)]
    return source.dataset.skipped if isinstance(source, LineSource) else []


def texts_of(source: Source) -> list[str]:
    if isinstance(source, LineSource):
        return source.dataset.texts
    if isinstance(source, Mixture):
        return [text for _, part in source.sources for text in texts_of(part)]
    return []
