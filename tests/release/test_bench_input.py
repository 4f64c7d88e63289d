"""What a benchmark says of input that it cannot use; nothing is measured here."""

import ast
import importlib
from pathlib import Path

import pytest

import tests.benchmarks
from tests.benchmarks import run

STARTED = [
    file
    for file in sorted(Path(tests.benchmarks.__file__).parent.glob("*.py"))
    if '__name__ == "__main__"' in file.read_text(encoding="utf-8")
]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("pages", ["--lines", "nowhere.zip"]),
        ("signal", ["nowhere"]),
        ("adaptation", ["--strokes", "nowhere.gz", "--keep-set", "nowhere"]),
    ],
)
def test_input_that_cannot_be_used_is_one_sentence(name, arguments, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", [name, *arguments])
    with pytest.raises(SystemExit) as ended:
        run(importlib.import_module(f"tests.benchmarks.{name}").main)
    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert told.startswith("hwr: ")
    assert "nowhere" in told
    assert told.count("\n") == 1


def test_a_disk_that_fails_is_a_sentence_and_an_end_has_its_own_code(capsys):
    def unreadable() -> None:
        raise PermissionError(13, "Permission denied", "lines.zip")

    for main, code in ((unreadable, 2), (lambda: None, None), (lambda: 1, 1)):
        with pytest.raises(SystemExit) as ended:
            run(main)
        assert ended.value.code == code
    assert "lines.zip" in capsys.readouterr().err


@pytest.mark.parametrize("file", STARTED, ids=lambda file: file.stem)
def test_every_benchmark_is_run_like_that(file):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    starts = [node for node in tree.body if isinstance(node, ast.If) and "__main__" in ast.unparse(node.test)]
    assert [[ast.unparse(line) for line in node.body] for node in starts] == [["run(main)"]]
