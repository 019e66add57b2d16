"""What a provider runs itself, as a Responses server is told of it."""

from agents.providers.base import BuiltIn, Endpoint, ToolSpec, TurnRequest
from agents.providers.responses import Responses, body
from agents.tools.builtins import BUILTINS
from giint.core.secrets import Secret


def sent(*builtins: BuiltIn) -> list[dict[str, object]]:
    endpoint = Endpoint("responses", "https://api.example.org/v1", Secret("k"), "m", "")
    tools = [ToolSpec("mine", "Mine.", {"type": "object"})]
    request = TurnRequest(endpoint, "m", "", [], tools=tools, builtins=list(builtins))
    found: list[dict[str, object]] = body(request)["tools"]
    return found


def test_they_stand_beside_functions_as_they_were_written() -> None:
    container = {"type": "auto"}
    tools = sent(
        BuiltIn("search", "web_search", {"type": "web_search", "search_context_size": "low"}),
        BuiltIn("python", "code_interpreter", {"container": container}),
    )
    assert [tool["type"] for tool in tools] == ["function", "web_search", "code_interpreter"]
    assert tools[1] == {"type": "web_search", "search_context_size": "low"}
    assert tools[2]["container"] == container


def test_an_mcp_server_gets_its_headers_and_waits_for_nobody() -> None:
    options = {"server_label": "crm", "server_url": "https://mcp.example.org/"}
    secret = {"Authorization": Secret("Bearer abc")}
    assert sent(BuiltIn("crm", "mcp", options, secret))[1] == {
        **options,
        "type": "mcp",
        "require_approval": "never",
        "headers": {"Authorization": "Bearer abc"},
    }


def test_the_dialect_has_every_kind_that_can_be_written() -> None:
    assert Responses.builtins == BUILTINS.keys() - {"subagents"}
