"""What stands on the REST ground, in a real browser: tokens in Settings, the pages of the API, and
the admin in our colours under the strict policy.
"""

import os
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Page, expect

from tests.browser.visit import Visit, answers

Visits = Callable[..., Visit]
SHOTS = os.environ.get("GIINT_TEST_SHOTS", "")  # a folder for pictures to look at


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page="redoc" not in name)


def asked(address: str, token: str, path: str = "threads") -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx2.get(f"{address}/api/v1/{path}", headers=headers).status_code


def test_a_token_is_made_shown_once_used_and_withdrawn(visit: Visits) -> None:
    here = visit("gus")
    page = here.page
    page.goto(f"{here.address}/settings#tokens")
    page.get_by_role("button", name="New token").click()
    form = page.get_by_role("form", name="New token")
    here.allowed = ["400 (Bad Request)"]
    form.get_by_role("button", name="Make the token").click()
    expect(form).to_contain_text("blank")  # beside the field
    form.get_by_label("Name").fill("nightly report")
    form.get_by_label("Ends").select_option("In 7 days")
    form.get_by_role("button", name="Make the token").click()
    box = page.get_by_label("New token", exact=True)
    expect(page.get_by_text("It will not be shown again.")).to_be_visible()
    token = box.input_value()
    assert token.startswith("gnt_")
    row = page.get_by_role("group", name="Tokens").get_by_role("row", name="nightly report")
    expect(row).to_contain_text("in 7 days")
    expect(row).to_contain_text("never")
    shot(page, "tokens")
    assert asked(here.address, token) == 200
    assert asked(here.address, token, "keys") == 401
    page.reload()
    expect(row).to_contain_text("just now")
    assert token not in page.content()
    row.get_by_role("button", name="Withdraw nightly report").click()
    page.get_by_role("dialog").get_by_role("button", name="Withdraw").click()
    expect(row).to_have_count(0)
    assert asked(here.address, token) == 401


PAGES = [("docs", "/api/v1/threads"), ("redoc", "GIINT (0.1.0)")]


@pytest.mark.parametrize(("path", "sign"), PAGES)
def test_the_pages_of_the_api_are_drawn_under_their_policy(
    visit: Visits, path: str, sign: str
) -> None:
    here = visit()
    here.page.goto(f"{here.address}/api/{path}")
    expect(here.page.get_by_text(sign, exact=True).first).to_be_visible(timeout=30_000)
    shot(here.page, path)
    assert here.blocked == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_admin_is_ours_under_the_strict_policy(visit: Visits, theme: str) -> None:
    talk = visit("gwen")
    thread = talk.new_chat("Something <b>private</b>").removeprefix("/t/")
    expect(answers(talk.page).locator(".prose")).to_be_visible()
    here = visit(color_scheme=theme)
    page = here.page
    page.goto(f"{here.address}/admin/")
    page.get_by_label("Username").fill("boss")
    page.get_by_label("Password").fill("boss-boss-1")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Site administration")).to_be_visible()
    shot(page, f"admin-index-{theme}")
    back = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert back == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 24, 27)"}[theme]
    accent = page.evaluate("getComputedStyle(document.querySelector('#user-tools a')).color")
    assert accent == {"light": "rgb(14, 100, 123)", "dark": "rgb(124, 195, 213)"}[theme]
    for name, path in {
        "threads": "giint/giintthread/",
        "thread": f"giint/giintthread/{thread.replace('_', '_5F')}/change/",
        "runs": f"giint/run/?thread__id__exact={thread}",
        "streams": f"journal/stream/?q=thread:{thread}",
        "user": "accounts/user/",
        "keys": "accounts/providerkey/",
        "audit": "accounts/auditentry/",
        "adduser": "accounts/user/add/",
    }.items():
        page.goto(f"{here.address}/admin/{path}")
        expect(page.locator("#content")).to_be_visible()
        assert "private" not in page.content()
        shot(page, f"admin-{name}-{theme}")
    page.goto(f"{here.address}/admin/journal/stream/?q=thread:{thread}")
    page.get_by_role("link", name=thread).click()
    expect(page.get_by_role("cell", name="message.created").first).to_be_visible()
    shot(page, f"admin-stream-{theme}")
    page.goto(f"{here.address}/admin/giint/run/?thread__id__exact={thread}")
    page.locator("#result_list tbody th a").first.click()
    page.locator(".inlineviewlink, .inlinechangelink").first.click()
    expect(page.get_by_text("Made from")).to_be_visible()
    shot(page, f"admin-step-{theme}")
    page.goto(f"{here.address}/admin/giint/giintthread/{thread}/read/")
    page.get_by_label("Why you have to read it").fill("Asked to by alice")
    page.get_by_role("button", name="Read it").click()
    expect(page.get_by_text("Something <b>private</b>").first).to_be_visible()
    shot(page, f"admin-read-{theme}")
    talk.page.goto(f"{talk.address}/settings#record")
    entry = talk.page.locator("#record li").first
    expect(entry).to_contain_text("boss")
    expect(entry).to_contain_text("Asked to by alice")
    shot(talk.page, f"record-{theme}")
