"""The folder of a Hugging Face Space, laid out, checked, started as the Hub starts it, and pushed.

python -m tests.release.space --out build/space [--hardware zero-a10g] [--start] [--push OWNER/NAME]
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ("app.py", "requirements.txt", "README.md", "LICENSE", "hwr/", "assets/")
LARGEST_MB = 50  # of a file; the Hub takes larger ones, but nobody waits for them
LARGEST_TOTAL_MB = 200
CPU, ZERO_GPU = "cpu-basic", "zero-a10g"
COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
PYTHONS = {"3.12", "3.10"}  # that ZeroGPU has; the Hub takes others on a CPU
ZERO_GPU_TORCH = ("2.8.0", "2.9.1", "2.10.0", "2.11.0")
CPU_TORCH = "--extra-index-url https://download.pytorch.org/whl/cpu"  # PyPI's carries CUDA, some gigabytes


def shipped_files(root: Path = ROOT) -> list[str]:
    """The files under version control that a Space needs: what lies about beside them never gets there."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name.startswith(SHIPPED)]


def lay_out(out: Path, hardware: str = CPU, repo: str = "", root: Path = ROOT) -> list[str]:
    """Write the folder, anew. Returns its files. repo: OWNER/NAME, where that is known."""
    shutil.rmtree(out, ignore_errors=True)
    files = shipped_files(root)
    for name in files:
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name, out / name)
    card = (out / "README.md").read_text(encoding="utf-8")
    (out / "README.md").write_text(with_place(card, hardware, repo), encoding="utf-8")
    required = (out / "requirements.txt").read_text(encoding="utf-8")
    (out / "requirements.txt").write_text(with_torch(required, hardware), encoding="utf-8")
    return files


def with_place(card: str, hardware: str, repo: str = "") -> str:
    """The README with what its front matter says of this Space alone."""
    found = front_matter(card) | {"suggested_hardware": hardware}
    if repo:
        found["thumbnail"] = f"https://huggingface.co/spaces/{repo}/resolve/main/assets/screenshot.png"
    body = card.split("\n---\n", 1)[1]
    return f"---\n{yaml.safe_dump(found, sort_keys=False, allow_unicode=True, width=1000)}---\n{body}"


def with_torch(required: str, hardware: str) -> str:
    """requirements.txt with the torch of that hardware.

    >>> print(with_torch("torch>=2.8\\nnumpy", "zero-a10g"))
    torch>=2.8,<=2.11.0
    numpy
    """
    if hardware == CPU:
        return f"{CPU_TORCH}\n{required}"
    if hardware == ZERO_GPU:
        return re.sub(r"^torch>=[\d.]+$", rf"\g<0>,<={ZERO_GPU_TORCH[-1]}", required, flags=re.M)
    return required


def front_matter(card: str) -> dict[str, Any]:
    """
    >>> front_matter("---\\nsdk: gradio\\n---\\nText")
    {'sdk': 'gradio'}
    """
    return yaml.safe_load(card.split("---\n", 2)[1])


def front_matter_problems(found: dict[str, Any], folder: Path) -> list[str]:
    """What the Hub would refuse, or ignore, of a README's front matter."""
    from huggingface_hub import SpaceHardware

    wanted = {
        "title": bool(found.get("title")),
        "emoji": bool(found.get("emoji")),
        "colorFrom": found.get("colorFrom") in COLOURS,
        "colorTo": found.get("colorTo") in COLOURS,
        "sdk": found.get("sdk") == "gradio",
        "sdk_version": gradio_fits(str(found.get("sdk_version")), folder),
        "python_version": str(found.get("python_version")) in PYTHONS,
        "app_file": (folder / str(found.get("app_file"))).is_file(),
        "license": bool(found.get("license")),
        "short_description": 0 < len(found.get("short_description") or "") <= 60,
        "suggested_hardware": found.get("suggested_hardware") in {one.value for one in SpaceHardware},
        "preload_from_hub": all(
            re.fullmatch(r"[\w.-]+/[\w.-]+( \S+)*", x) for x in found.get("preload_from_hub") or []
        ),
        "thumbnail": str(found.get("thumbnail", "https://")).startswith("https://"),
    }
    return [f"README.md: {key} is {found.get(key)!r}" for key, good in wanted.items() if not good]


def gradio_fits(version: str, folder: Path) -> bool:
    """Whether the front matter's Gradio is one that requirements.txt allows."""
    required = [Requirement(line) for line in requirements(folder)]
    return all(r.specifier.contains(version) for r in required if r.name == "gradio")


def requirements(folder: Path) -> list[str]:
    lines = (folder / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith(("-", "#"))]


