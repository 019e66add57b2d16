"""Tools as administrators see them: who may use which, and the ones they make themselves."""

import json

from django.core.validators import MinValueValidator
from django.db import models

from accounts import sealing
from giint.core.secrets import Secret


class Tool(models.Model):
    """A row beside a tool of code, or a whole tool: an HTTP function, a provider's built-in, MCP.

    ``headers`` are sealed: ``[{"name", "value"}]`` under a field key, opened only for a call.
    """

    SEALED = ("sealed_headers", "key_id")  # accounts.rotation
    OPENS_WITH = ()

    class Kind(models.TextChoices):
        CODE = "code", "code (the table in settings)"
        HTTP = "http", "HTTP function"
        BUILTIN = "builtin", "built into the provider"
        MCP = "mcp", "MCP server, called by the provider"

    class Approval(models.TextChoices):
        NEVER = "never"
        ALWAYS = "always"
        WRITES = "writes", "when it writes or reaches outside"

    class Retry(models.TextChoices):
        SAFE = "safe"
        ONCE = "once"
        ASK = "ask"

    name = models.SlugField(max_length=64, unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.CODE)
    label = models.CharField(max_length=80, blank=True)
    description = models.TextField(blank=True, help_text="What the model is told of it.")
    enabled = models.BooleanField(default=True)
    groups = models.ManyToManyField(
        "auth.Group", blank=True, related_name="tools", help_text="Empty: everybody."
    )
    approval = models.CharField(max_length=10, choices=Approval.choices, default=Approval.WRITES)
    writes = models.BooleanField(default=False, help_text="It changes something outside.")
    retry = models.CharField(max_length=10, choices=Retry.choices, default=Retry.SAFE)
    timeout = models.FloatField(
        default=30.0, validators=[MinValueValidator(0.1)], help_text="Seconds."
    )
    # HTTP functions
    method = models.CharField(max_length=7, blank=True)
    url_template = models.CharField(max_length=500, blank=True)
    schema = models.JSONField(default=dict, blank=True, help_text="JSON schema of the arguments.")
    result_path = models.CharField(max_length=200, blank=True)
    sealed_headers = models.BinaryField(default=b"", editable=False)
    key_id = models.CharField(max_length=16, blank=True, editable=False)
    # built-ins and MCP
    options = models.JSONField(default=dict, blank=True, help_text="As the provider takes them.")
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def target(self) -> str:
        """The server that the headers are meant for: an origin, empty if there is none."""
        url = self.options.get("server_url") if self.kind == self.Kind.MCP else self.url_template
        return sealing.origin(str(url or "").partition("{")[0])

    def seal(self, headers: dict[str, Secret]) -> None:
        """Put ``headers`` into this row, which has been saved before: they open for it alone, and
        for its server. None of them: nothing is sealed.
        """
        plain = [{"name": name, "value": value.reveal()} for name, value in headers.items()]
        text = Secret(json.dumps(plain))
        self.key_id, self.sealed_headers = (
            sealing.ring().seal(text, self._about()) if plain else ("", b"")
        )

    def open(self) -> dict[str, Secret]:
        """The headers by name. Raises GiintError ``key_unreadable`` if they were not sealed just
        here.
        """
        sealed = bytes(self.sealed_headers)
        if not sealed and not self.key_id:
            return {}
        plain = json.loads(sealing.ring().open(self.key_id, sealed, self._about()).reveal())
        return {header["name"]: Secret(header["value"]) for header in plain}

    def _about(self) -> bytes:
        return f"agents.tool|sealed_headers|{self.pk}|{self.target}".encode()
