"""Commands that ask why: receptive-field, gates, divergence."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hwr.commands.shared import Commands, add_model, print_json, progress_line
from hwr.errors import InputError

if TYPE_CHECKING:
    from hwr.evaluation.bootstrap import Interval
    from hwr.inspection.average_field import AverageField, FieldDifference
    from hwr.inspection.divergence_report import Divergence
    from hwr.inspection.effective_field import EffectiveField
    from hwr.inspection.receptive_field import ReceptiveField
    from hwr.inspection.separability import Separability
    from hwr.reader import Reader
    from hwr.reading import Reading


def add(commands: Commands) -> None:
    sub = commands.add(
        "receptive-field", receptive_field, "What each layer could see (the table) and does see (by gradients)."
    )
    sub.add_argument(
        "--model", help="preset, checkpoint directory or Hugging Face Hub id (default: the shipped checkpoint)"
    )
    sub.add_argument(
        "--compare", metavar="MODEL", help="a second checkpoint: its table, and for --image and --data its field"
    )
    _add_line(sub)
    sub.add_argument("--layer", default="logits", help="for --image: which layer (default: logits)")
    sub.add_argument("--times-ink", action="store_true", help="for --image: gradient times ink instead of gradient")
    sub.add_argument("--data", help="imagefolder: average the effective field over its lines")
    sub.add_argument("--split", help="which split (default: all lines)")
    sub.add_argument("--limit", type=int, default=20, help="only so many lines, spread evenly (default: 20)")
    sub.add_argument("--frames", type=int, default=4, help="frames a line, drawn at random (default: 4)")
    sub.add_argument("--seed", type=int, default=0, help="of the frames and of the random projections")
    sub.add_argument("--json", action="store_true")

    sub = commands.add("gates", gates, "The gates of the BiLSTM: do they part blank from character frames?")
    add_model(sub)
    sub.add_argument("--compare", metavar="MODEL", help="a second checkpoint, measured on the same lines")
    sub.add_argument("--data", help="imagefolder: AUC and Fisher ratio of every gate and unit over its lines")
    sub.add_argument("--split", help="which split (default: all lines)")
    sub.add_argument("--limit", type=int, default=100, help="only so many lines, spread evenly (default: 100)")
    sub.add_argument(
        "--labels",
        choices=["greedy", "aligned"],
        default="greedy",
        help="tell frames apart by the model's own greedy path, or by forced alignment of the true text",
    )
    _add_line(sub, frame=False)
    sub.add_argument("--layer", default="lstm1", help="for --image: which layer (default: lstm1)")
    sub.add_argument("--direction", choices=["forward", "backward"], default="forward", help="for --image")
    sub.add_argument("--out", type=Path, metavar="FILE.npz", help="for --image: write i, f, g, o, c, h (frames, units)")
    sub.add_argument("--json", action="store_true")

    sub = commands.add(
        "divergence",
        divergence,
        "KL per token between what a language model expects of the text and what it hears from a connector.",
    )
    sub.add_argument("image", metavar="IMG", help="image of a line, or of a page (then --line says which)")
    sub.add_argument("--text", help="what the line says (default: the model's own reading)")
    sub.add_argument(
        "--model", help="checkpoint with connectors: directory or Hugging Face Hub id (default: the shipped one)"
    )
    sub.add_argument(
        "--lm", help="language model: default, smollm2, directory or Hub id (default: the connectors' own)"
    )
    sub.add_argument("--tap", help="which of the checkpoint's connectors (default: its first)")
    sub.add_argument("--line", type=int, default=1, help="which line of the page, from 1")
    sub.add_argument("--top-k", type=int, default=8, help="tokens of each distribution that are listed (%(default)s)")
    sub.add_argument("--json", action="store_true")


def _add_line(sub: argparse.ArgumentParser, frame: bool = True) -> None:
    sub.add_argument("--image", metavar="IMG", help="look at one line of this image")
    sub.add_argument("--line", type=int, default=1, help="for --image: which line of the page, from 1")
    if frame:
        sub.add_argument("--character", type=int, help="for --image: which character, from 1 (default: the middle one)")
        sub.add_argument("--frame", type=int, help="for --image: a frame in place of a character, from 0")


def receptive_field(args: argparse.Namespace) -> int:
    from hwr.inspection.receptive_field import receptive_field
    from hwr.recognizer.config import PRESETS

    if args.model in PRESETS:
        if args.data or args.image or args.compare:
            raise InputError("commands.no_weights", model=args.model)
        readers, tables = [], [receptive_field(_shape_of(args.model))]
    else:
        readers = _readers(args)
        tables = [receptive_field(reader.network, reader.name) for reader in readers]
    fields = _fields(readers, args) if args.image else []
    averages, differences = _averages(readers, args) if args.data else ([], [])
    if args.json:
        found = [table.to_dict() for table in tables]
        for name, values in (("field", fields), ("effective", averages)):
            for one, value in zip(found, values, strict=bool(values)):
                one[name] = value.to_dict()
        compared = {"compare": found[1]} if len(found) > 1 else {}
        gaps = {"difference": [gap.to_dict() for gap in differences]} if differences else {}
        print_json(found[0] | compared | gaps)
        return 0
    for table in tables:
        _print_table(table)
    for field in fields:
        _print_field(field)
    for average in averages:
        _print_average(average)
    if differences:
        _print_differences(averages, differences)
    return 0


def _readers(args: argparse.Namespace) -> list[Reader]:
    """The model that was asked for, and the one beside it."""
    from hwr.reader import Reader

    sources = [args.model, args.compare] if args.compare else [args.model]
    return [Reader.from_pretrained(source) for source in sources]


def _shape_of(preset_name: str) -> Any:
    """A network of that preset without weights: enough for its table."""
    import torch

    from hwr.recognizer.config import preset

    with torch.device("meta"):
        return preset(preset_name).build(classes=2)


def _averages(readers: list[Reader], args: argparse.Namespace) -> tuple[list[AverageField], list[FieldDifference]]:
    """The mean field of every model over the same lines, and how the second differs from the first."""
    from hwr.inspection.average_field import field_differences

    averages = [_average(reader, args) for reader in readers]
    return averages, field_differences(*averages) if len(averages) == 2 else []


def _average(reader: Reader, args: argparse.Namespace) -> AverageField:
    from dataclasses import replace

    from hwr.inspection.average_field import average_field
    from hwr.inspection.separability import prepared_lines

    if args.frames < 1:
        raise InputError("commands.frames", frames=args.frames)
    lines, _, skipped = prepared_lines(reader, args.data, args.split, args.limit)
    progress = progress_line("lines")
    average = average_field(reader, lines, frames_per_line=args.frames, seed=args.seed, progress=progress)
    return replace(average, skipped=skipped)


def _fields(readers: list[Reader], args: argparse.Namespace) -> list[EffectiveField]:
    """Of the same place for every model: what the first one read there."""
    from hwr.inspection.effective_field import effective_field, spot, spot_on

    lines = [_line(reader, args) for reader in readers]
    where = spot(lines[0], None if args.character is None else args.character - 1, args.frame)
    places = [spot_on(where, lines[0].geometry, line.geometry) for line in lines]
    options = {"times_ink": args.times_ink, "seed": args.seed}
    return [
        effective_field(reader, line, place, args.layer, **options)
        for reader, line, place in zip(readers, lines, places, strict=True)
    ]


def _line(reader: Reader, args: argparse.Namespace) -> Reading:
    lines = reader.read(args.image).lines
    if not 1 <= args.line <= len(lines):
        raise InputError("commands.no_line", image=args.image, lines=len(lines), line=args.line)
    return lines[args.line - 1]


def _print_table(table: ReceptiveField) -> None:
    for axis in ("width", "height"):
        print(f"{table.model}: {axis}, network pixels")
        print(f"  {'layer':<12} {'':<10} {'k':>4} {'s':>3} {'x':>3} {'jump in':>8} {'out':>4} {'adds':>6}  field")
        for row in getattr(table, axis):
            shown = row.to_dict(axis)
            kernel, adds = ("-" if value is None else value for value in (row.kernel, row.increment))
            print(
                f"  {row.layer:<12} {row.kind:<10} {kernel:>4} {row.stride:>3} {row.count:>3} {row.jump_in:>8} "
                f"{row.jump_out:>4} {adds:>6}  {shown['cumulative']}"
            )
    print(f"frames are {table.stride} px apart")


def _print_field(field: EffectiveField) -> None:
    what = f"character {field.spot.index + 1} {field.spot.text!r}" if field.spot.text else "the frame"
    x = field.box.polygon[:, 0]
    print(f"\n{field.model}, {field.layer}: {what}, frames {field.spot.first} to {field.spot.last}; {field.target}")
    print(
        f"  could see   x {x.min():.0f} to {x.max():.0f} px of the image{' (the whole line)' if field.box.whole else ''}"
    )
    print(f"  does see    {_widths(field.widths.to_dict())}")
    print(f"  of it       {field.inside:.0%} lies in what the convolutions can see there")


def _print_average(average: AverageField) -> None:
    from hwr.inspection.effective_field import share_names

    print(f"\n{average.model}: mean over {average.frames} frames of {average.lines} lines, seed {average.seed}")
    print("  network pixels around the frame that hold so much of the mass, with 95 % intervals over lines")
    heads = "".join(f"{name + ' %':<24}" for name in share_names())
    print(f"  {'layer':<12} {'could see':<12} {heads}within the columns' field")
    for layer in average.layers:
        could = "whole line" if layer.theoretical is None else f"{layer.theoretical} px"
        ends = [f" [{i.low:.1f}, {i.high:.1f}]" for i in layer.intervals()] or [""] * len(layer.widths.network)
        widths = "".join(f"{f'{w:6.1f}{end}':<24}" for w, end in zip(layer.widths.network, ends, strict=True))
        dead = f"  ({layer.dead} frames without mass)" if layer.dead else ""
        print(f"  {layer.layer:<12} {could:<12} {widths}{layer.inside:.0%}{dead}")
    if average.skipped:
        print(f"  left out {len(average.skipped)} lines, first: {average.skipped[0]}")


def _print_differences(averages: list[AverageField], differences: list[FieldDifference]) -> None:
    from hwr.inspection.effective_field import share_names

    print(
        f"\n{averages[1].model} minus {averages[0].model}, same lines: pixels of the image, 95 % intervals over lines"
    )
    heads = "".join(f"{name + ' %':<26}" for name in share_names())
    print(f"  {'layer':<12} {heads}within the columns' field")
    for gap in differences:
        widths = "".join(f"{_signed(interval):<26}" for interval in gap.widths)
        print(f"  {gap.layer:<12} {widths}{_signed(gap.inside, 3)}")


def _signed(interval: Interval, places: int = 1) -> str:
    """
    >>> from hwr.evaluation.bootstrap import Interval
    >>> _signed(Interval(2.0, -0.52, 4.0))
    '+2.0 [-0.5, +4.0]'
    """
    value, low, high = (f"{x:+.{places}f}" for x in (interval.value, interval.low, interval.high))
    return f"{value} [{low}, {high}]"


def _widths(widths: dict[str, dict[str, float]]) -> str:
    """
    >>> _widths({"network": {"50": 12.0}, "upload": {"50": 24.0}})
    '50 % in 12.0 px (24.0 px of the image)'
    """
    pairs = zip(widths["network"].items(), widths["upload"].values(), strict=True)
    return ", ".join(f"{share} % in {network} px ({upload} px of the image)" for (share, network), upload in pairs)


def gates(args: argparse.Namespace) -> int:
    if bool(args.data) == bool(args.image):
        raise InputError("commands.gates_of_what")
    if args.image and args.compare:
        raise InputError("commands.compare_data")
    readers = _readers(args)
    if args.image:
        return _write_traces(readers[0], args)
    found = [_separability(reader, args) for reader in readers]
    if args.json:
        about = {"data": Path(args.data).name, "split": args.split or "all"}
        first = found[0].to_dict()
        print_json({**about, **first} | ({"compare": found[1].to_dict()} if len(found) > 1 else {}))
        return 0
    _print_separability(found)
    return 0


def _write_traces(reader: Reader, args: argparse.Namespace) -> int:
    import numpy as np

    from hwr.inspection.gates import gate_traces

    if args.out is None:
        raise InputError("commands.image_out")
    traces = gate_traces(reader, _line(reader, args), args.layer, args.direction)
    np.savez_compressed(args.out, **traces.values)  # pyright: ignore[reportArgumentType]
    frames, units = traces.values["h"].shape
    about = {"model": reader.name, "layer": args.layer, "direction": args.direction, "frames": frames, "units": units}
    if args.json:
        print_json({**about, "file": str(args.out)})
    else:
        print(
            f"{args.out}: {', '.join(traces.values)} of {args.layer} {args.direction}, {frames} frames, {units} units"
        )
    return 0


def _separability(reader: Reader, args: argparse.Namespace) -> Separability:
    from dataclasses import replace

    from hwr.inspection.separability import prepared_lines, separability

    lines, texts, skipped = prepared_lines(reader, args.data, args.split, args.limit)
    found = separability(reader, lines, texts if args.labels == "aligned" else None, progress_line("LSTM directions"))
    return replace(found, skipped=[*skipped, *found.skipped])


def _print_separability(found: list[Separability]) -> None:
    """Models side by side, gate by gate; then the best units of each."""
    for one in found:
        frames = f"{one.blank_frames} blank and {one.character_frames} character frames"
        print(f"{one.model}: {one.lines} lines, {frames}, told apart by {one.labels}")
    print("separation max(AUC, 1 - AUC) of the units: quartiles, best; best Fisher ratio")
    print(f"  {'':<18}" + "".join(f"  {one.model[:34]:<34}" for one in found).rstrip())
    print(f"  {'':<18}" + "".join(f"  {'q25':>5} {'median':>6} {'q75':>5} {'best':>6} {'Fisher':>8}" for _ in found))
    rows: dict[str, list[str]] = {}
    for column, one in enumerate(found):
        for gate in one.gates:
            s = gate.to_dict()["separation"]
            cells = f"  {s['q25']:.3f} {s['median']:6.3f} {s['q75']:.3f} {s['best']:6.3f} {gate.fisher.max():8.2f}"
            row = rows.setdefault(f"{gate.layer} {gate.direction:<8} {gate.gate}", [" " * len(cells)] * len(found))
            row[column] = cells
    for name, cells in rows.items():
        print(f"  {name:<18}{''.join(cells)}".rstrip())
    for one in found:
        print(f"{one.model}: best units (chosen on the frames that they are measured on)")
        for unit in one.top():
            name = f"{unit.layer} {unit.direction:<8} {unit.gate} unit {unit.unit:<4}"
            print(f"  {name} AUC {unit.auc:.3f}  Fisher {unit.fisher:.2f}")
        if one.skipped:
            print(f"  left out {len(one.skipped)} lines, first: {one.skipped[0]}")


def divergence(args: argparse.Namespace) -> int:
    from hwr.inspection.divergence import divergence, load_taught

    taught = load_taught(args.model)
    lm = taught.language_model(args.lm)
    found = divergence(
        taught.reader, taught.connectors, lm, _line(taught.reader, args), args.text, tap=args.tap, top_k=args.top_k
    )
    if args.json:
        print_json(found.to_dict())
    else:
        _print_divergence(found)
    return 0


def _print_divergence(found: Divergence) -> None:
    from hwr.inspection.divergence_report import DIRECTION

    said = " (the model's own reading; --text gives another)" if found.text_from == "reading" else ""
    print(f"{found.model}, {found.kind} at {found.tap}, {found.objective}; language model {found.lm}")
    print(f"  text       {found.text}{said}")
    print(f"  the frames say (CTC)          {found.ctc}")
    print(f"  heard from the connector      {found.connector}")
    print(f"  expected from the text        {found.reference}")
    print(f"{DIRECTION}, nats: mean {found.mean_kl:.4f} over {len(found.tokens)} tokens")
    if found.cut:
        print(f"  {found.cut} tokens at the end are cut off: the connector has only {len(found.tokens)} positions")
    print(f"  {'token':<14} {'x, px':>11} {'KL':>8}  {'true next':<14} {'Q':>7} {'P':>7}  likeliest by Q, by P")
    for token in found.tokens:
        span = f"{token.x0:.0f}-{token.x1:.0f}"
        q, p = (chances[0].token for chances in (token.reference, token.connector))
        print(
            f"  {token.token!r:<14} {span:>11} {token.kl:>8.4f}  {token.target!r:<14} {token.target_reference:>7.2%} "
            f"{token.target_connector:>7.2%}  {q!r}, {p!r}"
        )
