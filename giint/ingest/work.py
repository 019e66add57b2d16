"""The job that reads servers and takes in what was confirmed: one process by claim, item by item.

Whoever dies leaves rows that say how far it came; another goes on after the claim has ended. Taking
the same in twice makes it once, so nothing is lost or doubled by that.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from accounts.models import ProviderKey, User
from agents.endpoints import endpoint_of
from agents.ingest.mapping import draft_of
from agents.ingest.objects import AGENTS, TALKS, Found, in_order
from agents.ingest.taking import take_agent
from agents.ingest.using import AGENTS as AGENT_KINDS
from agents.ingest.using import keeper_of, look_up, use
from agents.models import Agent, Import, ImportItem
from agents.providers import reading
from agents.providers.stateful import Object
from giint.core.errors import BadField, GiintError
from giint.ingest.fetching import fetch
from giint.ingest.opening import keep
from giint.ingest.reviewing import found_of, origin_of
from giint.ingest.threads import take_thread
from transcripts.models import File

log = logging.getLogger(__name__)
HOLD = timedelta(minutes=10)  # past the bound of one item: 200 files at 30 s do not all hang
MOVING = (Import.State.READING, Import.State.TAKING)
ITEMS = 20_000  # objects of one account
Progress = Callable[[ImportItem], None]


class Lost(Exception):
    """The claim is somebody else's now."""


@dataclass(slots=True)
class Held:
    """The right to work on an import, until ``until``."""

    parent: Import
    until: datetime

    def renew(self) -> None:
        """Prove it, before each piece of work. Raises Lost."""
        until = timezone.now() + HOLD
        mine = Import.objects.filter(pk=self.parent.pk, claimed=self.until)
        if not mine.update(claimed=until):
            raise Lost
        self.until = until

    def end(self, state: str, code: str = "", detail: str = "") -> None:
        mine = Import.objects.filter(pk=self.parent.pk, claimed=self.until)
        now = timezone.now()
        mine.update(state=state, code=code, detail=detail[:2000], claimed=None, ended=now)


def look(ending: Callable[[], bool]) -> None:
    """Whatever waits. Any process may call it at any time."""
    while not ending():
        held = _claim()
        if held is None:
            return
        carry_out(held, ending)


def work_on(parent: Import, progress: Progress = lambda item: None) -> Import:
    """Do it here and now, for the command. Somebody else may be at it: then wait for nothing."""
    held = _claim(parent.pk)
    if held is not None:
        carry_out(held, lambda: False, progress)
    parent.refresh_from_db()
    return parent


def _claim(pk: str | None = None) -> Held | None:
    now = timezone.now()
    free = Import.objects.filter(Q(claimed=None) | Q(claimed__lte=now), state__in=MOVING)
    free = free.filter(pk=pk) if pk else free
    found = free.select_related("key__user__account", "user").order_by("created").first()
    if found is None:
        return None
    until = now + HOLD
    same = Q(claimed=found.claimed) if found.claimed else Q(claimed=None)
    if not Import.objects.filter(same, pk=found.pk, state=found.state).update(claimed=until):
        return None
    return Held(found, until)


def carry_out(
    held: Held, ending: Callable[[], bool], progress: Progress = lambda item: None
) -> None:
    """Read or take in, whichever it waits for. What fails is said in its row."""
    parent = held.parent
    try:
        if parent.state == Import.State.TAKING:
            if _take_all(held, ending, progress):
                held.end(Import.State.DONE)
        else:
            _read(held)
            held.end(Import.State.READY)
    except Lost:
        log.info("import %s is worked on by somebody else", parent.pk)
    except GiintError as error:
        held.end(Import.State.FAILED, error.code, error.detail)
    except Exception:
        log.exception("import %s failed", parent.pk)
        held.end(Import.State.FAILED, "internal")


# --- reading --------------------------------------------------------------------------------------


def _read(held: Held) -> None:
    """List what the account keeps, or look up what was asked for by its id."""
    parent = held.parent
    parent.items.all().delete()  # of a reading that broke off
    if parent.source == Import.Source.FILE:
        raise GiintError("internal", "the server stopped while it read the file; open it again")
    if parent.key is None:
        raise GiintError("no_remote_account", f"the key of {parent.name} is gone")
    found = _wanted(parent, parent.key) if parent.wanted else _listed(held, parent.key)
    tags = {one.id: one.tags for one in found}
    held.renew()
    keep(parent, (Found(one.kind, one.id, one.raw) for one in found), tags)


def _listed(held: Held, key: ProviderKey) -> list[Object]:
    """Assistants and agents; talks where they can be listed. Raises what listing agents gave."""
    keeper = keeper_of(key)
    if keeper is None:
        raise GiintError("no_remote_account", key.label)
    found: list[Object] = []
    endpoint = endpoint_of(key)
    for kind in (*AGENT_KINDS, "session"):
        if kind not in keeper.listable:
            continue
        held.renew()
        reply = keeper.inventory(endpoint, kind)
        if reply.code:
            raise GiintError(reply.code, reply.detail)
        found += reply.objects
    return found[:ITEMS]


