"""The About tab: how to read each view, the model's card, the API and the command line."""

from __future__ import annotations

import re

import gradio as gr

from hwr.reading import LineReader
from hwr.sentences import LANGUAGES
from hwr.ui.about.texts import ABOUT
from hwr.ui.page.html import both

COMMAND_LINE = """python -m hwr read photo.jpg          # the text
python -m hwr read photo.jpg --json   # with every character
python -m hwr read photo.jpg --n-best 16 --lm default
python -m hwr divergence photo.jpg --text "what it says"
python -m hwr losses --model DIR --data DIR --lm default
python -m hwr experiment FILE.yaml --out RUNS
python -m hwr receptive-field --model small
python -m hwr gates --model DIR --data DIR
python -m hwr precompute              # the examples, anew"""

API = """from gradio_client import Client, handle_file

client = Client("http://127.0.0.1:7860")
client.predict(
    image=handle_file("photo.jpg"),
    lines="auto",          # or "single"
    model="default",       # or "run/NAME/best"
    api_name="/read",
)
client.predict(
    image=handle_file("photo.jpg"),
    n_best=16,
    lm="default",          # "smollm2", a Hub id, "none"
    api_name="/n_best",
)"""


def guide() -> str:
    """How to read each view, in both languages."""
    blocks = []
    for language in LANGUAGES:
        parts = [f'<div class="hwr-{language}">']
        for heading, intro, terms in ABOUT[language]:
            parts.append(f"<h2>{heading}</h2>" + "".join(f"<p>{p}</p>" for p in intro))
            if terms:
                parts.append(
                    "<dl>" + "".join(f"<dt>{term}</dt><dd>{meaning}</dd>" for term, meaning in terms) + "</dl>"
                )
        parts.append("</div>")
        blocks.append("".join(parts))
    return '<div class="hwr-about">' + "".join(blocks) + "</div>"


def machines() -> str:
    """The API and the command line."""
    return (
        f'<div class="hwr-about"><h2>{both("about.api")}</h2><pre tabindex="0">{API}</pre>'
        f'<h2>{both("about.cli")}</h2><pre tabindex="0">{COMMAND_LINE}</pre></div>'
    )


def model_card(reader: LineReader) -> str:
    """The card of the model that is loaded, as Markdown without its front matter; empty where there is none."""
    return re.sub(r"\A---\n.*?\n---\n", "", reader.card, flags=re.DOTALL)


# The card's table scrolls on a phone; a key reaches only what can have the focus.
REACHED = """
const card = document.querySelector('#hwr-model-card');
const reach = () => card.querySelectorAll('table').forEach((table) => { table.tabIndex = 0; });
new MutationObserver(reach).observe(card, { childList: true, subtree: true });
reach();
"""


def build_about_tab() -> tuple[gr.HTML, gr.Markdown]:
    """The tab. Returns where the model card goes: the line above it and the card itself."""
    with gr.Row(elem_classes="hwr-about-row"):
        with gr.Column(scale=5, min_width=320):
            gr.HTML(guide(), apply_default_css=False)
        with gr.Column(scale=4, min_width=320):
            above = gr.HTML(card_heading("about.waiting"), apply_default_css=False)
            card = gr.Markdown("", elem_classes="hwr-cardtext", elem_id="hwr-model-card")
            gr.HTML(machines(), js_on_load=REACHED, apply_default_css=False)
    return above, card


def card_heading(key: str | None) -> str:
    line = f"<p>{both(key)}</p>" if key else ""
    return f'<div class="hwr-about"><h2>{both("about.card")}</h2>{line}</div>'
