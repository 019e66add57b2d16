"""Quality: counts, percentiles and thumbs, over REST, as CSV and in the admin."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from agents.models import Agent, TemplateRevision
from agents.services import create_agent
from agents.template_services import save_revision
from giint.models import Feedback, GiintThread, Message, Run
from giint.quality import percentile
from tests.accounts.conftest import Caller
from tests.agents.templates import made


def ran(
    user: User,
    agent: Agent | None = None,
    *,
    code: str = "",
    first: float | None = 0.5,
    total: float = 2.0,
    thumb: int = 0,
    days_ago: float = 0,
    revision: TemplateRevision | None = None,
) -> Run:
    """A run that has ended, with its answer."""
    thread = GiintThread.objects.create(owner=user)
    message = Message.objects.create(thread=thread, number=1, role="user")
    started = timezone.now() - timedelta(days=days_ago, seconds=60)
    run = Run.objects.create(
        thread=thread,
        message=message,
        agent=agent,
        number=1,
        status="failed" if code else "completed",
        code=code,
        revision=revision or (agent.revision if agent else None),
        first_token=first,
        started=started,
        ended=started + timedelta(seconds=total),
    )
    Run.objects.filter(id=run.id).update(created=started)
    answer = Message.objects.create(thread=thread, number=2, role="assistant", run=run)
    if thumb:
        Feedback.objects.create(user=user, message=answer, thumb=thumb)
    return run


def test_an_agents_runs_are_counted(alice: User) -> None:
    agent, _ = create_agent(user=alice, name="Counter")
    for number in range(1, 21):
        ran(alice, agent, first=number / 10, total=number, thumb=1 if number <= 3 else 0)
    ran(alice, agent, code="upstream_cut", thumb=-1)
    ran(alice, agent, code="upstream_cut", first=None)
    ran(alice, agent, code="deadline_idle", first=None)
    (row,) = Caller(alice)("GET", "quality").json()["rows"]
    assert row == {
        "id": agent.id,
        "name": "Counter",
        "runs": 23,
        "failed": 3,
        "codes": {"upstream_cut": 2, "deadline_idle": 1},
        "first_p50": 1.0,
        "first_p95": 1.9,
        "total_p50": 10.0,
        "total_p95": 19.0,
        "good": 3,
        "bad": 1,
    }


def test_revisions_stand_beside_each_other(alice: User) -> None:
    template = made(alice)
    agent, _ = create_agent(user=alice, template=template.id)
    second, _ = save_revision(template=template, author=alice, instructions="New {{tone}}")
    ran(alice, agent)
    ran(alice, agent, revision=second, code="guard_steps")
    ran(alice)
    call = Caller(alice)
    by_revision = call("GET", f"quality?by=revision&template={template.id}").json()["rows"]
    assert [(row["name"], row["failed"]) for row in by_revision] == [
        ("Support, revision 1", 0),
        ("Support, revision 2", 1),
    ]
    by_template = call("GET", "quality?by=template").json()["rows"]
    assert [(row["name"], row["runs"]) for row in by_template] == [
        ("Support", 2),
        ("From scratch", 1),
    ]


def test_people_see_their_own_and_staff_see_all(alice: User, bob: User) -> None:
    ran(alice, create_agent(user=alice, name="A")[0])
    ran(bob, create_agent(user=bob, name="B")[0])
    assert [row["name"] for row in Caller(bob)("GET", "quality").json()["rows"]] == ["B"]
    bob.is_staff = True
    bob.save()
    rows = Caller(bob)("GET", "quality").json()["rows"]
    assert [row["name"] for row in rows] == ["A (alice)", "B (bob)"]


def test_only_the_days_asked_for_count_and_each_is_told(alice: User) -> None:
    for days_ago in (0, 0, 3, 40):
        ran(alice, days_ago=days_ago)
    Run.objects.create(
        thread=GiintThread.objects.create(owner=alice),
        message=Message.objects.first(),  # type: ignore[misc]
        number=1,
    )
    body = Caller(alice)("GET", "quality?days=7").json()
    assert [day["runs"] for day in body["days"]] == [1, 2]
    assert body["rows"][0]["runs"] == 3  # the one under way is not counted
    assert Caller(alice)("GET", "quality?days=90").json()["rows"][0]["runs"] == 4


@pytest.mark.parametrize(
    ("query", "field"),
    [("by=person", "by"), ("days=0", "days"), ("days=367", "days"), ("days=-1", "days"),
     ("days=many", "days"), ("days=99999999", "days")],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused(alice: User, query: str, field: str) -> None:
    for path in ("quality", "quality.csv"):
        response = Caller(alice)("GET", f"{path}?{query}")
        assert response.status_code == 400
        assert field in response.json()["fields"]


def test_a_table_holds_no_formula(alice: User) -> None:
    ran(alice, create_agent(user=alice, name="=HYPERLINK(1)")[0], code="internal")
    response = Caller(alice)("GET", "quality.csv?by=agent")
    assert response["Content-Type"].startswith("text/csv")
    head, row = csv.reader(io.StringIO(response.content.decode()))
    assert head[:3] == ["id", "name", "runs"]
    assert row[1].startswith("'=")
    assert row[-1] == "internal: 1"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["quality", "quality.csv"])
def test_nobody_sees_no_figures(path: str) -> None:
    assert Caller()("GET", path).status_code == 401


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_a_percentile_is_one_of_the_values(values: list[float]) -> None:
    for percent in (50, 95):
        found = percentile(values, percent)
        assert found in {round(value, 3) for value in values}
        below = sum(round(value, 3) <= (found or 0) for value in values)
        assert below >= len(values) * percent / 100


def test_the_page_shows_the_figures_to_those_who_may_look_at_runs(
    alice: User, client: Client
) -> None:
    ran(alice, create_agent(user=alice, name="<b>Bold</b>")[0], code="internal")
    boss = User.objects.create_superuser("boss", "boss@example.org", "boss-boss-1")
    client.force_login(boss, backend="accounts.backends.NameOrEmail")
    page = client.get(reverse("quality-page"), {"by": "agent", "days": "7"})
    html = page.content.decode()
    assert "&lt;b&gt;Bold" in html
    assert "internal: 1" in html
    assert "366" in client.get(reverse("quality-page"), {"days": "0"}).content.decode()
    helper = User.objects.create_user("helper", "", "helper-helper-1", is_staff=True)
    client.force_login(helper, backend="accounts.backends.NameOrEmail")
    assert client.get(reverse("quality-page")).status_code == 403
    client.force_login(alice, backend="accounts.backends.NameOrEmail")
    assert client.get(reverse("quality-page")).status_code == 302


def test_it_is_read_in_few_queries(alice: User, django_assert_max_num_queries: Any) -> None:
    for number in range(10):
        ran(alice, create_agent(user=alice, name=f"A{number}", instructions=str(number))[0])
    call = Caller(alice)
    with django_assert_max_num_queries(6):
        assert len(call("GET", "quality").json()["rows"]) == 10
