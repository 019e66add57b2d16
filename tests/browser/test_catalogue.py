"""The catalogue on the page: a model that ends is said where it would be used, and an account's
models are offered where one is written.
"""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.visit import Visit
from tests.modelserver.server import ModelServer

Visits = Callable[..., Visit]
CALL = """async ([verb, path, body]) => {
  const token = document.cookie.match(/csrftoken=([^;]+)/)[1];
  const headers = { "X-CSRFToken": token, "Content-Type": "application/json" };
  const answer = await fetch(`/api/v1/${path}`, { method: verb, headers, body });
  return answer.status === 204 ? null : answer.json();
}"""


def call(page: Page, verb: str, path: str, body: str = "{}") -> Any:
    return page.evaluate(CALL, [verb, path, body])


def test_a_model_that_ends_is_said_in_the_composer_and_in_the_picker(
    visit: Visits, model: ModelServer
) -> None:
    here = visit("dora")
    page, before = here.page, model.models
    key = call(
        page,
        "POST",
        "keys",
        f'{{"label": "Bench", "base_url": "{model.url}", "model": "old", "key": ""}}',
    )
    warning = page.locator("form.composer").get_by_text("old ends on 5 January 2027.")
    try:
        ends = {"id": "old", "shutdown_date": "2027-01-05"}
        model.models = {"data": [ends, {"id": "new-model"}]}
        (row,) = call(page, "POST", "models/sync")["syncs"]
        assert (row["code"], row["models"]) == ("", 2)
        expect(warning).to_be_visible()  # no reload: the page was told
        page.get_by_role("button", name="Agent: Assistant").click()
        expect(page.get_by_role("listbox").get_by_text("old ends on")).to_be_visible()
        page.keyboard.press("Escape")
        page.get_by_role("link", name="Settings").click()
        page.get_by_role("button", name="More for Bench").click()
        page.get_by_role("menuitem", name="Edit").click()
        offered = page.locator("datalist option")
        expect(offered).to_have_count(2)
        assert offered.evaluate_all("all => all.map((one) => one.value)") == ["new-model", "old"]
    finally:
        model.models = before
        call(page, "DELETE", f"keys/{key['id']}")
