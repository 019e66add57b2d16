"""Runs and their steps for administrators: what was done, when and with what outcome.

What people and agents said, and what tools were given, is left out (``giint.admin.pointers``).
"""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from accounts import audit
from accounts.looking import Looking, choice_filter, report
from accounts.principal import principal
from giint import engine
from giint.admin.pointers import shown
from giint.core import batch
from giint.core.errors import FAILURES, GiintError
from giint.core.ids import new_id
from giint.models import ACTIVE, Run, Runner, Step


class StepInline(admin.TabularInline):  # type: ignore[type-arg]
    """The work of a run, without its texts."""

    model = Step
    fields = ("number", "kind", "state", "attempt", "code", "usage", "started", "ended")
    readonly_fields = fields
    can_delete = False
    show_change_link = True
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Run)
class RunAdmin(Looking):
    list_display = ("id", "owner", "agent", "status", "code", "created", "seconds", "generation")
    list_filter = (
        "status",
        choice_filter("code", FAILURES),
        choice_filter("cause", ("send", "again", "console")),
        ("created", admin.DateFieldListFilter),
    )
    ordering = ("-created",)
    search_fields = ("id", "thread__id", "thread__owner__username", "agent__id")
    search_help_text = "Id of the run, its thread or agent, or the name of its owner"
    show_full_result_count = False
    list_select_related = ("thread__owner", "agent")
    inlines = (StepInline,)
    actions = ("stop", "replay")
    fields = (
        "id",
        "thread",
        "agent",
        "status",
        "code",
        "cause",
        "halt",
        "runner",
        "generation",
        "usage",
        "spent",
        "created",
        "started",
        "ended",
    )

    @admin.display(ordering="thread__owner")
    def owner(self, run: Run) -> str:
        return run.thread.owner.get_username()

    @admin.display(description="seconds")
    def seconds(self, run: Run) -> str:
        if run.started is None or run.ended is None:
            return "–"
        return f"{(run.ended - run.started).total_seconds():.1f}"

    def lookup_allowed(self, lookup: str, value: str, request: Any = None) -> bool:
        return lookup == "thread__id__exact" or super().lookup_allowed(lookup, value, request)

    def has_act_permission(self, request: HttpRequest) -> bool:
        return principal(request).has_perm("giint.change_run")

    @admin.action(description="Stop the answers under way", permissions=["act"])
    def stop(self, request: HttpRequest, runs: QuerySet[Run]) -> None:
        """As their owners would: what was said is kept, and the stream tells of it."""

        def act(run: Run) -> None:
            if not engine.stop(user=run.thread.owner, thread=run.thread_id):
                raise GiintError("not_running")
            self._audit(request, run, "stopped")

        going = runs.filter(status__in=(*ACTIVE, "queued")).select_related("thread__owner")
        report(self, request, batch.each(list(going), act, name=_id), "are being stopped")

    @admin.action(description="Replay: answer the same message anew", permissions=["act"])
    def replay(self, request: HttpRequest, runs: QuerySet[Run]) -> None:
        """As their owners would, with the agent it had: the answer that is there stays beside."""

        def act(run: Run) -> None:
            asked = engine.Asked(
                client_id=new_id("replay"),
                thread=run.thread_id,
                agent=run.agent_id,
                again=run.message_id,
            )
            started = engine.start(user=run.thread.owner, asked=asked)
            self._audit(request, run, "replayed", again_as=started.run)

        chosen = runs.filter(parent=None).select_related("thread__owner").order_by("created")
        report(self, request, batch.each(list(chosen), act, name=_id), "are being replayed")

    def _audit(self, request: HttpRequest, run: Run, action: str, **details: Any) -> None:
        audit.record(
            actor=principal(request),
            owner=run.thread.owner,
            action=action,
            noun="run",
            object_id=run.id,
            details={"thread": run.thread_id, **details},
        )


def _id(run: Run) -> str:
    return run.id


@admin.register(Step)
class StepAdmin(Looking):
    """One call of a model, or one round of tool calls: from what it was made, and of what shape its
    outcome is.
    """

    list_display = ("id", "run", "number", "kind", "state", "attempt", "code", "started", "ended")
    list_filter = (
        "kind",
        "state",
        choice_filter("code", FAILURES),
        ("started", admin.DateFieldListFilter),
    )
    ordering = ("-started",)
    search_fields = ("id", "run__id", "run__thread__id", "run__thread__owner__username")
    list_select_related = ("run",)
    show_full_result_count = False
    fields = (
        "id",
        "run",
        "number",
        "kind",
        "state",
        "attempt",
        "code",
        "message",
        "made_from",
        "came_of_it",
        "usage",
        "remote_id",
        "started",
        "ended",
    )
    readonly_fields = ("made_from", "came_of_it")

    @admin.display(description="made from")
    def made_from(self, step: Step) -> str:
        return format_html("<pre>{}</pre>", shown(step.input))

    @admin.display(description="came of it")
    def came_of_it(self, step: Step) -> str:
        return format_html("<pre>{}</pre>", shown(step.output))


@admin.register(Runner)
class RunnerAdmin(Looking):
    list_display = ("id", "kind", "host", "pid", "seen", "started")
    list_filter = ("kind", "host")
    search_fields = ("id", "host")
    fields = list_display
