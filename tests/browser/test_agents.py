"""Agents and templates in a real browser: found, made, changed, archived, chosen; thumbs."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from tests.browser.server import Server
from tests.browser.visit import Visit, answers, composer, idle

Visits = Callable[..., Visit]
TEMPLATES = """
from accounts.models import User
from agents.models import Template
from agents.template_services import create_template
bob = User.objects.get(username="ben")
tone = {"name": "tone", "type": "choice", "choices": ["brief", "warm"], "default": "brief"}
if not Template.objects.filter(name="Support reply").exists():
    create_template(author=bob, name="Support reply", description="Drafts an answer.",
        instructions="Be {{tone}}.", variables=[tone], tools=["calculate"])
    create_template(author=bob, name="Guide", description="Knows a town.",
        instructions="Guide to {{town}}.", variables=[{"name": "town"}])
"""


@pytest.fixture
def templates(server: Server) -> None:
    server.shell(TEMPLATES)


def test_an_agent_is_made_found_changed_and_put_away(visit: Visits) -> None:
    here = visit("agnes")
    here.allowed.append("400 (Bad Request)")  # a form that is refused is one
    page = here.page
    page.get_by_role("button", name="Agent:").click()
    page.get_by_role("option", name="All agents and templates").click()
    expect(page).to_have_url(re.compile("/agents$"))
    page.get_by_role("link", name="New agent").click()
    page.get_by_role("button", name="Make the agent").click()
    expect(page.get_by_role("alert")).to_contain_text("1 thing to mend")
    expect(page.get_by_label("Name", exact=True)).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Name", exact=True).fill("Ledger")
    page.get_by_label("Instructions", exact=True).fill("Count beans exactly.")
    page.get_by_text("Model parameters").click()
    page.get_by_label("Temperature").fill("2.4")
    page.get_by_role("button", name="Make the agent").click()
    expect(page.locator("#parameter-temperature-help")).to_contain_text("from 0 to 2")
    page.get_by_label("Temperature").fill("0.4")
    page.get_by_role("button", name="Make the agent").click()
    expect(composer(page)).to_have_attribute("placeholder", "Ask Ledger")
    here.say("Hello beans")
    page.wait_for_url("**/t/*")
    expect(answers(page).first).to_contain_text("Ledger")
    idle(page)

    page.get_by_role("link", name="Agents").click()
    page.get_by_role("searchbox", name="Search agents").fill("beans")
    mine = page.get_by_role("tabpanel").get_by_role("article")
    expect(mine).to_have_count(1)
    expect(mine).to_contain_text("recent")
    page.get_by_role("link", name="Ledger").click()
    page.get_by_label("Description").fill("Counts.")
    expect(page.get_by_label("Temperature")).to_have_value("0.4")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("article", name="Ledger")).to_contain_text("Counts.")
    page.get_by_role("button", name="More for Ledger").click()
    page.get_by_role("menuitem", name="Archive").click()
    expect(page.get_by_role("article", name="Ledger")).to_have_count(0)
    page.get_by_role("tab", name="Archived").click()
    expect(page.get_by_role("article", name="Ledger")).to_have_count(1)


def test_a_template_is_used_fitted_and_made_the_default(visit: Visits, templates: None) -> None:
    here = visit("ben")
    here.allowed.append("400 (Bad Request)")
    page = here.page
    page.goto(f"{here.address}/agents")
    page.get_by_role("button", name="Use Support reply").click()
    expect(composer(page)).to_have_attribute("placeholder", "Ask Support reply")
    page.goto(f"{here.address}/agents")
    expect(page.get_by_role("article", name="Support reply")).to_have_count(2)
    page.get_by_role("link", name="Fit Guide to you").click()
    page.get_by_role("button", name="Make the agent").click()
    expect(page.locator("#variable-town-help")).to_contain_text("needs a value")
    page.get_by_label("town").fill("Bern")
    page.get_by_role("button", name="Make the agent").click()
    expect(composer(page)).to_have_attribute("placeholder", "Ask Guide")
    page.get_by_role("link", name="Settings").click()
    page.get_by_label("Template").select_option("Support reply")
    page.get_by_role("link", name="New chat").first.click()
    expect(composer(page)).to_have_attribute("placeholder", "Ask Support reply")
    here.say("Hello")
    page.wait_for_url("**/t/*")
    expect(answers(page).first).to_contain_text("Support reply")
    idle(page)


def test_a_newer_revision_is_a_tag_and_taken_by_choice(
    visit: Visits, templates: None, server: Server
) -> None:
    here = visit("cleo")
    page = here.page
    page.goto(f"{here.address}/agents")
    page.get_by_role("button", name="Use Support reply").click()
    expect(composer(page)).to_have_attribute("placeholder", "Ask Support reply")
    server.shell(NEWER)
    page.goto(f"{here.address}/agents")
    page.get_by_role("link", name="newer revision").click()
    page.get_by_role("button", name="Move to revision").click()
    expect(page).to_have_url(re.compile("/agents$"))
    expect(page.get_by_role("article", name="Support reply").first).to_contain_text("Support reply")
    expect(page.get_by_role("link", name="newer revision")).to_have_count(0)


NEWER = """
from agents.models import Template
from agents.template_services import save_revision
template = Template.objects.get(name="Support reply")
save_revision(template=template, author=None, instructions="Be very {{tone}}.")
"""


def test_a_thumb_and_a_note_stay_with_an_answer(visit: Visits) -> None:
    here = visit("agnes")
    page = here.page
    here.new_chat("What is 17% of 2,310?")
    idle(page)
    answer = answers(page).last
    held: list[Route] = []
    page.route("**/feedback", lambda route: held.append(route), times=1)
    answer.get_by_role("button", name="Bad answer").click()
    answer.get_by_label("Why").fill("Too long.")
    expect(answer.get_by_role("button", name="Bad answer")).to_have_attribute(
        "aria-pressed", "false"
    )
    held[0].continue_()
    expect(answer.get_by_role("button", name="Bad answer")).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(answer.get_by_label("Why")).to_have_value("Too long.")  # the thumb's event took nothing
    answer.get_by_role("button", name="Keep").click()
    expect(answer.get_by_title("Change the note")).to_have_text("Too long.")
    page.reload()
    answer = answers(page).last
    expect(answer).to_contain_text("Too long.")
    answer.get_by_role("button", name="Good answer").click()
    answer.get_by_role("button", name="Close").click()
    expect(answer.get_by_role("button", name="Bad answer")).to_have_attribute(
        "aria-pressed", "false"
    )
    answer.get_by_role("button", name="Good answer").click()
    expect(answer.get_by_role("button", name="Good answer")).to_have_attribute(
        "aria-pressed", "false"
    )
    expect(answer).not_to_contain_text("Too long.")


def test_the_next_agent_is_offered_when_one_cannot_answer(visit: Visits, server: Server) -> None:
    here = visit("agnes")
    page = here.page
    here.new_chat("Hello")
    idle(page)
    server.shell(UNABLE)
    page.reload()
    expect(page.get_by_text("does not know that model").first).to_be_visible()
    page.get_by_role("button", name="Ask Stand-in").click()
    expect(answers(page).last).to_contain_text("You wrote: “Hello”")
    expect(answers(page).last).to_contain_text("Stand-in")


UNABLE = """
from accounts.models import User
from agents.services import create_agent
from giint.models import Participant, Run
alice = User.objects.get(username="agnes")
agent, _ = create_agent(user=alice, name="Stand-in", instructions="Stand in.")
run = Run.objects.filter(thread__owner=alice).latest("created")
Participant.objects.create(thread=run.thread, agent=agent, position=9)
Run.objects.filter(id=run.id).update(
    status="failed", code="upstream_no_model", offered=agent)
