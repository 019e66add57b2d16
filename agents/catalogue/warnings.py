"""What the catalogue says against an agent's model, kept on the agent: ``Agent.warning``.

It is written where it can change: when the agent is (``warning_of``), when the list of the account
that answers for it was read (``rewarn``), and by a job (``look_again``), as another account may
answer for its owner since. Each time with an event: a page's agents and a fresh snapshot agree.
"""

from collections.abc import Callable, Iterable

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.formats import date_format

from accounts.access import account_for
from accounts.source import shared_admits
from agents.catalogue.accounts import ServerAccount, answering
from agents.catalogue.records import batches
from agents.models import Agent, CatalogueEntry, LanguageModel
from giint.core import journal
from giint.core.events import AgentUpdated, user_stream

Warnings = dict[str, str]  # model id → sentence


def warning_of(agent: Agent) -> str:
    """The sentence for this agent as it now is, or nothing. Two queries."""
    account = answering(agent.owner)
    if account is None:
        return ""
    model = agent.model or account.model
    return _warnings(account, [model]).get(model, "")


def rewarn(account: ServerAccount) -> int:
    """After the account's list was read: its agents' warnings, with an event for each that
    changed. Returns how many did.
    """
    warnings = _warnings(account)
    concerned = Q(model__in=list(warnings)) | ~Q(warning="") | Q(model="")
    agents = _agents_of(account).filter(concerned)
    if account.model not in warnings:
        agents = agents.exclude(model="", warning="")

    def judge(agent: Agent) -> str:
        if account.key is None and not shared_admits(agent.owner):
            return agent.warning
        return warnings.get(agent.model or account.model, "")

    return _judge_anew(agents, judge)


def look_again(ending: Callable[[], bool]) -> None:
    """Warnings that no reading looks at: their owners have another default key, or none, since."""
    bad = LanguageModel.objects.filter(Q(gone__isnull=False) | Q(shutdown_date__isnull=False))
    agents = Agent.objects.filter(~Q(warning="") | Q(model__in=bad.values("model_id")))
    _judge_anew(agents, warning_of, ending)


def _judge_anew(
    agents: QuerySet[Agent],
    judge: Callable[[Agent], str],
    ending: Callable[[], bool] = lambda: False,
) -> int:
    found = agents.order_by("pk").values_list("pk", flat=True)
    changed = 0
    for batch in batches(list(found)):
        if ending():
            break
        changed += _rewrite(batch, judge)
    return changed


def _rewrite(agents: list[str], judge: Callable[[Agent], str]) -> int:
    """Read first and lock what changed only: most have not."""
    rows = Agent.objects.with_templates()
    stale = [row.pk for row in rows.filter(pk__in=agents) if judge(row) != row.warning]
    if not stale:
        return 0
    news = []
    with transaction.atomic():
        for agent in rows.filter(pk__in=stale).select_for_update(of=("self",)).order_by("pk"):
            agent.warning = judge(agent)
            agent.save(update_fields=["warning"])
            stream = user_stream(account_for(agent.owner).id)
            news.append((stream, AgentUpdated(agent=agent.row())))
        if news:
            journal.append_all(*news)
    return len(news)


def _agents_of(account: ServerAccount) -> QuerySet[Agent]:
    """The agents for whose owners this account answers."""
    if account.key is not None:
        mine = Q(owner__provider_keys=account.key, owner__provider_keys__default=True)
        return Agent.objects.filter(mine)
    return Agent.objects.exclude(owner__provider_keys__default=True)


def _warnings(account: ServerAccount, models: Iterable[str] | None = None) -> Warnings:
    entries = CatalogueEntry.objects.filter(
        Q(gone__isnull=False) | Q(language_model__shutdown_date__isnull=False),
        sync__key=account.key,
        sync__server=account.server,
    ).select_related("language_model")
    if models is not None:
        entries = entries.filter(language_model__model_id__in=models)
    return {entry.language_model.model_id: _sentence(entry) for entry in entries.iterator(500)}


def _sentence(entry: CatalogueEntry) -> str:
    model = entry.language_model
    if entry.gone is not None or model.shutdown_date is None:
        return f"{model.model_id} is gone from its server's list. Choose another model."
    day = date_format(model.shutdown_date, "j F Y")
    return f"{model.model_id} ends on {day}. Choose another model before that."
