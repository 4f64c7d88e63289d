import itertools
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stand_ins import Components

from hwr.errors import InputError
from hwr.evaluation.error_rates import edits
from hwr.examples.catalogue import EXAMPLES
from hwr.examples.packing import load_precomputed, load_precomputed_lists
from hwr.language.n_best import language_model, tuned_weights
from hwr.paths import DEFAULT_MODEL
from hwr.reading import Hypothesis, NBest, Weights
from hwr.sentences import table
from hwr.ui.decode.api import listed_image
from hwr.ui.decode.events import Events, Kept
from hwr.ui.decode.lists import Listed, Wanted, n_best_of, wanted_lm
from hwr.ui.decode.view import Harm, decode_view, harm_card, harm_examples, view_of
from hwr.ui.line.differences import Piece, differences, word_changes
from hwr.ui.line.kept import line_key
from hwr.ui.line.line_view import line_view, realigned_view
from hwr.ui.line.shown import Picked, shown_from, with_kept
from hwr.ui.models.readers import Models
from hwr.ui.page.errors import translated_error
from hwr.ui.page.scripted import source

WEIGHTS = Weights(0.5, 1.0, 0.25)


def hypotheses(*scored: tuple[str, float, float | None]) -> list[Hypothesis]:
    return [Hypothesis(text, visual, language, len(text)) for text, visual, language in scored]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("the", "the", [Piece("same", "the")]),
        ("tbe", "the", [Piece("same", "t"), Piece("changed", "h", "b"), Piece("same", "e")]),
        ("te", "the", [Piece("same", "t"), Piece("inserted", "h"), Piece("same", "e")]),
        ("thee", "the", [Piece("same", "the"), Piece("deleted", "", "e")]),
        ("bum", "burn", [Piece("same", "bu"), Piece("changed", "rn", "m")]),
        ("", "a", [Piece("inserted", "a")]),
        ("a", "", [Piece("deleted", "", "a")]),
        ("", "", []),
    ],
)
def test_differences_are_marked(before, after, expected):
    assert differences(before, after) == expected


@given(st.text("abc ", max_size=12), st.text("abc ", max_size=12))
def test_pieces_spell_both_texts(before, after):
    pieces = differences(before, after)
    assert "".join(p.text for p in pieces) == after
    assert "".join(p.text if p.kind == "same" else p.was for p in pieces) == before
    edited = sum(max(len(p.text), len(p.was)) for p in pieces if p.kind != "same")
    assert edited <= edits(before, after)
    assert all(a.kind != "same" or b.kind != "same" for a, b in itertools.pairwise(pieces))


@pytest.mark.parametrize(
    ("truth", "before", "after", "expected"),
    [
        ("a b c", "a b c", "a b c", (0, 0)),
        ("the cat sat", "tbe cat set", "the cat sat", (2, 0)),
        ("the cat sat", "the cat sat", "the eat sat", (0, 1)),
        ("the cat sat", "tbe cat sat", "the eat sat", (1, 1)),
        ("the cat sat", "thecat sat", "the cat sat", (2, 0)),
        ("the cat", "the", "the the cat", (1, 0)),
        ("", "x", "y", (0, 0)),
        ("a", "", "a", (1, 0)),
    ],
)
def test_fixed_and_broken_words(truth, before, after, expected):
    assert word_changes(truth, before, after) == expected
    assert word_changes(truth, after, before) == expected[::-1]


def test_view_counts_against_greedy_and_truth():
    listed = hypotheses(("the cat", -2.0, -5.0), ("tbe cat", -1.0, -9.0), ("tbe eat", -1.5, -12.0))
    view = decode_view(NBest("tbe cat", listed, WEIGHTS, "default", "val"), truth="the cat", lines=["x", "y"], line=1)
    assert (view.greedy, view.best, view.truth, view.line, view.lines) == (1, 0, "the cat", 1, ["x", "y"])
    assert (view.alpha, view.beta, view.gamma, view.lm, view.problem) == (0.5, 1.0, 0.25, "default", None)
    assert [(r.changes, r.errors, r.fixed, r.broken) for r in view.rows] == [(1, 0, 1, 0), (0, 1, 0, 0), (1, 2, 0, 1)]
    assert json.loads(json.dumps(view.to_dict())) == view.to_dict()


