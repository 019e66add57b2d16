"""``python -m tests.harness.cast``: migrate the database of the environment and fill it.

Prints one line of JSON: name → the cookie of a signed-in session, and the person's own stream.
"""

import importlib
import json

import django


def main() -> None:
    django.setup()
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.core.management import call_command

    from accounts.models import User
    from accounts.services import open_account
    from giint.core.events import user_stream

    call_command("migrate", verbosity=0)
    cast = {}
    for name in ("alice", "bob"):
        user = User.objects.create_user(name, f"{name}@example.org", first_name=name.title())
        session = importlib.import_module(settings.SESSION_ENGINE).SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        cast[name] = {
            "cookie": f"{settings.SESSION_COOKIE_NAME}={session.session_key}",
            "stream": user_stream(open_account(user=user).id),
        }
    print(json.dumps(cast))


if __name__ == "__main__":
    main()