def _wanted(parent: Import, key: ProviderKey) -> list[Object]:
    """Each by itself; one that is not there costs none of the others."""
    found, missing = [], {}
    for id_ in parent.wanted:
        try:
            found.append(look_up(parent.user, id_, keys=[key])[1])
        except GiintError as error:
            missing[id_] = error
    if not found and missing:
        raise next(iter(missing.values()))
    parent.told = {"missing": {id_: error.sentence for id_, error in missing.items()}}
    Import.objects.filter(pk=parent.pk).update(told=parent.told)
    return found


# --- taking in ------------------------------------------------------------------------------------


def _take_all(held: Held, ending: Callable[[], bool], progress: Progress) -> bool:
    """Agents before talks, which refer to them. False: this process ends, another goes on."""
    chosen = held.parent.items.filter(state=ImportItem.State.CHOSEN)
    for items in (chosen.filter(kind__in=AGENTS), chosen.exclude(kind__in=AGENTS)):
        for number in list(items.values_list("number", flat=True)):
            if ending():
                Import.objects.filter(pk=held.parent.pk, claimed=held.until).update(claimed=None)
                return False
            held.renew()
            item = held.parent.items.get(number=number)
            item.parent = held.parent
            take(item)
            progress(item)
    return True


def take(item: ImportItem) -> None:
    """Take one in and write down what became of it. One that fails stops none of the others."""
    try:
        done = _take_agent(item) if item.kind in AGENTS else _take_thread(item)
        done |= {"state": ImportItem.State.DONE, "code": "", "detail": ""}
    except BadField as error:
        said = " ".join(f"{name}: {why}" for name, why in error.fields.items())
        done = {"state": ImportItem.State.FAILED, "code": error.code, "detail": said[:2000]}
    except GiintError as error:
        done = {"state": ImportItem.State.FAILED, "code": error.code, "detail": error.detail}
    except Exception:
        log.exception("item %s of import %s failed", item.number, item.parent_id)
        done = {"state": ImportItem.State.FAILED, "code": "internal", "detail": ""}
    for name, value in done.items():
        setattr(item, name, value)
    item.save(update_fields=list(done))


def _take_agent(item: ImportItem) -> dict[str, Any]:
    user, parent = item.parent.user, item.parent
    found = found_of(item)
    taken = take_agent(
        user=user,
        found=found,
        origin=origin_of(parent),
        changes=item.changes,
        again="update" if item.again == "update" else "keep",
    )
    draft = draft_of(found.kind, found.remote_id, found.raw)
    fetched = fetch(
        user=user,
        key=parent.key,
        wanted=draft.files,
        stores=draft.stores,
        names=parent.told.get("files"),
    )
    return {
        "outcome": taken.outcome,
        "agent": taken.agent,
        "notes": [one.row() for one in [*taken.notes, *fetched.notes]],
        "diff": taken.diff,
        "files": fetched.files,
    }


def _take_thread(item: ImportItem) -> dict[str, Any]:
    user, parent = item.parent.user, item.parent
    found = with_messages(parent.key, found_of(item))
    taken = take_thread(
        user=user, found=found, origin=origin_of(parent), whose=_whose(user, parent)
    )
    thread = taken.thread.id if taken.thread else None
    fetched = fetch(
        user=user,
        key=parent.key,
        wanted=taken.files,
        names=parent.told.get("files"),
        thread=thread,
    )
    if thread is not None:  # a file that was here already belongs to whatever it belonged to
        File.objects.filter(id__in=fetched.files, thread=None).update(thread=thread)
    return {
        "outcome": taken.outcome,
        "thread": taken.thread,
        "notes": [one.row() for one in [*taken.notes, *fetched.notes]],
        "diff": taken.diff,
        "files": fetched.files,
    }


def with_messages(key: ProviderKey | None, found: Found) -> Found:
    """A thread of a live server, with what was said in it. Raises what reading it gave."""
    if key is None or found.kind not in TALKS or "messages" in found.raw:
        return found
    read = reading.messages if found.kind == "thread" else reading.items
    said = read(endpoint_of(key), found.remote_id)
    if said.code:
        raise GiintError(said.code, said.detail)
    return Found(found.kind, found.remote_id, found.raw | {"messages": in_order(said.rows)})


def _whose(user: User, parent: Import) -> Callable[[str], Agent]:
    """Somebody who spoke in a thread and is not here is taken in at that moment."""

    def whose(remote_id: str) -> Agent:
        if parent.key is None:
            raise GiintError("remote_gone", remote_id)
        return use(user=user, remote_id=remote_id)

    return whose
