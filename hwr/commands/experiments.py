"""Commands that weigh one way of training against another: losses, compare, experiment."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from hwr.commands.shared import Commands, add_model, interval_text, print_json, progress_line
from hwr.errors import InputError


def add(commands: Commands) -> None:
    sub = commands.add(
        "losses", losses, "Loss gaps of a recogniser's connectors: reference, connector, downsampled, with intervals."
    )
    add_model(sub)
    _add_data(sub)
    sub.add_argument(
        "--lm", help="language model: default, smollm2, directory or Hub id (default: the connectors' own)"
    )
    sub.add_argument(
        "--keep-layers", type=int, help="its first so many layers only (default: as the connectors had it)"
    )

    sub = commands.add("compare", compare, "Two checkpoints on one data set: what the second fixes and what it breaks.")
    sub.add_argument("before", metavar="BEFORE", help="checkpoint directory or Hub id")
    sub.add_argument("after", metavar="AFTER", help="checkpoint directory or Hub id")
    _add_data(sub)

    sub = commands.add(
        "before-after",
        before_after,
        "What a run's best checkpoint fixes and breaks, and what it forgot, against its start.",
    )
    sub.add_argument("run_directory", metavar="RUN", help="run directory, or its name among `runs`")
    sub.add_argument(
        "--default-lines", type=Path, metavar="DIR", help="test forgetting on this set, not on drawn lines"
    )
    sub.add_argument("--limit", type=int, help="only so many lines of each set, spread evenly")
    sub.add_argument("--seed", type=int, default=0, help="of the bootstrap")
    sub.add_argument("--json", action="store_true")

    sub = commands.add(
        "experiment", experiment, "Train and compare the configurations of a YAML file; call it again to go on."
    )
    sub.add_argument("file", type=Path, metavar="FILE.yaml")
    sub.add_argument("--out", type=Path, metavar="DIR", help="where the runs go (default: runs/<name of the file>)")
    sub.add_argument("--only", action="append", metavar="ROW", help="this row and the first one; may be repeated")
    sub.add_argument("--seed-limit", type=int, metavar="N", help="only the first so many seeds of each row")
    sub.add_argument("--test", action="store_true", help="measure the test sets, too: once, when all is decided")
    sub.add_argument("--readme", type=Path, metavar="FILE", help="put the tables between their marks there")
    sub.add_argument("--json", action="store_true")


def _add_data(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--data", required=True, help="imagefolder directory or ZIP (images and metadata.jsonl)")
    sub.add_argument("--split", help="which split (default: all lines)")
    sub.add_argument("--limit", type=int, help="only so many lines, spread evenly")
    sub.add_argument("--seed", type=int, default=0, help="of the bootstrap")
    sub.add_argument("--json", action="store_true")


def losses(args: argparse.Namespace) -> int:
    from hwr.evaluation.loss_gaps import loss_gaps
    from hwr.inspection.divergence import load_taught
    from hwr.language.causal_lm import FrozenLM

    taught = load_taught(args.model)
    reader, connectors = taught.reader, taught.connectors
    keep_layers = connectors.keep_layers if args.keep_layers is None else args.keep_layers
    lm = FrozenLM.load(args.lm or connectors.lm_name, keep_layers)
    progress = progress_line("lines")
    tables = loss_gaps(
        reader, connectors, lm, args.data, args.split, limit=args.limit, seed=args.seed, progress=progress
    )
    if args.json:
        command = {"command": _losses_command(args, reader.name)}
        print_json([found | {"protocol": found["protocol"] | command} for found in (t.to_dict() for t in tables)])
        return 0
    for table in tables:
        print(f"{table.kind} at {table.tap}, {table.objective}; {lm.identity}")
        print(f"Total samples: {len(table.lines)}")
        for name, interval in table.rows:
            print(f"{name:<42} {_nats(interval)}")
        print(f"{'Tokens cut off (N < n)':<42} {table.cut_off:.2%}")
        if table.gain_left_out:
            print(
                f"{table.gain_left_out} lines are not in the LM gain: embeddings and text are longer than {lm.name} reads"
            )
        if table.skipped:
            first = table.skipped[0]
            print(f"Left out: {len(table.skipped)} entries, first: {first.file}: {first.reason}")
        print()
    for key, value in tables[0].protocol.items():
        print(f"  {key}: {value}")
    return 0


def _losses_command(args: argparse.Namespace, model: str) -> str:
    """The command that measures this again; of directories outside of the present one only their names."""
    options = {"model": model if args.model is None or Path(args.model).is_absolute() else args.model}
    options |= {"data": Path(args.data).name, "split": args.split, "limit": args.limit, "seed": args.seed or None}
    options |= {"lm": args.lm, "keep-layers": args.keep_layers}
    given = " ".join(f"--{name} {value}" for name, value in options.items() if value is not None)
    return f"python -m hwr losses {given} --json"


def _nats(interval: Any) -> str:
    if interval is None:
        return "-"
    return f"{interval.value:8.4f}  [{interval.low:.4f}, {interval.high:.4f}]"


def compare(args: argparse.Namespace) -> int:
    from hwr.evaluation.comparison import compare_checkpoints
    from hwr.evaluation.sharding import join_processes
    from hwr.reader import Reader

    join_processes()
    readers = Reader.from_pretrained(args.before), Reader.from_pretrained(args.after)
    progress = progress_line("lines")
    comparison, before, after = compare_checkpoints(
        *readers, args.data, args.split, limit=args.limit, seed=args.seed, progress=progress
    )
    if args.json:
        print_json(comparison.to_dict() | {"before": before.to_dict(), "after": after.to_dict()})
        return 0
    print(f"{len(comparison.lines)} lines of {args.data} ({args.split or 'all'})")
    for reader, evaluation in zip(readers, (before, after), strict=True):
        print(f"CER {reader.name:<30} {interval_text(evaluation.cer)}")
    d = comparison.cer
    print(f"CER after - before {'':<15} {interval_text(d.difference)}  p {d.p_value:.4f}")
    for verdict in ("fixed", "broken", "unchanged"):
        found = comparison.of(verdict)
        print(f"{verdict:<9} {len(found)}")
        for line in found[:3] if verdict != "unchanged" else []:
            print(f"  text   {line.reference}\n  before {line.before}\n  after  {line.after}\n")
    return 0


def before_after(args: argparse.Namespace) -> int:
    from hwr.training.outcome import comparing
    from hwr.training.outcome.before_after import before_after
    from hwr.training.run.launch import find

    run = find(args.run_directory)
    result = before_after(
        run, default_lines=args.default_lines, limit=args.limit, seed=args.seed, progress=progress_line("lines")
    )
    comparing.write(run, result)
    if args.json:
        print_json(result.to_dict())
        return 0
    for found in result.sets:
        print(f"{found.name} ({found.part}): {len(found.comparison.lines)} lines")
        for name, evaluation in ((result.before, found.before), (result.after, found.after)):
            print(f"  CER {name:<30} {interval_text(evaluation.cer)}")
        d = found.comparison.cer
        print(f"  CER after - before {'':<15} {interval_text(d.difference)}  p {d.p_value:.4f}")
        counts = (f"{verdict} {len(found.comparison.of(verdict))}" for verdict in ("fixed", "broken", "unchanged"))
        print(f"  {', '.join(counts)}\n")
    return 0


def experiment(args: argparse.Namespace) -> int:
    from tqdm import tqdm

    from hwr.training.outcome.experiment import Experiment, run_experiment
    from hwr.training.outcome.publish import write_between

    if args.seed_limit is not None and args.seed_limit < 1:
        raise InputError("commands.seed_limit", seed_limit=args.seed_limit)
    out = args.out or Path("runs") / args.file.stem
    with tqdm(unit="step", disable=None) as bar:

        def show(run: str, status: Any, row: dict[str, float]) -> None:
            bar.total, bar.n = status.steps, status.step
            bar.set_postfix_str(f"{run}, loss {row['loss']:.3f}")

        report = run_experiment(
            Experiment.load(args.file),
            out,
            test=args.test,
            seed_limit=args.seed_limit,
            only=args.only or (),
            progress=show,
        )
    if args.readme:
        name = f"experiment {args.file.stem}"
        write_between(args.readme, report.markdown(), (f"<!-- {name} -->", f"<!-- /{name} -->"))
    if args.json:
        print_json(report.to_dict())
    else:
        print(report.markdown())
        print(f"runs, table.md and table.json in {out}")
    return 0
