"""Where things lie: what ships with the program, and what the program writes."""

from __future__ import annotations

import os
from pathlib import Path

_HERE = Path(__file__).resolve().parent
# Beside the package in a checkout, inside of it where a wheel was installed (setup.py).
ASSETS = inside if (inside := _HERE / "assets").is_dir() else _HERE.parent / "assets"
DEFAULT_MODEL = ASSETS / "default"
DEFAULT_LM = ASSETS / "language-model"
DEFAULT_NGRAM = ASSETS / "character-ngram.npz"
# A recogniser that was taught by a connector, and the same one taught by CTC alone.
DEFAULT_CONNECTOR = ASSETS / "connector" / "with-connector"
DEFAULT_CTC_ONLY = ASSETS / "connector" / "ctc-only"


def data_directory() -> Path:
    """Where everything that the program keeps is written: HWR_DATA_DIR, else ~/.local/share/hwr."""
    return Path(os.environ.get("HWR_DATA_DIR") or Path.home() / ".local" / "share" / "hwr")


def is_lost_on_restart(directory: Path) -> bool:
    """Whether what is written there is gone after a restart: on a Hugging Face Space, unless storage is mounted there."""
    if "SPACE_ID" not in os.environ:
        return False
    place = directory.absolute()
    return not any(os.path.ismount(part) for part in [place, *place.parents][:-1])
