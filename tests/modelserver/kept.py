"""What a server that keeps objects for its clients counts, and what it can be told to do wrong.

Shared by the wires that keep some: each has its own store and its own routes.
"""

from collections import Counter
from collections.abc import Mapping

from aiohttp import web

from tests.modelserver.script import Reply, error

CUT = 0  # in ``delete_answers``: deleted, and the connection cut instead of an answer


class Keeping:
    """Part of the model server. Counters are by kind: ``server.created["assistant"]``.

    All may be read, and what it is told be set, from any thread.
    """

    def __init__(self) -> None:
        self.created: Counter[str] = Counter()
        self.deleted: Counter[str] = Counter()
        self.updated: Counter[str] = Counter()
        self.lose_creates = 0  # so many next ones: the object is made, the connection cut
        # Statuses of the next deletes: 404 where somebody else was faster, 500 where nothing is
        # deleted, CUT.
        self.delete_answers: list[int] = []
        self.refusals: list[Reply] = []  # for the next requests about kept objects, whatever it is
        self.refused_keys: set[str] = set()
        self.hosted_gone = False  # the Assistants routes answer 404, as the hosted ones do

    def made(self, kind: str, request: web.Request) -> None:
        """An object was made; its answer may be lost."""
        self.created[kind] += 1
        if self.lose_creates and request.transport:
            self.lose_creates -= 1
            request.transport.abort()

    def deleting(self, request: web.Request) -> int:
        """The status that a delete is to be answered with; 500 and more: nothing is deleted."""
        status = self.delete_answers.pop(0) if self.delete_answers else 200
        if status == CUT and request.transport:
            request.transport.abort()
        return status or 200

    def refuses(self, headers: Mapping[str, str]) -> Reply | None:
        """What a request about kept objects is answered with instead, if anything."""
        if headers.get("authorization", "").removeprefix("Bearer ") in self.refused_keys:
            said = {"message": "Incorrect API key provided.", "code": "invalid_api_key"}
            return error(401, {"error": said | {"type": "invalid_request_error", "param": None}})
        return self.refusals.pop(0) if self.refusals else None
