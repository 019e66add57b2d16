"""The import wizard in a real browser: from a saved file, from a server, and again."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.server import Server
from tests.browser.test_remote import ACCOUNT
from tests.browser.visit import Visit
from tests.modelserver.server import ModelServer

Visits = Callable[..., Visit]


def assistant(name: str, **fields: Any) -> dict[str, Any]:
    given = {"id": f"asst_{name}", "object": "assistant", "created_at": 1_750_000_000}
    told: dict[str, Any] = {"name": name, "description": None, "model": "gpt-4-turbo"}
    told |= {"metadata": {}, "tools": []}
    return given | told | {"instructions": f"Be {name}."} | fields


def saved(*objects: dict[str, Any]) -> FilePayload:
    text = json.dumps({"object": "list", "data": list(objects), "has_more": False})
    return {"name": "saved.json", "mimeType": "application/json", "buffer": text.encode()}


def choose(page: Page, *names: str) -> None:
    found = page.get_by_role("group", name="What was found")
    for name in names:
        found.locator("label", has_text=name).get_by_role("checkbox").check()


def test_saved_assistants_are_chosen_reviewed_and_taken_in(visit: Visits) -> None:
    here = visit("remi")
    page = here.page
    page.goto(f"{here.address}/agents")
    page.get_by_role("link", name="Import").click()
    expect(page.get_by_text("26", exact=False).first).to_be_visible()
    reader = assistant("Reader", tools=[{"type": "file_search"}], temperature=0.2)
    page.get_by_label("File", exact=True).set_input_files(files=saved(reader, assistant("Writer")))
    page.get_by_role("button", name="Read it").click()
    expect(page.get_by_role("status").filter(has_text="2 found")).to_be_visible()
    choose(page, "Reader", "Writer")
    page.get_by_role("button", name="Review 2").click()
    table = page.get_by_role("table")
    expect(table).to_contain_text("gpt-4-turbo")
    expect(table).to_contain_text("file_search")
    page.get_by_label("Name here").fill("Contract reader")
    page.get_by_role("button", name="Use these").click()
    expect(table).to_contain_text("Contract reader")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("2 of 2")).to_be_visible()
    page.get_by_role("button", name="Import 2").click()
    expect(page.get_by_text("2 taken in")).to_be_visible()
    page.get_by_role("link", name="Go to agents").click()
    expect(page.get_by_role("article", name="Contract reader")).to_be_visible()

    page.goto(f"{here.address}/imports")
    changed = assistant("Writer", instructions="Be brief.")
    page.get_by_label("File", exact=True).set_input_files(files=saved(changed))
    page.get_by_role("button", name="Read it").click()
    expect(page.get_by_text("here, differs")).to_be_visible()
    choose(page, "Writer")
    page.get_by_role("button", name="Review 1").click()
    expect(page.get_by_label("What differs")).to_contain_text("Be brief.")
    page.get_by_label("Bring mine up to date").check()
    page.get_by_role("button", name="Import 1").click()
    expect(page.get_by_text("Brought up to date")).to_be_visible()


@pytest.fixture
def account(server: Server, model: ModelServer) -> None:
    server.shell(ACCOUNT.format(name="remi", url=model.url))


def test_a_server_is_read_and_a_damaged_file_is_refused_on_a_phone(
    visit: Visits, account: None, model: ModelServer
) -> None:
    here = visit("remi", viewport={"width": 390, "height": 800})
    here.allowed.append("400 (Bad Request)")  # a file that is refused is one
    page = here.page
    page.goto(f"{here.address}/imports")
    torn: FilePayload = saved(assistant("Torn"))
    torn["buffer"] = torn["buffer"][:-20]
    page.get_by_label("File", exact=True).set_input_files(files=torn)
    page.get_by_role("button", name="Read it").click()
    expect(page.get_by_role("alert").first).to_be_visible()

    model.store.add("assistant", assistant("Remote one"))
    page.get_by_label("A server that keeps them").check()
    page.get_by_role("button", name="Read it").click()
    choose(page, "Remote one")
    page.get_by_role("button", name="Review 1").click()
    page.get_by_role("button", name="Import 1").click()
    expect(page.get_by_text("1 taken in")).to_be_visible()
