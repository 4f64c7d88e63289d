"""What the lower half of the Fine-tune tab says of data, device and cost, as markup in both languages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hwr.data.dataset import Skipped
from hwr.errors import InputError
from hwr.ui.fine_tune.view import duration, in_both, memory
from hwr.ui.page.html import both, escape, in_every

if TYPE_CHECKING:
    from hwr.data.sources import DataSummary, FirstLine
    from hwr.training.cost.estimate import Estimate
    from hwr.training.lines.usable import Tried
    from hwr.training.run.device import Hardware

MOST_REASONS = 6
MOST_WRITERS = 12
SHORT_TEXT = 40
LONGEST_TEXT = 120  # characters of a line's text on the card
ENOUGH_TO_CHOOSE = 10  # validation lines below which the choice of the best checkpoint is mostly luck


def kept_card(count: int) -> str:
    """How many lines have been corrected and kept, before any data is chosen."""
    return f'<p class="hwr-t-words">{both("tune.kept", n=f"{count:,}") if count else both("tune.kept.none")}</p>'


def data_card(data: DataSummary, init: str | None, tried: Tried | None = None) -> str:
    """What is in the data, what was left out and why, and which characters the checkpoint `init` lacks.

    tried: which lines a run would leave out besides, where that was tried.
    """
    facts = [("lines", f"{data.lines:,}")]
    if named := {name: n for name, n in data.splits.items() if name}:
        facts.append(("splits", escape(" · ".join(f"{name} {n:,}" for name, n in named.items()))))
    if data.writers:
        shown = list(data.writers.items())[:MOST_WRITERS]
        rest = " …" if len(data.writers) > MOST_WRITERS else ""
        facts.append(("writers", escape(" · ".join(f"{name} {n:,}" for name, n in shown) + rest)))
    if data.unlisted:
        facts.append(("unlisted", f"{data.unlisted:,}"))
    cells = "".join(f"<dt>{both(f'tune.data.{name}')}</dt><dd>{value}</dd>" for name, value in facts)
    lines = "".join(_first_line(line) for line in data.first)
    notes = _unknown(data, init) + _few_to_choose(data) + _left_out(data) + _unusable(tried)
    return f'<div class="hwr-data"><dl>{cells}</dl>{notes}<ul>{lines}</ul></div>'


def _few_to_choose(data: DataSummary) -> str:
    """A word where few lines are kept apart to choose the best checkpoint by."""
    apart = data.splits.get("val", 0)
    return f"<p>{both('tune.data.few', n=apart)}</p>" if 0 < apart < ENOUGH_TO_CHOOSE else ""


def _unknown(data: DataSummary, init: str | None) -> str:
    """The characters that the checkpoint does not read yet; nothing where that cannot be told without the Hub."""
    from hwr.recognizer.charset import Charset

    if init is None or not (Path(init) / "charset.json").is_file():
        return ""
    charset = Charset.load(Path(init) / "charset.json")
    new = "".join(dict.fromkeys("".join(charset.encode(data.characters).unknown)))
    return f"<p>{both('tune.data.unknown', characters=' '.join(new), n=len(new))}</p>" if new else ""


def _left_out(data: DataSummary) -> str:
    """How many lines were left out, by reason, with the first file of each."""
    head = both("tune.data.left", n=f"{len(data.skipped):,}")
    return _reasons(head, data.skipped) if data.skipped else ""


def _unusable(tried: Tried | None) -> str:
    """The lines that a run would leave out, by reason, with the text of the first of each."""
    if not tried or not tried.unusable:
        return ""
    head = both("tune.data.unusable", n=f"{len(tried.unusable):,}", tried=f"{tried.lines:,}")
    return _reasons(head, [Skipped(shorten(one.file, SHORT_TEXT), one.reason) for one in tried.unusable])


def _reasons(head: str, skipped: Sequence[Skipped]) -> str:
    reasons = Counter(one.reason for one in skipped)
    firsts = {one.reason: one.file for one in reversed(skipped)}
    items = "".join(
        f"<li>{in_both(reason)}: {n:,} <small>({escape(firsts[reason])}{' …' if n > 1 else ''})</small></li>"
        for reason, n in reasons.most_common(MOST_REASONS)
    )
    return f'<details class="hwr-data-left"><summary>{head}</summary><ul>{items}</ul></details>'


def _first_line(line: FirstLine) -> str:
    """A small picture of a line and its text."""
    from hwr.images.load import load_image
    from hwr.ui.line.line_view import data_uri

    picture = load_image(line.image.read_bytes(), name=line.image.name).rgb
    step = max(1, picture.shape[0] // 96)
    words = escape(shorten(line.text))
    return f'<li><img src="{data_uri(picture[::step, ::step])}" alt=""><span>{words}</span></li>'


def shorten(text: str, most: int = LONGEST_TEXT) -> str:
    """
    >>> shorten("abcdef", 4), shorten("abcd", 4)
    ('abc…', 'abcd')
    """
    return text if len(text) <= most else f"{text[: most - 1]}…"


def device_card(device: Hardware) -> str:
    """The device in plain words, and what it means for a run."""
    from hwr.training.run.device import ZERO_GPU_TRAINING

    kind = "zero" if device.zero_gpu else device.kind
    name = escape(device.name)
    facts = both("tune.device.memory", free=memory(device.free_memory), total=memory(device.total_memory))
    meaning = both(f"tune.device.{kind}", cores=device.cores, seconds=f"{ZERO_GPU_TRAINING:.0f}")
    return f'<div class="hwr-device" data-kind="{kind}"><b>{name}</b> <span>{facts}</span><p>{meaning}</p></div>'


def estimate_card(found: Estimate, refused: InputError | None) -> str:
    """What a run will take, from the steps that were measured; refused: why it cannot run, if it cannot."""
    facts = [
        ("total", duration(found.seconds_total)),
        ("step", both("tune.time.precise", s=f"{found.seconds_a_step:.2f}")),
        ("memory", both("tune.estimate.free", size=memory(found.peak_memory), free=memory(found.free_memory))),
        ("disk", both("tune.estimate.free", size=memory(found.disk_bytes), free=memory(found.free_disk))),
    ]
    if found.largest_batch:
        facts.append(("batch", str(found.largest_batch)))
    cells = "".join(f"<div><dt>{both(f'tune.estimate.{name}')}</dt><dd>{value}</dd></div>" for name, value in facts)
    trouble = f'<p class="hwr-now-problem">{in_every(refused)}</p>' if refused else ""
    return f'<div class="hwr-now hwr-estimate"><dl>{cells}</dl>{trouble}</div>'
