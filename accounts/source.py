"""Which account answers for a person: their own, the operator's, the offline model, or none."""

from typing import Literal

from django.conf import settings

from accounts.access import default_key
from accounts.models import User
from giint.core.events import AccountRow

Source = Literal["own", "shared", "offline", "none"]
OFFLINE_MODEL = "offline-demo"
OPENAI = "https://api.openai.com/v1"
SHARED_LABEL = "Shared account"
OFFLINE_LABEL = "Offline demo"


def account_row(user: User) -> AccountRow:
    """The answering account as its person sees it. An own key has its id along."""
    key = default_key(user)
    if key is not None:
        return {
            "source": "own",
            "label": key.label,
            "dialect": key.dialect,
            "model": key.model or settings.OPENAI_MODEL,
            "key": key.id,
        }
    if shared_admits(user):
        return _row("shared", SHARED_LABEL, "responses", settings.OPENAI_MODEL)
    if settings.GIINT_OFFLINE:
        return _row("offline", OFFLINE_LABEL, "offline", OFFLINE_MODEL)
    return _row("none", "", "", "")


def shared_is_set_up() -> bool:
    """The operator has an account. A server of their own may ask for no key; OpenAI always does."""
    return bool(settings.OPENAI_API_KEY) or settings.OPENAI_API_BASE != OPENAI


def shared_admits(user: User) -> bool:
    """The operator has set an account up, and ``GIINT_SHARED_ACCOUNT`` admits ``user`` to it."""
    match settings.GIINT_SHARED_ACCOUNT:
        case "everyone":
            return shared_is_set_up()
        case "staff":
            return shared_is_set_up() and user.is_staff
        case _:
            return False


def _row(source: Source, label: str, dialect: str, model: str) -> AccountRow:
    return {"source": source, "label": label, "dialect": dialect, "model": model}
