"""Commands that turn checkpoints into something else: import-checkpoint, widen, average, export-onnx, precompute."""

from __future__ import annotations

import argparse
from pathlib import Path

from hwr.commands.shared import Commands, add_model
from hwr.paths import ASSETS, DEFAULT_CONNECTOR, DEFAULT_CTC_ONLY


def add(commands: Commands) -> None:
    sub = commands.add(
        "import-checkpoint", import_checkpoint, "Convert a .pt state_dict of HTR-best-practices or a descendant."
    )
    sub.add_argument("file", type=Path, metavar="FILE.pt")
    sub.add_argument("--charset", type=Path, required=True, metavar="classes.npy")
    sub.add_argument("--out", type=Path, required=True, metavar="DIR")
    sub.add_argument(
        "--stem-stride", type=int, nargs=2, metavar=("V", "H"), help="when it cannot be told from the blocks"
    )
    sub.add_argument("--attend", choices=["within", "across"], default="within", help="of MobileViT blocks")

    sub = commands.add(
        "widen", widen, "Give a checkpoint the widths of a preset; it reads as before, and can learn more."
    )
    sub.add_argument("checkpoint", metavar="DIR_OR_ID")
    sub.add_argument("--preset", default="small")
    sub.add_argument("--seed", type=int, default=0, help="of the new weights")
    sub.add_argument("--out", type=Path, required=True, metavar="DIR")

    sub = commands.add(
        "average",
        average,
        "Average the weights of checkpoints that were trained on from one start: one that reads better.",
    )
    sub.add_argument("checkpoints", nargs="+", metavar="DIR_OR_ID")
    sub.add_argument("--shares", type=float, nargs="+", metavar="SHARE", help="of each (default: the same of all)")
    sub.add_argument("--out", type=Path, required=True, metavar="DIR", help="such as RUN/checkpoints/best, for publish")

    sub = commands.add("export-onnx", export_onnx, "Write the recogniser as ONNX and compare it with torch.")
    add_model(sub)
    sub.add_argument("--out", type=Path, required=True, metavar="FILE.onnx")

    sub = commands.add(
        "precompute", precompute, "Compute the readings and divergences that the page shows before a model is loaded."
    )
    add_model(sub)
    sub.add_argument("--out", type=Path, default=ASSETS)
    sub.add_argument("--render", action="store_true", help="draw the example images anew, too")


def import_checkpoint(args: argparse.Namespace) -> int:
    from hwr.recognizer.checkpoint import Checkpoint, save_checkpoint
    from hwr.recognizer.legacy import load_legacy

    stride = (args.stem_stride[0], args.stem_stride[1]) if args.stem_stride else None
    legacy = load_legacy(args.file, args.charset, stem_stride=stride, attend=args.attend)
    network = legacy.config.build(legacy.charset.classes)
    network.load_state_dict(legacy.state)
    info = {"origin": f"imported from {args.file.name}; {len(legacy.dropped)} language-model tensors dropped"}
    save_checkpoint(Checkpoint(network, legacy.charset, info=info), args.out)
    print(f"{legacy.config.preset}: {legacy.charset.classes - 1} characters, {len(legacy.state)} tensors -> {args.out}")
    if legacy.dropped:
        print(f"dropped {len(legacy.dropped)} tensors of the language side, which reading does not need")
    return 0


def widen(args: argparse.Namespace) -> int:
    from dataclasses import replace

    import torch

    from hwr.recognizer.checkpoint import load_checkpoint, save_checkpoint
    from hwr.recognizer.config import preset
    from hwr.recognizer.widening import widened

    checkpoint = load_checkpoint(args.checkpoint)
    torch.manual_seed(args.seed)
    network = widened(checkpoint.network, preset(args.preset))
    save_checkpoint(replace(checkpoint, network=network), args.out, half=True)
    before, after = (sum(p.numel() for p in n.parameters()) for n in (checkpoint.network, network))
    print(f"{before:,} weights became {after:,} -> {args.out}")
    return 0


def average(args: argparse.Namespace) -> int:
    from hwr.recognizer.averaging import average_checkpoints
    from hwr.recognizer.checkpoint import load_checkpoint, save_checkpoint

    mean = average_checkpoints([load_checkpoint(source) for source in args.checkpoints], args.shares)
    save_checkpoint(mean, args.out)
    print(f"{mean.info['training']['mean of']} -> {args.out}")
    return 0


def export_onnx(args: argparse.Namespace) -> int:
    from hwr.reader import DEFAULT_MODEL
    from hwr.recognizer.checkpoint import load_checkpoint
    from hwr.recognizer.onnx import export_onnx

    difference = export_onnx(load_checkpoint(args.model or DEFAULT_MODEL), args.out)
    print(f"{args.out}: largest difference from torch {difference:.2e}")
    return 0


def precompute(args: argparse.Namespace) -> int:
    from hwr.examples.catalogue import lay_out_examples
    from hwr.examples.packing import precompute
    from hwr.language.config import has_connectors
    from hwr.reader import Reader

    images = args.out / "examples"
    if args.render or not images.is_dir():
        lay_out_examples(images)
    readings = args.out / "readings"
    precompute(Reader.from_pretrained(args.model), readings, images)
    print(f"examples in {images}, their readings in {readings}")
    taught, alone = (args.out / path.relative_to(ASSETS) for path in (DEFAULT_CONNECTOR, DEFAULT_CTC_ONLY))
    if has_connectors(taught) and alone.is_dir():
        from hwr.inspection.divergence import load_taught
        from hwr.ui.connector.lines import precompute_divergences

        precompute_divergences(load_taught(taught), Reader.from_pretrained(alone), readings, images)
        print(f"their divergences by {taught}, and the readings of it and of {alone}, in {readings}")
    return 0