def problems(folder: Path, files: Sequence[str]) -> list[str]:
    """What is wrong with a folder that was laid out from these files."""
    found = front_matter_problems(front_matter((folder / "README.md").read_text(encoding="utf-8")), folder)
    there = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if not path.is_dir()}
    found += [f"{name}: a stray file" for name in sorted(there.keys() - set(files))]
    sizes = {name: path.stat().st_size / 1e6 for name, path in there.items()}
    found += [f"{name}: {size:.0f} MB" for name, size in sizes.items() if size > LARGEST_MB]
    if sum(sizes.values()) > LARGEST_TOTAL_MB:
        found.append(f"{sum(sizes.values()):.0f} MB altogether, more than {LARGEST_TOTAL_MB}")
    return found


def resolve(folder: Path, required: Path, torch: str = "") -> str:
    """What pip says against the requirements on the Space's Python, beside what the Hub adds itself; "" where they go together."""
    card = front_matter((folder / "README.md").read_text(encoding="utf-8"))
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--no-cache-dir"]
    command += [
        "--target",
        str(folder.parent / "nowhere"),
        "--only-binary=:all:",
        "--python-version",
        card["python_version"],
    ]
    command += ["-r", str(required), *hub_packages(card), *([f"torch=={torch}"] if torch else [])]
    done = subprocess.run(command, capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stderr.strip().splitlines()[-1]


def reachable(folder: Path) -> Path:
    """The folder's requirements, without an index that this network does not lead to."""
    text = (folder / "requirements.txt").read_text(encoding="utf-8")
    try:
        urllib.request.urlopen(CPU_TORCH.split()[1] + "/torch/", timeout=10).close()
        return folder / "requirements.txt"
    except OSError:
        print(f"no way to {CPU_TORCH.split()[1]} from here; tried without it", flush=True)
    without = folder.with_name("requirements-reachable.txt")
    without.write_text(text.replace(CPU_TORCH, ""), encoding="utf-8")
    return without


def hub_packages(card: dict[str, Any]) -> list[str]:
    """What the Hub installs in every Space of this kind."""
    return [f"gradio[oauth,mcp]=={card['sdk_version']}", "uvicorn>=0.14.0", "websockets>=10.4", "spaces"]


def push(folder: Path, repo: str, hardware: str, api: Any = None) -> str:
    """Make the Space where it is not there yet, and upload the folder. Returns its address. Takes the token in HF_TOKEN."""
    from huggingface_hub import HfApi, SpaceHardware

    api = api or HfApi(token=os.environ["HF_TOKEN"])
    api.create_repo(repo, repo_type="space", space_sdk="gradio", space_hardware=SpaceHardware(hardware), exist_ok=True)
    api.upload_folder(
        repo_id=repo, repo_type="space", folder_path=folder, delete_patterns="*", commit_message="Update the Space"
    )
    return f"https://huggingface.co/spaces/{repo}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "space")
    parser.add_argument("--hardware", default=CPU, help=f"{CPU} (default), {ZERO_GPU} or another of the Hub's")
    parser.add_argument("--offline", action="store_true", help="leave out whether the requirements resolve")
    parser.add_argument("--start", action="store_true", help="start it in a clean environment and read one line")
    parser.add_argument("--python", default="", help="for --start: another Python than the front matter names")
    parser.add_argument("--push", metavar="OWNER/NAME", default="", help="with HF_TOKEN set: upload it")
    args = parser.parse_args(arguments)
    files = lay_out(args.out, args.hardware, args.push)
    found = problems(args.out, files)
    size = sum((args.out / name).stat().st_size for name in files) / 1e6
    print(f"{args.out}: {len(files)} files, {size:.0f} MB, for {args.hardware}", flush=True)
    required = args.out / "requirements.txt" if args.offline else reachable(args.out)
    for torch in [] if args.offline else ZERO_GPU_TORCH if args.hardware == ZERO_GPU else [""]:
        answer = resolve(args.out, required, torch)
        print(
            f"requirements on Python 3.12{f' with torch {torch}' if torch else ''}: {answer or 'resolve'}", flush=True
        )
        found += [answer] if answer else []
    if args.start and not found:
        from tests.release.space_start import try_out

        found += try_out(args.out, required, args.python)
    for problem in found:
        print(f"not good: {problem}", file=sys.stderr)
    if found:
        return 1
    if args.push and "HF_TOKEN" not in os.environ:
        print("Not pushed: HF_TOKEN holds no token that may write.", file=sys.stderr)
        return 2
    if args.push:
        print(f"pushed to {push(args.out, args.push, args.hardware)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
