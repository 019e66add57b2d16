"""What subagents of the Agents API say is told beside the answer, and is no part of it."""

from dataclasses import replace

import pytest

from agents.providers.agents_api import AgentsApi
from agents.providers.base import BuiltIn, Done, Subagent, ToolProgress
from tests.modelserver import agentswire as wire
from tests.modelserver.server import ModelServer
from tests.providers.asking import ask, text
from tests.providers.remotes import Objects
from tests.providers.test_agents_api import asked, sent

SEVERAL = BuiltIn("several", "subagents", {"type": "subagents", "max_concurrent_subagents": 2})
REPLY = wire.stream(
    wire.subagent("Ann", "Look left.", "I ", "looked."),
    wire.subagent("Ben", "Look right.", "So did I.", id="sub_2"),
    wire.message("They looked."),
)


@pytest.mark.parametrize("cut", [None, 4, 12, 18])
async def test_they_are_told_apart_whether_followed_or_read(
    model_server: ModelServer, cut: int | None
) -> None:
    model_server.play(REPLY if cut is None else REPLY.but(cut_after=cut))
    given = replace(asked(model_server, Objects(), "Look"), builtins=[SEVERAL])
    events = await ask(AgentsApi(), given)
    assert text(events) == "They looked."
    (agent,) = sent(model_server, "POST", "/agents")
    assert agent["multi_agent"] == {"enabled": True, "max_concurrent_subagents": 2}
    assert "tools" not in agent
    told: dict[tuple[str, str], dict[str, str]] = {}
    for one in events:
        if isinstance(one, Subagent):
            # A step is opened for each before it says anything, and nothing is said twice.
            opened = ToolProgress(one.call_id, "subagent", "in_progress")
            assert events.index(opened) < events.index(one)
            said = told.setdefault((one.call_id, one.name), {})
            assert one.item not in said
            said[one.item] = one.text
    assert list(told) == [("sub_1", "Ann"), ("sub_2", "Ben")]
    assert [list(said.values()) for said in told.values()] == [
        ["Look left.", "I looked."],
        ["Look right.", "So did I."],
    ]
    last = events[-1]
    assert isinstance(last, Done)
    first, second, _ = last.items
    step = {"type": "subagent_call", "id": "sub_1", "name": "Ann", "task": "Look left."}
    assert first == step | {"said": "I looked.", "status": "completed"}
    assert (second["type"], second["said"]) == ("subagent_call", "So did I.")
