"""How long the lists of the admin take with many threads: ``python -m benchmarks.admin_lists``.

Fills a database of its own (SQLite in a temporary folder) with 100,000 threads of 1,000 people,
their runs, messages and events, asks for each list as a browser does, and prints queries and
milliseconds: the first time and the best of five.
"""

import argparse
import os
import tempfile
import time
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=100_000)
    threads: int = parser.parse_args().threads
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "GIINT_ENV_FILE": str(ROOT / "tests" / "test.env"),
            "DATA_DIR": folder,
            "DJANGO_SETTINGS_MODULE": "giint.settings",
        }
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        began = time.perf_counter()
        fill(threads)
        print(f"{threads} threads made in {time.perf_counter() - began:.0f} s", flush=True)
        from django.conf import settings
        from django.test.utils import override_settings

        plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        with override_settings(STORAGES=settings.STORAGES | {"staticfiles": plain}):
            measure()


def fill(threads: int) -> None:
    """Rows as they would be, made in bulk."""
    from django.utils import timezone

    from accounts.models import Account, AuditEntry, User
    from agents.models import Agent
    from giint.core.models import Event, Stream
    from giint.models import GiintThread, Message, Run, Step

    now = timezone.now()
    people = User.objects.bulk_create(
        User(username=f"person{n}", email=f"person{n}@example.org", password="!")
        for n in range(max(1, threads // 100))
    )
    Account.objects.bulk_create(Account(user=user) for user in people)
    agents = Agent.objects.bulk_create(Agent(owner=user, name="Assistant") for user in people)
    step = 2_000
    for start in range(0, threads, step):
        numbers = range(start, min(start + step, threads))
        rows = GiintThread.objects.bulk_create(
            GiintThread(owner=people[n % len(people)], title=f"Thread {n}", last_number=2)
            for n in numbers
        )
        for n, row in zip(numbers, rows, strict=True):
            row.last_message_at = now - timedelta(minutes=n)
        GiintThread.objects.bulk_update(rows, ["last_message_at"], batch_size=500)
        said = Message.objects.bulk_create(
            Message(thread=row, number=1, role="user", text="Hello there " * 20) for row in rows
        )
        runs = Run.objects.bulk_create(
            Run(
                thread=row,
                message=message,
                agent=agents[n % len(agents)],
                number=2,
                status="completed" if n % 20 else "failed",
                code="" if n % 20 else "upstream_cut",
                started=now,
                ended=now,
            )
            for n, row, message in zip(numbers, rows, said, strict=True)
        )
        Step.objects.bulk_create(Step(run=run, number=1, kind="model") for run in runs)
        streams = Stream.objects.bulk_create(
            Stream(name=f"thread:{row.id}", last_seq=1) for row in rows
        )
        Event.objects.bulk_create(
            Event(stream=stream, seq=1, type="message.created", payload={}) for stream in streams
        )
        AuditEntry.objects.bulk_create(
            AuditEntry(owner=row.owner, action="read", noun="thread", object_id=row.id)
            for row in rows[::10]
        )


def measure() -> None:
    """Each list, its search and a filter: queries, first and best time."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from accounts.models import User

    boss = User.objects.create_superuser("boss", "", "boss-boss-1")
    client = Client(HTTP_HOST="localhost:8000")
    client.force_login(boss, backend="accounts.backends.NameOrEmail")
    print(f"{'list':58} {'queries':>7} {'first ms':>9} {'best ms':>8}")
    for path in (
        "giint/giintthread/",
        "giint/giintthread/?q=person77",
        "giint/giintthread/?activity=idle&archived__exact=0",
        "giint/giintthread/?p=900",
        "giint/run/",
        "giint/run/?status__exact=failed",
        "giint/run/?q=person77",
        "giint/step/",
        "journal/stream/",
        "journal/stream/?q=thread:thread_a",
        "accounts/user/",
        "accounts/auditentry/",
        "agents/agent/",
    ):
        times = []
        for _ in range(6):
            began = time.perf_counter()
            with CaptureQueriesContext(connection) as asked:
                status = client.get(f"/admin/{path}").status_code
            times.append((time.perf_counter() - began) * 1000)
        assert status == 200, (path, status)
        print(f"{path:58} {len(asked):>7} {times[0]:>9.0f} {min(times[1:]):>8.0f}", flush=True)


if __name__ == "__main__":
    main()
