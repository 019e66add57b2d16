"""``manage.py assistants …``: what a person keeps at a provider. docs/manager.md.

Each part adds its own actions; one whose module is in the table is there.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.module_loading import import_string

# Dotted path of what adds a part's actions: each sets ``run``, called with the command and options.
PARTS = ("agents.manager.command.add_actions", "giint.ingest.command.add_actions")


class Command(BaseCommand):
    help = (
        "The assistants that a person keeps at a provider (accounts that speak assistants or "
        "agents). Exits with 1, and says why, if it was not done."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        for part in PARTS:
            import_string(part)(actions)

    def handle(self, *args: Any, **options: Any) -> None:
        options["run"](self, options)
