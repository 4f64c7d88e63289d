"""The look: one calm theme, the page's head and header."""

from __future__ import annotations

from gradio.themes import Base, Color, sizes

from hwr.sentences import LANGUAGES, NAMES, text
from hwr.ui.page.gradio_edges import LocalFont
from hwr.ui.page.html import both
from hwr.ui.page.scripted import stylesheet

INK = Color(
    name="ink",
    c50="#f2f5fc",
    c100="#e3e9f8",
    c200="#c9d4f1",
    c300="#a9b8e2",
    c400="#7d93d2",
    c500="#4c69b8",
    c600="#2c4a9a",
    c700="#253e82",
    c800="#1f3369",
    c900="#1a2a55",
    c950="#111b38",
)
PAPER = Color(
    name="paper",
    c50="#fbfaf7",
    c100="#f7f5f0",
    c200="#ece8df",
    c300="#dcd7cb",
    c400="#a3a5ab",
    c500="#5c6371",
    c600="#4a5160",
    c700="#2e3542",
    c800="#1a1e26",
    c900="#171b22",
    c950="#12151b",
)

# Gradio brings these two families with it; Japanese comes from the reader's system.
SANS = (
    LocalFont("IBM Plex Sans", weights=(400, 600)),
    "Hiragino Sans",
    "Yu Gothic UI",
    "Meiryo",
    "Noto Sans CJK JP",
    "Noto Sans JP",
    "system-ui",
    "sans-serif",
)
FAMILY = ", ".join(font if isinstance(font, str) else font.name for font in SANS)  # as a style sheet says it
MONO = (LocalFont("IBM Plex Mono"), "ui-monospace", "SFMono-Regular", "Noto Sans Mono CJK JP", "monospace")


def theme() -> Base:
    """Blue-black ink on paper; no font is fetched from anywhere else."""
    made = Base(
        primary_hue=INK,
        secondary_hue=INK,
        neutral_hue=PAPER,
        radius_size=sizes.radius_lg,
        spacing_size=sizes.spacing_md,
        text_size=sizes.text_md,
        font=SANS,
        font_mono=MONO,
    ).set(
        body_background_fill="#f7f5f0",
        body_background_fill_dark="#12151b",
        body_text_color="#2a3140",
        body_text_color_dark="#d8dce5",
        body_text_color_subdued="#5c6371",
        body_text_color_subdued_dark="#99a1b1",
        background_fill_primary="#ffffff",
        background_fill_primary_dark="#1a1e26",
        background_fill_secondary="#fdfcfa",
        background_fill_secondary_dark="#171b22",
        border_color_primary="#e4dfd4",
        border_color_primary_dark="#2e3542",
        block_background_fill="#ffffff",
        block_background_fill_dark="#1a1e26",
        block_border_width="1px",
        block_border_color="#e4dfd4",
        block_border_color_dark="#2e3542",
        block_shadow="none",
        block_label_background_fill="transparent",
        block_label_background_fill_dark="transparent",
        block_label_border_width="0px",
        block_label_text_color="#5c6371",
        block_label_text_color_dark="#99a1b1",
        block_label_text_weight="400",
        block_title_text_color="#5c6371",
        block_title_text_color_dark="#99a1b1",
        block_title_text_weight="400",
        input_background_fill="#fdfcfa",
        input_background_fill_dark="#171b22",
        input_border_color="#e4dfd4",
        input_border_color_dark="#2e3542",
        button_secondary_background_fill="#ffffff",
        button_secondary_background_fill_dark="#1a1e26",
        button_secondary_background_fill_hover="#f1eee7",
        button_secondary_background_fill_hover_dark="#242a35",
        button_secondary_border_color="#e4dfd4",
        button_secondary_border_color_dark="#2e3542",
        button_border_width="1px",
        button_secondary_text_color="#2a3140",
        button_secondary_text_color_dark="#d8dce5",
        color_accent="#2c4a9a",
        color_accent_soft="#e3e9f8",
        color_accent_soft_dark="#263152",
        layout_gap="16px",
    )
    made._font_css += [LocalFont("Lora", weights=(400, 600)).stylesheet()["css"]]
    return made


def head() -> str:
    """The styles of the interface.

    What is said in every language shows in the page's own. Gradio heads every notice with the English word for its kind;
    ours has every language.
    """
    first, *others = LANGUAGES
    hidden = [f'html:not([lang="{language}"]) .hwr-{language}' for language in others]
    hidden += [f'html[lang="{language}"] .hwr-{first}' for language in others]
    rules = [f"{', '.join(hidden)} {{ display: none !important; }}", ".toast-title.warning { font-size: 0; }"]
    for language in LANGUAGES:
        page = "" if language == first else f'html[lang="{language}"] '
        word = text("notice.title", language)
        rules.append(f'{page}.toast-title.warning::before {{ content: "{word}"; font-size: 16px; }}')
    return f"<style>{stylesheet()}\n" + "\n".join(rules) + "</style>"


LOGO = """<svg class="hwr-logo" viewBox="0 0 44 44" aria-hidden="true">
<rect width="44" height="44" rx="11" fill="#2c4a9a"/>
<path d="M7 25c3.200 0 6.600-9.500 8.600-14.800.8-2.100-.9-2.700-1.700-.5-1.300 3.600-2.300 9.400-2.100 15.300.4-4.200 2.400-7.400 4.300-7.400
 2.300 0 .6 4.700 1 6.400.5 1.900 3.100 1.200 4.500-1.800.9-2 1.700-3.700 2.100-4.400.2 3.600.6 6.500 2.200 6.500 1.700 0 2.700-2.800 3.200-6.100
 .5 3.700 1.200 6.100 2.800 6.100 2.500 0 3.600-3.800 5.100-6.400" fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round"
 stroke-linejoin="round"/>
<g fill="#fff"><rect x="8" y="32" width="4" height="4" rx="1" opacity=".35"/><rect x="14" y="32" width="4" height="4" rx="1"/>
<rect x="20" y="32" width="4" height="4" rx="1" opacity=".2"/><rect x="26" y="32" width="4" height="4" rx="1" opacity=".75"/>
<rect x="32" y="32" width="4" height="4" rx="1" opacity=".3"/></g></svg>"""


def header() -> str:
    """Name and promise."""
    return (
        f'<header class="hwr-header">{LOGO}<div class="hwr-name"><h1>hwr</h1>'
        f'<p class="hwr-promise">{both("header.promise")}</p></div></header>'
    )


def controls(tour: bool = True) -> str:
    """The two choices that concern the whole page, language and theme, and the way to the tour."""
    named = " / ".join(text("header.theme", language) for language in LANGUAGES)
    languages = "".join(
        f'<button type="button" class="hwr-{page}" lang="{other}" data-language="{other}">{NAMES[other]}</button>'
        for page in LANGUAGES
        for other in LANGUAGES
        if other != page
    )
    shown = f'<button type="button" data-tour>{both("header.tour")}</button>' if tour else ""
    return (
        f'<div class="hwr-controls">{shown}{languages}'
        f'<button type="button" data-theme aria-label="{named}" title="{named}">◐</button></div>'
    )


CONTROLS_SCRIPT = """
element.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (!button) return;
  if (button.dataset.language) window.hwrChooseLanguage(button.dataset.language);
  else if ('tour' in button.dataset) window.hwrTour?.();
  else if ('theme' in button.dataset) window.hwrToggleTheme();
});
"""