def test_view_without_truth_or_greedy_or_rows():
    view = decode_view(NBest("a", hypotheses(("b", -1.0, None)), problem="It is not there."))
    assert (view.greedy, view.best, view.lines) == (-1, -1, ["a"])
    assert (view.rows[0].errors, view.rows[0].fixed, view.rows[0].language) == (None, None, None)
    assert view.problem == {"en": "It is not there.", "ja": translated_error("It is not there.", "ja")}
    empty = decode_view(NBest("", [], problem="x"), truth="")
    assert (empty.rows, empty.best, empty.text) == ([], -1, "")


def test_the_empty_text_is_a_row():
    view = decode_view(NBest("", hypotheses(("", -0.1, 0.0))), truth="a")
    assert (view.greedy, view.rows[0].pieces, view.rows[0].errors) == (0, [], 1)


@pytest.mark.slow
def test_kept_lists_are_the_lists_of_the_kept_readings(assets, reader):
    for example in EXAMPLES:
        page = load_precomputed(example.name, assets / "readings", assets / "examples")
        lists = load_precomputed_lists(example.name, assets / "readings")
        assert page is not None
        assert lists is not None
        assert [n_best.greedy for n_best in lists] == [line.text for line in page.lines]
        fresh = reader.n_best(reader.read(assets / "examples" / example.file).lines[0], 64, lm="default")
        assert [h.text for h in lists[0].hypotheses] == [h.text for h in fresh.hypotheses]
        assert (lists[0].weights, lists[0].lm, lists[0].tuned) == (fresh.weights, "default", fresh.tuned)
        assert np.allclose([h.total for h in lists[0].hypotheses], [h.total for h in fresh.hypotheses], atol=1e-3)


def test_missing_or_foreign_lists_are_none(tmp_path):
    assert load_precomputed_lists("clean", tmp_path) is None
    (tmp_path / "clean.n-best.json").write_text('{"format": 0, "lines": []}')
    assert load_precomputed_lists("clean", tmp_path) is None


@pytest.mark.slow
def test_shipped_lists_go_with_the_shipped_readings():
    for example in EXAMPLES:
        page, lists = load_precomputed(example.name), load_precomputed_lists(example.name)
        assert page is not None
        assert lists is not None
        assert [n_best.greedy for n_best in lists] == [line.text for line in page.lines]
        assert all(not n_best.problem and n_best.lm == "default" for n_best in lists)
        weights = tuned_weights(json.loads((DEFAULT_MODEL / "rescoring.json").read_text()), "default", True)
        assert all((n_best.weights, n_best.tuned) == weights for n_best in lists), "run python -m hwr precompute"
        first = lists[0].hypotheses[0]
        assert language_model("default").log_probs([first.text]) == pytest.approx([first.language], abs=0.01)


def test_view_of_a_page_is_small(assets, reader):
    page = reader.read(assets / "examples" / "page.png")
    shown = shown_from(page, "page.png", [e.name for e in EXAMPLES].index("page"))
    view = view_of(reader.n_best(shown.readings[2], 64, lm="default"), shown, 2, shown.truths[2])
    assert (view["truth"], view["line"], len(view["lines"])) == (page.lines[2].text, 2, 6)
    assert view["rows"][view["best"]]["errors"] == 0
    assert len(json.dumps(view)) < 100_000


def test_shown_keeps_readings_without_pixels(assets, reader):
    page = reader.read(assets / "examples" / "clean.png")
    one, other = shown_from(page, None), shown_from(page, None)
    assert one.number != other.number
    assert one.readings[0].pixels.size == 0
    assert np.array_equal(one.readings[0].log_probs, page.lines[0].log_probs)


def test_realigned_view_is_the_view_of_the_realigned_reading(assets, reader):
    page = reader.read(assets / "examples" / "photo.png")
    before = line_view(page.lines[0], page.rgb, lesson={"en": "x", "ja": "y"}, precomputed=True)
    same = realigned_view(before.to_dict(), page.lines[0])
    assert same == {**before.to_dict(), "lesson": None, "precomputed": False}
    other = reader.align(page.lines[0], "milk and bread")
    view = realigned_view(before.to_dict(), other)
    assert "".join(c["text"] for c in view["characters"]) == view["text"] == "milk and bread"
    fresh = line_view(other, page.rgb)
    shift = fresh.characters[0].x0 - view["characters"][0]["x0"]
    assert all(
        c.x0 - d["x0"] == pytest.approx(shift, abs=0.05)
        for c, d in zip(fresh.characters, view["characters"], strict=True)
    )
    assert (view["image"], view["width"]) == (before.image, before.width)


