import json
import re
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image
from stand_ins import Components

from hwr.errors import InputError
from hwr.examples.catalogue import Example
from hwr.examples.drawing import Drawing
from hwr.inspection.divergence import divergence, divergences
from hwr.reader import Reader
from hwr.recognizer.checkpoint import save_checkpoint
from hwr.sentences import table
from hwr.training.run import checkpoints
from hwr.ui.connector.api import divergence_of
from hwr.ui.connector.events import Drawn, Events, Views, Wanted, is_kept, problem_notice, training_card
from hwr.ui.connector.lines import (
    Chosen,
    Lines,
    chosen_connectors,
    load_kept,
    measure,
    offered_connectors,
    precompute_divergences,
    taught_by,
)
from hwr.ui.connector.view import Measured, across, comparison_card, connector_view
from hwr.ui.line.line_view import line_view
from hwr.ui.line.shown import Picked, shown_from
from hwr.ui.models.readers import ModelKey, Models
from hwr.ui.page.errors import translated_error
from hwr.ui.page.html import both
from hwr.ui.page.scripted import source

TEXT = "in an old abc"


@pytest.fixture
def image(drawn_line, tmp_path):
    path = tmp_path / "line.png"
    Image.fromarray(drawn_line(TEXT)).convert("RGB").save(path)
    return path


@pytest.fixture
def page(taught, image):
    return taught.reader.read(str(image), lines="single")


@pytest.fixture
def line(page):
    return line_view(page.lines[0], page.rgb).to_dict()


