"""The websocket at /ws/, one per tab. The frames: docs/protocol.md. It starts and follows runs, and
knows no more.
"""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from channels.consumer import get_handler_name
from channels.generic.websocket import AsyncWebsocketConsumer

from accounts.models import User
from accounts.principal import Connection, connection_of_scope
from accounts.services import set_state
from accounts.state import StateConflict
from agents.ingest.using import PREFIXES, is_assistant, use
from giint import engine
from giint.core.db import in_db, in_thread, read_db
from giint.core.errors import GiintError
from giint.engine.journal import check_stream
from giint.engine.lasting import AWAY
from transcripts.models import ConsoleMessage

log = logging.getLogger(__name__)
FRAME = 1_048_576  # bytes of one frame from a client; the servers' own limits are above it
BURST, RATE = 60, 20.0  # frames at once, frames a second after that (ack and ping do not count)
Frame = dict[str, Any]


class ChatSocket(AsyncWebsocketConsumer):
    """One tab. A frame that is refused is answered by its code; the socket stays."""

    user: User
    follower: engine.Follower
    connection: Connection | None = None
    _writer: asyncio.Task[None] | None = None
    _tokens = float(BURST)
    _refilled = 0.0

    async def connect(self) -> None:
        engine.supervisor.start()
        try:
            found = await read_db(connection_of_scope, self.scope)
        except AWAY:
            await self.accept()  # after accepting, so that a browser is told why
            await self.close(4503)
            return
        await self.accept()
        if found is None:
            await self.close(4401)
            return
        self.user, self.connection = found
        await self._greet()
        self.follower = engine.follow(self.user)
        engine.supervisor.doors.add(self)
        self._writer = asyncio.ensure_future(self._write())

    async def _greet(self) -> None:
        """The person is there: what was held until then goes on."""
        try:
            if await read_db(engine.arrived, self.user):
                await in_db(engine.let_in, self.user)
        except AWAY:
            log.warning("the database is away: what was held stays so")

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Without what Channels does before each frame that comes in: it goes to a thread to look
        after database connections, and here none is used outside the pools, which do that.
        """
        await getattr(self, get_handler_name(message))(message)

    async def disconnect(self, code: int) -> None:
        engine.supervisor.doors.discard(self)
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.wait([self._writer])
            self.follower.leave()

    def lose(self) -> None:
        """The person lost the right to be here: nothing more goes out."""
        if self._writer is not None and not self._writer.done():
            engine.supervisor.doors.discard(self)
            self._writer.cancel()
            self._closing = asyncio.ensure_future(self.close(4401))

    # --- out --------------------------------------------------------------------------------------

    async def _write(self) -> None:
        try:
            async for frame in self.follower.frames():
                # No key ``bytes`` beside it, though the type asks for one: servers may refuse both.
                event: Any = {"type": "websocket.send", "text": frame}
                await self.base_send(event)
        except engine.TooSlow:
            await self.close(4408)
        except (OSError, RuntimeError):  # the client left in the middle of a frame
            log.debug("socket of %s went away while sending", self.user.pk)
        except AWAY as error:  # what was to be read is read by whoever comes back
            log.warning("socket closed, the database is away (%s)", type(error).__name__)
            await self.close(4503)
        except Exception:  # a socket that stays open and says nothing would be the worst
            log.exception("socket of %s failed while writing", self.user.pk)
            await self.close(4500)

    # --- in ---------------------------------------------------------------------------------------

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self._writer is None or self._writer.done():
            return
        frame: Frame = {}
        try:
            frame = self._parsed(text_data)
            await self._do(frame)
        except StateConflict as conflict:
            self._refuse(frame, conflict, version=conflict.version, state=conflict.state)
        except GiintError as error:
            self._refuse(frame, error)
        except AWAY as error:  # whether it was done nobody knows: the client comes back and asks
            log.warning("frame %s: the database is away (%s)", frame["op"], type(error).__name__)
            self._writer.cancel()
            await self.close(4503)
        except Exception:
            log.exception("frame %s failed", frame.get("op"))
            self._refuse(frame, GiintError("internal"))

    def _parsed(self, text: str | None) -> Frame:
        if text is None:
            raise GiintError("bad_frame", "binary frames are not used here")
        if len(text) > FRAME:
            raise GiintError("frame_too_large", f"at most {FRAME} bytes")
        try:
            frame = json.loads(text)
        except (ValueError, RecursionError):
            raise GiintError("bad_frame", "not JSON") from None
        if not isinstance(frame, dict):
            raise GiintError("bad_frame")
        return frame

    async def _do(self, frame: Frame) -> None:
        operation = frame.get("op")
        handler = OPERATIONS.get(operation) if isinstance(operation, str) else None
        if handler is None:
            raise GiintError("bad_frame", "unknown op")
        if operation not in FREE and not self._may():
            raise GiintError("too_fast")
        await handler(self, frame)

    def _may(self) -> bool:
        """A bucket of tokens: a burst, then a steady rate."""
        now = time.monotonic()
        self._tokens = min(BURST, self._tokens + (now - self._refilled) * RATE)
        self._refilled = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def _refuse(self, frame: Frame, error: GiintError, **more: Any) -> None:
        id_ = frame.get("id") if isinstance(frame.get("id"), str) else None
        self.follower.reply(
            {"op": "error", "id": id_, "code": error.code, "message": error.sentence, **more}
        )

    def _ok(self, frame: Frame, **more: Any) -> None:
        if isinstance(frame.get("id"), str):
            self.follower.reply({"op": "ok", "id": frame["id"], **more})

    # --- the operations ---------------------------------------------------------------------------

    async def _subscribe(self, frame: Frame) -> None:
        stream = check_stream(frame.get("stream"))
        after = frame.get("after")
        if after is not None and (type(after) is not int or not 0 <= after < 2**62):
            raise GiintError("bad_position")
        await self.follower.subscribe(stream, after, _text(frame, "epoch", None))

    async def _unsubscribe(self, frame: Frame) -> None:
        self.follower.unsubscribe(check_stream(frame.get("stream")))

    async def _send(self, frame: Frame) -> None:
        asked = engine.Asked(
            client_id=_text(frame, "id", "") or "",
            text=_text(frame, "text", "") or "",
            thread=_text(frame, "thread", None),
            agent=_text(frame, "agent", None),
            after=_text(frame, "parent", None),
            branches="parent" in frame,
            again=_text(frame, "again", None),
        )
        try:
            started = await in_db(engine.start, user=self.user, asked=asked)
        except GiintError as error:
            asked = await self._elsewhere(asked, error)
            started = await in_db(engine.start, user=self.user, asked=asked)
        self._ok(
            frame,
            thread=started.thread,
            message=started.message,
            run=started.run,
            created=started.created,
        )

    async def _elsewhere(self, asked: engine.Asked, refused: GiintError) -> engine.Asked:
        """``asked`` of an agent that is known at a provider alone: it is taken in at this moment.
        Raises ``refused`` where that is not why it was, and what the provider refuses.
        """
        if refused.code != "no_agent" or not (asked.agent or "").startswith(PREFIXES):
            raise refused
        try:
            agent = await in_thread(use, user=self.user, remote_id=asked.agent or "")
        except GiintError as error:
            is_ours = error.code == "no_remote_account" and not is_assistant(asked.agent)
            raise refused if is_ours else error from None
        return replace(asked, agent=agent.id)

    async def _stop(self, frame: Frame) -> None:
        stopped = await in_db(engine.stop, user=self.user, thread=_text(frame, "thread", "") or "")
        if not stopped:
            raise GiintError("not_running")
        self._ok(frame)

    async def _approve(self, frame: Frame) -> None:
        decision = frame.get("decision")
        if decision not in ("approve", "deny"):
            raise GiintError("bad_field", "decision: approve or deny")
        for_thread = frame.get("for_thread", False)
        if not isinstance(for_thread, bool):
            raise GiintError("bad_field", "for_thread")
        verdict = engine.Verdict(
            approves=decision == "approve",
            arguments=_text(frame, "arguments", None),
            reason=_text(frame, "reason", "") or "",
            for_thread=for_thread,
        )
        call = _text(frame, "call", "") or ""
        await in_db(engine.decide, user=self.user, approval=call, verdict=verdict)
        self._ok(frame)

    async def _console(self, frame: Frame) -> None:
        posting = engine.Posting(
            text=_text(frame, "text", "") or "",
            source=ConsoleMessage.Source.SOCKET,
            name=self.user.get_full_name() or self.user.get_username(),
            author=self.user,
            thread=_text(frame, "thread", None),
            policy=_text(frame, "policy", None) or ConsoleMessage.Policy.INTERRUPT.value,
            client_id=_text(frame, "id", None),
        )
        posted = await in_db(engine.post, user=self.user, posting=posting)
        self._ok(frame, console=posted.message.id, created=posted.created)

    async def _dequeue(self, frame: Frame) -> None:
        message = _text(frame, "message", "") or ""
        await in_db(engine.dequeue, user=self.user, message=message)
        self._ok(frame)

    async def _state(self, frame: Frame) -> None:
        version, patch = frame.get("version"), frame.get("patch")
        if type(version) is not int or not isinstance(patch, dict):
            raise GiintError("bad_field", "version, patch")
        state = await in_db(set_state, user=self.user, version=version, patch=patch)
        self._ok(frame, version=state.version)

    async def _ack(self, frame: Frame) -> None:
        received = frame.get("bytes")
        if type(received) is not int or received < 0:
            raise GiintError("bad_field", "bytes")
        self.follower.ack(received)

    async def _ping(self, frame: Frame) -> None:
        self.follower.reply({"op": "pong"})


def _text(frame: Frame, name: str, default: str | None) -> str | None:
    """A field that is a text, or absent or null. Raises ``bad_field``."""
    value = frame.get(name)
    if value is None:
        return default
    if not isinstance(value, str):
        raise GiintError("bad_field", name)
    return value


FREE = {"ack", "ping"}
OPERATIONS: dict[str, Callable[[ChatSocket, Frame], Awaitable[None]]] = {
    "subscribe": ChatSocket._subscribe,
    "unsubscribe": ChatSocket._unsubscribe,
    "send": ChatSocket._send,
    "stop": ChatSocket._stop,
    "approve": ChatSocket._approve,
    "console": ChatSocket._console,
    "dequeue": ChatSocket._dequeue,
    "state": ChatSocket._state,
    "ack": ChatSocket._ack,
    "ping": ChatSocket._ping,
}
