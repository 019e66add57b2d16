"""What is wrong with the field keys, said at the start rather than when one is needed."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from accounts import rotation, sealing
from accounts.models import ProviderKey


@register(Tags.security)
def field_keys_can_be_read(**kwargs: Any) -> list[CheckMessage]:
    try:
        sealing.ring()
    except ImproperlyConfigured as error:
        return [Error(str(error), hint="`make setup` writes one.", id="accounts.E001")]
    return []


@register(Tags.database)
def field_keys_are_there(databases: Sequence[str] | None, **kwargs: Any) -> list[CheckMessage]:
    """Runs with ``migrate`` and ``check --database default``."""
    for alias in databases or []:
        if ProviderKey._meta.db_table not in connections[alias].introspection.table_names():
            continue
        if lost := rotation.lost_field_keys():
            names = ", ".join(f"{name!r} ({rows} keys)" for name, rows in sorted(lost.items()))
            return [
                Warning(
                    f"GIINT_FIELD_KEYS lacks field keys that keys are sealed under: {names}.",
                    hint="Put those back behind the first one; without them people have to enter "
                    "their keys again.",
                    id="accounts.W001",
                )
            ]
    return []
