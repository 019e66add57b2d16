"""Templates in the admin: their revisions, what changed between them, and the rollout."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html

from accounts.looking import report
from accounts.principal import principal
from agents.admin.outcomes import sentence, with_outcomes
from agents.admin.template_form import TemplateForm
from agents.diff import as_lines, changes
from agents.ingest.using import use
from agents.models import Agent, Template, TemplateRevision
from agents.template_services import (
    change_template,
    clone_template,
    make_default,
    promote,
    roll_back,
    withdraw,
)
from giint.core import batch
from giint.core.errors import GiintError


class Revisions(admin.TabularInline):  # type: ignore[type-arg]
    """What it said from one save to the next, and how the answers made with each went."""

    model = TemplateRevision
    fk_name = "template"
    fields = ("number_and_page", "stands", "note", "author", "created", "agents_made", "outcomes")
    readonly_fields = fields
    can_delete = False
    extra = 0
    verbose_name_plural = "revisions"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        revisions = super().get_queryset(request).select_related("author", "template")
        made = Agent.objects.filter(revision=OuterRef("pk")).order_by().values("revision")
        counted = Subquery(made.annotate(n=Count("pk")).values("n"))
        found: QuerySet[Any] = with_outcomes(revisions).annotate(n_agents=Coalesce(counted, 0))
        return found

    @admin.display(description="revision")
    def number_and_page(self, revision: TemplateRevision) -> str:
        address = reverse(
            "admin:agents_template_revision", args=[revision.template_id, revision.number]
        )
        return format_html('<a href="{}">Revision {}</a>', address, revision.number)

    @admin.display(description="is")
    def stands(self, revision: TemplateRevision) -> str:
        return standing(revision)

    @admin.display(description="agents")
    def agents_made(self, revision: Any) -> int:
        count: int = revision.n_agents
        return count

    @admin.display(description="outcomes")
    def outcomes(self, revision: Any) -> str:
        return sentence(revision)


@admin.register(Template)
class TemplateAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = TemplateForm
    list_display = (
        "name",
        "description",
        "revision",
        "trying",
        "for_groups",
        "is_default",
        "archived",
        "created",
    )
    list_filter = ("archived", "is_default", "manager_default", "groups", "created")
    list_select_related = ("current", "candidate")
    search_fields = ("id", "name", "description", "revisions__instructions")
    date_hierarchy = "created"
    filter_horizontal = ("groups",)
    inlines = (Revisions,)
    actions = ("clone", "promote", "withdraw", "make_default", "archive", "bring_back")
    readonly_fields = ("id", "quality")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "id",
                    "name",
                    "description",
                    "groups",
                    "site_default",
                    "manager_default",
                    "archived",
                )
            },
        ),
        (
            "What it says",
            {
                "fields": (
                    "instructions",
                    "variables",
                    "model",
                    "tools",
                    "parameters",
                    "limits",
                    "linked_assistant",
                    "note",
                )
            },
        ),
        (
            "Who gets it",
            {"fields": ("audience", "candidate_groups", "candidate_percent", "quality")},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Template]:
        return super().get_queryset(request).prefetch_related("groups")

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        return type("TemplateForm", (form,), {"author": principal(request)})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new template has nothing to compare a candidate with."""
        return self.fieldsets if obj else self.fieldsets[:2]

    def save_model(self, request: HttpRequest, obj: Template, form: Any, change: bool) -> None:
        saved = form.service(form.cleaned_data)
        obj.pk = saved.pk
        obj._state.adding = False
        if "linked_assistant" in form.changed_data and form.cleaned_data["linked_assistant"]:
            linked = form.cleaned_data["linked_assistant"]
            transaction.on_commit(lambda: self._link(request, linked))  # a server is asked

    def _link(self, request: HttpRequest, remote_id: str) -> None:
        """An assistant that a template names is taken in at that moment, for whoever links it."""
        wizard = reverse("admin:agents_import_changelist")
        try:
            agent = use(user=principal(request), remote_id=remote_id)
        except GiintError as error:
            self.message_user(
                request,
                format_html(
                    '{} was linked, but not taken in: {} <a href="{}">Start an import</a>',
                    remote_id,
                    error.sentence,
                    wizard,
                ),
                messages.WARNING,
            )
            return
        self.message_user(request, f"{remote_id} is your agent {agent.name}.", messages.SUCCESS)

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        """Of the fields alone: revisions are not written in the page."""
        return super().construct_change_message(request, form, [], add)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The service has done it."""

    @admin.display(description="revision", ordering="current__number")
    def revision(self, template: Template) -> str:
        return str(template.current.number) if template.current else "–"

    @admin.display(description="candidate")
    def trying(self, template: Template) -> str:
        if template.candidate is None:
            return ""
        return f"{template.candidate.number}, {template.candidate_percent}%"

    @admin.display(description="for")
    def for_groups(self, template: Template) -> str:
        return ", ".join(group.name for group in template.groups.all()) or "everybody"

    @admin.display(description="compare")
    def quality(self, template: Template) -> str:
        if template._state.adding:
            return ""
        address = f"{reverse('quality-page')}?by=revision&template={template.pk}"
        return format_html('<a href="{}">Quality of its revisions</a>', address)

    # --- actions ---

    @admin.action(description="Clone", permissions=["add"])
    def clone(self, request: HttpRequest, queryset: QuerySet[Template]) -> None:
        author = principal(request)
        self._each(request, queryset, lambda one: clone_template(template=one, author=author))

    @admin.action(description="Give the candidate to everybody", permissions=["change"])
    def promote(self, request: HttpRequest, queryset: QuerySet[Template]) -> None:
        self._each(request, queryset, lambda one: promote(template=one))

    @admin.action(description="Withdraw the candidate", permissions=["change"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Template]) -> None:
        self._each(request, queryset, lambda one: withdraw(template=one))

    @admin.action(description="Make it the site's default", permissions=["change"])
    def make_default(self, request: HttpRequest, queryset: QuerySet[Template]) -> None:
        if queryset.count() != 1:
            self.message_user(request, "Choose one template.", messages.ERROR)
            return
        self._each(request, queryset, lambda one: make_default(template=one))

    @admin.action(description="Archive", permissions=["change"])
    def archive(self, request: HttpRequest, queryset: QuerySet[Template]) -> None:
        self._each(request, queryset, lambda one: change_template(template=one, archived=True))

    @admin.action(description="Bring back from the archive", permissions=["change"])
    def bring_back(self, request: HttpRequest, queryset: QuerySet[Template]) -> None:
        self._each(request, queryset, lambda one: change_template(template=one, archived=False))

    def _each(
        self,
        request: HttpRequest,
        templates: QuerySet[Template],
        deed: Callable[[Template], object],
        done: str = "changed",
    ) -> None:
        """Each in a transaction of its own: one that fails takes nothing of the others back."""
        report(self, request, batch.each(list(templates), deed), done)

    # --- a revision's own page ---

    def get_urls(self) -> list[Any]:
        page = path(
            "<str:template>/revisions/<int:number>/",
            self.admin_site.admin_view(self.revision_page),
            name="agents_template_revision",
        )
        return [page, *super().get_urls()]

    def revision_page(self, request: HttpRequest, template: str, number: int) -> HttpResponse:
        """What a revision says, what changed from another one to it, and the way back to it."""
        row = Template.objects.select_related("current", "candidate").filter(pk=template).first()
        revision = _numbered(row, number) if row else None
        if row is None or revision is None:
            raise Http404
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        if request.method == "POST":
            return self._back(request, row, number)
        other = _numbered(row, _whole(request.GET.get("with"), number - 1))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"{row.name}, revision {number}",
            "template": row,
            "revision": revision,
            "standing": standing(revision),
            "lines": as_lines(revision),
            "other": other,
            "diff": _diff(other, revision),
            "numbers": row.revisions.exclude(number=number).values_list("number", flat=True),
            "may_go_back": row.current_id != revision.pk
            and self.has_change_permission(request, row),
        }
        return TemplateResponse(request, "admin/agents/template/revision.html", context)

    def _back(self, request: HttpRequest, template: Template, number: int) -> HttpResponse:
        if not self.has_change_permission(request, template):
            raise PermissionDenied
        try:
            new = roll_back(template=template, number=number, author=principal(request))
            self.message_user(request, f"Revision {new.number} says what {number} said.")
        except GiintError as error:
            self.message_user(request, error.sentence, messages.ERROR)
        return HttpResponseRedirect(reverse("admin:agents_template_change", args=[template.pk]))


def standing(revision: TemplateRevision) -> str:
    """``current``, ``candidate`` or nothing."""
    template = revision.template
    return {template.current_id: "current", template.candidate_id: "candidate"}.get(revision.pk, "")


def _numbered(template: Template, number: int) -> TemplateRevision | None:
    return template.revisions.select_related("template", "author").filter(number=number).first()


def _whole(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() else otherwise


def _diff(before: TemplateRevision | None, after: TemplateRevision) -> list[tuple[str, str]]:
    """Lines of the difference, each with a CSS class."""
    if before is None:
        return []
    names = (f"revision {before.number}", f"revision {after.number}")
    kinds = {"+": "added", "-": "removed", "@": "place"}
    return [(kinds.get(line[:1], ""), line) for line in changes(before, after, names)]
