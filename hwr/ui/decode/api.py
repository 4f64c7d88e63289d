"""The web API of listing texts."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

import gradio as gr

from hwr.errors import InputError
from hwr.reading import NBest
from hwr.ui.decode.lists import DEFAULT, n_best_of, wanted_lm
from hwr.ui.models.readers import Models
from hwr.ui.page.events import answering_client
from hwr.ui.page.gradio_edges import FileData, api
from hwr.ui.page.rights import is_own_machine
from hwr.ui.page.uploads import uploaded_path

MOST = 256  # texts that the web API lists


class ListedText(TypedDict):
    """One text: its exact CTC score, its language model's and n-gram's scores (nats), its length, what it ranks by."""

    text: str
    ctc: float
    lm: float | None
    ngram: float
    length: int
    total: float


class ListedLine(TypedDict):
    """One line: its greedy text, the text that language prefers, the list (best first) and the weights it is ranked by.

    lm: the language model that scored, null where none did, and `problem` says why; tuned: what the weights were tuned on.
    """

    greedy: str
    text: str
    hypotheses: list[ListedText]
    alpha: float
    beta: float
    gamma: float
    lm: str | None
    tuned: str
    problem: str


class ListedImage(ListedLine, total=False):
    """An image of one line, or of several: then the texts are the page's, `hypotheses` is empty and `lines` has each."""

    lines: list[ListedLine]


def listed_image(lists: list[NBest]) -> ListedImage:
    """What the web API gives for one image."""
    lines: list[Any] = [n_best.to_dict() for n_best in lists]
    if len(lines) == 1:
        return lines[0]
    joined = {key: "\n".join(line[key] for line in lines) for key in ("greedy", "text")}
    problem = next((line["problem"] for line in lines if line["problem"]), "")
    return {**lines[0], **joined, "hypotheses": [], "problem": problem, "lines": lines}  # type: ignore[typeddict-item]


def publish_n_best(models: Models) -> None:
    """Offer `/n_best`."""

    def n_best(
        image: FileData,
        request: gr.Request,
        n_best: int = 16,
        lm: str = DEFAULT,
        lines: Literal["auto", "single"] = "auto",
        model: str = "",
    ) -> ListedImage:
        """List the likeliest texts of the handwriting on an image, and say which of them language prefers.

        Parameters:
            image: the image file, as for /read; of a file of several pages the first.
            n_best: how many texts of each line, 1 to 256.
            lm: the language model that scores: "default", "smollm2" or "none"; on your own machine also a Hub id or a
                directory, on a shared host what its owner offers.
            lines: "auto" finds the lines of a page, "single" takes the whole image as one line.
            model: the checkpoint, as for /read.
        Returns:
            The greedy text and the list with its scores, best first; for a page also its lines.
        """
        with answering_client():
            if isinstance(n_best, bool) or not isinstance(n_best, int) or not 1 <= n_best <= MOST:
                raise InputError("decode.api.n_best", most=MOST, given=n_best)
            chosen, reader = wanted_lm(lm, is_own_machine(request)), models.named(model)
            page = reader.read(uploaded_path(image), lines=lines)
            return listed_image([n_best_of(reader, reading, n_best, chosen) for reading in page.lines])

    # A slow language model holds up the others who ask for lists, and nobody's reading.
    api(n_best, api_name="n_best", concurrency_id="language", concurrency_limit=4)
