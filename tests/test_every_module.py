"""Every module of hwr has its test: one of its name, one of its room that imports it, or an example in its own text."""

from __future__ import annotations

import ast
from fnmatch import fnmatch
from pathlib import Path

import hwr

PACKAGE = Path(hwr.__file__).parent
TESTS = Path(__file__).parent
ELSEWHERE = {
    "hwr.__main__": "calls hwr.cli",
    "hwr.commands.*": "each is run as people type it: tests/test_cli.py, test_pages_commands.py, and the tests of what it asks",
    "hwr.*texts": "sentences: tests/test_sentences.py and tests/ui/page/test_texts.py read all of them",
    "hwr.ui.*.components": "places on the page: the test of the tab they are in",
    "hwr.ui.about.tab": "a text on the page: tests/ui/page/test_texts.py; tests/browser/test_app.py opens it",
    "hwr.ui.annotate.tab": "joins events: tests/ui/annotate/test_events.py",
    "hwr.ui.experiments.tab": "joins tables: tests/ui/experiments/test_tables.py",
    "hwr.ui.page.theme": "colours and the head of the page: tests/browser/test_app.py looks at both themes",
    "hwr.ui.read.api": "tests/ui/read/test_tab.py and tests/ui/test_api.py, through the endpoints",
    "hwr.ui.read.keeping": "tests/ui/read/test_keep.py and test_place.py, through the tab",
    "hwr.ui.report.button": "tests/ui/report/test_report.py, through the app",
    "hwr.ui.line.viewer": "the markup of a line: tests/ui/read/test_tab.py",
    "hwr.data.hub": "tests/test_push_command.py, through hwr push",
    "hwr.data.opened": "tests/data/test_sources.py, through every kind of source",
    "hwr.data.places": "tests/data/test_dataset.py, through every layout of a folder",
    "hwr.language.kneser_ney": "tests/language/test_ngram.py, through the model that it counts for",
    "hwr.training.cost.measure": "tests/test_cli.py, through train --benchmark",
    "hwr.training.learn.sums": "tests/training/outcome/test_experiment.py",
    "hwr.training.learn.validation": "tests/training/learn/test_loop.py, through the loop",
    "hwr.training.outcome.comparing": "tests/ui/fine_tune/test_view.py",
    "hwr.training.recipes": "tests/ui/fine_tune/test_form.py",
}


def imported(file: Path) -> set[str]:
    """The modules that a file imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def has_a_test(module: Path) -> bool:
    room = TESTS / module.relative_to(PACKAGE).parent
    if (room / f"test_{module.stem}.py").is_file() or ">>> " in module.read_text(encoding="utf-8"):
        return True
    name = dotted(module)
    of_the_room = [*room.glob("test_*.py"), room.parent / f"test_{room.name}.py"]
    return any(name in imported(file) for file in of_the_room if file.is_file())


def dotted(module: Path) -> str:
    return ".".join(module.relative_to(PACKAGE.parent).with_suffix("").parts)


def test_every_module_has_a_test_or_a_reason():
    modules = [module for module in PACKAGE.rglob("*.py") if module.name != "__init__.py"]
    bare = sorted(dotted(module) for module in modules if not has_a_test(module))
    missing = [name for name in bare if not any(fnmatch(name, pattern) for pattern in ELSEWHERE)]
    assert missing == [], "write tests/<room>/test_<module>.py, or say in ELSEWHERE which test asks it, and how"
    stale = [pattern for pattern in ELSEWHERE if not any(fnmatch(name, pattern) for name in bare)]
    assert stale == [], "these need no reason any more"
