"""REST of turns whose only step is a tool call: polls and duos."""

from collections.abc import Callable
from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.rest import Api, CleanField, ErrorShape, checked
from agents.access import agent_for
from agents.models import Agent
from giint import engine
from giint.access import thread_for
from giint.core.ids import new_id
from giint.engine.slash import call
from transcripts.tools.commands import check_duo, check_poll

REFUSALS: dict[int, Any] = {400: ErrorShape, 401: ErrorShape, 404: ErrorShape, 409: ErrorShape}
Check = Callable[[User, Agent | None, dict[str, Any]], dict[str, Any]]
OURS = ("id", "thread", "agent")  # of a body; the rest are the tool's arguments


class Where(serializers.Serializer[Any]):
    """``id``: the client's own; the same one is the same turn. ``thread``: null opens one.
    ``agent``: who asks, the thread's first without it.
    """

    id = serializers.CharField(max_length=64, required=False)
    thread = serializers.CharField(allow_null=True, required=False)
    agent = serializers.CharField(allow_null=True, required=False)


class PollIn(Where):
    """``agents``: ids or names, without any the one who asks; each is asked ``copies`` times with
    each of ``models``.
    """

    question = CleanField()
    agents = serializers.ListField(child=CleanField(), required=False, max_length=50)
    copies = serializers.IntegerField(required=False)
    models = serializers.ListField(child=CleanField(), required=False, max_length=50)
    choices = serializers.ListField(child=CleanField(), required=False, max_length=50)


class DuoIn(Where):
    """``agents``: ids or names; ``roles``: in words. Two together at most; who is missing is the
    one who asks, and an auxiliary.
    """

    task = CleanField()
    agents = serializers.ListField(child=CleanField(), required=False, max_length=2)
    roles = serializers.ListField(child=CleanField(), required=False, max_length=2)
    rounds = serializers.IntegerField(required=False)


class StartedOut(serializers.Serializer[Any]):
    """The turn that was set off. Its transcripts come with the thread's events."""

    thread = serializers.CharField()
    message = serializers.CharField()
    run = serializers.CharField()
    created = serializers.BooleanField()


class Direct(Api):
    """Base: a body, checked as the tool would, becomes a turn."""

    def begin(
        self, request: Request, form: type[Where], tool: str, check: Check, said: str
    ) -> Response:
        fields = checked(form, request)
        given = {name: value for name, value in fields.items() if name not in OURS}
        agent, thread = fields.get("agent"), fields.get("thread")
        asker = self._asker(agent, thread)
        plan = call(tool, check(self.me, asker, given))
        text = f"/{said} {given.get('question') or given.get('task')}"
        id_ = fields.get("id") or new_id(said)
        asked = engine.Asked(client_id=id_, text=text, thread=thread, agent=agent, plan=plan)
        started = engine.start(user=self.me, asked=asked)
        whole = {
            "thread": started.thread,
            "message": started.message,
            "run": started.run,
            "created": started.created,
        }
        return Response(whole, status=201 if started.created else 200)

    def _asker(self, agent: str | None, thread: str | None) -> Agent | None:
        """Who asks, as far as the body says; a new thread's own agent can always be asked."""
        if agent:
            return agent_for(self.me, agent)
        if thread:
            order = thread_for(self.me, thread).participants.select_related("agent")
            return next((one.agent for one in order if not one.agent.archived), None)
        return self.me.agents.filter(archived=False).first() or Agent(owner=self.me, name="Agent")


class Polls(Direct):
    @extend_schema(
        operation_id="polls_begin", request=PollIn, responses={201: StartedOut, **REFUSALS}
    )
    def post(self, request: Request) -> Response:
        return self.begin(request, PollIn, "x_poll", check_poll, "poll")


class Duos(Direct):
    @extend_schema(
        operation_id="duos_begin", request=DuoIn, responses={201: StartedOut, **REFUSALS}
    )
    def post(self, request: Request) -> Response:
        return self.begin(request, DuoIn, "duo", check_duo, "duo")


urlpatterns = [path("polls", Polls.as_view()), path("duos", Duos.as_view())]
