"""The cast, for the browser's server: each with an agent, carol with a long thread besides.
``python -m tests.browser.people``.
"""

import os

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "giint.settings")
    django.setup()

    from accounts.models import User
    from agents.defaults import first_agent
    from giint.models import GiintThread, Message
    from tests.conftest import person

    # Those who change what is theirs (agents, keys, tokens) are in no other file's tests.
    CAST = [*("alice", "bob", "carol"), *("agnes", "ben", "cleo", "dora", "erin", "gus", "gwen")]
    CAST += ["sam", "sue", "nora", "remi", "tess"]
    CAST += ["sid", "sian", "skye", "sol", "sela"]

    for name in CAST:
        if not User.objects.filter(username=name).exists():
            first_agent(person(name))
    if not User.objects.filter(username="boss").exists():
        User.objects.create_superuser("boss", "boss@example.org", "boss-boss-1")
    carol = User.objects.get(username="carol")
    thread = GiintThread.objects.create(owner=carol, title="A long thread", last_number=180)
    message = None
    for number in range(1, 181):
        role = "user" if number % 2 else "assistant"
        message = Message.objects.create(
            thread=thread, number=number, parent=message, role=role, text=f"Line {number} here."
        )
    thread.head = message
    thread.save()
