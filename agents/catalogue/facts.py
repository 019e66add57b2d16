"""What the catalogue knows of the model that is about to answer."""

from django.db.models import QuerySet
from django.utils.formats import date_format

from accounts.models import User
from agents.catalogue.accounts import answering, server_of
from agents.models import CatalogueEntry, LanguageModel
from agents.providers.base import Endpoint
from giint.core.errors import BadField, GiintError
from giint.core.prepared import Given, Rows

_MODEL = Rows(lambda: LanguageModel.objects.filter(server=Given("server"), model_id=Given("model")))
_GONE = Rows(lambda: _gone().filter(sync__key=Given("key")))
_GONE_FROM_SHARED = Rows(lambda: _gone().filter(sync__key=None))
USUAL = 8_192  # tokens kept free for an answer where nothing is known of the model


def limits_of(endpoint: Endpoint) -> dict[str, int]:
    """The numbers that its context window and longest answer set, as far as they are known.

    ``window``: tokens in all. ``answer``: tokens of it kept free for the answer, a quarter at most:
    there are models that may fill their whole window with one answer, and a prompt needs room.
    """
    row = _MODEL.first(server=server_of(endpoint.base_url), model=endpoint.model)
    if row is None:
        return {}
    found = {}
    if row.context_window:
        found["window"] = row.context_window
        found["answer"] = min(row.max_output or USUAL, max(1, row.context_window // 4))
    elif row.max_output:
        found["answer"] = min(row.max_output, USUAL)
    return found


def refuse_gone(endpoint: Endpoint) -> None:
    """Raises GiintError ``model_gone`` where the account that answers listed the model once and
    does not list it any more.

    A model that was never listed may be there all the same: servers keep aliases to themselves.
    """
    server, key = server_of(endpoint.base_url), endpoint.provider_key or None
    if since := _gone_since(server, key, endpoint.model):
        raise GiintError("model_gone", f"{endpoint.model}, not listed since {since}")


def refuse_choice(user: User, model: str) -> None:
    """The same for a model that ``user`` chooses for an agent now. Raises ``bad_field``."""
    account = answering(user) if model else None
    if account is None:
        return
    key = account.key.id if account.key else None
    if since := _gone_since(account.server, key, model):
        why = f"The server of your account has not listed {model} since {since}. Choose another."
        raise BadField(model=why)


def _gone_since(server: str, key: str | None, model: str) -> str:
    """The day, or nothing for a model that is listed or never was."""
    if key is None:
        entry = _GONE_FROM_SHARED.first(server=server, model=model)
    else:
        entry = _GONE.first(server=server, model=model, key=key)
    return date_format(entry.gone, "j F Y") if entry and entry.gone else ""


def _gone() -> QuerySet[CatalogueEntry]:
    return CatalogueEntry.objects.filter(
        language_model__server=Given("server"),
        language_model__model_id=Given("model"),
        gone__isnull=False,
    )
