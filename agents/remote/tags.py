"""What we write into the metadata of what we make: which installation, whose, which row. Two
installations on one provider account tell their objects apart by it.
"""

from collections.abc import Mapping

from accounts.access import account_for
from accounts.models import User
from agents.models import Installation, RemoteAssistant
from agents.providers.stateful import Tags
from giint.core.ids import installation_id

INSTALLATION, USER, ROW = "giint_installation", "giint_user", "giint_row"


def installation() -> str:
    """The name of this installation, made once."""
    return Installation.objects.get_or_create(number=1)[0].name


def rename_installation() -> str:
    """Another name: for a copy of a database that goes on beside its original. What was made under
    the old one is the original's from here on.
    """
    Installation.objects.update_or_create(number=1, defaults={"name": installation_id()})
    return installation()


def tags_of(row: RemoteAssistant) -> Tags:
    return {**owner_tags(row.user), ROW: row.id}


def owner_tags(user: User) -> Tags:
    return {INSTALLATION: installation(), USER: account_for(user).id}


def is_ours(tags: Mapping[str, str], owner: Tags) -> bool:
    """Whether something with these tags was made here, for the person with ``owner``'s."""
    return all(tags.get(name) == value for name, value in owner.items())
