"""The Experiments tab: what was measured on many lines, loss gaps of the connectors, and trainings compared."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

from hwr.ui.experiments.tables import experiment_card, gaps_card
from hwr.ui.page.html import heading, notice


def build_experiments_tab(assets: Path) -> None:
    """The tab's components; `assets` holds the results that were kept."""
    cards = {"gaps": gaps_card(assets), "experiment": experiment_card(assets)}
    for name, card in cards.items():
        if card:
            gr.HTML(heading(name), elem_classes="hwr-f-section", apply_default_css=False)
            gr.HTML(card, elem_id=f"hwr-x-{name}", elem_classes="hwr-card", apply_default_css=False)
    if not any(cards.values()):
        gr.HTML(notice("experiments.nothing"), apply_default_css=False)
