"""The only way an interface gets imports: somebody else's is *not found*."""

from django.db.models import QuerySet

from accounts.models import User
from agents.models import Import, ImportItem
from giint.core.errors import NotFound


def imports_for(user: User) -> QuerySet[Import]:
    """What ``user`` opened, the newest first."""
    return Import.objects.filter(user=user)


def import_for(user: User, id_: str) -> Import:
    """The import with that id. Raises NotFound."""
    found = imports_for(user).filter(id=id_.replace("\x00", "")).select_related("key").first()
    if found is None:
        raise NotFound
    return found


def item_for(user: User, id_: str, number: int) -> ImportItem:
    """The item of that import with that number. Raises NotFound."""
    parent = import_for(user, id_)
    found = parent.items.filter(number=number).first() if number < 2**31 else None
    if found is None:
        raise NotFound
    found.parent = parent
    return found
