import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from drawn_pages import TEXTS, page_image
from fake_reader import FakeReader

from hwr.data.dataset import read_imagefolder
from hwr.data.frozen_splits import split_of
from hwr.data.library import Library
from hwr.data.store import connected, frozen_members
from hwr.errors import InputError
from hwr.ui.annotate.adding import Job, Worker
from hwr.ui.annotate.events import Events, Place
from hwr.ui.annotate.view import library_view, loop_view
from hwr.ui.models.readers import Models


@pytest.fixture
def events(tmp_path, monkeypatch) -> Events:
    monkeypatch.setattr(
        "hwr.ui.annotate.events.loaded_language_model", lambda: None
    )  # other tests leave theirs in memory
    reader = FakeReader({"letter": TEXTS}, default="another line")
    names = (
        "panel",
        "locked",
        "place",
        "menu",
        "files",
        "bring",
        "download",
        "learn",
        "library",
        "loop",
        "page",
        "lines",
    )
    ui: Any = SimpleNamespace(**{name: name for name in names})
    return Events(Library(tmp_path / "annotations.sqlite"), Models(lambda: reader), Worker(), ui)


@pytest.fixture
def own_machine(monkeypatch) -> Any:
    monkeypatch.setattr("hwr.ui.page.rights.is_own_machine", lambda request: True)
    return SimpleNamespace(cookies={}, headers={}, session_hash="one", request=None)


def added(events: Events, request: Any, *paths: Path, until: Callable[[Job], bool] = lambda job: job.ended) -> Place:
    """Where the pages of the files are, once as much of the work is done."""
    drawn = events.upload([str(path) for path in paths], Place(), "default", "", request)
    at = drawn["place"]
    job = events.worker.of(at.collection)
    assert job is not None
    wait_for(lambda: until(job))
    return at


def wait_for(condition: Callable[[], bool]) -> None:
    for _ in range(400):
        if condition():
            return
        time.sleep(0.05)
    raise TimeoutError("the pages were not added")


def test_files_become_a_collection_and_what_cannot_be_used_is_told(events, own_machine, tmp_path):
    page_image().save(tmp_path / "letter.png")
    (tmp_path / "notes.txt").write_text("no image")
    at = added(events, own_machine, tmp_path / "letter.png", tmp_path / "notes.txt")
    view = events.look(at, {})["library"]
    assert [(c["name"], c["pages"], c["lines"]) for c in view["collections"]] == [("letter", 1, 2)]
    assert [page["state"] for page in view["pages"]] == ["read"]
    assert [set(problem) for problem in view["job"]["problems"]] == [{"en", "ja"}]
    assert "notes.txt" in view["job"]["problems"][0]["en"]


@pytest.mark.slow
def test_a_long_document_comes_in_page_by_page_and_can_be_stopped(events, own_machine, tmp_path):
    pages = [page_image(TEXTS, width=900 + 4 * n) for n in range(30)]
    pages[0].save(tmp_path / "letter.pdf", save_all=True, append_images=pages[1:])
    at = added(events, own_machine, tmp_path / "letter.pdf", until=lambda job: job.done >= 2)
    job = events.worker.of(at.collection)
    assert job.all == 30
    events.stop(at, {})
    wait_for(lambda: job.ended)
    titles = [page.title for page in events.library.pages(at.collection)]
    assert titles == [f"letter.pdf · {n + 1}" for n in range(job.done)]
    assert 2 <= job.done < 30
    assert job.problems == []


def test_the_queue_and_what_is_kept(events, own_machine, tmp_path):
    page_image().save(tmp_path / "letter.png")
    at = added(events, own_machine, tmp_path / "letter.png")
    view = loop_view(events.library, at.collection)
    assert view is not None
    assert sorted(card["text"] for card in view["cards"]) == sorted(TEXTS)
    line = view["order"][0]
    assert events.answered({"what": "keep", "line": line, "text": "mine", "based_on": None}, "ada")["text"] == "mine"
    # Bert has not seen that.
    theirs = events.answered({"what": "keep", "line": line, "text": "his", "based_on": None}, "bert")
    assert (theirs["who"], theirs["text"]) == ("ada", "mine")
    history = events.answered({"what": "history", "line": line}, "bert")
    assert [(one["who"], one["text"], one["how"]) for one in history] == [
        ("ada", "mine", "typed"),
        ("bert", "his", "aside"),
    ]
    settled = events.answered({"what": "keep", "line": line, "text": "his", "based_on": theirs["revision"]}, "bert")
    assert settled["text"] == "his"
    assert len(events.library.order(at.collection or 0, "new")) == 1


