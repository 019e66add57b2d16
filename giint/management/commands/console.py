"""``manage.py console post|list|cancel``: console messages, from the shell. docs/console.md."""

import getpass
import socket
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.backends import find
from accounts.models import User
from giint import engine
from giint.core.errors import GiintError
from transcripts.models import ConsoleMessage

ROWS = 50


class Command(BaseCommand):
    help = (
        "Console messages. post: put one into a person's chat, where their agent answers it. list: "
        "what was posted, without its words. cancel: take back what no agent has yet."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        post = actions.add_parser("post", help="post one, and print its id")
        post.add_argument("text", help="what it says; - reads it from the standard input")
        post.add_argument("--user", required=True, help="user name or mail address")
        post.add_argument("--thread", help="where it goes; without it, where they last wrote")
        policies = ConsoleMessage.Policy
        post.add_argument("--policy", choices=policies.values, default=policies.INTERRUPT.value)
        post.add_argument("--hold", action="store_true", help="not before they are there")
        post.add_argument("--expires", type=float, metavar="MINUTES", help="not later than that")
        post.add_argument("--id", help="yours: posted again under it, it is the same message")
        listing = actions.add_parser("list", help="the newest ones")
        listing.add_argument("--user", help="of this person alone")
        listing.add_argument("--status", choices=ConsoleMessage.Status.values)
        cancel = actions.add_parser("cancel", help="take some back")
        cancel.add_argument("console", nargs="+", help="their ids, as list shows them")

    def handle(self, *args: Any, **options: Any) -> None:
        {"post": self._post, "list": self._list, "cancel": self._cancel}[options["action"]](options)

    def _post(self, options: dict[str, Any]) -> None:
        text = options["text"]
        posting = engine.Posting(
            text=sys.stdin.read() if text == "-" else text,
            source=ConsoleMessage.Source.SHELL,
            name=f"{getpass.getuser()}@{socket.gethostname()}",
            thread=options["thread"],
            policy=options["policy"],
            hold=options["hold"],
            minutes=options["expires"],
            client_id=options["id"],
        )
        try:
            posted = engine.post(user=_person(options["user"]), posting=posting)
        except GiintError as error:
            raise CommandError(error.sentence) from None
        row = posted.message.row()
        self.stdout.write(row["id"])
        again = "" if posted.created else "It was there already. "
        self.stderr.write(f"{again}{row['status'].capitalize()}. {row['sentence']}".strip())

    def _list(self, options: dict[str, Any]) -> None:
        rows = ConsoleMessage.objects.select_related("user")
        if options["user"]:
            rows = rows.filter(user=_person(options["user"]))
        if options["status"]:
            rows = rows.filter(status=options["status"])
        for row in rows.order_by("-created", "-id")[:ROWS]:
            why = f" ({row.code})" if row.code else ""
            self.stdout.write(
                f"{row.id}  {row.created:%Y-%m-%d %H:%M}  {row.user}  {row.source}  {row.policy}  "
                f"{row.status}{why}  {row.thread_id or 'no thread yet'}"
            )

    def _cancel(self, options: dict[str, Any]) -> None:
        wanted = list(dict.fromkeys(options["console"]))
        rows = ConsoleMessage.objects.select_related("user").in_bulk(wanted)
        failed = []
        for id_ in wanted:
            try:
                if id_ not in rows:
                    raise GiintError("not_found")
                engine.cancel(user=rows[id_].user, console=id_)
            except GiintError as error:
                failed.append(f"{id_}: {error.sentence}")
        self.stdout.write(f"{len(wanted) - len(failed)} of {len(wanted)} taken back.")
        if failed:
            raise CommandError("\n".join(failed), returncode=1)


def _person(name: str) -> User:
    user = find(name)
    if user is None:
        raise CommandError(f"There is nobody called {name}.")
    return user
