"""The tool ``user_audit``: what the person did here lately. Counts and times, no words of theirs:
what a tool says goes to the model's server.
"""

from datetime import datetime, timedelta
from typing import Annotated, Any

from axes.models import AccessLog
from django.db.models import Count, Max, Q
from django.utils import timezone

from agents.tools.base import ToolContext, ToolRetry, tool
from giint.core.times import iso, iso_or_none

LAST = 5  # of each kind
LONGEST = 366  # days


@tool(retry="safe", timeout=15)
def user_audit(
    context: ToolContext,
    days: Annotated[int, "How many days to look back, 1 to 366"] = 7,
) -> dict[str, Any]:
    """The recent activity of the user who is asking: threads, answers, tool calls and sign-ins, as
    counts and times."""
    if not 1 <= days <= LONGEST:
        raise ToolRetry(f"Ask for 1 to {LONGEST} days.")
    since = timezone.now() - timedelta(days=days)
    return {
        "since": iso(since),
        "threads": _threads(context, since),
        "answers": _answers(context, since),
        "tool_calls": _calls(context, since),
        "sign_ins": _sign_ins(context, since),
    }


def _threads(context: ToolContext, since: datetime) -> dict[str, Any]:
    threads = context.user.threads
    count = threads.aggregate(
        total=Count("pk"),
        archived=Count("pk", filter=Q(archived=True)),
        active=Count("pk", filter=Q(last_message_at__gte=since)),
        opened=Count("pk", filter=Q(created__gte=since)),
    )
    last = threads.order_by("-last_message_at").values_list("pk", "last_message_at")[:LAST]
    return {**count, "last": [{"id": pk, "last_message": iso(when)} for pk, when in last]}


def _answers(context: ToolContext, since: datetime) -> dict[str, Any]:
    runs = context.user.threads.filter(runs__created__gte=since)
    counted = runs.values_list("runs__status").annotate(count=Count("runs__pk"))
    last = runs.order_by("-runs__created").values_list(
        "runs__pk", "runs__status", "runs__code", "runs__created", "runs__ended"
    )[:LAST]
    return {
        "by_status": dict(counted.order_by("runs__status")),
        "last": [
            {"id": pk, "status": status, "code": code, "asked": iso(at), "ended": iso_or_none(end)}
            for pk, status, code, at, end in last
        ],
    }


def _calls(context: ToolContext, since: datetime) -> dict[str, Any]:
    outputs = context.user.tool_outputs.filter(started__gte=since)
    rows = outputs.values("tool").annotate(
        calls=Count("pk"), failed=Count("pk", filter=Q(status="failed")), last=Max("started")
    )
    return {row["tool"]: {**row, "last": iso(row["last"])} for row in rows.order_by("tool")}


def _sign_ins(context: ToolContext, since: datetime) -> dict[str, Any]:
    user = context.user
    # By name, as they are logged; one who had the name before is not this person.
    logged = AccessLog.objects.filter(
        username=user.get_username(), attempt_time__gte=max(since, user.date_joined)
    )
    times = logged.order_by("-attempt_time").values_list("attempt_time", flat=True)[:LAST]
    return {
        "count": logged.count(),
        "last": [iso(when) for when in times],
        "latest": iso_or_none(user.last_login),
    }
