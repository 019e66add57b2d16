"""The tool ``x_poll``: several agents answer one question side by side. docs/transcripts.md."""

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from accounts.models import User
from agents.models import Agent
from agents.tools.base import Reply, SideTranscript, ToolContext, ToolFailed, ToolRetry, tool
from giint.core.db import read_db
from giint.core.errors import BadField
from giint.core.text import clean
from transcripts.tools.people import chosen

MOST = 50  # answers
AT_ONCE = 10  # of them under way
CHOICES = 20
LONGEST = 8_000  # characters of a question
SHOWN = 4_000  # characters of one answer in the result
RESERVE = 60.0  # seconds of the call's time that are kept for the synthesis
SHARE = 0.95  # of what is left: the rest is for writing it down
CHOOSE = (
    "Answer for yourself, briefly, with your reasons. End with a line of its own that reads "
    "“Choice: ” and exactly one of: {choices}."
)
OPEN = "Answer for yourself, briefly, with your reasons."
SYNTHESISE = (
    "Several answers to one question follow. Say in a few sentences what they come to together. "
    "Then write a line that begins with “Dissent:” and says who disagrees and why, or “Dissent: "
    "none”. Add nothing of your own."
)
_CHOICE = re.compile(r"^\W*choice\W*:\s*(.+?)\s*$", re.IGNORECASE | re.MULTILINE)
_EDGES = " \t.!*_`\"'“”„«»()[]"


@dataclass(frozen=True, slots=True)
class Voice:
    """One who answers."""

    key: str
    name: str
    agent: Agent
    model: str = ""


@dataclass(frozen=True, slots=True)
class Poll:
    """A question that can be asked."""

    question: str
    voices: list[Voice]
    choices: list[str]


@tool(retry="safe", timeout=600)
async def x_poll(
    context: ToolContext,
    question: Annotated[str, "The question, with all that is needed to answer it"],
    agents: Annotated[
        list[str] | None, "Names or ids of the user's agents; without any, the one who asks"
    ] = None,
    copies: Annotated[int, "How often each agent is asked on its own"] = 1,
    models: Annotated[list[str] | None, "Models that each agent is to answer with"] = None,
    choices: Annotated[list[str] | None, "What there is to choose from; it is tallied"] = None,
) -> str:
    """Ask several agents the same question side by side, each on its own, and get every answer, the
    tally, the dissent and a synthesis. Up to 50 answers.
    """
    context.may_ask()
    try:
        poll = await read_db(
            planned, context.user, context.agent, question, agents, copies, models, choices
        )
    except BadField as error:
        raise ToolRetry(" ".join(error.fields.values())) from error
    side = await context.transcript(poll.question, key="poll")
    answers = await _all(context, side, poll)
    outcome = tallied(poll, answers)
    if not outcome["answered"]:
        why = next((reply.sentence for reply in answers.values() if reply), "It was stopped.")
        raise ToolFailed(f"Nobody answered. {why}")
    if outcome["answered"] > 1 and not (await side.heard()).stopped:
        outcome |= await _synthesis(context, side, poll, outcome)
    await side.close(outcome)
    return told(poll, outcome)


def planned(
    user: User,
    asker: Agent | None,
    question: str,
    agents: Sequence[str] | None,
    copies: int,
    models: Sequence[str] | None,
    choices: Sequence[str] | None,
) -> Poll:
    """The poll, with everybody who is to answer. Sync. Raises BadField."""
    question = clean(question).strip()
    if not 0 < len(question) <= LONGEST:
        raise BadField(question=f"A question has 1 to {LONGEST} characters.")
    who = chosen(user, agents) if agents else [asker] if asker else []
    if not who:
        raise BadField(agents="Say which agents are to answer.")
    named = [clean(model).strip() for model in models or [""]]
    if len(set(named)) < len(named) or (models and not all(named)):
        raise BadField(models="Each model has a name and stands there once.")
    total = len(who) * copies * len(named)
    if copies < 1 or not 1 <= total <= MOST:
        raise BadField(copies=f"A poll has 1 to {MOST} answers; this would have {max(total, 0)}.")
    return Poll(question, list(_voices(who, copies, named)), _choices(choices))


def _voices(who: list[Agent], copies: int, models: list[str]) -> list[Voice]:
    return [
        Voice(
            key=f"{agent.id} {model} {copy}",
            name=_called(agent.name, model, copy if copies > 1 else 0),
            agent=agent,
            model=model,
        )
        for agent in who
        for model in models
        for copy in range(1, copies + 1)
    ]


def _called(name: str, model: str, copy: int) -> str:
    return " ".join(
        part for part in (name, f"({model})" if model else "", f"#{copy}" * bool(copy)) if part
    )


def _choices(choices: Sequence[str] | None) -> list[str]:
    given = [clean(choice).strip() for choice in choices or []]
    if not given:
        return []
    if not 2 <= len(given) <= CHOICES or not all(0 < len(one) <= 200 for one in given):
        raise BadField(choices=f"There are 2 to {CHOICES} choices, of at most 200 characters.")
    if len({_plain(one) for one in given}) < len(given):
        raise BadField(choices="Two of the choices are the same.")
    return given


# --- asking ---------------------------------------------------------------------------------------


