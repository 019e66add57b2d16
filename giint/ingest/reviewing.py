"""What stands in an import, beside what is here already and what it becomes."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from accounts.models import User
from agents.fields import checked_text
from agents.ingest.fitting import FIELDS
from agents.ingest.mapping import Draft, draft_of
from agents.ingest.objects import AGENTS, Found
from agents.ingest.taking import Again, Origin, difference, imported, known, review
from agents.models import Agent, Import, ImportItem, RemoteAssistant
from agents.parameters import checked
from giint.core.errors import BadField, GiintError
from giint.ingest.talks import talk_of

# ``new``; ``here`` as it is; here but it ``differs`` by now; a ``duplicate`` of another one in this
# import; ``empty``: it has no instructions, or nothing was said in it; ``ours``: an installation of
# GIINT made it for a chat.
Standing = Literal["new", "here", "differs", "duplicate", "empty", "ours"]
TAG = "giint_installation"
SAID = 20  # messages of a thread that a review shows


def found_of(item: ImportItem) -> Found:
    return Found(item.kind, item.remote_id, item.raw)


def origin_of(parent: Import) -> Origin:
    return Origin(parent.key, parent.dialect, parent.base_url)


def searched(parent: Import, words: Iterable[str]) -> QuerySet[ImportItem]:
    """Its items that have all of ``words`` in their name or id."""
    found = parent.items.all()
    for word in words:
        found = found.filter(Q(name__icontains=word) | Q(remote_id__icontains=word))
    return found


# --- the list -------------------------------------------------------------------------------------


def rows(user: User, parent: Import, items: Iterable[ImportItem]) -> list[dict[str, Any]]:
    """Each item of a page as its owner sees it in the list, in a few queries for all."""
    listed = list(items)
    here = _here(user, parent, listed)
    first = _first_with(parent, listed)
    used = _threads_of([row.agent_id for row in here.values() if row.agent_id])
    return [_row(item, here.get(item.number), first, used) for item in listed]


def _row(
    item: ImportItem,
    here: RemoteAssistant | None,
    first: Mapping[str, ImportItem],
    used: Mapping[str, int],
) -> dict[str, Any]:
    agent = here.agent_id if here else None
    same = first.get(item.words)
    standing = _standing(item, here, same)
    return {
        "number": item.number,
        "kind": item.kind,
        "remote_id": item.remote_id,
        "name": item.name,
        "model": str(item.raw.get("model") or "")[:120],
        "says": _says(item),
        "standing": standing,
        "same_as": same.name if same is not None and standing == "duplicate" else "",
        "agent": item.agent_id or agent,
        "thread": item.thread_id or (here.thread_id if here else None),
        "unused": bool(agent) and not used.get(agent or ""),
        "state": item.state,
        "again": item.again,
        "outcome": item.outcome,
        "code": item.code,
        "message": sentence_of(item),
    }


def _standing(item: ImportItem, here: RemoteAssistant | None, same: ImportItem | None) -> Standing:
    if TAG in item.tags:
        return "ours"
    unread = item.kind not in AGENTS and "messages" not in item.raw
    if here is not None:
        return "here" if unread or here.digest == item.digest else "differs"
    if same is not None and same.number < item.number:
        return "duplicate"
    if item.kind in AGENTS:
        draft = draft_of(item.kind, item.remote_id, item.raw)
        return "new" if draft.instructions or draft.wishes else "empty"
    return "new" if unread or item.raw["messages"] else "empty"


def _says(item: ImportItem) -> str:
    """In a line, what there is to it."""
    if item.kind not in AGENTS and "messages" not in item.raw:
        return "its messages are read when it is taken in"
    if item.kind not in AGENTS:
        return f"{len(item.raw.get('messages') or [])} messages"
    draft = draft_of(item.kind, item.remote_id, item.raw)
    tools = len(draft.wishes)
    parts = [
        f"{len(draft.instructions.split()):,} words",
        f"{tools} tools" if tools else "no tools",
    ]
    if draft.files or draft.stores:
        parts.append(f"{len(draft.files)} files, {len(draft.stores)} vector stores")
    return ", ".join(parts)


def _here(user: User, parent: Import, items: list[ImportItem]) -> dict[int, RemoteAssistant]:
    """Number of an item → the row of what was taken in before, if its agent or thread is still
    here.
    """
    found = imported(user).filter(remote_id__in=[item.remote_id for item in items])
    plain = imported(user).filter(remote_id="", digest__in=[item.digest for item in items])
    by_mark: dict[tuple[str, str], RemoteAssistant] = {}
    for row in [*found.defer("snapshot").order_by("made", "id"), *plain.defer("snapshot")]:
        elsewhere = parent.base_url and row.base_url not in ("", parent.base_url)
        if (row.agent_id or row.thread_id) and not elsewhere:
            by_mark[row.kind, row.remote_id or row.digest] = row
    marks = {item.number: (item.kind, item.remote_id or item.digest) for item in items}
    return {number: by_mark[mark] for number, mark in marks.items() if mark in by_mark}


def _first_with(parent: Import, items: list[ImportItem]) -> dict[str, ImportItem]:
    """The first item of the import that says the same words."""
    words = [item.words for item in items if item.words]
    same = parent.items.filter(words__in=words).defer("raw").order_by("-number")
    return {item.words: item for item in same}


def _threads_of(agents: list[str]) -> dict[str, int]:
    counted = Agent.objects.filter(id__in=agents).annotate(n=Count("participations"))
    return dict(counted.values_list("id", "n"))


def sentence_of(item: ImportItem) -> str:
    """Why it was not taken in, in words."""
    return GiintError(item.code, item.detail).sentence if item.code else ""


# --- one of them ----------------------------------------------------------------------------------


def reviewed(user: User, item: ImportItem) -> dict[str, Any]:
    """The original beside what it becomes, with everything there is to say about that."""
    (row,) = rows(user, item.parent, [item])
    found = found_of(item)
    there = known(user, found, origin_of(item.parent))
    shown = {
        **row,
        "raw": item.raw,
        "diff": item.diff or _diff(there, found, row),
        "changes": item.changes,
        "files": item.files,
        "becomes": None,
        "said": [],
        "notes": item.notes,
    }
    if item.kind in AGENTS:
        fit = review(user, found, item.changes)
        shown["becomes"] = fit.fields
        shown["notes"] = item.notes or [*(one.row() for one in fit.notes), *named(item)]
        return shown
    talk = talk_of(item.raw)
    shown["raw"] = {name: one for name, one in item.raw.items() if name not in ("messages", "runs")}
    shown["said"] = [{"role": one.role, "text": one.text[:2000]} for one in talk.said[:SAID]]
    shown["notes"] = item.notes or [one.row() for one in talk.notes]
    return shown


def _diff(there: RemoteAssistant | None, found: Found, row: Mapping[str, Any]) -> list[str]:
    return difference(there, found) if there and row["standing"] == "differs" else []


def named(item: ImportItem) -> list[dict[str, str]]:
    """Notes about files and vector stores that it names, before anybody fetched them."""
    draft: Draft = draft_of(item.kind, item.remote_id, item.raw)
    names = item.parent.told.get("files", {})
    can = "its server is asked for it" if item.parent.key_id else "a dump holds no contents"
    return [
        {"about": f"files.{one}", "did": "check", "says": f"{names.get(one) or one}: {can}."}
        for one in [*draft.files, *draft.stores]
    ]


# --- what is wanted -------------------------------------------------------------------------------


def want(
    *, user: User, item: ImportItem, changes: Mapping[str, Any] | None, again: Again | None
) -> ImportItem:
    """Keep what should be otherwise than the original. Raises BadField, ``import_busy``."""
    refuse_busy(item.parent)
    if changes is not None:
        item.changes = _checked(item, changes)
        fit = review(user, found_of(item), item.changes)
        item.name = str(fit.fields["name"])[:200]
    if again is not None:
        item.again = again
    item.save(update_fields=["changes", "again", "name"])
    return item


def _checked(item: ImportItem, changes: Mapping[str, Any]) -> dict[str, Any]:
    if item.kind not in AGENTS and changes:
        raise BadField(changes="A thread is taken in as it is.")
    wrong: dict[str, str] = {}
    kept: dict[str, Any] = {}
    for name, value in changes.items():
        if name not in FIELDS:
            wrong[name] = f"This cannot be changed here. There are: {', '.join(FIELDS)}."
            continue
        try:
            kept[name] = _value(name, value)
        except ValueError as error:
            wrong[name] = str(error)
    if wrong:
        raise BadField(**wrong)
    return kept


def _value(name: str, value: Any) -> Any:
    if name == "parameters":
        return checked(value)
    if name == "tools":
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise ValueError("This is a list of names of tools.")
        return value
    if not isinstance(value, str):
        raise ValueError("This is a text.")
    text = checked_text(name, value)
    if name == "name" and not text:
        raise ValueError("An agent needs a name.")
    return text


@transaction.atomic
def confirm(*, user: User, parent: Import, numbers: Iterable[int] | None) -> int:
    """Have these taken in (None: all that are new), and say how many they are. The job does it.

    Raises ``import_busy`` and ``import_unchosen``.
    """
    locked = Import.objects.select_for_update().get(pk=parent.pk)
    refuse_busy(locked)
    items: QuerySet[ImportItem] = parent.items.exclude(state=ImportItem.State.DONE)
    if numbers is not None:
        items = parent.items.filter(number__in=list(numbers))
        wanted = list(items.defer("raw"))
    else:
        wanted = [
            item
            for item, row in zip(items, rows(user, parent, items), strict=True)
            if row["standing"] == "new"
        ]
    if not wanted:
        raise GiintError("import_unchosen")
    ids = [item.pk for item in wanted]
    parent.items.filter(pk__in=ids).update(state=ImportItem.State.CHOSEN, code="", detail="")
    locked.state, locked.claimed, locked.ended = Import.State.TAKING, None, None
    locked.code = locked.detail = ""
    locked.save(update_fields=["state", "claimed", "ended", "code", "detail"])
    return len(ids)


def refuse_busy(parent: Import) -> None:
    if parent.state in (Import.State.READING, Import.State.TAKING):
        raise GiintError("import_busy")


def forget(*, parent: Import) -> None:
    """Let go of the import; what was taken in stays. Raises ``import_busy``."""
    refuse_busy(parent)
    parent.delete()
