"""What the program says: every key in every language with the same fields, and every key that the code names."""

import ast
import copy
import pickle
import string
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import hwr
from hwr.errors import InputError
from hwr.sentences import KEY, LANGUAGES, TABLES, Sentence, columns, recognised, rooms, table, text

PACKAGE = Path(hwr.__file__).parent


def fields(words: str) -> set[str]:
    """The {fields} of a sentence."""
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


@pytest.mark.parametrize("name", TABLES)
def test_every_key_has_every_language_with_the_same_fields(name):
    for key, words in table(name).items():
        assert KEY.fullmatch(key), key
        assert len(words) == len(LANGUAGES), key
        assert all(said.strip() for said in words), key
        assert len({frozenset(fields(said)) for said in words}) == 1, key


def test_tables_share_no_key():
    keys = [key for name in TABLES for key in table(name)]
    assert len(keys) == len(set(keys))


def named_keys(call: ast.expr) -> list[str]:
    """The keys that an argument can be: a literal, or either branch of a condition."""
    if isinstance(call, ast.IfExp):
        return named_keys(call.body) + named_keys(call.orelse)
    return [call.value] if isinstance(call, ast.Constant) and isinstance(call.value, str) else []


@cache
def said() -> list[tuple[str, str, set[str] | None]]:
    """Where, key and fields of every `...Error("a.key", ...)` and `Sentence("a.key", ...)`; None: fields passed as **values."""
    found: list[tuple[str, str, set[str] | None]] = []
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name not in ("InputError", "DivergedError", "Sentence", "sentence"):
                continue
            values = None if any(k.arg is None for k in node.keywords) else {k.arg for k in node.keywords if k.arg}
            for key in named_keys(node.args[0]):
                if KEY.fullmatch(key):
                    found.append((f"{file.relative_to(PACKAGE)}:{node.lineno}", key, values))
    return found


def test_every_key_that_is_raised_exists_and_gets_its_fields():
    for where, key, values in said():
        words = table("TEXTS").get(key)
        assert words is not None, f"{where}: there is no {key}"
        assert values is None or values == fields(words[0]), f"{where}: {key} has the fields {fields(words[0])}"


def test_a_raised_key_stands_in_the_texts_of_its_room():
    own = {key: place.replace(".", "/") for place, texts in rooms().items() for key in getattr(texts, "TEXTS", {})}
    shared = ("ui/page", "ui/models", "ui/line", "ui/correct")
    for where, key, _ in said():
        assert where.startswith(own[key]) or (own[key] in shared and where.startswith("ui/")), (
            f"{where}: {own[key]} has {key}"
        )


def test_an_error_says_its_sentence_in_any_language(monkeypatch):
    monkeypatch.setitem(table("TEXTS"), "test.small", ("{name} is {width:,} px wide", "{name} の幅は {width:,} px"))
    monkeypatch.setitem(table("TEXTS"), "test.outer", ("No: {reason}.", "いいえ：{reason}。"))
    error = InputError("test.small", name="a.png", width=1200)
    assert str(error) == error.text() == "a.png is 1,200 px wide"
    assert error.text("ja") == "a.png の幅は 1,200 px"
    outer = InputError("test.outer", reason=error)
    assert outer.text("ja") == "いいえ：a.png の幅は 1,200 px。"
    assert outer.telling("x.png", instead_of="/tmp/x.png").text("ja") == outer.text("ja")
    again = pickle.loads(pickle.dumps(error))
    assert again.text("ja") == error.text("ja")
    sentence = error.sentence
    assert sentence == str(error)
    assert pickle.loads(pickle.dumps(sentence)).text("ja") == copy.deepcopy(sentence).text("ja") == error.text("ja")


def test_plain_words_stay_what_they_are():
    assert str(InputError("x.png is {broken}")) == InputError("x.png is {broken}").text("ja") == "x.png is {broken}"


def test_unknown_keys_and_missing_fields_are_an_error():
    with pytest.raises(KeyError):
        text("no.such.key")
    with pytest.raises(KeyError):
        str(InputError("no.such.key"))


def test_columns_turn_the_tables():
    assert columns("LABELS")["ja"]["tab.read"] == "読み取り"


def test_importing_the_errors_reads_no_texts():
    code = "import sys, hwr.errors; sys.exit(any(name.endswith('.texts') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=PACKAGE.parent).returncode == 0


def test_no_sentence_is_written_where_it_is_raised():
    plain = []
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", "") in ("InputError", "DivergedError")
                and node.args
            ):
                words = node.args[0]
                known = isinstance(words, ast.Constant) and KEY.fullmatch(str(words.value))
                if isinstance(words, ast.Constant | ast.JoinedStr) and not known:
                    plain.append(f"{file.relative_to(PACKAGE)}:{node.lineno}")
    assert plain == [], "its English and Japanese belong in the texts.py of the room"


def test_a_sentence_that_came_as_words_is_recognised():
    for key, words in table("TEXTS").items():
        if not fields(words[0]) and sum(map(str.isalpha, words[0])) >= 20:
            found = recognised(words[0])
            assert isinstance(found, Sentence), key
            assert found.text("ja") in {other[1] for other in table("TEXTS").values()}, key
    error = InputError("images.too_small", name="a.png", width=3, height=4)
    found = recognised(str(error))
    assert isinstance(found, Sentence)
    assert found.text("ja") == error.text("ja")
    assert recognised("Nobody says this.") == "Nobody says this."
