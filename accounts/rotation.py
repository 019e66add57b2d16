"""Sealing anew under the ring's first field key, and counting what lies where: provider keys, and
whatever else the table ``GIINT_SEALED`` in settings names.

A model of that table has ``key_id``, ``open()``, ``seal()`` of what was opened, ``SEALED`` (the
columns that sealing writes) and ``OPENS_WITH`` (the relations that opening reads).
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import QuerySet

from accounts import audit, sealing
from accounts.models import ProviderKey
from giint.core.batch import ROWS, in_slices
from giint.core.errors import GiintError

BATCH = ROWS  # per transaction


@dataclass(slots=True)
class Rotation:
    """What ``rotate`` did. ``unreadable``: ids of rows that were left as they were."""

    resealed: int = 0
    unreadable: list[str] = field(default_factory=list)


def rotate(*, batch: int = BATCH, progress: Callable[[int], None] = lambda done: None) -> Rotation:
    """Seal every key that lies under another field key under the first one.

    ``progress`` is told after each batch how many rows have been looked at. It can be broken off
    and begun anew at any time: each batch is whole, and in between every key opens under the ring.
    """
    result, done = Rotation(), 0
    for model in sealed_models():
        rows = _all(model).exclude(key_id=sealing.ring().first).select_for_update(of=("self",))
        done += in_slices(
            rows,
            lambda found: _reseal_all(found, result),
            size=batch,
            progress=lambda here, before=done: progress(before + here),  # type: ignore[misc]
        )
    return result


def waiting() -> int:
    """How many rows lie under another field key than the first one."""
    first = sealing.ring().first
    return sum(_all(model).exclude(key_id=first).count() for model in sealed_models())


def sealed_models() -> list[Any]:
    """The models that hold something sealed."""
    return [apps.get_model(label) for label in settings.GIINT_SEALED]


@dataclass(slots=True)
class Holdings:
    """Rows per field key id (empty: servers without a key), and ids of rows that do not open."""

    rows: Counter[str] = field(default_factory=Counter)
    unreadable: list[str] = field(default_factory=list)


def holdings() -> Holdings:
    """Open every key once and count. Nothing of a key is kept."""
    found = Holdings()
    for row in _each():
        found.rows[row.key_id] += 1
        try:
            row.open()
        except GiintError:
            found.unreadable.append(_named(row))
    found.rows[""] = ProviderKey.objects.filter(key_id="").count()
    return found


def lost_field_keys() -> dict[str, int]:
    """Field keys that rows are sealed under and the ring no longer has: id → rows."""
    lost: Counter[str] = Counter()
    for model in sealed_models():
        held = _all(model).exclude(key_id__in=sealing.ring().ids)
        lost.update(held.values_list("key_id", flat=True))
    return dict(lost)


def _reseal_all(rows: list[Any], result: Rotation) -> None:
    """Seal what opens, and let the audit tell each person how many of theirs that were."""
    resealed = [row for row in rows if _reseal(row, result)]
    of = Counter((getattr(row, "user", None), str(row._meta.verbose_name)) for row in resealed)
    audit.record_all(
        audit.entry_of(
            actor=None,
            owner=owner,
            action="rotated",
            noun=noun,
            details={"rows": count, "field_key": sealing.ring().first},
        )
        for (owner, noun), count in of.items()
    )


def _reseal(row: Any, result: Rotation) -> bool:
    try:
        row.seal(row.open())
    except GiintError:
        result.unreadable.append(_named(row))
        return False
    row.save(update_fields=row.SEALED)
    result.resealed += 1
    return True


def _all(model: Any) -> "QuerySet[Any]":
    rows: QuerySet[Any] = model._default_manager.exclude(key_id="")
    return rows.select_related(*model.OPENS_WITH) if model.OPENS_WITH else rows


def _named(row: Any) -> str:
    """A row as people find it: a public id says what it is of itself."""
    return row.pk if isinstance(row.pk, str) else f"{row._meta.verbose_name} {row}"


def _each() -> Iterator[Any]:
    for model in sealed_models():
        yield from _all(model).iterator(chunk_size=BATCH)
