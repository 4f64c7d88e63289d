"""A report as one HTML file: styles, scripts and pictures are in it, and its policy lets nothing be fetched."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import hwr
from hwr.sentences import LANGUAGES, Sentence
from hwr.ui.page.gradio_edges import LocalFont
from hwr.ui.page.html import both, escape, in_every
from hwr.ui.page.scripted import draw_script, source
from hwr.ui.page.theme import MONO, SANS, controls, head, header
from hwr.ui.receptive_field.view import field_table
from hwr.ui.report.contents import LineReport, Report

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


def report_html(report: Report) -> str:
    """The file. What was read and named is escaped; the day it is made on is the only thing that is not the report's."""
    views: dict[str, Any] = {}
    body = [
        f"<header>{header()}{controls(tour=False)}</header><h1>{both('report.title', image=report.image)}</h1>",
        f'<p class="hwr-report-made">{_made(report)}</p>',
        f'<p class="hwr-report-text" dir="auto">{escape(report.shown.text)}</p>',
    ]
    if report.shown.page:
        body.append(_view("page", "read/page", report.shown.page, views))
    for line in report.lines:
        body += _line(line, views)
    body.append(f"<h2>{both('report.table', model=report.table.model)}</h2>{field_table(report.table)}")
    data = json.dumps(views, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    end = "<\\/script"  # which would end the element that it stands in
    scripts = [draw_script(), f"const LANGUAGES = {json.dumps(LANGUAGES)};\n{source('report/report.js')}"]
    return (
        f'<!doctype html>\n<html lang="{LANGUAGES[0]}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f"<title>{escape(report.image)} · hwr</title>{_fonts()}{head()}</head>"
        f'<body><main class="hwr-report">{"".join(body)}</main>'
        f'<script type="application/json" id="hwr-report-views">{data}</script>'
        + "".join(f"<script>{script.replace('</script', end)}</script>" for script in scripts)
        + "</body></html>\n"
    )


def _made(report: Report) -> str:
    model = report.lines[0].line["model"] if report.lines else report.table.model
    return both("report.made", version=hwr.__version__, date=date.today().isoformat(), model=model)


def _line(line: LineReport, views: dict[str, Any]) -> list[str]:
    number = line.line["line"]
    spot = "␣" if line.spot == " " else line.spot
    parts = [
        f"<h2>{both('report.line', n=number + 1)}</h2>",
        f"<h3>{both('report.reading')}</h3>",
        _view(f"line-{number}", "line/line", line.line, views),
        f"<h3>{both('report.decode')}</h3>",
        _view(f"decode-{number}", "decode/decode", line.decode, views),
    ]
    if line.connector:
        parts += [
            f"<h3>{both('report.connector')}</h3>",
            _view(f"connector-{number}", "connector/connector", line.connector, views),
        ]
    if line.field:
        parts += [
            f"<h3>{both('report.field', text=spot)}</h3>",
            _view(f"field-{number}", "receptive_field/field", line.field, views),
        ]
    return parts + [
        f'<p class="hwr-notice">{in_every(Sentence("report.problem", problem=problem))}</p>'
        for problem in line.problems
    ]


def _view(id: str, file: str, value: dict[str, Any], views: dict[str, Any]) -> str:
    views[id] = value
    return f'<div class="hwr-report-view" id="{id}" data-draw="{file}">{source(f"{file}.html")}</div>'


def _fonts() -> str:
    """The families that Gradio's page names; the file brings none, so the system's stand in."""
    named = {"--font": SANS, "--font-mono": MONO}
    rules = "".join(f"{name}: {', '.join(_family(family) for family in families)};" for name, families in named.items())
    return f"<style>:root {{ {rules} --border-color-primary: var(--hwr-line); }}</style>"


def _family(family: str | LocalFont) -> str:
    name = family if isinstance(family, str) else family.name
    return name if name in ("system-ui", "sans-serif", "monospace", "ui-monospace") else f'"{name}"'
