"""The Connector tab's function for programs: `/divergence`."""

from __future__ import annotations

from typing import Any, TypedDict

from hwr.errors import InputError
from hwr.ui.connector.lines import offered_connectors, taught_by
from hwr.ui.models.readers import Models
from hwr.ui.page.events import answering_client
from hwr.ui.page.gradio_edges import FileData, api
from hwr.ui.page.uploads import uploaded_path


class DivergentToken(TypedDict):
    """One token: its KL, its span in pixels of the image and in frames, the true token that its position predicts.

    reference, connector: the likeliest tokens of each as [token, probability]; contributors: the largest terms of the KL
    as [token, term, reference probability, connector probability]; rest: all other tokens together, as the last three.
    With it the terms add up to the KL.
    """

    token: str
    kl: float
    x0: float
    x1: float
    first_frame: int
    last_frame: int
    target: str
    target_reference: float
    target_connector: float
    reference: list[list[Any]]
    connector: list[list[Any]]
    contributors: list[list[Any]]
    rest: list[float]


class SpokenText(TypedDict):
    """One token of the text (null: its end) and what stands for it in three readings of the line; null: not predicted."""

    token: str | None
    written: str
    ctc: str
    connector: str | None
    reference: str | None
    first_frame: int
    last_frame: int


class Texts(TypedDict):
    """The whole texts: what the frames say, the likeliest token of every position of both, joined."""

    ctc: str
    connector: str
    reference: str


class LineDivergence(TypedDict):
    """KL(reference || connector) of one connector along one line, nats.

    mean_kl_inside: without the end of the line; null where nothing else is predicted. cut: tokens without a position (N < n).
    """

    model: str
    lm: str
    kind: str
    tap: str
    objective: str
    text: str
    text_from: str
    direction: str
    unit: str
    mean_kl: float
    mean_kl_inside: float | None
    cut: int
    end: str
    texts: Texts
    tokens: list[DivergentToken]
    spoken: list[SpokenText]


def divergence_of(
    models: Models, path: str, text: str | None, model: str, tap: str, line: int, top_k: int
) -> dict[str, Any]:
    """`Divergence.to_dict()` of a line of an image file. Raises InputError; arguments as `publish_divergence` says."""
    from hwr.inspection.divergence import divergence

    offered = {one.checkpoint.id: one.checkpoint for one in reversed(offered_connectors())}
    if not offered:
        raise InputError("connector.no_checkpoint")
    if model and model not in offered:
        raise InputError("connector.no_model", model=model, offered=", ".join(reversed(offered)))
    taught = taught_by(models, offered[model or offered_connectors()[0].checkpoint.id])
    page = taught.reader.read(path)
    if isinstance(line, bool) or not isinstance(line, int) or not 1 <= line <= len(page.lines):
        raise InputError("connector.no_line", lines=len(page.lines), line=line)
    lm = taught.language_model()
    found = divergence(taught.reader, taught.connectors, lm, page.lines[line - 1], text, tap=tap or None, top_k=top_k)
    return found.to_dict()


def publish_divergence(models: Models) -> None:
    """Add the function to the Blocks that are being built."""

    def divergence(
        image: FileData, text: str | None = None, model: str = "", tap: str = "", line: int = 1, top_k: int = 8
    ) -> LineDivergence:
        """KL per token between what a language model expects of a text and what it hears from a connector.

        Parameters:
            image: the image file, as for /read; of a file of several pages the first.
            text: what the line says; null takes the recogniser's own reading.
            model: the checkpoint with connectors: "connector" (shipped), "environment" (HWR_MODEL), "run/NAME/best"; ""
                takes the first that there is.
            tap: which of its connectors, such as "lstm1"; "" takes its first.
            line: which line of the page, from 1.
            top_k: tokens of each distribution that are listed, 1 to 50.
        Returns:
            The KL, both distributions and the largest terms at every token, and three readings of the line.
        """
        with answering_client():
            return divergence_of(models, uploaded_path(image), text, model, tap, line, top_k)  # type: ignore[return-value]

    # A language model takes part: it holds up the others who ask for language, and nobody's reading.
    api(divergence, api_name="divergence", concurrency_id="language", concurrency_limit=4)
