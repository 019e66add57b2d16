"""REST of threads and runs, under /api/v1/."""

from typing import Any

from django.db.models import Q, QuerySet
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import paging
from accounts.rest import Api, ErrorShape, checked
from agents.ingest.using import is_assistant, use
from giint import engine, services
from giint.access import run_for, thread_for
from giint.core.errors import BadField, GiintError
from giint.core.events import RunRow, ThreadRow, thread_stream
from giint.engine import journal
from giint.interfaces.rest.bootstrap import Bootstrap
from giint.interfaces.rest.shapes import Page, ThreadIn, ThreadSnapshot, ThreadsOut, shape
from giint.models import GiintThread

REFUSALS: dict[int, Any] = {401: ErrorShape, 404: ErrorShape, 409: ErrorShape}
PAGE = 50


class Threads(Api):
    @extend_schema(
        operation_id="threads_list",
        parameters=[
            OpenApiParameter("archived", bool, description="The archived ones instead."),
            OpenApiParameter("q", str, description="Words of a title or of a message."),
            OpenApiParameter("agent", str, description="Those in which this agent takes part."),
            paging.SINCE,
            paging.UNTIL,
            paging.BEFORE,
            paging.LIMIT,
        ],
        responses={200: shape(ThreadsOut), 400: ErrorShape, 401: ErrorShape},
    )
    def get(self, request: Request) -> Response:
        threads = self.me.threads.filter(archived=paging.flag(request, "archived") or False)
        threads = _matching(threads, paging.words(request))
        if agent := paging.text(request, "agent"):
            threads = threads.filter(participants__agent=agent)
        threads = paging.within(threads, request, "last_message_at")
        threads = threads.prefetch_related("participants")
        found, after = paging.page(threads, request, by=("-last_message_at", "id"), limit=PAGE)
        return Response({"threads": [one.list_row() for one in found], "next": after})


class Thread(Api):
    @extend_schema(operation_id="threads_get", responses={200: shape(ThreadSnapshot), **REFUSALS})
    def get(self, request: Request, thread: str) -> Response:
        return Response(journal.snapshot(self.me, thread_stream(thread)))

    @extend_schema(
        operation_id="threads_change",
        request=ThreadIn,
        responses={200: shape(ThreadRow), 400: ErrorShape, **REFUSALS},
    )
    def patch(self, request: Request, thread: str) -> Response:
        fields = checked(ThreadIn, request)
        changed = thread_for(self.me, thread)
        if "title" in fields:
            changed = services.rename(user=self.me, thread_id=thread, title=fields["title"])
        if "archived" in fields:
            is_archived = fields["archived"]
            changed = services.archive(user=self.me, thread_id=thread, archived=is_archived)
        if "agents" in fields:
            # An assistant that is known at a provider alone is taken in at this moment.
            chosen = [
                use(user=self.me, remote_id=one).id if is_assistant(one) else one
                for one in fields["agents"]
            ]
            changed = services.set_agents(user=self.me, thread_id=thread, agents=chosen)
        return Response(changed.list_row())

    @extend_schema(operation_id="threads_remove", responses={204: None, **REFUSALS})
    def delete(self, request: Request, thread: str) -> Response:
        services.remove(user=self.me, thread_id=thread)
        return Response(status=204)


class Messages(Api):
    @extend_schema(
        operation_id="threads_messages",
        parameters=[OpenApiParameter("before", str, required=True)],
        responses={200: shape(Page), 400: ErrorShape, **REFUSALS},
    )
    def get(self, request: Request, thread: str) -> Response:
        before = request.query_params.get("before")
        if not before:
            raise BadField(before="This is needed: the oldest message that you have.")
        return Response(journal.older(self.me, thread, before))


class Stop(Api):
    @extend_schema(operation_id="threads_stop", request=None, responses={202: None, **REFUSALS})
    def post(self, request: Request, thread: str) -> Response:
        if not engine.stop(user=self.me, thread=thread):
            raise GiintError("not_running")
        return Response(status=202)


class Interrupt(Api):
    @extend_schema(
        operation_id="threads_interrupt", request=None, responses={202: None, **REFUSALS}
    )
    def post(self, request: Request, thread: str) -> Response:
        if not engine.interrupt(user=self.me, thread=thread):
            raise GiintError("not_running")
        return Response(status=202)


class RunView(Api):
    @extend_schema(operation_id="runs_get", responses={200: shape(RunRow), **REFUSALS})
    def get(self, request: Request, run: str) -> Response:
        return Response(run_for(self.me, run).row())


def _matching(threads: QuerySet[GiintThread], words: list[str]) -> QuerySet[GiintThread]:
    for word in words:
        found = Q(title__icontains=word) | Q(messages__text__icontains=word)
        threads = threads.filter(found)
    return threads.distinct() if words else threads


urlpatterns = [
    path("bootstrap", Bootstrap.as_view()),
    path("threads", Threads.as_view()),
    path("threads/<str:thread>", Thread.as_view()),
    path("threads/<str:thread>/messages", Messages.as_view()),
    path("threads/<str:thread>/stop", Stop.as_view()),
    path("threads/<str:thread>/interrupt", Interrupt.as_view()),
    path("runs/<str:run>", RunView.as_view()),
]
