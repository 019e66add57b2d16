"""``manage.py tokens create|list|revoke``: bearers of the API, from the shell."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts import tokens
from accounts.backends import find
from accounts.models import ApiToken, User
from accounts.scopes import SCOPES
from giint.core import batch
from giint.core.errors import GiintError, NotFound


class Command(BaseCommand):
    help = (
        "API tokens. create: make one and print it, this one time. list: what there is of a person "
        "or of everybody. revoke: end some; exits with 1 if one of them is not there."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        create = actions.add_parser("create", help="make a token and print it")
        create.add_argument("person", help="user name or mail address")
        create.add_argument("--name", required=True, help="what it is for")
        create.add_argument(
            "--scope", action="append", choices=list(SCOPES), required=True, help="may be repeated"
        )
        create.add_argument("--days", type=int, default=90, help="until it ends; 0: never")
        listing = actions.add_parser("list", help="show the tokens that have not ended")
        listing.add_argument("person", nargs="?", help="of this person alone")
        revoke = actions.add_parser("revoke", help="end tokens")
        revoke.add_argument("token", nargs="+", help="their ids, as list shows them")

    def handle(self, *args: Any, **options: Any) -> None:
        {"create": self._create, "list": self._list, "revoke": self._revoke}[options["action"]](
            options
        )

    def _create(self, options: dict[str, Any]) -> None:
        user = _person(options["person"])
        days = options["days"]
        if not 0 <= days <= 36_500:
            raise CommandError("--days is from 0 (never) to 36500.")
        try:
            row, value = tokens.make(
                user=user,
                name=options["name"],
                scopes=options["scope"],
                expires=timezone.now() + timedelta(days=days) if days else None,
            )
        except GiintError as error:
            raise CommandError(error.sentence) from None
        self.stderr.write(f"{row.id} of {user}: {', '.join(row.scopes)}. Shown this one time:")
        self.stdout.write(value.reveal())

    def _list(self, options: dict[str, Any]) -> None:
        rows = ApiToken.objects.filter(revoked=None).select_related("user")
        if options["person"]:
            rows = rows.filter(user=_person(options["person"]))
        for row in rows.order_by("user__username", "-created").iterator(chunk_size=batch.ROWS):
            ends = f"ends {row.expires:%Y-%m-%d}" if row.expires else "never ends"
            used = f"used {row.last_used:%Y-%m-%d %H:%M}" if row.last_used else "never used"
            may = "+".join(row.scopes)
            self.stdout.write(f"{row.id}  {row.user}  {row.begins}…  {may}  {ends}  {used}  {row}")

    def _revoke(self, options: dict[str, Any]) -> None:
        wanted = list(dict.fromkeys(options["token"]))
        owners = {
            row.pk: row.user
            for row in ApiToken.objects.select_related("user").filter(pk__in=wanted)
        }

        def act(token: str) -> None:
            if token not in owners:
                raise NotFound
            tokens.revoke(user=owners[token], token=token)

        outcome = batch.each(wanted, act)
        self.stdout.write(f"{outcome.done} of {outcome.total} revoked.")
        if outcome.failures:
            raise CommandError("\n".join(outcome.lines()), returncode=1)


def _person(name: str) -> User:
    user = find(name)
    if user is None:
        raise CommandError(f"There is nobody called {name}.")
    return user
