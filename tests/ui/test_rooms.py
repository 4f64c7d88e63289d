"""The rooms of the interface: who may import whom, read from the imports themselves."""

import ast
from pathlib import Path

import pytest

import hwr.ui
from hwr.sentences import table

UI = Path(hwr.ui.__file__).parent
TABS = {folder.name for folder in UI.iterdir() if (folder / "tab.py").is_file()}
# What a shared room may import besides itself; a tab may import all of these.
BELOW = {"page": set(), "models": {"page"}, "line": {"page", "models"}, "correct": {"page", "models", "line"}}

ABOVE = {"report"}  # joins the views of several tabs, as app.py does; no tab and no shared room imports it


def imported_rooms(file: Path) -> set[str]:
    """The rooms of the interface that a file imports, anywhere in it."""
    names = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    rooms = {name.split(".")[2] for name in names if name.startswith("hwr.ui.")}
    return rooms & (TABS | set(BELOW) | ABOVE)


def test_every_room_is_known():
    rooms = {folder.name for folder in UI.iterdir() if folder.is_dir() and folder.name != "__pycache__"}
    assert rooms == TABS | set(BELOW) | ABOVE, (
        "a room of its own has a tab.py; what tabs share lies in page, models, line or correct"
    )


@pytest.mark.parametrize("readme", ["README.md", "README.ja.md"])
def test_the_readme_says_what_each_tab_answers(readme):
    lines = (UI.parents[1] / readme).read_text(encoding="utf-8").splitlines()
    listed = [line.split("**")[1] for line in lines if line.startswith("| **")]
    titles = [title[0] for key, title in table("LABELS").items() if key.startswith("tab.")]
    assert len(titles) == len(TABS)
    assert sorted(listed) == sorted(titles)


def test_no_tab_imports_another_tab():
    wrong = [
        f"{file.relative_to(UI)} imports {room}"
        for tab in sorted(TABS)
        for file in sorted((UI / tab).rglob("*.py"))
        for room in sorted((imported_rooms(file) & (TABS | ABOVE)) - {tab})
    ]
    assert wrong == [], "what two tabs share belongs in line, correct, models or page"


def test_shared_rooms_know_only_those_below_them():
    wrong = [
        f"{file.relative_to(UI)} imports {room}"
        for shared, below in BELOW.items()
        for file in sorted((UI / shared).rglob("*.py"))
        for room in sorted(imported_rooms(file) - below - {shared})
    ]
    assert wrong == []


def test_nobody_below_asks_the_interface():
    package = UI.parent
    above = {UI, package / "commands"}
    wrong = [
        str(file.relative_to(package))
        for file in sorted(package.rglob("*.py"))
        if not above & set(file.parents) and "hwr.ui" in file.read_text(encoding="utf-8")
    ]
    assert wrong == []
