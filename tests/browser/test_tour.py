"""The tour is offered once, leads through the tabs, and ends when it is told to; words of the field explain themselves."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_tour_and_the_glossary(visit):
    one = visit(locale="en-US")
    page = one.page
    page.locator(".hwr-tour-offer button", has_text="Show me around").click()
    step = page.locator(".hwr-tour-step")
    for title in ("An image in", "Or an example", "What the recogniser saw", "Put it right", "Decode"):
        assert step.locator("h2").inner_text().startswith(title)
        step.locator(".hwr-tour-next").click()
    page.wait_for_function("document.querySelector('.hwr-connector')?.offsetParent != null")
    page.wait_for_selector(".hwr-connector.hwr-tour-marked")
    page.keyboard.press("Escape")
    assert step.is_hidden()

    page.get_by_role("tab", name="About").click()
    blank = page.locator(".hwr-about .hwr-en .hwr-term[data-term=blank]").first
    blank.focus()
    assert page.locator(".hwr-meaning").inner_text().startswith("Blank: the class that says")

    page.reload()
    page.locator(".hwr-about").first.wait_for()  # a reload stays on its tab
    assert page.locator(".hwr-tour-offer").is_hidden()
    page.locator("[data-tour]").click()
    assert step.locator("h2").inner_text() == "An image in"
    page.wait_for_selector(".hwr-v-chip")  # to which the tour leads
    one.errors.clear()  # a reload cuts off what Gradio listens to
