"""Settings: provider keys, errors beside their fields, choices that every page shares."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.visit import Visit, answers
from tests.modelserver.server import ModelServer

Visits = Callable[..., Visit]


def test_a_key_is_added_tested_used_and_removed(visit: Visits, model: ModelServer) -> None:
    here = visit("sue")
    page = here.page
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("button", name="Add a key").click()
    page.get_by_label("Server").select_option("Ollama")
    expect(page.get_by_label("Address")).to_have_value("http://localhost:11434/v1")
    expect(page.get_by_label("Name")).to_have_value("Ollama")
    page.get_by_label("Dialect").select_option("responses")
    here.allowed = ["400 (Bad Request)"]
    page.get_by_label("Address").fill("not an address")
    page.get_by_role("button", name="Add the key").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Address").fill(model.url)
    page.get_by_label("Name").fill("Bench")
    page.get_by_label("Model", exact=True).fill("test-model")
    page.get_by_label("Key", exact=True).fill("sk-test-12349f2c")
    page.get_by_role("button", name="Add the key").click()
    line = page.locator(".keylist li")
    expect(line).to_contain_text("····9f2c")
    assert "sk-test" not in page.content()
    page.get_by_role("button", name="More for Bench").click()
    page.get_by_role("menuitem", name="Test").click()
    expect(line).to_contain_text("2 models")
    here.new_chat("Hello there")
    expect(answers(page).locator(".prose")).to_have_text("You said: Hello there")
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("button", name="More for Bench").click()
    page.get_by_role("menuitem", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(line).to_have_count(0)


def test_the_theme_is_shared_by_every_page_and_survives_a_reload(visit: Visits) -> None:
    here = visit("sam")
    other = visit("sam")
    here.page.goto(f"{here.address}/settings")
    here.page.get_by_label("Dark", exact=True).check()
    for page in (here.page, other.page):
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    here.page.reload()
    expect(here.page.get_by_label("Dark", exact=True)).to_be_checked()
    here.page.get_by_label("As the system").check()
    expect(other.page.locator("html[data-theme]")).to_have_count(0)
