"""Agents in the admin. Changes go through the services, so that their owners' pages follow."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from accounts.looking import report
from agents.admin.forms import limits_field, parameters_field, told, tools_field
from agents.models import Agent
from agents.services import change_agent, create_agent
from giint.core import batch
from giint.core.errors import BadField, GiintError

FIELDS = (
    "name",
    "description",
    "instructions",
    "model",
    "tools",
    "parameters",
    "limits",
    "archived",
)

# A count of its own per shown row: grouping the list by all threads read every one of them.
_THREADS = (
    Agent.threads.through.objects.filter(agent=OuterRef("pk"))
    .order_by()
    .values("agent")
    .annotate(n=Count("*"))
)


class AgentForm(forms.ModelForm):  # type: ignore[type-arg]
    """What the service refuses is said beside the field; nothing of the try is kept."""

    tools = tools_field()
    parameters = parameters_field()
    limits = limits_field()

    class Meta:
        model = Agent
        fields = ("owner", *FIELDS)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("parameters", "limits"):
            cleaned[name] = cleaned.get(name) or {}
        if self.errors or "owner" not in cleaned | {"owner": self.instance.pk}:
            return cleaned
        try:
            with transaction.atomic():
                self.service(cleaned)
                transaction.set_rollback(True)
        except BadField as error:
            told(self, error)
        except GiintError as error:
            self.add_error(None, error.sentence)
        return cleaned

    def service(self, cleaned: dict[str, Any]) -> Agent:
        """Do what the form asks for. Raises BadField, ``limit_reached``."""
        given: dict[str, Any] = {name: cleaned.get(name) for name in FIELDS}
        if self.instance.pk and not self.instance._state.adding:
            return change_agent(user=self.instance.owner, agent=self.instance.pk, **given)
        return create_agent(user=cleaned["owner"], **given)[0]


@admin.register(Agent)
class AgentAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = AgentForm
    list_display = (
        "name",
        "owner",
        "template",
        "model",
        "tool_names",
        "threads",
        "archived",
        "updated",
    )
    list_filter = ("archived", "revision__template", "model", "created")
    search_fields = (
        "id",
        "name",
        "description",
        "model",
        "owner__username",
        "owner__email",
        "revision__template__name",
        "remote_assistants__remote_id",
    )
    list_select_related = ("owner", "revision__template")
    autocomplete_fields = ("owner",)
    readonly_fields = ("id", "template", "variables", "warning", "created", "updated")
    date_hierarchy = "created"
    actions = ("archive", "bring_back")
    fieldsets = (
        (None, {"fields": ("id", "owner", "name", "description", "archived")}),
        ("Where it is from", {"fields": ("template", "variables", "warning")}),
        ("What it does", {"fields": ("instructions", "model", "tools")}),
        ("Finer", {"fields": ("parameters", "limits"), "classes": ("collapse",)}),
        ("When", {"fields": ("created", "updated")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Agent]:
        agents: QuerySet[Agent] = super().get_queryset(request)
        return agents.annotate(count_of_threads=Coalesce(Subquery(_THREADS.values("n")), 0))

    @admin.display(description="threads", ordering="count_of_threads")
    def threads(self, agent: Agent) -> int:
        count: int = getattr(agent, "count_of_threads", 0)
        return count

    @admin.display(ordering="revision__template__name")
    def template(self, agent: Agent) -> str:
        revision = agent.revision
        return f"{revision.template.name}, revision {revision.number}" if revision else "–"

    @admin.display(description="tools")
    def tool_names(self, agent: Agent) -> str:
        return ", ".join(agent.tools)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """An agent keeps its owner: their threads and outputs stand on it."""
        return (*self.readonly_fields, "owner") if obj else self.readonly_fields

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """By itself, one that no thread refers to; the others are archived."""
        here = (request.resolver_match and request.resolver_match.url_name) or ""
        if here.startswith("agents_agent") and (obj is None or obj.participations.exists()):
            return False
        return super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Agent, form: AgentForm, change: bool) -> None:
        saved = form.service(form.cleaned_data)
        for name in ("id", "created", "updated", "fingerprint"):
            setattr(obj, name, getattr(saved, name))
        obj._state.adding = False

    @admin.action(description="Archive", permissions=["change"])
    def archive(self, request: HttpRequest, queryset: QuerySet[Agent]) -> None:
        self._each(request, queryset, archived=True)

    @admin.action(description="Bring back from the archive", permissions=["change"])
    def bring_back(self, request: HttpRequest, queryset: QuerySet[Agent]) -> None:
        self._each(request, queryset, archived=False)

    def _each(self, request: HttpRequest, agents: QuerySet[Agent], *, archived: bool) -> None:
        """Each in a transaction of its own: one that fails takes nothing of the others back."""

        def act(agent: Agent) -> None:
            change_agent(user=agent.owner, agent=agent.id, archived=archived)

        chosen = list(agents.exclude(archived=archived).select_related("owner"))
        report(self, request, batch.each(chosen, act), "archived" if archived else "brought back")
