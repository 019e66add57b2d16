"""Opening an import: a dump is read while whoever gave it waits; a server is read by the job
(``giint.ingest.work``). Either way the items are rows.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice
from typing import IO, Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from accounts.access import key_for
from accounts.models import ProviderKey, User
from agents.ingest.dump import pieces
from agents.ingest.mapping import content_text, draft_of
from agents.ingest.objects import AGENTS, Found, Told, found_in
from agents.ingest.taking import digest_of, words_of
from agents.ingest.using import accounts, keeper_of
from agents.models import Import, ImportItem
from giint.core.errors import BadField, GiintError
from giint.core.text import clean

AT_ONCE = 100  # items that one transaction writes
KEPT = 50  # imports of one person: the oldest that nothing goes on in makes room
HOSTED = (
    "OpenAI's hosted Assistants API ended on 2026-08-26: a key for it answers no more. Take in the "
    "JSON that you saved of it."
)
IDS = 100  # that may be asked for by themselves
HOLD = timedelta(minutes=10)


def largest() -> int:
    """Bytes that a dump may have."""
    return settings.GIINT_IMPORT_SIZE * 1_048_576


def sources(user: User) -> list[ProviderKey]:
    """The accounts of ``user`` whose servers can list what they keep."""
    return accounts(user)


def open_dump(*, user: User, name: str, source: IO[bytes]) -> Import:
    """Read what somebody saved. Nothing is left of one that cannot be read.

    Raises ``dump_too_large, dump_truncated, dump_broken, dump_empty``.
    """
    _make_room(user)
    told = Told()
    parent = Import.objects.create(
        user=user,
        source=Import.Source.FILE,
        name=_name(name),
        claimed=timezone.now() + HOLD,
    )
    try:
        count = keep(parent, found_in(pieces(source, largest()), told))
        if not count:
            raise GiintError("dump_empty", _ignored(told))
    except BaseException:
        parent.delete()
        raise
    parent.told = {"files": told.files, "ignored": dict(told.ignored.most_common(20))}
    parent.state, parent.claimed = Import.State.READY, None
    parent.save(update_fields=["told", "state", "claimed"])
    return parent


def open_server(*, user: User, key: str, ids: Iterable[str] = ()) -> Import:
    """Have the objects of an account listed, or those of ``ids`` alone. Raises NotFound,
    ``no_remote_account`` for one that keeps nothing, BadField.
    """
    row = key_for(user, key)
    wanted = [clean(id_).strip() for id_ in ids]
    if len(wanted) > IDS or not all(0 < len(id_) <= 120 for id_ in wanted):
        raise BadField(ids=f"At most {IDS} ids of at most 120 characters.")
    if keeper_of(row) is None:
        raise GiintError("no_remote_account", f"{row.label} speaks {row.dialect}")
    _make_room(user)
    return Import.objects.create(
        user=user,
        source=Import.Source.SERVER,
        key=row,
        dialect=row.dialect,
        base_url=row.base_url,
        name=_name(row.label or row.base_url),
        wanted=list(dict.fromkeys(wanted)),
    )


def keep(parent: Import, found: Iterable[Found], tags: dict[str, Any] | None = None) -> int:
    """Write what was found as items, and say how many; the same again is one. ``tags``: remote id →
    what is in its metadata of a GIINT.
    """
    seen: set[tuple[str, str, str]] = set()
    count = 0
    for group in _groups(_items(parent, found, tags or {}, seen)):
        for item in group:
            count += 1
            item.number = count
        with transaction.atomic():
            ImportItem.objects.bulk_create(group)
    return count


def _items(
    parent: Import, found: Iterable[Found], tags: dict[str, Any], seen: set[tuple[str, str, str]]
) -> Iterator[ImportItem]:
    for one in found:
        digest = digest_of(one.raw)
        if (mark := (one.kind, one.remote_id, digest)) in seen:
            continue
        seen.add(mark)
        yield ImportItem(
            parent=parent,
            kind=one.kind,
            remote_id=one.remote_id,
            name=name_of(one),
            digest=digest,
            words=words_of(one.raw),
            raw=one.raw,
            tags=tags.get(one.remote_id, {}),
        )


def _groups(items: Iterator[ImportItem]) -> Iterator[list[ImportItem]]:
    while group := list(islice(items, AT_ONCE)):
        yield group


def name_of(found: Found) -> str:
    """What it is called in a list: its name, or the first words that were said in it."""
    if found.kind in AGENTS:
        return draft_of(found.kind, found.remote_id, found.raw).name
    metadata = found.raw.get("metadata")
    titles = metadata if isinstance(metadata, dict) else {}
    given = found.raw.get("title") or titles.get("title") or titles.get("name")
    if not isinstance(given, str) or not given.strip():
        said = (content_text(one.get("content")) for one in _by_people(found.raw))
        given = next(filter(None, said), "")
    return " ".join(clean(given).split())[:80] or found.remote_id or "Thread"


def _by_people(raw: dict[str, Any]) -> Iterator[dict[str, Any]]:
    rows = [one for one in raw.get("messages") or [] if isinstance(one, dict)]
    rows.sort(key=lambda one: one["created_at"] if _is_number(one.get("created_at")) else 0)
    return (one for one in rows if one.get("role") == "user")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def counts_of(parent: Import) -> dict[str, int]:
    """How many of its items are in each state."""
    rows = parent.items.order_by().values("state").annotate(n=Count("pk"))
    return {row["state"]: row["n"] for row in rows}


def _make_room(user: User) -> None:
    old = Import.objects.filter(user=user).exclude(
        state__in=[Import.State.READING, Import.State.TAKING]
    )
    beyond = list(old.order_by("-created", "-id").values_list("pk", flat=True)[KEPT - 1 :])
    Import.objects.filter(pk__in=beyond).delete()
    if Import.objects.filter(user=user).count() >= KEPT:
        raise GiintError("limit_reached")


def _name(given: str) -> str:
    return " ".join(clean(given).split())[:200] or "Pasted"


def _ignored(told: Told) -> str:
    return ", ".join(f"{count} × {word}" for word, count in told.ignored.most_common(5))
