"""What makes two agents the same choice. Pure."""

import hashlib
from typing import Any

import orjson


def fingerprint(
    *,
    revision: str | None,
    variables: dict[str, Any],
    instructions: str,
    model: str,
    tools: list[str],
    parameters: dict[str, Any],
    limits: dict[str, Any],
) -> str:
    """SHA-256 over everything that decides how an agent answers; not over its name. The order of
    tools counts: it is part of what the model is sent.
    """
    said = [revision, variables, instructions, model, tools, parameters, limits]
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()