@pytest.fixture
def known(wavering_checkpoint, taught, tmp_path, monkeypatch):
    """A data directory with the runs `mine` (qformer, aligned), `plain` (no connectors) and `alone`; nothing is shipped."""
    monkeypatch.setenv("HWR_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("HWR_MODEL", raising=False)
    for name in ("DEFAULT_CONNECTOR", "DEFAULT_CTC_ONLY"):
        monkeypatch.setattr(checkpoints, name, tmp_path / "shipped" / name)
    for name, beside in (("mine", taught.connectors.save), ("plain", None), ("alone", None)):
        save_checkpoint(wavering_checkpoint, tmp_path / "data" / "runs" / name / "checkpoints" / "best", beside=beside)
    return tmp_path / "data" / "runs"


@pytest.fixture
def models(wavering_checkpoint):
    return Models(lambda: Reader(wavering_checkpoint, device="cpu"))


MINE = ("run/mine/best:lstm1", "run/mine/best:columns")


# --- what is drawn


def test_bars_stand_on_the_ink_of_their_tokens(taught, page, line, lm):
    reading = page.lines[0]
    found = divergences(taught.reader, taught.connectors, lm, reading, TEXT)
    rows = [Measured("mine", d, reading.geometry) for d in found]
    view = connector_view(line, reading.geometry, rows, text_from="typed")
    json.dumps(view)
    assert [(row["kind"], row["tap"]) for row in view["rows"]] == [("qformer", "lstm1"), ("aligned", "columns")]
    assert (view["text"], view["text_from"], view["problem"]) == (TEXT, "typed", None)
    assert [row["checkpoint"] for row in view["rows"]] == ["mine", "mine"]
    for row, one in zip(view["rows"], found, strict=True):
        assert len(row["places"]) == len(one.tokens) + row["cut"]
        for token, (x0, x1) in zip(row["tokens"], row["places"], strict=False):
            # The axis in pixels of the upload is where the token says it lies, but for the image's edges.
            upload = [line["origin"] + line["per_pixel"] * x for x in (x0, x1)]
            assert upload == pytest.approx([token["x0"], token["x1"]], abs=1.0)
            assert x1 > x0


def test_another_recogniser_with_other_frames_finds_the_same_ink(page, line):
    geometry = page.lines[0].geometry
    finer = replace(geometry, matrix=2 * geometry.matrix, width=2 * geometry.width, height=2 * geometry.height)
    for frame in (3, 17):
        # Twice as many frames of the same stride: frame 2 t + 1/2 has the middle of frame t, if offsets are the same.
        x = geometry.offset + geometry.stride * (frame - 0.5)
        there = (2 * x - finer.offset) / finer.stride + 0.5
        assert across(line, geometry, finer, there) == pytest.approx(across(line, geometry, geometry, frame), abs=0.02)
        assert across(line, geometry, geometry, frame) == pytest.approx(
            line["frame_x0"] + frame * line["frame_width"], abs=0.02
        )


def test_both_checkpoints_are_compared_with_the_truth_or_with_each_other(page):
    reading = replace(page.lines[0], confidence=0.5)
    left, right = replace(reading, text="a <b> cat"), replace(reading, text="a <b> cot")
    card = comparison_card(left, right, "a <b> cat")
    assert '&lt;b&gt; c<ins class="hwr-d-changed">o</ins>t' in card
    assert card.count("<ins") == 1
    assert "50.0 %" in card
    assert "character errors: 1" in card
    assert "character errors: 0" in card
    assert "<b>" not in card
    unknown = comparison_card(left, right, None)
    assert unknown.count("<ins") == 2
    assert "character errors" not in unknown
    assert "Both read the same" in comparison_card(left, left, None)
    assert "nothing was read" in comparison_card(replace(left, text=""), left, None)


# --- whose text


def test_the_text_is_what_is_written_unless_it_cannot_be(taught, page):
    chosen = [Chosen("mine", taught, page.lines[0], ["lstm1", "columns"])]
    found = measure(chosen, None, TEXT)
    assert (found.text_from, found.problem, len(found.rows)) == ("truth", "", 2)
    assert measure(chosen, "an old", TEXT).text_from == "typed"
    assert measure(chosen, f" {TEXT} ", TEXT).text_from == "truth"
    own = measure(chosen, None, None)
    assert (own.text_from, own.problem) == ("reading", "")
    assert own.rows[0].divergence.text == " ".join(page.lines[0].text.split())
    other = measure(chosen, None, "abc\u4e2d")
    assert other.text_from == "reading"
    assert "does not have '\u4e2d'" in other.problem
    with pytest.raises(InputError, match="does not have"):
        measure(chosen, "abc\u4e2d", None)
    with pytest.raises(InputError, match="There is no text to compare with"):
        measure(chosen, " ", TEXT)


def test_all_checkpoints_are_measured_on_one_text(taught, page):
    """The second one reads something else, and is asked about the first one's reading all the same."""
    line = page.lines[0]
    chosen = [Chosen("a", taught, line, ["lstm1"]), Chosen("b", taught, replace(line, text="abc"), ["lstm1"])]
    rows = measure(chosen, None, None).rows
    assert [row.checkpoint for row in rows] == ["a", "b"]
    assert rows[0].divergence.text == rows[1].divergence.text == " ".join(line.text.split())
    assert rows[1].divergence.ctc == "abc"


# --- which connectors there are


def test_connectors_of_every_known_checkpoint_are_offered(known, wavering_checkpoint, taught, monkeypatch):
    assert [one.id for one in offered_connectors()] == list(MINE)
    assert "qformer \u00b7 lstm1 \u00b7 mine (best)" in [one.title for one in offered_connectors()]
    assert [one.tap for one in chosen_connectors(MINE[1:])] == ["columns"]
    for id in ("run/mine/best:lstm9", "/etc/passwd:lstm1", "run/plain/best:lstm1"):
        with pytest.raises(InputError, match="There is no connector"):
            chosen_connectors([id])
    monkeypatch.setenv("HWR_MODEL", str(known / "mine" / "checkpoints" / "best"))
    assert offered_connectors()[0].checkpoint.kind == "environment"


def test_a_damaged_list_is_offered_and_says_what_is_wrong(known, models):
    best = known / "mine" / "checkpoints" / "best"
    (best / "connectors.json").write_text("{")
    (one,) = offered_connectors()
    assert one.kind == "?"
    with pytest.raises(InputError, match="connectors.json cannot be read") as error:
        taught_by(models, one.checkpoint)
    assert str(known) not in str(error.value)


def test_other_lines_than_the_reading_shows_are_refused(known, models, page, image):
    now = shown_from(page, str(image), how="single")
    lines = Lines(models, now, 0, None)
    assert lines.reading("run/mine/best").text == page.lines[0].text
    assert lines.view("run/mine/best")["text"] == page.lines[0].text
    twice = replace(now, lines=[*now.lines, *now.lines])
    with pytest.raises(InputError, match=r"finds 1 lines on this image where the reading has 2"):
        Lines(models, twice, 0, None).page("run/mine/best")


# --- events, without a page


class NothingKept:
    """A stand-in for the texts that people kept."""

    def known(self, now, token, request):
        return now


@pytest.fixture
def events(models, tmp_path):
    nothing, ui = cast(Any, NothingKept()), cast(Any, Components())
    return Events(models, Views(tmp_path), nothing, ui)


def ask(events, want, now, side="with"):
    """Plan, load, answer, as the page does."""
    before = Drawn(Wanted(-1))
    told = events.plan(want, now, before)
    before = told.get("drawn", before)
    return {**told, **events.answer(now, want, before, side, events.load(now, want, before))}


@pytest.mark.slow
def test_a_line_is_measured_and_read_by_the_compared_checkpoint_too(known, events, page, image):
    now = shown_from(page, str(image), how="single")
    want = Wanted(now.number, 0, MINE, compared="run/alone/best", text=TEXT)
    told = ask(events, want, now)
    assert [row["tap"] for row in told["viewer"]["rows"]] == ["lstm1", "columns"]
    assert told["viewer"]["precomputed"] is False
    assert told["said"] == TEXT
    assert told["drawn"].wanted == want
    assert "mine (best)" in told["comparison"]
    assert told["line"]["model"] == "mine (best)"
    turned = events.turn("without", told["drawn"])
    assert turned["line"]["model"] == "alone (best)"
    assert turned["drawn"].side == "without"
    assert turned["drawn"].wanted == want
    again = events.plan(want, now, told["drawn"])
    assert set(again) == {"wanted", "message", "which"}
    assert events.load(now, want, told["drawn"]) == ""
    alone = ask(events, replace(want, compared="none"), now, side="without")
    assert alone["comparison"] == ""
    assert alone["line"]["model"] == "mine (best)"
    # All connectors taken away while an earlier answer was still on its way: the last wish stands.
    none = replace(want, connectors=())
    late = events.answer(now, none, told["drawn"], "with", "")
    assert late["viewer"] is None
    assert late["drawn"].wanted == none
    assert "No connector is chosen" in late["message"]["value"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"text": ""}, "There is no text to compare with"),
        ({"text": "a\u4e2d"}, "charset does not have"),
        ({"text": "a" * 60}, "too long for this line"),
        ({"connectors": ("run/mine/best:lstm9",)}, "There is no connector"),
        ({"compared": "run/gone/best"}, "There is no checkpoint"),
    ],
)
def test_what_cannot_be_measured_is_said_where_it_would_stand(known, events, page, image, change, sentence):
    now = shown_from(page, str(image), how="single")
    told = ask(events, replace(Wanted(now.number, 0, MINE, compared="none", text=TEXT), **change), now)
    assert "viewer" not in told
    assert sentence in told["message"]["value"].replace("&#39;", "'")
    assert 'role="alert"' in told["message"]["value"]


