"""What happens: threads, messages, runs and their steps, and the processes that run them."""

from giint.models.approval import Approval, Grant
from giint.models.message import Feedback, Message, Summary
from giint.models.phases import ACTIVE, MOVING, OPEN
from giint.models.run import Run, Runner, Step
from giint.models.thread import GiintThread, Participant

__all__ = [
    "ACTIVE",
    "MOVING",
    "OPEN",
    "Approval",
    "Feedback",
    "GiintThread",
    "Grant",
    "Message",
    "Participant",
    "Run",
    "Runner",
    "Step",
    "Summary",
]
