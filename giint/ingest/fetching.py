"""Files that come along: what an assistant or a message names, where its server gives it."""

import io
from collections.abc import Iterable
from dataclasses import dataclass, field

from accounts.models import ProviderKey, User
from agents.endpoints import endpoint_of
from agents.ingest.mapping import Note
from agents.providers import reading
from agents.providers.base import Endpoint
from giint.core.errors import GiintError
from transcripts import files
from transcripts.models import File

MOST = 200  # files of one item


@dataclass(slots=True)
class Fetched:
    """Ids of files of ours, and a note for each of theirs."""

    files: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def note(self, remote_id: str, taken: bool, says: str) -> None:
        self.notes.append(Note(f"files.{remote_id}", "kept" if taken else "not_taken", says))


def fetch(
    *,
    user: User,
    key: ProviderKey | None,
    wanted: Iterable[str],
    stores: Iterable[str] = (),
    names: dict[str, str] | None = None,
    thread: str | None = None,
) -> Fetched:
    """Store what ``wanted`` and the vector ``stores`` name. ``names``: what a dump tells of files,
    which holds no content. A file that cannot be had costs a note and nothing else.
    """
    done = Fetched()
    ids = list(dict.fromkeys(wanted))
    if key is None:
        for one in ids:
            called = (names or {}).get(one) or one
            done.note(one, False, f"{called}: a dump holds no contents. Upload it again.")
        for store in stores:
            done.note(store, False, "A vector store: the dump does not say which files are in it.")
        return done
    endpoint = endpoint_of(key)
    for store in stores:
        ids += _of_store(endpoint, store, done)
    for one in list(dict.fromkeys(ids))[:MOST]:
        _one(user, key, endpoint, one, thread, done)
    if len(ids) > MOST:
        done.note("rest", False, f"{len(ids) - MOST} more files: at most {MOST} come along.")
    return done


def _of_store(endpoint: Endpoint, store: str, done: Fetched) -> list[str]:
    listed = reading.store_files(endpoint, store)
    if listed.code:
        done.note(store, False, GiintError(listed.code, listed.detail).sentence)
        return []
    ids = [one["id"] for one in listed.rows if isinstance(one.get("id"), str)]
    done.note(store, True, f"A vector store of {len(ids)} files; the search over them stays there.")
    return ids


def _one(
    user: User,
    key: ProviderKey,
    endpoint: Endpoint,
    remote_id: str,
    thread: str | None,
    done: Fetched,
) -> None:
    if (there := _stored(user, key, remote_id)) is not None:
        done.files.append(there.id)
        done.note(remote_id, True, f"{there.name} is here already.")
        return
    given = reading.file(endpoint, remote_id, files.largest())
    if given.code:
        done.note(remote_id, False, GiintError(given.code, given.detail).sentence)
        return
    try:
        stored = files.store(
            owner=user,
            name=given.name or remote_id,
            content=io.BytesIO(given.content),
            thread=thread,
        )
    except GiintError as error:
        done.note(remote_id, False, f"{given.name}: {error.sentence}")
        return
    File.objects.filter(pk=stored.pk).update(remote_ids={key.id: remote_id})
    done.files.append(stored.id)
    done.note(remote_id, True, f"{stored.name}, {stored.size:,} bytes.")


def _stored(user: User, key: ProviderKey, remote_id: str) -> File | None:
    named = {f"remote_ids__{key.id}": remote_id}
    return File.objects.filter(owner=user, **named).first()