def test_a_missing_language_model_is_said(known, events, page, image):
    index = known / "mine" / "checkpoints" / "best" / "connectors.json"
    about = json.loads(index.read_text())
    about["language_model"]["name"] = "/nowhere/lm"
    index.write_text(json.dumps(about))
    now = shown_from(page, str(image), how="single")
    told = ask(events, Wanted(now.number, 0, MINE, compared="none", text=TEXT), now)
    assert "There is no language model directory at" in told["message"]["value"]


def test_a_connector_of_another_language_model_is_said(known, events, page, image, tiny):
    index = known / "mine" / "checkpoints" / "best" / "connectors.json"
    about = json.loads(index.read_text())
    about["language_model"]["name"] = str(tiny("gpt2", eos_token="<other>"))
    index.write_text(json.dumps(about))
    now = shown_from(page, str(image), how="single")
    told = ask(events, Wanted(now.number, 0, MINE, compared="none", text=TEXT), now)
    assert "trained for the tokenizer of" in told["message"]["value"]


def test_the_line_picked_in_read_is_followed(known, events, page, image):
    now = shown_from(page, str(image), how="single")
    now = replace(now, lines=[now.lines[0], now.lines[0]])
    told = events.look(now, Wanted(-1), Drawn(Wanted(-1)), Picked(line=1), "", None)
    assert (told["wanted"].number, told["wanted"].line, told["wanted"].connectors) == (now.number, 1, MINE)
    typed = replace(told["wanted"], text="typed")
    assert events.look(now, typed, Drawn(typed), Picked(line=1), "", None)["wanted"] == typed
    assert events.look(now, typed, Drawn(typed), Picked(line=0), "", None)["wanted"].text is None
    none = events.choose(now, typed, Drawn(typed), [])
    assert none["viewer"] is None
    assert "choose at least one" in none["message"]["value"]


