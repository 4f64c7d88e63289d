"""What a run fixed and broke, as markup in both languages."""

from __future__ import annotations

import re
from typing import Any

from hwr.training.outcome.comparing import Found
from hwr.ui.fine_tune.view import in_both
from hwr.ui.line.differences import differences
from hwr.ui.page.html import both, escape, notice


def comparison_card(found: Found) -> str:
    """How far the comparison is, and its result: the new data first, then the default lines, where forgetting shows."""
    parts = []
    if found.state == "going":
        parts.append(notice("tune.comparing"))
    if found.state == "failed":
        words = in_both(found.message) or both("tune.compare.died")
        parts.append(f'<p class="hwr-now-problem">{words}</p>')
    if found.result:
        result = found.result
        head = both("tune.compared", before=result["before"], after=result["after"], step=result["step"])
        sets = sorted(result["sets"], key=lambda one: one["role"] != "new")
        parts.append(
            f'<p class="hwr-t-words">{head}</p>' + _table(sets) + _forgotten(sets) + "".join(map(_changed_most, sets))
        )
    return f'<div class="hwr-after">{"".join(parts)}</div>' if parts else ""


def _table(sets: list[dict[str, Any]]) -> str:
    heads = "".join(f'<th scope="col">{both(f"tune.compared.{n}")}</th>' for n in ("set", "cer", "change", "lines"))
    return (
        f'<div class="hwr-f-scroll" tabindex="0"><table class="hwr-f-table hwr-after-table"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{''.join(map(_row, sets))}</tbody></table></div>"
    )


def _row(one: dict[str, Any]) -> str:
    before, after = one["cer"]
    value, low, high = one["difference"]
    verdict = "better" if high < 0 else "worse" if low > 0 else "unsure"
    role = both(f"tune.compared.{one['role']}")
    return (
        f'<tr><th scope="row">{role}<br><small>{_which(one)}</small></th>'
        f"<td>{100 * before:.2f} → <b>{100 * after:.2f} %</b></td>"
        f'<td><b class="hwr-after-{verdict}">{points(value)}</b> <small>[{points(low)}, {points(high)}]</small><br>'
        f"<small>{both(f'tune.compared.{verdict}')}</small></td>"
        f"<td>{both('tune.compared.counts', n=one['lines'], fixed=one['fixed'], broken=one['broken'])}</td></tr>"
    )


def _which(one: dict[str, Any]) -> str:
    """The name of a set and the part of it; prepared data without the digest, drawn lines without a name."""
    part = both("tune.compared.part." + one["part"].replace(" ", "."))
    name = re.sub(r"-[0-9a-f]{12}$", "", one["name"])
    return part if one["part"] == "drawn" else f"{escape(name)} · {part}"


def _forgotten(sets: list[dict[str, Any]]) -> str:
    """Whether the default lines lost, in a sentence."""
    lost = [one["difference"] for one in sets if one["role"] != "new"]
    if not lost:
        return ""
    clearly = [value for value, low, _ in lost if low > 0]
    words = both("tune.compared.forgot", points=f"{100 * max(clearly):.2f}") if clearly else both("tune.compared.kept")
    return f'<p class="hwr-t-words">{words}</p>'


def points(difference: float) -> str:
    """A difference of rates in percentage points, with its sign.

    >>> points(-0.0123), points(0.004), points(0.0)
    ('−1.23', '+0.40', '0.00')
    """
    value = round(100 * difference, 2)
    return f"{abs(value):.2f}" if not value else f"{'−' if value < 0 else '+'}{abs(value):.2f}"


def _changed_most(one: dict[str, Any]) -> str:
    """The lines that changed most, marked against what is written."""
    if not one["examples"]:
        return ""
    items = "".join(
        f'<li><p class="hwr-s-truth">{escape(line["reference"])}</p>'
        f"{_reading(line, 'before')}{_reading(line, 'after')}"
        f'<p class="hwr-s-verdict"><b class="hwr-s-{"better" if line["verdict"] == "fixed" else "worse"}">'
        f"{both('tune.compared.' + line['verdict'])}</b></p></li>"
        for line in one["examples"]
    )
    head = both(f"tune.compared.changed.{one['role']}")
    return f'<details class="hwr-samples"><summary>{head}</summary><ol class="hwr-s-lines">{items}</ol></details>'


def _reading(line: dict[str, Any], when: str) -> str:
    words = marked(line["reference"], line[when])
    return f'<p class="hwr-s-reading"><small>{both(f"tune.compared.{when}")}</small><span>{words}</span></p>'


def marked(reference: str, reading: str) -> str:
    """A reading with what is wrong in it marked; escaped."""
    tags = {"changed": "ins", "inserted": "ins", "deleted": "del"}
    return "".join(
        escape(piece.text)
        if piece.kind == "same"
        else f'<{tags[piece.kind]} class="hwr-s-{piece.kind}">{escape(piece.text or piece.was)}</{tags[piece.kind]}>'
        for piece in differences(reference, reading)
    ) or both("tune.samples.nothing")
