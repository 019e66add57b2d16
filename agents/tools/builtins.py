"""Tools that a provider runs itself, and what may be said about each. Data; pure.

Which dialects take them is the provider's to say (``Provider.builtins``). Options go to the
provider as they are; secrets are not among them: an MCP server's are the row's sealed headers.
Source: the Responses API reference, ``tools``.
"""

from typing import Any

import orjson
from jsonschema import Draft202012Validator

from giint.core.errors import GiintError
from giint.core.net import check_url

_TEXT = {"type": "string", "maxLength": 300}
_TEXTS = {"type": "array", "items": _TEXT, "minItems": 1, "maxItems": 100}
_ANY_OBJECT = {"type": "object"}
LONGEST = 8_192  # bytes of JSON


def _options(needed: tuple[str, ...] = (), **known: Any) -> Draft202012Validator:
    return Draft202012Validator(
        {
            "type": "object",
            "properties": {"type": True, **known},
            "required": list(needed),
            "additionalProperties": False,
        }
    )


# Type at the provider → its options.
BUILTINS: dict[str, Draft202012Validator] = {
    "web_search": _options(
        search_context_size={"enum": ["low", "medium", "high"]},
        user_location=_ANY_OBJECT,
        filters=_ANY_OBJECT,
        external_web_access={"type": "boolean"},
    ),
    "file_search": _options(
        ("vector_store_ids",),
        vector_store_ids=_TEXTS,
        max_num_results={"type": "integer", "minimum": 1, "maximum": 50},
        ranking_options=_ANY_OBJECT,
        filters=_ANY_OBJECT,
    ),
    "code_interpreter": _options(("container",), container={"anyOf": [_TEXT, _ANY_OBJECT]}),
    "image_generation": _options(
        model=_TEXT,
        quality={"enum": ["low", "medium", "high", "auto"]},
        size=_TEXT,
        output_format={"enum": ["png", "webp", "jpeg"]},
        output_compression={"type": "integer", "minimum": 0, "maximum": 100},
        moderation={"enum": ["auto", "low"]},
        background={"enum": ["transparent", "opaque", "auto"]},
        input_fidelity={"enum": ["high", "low"]},
        partial_images={"type": "integer", "minimum": 0, "maximum": 3},
        action={"enum": ["generate", "edit", "auto"]},
    ),
    "mcp": _options(
        ("server_label", "server_url"),
        server_label={"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_-]{0,63}$"},
        server_url=_TEXT,
        server_description=_TEXT,
        allowed_tools=_TEXTS,
    ),
    # Of the Agents API alone: agents that the one that answers may set to work.
    "subagents": _options(
        max_concurrent_subagents={"type": "integer", "minimum": 1, "maximum": 16}
    ),
}


def check_options(kind: str, options: Any) -> None:
    """Raises ValueError with a sentence for whoever wrote the options."""
    if kind not in BUILTINS:
        raise ValueError(f'Say which one with "type": {", ".join(sorted(BUILTINS))}.')
    if len(orjson.dumps(options)) > LONGEST:
        raise ValueError(f"{kind}: its options are larger than {LONGEST} bytes.")
    for error in BUILTINS[kind].iter_errors(options):
        where = "/".join(str(step) for step in error.absolute_path)
        raise ValueError(f"{kind}{f', {where}' if where else ''}: {error.message[:200]}.")
    if kind == "mcp":
        try:
            target = check_url(options["server_url"])
        except GiintError as error:
            raise ValueError(f"server_url: {error.sentence}") from None
        if target.scheme != "https":
            raise ValueError("server_url: an MCP server is reached by https.")
