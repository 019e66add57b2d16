"""Who asks: the person, what we keep about them, their keys, their synced page state."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from accounts import sealing
from giint.core import ids
from giint.core.errors import FAILURES, GiintError
from giint.core.events import KeyRow
from giint.core.secrets import Secret
from giint.core.times import iso, iso_or_none

if TYPE_CHECKING:
    from agents.models import Agent, AssistantManager, RemoteAssistant
    from giint.models import GiintThread
    from transcripts.models import File, ToolOutput


class User(AbstractUser):
    """The person, as Django knows them. Swappable: our own columns live in ``Account``."""

    if TYPE_CHECKING:
        account: "Account"
        provider_keys: models.Manager["ProviderKey"]
        api_tokens: models.Manager["ApiToken"]
        audit: models.Manager["AuditEntry"]
        ui_state: "UiState"
        threads: models.Manager[GiintThread]
        agents: models.Manager[Agent]
        tool_outputs: models.Manager[ToolOutput]
        files: models.Manager[File]
        remote_assistants: models.Manager[RemoteAssistant]
        assistant_managers: models.Manager[AssistantManager]

    class Meta(AbstractUser.Meta):  # type: ignore[name-defined,misc]
        swappable = "AUTH_USER_MODEL"
        constraints = [
            # People sign in and reset passwords by it: one address, one person.
            models.UniqueConstraint(
                Lower("email"),
                condition=~Q(email=""),
                name="one_user_per_email",
                violation_error_message="Somebody has signed up with this address already.",
            )
        ]


class Account(models.Model):
    """What we keep about a person. ``access_version`` rises when their rights change."""

    id = models.CharField(primary_key=True, max_length=40, default=ids.user_id, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="account"
    )
    access_version = models.PositiveIntegerField(default=0, editable=False)
    applied = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When they signed up by themselves."
    )
    approved = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When that sign-up was approved."
    )
    default_template = models.ForeignKey(
        "agents.Template",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="What this person's new chats use instead of the site's default.",
    )

    def __str__(self) -> str:
        return self.id

    @property
    def waits(self) -> bool:
        """They signed up and nobody has approved it yet."""
        return self.applied is not None and self.approved is None


class ProviderKey(models.Model):
    """A person's account at a model server. ``sealed`` opens only here, for this owner and host."""

    SEALED = ("sealed", "key_id", "last4")  # accounts.rotation
    OPENS_WITH = ("user__account",)

    id = models.CharField(primary_key=True, max_length=40, default=ids.key_id, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="provider_keys"
    )
    label = models.CharField(max_length=80)
    dialect = models.CharField(max_length=20, default="responses")
    base_url = models.URLField(max_length=300)
    model = models.CharField(max_length=120, blank=True)
    default = models.BooleanField(default=False)
    sealed = models.BinaryField(editable=False, default=b"")
    key_id = models.CharField(max_length=16, editable=False, blank=True)
    last4 = models.CharField(max_length=4, editable=False, blank=True)
    checked = models.DateTimeField(null=True, blank=True, editable=False)
    check_code = models.CharField(max_length=40, blank=True, editable=False)
    check_detail = models.CharField(max_length=300, blank=True, editable=False)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-default", "created"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(default=True), name="one_default_key_per_user"
            )
        ]

    def __str__(self) -> str:
        return self.label

    def seal(self, secret: Secret) -> None:
        """Put ``secret`` into this unsaved row; an empty one for a server that asks for none."""
        self.last4 = secret.last4
        self.key_id, self.sealed = (
            sealing.ring().seal(secret, self._about()) if secret else ("", b"")
        )

    def open(self) -> Secret:
        """The key. Raises GiintError ``key_unreadable`` if it was not sealed just here."""
        sealed = bytes(self.sealed)
        if not sealed and not self.key_id and not self.last4:
            return Secret("")
        return sealing.ring().open(self.key_id, sealed, self._about())

    def _about(self) -> bytes:
        try:
            owner = self.user.account.id
        except Account.DoesNotExist:  # deleted and made anew, a person is another owner
            raise GiintError("key_unreadable") from None
        return sealing.about(row=self.id, owner=owner, base_url=self.base_url)

    def row(self) -> KeyRow:
        return {
            "id": self.id,
            "label": self.label,
            "dialect": self.dialect,
            "base_url": self.base_url,
            "model": self.model,
            "last4": self.last4,
            "default": self.default,
            "checked": iso_or_none(self.checked),
            "check_code": self.check_code,
            "check_sentence": self._check_sentence(),
        }

    def _check_sentence(self) -> str:
        failure = FAILURES.get(self.check_code if self.checked else "key_unused")
        if failure is None:
            return ""
        return (
            f"{failure.sentence} ({self.check_detail})" if self.check_detail else failure.sentence
        )


class UiState(models.Model):
    """One JSON document per person; written by compare-and-set on ``version``."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="ui_state"
    )
    version = models.PositiveIntegerField(default=0)
    state = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"state {self.version}"


class ApiToken(models.Model):
    """A bearer token of our own API (``gnt_…``). Only its SHA-256 is kept; it is shown once."""

    id = models.CharField(primary_key=True, max_length=40, default=ids.token_id, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens"
    )
    name = models.CharField(max_length=80)
    begins = models.CharField(max_length=8, editable=False, default="")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    # The mark of the password it was made under: another password ends it.
    password_mark = models.CharField(max_length=64, editable=False, default="")
    scopes = models.JSONField(default=list, blank=True)
    expires = models.DateTimeField(null=True, blank=True)
    last_used = models.DateTimeField(null=True, blank=True, editable=False)
    revoked = models.DateTimeField(null=True, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created"]

    def __str__(self) -> str:
        return self.name

    def row(self) -> dict[str, Any]:
        """As its owner sees it: what it is, never the token."""
        return {
            "id": self.id,
            "name": self.name,
            "begins": self.begins,
            "scopes": self.scopes,
            "created": iso(self.created),
            "expires": iso_or_none(self.expires),
            "last_used": iso_or_none(self.last_used),
        }


class AuditEntry(models.Model):
    """Who did what with keys, permissions and others' threads. Written once, never changed."""

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="audit"
    )
    action = models.CharField(max_length=40)
    noun = models.CharField(max_length=40)
    object_id = models.CharField(max_length=60, blank=True)
    details = models.JSONField(default=dict, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created", "-id"]
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["owner", "-created"], name="audit_of_owner")]

    def __str__(self) -> str:
        return f"{self.action} {self.noun} {self.object_id}"
