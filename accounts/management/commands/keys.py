"""``manage.py keys rotate`` and ``manage.py keys status``: docs/invariants/keys.md."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import rotation, sealing


class Command(BaseCommand):
    help = (
        "Provider keys at rest. rotate: seal all of them under the first key of GIINT_FIELD_KEYS. "
        "status: how many lie under which key. Both exit with 1 if a key cannot be opened."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        rotate = actions.add_parser("rotate", help="seal all keys under the first field key")
        rotate.add_argument(
            "--batch",
            type=int,
            default=rotation.BATCH,
            choices=range(1, rotation.BATCH + 1),
            metavar=f"1…{rotation.BATCH}",
            help="rows per transaction",
        )
        actions.add_parser("status", help="count the keys by field key")

    def handle(self, *args: Any, **options: Any) -> None:
        unreadable = (
            self._rotate(options["batch"]) if options["action"] == "rotate" else self._status()
        )
        if unreadable:
            shown = ", ".join(unreadable[:20]) + (" …" if len(unreadable) > 20 else "")
            raise CommandError(
                f"{len(unreadable)} cannot be opened: {shown}. Put the field key they were sealed "
                "with back into GIINT_FIELD_KEYS, or let their owners enter them again.",
                returncode=1,
            )

    def _rotate(self, batch: int) -> list[str]:
        total = rotation.waiting()
        result = rotation.rotate(
            batch=batch, progress=lambda done: self.stdout.write(f"{done} of {total}")
        )
        self.stdout.write(f"{result.resealed} sealed anew under {sealing.ring().first!r}.")
        return result.unreadable

    def _status(self) -> list[str]:
        found = rotation.holdings()
        ring = sealing.ring()
        for key_id in [*ring.ids, *sorted(set(found.rows) - {*ring.ids, ""})]:
            note = "seals" if key_id == ring.first else "opens" if key_id in ring.ids else "is lost"
            self.stdout.write(f"{key_id:<16} {note:<8} {found.rows[key_id]} keys")
        self.stdout.write(f"{'(no key needed)':<25} {found.rows['']} rows")
        return found.unreadable