run.messages.update(status="partial", text="")
"""


def test_an_administrator_writes_a_template_and_looks_at_the_plots(
    visit: Visits, templates: None, server: Server
) -> None:
    server.shell(BOSS)
    visit("agnes").new_chat("Hello")
    here = visit("boss")
    page = here.page
    page.goto(f"{here.address}/admin/agents/template/add/")
    page.get_by_label("Name:").fill("House style")
    page.get_by_label("Instructions:").fill("Write {{where}}.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("{{where}} is not a variable")).to_be_visible()
    page.get_by_label("Variables:").fill('[{"name": "where", "default": "here"}]')
    page.get_by_role("button", name="Save and continue editing").click()
    page.get_by_label("Instructions:").fill("Write well {{where}}.")
    page.get_by_role("button", name="Save and continue editing").click()
    page.get_by_role("link", name="Revision 2", exact=True).click()
    expect(page.locator(".giint-diff .added").last).to_contain_text("Write well")
    page.goto(f"{here.address}/admin/agents/template/")
    page.get_by_role("link", name="Quality", exact=True).click()
    expect(page.locator("canvas")).to_have_count(3)
    expect(page.locator(".giint-table tbody")).to_contain_text("(agnes)")


BOSS = """
from accounts.models import User
if not User.objects.filter(username="boss").exists():
    User.objects.create_superuser("boss", "boss@example.org", "boss-boss-1")
"""
