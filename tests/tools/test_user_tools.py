"""``user_audit`` and ``user_role``: about the person who asks, and nobody else."""

import json
from datetime import timedelta
from typing import Any, cast

import pytest
from axes.models import AccessLog
from django.contrib.auth.models import Group, Permission
from django.utils import timezone

from accounts.models import User
from agents.models import Agent
from agents.tools.base import ToolContext, ToolRetry
from agents.tools.user_audit import user_audit
from agents.tools.user_role import user_role
from giint.models import GiintThread, Message, Run
from tests.tools.context import Context
from transcripts.models import ToolOutput

WORDS = "words-of-a-person"


def context(user: User) -> ToolContext:
    one = Context()
    one.user = user
    return cast(ToolContext, one)


def activity(user: User, runs: int, *, days_ago: int = 0) -> None:
    """A thread with so many answers, each with one call of a tool."""
    when = timezone.now() - timedelta(days=days_ago)
    thread = GiintThread.objects.create(owner=user, title=WORDS)
    GiintThread.objects.filter(pk=thread.pk).update(created=when, last_message_at=when)
    agent = Agent.objects.create(owner=user, name=WORDS)
    for number in range(runs):
        message = Message.objects.create(
            thread=thread, role="user", text=WORDS, number=number + 1, status="complete"
        )
        run = Run.objects.create(
            thread=thread,
            message=message,
            agent=agent,
            number=number,
            status="completed",
            ended=when,
        )
        Run.objects.filter(pk=run.pk).update(created=when)
        ToolOutput.objects.create(
            user=user, thread=thread, agent=agent, run=run, message=message, tool="calculate",
            call_id=f"c{number}", status="failed" if number == 0 else "done", result=WORDS,
            started=when,
        )  # fmt: skip


def test_counts_and_times_of_the_one_who_asks(alice: User, bob: User) -> None:
    activity(alice, 3)
    activity(alice, 2, days_ago=30)
    activity(bob, 7)
    for name, days in (("alice", 1), ("alice", 40), ("bob", 1)):
        log = AccessLog.objects.create(username=name)
        AccessLog.objects.filter(pk=log.pk).update(
            attempt_time=timezone.now() - timedelta(days=days)
        )
    User.objects.filter(pk=alice.pk).update(date_joined=timezone.now() - timedelta(days=35))
    alice.refresh_from_db()
    told = user_audit(context(alice))
    assert (told["threads"]["total"], told["threads"]["active"]) == (2, 1)
    assert told["answers"]["by_status"] == {"completed": 3}
    assert len(told["answers"]["last"]) == 3
    assert told["tool_calls"]["calculate"]["calls"] == 3
    assert told["tool_calls"]["calculate"]["failed"] == 1
    assert told["sign_ins"]["count"] == 1
    longer = user_audit(context(alice), days=366)
    assert longer["answers"]["by_status"] == {"completed": 5}
    assert longer["sign_ins"]["count"] == 1  # who had the name before they joined is another


def test_it_tells_no_words(alice: User) -> None:
    activity(alice, 2)
    assert WORDS not in json.dumps(user_audit(context(alice)))


def test_one_who_did_nothing(alice: User) -> None:
    told: dict[str, Any] = user_audit(context(alice))
    assert told["answers"] == {"by_status": {}, "last": []}
    assert told["tool_calls"] == {}


@pytest.mark.parametrize("days", [0, -1, 367])
def test_other_spans_are_refused(alice: User, days: int) -> None:
    with pytest.raises(ToolRetry, match="1 to 366"):
        user_audit(context(alice), days=days)


def test_roles_are_groups_and_permissions(alice: User, bob: User) -> None:
    people = Group.objects.create(name="people")
    people.permissions.add(Permission.objects.get(codename="view_agent"))
    alice.groups.add(people)
    told = user_role(context(User.objects.get(pk=alice.pk)))
    assert (told["user"], told["groups"]) == ("alice", ["people"])
    assert told["permissions"] == ["agents.view_agent"]
    assert user_role(context(bob))["groups"] == []
    bob.is_superuser = True
    assert user_role(context(bob))["permissions"] == "all"
