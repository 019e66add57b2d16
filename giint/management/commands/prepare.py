"""``manage.py prepare``: all that must be done before the server starts, and nothing twice."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from agents.tool_services import adopt_code
from giint import upkeep
from giint.core.errors import FAILURES


class Command(BaseCommand):
    """Tables, static files, a look at the field keys; with ``--demo`` the demo person too."""

    help = "Migrate, collect the static files and check the field keys; may be repeated."
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--demo", action="store_true", help="make the user demo with an agent, if missing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = upkeep.migrate()
        except OperationalError as error:
            raise CommandError(
                f"The database cannot be reached or written: {str(error).strip()}. "
                "Check DATABASE_URL (or DATA_DIR for SQLite) and start again."
            ) from None
        if done:
            self.stdout.write(f"Brought the database up to date ({done} migrations)")
        if upkeep.collect():
            self.stdout.write("Collected the static files")
        if made := adopt_code():
            self.stdout.write(f"Put tools into the admin: {', '.join(made)}")
        self._look_at_keys()
        if options["demo"]:
            self._demo()

    def _look_at_keys(self) -> None:
        for key_id, rows in upkeep.lost_keys().items():
            self.stderr.write(
                f"Field key {key_id} is lost: {len(rows)} provider keys were sealed with it "
                f"({', '.join(rows[:10])}{', …' if len(rows) > 10 else ''}).\n"
                "Put it back into GIINT_FIELD_KEYS, or let their owners enter them again: "
                f"“{FAILURES['key_unreadable'].sentence}”"
            )

    def _demo(self) -> None:
        what, password = upkeep.demo_person(settings.GIINT_DEMO_PASSWORD)
        again = "a new password: .venv/bin/python manage.py changepassword demo"
        if password:
            self.stdout.write(f"Made the user demo with the password {password}")
            self.stdout.write(f"It is shown this once ({again})")
        elif settings.GIINT_DEMO_PASSWORD:
            self.stdout.write("Sign in as demo with the password of GIINT_DEMO_PASSWORD")
        else:
            self.stdout.write(f"Sign in as demo ({what}; {again})")