async def _all(context: ToolContext, side: SideTranscript, poll: Poll) -> dict[Voice, Reply | None]:
    """Everybody's answer, some at a time; None for who was not asked any more."""
    room, done = asyncio.Semaphore(AT_ONCE), 0
    answers: dict[Voice, Reply | None] = dict.fromkeys(poll.voices)
    told = CHOOSE.format(choices=" / ".join(poll.choices)) if poll.choices else OPEN

    async def one(voice: Voice) -> None:
        nonlocal done
        async with room:
            if (await side.heard()).stopped:
                return
            reply = await context.ask(
                voice.agent,
                poll.question,
                key=voice.key,
                transcript=side,
                name=voice.name,
                model=voice.model,
                instructions=told,
                within=max(context.left() - RESERVE, context.left() / 2),
            )
            answers[voice] = reply
            if choice := chosen_in(reply.text, poll.choices):
                await side.choose(reply, choice)
        done += 1
        total = len(poll.voices)
        context.progress(f"{done} of {total} have answered", done=done, total=total)

    async with asyncio.TaskGroup() as group:
        for voice in poll.voices:
            group.create_task(one(voice))
    return answers


async def _synthesis(
    context: ToolContext, side: SideTranscript, poll: Poll, outcome: dict[str, Any]
) -> dict[str, str]:
    said = [f"{one['name']}:\n{one['text']}" for one in outcome["answers"] if not one["failed"]]
    asker = context.agent or poll.voices[0].agent
    reply = await context.ask(
        asker,
        "\n\n".join([f"Question: {poll.question}", *said]),
        key="synthesis",
        transcript=side,
        name="Synthesis",
        instructions=SYNTHESISE,
        within=context.left() * SHARE,
    )
    text, _, dissent = reply.text.partition("Dissent:")
    return {"synthesis": text.strip(), "dissent": dissent.strip() or outcome["dissent"]}


# --- what came of it. Pure ------------------------------------------------------------------------


def chosen_in(text: str, choices: list[str]) -> str:
    """Which of the choices an answer made: its last “Choice:” line, or all of it; empty if that is
    none of them.
    """
    lines = _CHOICE.findall(text)
    plain = _plain(lines[-1] if lines else text)
    return next((choice for choice in choices if _plain(choice) == plain), "")


def _plain(text: str) -> str:
    return " ".join(text.casefold().strip(_EDGES).split())


def tallied(poll: Poll, answers: dict[Voice, Reply | None]) -> dict[str, Any]:
    """Every answer, and what was chosen: ties, and answers that are no choice, as such."""
    rows = [_row(voice, reply, poll.choices) for voice, reply in answers.items()]
    whole = [row for row in rows if not row["failed"]]
    count = Counter(row["choice"] for row in whole if row["choice"])
    most = max(count.values(), default=0)
    first = [choice for choice in poll.choices if most and count[choice] == most]
    others = [
        f"{row['name']}: {row['choice']}" for row in whole if row["choice"] not in ("", *first)
    ]
    return {
        "question": poll.question,
        "answered": len(whole),
        "failed": len(rows) - len(whole),
        "answers": rows,
        "tally": {choice: count[choice] for choice in poll.choices},
        "no_choice": sum(not row["choice"] for row in whole) if poll.choices else 0,
        "winner": first[0] if len(first) == 1 else "",
        "tie": first if len(first) > 1 else [],
        "dissent": "; ".join(others),
        "synthesis": "",
    }


def _row(voice: Voice, reply: Reply | None, choices: list[str]) -> dict[str, Any]:
    text = reply.text if reply else ""
    sentence = reply.sentence if reply else "It was not asked any more."
    failed = reply is None or bool(reply.code)
    return {
        "name": voice.name,
        "entry": reply.entry if reply else None,
        "text": text[:SHOWN],
        "choice": "" if failed else chosen_in(text, choices),
        "failed": failed,
        "sentence": sentence,
    }


def told(poll: Poll, outcome: dict[str, Any]) -> str:
    """The outcome as Markdown, for the model and for the chat."""
    asked = len(outcome["answers"])
    parts = [f"**Poll: {poll.question}**", f"{outcome['answered']} of {asked} answered."]
    if poll.choices:
        rows = [f"| {_cell(name)} | {count} |" for name, count in outcome["tally"].items()]
        if outcome["no_choice"]:
            rows.append(f"| *no choice* | {outcome['no_choice']} |")
        parts.append("\n".join(["| choice | answers |", "| --- | ---: |", *rows]))
        parts.append(_verdict(outcome))
    if outcome["synthesis"]:
        parts.append(outcome["synthesis"])
    if outcome["dissent"]:
        parts.append(f"**Dissent:** {outcome['dissent']}")
    if outcome["failed"] or outcome["answered"] == 1:
        parts.append("\n".join(f"- **{one['name']}:** {_shown(one)}" for one in _worth(outcome)))
    return "\n\n".join(parts)


def _verdict(outcome: dict[str, Any]) -> str:
    if outcome["tie"]:
        return f"A tie between {' and '.join(outcome['tie'])}."
    return f"Most chose **{outcome['winner']}**." if outcome["winner"] else "Nobody chose."


def _worth(outcome: dict[str, Any]) -> list[dict[str, Any]]:
    alone = outcome["answered"] == 1
    return [one for one in outcome["answers"] if one["failed"] or alone]


def _shown(one: dict[str, Any]) -> str:
    return f"*{one['sentence']}*" if one["failed"] else one["text"]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
