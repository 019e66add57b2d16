"""``manage.py files sweep``: contents on the disk that no file is about any more."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from transcripts import files


class Command(BaseCommand):
    help = "sweep: delete contents that no file is about, as the files of a deleted person leave."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        sweep = actions.add_parser("sweep", help="delete contents without a file")
        sweep.add_argument("--dry-run", action="store_true", help="only list them")
        sweep.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        found = files.orphans()
        for name in found:
            self.stdout.write(name)
        if not found or options["dry_run"]:
            self.stdout.write(f"{len(found)} without a file.")
            return
        if not options["yes"] and input(f"Delete {len(found)} for good? [y/N] ").lower() != "y":
            self.stdout.write("Nothing was deleted.")
            return
        files.sweep(found)
        self.stdout.write(f"{len(found)} deleted.")
