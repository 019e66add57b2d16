"""The tool ``duo``: two agents talk until they are done. docs/transcripts.md."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from accounts.models import User
from agents.models import Agent
from agents.tools.base import Entry, Reply, Role, ToolContext, ToolFailed, ToolRetry, tool
from giint.core.db import read_db
from giint.core.errors import BadField
from giint.core.text import clean
from transcripts.tools.people import chosen

MOST = 50  # rounds; in one round both speak
USUAL = 6
LONGEST = 8_000  # characters of a task, and of a role
SHARE = 0.95  # of the call's time that is left: the rest is for writing it down
NAME = 40  # characters before the colon of a role that are its name
DONE = "DONE"
AUXILIARY = (
    "Auxiliary",
    "You help another agent with a task: look for what is missing, wrong or unproven in what it "
    "says, ask, and propose. Agree when it is right.",
)
TALK = (
    "You talk with {other} about the task that comes first. Speak to {other}, briefly, and say "
    "something new each time. A message that begins with a name in brackets is from the person "
    "for whom you work. When the task is done, end with a line of its own that reads " + DONE + "."
)
REASONS = {
    "done": "they were done",
    "rounds": "the rounds were used up",
    "repetition": "they repeated themselves",
    "stopped": "you stopped it",
}


@dataclass(frozen=True, slots=True)
class Duo:
    """A talk that can begin. ``sides``: who speaks first, who second."""

    task: str
    sides: tuple[Agent | Role, Agent | Role]
    rounds: int


@tool(retry="safe", timeout=600)
async def duo(
    context: ToolContext,
    task: Annotated[str, "What they are to work out together, with all that is needed"],
    agents: Annotated[
        list[str] | None,
        "Names or ids of one or two of the user's agents; without any, the one who asks",
    ] = None,
    roles: Annotated[
        list[str] | None, "Roles in words, such as “Critic: you doubt everything”, for the others"
    ] = None,
    rounds: Annotated[int, "How often both speak at most, 1 to 50"] = USUAL,
) -> str:
    """Let two agents talk about a task until one of them is done: an agent and an auxiliary, two
    agents, or two roles in words.
    """
    context.may_ask()
    try:
        talk = await read_db(planned, context.user, context.agent, task, agents, roles, rounds)
    except BadField as error:
        raise ToolRetry(" ".join(error.fields.values())) from error
    side = await context.transcript(talk.task, key="duo")
    said: list[Reply] = []
    reason = "rounds"
    for number in range(2 * talk.rounds):
        if (await side.heard()).stopped:
            reason = "stopped"
            break
        reply = await context.ask(
            talk.sides[number % 2],
            spoken(talk.task, await side.entries(), number),
            key=str(number),
            transcript=side,
            instructions=TALK.format(other=talk.sides[1 - number % 2].name),
            within=context.left() * SHARE,
        )
        context.progress(
            f"Round {number // 2 + 1} of {talk.rounds}", done=number // 2 + 1, total=talk.rounds
        )
        said.append(reply)
        if reason_now := ended(said):
            reason = reason_now
            break
    if not any(reply.text for reply in said):
        why = said[-1].sentence if said else "It was stopped before it began."
        raise ToolFailed(f"They said nothing. {why}")
    result = outcome(talk, said, reason)
    await side.close(result)
    return told(talk, result)


def planned(
    user: User,
    asker: Agent | None,
    task: str,
    agents: Sequence[str] | None,
    roles: Sequence[str] | None,
    rounds: int,
) -> Duo:
    """Who talks about what. Sync. Raises BadField."""
    task = clean(task).strip()
    if not 0 < len(task) <= LONGEST:
        raise BadField(task=f"A task has 1 to {LONGEST} characters.")
    if not 1 <= rounds <= MOST:
        raise BadField(rounds=f"There are 1 to {MOST} rounds.")
    who: list[Agent | Role] = [*chosen(user, agents or []), *map(_role, roles or [], "12")]
    if len(agents or []) + len(roles or []) > 2:
        raise BadField(agents="Two talk: agents and roles are two together, at most.")
    if not who and asker is not None:
        who.append(asker)
    if len(who) == 1:
        who.append(Role(*AUXILIARY))
    if len(who) < 2:
        raise BadField(agents="Say who is to talk.")
    return Duo(task, (who[0], who[1]), rounds)


def _role(text: str, place: str) -> Role:
    text = clean(text).strip()
    if not 0 < len(text) <= LONGEST:
        raise BadField(roles=f"A role has 1 to {LONGEST} characters.")
    name, colon, rest = text.partition(":")
    is_named = colon and rest.strip() and len(name.strip()) <= NAME and "\n" not in name
    return Role(name.strip(), rest.strip()) if is_named else Role(f"Role {place}", text)


# --- what was said. Pure --------------------------------------------------------------------------


def spoken(task: str, entries: list[Entry], number: int) -> list[tuple[str, str]]:
    """The talk as the side whose turn ``number`` is knows it."""
    said = [("user", task)]
    for entry in entries:
        if entry.kind == "person":
            said.append(("user", f"[{entry.name}] {entry.text}"))
        elif entry.key.isdigit() and int(entry.key) < number and entry.text:
            mine = int(entry.key) % 2 == number % 2
            said.append(("assistant" if mine else "user", _without_done(entry.text)))
    return said


def ended(said: list[Reply]) -> str:
    """Why the talk is over after its last contribution, or empty."""
    last = said[-1]
    if last.code:
        return "stopped" if last.code == "stopped" else last.code
    if is_done(last.text):
        return "done"
    mine = [_plain(reply.text) for reply in said[::-2]]  # this side's, the last one first
    again = len(mine) > 1 and mine[0] == mine[1]
    cycle = len(mine) > 3 and mine[0] == mine[2] and mine[1] == mine[3]
    return "repetition" if again or cycle else ""


def is_done(text: str) -> bool:
    """Whether somebody said that they are done: by the last line."""
    lines = text.strip().splitlines()
    return bool(lines) and lines[-1].strip(" *_.!`") == DONE


def _without_done(text: str) -> str:
    return "\n".join(text.strip().splitlines()[:-1]).strip() if is_done(text) else text


def _plain(text: str) -> str:
    words = "".join(char if char.isalnum() else " " for char in text.casefold()).split()
    return " ".join(words)


def outcome(talk: Duo, said: list[Reply], reason: str) -> dict[str, Any]:
    """What came of it. ``reason``: done, rounds, repetition, stopped, or a failure's code."""
    last = [_without_done(reply.text) for reply in said if reply.text]
    return {
        "task": talk.task,
        "reason": reason,
        "sentence": REASONS.get(reason) or said[-1].sentence,
        "rounds": (len(said) + 1) // 2,
        "messages": len(said),
        "last": [
            {"name": talk.sides[number % 2].name, "text": _without_done(reply.text)}
            for number, reply in list(enumerate(said))[-2:]
            if reply.text
        ],
        "result": next((text for text in reversed(last) if text), ""),
    }


def told(talk: Duo, result: dict[str, Any]) -> str:
    """The outcome as Markdown, for the model and for the chat."""
    names = " and ".join(side.name for side in talk.sides)
    head = f"**Duo: {talk.task}**\n\n{names} talked for {result['rounds']} of {talk.rounds} rounds"
    last = [f"**{one['name']}:** {one['text']}" for one in result["last"] if one["text"]]
    return "\n\n".join([f"{head}; it ended because {_because(result)}.", *last])


def _because(result: dict[str, Any]) -> str:
    return str(result["sentence"]).rstrip(".")
