"""The only way an interface gets an agent, a template or a remote object: one that is another's, or
not for this person, is *not found*.
"""

from django.db.models import Q, QuerySet

from accounts.models import User
from agents.models import Agent, RemoteAssistant, Template
from giint.core.errors import NotFound


def agent_for(user: User, agent: str) -> Agent:
    """The agent with that id. Raises NotFound."""
    found = Agent.objects.filter(
        owner=user,
        id=agent,
    ).first()
    if found is None:
        raise NotFound
    return found


def templates_for(user: User) -> QuerySet[Template]:
    """The templates that ``user`` may make agents from: in use, and for everybody or a group of
    theirs.
    """
    offered = Template.objects.filter(archived=False, current__isnull=False)
    if user.is_superuser:
        return offered
    return offered.filter(Q(groups=None) | Q(groups__in=user.groups.all())).distinct()


def template_for(user: User, template: str) -> Template:
    """The template with that id. Raises NotFound."""
    found = templates_for(user).filter(id=template).first()
    if found is None:
        raise NotFound
    return found


def remote_for(user: User, remote: str) -> RemoteAssistant:
    """The row of the ledger with that id (ours, not the provider's). Raises NotFound."""
    found = RemoteAssistant.objects.filter(
        user=user,
        id=remote.replace("\x00", ""),
    ).first()
    if found is None:
        raise NotFound
    return found
