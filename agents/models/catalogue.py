"""The model catalogue: what servers list, and what people know of it."""

from decimal import Decimal
from typing import Any

from django.core.validators import MinValueValidator
from django.db import models

from giint.core import ids

NOT_NEGATIVE = [MinValueValidator(Decimal(0))]


def price(help_text: str) -> "models.DecimalField[Any, Any]":
    """A column for a price per million tokens, in the account's currency."""
    return models.DecimalField(
        max_digits=12,
        decimal_places=4,
        null=True,
        blank=True,
        validators=NOT_NEGATIVE,
        help_text=help_text,
    )


class LanguageModel(models.Model):
    """One model of one server. What the server says is synced; what is kept by hand survives it.

    ``gone``: no account of this installation that listed it lists it any more.
    """

    id = models.CharField(primary_key=True, max_length=40, default=ids.model_id, editable=False)
    server = models.CharField(max_length=300, help_text="The base URL that lists it.")
    model_id = models.CharField(max_length=200)
    # synced
    owned_by = models.CharField(max_length=120, blank=True)
    released = models.DateTimeField(null=True, blank=True)
    shutdown_date = models.DateField(null=True, blank=True)
    seen = models.DateTimeField(null=True, blank=True, help_text="When it was last listed.")
    gone = models.DateTimeField(null=True, blank=True, help_text="Since when it is not listed.")
    # kept by hand
    name = models.CharField(max_length=120, blank=True)
    description = models.TextField(blank=True)
    capabilities = models.JSONField(default=list, blank=True)
    context_window = models.PositiveIntegerField(null=True, blank=True, help_text="Tokens.")
    max_output = models.PositiveIntegerField(null=True, blank=True, help_text="Tokens.")
    input_price = price("Per million input tokens.")
    cached_price = price("Per million cached input tokens.")
    output_price = price("Per million output tokens.")

    class Meta:
        ordering = ["server", "model_id"]
        constraints = [
            models.UniqueConstraint(fields=["server", "model_id"], name="model_once_per_server"),
            *(
                models.CheckConstraint(
                    condition=models.Q(**{f"{column}__isnull": True})
                    | models.Q(**{f"{column}__gte": 0}),
                    name=f"{column}_not_negative",
                )
                for column in ("input_price", "cached_price", "output_price")
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.model_id


class CatalogueSync(models.Model):
    """How reading one account's models went. Without a key it is the operator's account."""

    key = models.OneToOneField(
        "accounts.ProviderKey", on_delete=models.CASCADE, null=True, blank=True, related_name="sync"
    )
    server = models.CharField(max_length=300)
    started = models.DateTimeField(null=True, blank=True)
    ended = models.DateTimeField(null=True, blank=True)
    next = models.DateTimeField(null=True, blank=True)
    code = models.CharField(max_length=40, blank=True)
    detail = models.TextField(blank=True)
    models_listed = models.PositiveIntegerField(default=0)
    claimed = models.DateTimeField(null=True, blank=True, help_text="Who reads it holds it until.")

    class Meta:
        verbose_name = "catalogue sync"
        constraints = [
            models.UniqueConstraint(
                fields=["server"], condition=models.Q(key=None), name="one_shared_sync_per_server"
            )
        ]

    def __str__(self) -> str:
        return self.server


class CatalogueEntry(models.Model):
    """One account lists one model. Accounts at one server may see different ones: a fine-tuned
    model is its organisation's alone.
    """

    sync = models.ForeignKey(CatalogueSync, on_delete=models.CASCADE, related_name="entries")
    language_model = models.ForeignKey(
        LanguageModel, on_delete=models.CASCADE, related_name="entries"
    )
    gone = models.DateTimeField(null=True, blank=True, help_text="Since when it is not listed.")

    class Meta:
        verbose_name_plural = "catalogue entries"
        constraints = [
            models.UniqueConstraint(
                fields=["sync", "language_model"], name="model_once_per_account"
            )
        ]

    def __str__(self) -> str:
        return f"{self.sync_id} {self.language_model_id}"
