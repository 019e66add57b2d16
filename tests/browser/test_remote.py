"""Remote assistants in a real browser: made, refreshed, changed, restored, cleaned up, deleted."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.server import Server
from tests.browser.visit import Visit
from tests.modelserver.server import ModelServer

Visits = Callable[..., Visit]
ACCOUNT = """
from django.contrib.auth.models import Permission
from accounts.models import User
from accounts.services import add_key
from giint.core.secrets import Secret
user = User.objects.get(username="{name}")
user.user_permissions.set(Permission.objects.filter(codename="manage_assistants"))
if not user.provider_keys.exists():
    add_key(user=user, label="Old account", base_url="{url}", secret=Secret("sk-remote-0123456789"),
        dialect="assistants", model="test-model")
"""


@pytest.fixture
def account(server: Server, model: ModelServer) -> None:
    server.shell(ACCOUNT.format(name="remi", url=model.url))


def test_an_assistant_is_made_refreshed_changed_restored_and_deleted(
    visit: Visits, account: None
) -> None:
    here = visit("remi")
    page = here.page
    page.goto(f"{here.address}/agents")
    page.get_by_role("link", name="Remote assistants").click()
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_text("It is made.")).to_be_visible()
    listed = page.get_by_role("region", name="At the provider").get_by_role("listitem")
    there = listed.filter(has_text=re.compile(r"version \d"))  # others may have made some, too
    expect(there.filter(has_text="current")).to_have_count(1)

    there.get_by_role("button", name="Details").click()
    page.get_by_label("Instructions").fill("Count beans.")
    page.get_by_role("button", name="Change it").click()
    expect(page.get_by_text("Changed.", exact=True)).to_be_visible()
    backups = page.get_by_role("region", name="Backups").get_by_role("listitem")
    expect(backups).to_have_count(2)

    there.get_by_role("button", name="Details").click()
    page.get_by_role("button", name="Refresh").click()
    expect(page.get_by_text("Another one is current.")).to_be_visible()
    expect(there).to_have_count(2)
    backups.last.get_by_role("button", name="Restore…").click()
    page.get_by_role("dialog").get_by_role("button", name="Restore").click()
    expect(page.get_by_text("is current again")).to_be_visible()

    page.get_by_label("How many stay").fill("1")
    page.get_by_role("button", name="Clean up…").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete them").click()
    expect(page.get_by_text("Cleaned up.")).to_be_visible()
    expect(there.filter(has_text="current")).to_have_count(1)
    expect(there).to_have_count(1)
    page.get_by_label("Hours between refreshes").fill("0")
    page.get_by_role("button", name="Keep these").click()
    expect(page.get_by_text("only by hand")).to_be_visible()
    page.get_by_role("button", name="Sweep now").click()
    expect(page.get_by_text("nothing of ours is left behind")).to_be_visible()


def test_who_keeps_nothing_anywhere_is_told_so(visit: Visits) -> None:
    here = visit("nora", viewport={"width": 390, "height": 800})
    here.page.goto(f"{here.address}/remote")
    expect(here.page.get_by_text("There is nothing to manage")).to_be_visible()
