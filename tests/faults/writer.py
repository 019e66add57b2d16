"""``python -m tests.faults.writer NUMBER``: for each number on stdin, so many transactions; prints
how those that failed did, as a line of JSON.
"""

import json
import sys

import django

django.setup()

from django.db import DatabaseError, transaction  # noqa: E402  (apps must be ready)

from giint.core import journal  # noqa: E402
from giint.core.events import HeadChanged  # noqa: E402
from giint.core.models import Event  # noqa: E402


@transaction.atomic
def write(name: str) -> None:
    Event.objects.filter(stream__name="user:all").count()
    # Half of them at the same stream, as one person's threads are; half each at its own.
    stream = "user:all" if int(name) % 2 else f"thread:{name}"
    journal.append(stream, HeadChanged(head=name))


def main() -> None:
    name = sys.argv[1]
    for line in sys.stdin:
        failed = []
        for _ in range(int(line)):
            try:
                write(name)
            except DatabaseError as error:
                failed.append(f"writer {name}: {error}")
        print(json.dumps(failed), flush=True)


if __name__ == "__main__":
    main()
