"""``manage.py purge assistants``: delete at the providers what nothing here wants any more.
docs/remote.md.
"""

from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q
from tqdm import tqdm

from accounts.backends import find
from accounts.models import ProviderKey
from agents.remote import records
from agents.remote.deleting import Ended
from agents.remote.purging import Choice
from agents.remote.sweep import Look, accounts_with_objects, look, sweep
from agents.remote.tags import rename_installation

Plan = list[tuple[ProviderKey, Look, list[str]]]


class Command(BaseCommand):
    help = (
        "assistants: go through the accounts and delete what this installation made and nothing "
        "wants any more; with --keep, --unused-for or --all, of what is held too. Whatever is not "
        "marked as ours is never touched. Exits with 1 if something could not be deleted."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        nouns = parser.add_subparsers(dest="noun", required=True)
        assistants = nouns.add_parser("assistants", help="everything kept at providers")
        what = assistants.add_mutually_exclusive_group()
        what.add_argument(
            "--orphans", action="store_true", help="only what nothing wants; the default"
        )
        what.add_argument(
            "--keep",
            type=_whole(0),
            metavar="N",
            help="the manager's newest N of an account stay",
        )
        what.add_argument(
            "--unused-for", type=_whole(0), metavar="DAYS", help="what was of no use for so long"
        )
        what.add_argument("--all", action="store_true", help="all but what is in use right now")
        what.add_argument(
            "--new-name",
            action="store_true",
            help="for a copy of a database: what the original made is its own from here on",
        )
        assistants.add_argument("--user", help="a username or an address: that person's accounts")
        assistants.add_argument("--dry-run", action="store_true", help="say what, delete nothing")
        assistants.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["new_name"]:
            self._agreed(options, "Give this installation another name?")
            self.stdout.write(f"This installation is {rename_installation()} now.")
            return
        choice = Choice(options["keep"], options["unused_for"], options["all"])
        if not options["dry_run"]:
            records.settle()
        keys = accounts_with_objects(_whose(options["user"]))
        plan = self._planned(keys, choice)
        count = sum(len(names) for _, _, names in plan)
        self._show(plan)
        if options["dry_run"]:
            self.stdout.write(f"{count} would be deleted. Nothing was.")
            return
        if count:
            self._agreed(options, f"Delete {count} at their servers?")
        self._delete(plan, choice, count)

    def _planned(self, keys: list[ProviderKey], choice: Choice) -> Plan:
        plan = []
        for key in tqdm(keys, unit="account", disable=None, leave=False):
            seen = look(key, full=True)
            held = [f"{row.kind} {row.remote_id}" for row in choice.rows(key)]
            plan.append((key, seen, [*seen.names, *held]))
        return plan

    def _show(self, plan: Plan) -> None:
        for key, seen, names in plan:
            whose = f"{key.user.get_username()} {key.id} {key.base_url}"
            self.stdout.write(f"{whose}: {len(names)}")
            for name in names:
                self.stdout.write(f"  {name}")
            for kind, reply in seen.failures.items():
                self.stdout.write(f"  the list of {kind} could not be read: {reply.code}")

    def _delete(self, plan: Plan, choice: Choice, count: int) -> None:
        ended = Ended()
        with tqdm(total=count, unit="object", disable=None, leave=False) as bar:
            for key, _, _ in plan:
                records.release(choice.rows(key))
                done = sweep(key)
                bar.update(done.deleted + len(done.failures))
                ended.add(done)
        self.stdout.write(f"{ended.deleted} deleted.")
        for line in ended.lines:
            self.stderr.write(line)
        if ended.failures:
            raise CommandError(f"{len(ended.failures)} failed; the sweep tries them again.")

    def _agreed(self, options: dict[str, Any], question: str) -> None:
        if options["yes"]:
            return
        try:
            answer = input(f"{question} [y/N] ")
        except EOFError:
            raise CommandError("Nobody is there to be asked: say --yes.") from None
        if answer.strip().lower() not in ("y", "yes"):
            raise CommandError("Nothing was deleted.")


def _whose(name: str | None) -> Q | None:
    if name is None:
        return None
    user = find(name)
    if user is None:
        raise CommandError(f"There is nobody named {name!r}.")
    return Q(user=user)


def _whole(least: int) -> Any:
    def whole(text: str) -> int:
        if not text.isascii() or not text.isdigit() or int(text) < least:
            raise ArgumentTypeError(f"{text!r} is not a whole number from {least} up")
        return int(text)

    return whole
