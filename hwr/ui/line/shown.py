"""What a visitor sees: one reading as the tabs draw it, and what was picked in it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from hwr.examples.catalogue import EXAMPLES
from hwr.sentences import LANGUAGES, text
from hwr.ui.line.line_view import line_view, page_view
from hwr.ui.models.readers import SHIPPED, ModelKey
from hwr.ui.page.html import both, escape

if TYPE_CHECKING:
    from hwr.reading import PageReading, Reading

_numbers = itertools.count()

How = Literal["auto", "single"]  # whether lines are looked for


@dataclass(frozen=True, eq=False)
class Shown:
    """What one visitor sees: one dictionary per line for the viewer, the page if it has several, and where it is from.

    It holds encoded cut-outs instead of the decoded photo, and the readings with their network pixels apart, as
    uint8, so that a visitor costs kilobytes. precomputed: the readings were kept beforehand, their posteriors rounded. number: tells one
    reading from the next. model: the checkpoint that read it; how: whether lines were looked for; turned: degrees clockwise
    by which the image was turned for it, `by_hand` where the visitor said so.
    """

    lines: list[dict[str, Any]] = field(default_factory=list)
    page: dict[str, Any] | None = None
    text: str = ""
    details: str = ""
    source: str | None = None
    example: int = -1
    unread: bool = False
    readings: list[Reading] = field(default_factory=list)
    pixels: list[np.ndarray] = field(default_factory=list)
    precomputed: bool = False
    number: int = field(default_factory=lambda: next(_numbers))
    model: ModelKey = SHIPPED
    how: How = "auto"
    turned: int = 0
    by_hand: bool = False

    @property
    def truths(self) -> tuple[str | None, ...]:
        """What is written on every line, where that is known."""
        return tuple(line["truth"] for line in self.lines)

    def whole_reading(self, line: int) -> Reading:
        """A line's reading with its network pixels, which are kept in 255 steps."""
        return replace(self.readings[line], pixels=self.pixels[line].astype(np.float32) / 255)


@dataclass(frozen=True)
class Picked:
    """The character (-1: none) and frame (-1: none) that the visitor has picked, and their line."""

    line: int = 0
    character: int = -1
    frame: int = -1


@dataclass(frozen=True)
class ExampleWish:
    """An example, by its name, that another tab asks the Read tab to show at one of its lines. number: of the wish."""

    name: str
    line: int = 0
    number: int = field(default_factory=lambda: next(_numbers))


def shown_from(
    page: PageReading,
    source: str | None,
    example: int = -1,
    precomputed: bool = False,
    *,
    model: ModelKey = SHIPPED,
    how: How = "auto",
) -> Shown:
    """Everything that the tab draws of one reading."""
    lesson = EXAMPLES[example].lesson if example >= 0 else None
    truths = EXAMPLES[example].lines if example >= 0 else ()
    lines = [
        line_view(
            line,
            page.rgb,
            line=i,
            lines=len(page.lines),
            precomputed=precomputed,
            lesson=lesson,
            truth=truths[i] if len(truths) == len(page.lines) else None,
        ).to_dict()
        for i, line in enumerate(page.lines)
    ]
    return Shown(
        lines=lines,
        page=page_view(page).to_dict() if len(page.lines) > 1 else None,
        text=page.text,
        details=details(page),
        source=source,
        example=example,
        readings=[replace(line, pixels=np.zeros((0, 0), dtype=np.float32)) for line in page.lines],
        pixels=[np.round(255 * np.clip(line.pixels, 0, 1)).astype(np.uint8) for line in page.lines],
        precomputed=precomputed,
        model=model,
        how=how,
        turned=page.turned,
    )


def with_kept(shown: Shown, kept: Sequence[str | None]) -> Shown:
    """The same reading where of some lines a text was kept: that is what is written there. kept: None for no text."""
    if not any(kept):
        return shown
    lines = [
        {**line, "truth": text, "kept": True} if text else line for line, text in zip(shown.lines, kept, strict=True)
    ]
    page = shown.page and {
        **shown.page,
        "lines": [{**line, "kept": text} for line, text in zip(shown.page["lines"], kept, strict=True)],
    }
    text = "\n".join(text or line["text"] for line, text in zip(shown.lines, kept, strict=True))
    return replace(shown, lines=lines, page=page, text=text)


def details(page: PageReading) -> str:
    """Confidence, time and size in plain words."""
    steps: dict[str, float] = {}
    for line in page.lines:
        for step, value in line.seconds.items():
            steps[step] = steps.get(step, 0.0) + value
    height, width = page.rgb.shape[:2]
    rows = [
        ("details.confidence", escape(percent(page.confidence))),
        ("details.time", _time(page.seconds, steps)),
        ("details.size", both("details.pixels", width=width, height=height)),
        ("details.lines", str(len(page.lines))),
        *([("details.turned", both("details.degrees", degrees=page.turned))] if page.turned else []),
        *([("details.page", both("details.pages", page=page.page, pages=page.pages))] if page.pages > 1 else []),
        ("details.model", escape(page.model)),
    ]
    return (
        f"<h2>{both('details.title')}</h2><dl>" + "".join(f"<dt>{both(k)}</dt><dd>{v}</dd>" for k, v in rows) + "</dl>"
    )


def _time(total: float, steps: dict[str, float]) -> str:
    spans = []
    for language in LANGUAGES:
        named = [
            text(f"details.step.{step}", language, n=text("details.second", language, n=f"{value:.2f}"))
            if step in ("prepare", "network", "decode")
            else text("details.step.other", language, n=text("details.second", language, n=f"{value:.2f}"), step=step)
            for step, value in steps.items()
            if value >= 0.005
        ]
        whole = text("details.second", language, n=f"{total:.2f}")
        separator = text("details.separator", language)
        line = text("details.steps", language, total=whole, steps=separator.join(named)) if named else whole
        spans.append(f'<span class="hwr-{language}">{escape(line)}</span>')
    return "".join(spans)


def percent(probability: float) -> str:
    """
    >>> percent(0.9312), percent(0.99999), percent(0.0042)
    ('93 %', '100 %', '0.4 %')
    """
    if probability >= 0.9995:
        return "100 %"
    return f"{100 * probability:.0f} %" if probability >= 0.0995 else f"{100 * probability:.1f} %"


def picked_line(shown: Shown, picked: Picked) -> str:
    """The sentence about the picked character or frame."""
    title = f"<h2>{both('details.picked')}</h2>"
    characters = shown.lines[picked.line]["characters"] if picked.line < len(shown.lines) else []
    if 0 <= picked.character < len(characters):
        c = characters[picked.character]
        return title + both(
            "details.character",
            text="␣" if c["text"] == " " else c["text"],
            n=picked.character + 1,
            all=len(characters),
            confidence=percent(c["confidence"]),
            frame=picked.frame,
        )
    if picked.frame >= 0:
        return title + both("details.frame", frame=picked.frame)
    return title + both("details.nothing")
