"""What an HTTP function may be: its URL, its schema and its result path, judged together. Pure.

An argument whose name has a place in the URL goes there; the others are the JSON body of a POST,
PUT or PATCH. A method without a body has a place for each.
"""

import re
from collections.abc import Mapping
from typing import Any

from agents.tools.addresses import Address, address
from agents.tools.safety import check_schema
from giint.core.errors import GiintError
from giint.core.secrets import Secret

WITH_BODY = ("POST", "PUT", "PATCH")
METHODS = ("GET", *WITH_BODY, "DELETE")
HEADERS = 20
LONGEST_HEADER = 4_096  # characters of a value
_SCALARS = {"string", "integer", "number", "boolean"}
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_VALUE = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")
# Ours to send, or the connection's.
_RESERVED = {
    *("accept-encoding", "connection", "content-encoding", "content-length", "content-type"),
    *("expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"),
}


def problems(*, method: str, url: str, schema: Any, result_path: str) -> dict[str, str]:
    """Field → what is wrong with it, for whoever defines the function; empty when all is well."""
    wrong: dict[str, str] = {}
    where = None
    if method not in METHODS:
        wrong["method"] = f"Choose one of {', '.join(METHODS)}."
    try:
        where = address(url)
    except GiintError as error:
        wrong["url_template"] = error.sentence
    except ValueError as error:
        wrong["url_template"] = str(error)
    try:
        check_schema(schema)
    except ValueError as error:
        wrong["schema"] = str(error)
    else:
        if where is not None and (reason := _misfit(method, where, schema)):
            wrong["schema"] = reason
    if result_path and not re.fullmatch(r"(/([^~/]|~[01])*)+", result_path):
        wrong["result_path"] = "This is a JSON pointer, such as /data/0/name."
    return wrong


def _misfit(method: str, where: Address, schema: dict[str, Any]) -> str:
    """Why URL and schema do not belong together."""
    properties: dict[str, Any] = schema.get("properties", {})
    if missing := sorted(where.names - properties.keys()):
        return f"The URL has a place for {', '.join(missing)}, which the schema does not have."
    if loose := sorted(where.needed - set(schema.get("required", []))):
        return f"{', '.join(loose)} stands in the path of the URL, so it must be required."
    if odd := sorted(name for name in where.names if not _is_scalar(properties[name])):
        return f"{', '.join(odd)} goes into the URL, so it must be a text, a number or a boolean."
    homeless = sorted(properties.keys() - where.names)
    if homeless and method not in WITH_BODY:
        return f"{method} sends no body, so the URL needs a place for {', '.join(homeless)}."
    return ""


def _is_scalar(schema: Any) -> bool:
    if not isinstance(schema, dict):
        return False
    if "enum" in schema and "type" not in schema:
        return all(isinstance(one, str | int | float) for one in schema["enum"])
    kinds = schema.get("type")
    return bool(kinds) and {kinds} <= _SCALARS if isinstance(kinds, str) else False


def check_headers(headers: Mapping[str, Secret]) -> None:
    """Raises ValueError with a sentence that holds no value."""
    if len(headers) > HEADERS:
        raise ValueError(f"At most {HEADERS} headers.")
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name):
            raise ValueError(f"{name[:60]!r} is not the name of a header.")
        if name.lower() in _RESERVED:
            raise ValueError(f"{name} is not yours to set.")
        text = value.reveal()
        if len(text) > LONGEST_HEADER or not _VALUE.fullmatch(text):
            raise ValueError(
                f"The value of {name} is 1 to {LONGEST_HEADER} printable ASCII characters."
            )


def parse_headers(text: str) -> dict[str, Secret]:
    """``Name: value`` lines. Raises ValueError with a sentence that holds no value."""
    headers: dict[str, Secret] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        name, colon, value = line.partition(":")
        if not colon:
            raise ValueError(f"Line {number} is not “Name: value”.")
        if name.strip().lower() in {one.lower() for one in headers}:
            raise ValueError(f"Line {number} has a header for the second time.")
        headers[name.strip()] = Secret(value.strip())
    check_headers(headers)
    return headers
