"""Files of people: stored under their id, given out whole, deleted with their content."""

import hashlib
import logging
from collections.abc import Iterable
from typing import IO

from django.conf import settings
from django.core.files.base import File as Stored
from django.core.files.storage import default_storage
from django.db import transaction

from accounts.models import User
from giint.core import ids
from giint.core.errors import GiintError, NotFound
from transcripts.access import file_for
from transcripts.models import File
from transcripts.sniffing import HEAD, clean_name, sniffed

log = logging.getLogger(__name__)
FILES = 10_000  # of one person
CHUNK = 65_536  # bytes


def largest() -> int:
    """Bytes that one file may have."""
    return settings.GIINT_FILE_SIZE * 1_048_576


def store(*, owner: User, name: str, content: IO[bytes], thread: str | None = None) -> File:
    """Keep ``content``, read from where it stands. Its type is what its bytes are.

    Raises ``file_too_large``, ``limit_reached``, BadField for its name, and NotFound for a thread
    that is not the owner's.
    """
    name = clean_name(name)
    if thread is not None and not owner.threads.filter(id=thread).exists():
        raise NotFound
    if owner.files.count() >= FILES:
        raise GiintError("limit_reached")
    size, digest, head = _measured(content)
    content.seek(0)
    row = File(
        id=ids.file_id(),
        owner=owner,
        thread_id=thread,
        name=name,
        type=sniffed(head, name),
        size=size,
        sha256=digest,
    )
    # Under its id: no name of a person's ever reaches the file system.
    row.content.save(row.id, Stored(content), save=False)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except BaseException:
        _unlink([row.content.name or ""])
        raise
    return row


def content_of(file: File) -> bytes:
    """The whole of it. Raises ``file_gone`` if the disk has lost or changed it."""
    try:
        with file.content.open("rb") as source:
            content: bytes = source.read()
    except OSError:
        raise GiintError("file_gone") from None
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise GiintError("file_gone", "what is there is not what was stored")
    return content


def delete(*, user: User, file: str) -> None:
    """Delete it, and what it holds once that is committed. Raises NotFound."""
    with transaction.atomic():
        row = file_for(user, file)
        drop_content([row])
        row.delete()


def drop_content(files: Iterable[File]) -> None:
    """Once the transaction is committed, take the content of ``files`` off the disk: for whoever
    deletes their rows.
    """
    names = [file.content.name or "" for file in files]
    if names:
        transaction.on_commit(lambda: _unlink(names))


def orphans() -> list[str]:
    """Contents on the disk that no row is about, as a deleted person leaves them."""
    found = []
    for year in _folders("files"):
        for month in _folders(year):
            names = [f"{month}/{name}" for name in default_storage.listdir(month)[1]]
            known = set(File.objects.filter(content__in=names).values_list("content", flat=True))
            found += [name for name in names if name not in known]
    return sorted(found)


def sweep(names: Iterable[str]) -> None:
    """Take orphans off the disk."""
    _unlink(names)


def _folders(below: str) -> list[str]:
    if not default_storage.exists(below):
        return []
    return sorted(f"{below}/{name}" for name in default_storage.listdir(below)[0])


def _measured(content: IO[bytes]) -> tuple[int, str, bytes]:
    size, total, head = 0, hashlib.sha256(), b""
    while chunk := content.read(CHUNK):
        size += len(chunk)
        if size > largest():
            raise GiintError("file_too_large", f"at most {settings.GIINT_FILE_SIZE} MiB")
        total.update(chunk)
        head += chunk[: max(0, HEAD - len(head))]
    return size, total.hexdigest(), head


def _unlink(names: Iterable[str]) -> None:
    for name in names:
        try:
            default_storage.delete(name)
        except OSError as error:  # its row is gone: the sweep finds it again
            log.warning("The content %s was not deleted: %s", name, error)
