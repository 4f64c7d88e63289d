"""What happens on the Annotate tab. Whoever may not write on a shared host sees none of it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast, get_args

import gradio as gr

from hwr.annotating import doubts, line_grey, read_again
from hwr.data.annotations import Outdated
from hwr.data.exchange import export_file, export_to_train, import_files
from hwr.data.library import Library, Show
from hwr.data.undo import take_back
from hwr.sentences import Sentence, text
from hwr.ui.annotate.adding import Job, Worker, adding, reading_again
from hwr.ui.annotate.page_lines import apply_change, page_lines_view
from hwr.ui.annotate.view import (
    CARDS_AT_ONCE,
    FOUND,
    OPENED,
    THUMBNAIL,
    cards,
    found_line,
    job_view,
    library_view,
    loop_view,
    opened_view,
    scaled_page,
)  # fmt: skip
from hwr.ui.correct.asked import Asked, answer_to, revision_entry, unknown, whole, whole_or_none
from hwr.ui.models.menu import LearnFrom
from hwr.ui.models.readers import Models, loaded_language_model
from hwr.ui.page.events import Values, told
from hwr.ui.page.languages import language_of
from hwr.ui.page.rights import may_write, require_writer


@dataclass(frozen=True)
class Place:
    """Where a visitor is: the ids of the chosen collection and of its opened page. undo: what was deleted last."""

    collection: int | None = None
    page: int | None = None
    undo: dict[str, Any] | None = None


@dataclass(frozen=True)
class Tab:
    """The components that events read and write."""

    panel: gr.Column
    locked: gr.HTML
    place: gr.State
    menu: gr.Dropdown
    files: gr.UploadButton
    bring: gr.UploadButton
    download: gr.DownloadButton
    learn: gr.State
    library: gr.HTML
    loop: gr.HTML
    page: gr.HTML
    lines: gr.HTML


class Events:
    """The events of the tab; each gives the components that it changes."""

    def __init__(self, library: Library, models: Models, worker: Worker, ui: Tab) -> None:
        self.library, self.models, self.worker, self.ui = library, models, worker, ui

    # --- drawing

    def place(self, wanted: Place) -> Place:
        """The place, or the nearest that is still there."""
        known = [collection.id for collection in self.library.collections()]
        if wanted.collection not in known:
            return Place(known[0] if known else None, undo=wanted.undo)
        pages = [page.id for page in self.library.pages(cast(int, wanted.collection))]
        return wanted if wanted.page in pages else replace(wanted, page=None)

    def shelf(self, at: Place) -> Values:
        """The collections and pages alone; what is corrected below stays."""
        job = self.worker.of(at.collection)
        return {
            self.ui.place: at,
            self.ui.library: library_view(self.library, at.collection, at.page, job, at.undo),
        }

    def everything(self, at: Place, **loop: Any) -> Values:
        """All of the tab at a place; loop: as `loop_view`."""
        at = self.place(at)
        shown = lines = None
        if at.collection is not None and at.page is not None:
            shown = opened_view(self.library, at.collection, at.page)
            lines = self.lines_view(at.page)
            loop = {"page": at.page, "show": "all"} | loop
        return {
            **self.shelf(at),
            self.ui.page: shown,
            self.ui.lines: lines,
            self.ui.loop: loop_view(self.library, at.collection, opened=at.page, changed=self.has_changed(at), **loop),
        }

    def has_changed(self, at: Place) -> bool:
        """Whether lines were read again, and some otherwise than before."""
        job = self.worker.of(at.collection)
        return bool(job and job.changed)

    def lines_view(self, page: int, **more: Any) -> dict[str, Any]:
        """The opened page's picture and lines; more: as `page_lines_view`."""
        return page_lines_view(self.library, page, scaled_page(self.library, page, OPENED), **more)

    # --- events

    def opened(self, at: Place, token: str, request: gr.Request) -> Values:
        """The tab for who comes to it, or where the login is."""
        ui, free = self.ui, may_write(request, token)
        seen = {ui.panel: gr.update(visible=free), ui.locked: gr.update(visible=not free)}
        if not free:
            return seen | {ui.library: None, ui.loop: None, ui.page: None, ui.lines: None}
        with told(request, "Opening the library"):
            return seen | self.everything(at)
        return seen

    def act(self, event: gr.EventData, at: Place, model: str, token: str, request: gr.Request) -> Values:
        """What was done with collections and pages."""
        asked = dict(event._data or {})
        with told(request, f"Annotate: {asked.get('action')}"):
            require_writer(request, token)
            known: dict[object, Callable[[Place, Asked], Values]] = {
                "open": self.open, "close": self.close, "create": self.create, "rename": self.rename, "move": self.move,
                "delete": self.delete, "restore": self.restore, "look": self.look, "stop": self.stop,
                "forget": self.forget, "order": self.order, "read": self.read_again, "export": self.export,
                "train": self.train, "writer": self.name_writer,
            }  # fmt: skip
            if (wanted := known.get(asked.get("action"))) is not None:
                return wanted(at, asked | {"model": model})
        return self.after_all(at, token, request)

    def after_all(self, at: Place, token: str, request: gr.Request) -> Values:
        """What is drawn when something was refused: the shelf as it is, and nothing of it for who may not write."""
        return self.shelf(self.place(at)) if may_write(request, token) else {self.ui.library: gr.skip()}

    def open(self, at: Place, asked: Asked) -> Values:
        new = Place(whole_or_none(asked, "collection"), whole_or_none(asked, "page"), at.undo)
        line = whole_or_none(asked, "line")
        return self.everything(new, **({} if line is None else {"start": line, "focus": True}))

    def close(self, at: Place, asked: Asked) -> Values:
        return self.everything(replace(at, page=None))

    def create(self, at: Place, asked: Asked) -> Values:
        return self.everything(Place(self.library.create(str(asked.get("name", "")))))

    def rename(self, at: Place, asked: Asked) -> Values:
        what, id = _thing(asked)
        self.library.rename("collection" if what == "collection" else "page", id, str(asked.get("name", "")))
        at = self.place(at)
        drawn = self.shelf(at)
        if at.page is not None:
            drawn |= {self.ui.page: opened_view(self.library, cast(int, at.collection), at.page)}
        return drawn

    def name_writer(self, at: Place, asked: Asked) -> Values:
        """Whose hand a page is in; splits by writer ask it."""
        page = whole(asked, "id")
        self.library.name_writer(page, str(asked.get("name", "")))
        at = self.place(at)
        if at.page != page:
            return self.shelf(at)
        return self.shelf(at) | {self.ui.page: opened_view(self.library, cast(int, at.collection), page)}

    def move(self, at: Place, asked: Asked) -> Values:
        _, id = _thing(asked)
        to = whole_or_none(asked, "collection")
        if to is None:
            return self.shelf(at)
        self.library.move(id, to)
        return self.everything(Place(to, id))

    def delete(self, at: Place, asked: Asked) -> Values:
        what, id = _thing(asked)
        self.library.delete(what, id)
        undo = {"what": what, "id": id, "name": str(asked.get("name", "")), "collection": at.collection}
        return self.everything(replace(at, page=None, undo=undo))

    def restore(self, at: Place, asked: Asked) -> Values:
        what, id = _thing(asked)
        self.library.restore(what, id)
        collection = whole_or_none(asked, "collection") if what == "page" else id
        return self.everything(Place(collection, id if what == "page" else None))

    def look(self, at: Place, asked: Asked) -> Values:
        """How far the work on a collection is; when it has ended the queue is made anew where nothing stood in it."""
        at = self.place(at)
        job = self.worker.of(at.collection)
        if job is not None and job.ended:
            return self.everything(at)
        return self.shelf(at)

    def stop(self, at: Place, asked: Asked) -> Values:
        if job := self.worker.of(at.collection):
            job.stopped = True
        return self.shelf(at)

    def forget(self, at: Place, asked: Asked) -> Values:
        """The problems of a job were read."""
        if job := self.worker.of(at.collection):
            job.problems.clear()
        return self.shelf(at)

    def order(self, at: Place, asked: Asked) -> Values:
        """Another queue of the same collection."""
        at = self.place(at)
        job = self.worker.of(at.collection)
        only = job.changed if job is not None and asked.get("show") == "changed" else None
        show = asked.get("show") if asked.get("show") in get_args(Show) else "new"
        threshold = min(1.0, max(0.0, float(asked.get("threshold", 0.9))))
        page = at.page if whole_or_none(asked, "page") is not None else None
        line = whole_or_none(asked, "line")
        view = loop_view(
            self.library, at.collection, opened=at.page, page=page, show=cast(Show, show), threshold=threshold,
            start=line, focus=True, only=only, changed=self.has_changed(at),
        )  # fmt: skip
        return {self.ui.loop: view}

    def change_lines(
        self, event: gr.EventData, at: Place, model: str, token: str, request: gr.Request
    ) -> Iterator[Values]:
        """Lines of the opened page were moved, split, merged, drawn, deleted or put in order; new ones are then read."""
        asked = (event._data or {}).get("change")
        asked = asked if isinstance(asked, dict) else {}
        page = self.place(at).page
        if page is None or whole_or_none(asked, "page") != page or not may_write(request, token):
            return
        change, number = None, whole_or_none(asked, "n") or 0
        with told(request, "Changing lines"):
            change = apply_change(self.library, page, asked, require_writer(request, token))
        chosen = change.lines if change else [id for id in asked.get("lines") or [] if isinstance(id, int)]
        yield {self.ui.lines: self.lines_view(page, chosen=chosen, answer=number)}
        if change is None:
            return
        if change.to_read:
            with told(request, "Reading changed lines"):
                lines = [self.library.line(id) for id in change.to_read]
                read_again(self.library, self.models.get(self.models.key(model)), lines)
        shelf = self.shelf(at)
        start = change.lines[0] if change.lines else None
        yield {
            self.ui.library: shelf[self.ui.library],
            self.ui.loop: loop_view(self.library, at.collection, opened=page, page=page, show="all", start=start),
            self.ui.lines: self.lines_view(page, chosen=chosen, answer=number),
        }

    def read_again(self, at: Place, asked: Asked) -> Values:
        at = self.place(at)
        if at.collection is not None:
            key = self.models.key(str(asked["model"]))
            self.worker.begin(reading_again(self.library, at.collection, lambda: self.models.get(key)))
        return self.shelf(at)

    def export(self, at: Place, asked: Asked) -> Values:
        """One file to download."""
        at = self.place(at)
        if at.collection is None:
            return self.shelf(at)
        folder = Path(tempfile.mkdtemp(prefix="export-", dir=os.environ.get("GRADIO_TEMP_DIR")))
        form, by = str(asked.get("form", "")), "page"
        if form == "writers":
            form, by = "imagefolder", "writer"
        file = export_file(self.library, at.collection, folder, form, by)
        return {self.ui.download: gr.update(value=str(file), label=f"↓ {file.name}", visible=True)}

    def train(self, at: Place, asked: Asked) -> Values:
        """The corrected lines become a data set, their splits frozen, and the Fine-tune tab opens with it."""
        at = self.place(at)
        if at.collection is None:
            return self.shelf(at)
        root = self.library.path.parent / "collections"
        by = "writer" if asked.get("by") == "writer" else "page"
        return {self.ui.learn: LearnFrom(str(export_to_train(self.library, at.collection, root, by)))}

    def bring_in(self, files: list[str] | None, at: Place, token: str, request: gr.Request) -> Iterator[Values]:
        """Pages with their lines and texts become a new collection."""
        with told(request, "Importing pages"):
            require_writer(request, token)
            if files:
                shelf = self.shelf(self.place(at))
                shelf[self.ui.library]["job"] = job_view(Job(0, "import", all=1, name=Path(files[0]).name))
                yield shelf
                found = import_files(self.library, [Path(file) for file in files])
                done = Job(found.collection, "import", ended=True, done=found.lines)
                done.problems = [Sentence("annotate.left_out", file=s.file, reason=s.reason) for s in found.skipped]
                self.worker.note(done)
                words = {"pages": found.pages, "lines": found.lines, "empty": found.without_text}
                gr.Info(text("annotate.imported", language_of(request), **words))
                yield self.everything(Place(found.collection))
                return
        yield self.everything(at) if may_write(request, token) else self.after_all(at, token, request)

    def upload(self, files: list[str] | None, at: Place, model: str, token: str, request: gr.Request) -> Values:
        """Files become pages of the chosen collection, or of a new one that bears the first file's name."""
        with told(request, "Adding pages"):
            require_writer(request, token)
            at = self.place(at)
            if not files:
                return self.shelf(at)
            collection = at.collection
            if collection is None:
                collection = self.library.create(Path(files[0]).stem)
            key = self.models.key(model)
            self.worker.begin(adding(self.library, collection, files, lambda: self.models.get(key)))
            return self.everything(Place(collection))
        return self.after_all(at, token, request)

    # --- what the scripts ask

    def answer(self, event: gr.EventData, model: str, token: str, request: gr.Request) -> dict[str, Any]:
        """The answer to a question of a script."""
        return answer_to(event, token, request, lambda asked, who: self.answered(asked | {"model": model}, who))

    def answered(self, asked: Asked, who: str) -> object:
        what, library = asked.get("what"), self.library
        if what == "cards":
            return cards(library, _ids(asked, "lines"))
        if what == "keep":
            return self.keep(asked, who)
        if what == "undo":
            return self.take_back(asked, who)
        if what == "history":
            return [revision_entry(one) for one in library.history(whole(asked, "line"))]
        if what == "thumbnails":
            return {str(id): scaled_page(library, id, THUMBNAIL) for id in _ids(asked, "ids")}
        if what == "search":
            titles = library.titles()
            found = library.search(str(asked.get("words", "")), whole_or_none(asked, "collection"), limit=FOUND)
            return [found_line(line, titles) for line in found]
        if what == "doubts":
            return self.doubts(whole(asked, "line"), str(asked.get("text", "")), str(asked.get("model", "")))
        raise unknown(what)

    def keep(self, asked: Asked, who: str) -> dict[str, Any]:
        """Keep a text; `who` in the answer says that somebody else had been first, whose text it then is."""
        try:
            kept = self.library.keep(
                whole(asked, "line"), str(asked.get("text", "")), who=who, based_on=whole_or_none(asked, "based_on")
            )
        except Outdated as error:
            return {"text": error.theirs.text, "revision": error.theirs.id, "who": error.theirs.who}
        return {"text": kept.text, "revision": kept.id}

    def take_back(self, asked: Asked, who: str) -> dict[str, Any]:
        """Take a kept text back; the answer as in `keep`."""
        try:
            line = take_back(
                self.library, whole(asked, "line"), whole(asked, "revision"), whole_or_none(asked, "before"), who
            )
        except Outdated as error:
            return {"text": error.theirs.text, "revision": error.theirs.id, "who": error.theirs.who}
        return {"text": line.text, "revision": line.revision}

    def doubts(self, line: int, words: str, model: str) -> dict[str, Any]:
        """What the chosen model doubts, "" for the first one, and what it and the language model in memory say instead."""
        reader = self.models.get(self.models.key(model) if model else None)
        found = doubts(reader, line_grey(self.library, line), words, loaded_language_model())
        return asdict(found) | {"model": reader.name}


def _ids(asked: Asked, name: str) -> list[int]:
    values = asked.get(name)
    return [value for value in values if isinstance(value, int)][:CARDS_AT_ONCE] if isinstance(values, list) else []


def _thing(asked: Asked) -> tuple[Literal["collection", "page"], int]:
    what = asked.get("what")
    return ("page" if what == "page" else "collection"), whole(asked, "id")
