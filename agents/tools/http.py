"""HTTP functions: tools made of a row. Its headers are opened for the call and for nothing else."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from agents.models import Tool as Row
from agents.tools import base, safety
from agents.tools.addresses import address
from agents.tools.base import ToolContext, ToolFailed, ToolRetry
from agents.tools.definition import WITH_BODY
from agents.tools.fetch import Answer, fetch
from giint.core.errors import GiintError
from giint.core.secrets import Secret
from giint.core.text import clean, clean_json

STRUCK = "•••"
SHOWN = 300  # characters of what a server says about a failure
_MENDABLE = (400, 404, 409, 422)  # other arguments may help


@dataclass(frozen=True, slots=True)
class Request:
    """What a call will send, but for its headers."""

    method: str
    url: str
    body: dict[str, Any] | None


def http_tool(row: Row, **traits: Any) -> base.Tool:
    """The row as a tool; ``traits`` are the fields it has in common with tools of code. Raises
    ValueError for a schema that would not be admitted now.
    """
    safety.check_schema(row.schema)
    return base.Tool(
        schema=row.schema,
        function=_function(row),
        is_async=True,
        weight=safety.weight(row.schema),
        **traits,
    )


def _function(row: Row) -> Callable[..., Any]:
    async def call(context: ToolContext, /, **arguments: Any) -> Any:
        return result(row, await ask(row, request(row, arguments), within=context.deadline))

    return call


def request(row: Row, arguments: Mapping[str, Any]) -> Request:
    """Raises ToolRetry for arguments that fit the schema and not the URL."""
    try:
        where = address(row.url_template)
        url = where.fill(arguments)
    except GiintError as error:
        raise ToolFailed(f"{row.name} may not be called: {error.detail}.") from None
    except ValueError as error:
        raise ToolRetry(f"The arguments of {row.name} do not fit: {error}.") from None
    if row.method not in WITH_BODY:
        return Request(row.method, url, None)
    return Request(
        row.method, url, {name: v for name, v in arguments.items() if name not in where.names}
    )


async def ask(row: Row, wanted: Request, *, within: float) -> Answer:
    """Send it. The answer's text has none of the row's secrets. Raises ToolFailed, ToolTimeout."""
    try:
        headers = row.open()
    except GiintError:
        raise ToolFailed(f"The headers of {row.name} cannot be opened any more.") from None
    answer = await fetch(
        wanted.url,
        method=wanted.method,
        headers={name: value.reveal() for name, value in headers.items()},
        body=wanted.body,
        within=within,
    )
    return Answer(answer.status, answer.type, _without(headers, answer.text))


def result(row: Row, answer: Answer) -> Any:
    """What of the answer the model gets. Raises ToolRetry and ToolFailed."""
    if not 200 <= answer.status < 300:
        said = " ".join(clean(answer.text)[:SHOWN].split())
        sentence = f"The server answered {answer.status}" + (f": {said}" if said else ".")
        raise (ToolRetry if answer.status in _MENDABLE else ToolFailed)(sentence)
    is_json = answer.type == "application/json" or answer.type.endswith("+json")
    if not is_json and not row.result_path:
        return answer.text
    try:
        value = clean_json(json.loads(answer.text)) if answer.text.strip() else None
    except (ValueError, RecursionError):
        raise ToolFailed("The server sent something that is not JSON.") from None
    return _at(row.result_path, value)


def _at(pointer: str, value: Any) -> Any:
    """The part of ``value`` that a JSON pointer (RFC 6901) names."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and int(name[:9]) < len(value):
            value = value[int(name[:9])]
        else:
            raise ToolFailed(f"The server's answer has nothing at {pointer}.")
    return value


def _without(headers: Mapping[str, Secret], text: str) -> str:
    """A server may repeat what it was sent: not to the model."""
    for value in headers.values():
        secret = value.reveal()
        for part in (secret, secret.rpartition(" ")[2]):
            if len(part) >= 8:
                text = text.replace(part, STRUCK)
    return text