def test_the_model_of_the_read_tab_is_followed_or_it_is_said_why_not(
    known, events, page, image, taught, wavering_checkpoint
):
    save_checkpoint(wavering_checkpoint, known / "other" / "checkpoints" / "best", beside=taught.connectors.save)
    at_start = Wanted(-1, connectors=MINE)

    def look(model: str, want: Wanted):
        now = shown_from(page, str(image), how="single", model=ModelKey(model))
        return events.look(now, want, Drawn(want), Picked(), "", None)

    followed = look("run/other/best", at_start)
    assert followed["wanted"].connectors == ("run/other/best:lstm1", "run/other/best:columns")
    assert both("connector.which.same") in followed["which"]
    chosen = look("run/other/best", replace(followed["wanted"], connectors=MINE))  # by hand, and it stays
    assert chosen["wanted"].connectors == MINE
    assert both("connector.which.chosen") in chosen["which"]
    plain = look("run/plain/best", followed["wanted"])
    assert both("connector.which.none") in plain["which"]
    assert "plain" in plain["which"]


@pytest.mark.slow
def test_what_a_person_kept_is_what_is_measured(known, events, page, image):
    """Not the recogniser's own reading; and a text that is kept later is measured anew."""
    now = shown_from(page, str(image), how="single")
    want = Wanted(now.number, 0, MINE, compared="run/alone/best", truths=(None,))
    read = ask(events, want, now)
    assert read["viewer"]["text_from"] == "reading"
    kept = ask(events, replace(want, truths=(TEXT,)), now)
    assert (kept["viewer"]["text_from"], kept["viewer"]["text"]) == ("kept", TEXT)
    assert TEXT in kept["comparison"]
    assert read["drawn"].wanted != kept["drawn"].wanted
    typed = ask(events, replace(want, truths=(TEXT,), text="an abc"), now)
    assert typed["viewer"]["text_from"] == "typed"


def test_without_connectors_the_tab_says_how_to_train_one(known, events, page, image):
    (known / "mine" / "checkpoints" / "best" / "connectors.json").unlink()
    now = shown_from(page, str(image), how="single")
    told = events.look(now, Wanted(-1), Drawn(Wanted(-1)), Picked(), "", None)
    assert "--connector qformer:lstm1:1.0" in told["train"]
    assert not told["message"]["visible"]
    assert told["train"] == training_card()


# --- kept beforehand


@pytest.fixture
def kept(taught, image, tmp_path):
    """Assets with one example, measured beforehand."""
    (tmp_path / "examples").mkdir()
    (tmp_path / "readings").mkdir()
    image.rename(tmp_path / "examples" / "drawn.png")
    example = Example("drawn", (TEXT,), Drawing("", lambda *_: np.zeros((1, 1)), 1), {}, {})
    precompute_divergences(taught, taught.reader, tmp_path / "readings", tmp_path / "examples", [example])
    return tmp_path


@pytest.mark.slow
def test_what_was_kept_is_what_is_measured(kept, taught):
    found = load_kept("drawn", kept)
    assert found is not None
    page = taught.reader.read(str(kept / "examples" / "drawn.png"))
    fresh = measure([Chosen("tiny", taught, page.lines[0], ["lstm1", "columns"])], None, TEXT)
    (line,) = found.lines
    assert (line.text_from, line.problem) == (fresh.text_from, fresh.problem)
    assert [r.divergence.to_dict() for r in line.rows] == [r.divergence.to_dict() for r in fresh.rows]
    for side in ("with", "without"):
        assert found.pages[side].lines[0].text == page.lines[0].text
    view = connector_view(
        line_view(found.pages["with"].lines[0], page.rgb).to_dict(),
        found.pages["with"].lines[0].geometry,
        line.rows,
        text_from=line.text_from,
        precomputed=True,
    )
    assert view["precomputed"]


@pytest.mark.slow
def test_what_is_missing_or_foreign_is_not_used(kept):
    assert load_kept("other", kept) is None
    path = kept / "readings" / "drawn.divergence.json"
    about = json.loads(path.read_text())
    path.write_text(json.dumps(about | {"format": 0}))
    assert load_kept("drawn", kept) is None
    path.write_text(json.dumps(about | {"lines": about["lines"] * 2}))
    assert load_kept("drawn", kept) is None
    path.write_text(json.dumps(about))
    (kept / "readings" / "drawn.without.npz").unlink()
    assert load_kept("drawn", kept) is None


def test_only_untouched_examples_of_the_shipped_pair_are_answered_from_what_was_kept(page, image):
    now = replace(shown_from(page, str(image), how="single"), example=0, precomputed=True)
    want = Wanted(now.number, 0, ("connector:lstm1",), truths=(None,))
    assert is_kept(want, now)
    for other in (
        replace(want, text="typed"),
        replace(want, again=1),
        replace(want, truths=("what a person kept",)),
        replace(want, compared="none"),
        replace(want, connectors=()),
        replace(want, connectors=("connector:lstm1", "run/mine/best:lstm1")),
    ):
        assert not is_kept(other, now)
    assert not is_kept(want, replace(now, precomputed=False))


