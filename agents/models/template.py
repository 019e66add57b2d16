"""Templates: what an administrator offers. Each save is a revision; agents are made from one."""

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models

from giint.core import ids


class Template(models.Model):
    """A template's name and who may see it; what it says is in its revisions.

    ``current`` is everybody's; ``candidate`` goes to its groups and its share of people first.
    """

    id = models.CharField(primary_key=True, max_length=40, default=ids.template_id, editable=False)
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=300, blank=True)
    groups = models.ManyToManyField(
        "auth.Group", blank=True, related_name="templates", help_text="Empty: everybody."
    )
    is_default = models.BooleanField(default=False, help_text="What a new chat uses.")
    manager_default = models.BooleanField(
        default=False, help_text="What the assistant manager makes its assistants from."
    )
    archived = models.BooleanField(default=False)
    current = models.ForeignKey(
        "TemplateRevision", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    candidate = models.ForeignKey(
        "TemplateRevision", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    candidate_groups = models.ManyToManyField("auth.Group", blank=True, related_name="+")
    candidate_percent = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(100)]
    )
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"],
                condition=models.Q(is_default=True),
                name="one_default_template",
            ),
            models.UniqueConstraint(
                fields=["manager_default"],
                condition=models.Q(manager_default=True),
                name="one_template_of_the_manager",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TemplateRevision(models.Model):
    """What a template said from one save to the next. Never changed.

    ``variables``: ``[{"name", "type": text|number|boolean|choice, "default", "choices"?,
    "description"}]``; ``instructions`` may name them as ``{{name}}``.
    """

    id = models.CharField(primary_key=True, max_length=40, default=ids.revision_id, editable=False)
    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    instructions = models.TextField(blank=True)
    variables = models.JSONField(default=list, blank=True)
    model = models.CharField(max_length=120, blank=True)
    tools = models.JSONField(default=list, blank=True)
    parameters = models.JSONField(default=dict, blank=True)
    limits = models.JSONField(default=dict, blank=True)
    linked_assistant = models.CharField(max_length=120, blank=True)
    note = models.CharField(max_length=200, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["template", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["template", "number"], name="revision_number_once")
        ]

    def __str__(self) -> str:
        return f"revision {self.number}"
