"""Which account answers a person's agent, with its key: resolved for every call, never kept."""

from django.conf import settings

from accounts.access import default_key
from accounts.models import ProviderKey, User
from accounts.source import OFFLINE_LABEL, OFFLINE_MODEL, SHARED_LABEL, shared_admits
from agents.models import Agent
from agents.providers.base import Endpoint
from giint.core.errors import GiintError
from giint.core.secrets import Secret


def endpoint_for(*, user: User, agent: Agent | None) -> Endpoint:
    """The person's own default key, else the operator's account, else the offline model.

    The operator's account is for people who have no key of their own, and whom
    ``GIINT_SHARED_ACCOUNT`` admits. Raises GiintError ``no_account``, ``no_model``, and
    ``key_unreadable`` when the field key that sealed their key is gone.
    """
    chosen = agent.model if agent else ""
    key = default_key(user)
    if key is not None:
        return _with_model(endpoint_of(key, model=chosen))
    if shared_admits(user):
        return _with_model(
            Endpoint(
                dialect="responses",
                base_url=settings.OPENAI_API_BASE,
                key=Secret(settings.OPENAI_API_KEY),
                model=chosen or settings.OPENAI_MODEL,
                label=SHARED_LABEL,
            )
        )
    if settings.GIINT_OFFLINE:
        return Endpoint(
            dialect="offline",
            base_url="",
            key=Secret(""),
            model=OFFLINE_MODEL,
            label=OFFLINE_LABEL,
        )
    raise GiintError("no_account")


def endpoint_of(key: ProviderKey, *, model: str = "") -> Endpoint:
    """The account of this key alone. Raises ``key_unreadable``."""
    return Endpoint(
        dialect=key.dialect,
        base_url=key.base_url,
        key=key.open(),
        model=model or key.model or settings.OPENAI_MODEL,
        label=key.label,
        provider_key=key.id,
    )


def _with_model(endpoint: Endpoint) -> Endpoint:
    if not endpoint.model:
        raise GiintError("no_model")
    return endpoint