def test_a_kept_text_is_taken_back(events, own_machine, tmp_path):
    page_image().save(tmp_path / "letter.png")
    at = added(events, own_machine, tmp_path / "letter.png")
    line = events.library.order(at.collection or 0)[0]
    read = events.library.line(line).text
    kept = events.answered({"what": "keep", "line": line, "text": "mine", "based_on": None}, "ada")
    wish = {"what": "undo", "line": line, "revision": kept["revision"], "before": None}
    assert events.answered(wish, "ada") == {"text": read, "revision": None}
    newer = events.answered({"what": "keep", "line": line, "text": "newer", "based_on": None}, "bert")
    assert events.answered(wish, "ada") == {"text": "newer", "revision": newer["revision"], "who": "bert"}


def test_cards_thumbnails_and_search(events, own_machine, tmp_path):
    page_image().save(tmp_path / "letter.png")
    at = added(events, own_machine, tmp_path / "letter.png")
    (page,) = events.library.pages(at.collection or 0)
    lines = events.library.lines(page.id)
    cards = events.answered({"what": "cards", "lines": [lines[0].id, 999]}, "ada")
    assert [(card["id"], card["title"], card["position"]) for card in cards] == [(lines[0].id, "letter.png", 0)]
    assert cards[0]["image"].startswith("data:image/webp;base64,")
    found = events.answered({"what": "search", "words": "SECOND", "collection": at.collection}, "ada")
    assert [line["text"] for line in found] == ["a second one"]
    thumbnails = events.answered({"what": "thumbnails", "ids": [page.id]}, "ada")
    assert thumbnails[str(page.id)].startswith("data:image/webp;base64,")
    doubts = events.answered({"what": "doubts", "line": lines[0].id, "text": lines[0].text}, "ada")
    assert doubts["text"] == TEXTS[0]
    assert 1 <= len(doubts["alternatives"]) <= 5
    assert (doubts["model"], doubts["lm"]) == ("fake-small", None)
    with pytest.raises(InputError):
        events.answered({"what": "doubts", "line": lines[0].id, "text": "", "model": "gone"}, "ada")
    with pytest.raises(InputError):
        events.answered({"what": "anything else"}, "ada")


def test_delete_and_undo_rename_and_move(events):
    first, second = events.library.create("first"), events.library.create("second")
    drawn = events.delete(Place(second), {"what": "collection", "id": second, "name": "second"})
    assert [c["name"] for c in drawn["library"]["collections"]] == ["first"]
    assert drawn["library"]["undo"]["name"] == "second"
    drawn = events.restore(drawn["place"], drawn["library"]["undo"])
    assert drawn["place"] == Place(second)
    drawn = events.rename(Place(first), {"what": "collection", "id": first, "name": "letters"})
    assert [c["name"] for c in drawn["library"]["collections"]] == ["letters", "second"]


