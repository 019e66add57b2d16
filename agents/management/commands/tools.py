"""``manage.py tools list`` and ``manage.py tools check NAME``: docs/tools.md."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from agents.tools.offered import Standing, standings
from agents.tools.trial import try_tool


class Command(BaseCommand):
    help = (
        "Tools. list: each with who may use it, and why it is withheld from a person. "
        "check: call one with arguments and show what happened; exit code 1 if it failed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        listed = actions.add_parser("list", help="every tool, and whether it is offered")
        check = actions.add_parser("check", help="call a tool once")
        check.add_argument("name")
        check.add_argument("--arguments", default="{}", help='JSON, such as \'{"place": "Bern"}\'')
        for one in (listed, check):
            one.add_argument("--user", default="", help="as this person (their user name)")

    def handle(self, *args: Any, **options: Any) -> None:
        user = _user(options["user"])
        if options["action"] == "list":
            for one in standings(user).values():
                self.stdout.write(f"{one.name:<24} {one.kind:<8} {one.withheld or 'offered'}")
            return
        found = standings(user, [options["name"]]).get(options["name"])
        if found is None:
            raise CommandError(f"There is no tool named {options['name']}.", returncode=1)
        self._check(user, found, options["arguments"])

    def _check(self, user: User, found: Standing, arguments: str) -> None:
        if found.tool is None:
            raise CommandError(
                f"{found.name} runs at the provider; try it in a chat.", returncode=1
            )
        if found.withheld:
            self.stderr.write(f"It is not offered: {found.withheld}")
        trial = try_tool(user=user, tool=found.tool, arguments=arguments, row=found.row)
        if trial.request:
            self.stdout.write(trial.request)
        status = f", status {trial.status}" if trial.status else ""
        self.stdout.write(f"{trial.outcome}{status}, {trial.seconds:.3f} s")
        if trial.outcome != "done":
            raise CommandError(trial.sentence, returncode=1)
        self.stdout.write(trial.result)


def _user(name: str) -> User:
    """The person of that name; without one, somebody who is in no group."""
    if not name:
        return User(username="nobody")
    found = User.objects.filter(username=name).first()
    if found is None:
        raise CommandError(f"There is no user named {name}.", returncode=1)
    return found
