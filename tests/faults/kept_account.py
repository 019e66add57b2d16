"""``python -m tests.faults.kept_account DIALECT URL COUNT``: give alice an account at that model
server, and hold COUNT assistants or agents there, as the manager does.
"""

import sys

import django

SECRET = "sk-kept-0123456789"


def main(dialect: str, url: str, count: int) -> None:
    django.setup()
    from accounts.models import User
    from accounts.services import add_key
    from agents.providers.stateful import Kind
    from agents.remote import records
    from agents.remote.places import Place
    from giint.core.secrets import Secret

    key = add_key(
        user=User.objects.get(username="alice"),
        label="Kept",
        dialect=dialect,
        base_url=url,
        model="test-model",
        secret=Secret(SECRET),
        default=True,
    )
    place = Place.of(key)
    kind: Kind = "assistant" if dialect == "assistants" else "agent"
    for _ in range(count):
        row = records.intend(key=key, kind=kind, purpose="managed")
        body = {"model": "test-model", "name": "Kept", "metadata": row.tags}
        reply = place.keeper.create(place.endpoint, kind, body)
        records.made(row.id, reply.objects[0].id)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
