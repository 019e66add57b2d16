"""What an assistant is made from: the manager's template, and over it what its person set.

A configuration is flat and in the words of the Assistants API; ``body`` is the dialect's request,
``said_by`` the way back from what a server tells of one.
"""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import User
from agents.access import templates_for
from agents.catalogue.facts import refuse_choice
from agents.manager.fields import FIELDS, OURS, Config
from agents.manager.sites import Site
from agents.models import Agent
from agents.parameters import wire
from agents.providers.base import Endpoint, TurnRequest
from agents.services import draft_from
from agents.tools.offered import NOTHING, Offer, offered
from agents.tools.offered import refusals as refused_tools
from giint.core.errors import BadField, GiintError
from giint.core.secrets import Secret

# What a chat's assistant is made from, by dialect.
DEFINITIONS = {
    "assistants": "agents.providers.assistants_request.assistant",
    "agents": "agents.providers.agents_request.agent",
}
# Where the Agents API has what is flat here.
_LEVELS = {"reasoning_effort": "reasoning", "verbosity": "text", "response_format": "text"}
NAME = "GIINT assistant"
INSTRUCTIONS = "You are a helpful assistant. Answer plainly, in Markdown where it helps."


def settled(site: Site, own: Mapping[str, Any]) -> Config:
    """What the next assistant is made from: every field that the template or ``own`` has.

    Raises BadField, ``no_model``, ``model_gone`` and ``builtin_refused``.
    """
    dialect = site.key.dialect
    config = _template(site) | {name: value for name, value in own.items() if value is not None}
    config = {name: value for name, value in config.items() if value not in (None, "", {})}
    config["tools"], resources = _tools(site, config.get("tools") or [])
    if resources and "tool_resources" not in config:
        config["tool_resources"] = resources
    config.setdefault("model", site.key.model or settings.OPENAI_MODEL)
    if not config["model"]:
        raise GiintError("no_model", "or give one in config")
    _refuse_model(site, config["model"])
    return {name: config[name] for name in FIELDS if name in config and dialect in FIELDS[name][1]}


def _refuse_model(site: Site, model: str) -> None:
    if site.key.default:
        try:
            refuse_choice(site.user, model)
        except BadField as error:
            raise BadField(**{"config.model": error.fields["model"]}) from None


def template_draft(user: User) -> Agent | None:
    """What the template marked as the manager's default would make of an agent of ``user``.

    Raises BadField where a variable has no default.
    """
    template = templates_for(user).filter(manager_default=True).first()
    return draft_from(user=user, template=template) if template else None


def _template(site: Site) -> Config:
    draft = template_draft(site.user)
    if draft is None:
        return {"name": NAME, "instructions": INSTRUCTIONS, "tools": []}
    return _defined(site, parameters=wire(draft.parameters, site.key.dialect)) | {
        "name": draft.name,
        "description": draft.description,
        "model": draft.model,
        "instructions": draft.told,
        "tools": list(draft.tools),
    }


def _defined(site: Site, offer: Offer = NOTHING, parameters: Config | None = None) -> Config:
    """What a chat's assistant with these would be made from: the words are its provider's."""
    dialect = site.key.dialect
    request = TurnRequest(
        endpoint=Endpoint(dialect, site.key.base_url, Secret(""), "", ""),
        model="",
        instructions="",
        items=[],
        tools=offer.specs,
        builtins=list(offer.builtins),
        parameters=parameters or {},
    )
    defined = said_by(import_string(DEFINITIONS[dialect])(request), dialect)
    return {name: value for name, value in defined.items() if name not in ("name", "model")}


def over(own: Config, given: Config) -> Config:
    """What a person has set, after they set ``given`` too: null gives a field back."""
    return {name: value for name, value in (own | given).items() if value is not None}


def merged(site: Site, base: Config, given: Config) -> tuple[Config, list[str]]:
    """What one says after ``given`` was set on it, and which fields of the request are null then.

    Raises BadField, ``model_gone`` and ``builtin_refused``.
    """
    config = over(base, given)
    if "model" in given:
        if not config.get("model"):
            raise BadField(**{"updates.model": "An assistant needs a model."})
        _refuse_model(site, config["model"])
    if "tools" in given:
        config["tools"], _ = _tools(site, given["tools"] or [])
    levels = _LEVELS if site.key.dialect == "agents" else {}
    cleared = {levels.get(name, name) for name, value in given.items() if value is None}
    return config, sorted(cleared - {"tools", "metadata"})


# --- tools ----------------------------------------------------------------------------------------


def _tools(site: Site, chosen: list[Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The tools in the dialect's words, and the resources that they name."""
    offer = _offer(site, [one for one in chosen if isinstance(one, str)])
    defined = _defined(site, offer)
    names = [*offer.tools, *(one.name for one in offer.builtins)]
    said = dict(zip(names, defined["tools"], strict=True))
    known = [said.get(one) if isinstance(one, str) else one for one in chosen]
    return [one for one in known if one is not None], defined.get("tool_resources", {})


def _offer(site: Site, names: list[str]) -> Offer:
    if wrong := refused_tools(site.user, names):
        why = " ".join(f"{name}: {sentence}" for name, sentence in wrong.items())
        raise BadField(**{"config.tools": why})
    agent = Agent(owner=site.user, tools=names)
    offer = offered(user=site.user, agent=agent, dialect=site.key.dialect)
    for one in offer.builtins:
        if one.headers:
            raise GiintError("builtin_refused", f"{one.name}: its headers would stay there")
    return offer


# --- the wire -------------------------------------------------------------------------------------


def body(config: Config, dialect: str, marks: Mapping[str, str]) -> dict[str, Any]:
    """The request that makes or changes one. ``marks``: what of its metadata is ours."""
    sent = {name: value for name, value in config.items() if value is not None}
    sent["metadata"] = {**(config.get("metadata") or {}), **marks}
    if dialect == "assistants":
        return sent
    if effort := sent.pop("reasoning_effort", None):
        sent["reasoning"] = {"effort": effort}
    said = {
        "format": _flat(sent.pop("response_format", None)),
        "verbosity": sent.pop("verbosity", None),
    }
    if kept := {name: value for name, value in said.items() if value}:
        sent["text"] = kept
    return sent


def _flat(form: Any) -> dict[str, Any] | None:
    """The Agents API has texts and schemas alone."""
    if not isinstance(form, Mapping):
        return None
    if form.get("type") == "json_schema":
        inner = form.get("json_schema")
        schema = inner.get("schema") if isinstance(inner, Mapping) else form.get("schema")
        return {"type": "json_schema", "schema": schema or {}}
    return {"type": "text"} if form.get("type") == "text" else None


def said_by(raw: Mapping[str, Any], dialect: str) -> Config:
    """The configuration of one as its server tells it, without what is ours in its metadata."""
    found = {name: raw[name] for name in FIELDS if raw.get(name) not in (None, "", {}, [])}
    pairs = raw.get("metadata")
    own = pairs if isinstance(pairs, Mapping) else {}
    found["metadata"] = {name: own[name] for name in own if not _is_mark(str(name))}
    if dialect == "agents":
        reasoning, said = raw.get("reasoning"), raw.get("text")
        if isinstance(reasoning, Mapping) and reasoning.get("effort"):
            found["reasoning_effort"] = reasoning["effort"]
        if isinstance(said, Mapping):
            found |= {"verbosity": said.get("verbosity"), "response_format": said.get("format")}
    found["tools"] = raw.get("tools") or []
    return {name: value for name, value in found.items() if value not in (None, {})}


def _is_mark(name: str) -> bool:
    return name in OURS or name.startswith("giint_")