def test_language_models_are_named(tmp_path):
    assert wanted_lm(" openai-community/gpt2 ", True) == "openai-community/gpt2"
    assert wanted_lm("none", True) is None
    assert wanted_lm(str(tmp_path), True) == str(tmp_path)
    with pytest.raises(InputError, match="Name a language model"):
        wanted_lm("  ", True)
    with pytest.raises(InputError, match="A name of 8000000 characters"):
        wanted_lm("x" * 8_000_000, True)


def test_strangers_choose_from_what_is_offered(monkeypatch):
    monkeypatch.setenv("HWR_LANGUAGE_MODELS", "someone/model, /models/mine,")
    for name in ("default", "smollm2", "someone/model", "/models/mine"):
        assert wanted_lm(name, False) == name
    assert wanted_lm("none", False) is None
    for name in ("/etc/passwd", "../x/y", "~/model", ".", "HuggingFaceTB/SmolLM2-135M", "/models", "a\\b"):
        with pytest.raises(InputError, match="shared host; choose one of default, smollm2, none, someone/model"):
            wanted_lm(name, False)


class Stubborn:
    def __init__(self, error: str = ""):
        self.error, self.asked = error, []

    def n_best(self, reading, n_best, *, lm):
        self.asked.append(lm)
        if self.error:
            raise InputError(self.error)
        return NBest(reading.text, hypotheses((reading.text, -1.0, None)), Weights(0, 1, 0), lm)


def test_what_keeps_language_out_leaves_the_list(assets, reader):
    line = reader.read(assets / "examples" / "clean.png").lines[0]
    stub = Stubborn()
    found = n_best_of(cast(Any, stub), line, 4, "no/such", "There is none.")
    assert (stub.asked, found.problem, [h.text for h in found.hypotheses]) == ([None], "There is none.", [line.text])
    assert n_best_of(cast(Any, Stubborn()), line, 4, "default").problem == ""
    failed = n_best_of(cast(Any, Stubborn("No n-gram.")), line, 4, "default")
    assert (failed.greedy, failed.hypotheses, failed.text, failed.problem) == (line.text, [], line.text, "No n-gram.")


def test_web_api_gives_one_line_flat_and_a_page_by_line():
    one = NBest("a", hypotheses(("b", -1.0, -2.0), ("a", -1.5, -3.0)), WEIGHTS, "default", "val")
    two = replace(one, greedy="c", problem="No.")
    flat = listed_image([one])
    assert (flat["greedy"], flat["text"], "lines" in flat) == ("a", "b", False)
    assert set(flat["hypotheses"][0]) == {"text", "ctc", "lm", "ngram", "length", "total"}
    assert (flat["alpha"], flat["beta"], flat["gamma"]) == (0.5, 1.0, 0.25)
    page = listed_image([one, two])
    assert (page["greedy"], page["text"], page["hypotheses"], page["problem"]) == ("a\nc", "b\nb", [], "No.")
    assert [line["greedy"] for line in page.get("lines", [])] == ["a", "c"]
    json.dumps(page)


def test_harm_examples_come_from_the_file_or_not_at_all(tmp_path, assets):
    assert harm_examples(tmp_path) == []
    assert harm_card([]) == ""
    folder = tmp_path / "language-examples"
    folder.mkdir()
    (folder / "line.png").write_bytes((assets / "examples" / "clean.png").read_bytes())
    entry = {"image": "line.png", "greedy": "a <b>", "rescored": "a <i>", "truth": "a <b>", "lm": "x&y", "command": "c"}
    for kept in ({"helps": entry}, {"harms": entry | {"image": "gone.png"}}):
        (folder / "examples.json").write_text(json.dumps(kept))
        assert harm_examples(tmp_path) == []
    (folder / "examples.json").write_text(json.dumps({"harms": entry}))
    (harm,) = harm_examples(tmp_path)
    assert asdict(harm) == entry | {"image": folder / "line.png"}
    card = harm_card([harm])
    assert card.count("<figure>") == 1
    assert 'a &lt;<ins class="hwr-d-changed">i</ins>&gt;' in card
    assert "x&amp;y" in card
    assert "<b>" not in card