# --- from a program


@pytest.mark.slow
def test_the_web_api_gives_what_the_function_gives(known, models, image, lm, taught):
    given: dict[str, Any] = {"text": TEXT, "model": "run/mine/best", "tap": "columns", "line": 1, "top_k": 4}
    found = divergence_of(models, str(image), **given)
    page = taught.reader.read(str(image))
    expected = divergence(taught.reader, taught.connectors, lm, page.lines[0], TEXT, tap="columns", top_k=4)
    assert found == expected.to_dict() | {"model": "mine (best)"}
    own = divergence_of(models, str(image), **given | {"text": None, "model": "", "tap": ""})
    assert (own["text_from"], own["tap"]) == ("reading", "lstm1")
    changes: list[tuple[dict[str, Any], str]] = [
        ({"model": "run/plain/best"}, "no model with connectors 'run/plain/best' here; there are run/mine/best"),
        ({"tap": "lstm9"}, "no connector at 'lstm9'; its connectors are at lstm1, columns"),
        ({"line": 2}, "lines 1 to 1, no line 2"),
        ({"line": True}, "no line True"),
        ({"top_k": 0}, "top_k must be"),
        ({"text": ""}, "There is no text to compare with"),
    ]
    for change, sentence in changes:
        with pytest.raises(InputError, match=sentence):
            divergence_of(models, str(image), **given | change)
    (known / "mine" / "checkpoints" / "best" / "connectors.json").unlink()
    given["model"] = ""
    with pytest.raises(InputError, match="no checkpoint with connectors here; train one"):
        divergence_of(models, str(image), **given)


# --- words


def test_the_script_asks_only_for_strings_that_exist():
    script = source("connector/connector.js")
    keys = set(re.findall(r"'((?:connector|viewer)\.[a-z0-9.]*[a-z0-9])'", script))
    assert len(keys) > 20
    assert keys <= set(table("PAGE"))
    for prefix, ends in {
        "connector.from.": ("truth", "reading", "typed"),
        "connector.legend.": ("bar", "picked", "cut"),
        "connector.at.": ("surrogate", "prefix", "kl"),
        "connector.three.how.": ("surrogate", "prefix"),
        "connector.line.": ("token", "ctc", "connector", "reference"),
    }.items():
        assert {prefix + end for end in ends} <= set(table("PAGE"))


@pytest.mark.parametrize(
    "sentence",
    [
        "plain has no connectors (no connectors.json); train with connectors, or choose a checkpoint that has them.",
        "mine has no connector at 'lstm9'; its connectors are at lstm1, columns.",
        "There is no connector 'x:lstm1' here (any more); choose another one.",
        "The connector at lstm1 was trained for default (hidden size 256), but gpt2 has hidden size 768; choose the "
        "language model 'default'.",
        "The connectors were trained for the tokenizer of default, and gpt2 has another; choose the language model "
        "'default'.",
        "A small recogniser has no tap 'lstm9' for a connector; it has columns, lstm1.",
        "The connector at lstm1 reads 384 features, but the recogniser has 512 there.",
        "x/lstm1.safetensors is missing, though connectors.json names it; fetch the checkpoint again.",
        "There is no text to compare with; type what the line says.",
        "Nothing was read on this line, so there is no text to compare with; type what the line says.",
        "This recogniser's charset does not have '\u4e2d'; take these characters out of the text.",
        "The text is too long for this line: its 60 characters need 119 frames, the line has 80.",
        "default reads at most 512 positions at once and was given 600; take a connector with fewer positions (qformer, "
        "downsample, aligned).",
        "mine (best) finds 1 lines on this image where the reading has 2; read the image with mine (best) in the Read "
        "tab first.",
        "A checkpoint or its language model cannot be loaded; the reason is in the log.",
    ],
)
def test_errors_have_japanese(sentence):
    japanese = translated_error(sentence, "ja")
    assert sentence not in japanese
    assert re.search("[\u3041-\u3093]", japanese)
    assert "<b>" not in problem_notice(sentence + "<b>")


@pytest.mark.slow
def test_the_interface_is_built_without_torch(tmp_path):
    """In a fresh process, as the first page has to be painted before anything heavy is loaded."""
    import subprocess
    import sys

    code = (
        "import sys\nfrom hwr.ui.app import build\nfrom pathlib import Path\n"
        f"build(lambda: None, Path({str(tmp_path)!r}))\nassert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300)
