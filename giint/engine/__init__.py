"""The middle: what turns a message into an answer. It knows no HTTP, no websocket, no queue.

Its whole public face: ``start``, ``stop``, ``interrupt``, ``dequeue``, ``decide``, ``close``; of
console messages ``post``, ``cancel``, ``release``, ``arrived``, ``let_in`` (all sync, rows and a
wake); ``follow`` (a reader of the live path) and ``supervisor`` (for whoever owns the process). The
turn loop is ``run.py``.
"""

from accounts.models import User
from giint.engine.closing import close
from giint.engine.commands import Asked, Started, dequeue, interrupt, start, stop
from giint.engine.deciding import Verdict, decide
from giint.engine.follower import Follower, TooSlow
from giint.engine.hub import hub
from giint.engine.inbox import Posted, Posting, arrived, let_in, post, release
from giint.engine.supervisor import supervisor
from giint.engine.takenback import cancel

__all__ = [
    "Asked",
    "Follower",
    "Posted",
    "Posting",
    "Started",
    "TooSlow",
    "Verdict",
    "arrived",
    "cancel",
    "close",
    "decide",
    "dequeue",
    "follow",
    "interrupt",
    "let_in",
    "post",
    "release",
    "start",
    "stop",
    "supervisor",
]


def follow(user: User) -> Follower:
    """A reader of this user's streams in this process: subscribe, iterate ``frames()``, ``leave()``
    at the end.
    """
    return Follower(hub, user)