def test_harm_marks_what_differs_from_the_truth(tmp_path, assets):
    harm = Harm(assets / "examples" / "clean.png", "right", "rigt", "right", "default", "python -m hwr tune-rescoring")
    assert 'rig<del class="hwr-d-deleted">h</del>t' in harm_card([harm])


def test_the_script_asks_only_for_strings_that_exist():
    script = source("decode/decode.js") + source("decode/weights.js")
    keys = set(re.findall(r"'((?:decode|viewer)\.[a-z0-9.]*[a-z0-9])'", script))
    assert len(keys) > 30
    assert keys <= set(table("PAGE"))
    for prefix, ends in {
        "decode.": ("alpha", "beta", "gamma"),
        "decode.nothing.": ("alpha", "gamma"),
        "decode.part.": ("image", "language", "ngram", "length"),
        "decode.column.": ("text", "bar", "total"),
        "decode.errors": ("", ".one", ".none"),
        "decode.effect.changes": ("", ".one"),
    }.items():
        assert {prefix + end for end in ends} <= set(table("PAGE"))


@pytest.mark.parametrize(
    "sentence",
    [
        "There is no language model directory at './x'.",
        "The Hugging Face Hub has no public model 'no/such'; check the id, or log in if it is private or gated.",
        "'no/such' is not in the cache of this computer and the Hugging Face Hub cannot be reached (ConnectionError); "
        "connect once to fetch it, or give 'default', 'smollm2' or a directory.",
        "a/b is not a causal language model (it is a BertModel); choose one that writes from left to right, such as GPT-2.",
        "The vocabulary of a/b cannot spell 'é' (U+00E9); choose a language model with byte-level tokens, such as "
        "'default' or 'smollm2'.",
        "The tokenizer of a/b has no bos token, no eos token and no line break, so nothing can stand before a text; set "
        "bos_token in its tokenizer_config.json.",
        "Name a language model: a Hub id such as openai-community/gpt2, or a directory.",
    ],
)
def test_errors_of_language_models_have_japanese(sentence):
    japanese = translated_error(sentence, "ja")
    assert sentence not in japanese
    assert re.search("[ぁ-ん]", japanese)


def test_a_kept_text_is_the_truth_as_soon_as_it_is_kept(assets, reader):
    """Also where the list was made beforehand and stands on the page already."""

    class KeptTexts:
        texts: Sequence[str] = ()

        def known(self, now, token, request):
            return with_kept(now, self.texts) if self.texts else now

    known, kept = KeptTexts(), Kept(assets)
    request: Any = None
    events = Events(Models(lambda: reader), kept, lambda name: None, cast(Any, known), cast(Any, Components()))
    index = next(i for i, one in enumerate(EXAMPLES) if one.name == "clean")
    path = assets / "examples" / "clean.png"
    page = load_precomputed("clean", assets / "readings", assets / "examples")
    assert page is not None
    now = shown_from(page, str(path), index, precomputed=True)
    told = events.look(now, Picked(), Wanted(-1), Listed(Wanted(-1), now), "", request)
    assert told["table"]["truth"] == now.truths[0]
    assert told["table"]["key"] == line_key(now, 0) != ""
    same = events.look(now, Picked(), told["wanted"], told["listed"], "", request)
    assert "table" not in same
    known.texts = ["what a person kept"]
    again = events.look(now, Picked(), told["wanted"], told["listed"], "", request)
    assert (again["table"]["truth"], again["line"]["truth"]) == ("what a person kept", "what a person kept")
    assert again["table"]["rows"][again["table"]["best"]]["errors"] > 0
    steps = list(events.set_on_image(cast(Any, SimpleNamespace(value="The morning")), again["listed"], request))
    assert steps[-1]["line"]["truth"] == "what a person kept"
    assert (steps[-1]["line"]["text"], steps[-1]["message"]["visible"]) == ("The morning", False)
