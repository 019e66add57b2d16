"""``manage.py sync models|assistants|all``: read what accounts list. docs/catalogue.md and
docs/import.md.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q
from tqdm import tqdm

from accounts.models import User
from agents.catalogue.accounts import ServerAccount, accounts_of, every_account
from agents.catalogue.sync import Outcome, sync
from agents.ingest.upstream import Looked, kept_with, look

NOUNS = ("models", "assistants", "all")
LOOKED = ("account", "server", "same", "changed", "gone", "not asked", "result")
HEAD = ("account", "server", "listed", "new", "changed", "back", "gone", "result")


class Command(BaseCommand):
    help = (
        "models: read the list of models of every account, or of one person's, and write what "
        "changed. assistants: ask which originals of imports, and which assistants that the "
        "manager holds, were changed or are gone at their servers; marks them, deletes nothing. "
        "Exits with 1 if a server could not be read; the others are written all the same."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        nouns = parser.add_subparsers(dest="noun", required=True)
        for noun in NOUNS:
            one = nouns.add_parser(noun, help="both" if noun == "all" else f"the {noun}")
            whose = one.add_mutually_exclusive_group()
            whose.add_argument("--user", help="a username or an address: that person's accounts")
            whose.add_argument("--all", action="store_true", help="every account; the default")
            if noun != "assistants":
                one.add_argument(
                    "--force",
                    action="store_true",
                    help="read lists that are fresh too (GIINT_CATALOGUE_TTL)",
                )

    def handle(self, *args: Any, **options: Any) -> None:
        accounts = self._accounts(options["user"])
        if not accounts:
            self.stdout.write("There is no account to read: no key, and no shared account.")
            return
        failures = []
        if options["noun"] != "assistants":
            failures.append(self._models(accounts, force=options["force"]))
        if options["noun"] != "models":
            failures.append(self._assistants(accounts))
        if said := " ".join(filter(None, failures)):
            raise CommandError(said)

    def _models(self, accounts: list[ServerAccount], *, force: bool) -> str:
        """Why it failed, or nothing."""
        bar = tqdm(total=len(accounts), unit="account", disable=None, leave=False)
        outcomes = []
        with bar:
            for outcome in sync(accounts, force=force):
                outcomes.append(outcome)
                bar.update()
        ordered = sorted(outcomes, key=lambda one: (one.account.server, whose(one.account)))
        self._show([HEAD, *map(_row, ordered)])
        failed = sum(bool(one.code) for one in outcomes)
        return f"{failed} of {len(outcomes)} lists could not be read." if failed else ""

    def _assistants(self, accounts: list[ServerAccount]) -> str:
        keys = kept_with(one.key for one in accounts if one.key is not None)
        looked = list(tqdm(look(keys), total=len(keys), unit="account", disable=None, leave=False))
        if not looked:
            self.stdout.write("No account keeps assistants or agents.")
            return ""
        self._show([LOOKED, *map(_looked_row, looked)])
        failed = sum(bool(one.code) for one in looked)
        return f"{failed} of {len(looked)} accounts could not be asked." if failed else ""

    def _accounts(self, name: str | None) -> list[ServerAccount]:
        if name is None:
            return list(every_account())
        user = User.objects.filter(Q(username=name) | Q(email__iexact=name)).first()
        if user is None:
            raise CommandError(f"There is nobody named {name!r}.")
        return accounts_of(user)

    def _show(self, table: list[tuple[str, ...]]) -> None:
        widths = [max(len(row[place]) for row in table) for place in range(len(table[0]) - 1)]
        for row in table:
            cells = [cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True)]
            self.stdout.write("  ".join(cells).rstrip())


def whose(account: ServerAccount) -> str:
    """As an administrator knows it: the key's id and its owner, never the key."""
    if account.key is None:
        return account.label
    return f"{account.key.user.get_username()} {account.key.id}"


def _row(outcome: Outcome) -> tuple[str, ...]:
    counts = outcome.changes
    numbers = (counts.listed, counts.new, counts.changed, counts.back, counts.gone)
    asked = "ok" if outcome.asked else "fresh, not read again"
    result = outcome.sentence or ("being read now" if outcome.busy else asked)
    return whose(outcome.account), outcome.account.server, *map(str, numbers), result


def _looked_row(one: Looked) -> tuple[str, ...]:
    numbers = map(str, (one.same, one.changed, one.gone, one.failed))
    account = ServerAccount(one.key)
    return whose(account), account.server, *numbers, one.sentence or "ok"
