"""A tool call that waits for its user, in a real browser: allowed, changed, denied, in two tabs."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.server import Server
from tests.browser.visit import Visit, answers, idle

Visits = Callable[..., Visit]
ASKS = """
from agents.models import Tool
Tool.objects.update_or_create(name="calculate", defaults={"kind": "code", "approval": "%s"})
"""


@pytest.fixture
def asking(server: Server) -> Iterator[None]:
    """Calculating needs a person, until the end of the test."""
    server.shell(ASKS % "always")
    yield
    server.shell(ASKS % "never")


def card(page: Page) -> Locator:
    return page.locator(".ask:not(.past)")


def test_a_call_is_changed_allowed_denied_and_survives_a_reload(
    visit: Visits, asking: None
) -> None:
    here = visit("nora")
    here.allowed.append("400 (Bad Request)")  # arguments that are refused are one
    page = here.page
    here.new_chat("What is 17% of 2,310?")
    expect(card(page)).to_contain_text("asks to use calculate")
    expect(page.get_by_role("status").filter(has_text="Paused")).to_be_visible()
    page.reload()
    expect(card(page)).to_contain_text("17% of 2,310")
    card(page).get_by_role("button", name="Edit arguments").click()
    text = card(page).get_by_label("Call it with this instead")
    text.fill('{"expression": 7}')
    card(page).get_by_role("button", name="Approve").click()
    expect(card(page).get_by_role("alert")).to_contain_text("do not fit")
    text.fill('{"expression": "6*7"}')
    other = here.tab()
    other.goto(page.url)
    expect(card(other)).to_be_visible()
    card(page).get_by_role("button", name="Approve").click()
    idle(page)
    expect(answers(page).last.locator(".ask.past")).to_contain_text("You approved, with a change")
    expect(answers(page).last).to_contain_text("42")
    expect(card(other)).to_have_count(0)

    here.say("What is 1 + 1?")
    card(page).get_by_role("button", name="Deny…").click()
    card(page).get_by_label("Why not?").fill("Not during the day.")
    card(page).get_by_role("button", name="Deny").click()
    idle(page)
    expect(answers(page).last.locator(".ask.past")).to_contain_text("Not during the day.")


def test_it_is_not_asked_again_in_a_thread_where_its_user_said_so(
    visit: Visits, asking: None
) -> None:
    here = visit("nora", viewport={"width": 390, "height": 800})
    page = here.page
    here.new_chat("What is 3 * 3?")
    card(page).get_by_label("Do not ask again").check()
    card(page).get_by_role("button", name="Approve").click()
    idle(page)
    here.say("What is 4 * 4?")
    idle(page)
    expect(answers(page).last).to_contain_text("16")
    expect(page.locator(".ask")).to_have_count(1)
