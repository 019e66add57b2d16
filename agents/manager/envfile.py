"""The current assistant's id in a file ``.env``, for programs beside GIINT that read it there.

One line changes, every other byte stays. The file is replaced in one step and stays its owner's
alone; what it was before is kept beside it. No interface but the command leads here.
"""

import contextlib
import fcntl
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from giint.core.errors import BadField
from giint.environment import ENV_FILE

NAME = "OPENAI_ASSISTANT_ID"
_ID = re.compile(r"[A-Za-z0-9_-]{1,120}")
_LINE = re.compile(rb"^(?:export )?" + NAME.encode() + rb"=[^\r\n]*", re.MULTILINE)


def write(assistant: str, path: Path | None = None) -> Path:
    """Set the line, and return where the file of before is kept. Raises BadField ``env``."""
    path = (path or ENV_FILE).resolve()
    if not _ID.fullmatch(assistant):
        raise BadField(env="The id has signs that a file of variables cannot hold.")
    try:
        with _alone(path.parent):
            before = path.read_bytes()
            after = with_line(before, assistant)
            kept = path.with_name(f"{path.name}.backup")
            _replace(kept, before, like=path)
            _replace(path, after, like=path)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise BadField(env=f"{path} cannot be written: {why}.") from error
    return kept


def with_line(text: bytes, assistant: str) -> bytes:
    """``text`` with the id in its line, or in a new last one. Raises BadField ``env`` where two
    lines say it: their readers do not agree on which one counts.
    """
    line = f"{NAME}={assistant}".encode()
    lines = _LINE.findall(text)
    if len(lines) > 1:
        raise BadField(env=f"{len(lines)} lines set {NAME}. Remove all but one.")
    if lines:
        keeps = b"export " if lines[0].startswith(b"export ") else b""
        return _LINE.sub(lambda _: keeps + line, text)
    end = b"\r\n" if b"\r\n" in text else b"\n"
    whole = text if not text or text.endswith(b"\n") else text + end
    return whole + line + end


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One writer after another: the second one reads what the first one wrote."""
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def _replace(path: Path, text: bytes, *, like: Path) -> None:
    """Write beside it and rename: whoever stops us half-way leaves the old file whole."""
    owner = like.stat()
    number, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(number, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
            with contextlib.suppress(PermissionError):
                os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
