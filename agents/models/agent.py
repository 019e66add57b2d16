"""The agent: a person's own row, from a template's revision, from scratch or copied."""

import zlib

from django.conf import settings
from django.db import models

from agents.rollout import Rollout
from agents.variables import render
from giint.core import ids
from giint.core.events import AgentRow


class AgentQuerySet(models.QuerySet["Agent"]):
    """Reads of agents with what their rows need."""

    def with_templates(self) -> "AgentQuerySet":
        """With template and revision, so that ``row`` asks for nothing more."""
        return self.select_related("owner", "revision__template").prefetch_related(
            "revision__template__candidate_groups"
        )


class Agent(models.Model):
    """A person's agent. An empty ``model`` means the model of whichever account answers.

    ``instructions`` are its own; the template's come before them (``told``).
    """

    id = models.CharField(primary_key=True, max_length=40, default=ids.agent_id, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="agents"
    )
    revision = models.ForeignKey(
        "agents.TemplateRevision",
        on_delete=models.PROTECT,  # its instructions are part of the agent's
        null=True,
        blank=True,
        related_name="agents",
        help_text="What it was made from; a newer revision changes nothing until it is chosen.",
    )
    variables = models.JSONField(default=dict, blank=True, help_text="Values of its variables.")
    fingerprint = models.CharField(max_length=64, blank=True, editable=False)
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=300, blank=True)
    instructions = models.TextField(blank=True)
    model = models.CharField(max_length=120, blank=True)
    tools = models.JSONField(default=list, blank=True, help_text="Names of the tools it may use.")
    parameters = models.JSONField(
        default=dict, blank=True, help_text="Model parameters, such as temperature."
    )
    limits = models.JSONField(
        default=dict,
        blank=True,
        help_text="Deadlines (seconds) and guards that differ from the defaults.",
    )
    archived = models.BooleanField(default=False)
    warning = models.CharField(
        max_length=300,
        blank=True,
        editable=False,
        help_text="What the catalogue says against its model; kept by agents.catalogue.",
    )
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    objects = AgentQuerySet.as_manager()

    class Meta:
        ordering = ["created"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "fingerprint"],
                condition=models.Q(archived=False) & ~models.Q(fingerprint=""),
                name="one_agent_per_choice",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def tile(self) -> int:
        """The agent's colour, 1 to 6, fixed by its id."""
        return zlib.crc32(self.id.encode()) % 6 + 1

    @property
    def told(self) -> str:
        """What the model is told: the template's instructions with its variables filled in, then
        its own. It follows from rows that do not change under a running thread.
        """
        if self.revision is None:
            return self.instructions
        rendered = render(self.revision.instructions, self.variables)
        return "\n\n".join(text for text in (rendered, self.instructions) if text)

    def row(self, rollout: Rollout | None = None) -> AgentRow:
        """``rollout``: the owner's, where many rows are made."""
        revision = self.revision
        template = revision.template if revision else None
        newest = (rollout or Rollout(self.owner)).revision_id(template) if template else None
        return {
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "instructions": self.instructions,
            "model": self.model,
            "tools": list(self.tools),
            "parameters": dict(self.parameters),
            "limits": dict(self.limits),
            "template": template.id if template else None,
            "template_name": template.name if template else "",
            "revision": revision.id if revision else None,
            "number": revision.number if revision else None,
            "newer": bool(revision and newest and newest != revision.id),
            "variables": dict(self.variables),
            "tile": self.tile,
            "archived": self.archived,
            "warning": self.warning,
        }
