"""Where the view is while text comes: at the end for who is there, in place for who went up."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.visit import Visit, idle

Visits = Callable[..., Visit]
MESSAGES = ".scroll[aria-label=Messages]"


def at_end(page: Page) -> None:
    """The view is at the end, or comes there with the next layout."""
    page.wait_for_function(
        "box => box.scrollHeight - box.scrollTop - box.clientHeight <= 80",
        arg=page.query_selector(MESSAGES),
    )


def test_the_view_follows_the_end_until_its_reader_goes_up(visit: Visits) -> None:
    here = visit("alice")
    here.new_chat("Show me Markdown")
    idle(here.page)
    here.say("Show me Markdown")
    idle(here.page)
    expect(here.page.get_by_role("button", name="New text below")).to_have_count(0)
    at_end(here.page)
    here.say("Stream 400 words every 5 ms")
    expect(here.page.locator(".msg").last).to_contain_text("w20")
    at_end(here.page)
    here.page.eval_on_selector(MESSAGES, "box => { box.scrollTop = 0; }")
    below = here.page.get_by_role("button", name="New text below")
    expect(below).to_be_visible()
    assert here.page.eval_on_selector(MESSAGES, "box => box.scrollTop") == 0
    below.click()
    idle(here.page)
    at_end(here.page)
