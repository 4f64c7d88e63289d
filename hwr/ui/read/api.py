"""The web API of reading: one typed, documented function."""

from __future__ import annotations

from typing import Literal, TypedDict, cast

from hwr.ui.models.readers import Models
from hwr.ui.page.events import answering_client
from hwr.ui.page.gradio_edges import FileData, api
from hwr.ui.page.uploads import uploaded_path


class ReadCharacter(TypedDict):
    """One character: its text, its span in pixels of the image, the probability that it is right."""

    text: str
    x0: float
    x1: float
    confidence: float


class ReadLine(TypedDict):
    """One line of a page."""

    text: str
    confidence: float
    characters: list[ReadCharacter]
    polygon: list[list[float]]


class _ReadImage(TypedDict):
    image: str
    text: str
    confidence: float
    characters: list[ReadCharacter]
    model: str
    seconds: float


class ReadImage(_ReadImage, total=False):
    """One image that was read; `lines` where it has several, `page` and `pages` where its file has several pages."""

    lines: list[ReadLine]
    page: int
    pages: int
    turned: int


def publish_read(models: Models) -> None:
    """Offer `/read`."""

    def read(image: FileData, lines: Literal["auto", "single"] = "auto", model: str = "") -> list[ReadImage]:
        """Read the handwriting on an image.

        Parameters:
            image: the image file (PNG, JPEG, WebP, TIFF; HEIC and PDF where their packages are installed).
            lines: "auto" finds the lines of a page, "single" takes the whole image as one line.
            model: the checkpoint: "default", "connector", "twin", "environment", "run/NAME/best", "run/NAME/last"; empty: the
                one that the app starts with. Another name is answered with the names that there are.
        Returns:
            One entry per page of the file: its text, its confidence, every character with its span in pixels of the image, the
            model and the seconds that it took; for a page also its lines.
        """
        with answering_client():
            pages = models.named(model).read_pages(uploaded_path(image), lines=lines)
        return [cast(ReadImage, page.to_dict()) for page in pages]

    api(read, api_name="read", concurrency_id="model", concurrency_limit=1)
