"""The wheel, built, installed in an environment of its own, and read with where no network is.

python -m tests.release.wheel [--out dist]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NEEDED = (
    "hwr/assets/default/model.safetensors",
    "hwr/assets/character-ngram.npz",
    "hwr/ui/line/line.js",
    "hwr/py.typed",
)
EXPECTED = "The morning train was late again."


def build(out: Path) -> Path:
    """Build sdist and wheel with `python -m build`, the wheel from the sdist. Returns the wheel."""
    subprocess.run(
        [sys.executable, "-m", "build", "--outdir", str(out), str(ROOT)], check=True, stdout=subprocess.DEVNULL
    )
    return max(out.glob("*.whl"), key=lambda path: path.stat().st_mtime)


def missing(wheel: Path) -> list[str]:
    """What the wheel should hold and does not."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    return [name for name in NEEDED if name not in names]


def read_offline(wheel: Path, python: Path, image: Path) -> str:
    """Install the wheel into the environment of `python`, without what it requires, and read with the command there."""
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", "--no-deps", str(wheel)], check=True)
    offline = os.environ | {"HF_HUB_OFFLINE": "1", "PYTHONPATH": ""}
    command = [str(python), "-m", "hwr", "read", str(image)]
    done = subprocess.run(command, cwd=python.parent, env=offline, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    out = parser.parse_args().out
    wheel = build(out)
    print(f"{wheel}: {wheel.stat().st_size / 1e6:.0f} MB")
    if lacking := missing(wheel):
        print(f"not in the wheel: {', '.join(lacking)}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        # What it requires comes from this environment; the package itself from the wheel alone.
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = Path(folder) / "bin" / "python"
        packages = Path(next(path for path in sys.path if path.endswith("site-packages")))
        place = next((Path(folder) / "lib").glob("python*/site-packages"))
        (place / "required.pth").write_text(str(packages))
        text = read_offline(wheel, python, ROOT / "assets" / "examples" / "clean.png")
    print(f"read from the wheel, offline: {text}")
    return 0 if text == EXPECTED else 1


if __name__ == "__main__":
    sys.exit(main())
