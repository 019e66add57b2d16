"""The agent of a new chat for which nobody chose one."""

from django.conf import settings
from django.db.models import QuerySet

from accounts.access import account_for
from accounts.models import User
from agents.access import templates_for
from agents.models import Agent, Template
from agents.services import draft_from, settle
from giint.core.errors import BadField, GiintError

NAME = "Assistant"
INSTRUCTIONS = (
    "You are a helpful assistant in a team's own chat. Answer plainly, in Markdown where it helps. "
    "Use the tools you are given for times and arithmetic instead of guessing."
)


def first_agent(user: User) -> tuple[Agent, bool]:
    """The agent of the person's default template, else of the site's; else, and where they have as
    many agents as they may, their first one that is not archived; else a plain one. Returns it and
    whether it is new; the caller's transaction tells of a new one. Raises ``limit_reached``.
    """
    if (template := default_template(user)) is not None:
        try:
            return settle(draft_from(user=user, template=template))
        except GiintError as error:
            if error.code != "limit_reached":
                raise
    agent = user.agents.filter(archived=False).order_by("created", "id").first()
    if agent is not None:
        return agent, False
    plain = Agent(
        owner=user,
        name=NAME,
        description="Answers with the model of your account.",
        instructions=INSTRUCTIONS,
        tools=list(settings.GIINT_TOOLS),
    )
    return settle(plain)


def default_template(user: User) -> Template | None:
    """The template that the person chose, else the site's, if they may use it and it needs no
    value from them.
    """
    offered = templates_for(user)
    own = account_for(user).default_template_id
    for found in (_first(offered, id=own) if own else None, _first(offered, is_default=True)):
        if found is not None and _works(user, found):
            return found
    return None


def _first(offered: QuerySet[Template], **condition: object) -> Template | None:
    return offered.filter(**condition).first()


def _works(user: User, template: Template) -> bool:
    """A revision after the choice may have brought a variable without a default."""
    try:
        draft_from(user=user, template=template)
    except BadField:
        return False
    return True
