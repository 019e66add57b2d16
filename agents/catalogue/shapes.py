"""REST bodies of the catalogue, and how rows become them."""

from decimal import Decimal
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from accounts.rest import CleanField
from accounts.source import SHARED_LABEL
from agents.catalogue.sync import sentence_of
from agents.models import CatalogueSync, LanguageModel
from giint.core.times import iso_or_none


class ModelOut(serializers.Serializer[Any]):
    """One model. Prices are per million tokens, in the account's currency; null is not known."""

    id = serializers.CharField()
    server = serializers.CharField()
    model = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    description = serializers.CharField(allow_blank=True)
    owned_by = serializers.CharField(allow_blank=True)
    released = serializers.DateTimeField(allow_null=True)
    shutdown_date = serializers.DateField(allow_null=True)
    seen = serializers.DateTimeField(allow_null=True)
    gone = serializers.DateTimeField(allow_null=True)
    capabilities = serializers.ListField(child=serializers.CharField())
    context_window = serializers.IntegerField(allow_null=True)
    max_output = serializers.IntegerField(allow_null=True)
    input_price = serializers.CharField(allow_null=True)
    cached_price = serializers.CharField(allow_null=True)
    output_price = serializers.CharField(allow_null=True)


class ModelsOut(serializers.Serializer[Any]):
    """A page of models, by server and id."""

    models = ModelOut(many=True)
    next = serializers.CharField(allow_null=True)


class SyncOut(serializers.Serializer[Any]):
    """How the list of one account was read; without a key it is the operator's account.

    ``busy``: it is being read now. ``sentence``: the last error in words.
    """

    key = serializers.CharField(allow_null=True)
    label = serializers.CharField()  # type: ignore[assignment]
    server = serializers.CharField()
    started = serializers.DateTimeField(allow_null=True)
    ended = serializers.DateTimeField(allow_null=True)
    next = serializers.DateTimeField(allow_null=True)
    busy = serializers.BooleanField()
    code = serializers.CharField(allow_blank=True)
    sentence = serializers.CharField(allow_blank=True)
    models = serializers.IntegerField()


class SyncsOut(serializers.Serializer[Any]):
    syncs = SyncOut(many=True)


class SyncIn(serializers.Serializer[Any]):
    """Which key; absent: all accounts that may answer for the person."""

    key = CleanField(max_length=40, required=False)


def model_row(model: Any) -> dict[str, Any]:
    """A row of ``agents.catalogue.access.models_for``."""
    row: LanguageModel = model
    return {
        "id": row.id,
        "server": row.server,
        "model": row.model_id,
        "name": row.name,
        "description": row.description,
        "owned_by": row.owned_by,
        "released": iso_or_none(row.released),
        "shutdown_date": row.shutdown_date.isoformat() if row.shutdown_date else None,
        "seen": iso_or_none(row.seen),
        "gone": None if model.is_listed else iso_or_none(model.unlisted),
        "capabilities": list(row.capabilities),
        "context_window": row.context_window,
        "max_output": row.max_output,
        "input_price": _price(row.input_price),
        "cached_price": _price(row.cached_price),
        "output_price": _price(row.output_price),
    }


def sync_row(row: CatalogueSync) -> dict[str, Any]:
    return {
        "key": row.key.id if row.key else None,
        "label": row.key.label if row.key else SHARED_LABEL,
        "server": row.server,
        "started": iso_or_none(row.started),
        "ended": iso_or_none(row.ended),
        "next": iso_or_none(row.next),
        "busy": is_busy(row),
        "code": row.code,
        "sentence": sentence_of(row),
        "models": row.models_listed,
    }


def is_busy(row: CatalogueSync) -> bool:
    return row.claimed is not None and row.claimed > timezone.now()


def _price(price: Decimal | None) -> str | None:
    """As text: a float would round it."""
    return None if price is None else f"{price:f}"
