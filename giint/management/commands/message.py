"""``manage.py message send``: a message of a person's, from the shell, on the way that all of them
take. docs/api.md.
"""

import asyncio
import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.backends import find
from accounts.models import User
from giint import engine
from giint.core import db
from giint.core.db import read_db
from giint.core.errors import FAILURES, GiintError
from giint.core.ids import new_id
from giint.engine.claims import is_served
from giint.models import OPEN, Message, Run

LOOK = 0.2  # seconds between two looks at the run
NOBODY = (
    "It is kept, and nobody runs turns here now: no server, no worker. It is answered when one "
    "starts. To have it answered in this process, say the same again with --id {id} --run-here."
)
WAITS = "It waits for a decision, in the chat or at POST /api/v1/approvals: {calls}."


class Command(BaseCommand):
    help = "Messages. send: write one as a person, wait for the answer and print it."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        send = actions.add_parser("send", help="send one; exit code 1 if it is not answered")
        send.add_argument("text", help="what they say; - reads it from the standard input")
        send.add_argument("--user", required=True, help="user name or mail address")
        send.add_argument("--thread", help="where; without it, in a new thread")
        send.add_argument("--agent", help="who answers: name or id of one of the person's agents")
        send.add_argument("--id", help="yours: sent again under it, it is the same message")
        send.add_argument(
            "--run-here",
            action="store_true",
            help="answer it in this process, if no server or worker is sooner",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        user, id_ = _person(options["user"]), options["id"] or new_id("shell")
        text = options["text"]
        asked = engine.Asked(
            client_id=id_,
            text=sys.stdin.read() if text == "-" else text,
            thread=options["thread"],
            agent=_agent(user, options["agent"]),
        )
        try:
            started = engine.start(user=user, asked=asked)
        except GiintError as error:
            raise CommandError(error.sentence, returncode=1) from None
        self.stderr.write(f"{started.thread} {started.message} {started.run}")
        if options["run_here"]:
            asyncio.run(_carried_out(started))
            db.shutdown()
        elif not _seen_to_its_end(started.run):
            raise CommandError(NOBODY.format(id=id_), returncode=1)
        self._tell(Run.objects.get(id=started.run))

    def _tell(self, run: Run) -> None:
        said = run.messages.filter(role=Message.Role.ASSISTANT).order_by("number")
        for message in said.exclude(text=""):
            self.stdout.write(message.text)
        if run.status == Run.Status.WAITING:
            open_ = run.approvals.filter(decision="").order_by("pk")
            calls = "; ".join(f"{one.tool} {one.arguments}" for one in open_)
            raise CommandError(WAITS.format(calls=calls), returncode=1)
        if run.status != Run.Status.COMPLETED:
            sentence = FAILURES[run.code].sentence if run.code in FAILURES else run.status
            raise CommandError(sentence, returncode=1)


async def _carried_out(started: engine.Started) -> None:
    """The turns of the thread run in this process until that one is over; whoever else is there may
    take it, too.
    """
    engine.supervisor.start("command", only=started.thread)
    try:
        while True:
            if await read_db(_is_over, started.run):
                return
            await asyncio.sleep(LOOK)
    finally:
        await engine.supervisor.drain()


def _seen_to_its_end(run: str) -> bool:
    """False where nobody is there to take it, or nobody any more."""
    while not _is_over(run):
        if not is_served():
            return False
        time.sleep(LOOK)
    return True


def _is_over(run: str) -> bool:
    """Whether this command can do nothing more: it has ended, or waits for a person."""
    going_on = [status for status in OPEN if status != Run.Status.WAITING]
    return not Run.objects.filter(id=run, status__in=going_on).exists()


def _person(name: str) -> User:
    user = find(name)
    if user is None:
        raise CommandError(f"There is nobody called {name}.", returncode=1)
    return user


def _agent(user: User, name: str | None) -> str | None:
    """The id of their agent of that name or id; None for none."""
    if not name:
        return None
    mine = user.agents.filter(archived=False)
    found = mine.filter(id=name).first() or mine.filter(name__iexact=name).first()
    if found is None:
        raise CommandError(f"{user} has no agent called {name}.", returncode=1)
    return str(found.id)
