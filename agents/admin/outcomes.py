"""How the answers made with a revision went: runs, failures, thumbs. The rows live further up; they
are reached by their names.
"""

from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from agents.models import TemplateRevision

FAILED = Q(status="failed")
GOOD, BAD = Q(messages__feedback__thumb=1), Q(messages__feedback__thumb=-1)


def with_outcomes(revisions: QuerySet[TemplateRevision]) -> QuerySet[Any]:
    """With ``n_runs``, ``n_failed``, ``n_good`` and ``n_bad`` on each row."""
    return revisions.annotate(
        n_runs=_count(Q(), "pk"),
        n_failed=_count(FAILED, "pk"),
        n_good=_count(GOOD, "messages__feedback"),
        n_bad=_count(BAD, "messages__feedback"),
    )


def sentence(revision: Any) -> str:
    """The outcomes of a revision in a line."""
    runs, failed = revision.n_runs, revision.n_failed
    share = f" ({failed / runs:.0%})" if runs else ""
    return f"{runs} runs, {failed} failed{share}, {revision.n_good} good, {revision.n_bad} bad"


def _count(condition: Q, of: str) -> Coalesce:
    runs: Any = TemplateRevision._meta.get_field("runs").related_model
    counted = (
        runs._default_manager.filter(condition, revision=OuterRef("pk"))
        .order_by()
        .values("revision")
        .annotate(n=Count(of))
        .values("n")
    )
    return Coalesce(Subquery(counted), 0)
