"""What has to be true before the server starts: tables, static files, field keys, the demo person.

Everything here may be repeated: it does what is missing and leaves the rest. ``manage.py prepare``
calls it, at every ``make run`` and at every start of the image.
"""

import hashlib
import secrets
from collections import defaultdict
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from accounts.access import account_for
from accounts.models import ProviderKey, User
from agents.defaults import first_agent
from giint.core.errors import GiintError

DEMO = "demo"


def migrate() -> int:
    """Bring the tables up to date. Returns how many migrations that took."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        call_command("migrate", interactive=False, verbosity=0)
    return len(plan)


def collect() -> bool:
    """Collect the static files, with their hashes and compressed, if any changed. True if so."""
    root = Path(settings.STATIC_ROOT)
    stamp = root / ".stamp"
    now = _static_state()
    if stamp.is_file() and stamp.read_text("utf-8") == now:
        return False
    call_command("collectstatic", interactive=False, clear=root.is_dir(), verbosity=0)
    stamp.write_text(now, "utf-8")
    return True


def _static_state() -> str:
    """One hash over name, size and time of every static file: 3,000 of them take 30 ms to ask."""
    total = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list(None):
            found = Path(storage.path(name)).stat()
            total.update(f"{name}\0{found.st_size}\0{found.st_mtime_ns}\0".encode())
    return total.hexdigest()


def lost_keys() -> dict[str, list[str]]:
    """Id of a field key that no longer opens what it sealed → the provider keys' ids.

    A field key can be gone, or be another one under the same id. Whose keys they are stays unsaid.
    """
    lost: dict[str, list[str]] = defaultdict(list)
    for row in ProviderKey.objects.exclude(sealed=b"").order_by("key_id", "id"):
        try:
            row.open()
        except GiintError:
            lost[row.key_id or "?"].append(row.id)
    return dict(lost)


def random_password() -> str:
    """Sixteen letters and digits in fours, none that looks like another: 78 bits."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


@transaction.atomic
def demo_person(password: str) -> tuple[str, str]:
    """Make the demo user and their agent if they are not there, and give them ``password``.

    An empty password leaves the one they have; a new person gets a random one. Returns what was
    done, "made", "changed" or "kept", and the random password or nothing.
    """
    user = User.objects.filter(username=DEMO).first()
    if user is None:
        fresh = "" if password else random_password()
        user = User.objects.create_user(DEMO, "", password or fresh, first_name="Demo")
        account_for(user)
        first_agent(user)
        return "made", fresh
    if not password or user.check_password(password):
        return "kept", ""
    user.set_password(password)
    user.save(update_fields=["password"])
    return "changed", ""