def test_the_writer_of_a_page_is_named_and_splits_ask_for_it(events, own_machine, tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    at = corrected(events, own_machine, tmp_path)
    (page,) = events.library.pages(at.collection or 0)
    drawn = events.name_writer(Place(at.collection, page.id), {"id": page.id, "name": " Ada  L. "})
    assert (drawn["page"]["writer"], drawn["page"]["writers"]) == ("Ada L.", ["Ada L."])
    file = events.export(at, {"form": "writers"})["download"]["value"]
    (record,) = read_imagefolder(Path(file)).records
    assert (record.writer, record.split) == ("Ada L.", split_of("Ada L."))
    assert events.name_writer(at, {"id": page.id, "name": ""})["place"] == at
    assert events.library.pages(at.collection or 0)[0].writer is None


def test_two_people_who_typed_the_same_line_are_compared(events, own_machine, tmp_path):
    at = corrected(events, own_machine, tmp_path)
    assert events.look(at, {})["library"]["agreement"] == []
    (line,) = events.library.order(at.collection or 0, "accepted")
    events.library.keep(line, "as it was written", who="bert", based_on=events.library.line(line).revision)
    (pair,) = events.look(at, {})["library"]["agreement"]
    assert pair == {"first": "ada", "second": "bert", "lines": 1, "cer": "12.1"}  # is, was: 2 edits in (16 + 17) / 2


def corrected(events: Events, request: Any, tmp_path: Path) -> Place:
    """A collection of one page, whose first line is corrected."""
    page_image().save(tmp_path / "letter.png")
    at = added(events, request, tmp_path / "letter.png")
    (page,) = events.library.pages(at.collection or 0)
    line = events.library.lines(page.id)[1].id
    events.library.keep(line, "as it is written", who="ada", based_on=None)
    return at


def test_what_is_exported_comes_in_again(events, own_machine, tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    monkeypatch.setattr("gradio.Info", lambda words: None)
    at = corrected(events, own_machine, tmp_path)
    for form, lines in (("page", 2), ("imagefolder", 1)):
        file = Path(events.export(at, {"form": form})["download"]["value"])
        assert file.name == f"letter-{form}.zip"
        ours, events.library = events.library, Library(tmp_path / f"{form}.sqlite")  # the pages are in ours already
        steps = list(events.bring_in([str(file)], at, "", own_machine))
        assert steps[0]["library"]["job"]["kind"] == "import"
        came = steps[-1]["place"].collection
        assert len(events.library.order(came, "new")) == lines
        assert "as it is written" in [line.text for line in events.library.queue(came)]
        events.library = ours
    with pytest.raises(InputError, match="no format"):
        events.export(at, {"form": "exe"})


def test_training_gets_the_corrected_lines_with_frozen_splits(events, own_machine, tmp_path):
    at = corrected(events, own_machine, tmp_path)
    wish = events.train(at, {})["learn"]
    again = events.train(at, {})["learn"]
    assert wish != again
    by_hand = events.train(at, {"by": "writer"})["learn"]
    for asked in (wish, by_hand):
        found = [(record.text, record.split) for record in read_imagefolder(Path(asked.path))]
        assert found == [("as it is written", "train")]
    with connected(events.library.path) as connection:
        assert set(frozen_members(connection, "writer").values()) == {"train"}


def test_lines_that_are_read_otherwise_are_a_queue_of_their_own(events, own_machine, tmp_path):
    at = corrected(events, own_machine, tmp_path)
    events.models.get().seen.clear()  # it reads everything as "another line" from now on
    events.read_again(at, {"model": "default"})
    job = events.worker.of(at.collection)
    assert job is not None
    for _ in range(200):
        if job.ended:
            break
        time.sleep(0.05)
    (changed,) = job.changed
    drawn = events.order(at, {"show": "changed"})["loop"]
    assert drawn["order"] == [changed]
    assert (drawn["cards"][0]["text"], drawn["cards"][0]["before"]) == ("another line", "the first line")
    assert "as it is written" in [line.text for line in events.library.queue(at.collection or 0, "accepted")]


def test_strangers_see_nothing(events, own_machine, monkeypatch):
    monkeypatch.setattr("hwr.ui.page.rights.is_own_machine", lambda request: False)
    monkeypatch.setattr("hwr.ui.page.rights.logged_in", lambda request: "")
    events.library.create("secret")
    drawn = events.opened(Place(), "", own_machine)
    assert drawn["library"] is None
    assert drawn["loop"] is None
    act = SimpleNamespace(_data={"action": "look"})
    for refused in (
        events.act(act, Place(), "default", "", own_machine),
        events.upload(["x.png"], Place(), "default", "", own_machine),
        list(events.bring_in(["x.zip"], Place(), "", own_machine)),
    ):
        assert "secret" not in str(refused)
    asked = SimpleNamespace(_data={"n": 1, "what": "search", "words": "e"})
    assert set(events.answer(asked, "default", "", own_machine)) == {"n", "error"}


def test_an_empty_library_is_drawn(events):
    assert library_view(events.library, None, None)["collections"] == []
    assert loop_view(events.library, None) is None


@pytest.mark.slow
def test_changed_lines_are_read_anew_but_not_over_what_a_person_wrote(events, own_machine, tmp_path):
    page_image().save(tmp_path / "letter.png")
    at = added(events, own_machine, tmp_path / "letter.png")
    page = events.library.pages(at.collection)[0].id
    at = Place(at.collection, page)
    first, second = events.library.lines(page)

    def change(**asked: Any) -> list[Any]:
        event = SimpleNamespace(_data={"change": {"page": page, "n": 1, **asked}})
        return list(events.change_lines(event, at, "default", "", own_machine))

    *_, last = change(do="merge", lines=[first.id, second.id])
    assert [line["text"] for line in last["lines"]["lines"]] == ["another line"]
    assert last["loop"]["order"] == last["lines"]["chosen"]
    change(do="undo")
    events.library.keep(first.id, "by ada", who="ada", based_on=None)
    *_, last = change(do="merge", lines=[first.id, second.id])
    assert last["lines"]["lines"][0]["text"] == f"by ada {TEXTS[1]}"
    (only,) = change(do="merge", lines=[first.id])  # refused: the lines as they are
    assert len(only["lines"]["lines"]) == 1
    assert change(do="undo", page=page + 1) == []
