"""See what a handwriting recogniser sees.

>>> import hwr
>>> hwr.__version__
'0.1.0'

`hwr.Reader`, `hwr.Reading`, `hwr.PageReading` and `hwr.evaluate` are imported on first use: `import hwr` loads neither
torch nor weights.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hwr.evaluation.evaluate import Evaluation, evaluate
    from hwr.reader import Reader
    from hwr.reading import PageReading, Reading

__version__ = "0.1.0"
__all__ = ["Evaluation", "InputError", "PageReading", "Reader", "Reading", "evaluate"]

from hwr.errors import InputError

_HOMES = {
    "Reader": "hwr.reader",
    "Reading": "hwr.reading",
    "PageReading": "hwr.reading",
    "Evaluation": "hwr.evaluation.evaluate",
    "evaluate": "hwr.evaluation.evaluate",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'hwr' has no attribute {name!r}")
