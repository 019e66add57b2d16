"""``python -m benchmarks.people COUNT [MESSAGES×THREADS…]``: a migrated database with people in it.

The first of them also gets threads with histories of so many messages. Prints one line of JSON:
each person's cookie and stream, and the threads by the length of their history.
"""

import importlib
import sys
from datetime import timedelta
from typing import Any

import django
import orjson
from django.db import transaction

QUESTION = "How does the part that we spoke of yesterday fit what was decided before? "
ANSWER = "It fits well: what was decided then holds for this part too, with one exception. " * 6


def main(count: int, histories: list[str]) -> None:
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    people = [_person(f"person{number}") for number in range(count)]
    threads = {}
    for history in histories:
        length, _, several = history.partition("x")
        threads[length] = [_history(int(length)) for _ in range(int(several or 1))]
    print(orjson.dumps({"people": people, "threads": threads}).decode())


@transaction.atomic
def _person(name: str) -> dict[str, str]:
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from accounts.models import User
    from accounts.services import open_account
    from agents.defaults import first_agent
    from giint.core.events import user_stream

    user = User.objects.create_user(name, f"{name}@example.org")
    first_agent(user)
    session = importlib.import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    cookie = f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
    return {"cookie": cookie, "stream": user_stream(open_account(user=user).id)}


def _history(length: int) -> str:
    """A thread of ``length`` messages, questions and answers, with the runs and steps they had."""
    from django.utils import timezone

    from accounts.models import User
    from agents.defaults import first_agent
    from giint.models import GiintThread, Message, Participant, Run, Step

    owner = User.objects.get(username="person0")
    agent, _ = first_agent(owner)
    early = timezone.now() - timedelta(days=1)
    thread = GiintThread.objects.create(owner=owner, title=f"{length} messages")
    Participant.objects.create(thread=thread, agent=agent)
    messages: list[Message] = []
    runs: list[Run] = []
    steps: list[Step] = []
    parent: str | None = None
    for number in range(1, length + 1):
        asks = number % 2 == 1
        given: dict[str, Any] = {"role": "user", "text": QUESTION}
        if not asks:
            given = {"role": "assistant", "text": ANSWER, "agent": agent, "run": runs[-1]}
        message = Message(thread=thread, number=number, parent_id=parent, **given)
        messages.append(message)
        parent = message.id
        if asks:
            done = {"status": Run.Status.COMPLETED, "started": early, "ended": early}
            runs.append(Run(thread=thread, message=message, agent=agent, number=number, **done))
        else:
            steps.append(_step(runs[-1], message))
    GiintThread.objects.filter(id=thread.id).update(last_number=length)
    _insert(messages, runs, steps)
    GiintThread.objects.filter(id=thread.id).update(head=parent)
    return thread.id


def _step(run: Any, message: Any) -> Any:
    from giint.models import Step

    content = [{"type": "output_text", "text": message.text, "annotations": []}]
    item = {"type": "message", "role": "assistant", "content": content}
    return Step(run=run, number=1, kind=Step.Kind.MODEL, state=Step.State.DONE, message=message,
                output=[item])  # fmt: skip


def _insert(messages: list[Any], runs: list[Any], steps: list[Any]) -> None:
    """A run needs its question, an answer needs its run: so messages are told of runs last."""
    from giint.models import Message, Run, Step

    answered = [(message, message.run) for message in messages if message.run]
    for message, _ in answered:
        message.run = None
    Message.objects.bulk_create(messages, batch_size=500)
    Run.objects.bulk_create(runs, batch_size=500)
    for message, run in answered:
        message.run = run
    Message.objects.bulk_update([message for message, _ in answered], ["run"], batch_size=200)
    Step.objects.bulk_create(steps, batch_size=500)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
