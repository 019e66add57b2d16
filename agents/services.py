"""What changes about agents: rows and events in one transaction each. docs/agents.md.

The same choice is the same agent: whoever asks for one that they have is given it. Only a copy, or
one that is asked for under a name of its own, is another row with the same choice; it has no
fingerprint and is not found by it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from accounts.access import account_for
from accounts.models import Account, User
from accounts.source import account_row
from agents.access import agent_for, template_for
from agents.catalogue.facts import refuse_choice
from agents.catalogue.warnings import warning_of
from agents.fields import CONTENT, put
from agents.fingerprint import fingerprint
from agents.models import Agent, Template, TemplateRevision
from agents.rollout import Rollout
from agents.variables import values_for
from giint.core import journal
from giint.core.errors import BadField, GiintError
from giint.core.events import AgentUpdated, user_stream

AGENTS = 500  # per person, archived ones too: their list travels with every page


def create_agent(
    *,
    user: User,
    template: str | None = None,
    variables: Mapping[str, Any] | None = None,
    name: str | None = None,
    description: str | None = None,
    instructions: str | None = None,
    model: str | None = None,
    tools: Iterable[str] | None = None,
    parameters: Mapping[str, Any] | None = None,
    limits: Mapping[str, Any] | None = None,
    archived: bool = False,
) -> tuple[Agent, bool]:
    """The user's agent of this choice, and whether it is new. What is not given is the template's.

    Raises ``bad_field`` with the fields (``variables.NAME`` for a variable), ``limit_reached``, and
    NotFound for a template that is not theirs to use.
    """
    agent = Agent(owner=user, archived=archived)
    if template is not None:
        _take(agent, _revision_for(user, template_for(user, template)), variables or {})
    elif variables:
        raise BadField(variables="Only an agent from a template has variables.")
    texts = {"name": name, "description": description, "instructions": instructions}
    given = {"model": model, "tools": tools, "parameters": parameters, "limits": limits}
    put(agent, texts | given, _dialect(user))
    refuse_choice(user, agent.model)
    if not agent.name:
        raise BadField(name="An agent needs a name.")
    with transaction.atomic():
        agent, is_new = settle(agent, named=name is not None)
        if is_new:
            _announce(agent)
    return agent, is_new


@transaction.atomic
def adopt_agent(
    *, user: User, fields: Mapping[str, Any], agent: str | None = None
) -> tuple[Agent, bool]:
    """The user's agent as it is elsewhere, made or (``agent``) changed to that; and whether it is
    new. A model or a parameter that the account of today does not know is kept for another one.

    Raises ``bad_field``, ``limit_reached``, NotFound.
    """
    if agent is not None:
        row = _locked(user, agent)
        put(row, fields)
        row.archived = False
        return _saved(row), False
    row = Agent(owner=user)
    put(row, fields)
    row, is_new = settle(row, named=True)
    if is_new:
        _announce(row)
    return row, is_new


def draft_from(*, user: User, template: Template) -> Agent:
    """An unsaved agent from the revision that ``user`` gets, with the variables' defaults. Raises
    BadField where a variable has none.
    """
    agent = Agent(owner=user)
    _take(agent, _revision_for(user, template), {})
    return agent


def settle(agent: Agent, *, named: bool = False) -> tuple[Agent, bool]:
    """The owner's agent of this choice, made if there is none; and whether it is new. Inside the
    caller's transaction, whose event it is to append. Raises ``limit_reached``.
    """
    mark = _mark(agent)
    if (same := _same(agent, mark)) and not (named and same.name != agent.name):
        return same, False
    _lock(agent.owner)
    same = _same(agent, mark)  # another connection may have been here before the lock
    if same and not (named and same.name != agent.name):
        return same, False
    if agent.owner.agents.count() >= AGENTS:
        raise GiintError("limit_reached")
    agent.fingerprint, agent.warning = "" if same else mark, warning_of(agent)
    agent.save(force_insert=True)
    return agent, True


def change_agent(
    *,
    user: User,
    agent: str,
    name: str | None = None,
    description: str | None = None,
    instructions: str | None = None,
    model: str | None = None,
    tools: Iterable[str] | None = None,
    parameters: Mapping[str, Any] | None = None,
    limits: Mapping[str, Any] | None = None,
    variables: Mapping[str, Any] | None = None,
    archived: bool | None = None,
) -> Agent:
    """Change what is given. Raises NotFound, ``bad_field`` with the fields."""
    texts = {"name": name, "description": description, "instructions": instructions}
    given = {"model": model, "tools": tools, "parameters": parameters, "limits": limits}
    with transaction.atomic():
        row = _locked(user, agent)
        put(row, texts | given, _dialect(user))
        if model is not None:
            refuse_choice(user, row.model)
        if variables is not None:
            if row.revision is None:
                raise BadField(variables="Only an agent from a template has variables.")
            row.variables = values_for(row.revision.variables, {**row.variables, **variables})
        if archived is not None:
            row.archived = archived
        return _saved(row)


def copy_agent(*, user: User, agent: str, name: str | None = None) -> Agent:
    """Another agent with the same choice, to be changed. Raises NotFound, ``bad_field``,
    ``limit_reached``.
    """
    source = agent_for(user, agent)
    copy = Agent(owner=user, revision=source.revision, variables=source.variables)
    put(copy, {field: getattr(source, field) for field in ("description", *CONTENT)})
    put(copy, {"name": name or f"{source.name[:72]} (copy)"})
    with transaction.atomic():
        copy, _ = settle(copy, named=True)
        _announce(copy)
    return copy


def move_agent(
    *,
    user: User,
    agent: str,
    revision: str | None = None,
    variables: Mapping[str, Any] | None = None,
) -> Agent:
    """Take the agent to another revision of its template, by default the newest its owner gets.
    What its owner had set otherwise stays; the rest follows the template.

    Raises NotFound (also for a revision not meant for them), ``bad_field`` where a variable needs a
    value.
    """
    with transaction.atomic():
        row = _locked(user, agent)
        if row.revision is None:
            raise BadField(revision="This agent was not made from a template.")
        before, after = row.revision, _chosen(user, row.revision.template_id, revision)
        for field in ("model", "tools", "parameters", "limits"):
            if getattr(row, field) == getattr(before, field):
                setattr(row, field, getattr(after, field))
        known = {variable["name"] for variable in after.variables}
        kept = {name: value for name, value in row.variables.items() if name in known}
        row.revision = after
        row.variables = values_for(after.variables, kept | dict(variables or {}))
        return _saved(row)


def _take(agent: Agent, revision: TemplateRevision, variables: Mapping[str, Any]) -> None:
    template = revision.template
    agent.revision, agent.name, agent.description = revision, template.name, template.description
    agent.variables = values_for(revision.variables, variables)
    agent.model, agent.tools = revision.model, list(revision.tools)
    agent.parameters, agent.limits = dict(revision.parameters), dict(revision.limits)


def _revision_for(user: User, template: Template) -> TemplateRevision:
    wanted = Rollout(user).revision_id(template)
    return TemplateRevision.objects.select_related("template").get(id=wanted)


def _chosen(user: User, template_id: str, revision: str | None) -> TemplateRevision:
    template = template_for(user, template_id)
    newest = _revision_for(user, template)
    if revision is None or revision == newest.id:
        return newest
    current = template.current.number if template.current else 0
    older = TemplateRevision.objects.select_related("template").filter(
        template=template, id=revision, number__lte=current
    )
    found = older.first()
    if found is None:
        raise BadField(revision="There is no such revision of this agent's template for you.")
    return found


def _mark(agent: Agent) -> str:
    return fingerprint(
        revision=agent.revision_id,
        variables=agent.variables,
        instructions=agent.instructions,
        model=agent.model,
        tools=agent.tools,
        parameters=agent.parameters,
        limits=agent.limits,
    )


def _same(agent: Agent, mark: str) -> Agent | None:
    """Another agent of the owner that is the same choice and not archived."""
    if agent.archived:
        return None
    others = Agent.objects.with_templates().filter(
        owner=agent.owner, fingerprint=mark, archived=False
    )
    return others.exclude(id=agent.id).first()


def _locked(user: User, agent: str) -> Agent:
    """The row, held: the event tells of the whole row, so another tab's change must not be in
    between; and the person's, so that no two of theirs become the same choice at once.
    """
    _lock(user)
    agent_for(user, agent)
    return Agent.objects.with_templates().select_for_update(of=("self",)).get(pk=agent)


def _lock(user: User) -> None:
    Account.objects.select_for_update().get(pk=account_for(user).pk)


def _saved(row: Agent) -> Agent:
    mark = _mark(row)
    row.fingerprint, row.warning = "" if _same(row, mark) else mark, warning_of(row)
    row.save()
    _announce(row)
    return row


def _dialect(user: User) -> str | None:
    """The dialect of the account that answers now, if there is a model server behind it."""
    account = account_row(user)
    return account["dialect"] if account["source"] in ("own", "shared") else None


def _announce(agent: Agent) -> None:
    account = account_for(agent.owner)
    journal.append(user_stream(account.id), AgentUpdated(agent=agent.row()))
