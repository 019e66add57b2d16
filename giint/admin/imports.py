"""Imports in the admin: the wizard (open, models and assistants, select, review, confirm) for the
imports of whoever uses it, and the list of everybody's.

The originals are their owner's: others see them by the permission to read threads, and it is
written down.
"""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html

from accounts import audit
from accounts.looking import Looking
from accounts.models import User
from accounts.principal import principal
from agents.catalogue.access import models_for
from agents.ingest.objects import AGENTS
from agents.models import Import, ImportItem
from agents.template_services import CONTENT, create_template
from giint.admin.importforms import OpenForm, as_json, chosen_numbers, wanted_changes
from giint.admin.reading import may_read
from giint.core import batch
from giint.core.errors import BadField, GiintError
from giint.ingest import opening, reviewing
from giint.ingest.access import import_for

SHOWN = 500  # items of one page of the wizard
REVIEWED = 25  # that are reviewed and confirmed at once


@admin.register(Import)
class ImportAdmin(Looking):
    change_list_template = "admin/agents/import/change_list.html"
    list_display = ("id", "user", "source", "name", "state", "code", "created", "ended", "wizard")
    list_filter = ("state", "source", "dialect", "code", "created")
    search_fields = ("id", "name", "user__username", "user__email", "items__remote_id")
    list_select_related = ("user",)
    date_hierarchy = "created"
    fields = ("id", "user", "source", "key", "dialect", "base_url", "name", "state", "code")
    readonly_fields = (*fields, "detail", "created", "ended", "wizard")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*self.fields, "detail", "created", "ended", "wizard")

    @admin.display(description="what is in it")
    def wizard(self, parent: Import) -> str:
        address = reverse("admin:agents_import_items", args=[parent.pk])
        return format_html('<a href="{}">Show</a>', address)

    def may_import(self, request: HttpRequest) -> bool:
        return principal(request).has_perm("agents.add_import")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        more = {"may_import": self.may_import(request)}
        return super().changelist_view(request, (extra_context or {}) | more)

    def get_urls(self) -> list[Any]:
        steps: list[tuple[str, str, Any]] = [
            ("open", "open/", self.open_view),
            ("items", "<str:import_id>/items/", self.items_view),
            ("review", "<str:import_id>/review/", self.review_view),
        ]
        pages = [
            path(route, self.admin_site.admin_view(view), name=f"agents_import_{name}")
            for name, route, view in steps
        ]
        return [*pages, *super().get_urls()]

    # --- the steps --------------------------------------------------------------------------------

    def open_view(self, request: HttpRequest) -> HttpResponse:
        """Where from: an account, a file, or a pasted text."""
        if not self.may_import(request):
            raise PermissionDenied
        user = principal(request)
        given = (request.POST, request.FILES) if request.method == "POST" else ()
        form = OpenForm(*given, keys=opening.sources(user))
        if request.method == "POST" and form.is_valid():
            try:
                parent = form.opened(user)
                return HttpResponseRedirect(reverse("admin:agents_import_items", args=[parent.pk]))
            except GiintError as error:
                form.add_error(None, error.sentence)
        context = {"form": form, "hosted": opening.HOSTED}
        return self._page(request, "open", "Import assistants", context)

    def items_view(self, request: HttpRequest, import_id: str) -> HttpResponse:
        """Models and assistants that are there, to choose from; afterwards how each went."""
        parent = self._own(request, import_id)
        is_mine = parent.user_id == principal(request).pk
        if request.method == "POST":
            if not is_mine or not self.may_import(request):
                raise PermissionDenied
            return self._chosen(request, parent)
        items = reviewing.searched(parent, request.GET.get("q", "").split()[:5])
        rows = reviewing.rows(parent.user, parent, items.order_by("number")[:SHOWN])
        counts = opening.counts_of(parent)
        context = {
            "import": parent,
            "rows": rows,
            "q": request.GET.get("q", ""),
            "counts": parent.row(counts),
            "missing": parent.told.get("missing", {}),
            "sentence": GiintError(parent.code, parent.detail).sentence if parent.code else "",
            "models": self._models(parent),
            "moving": parent.state in (Import.State.READING, Import.State.TAKING),
            "may_choose": is_mine and self.may_import(request),
            "may_template": is_mine and principal(request).has_perm("agents.add_template"),
        }
        return self._page(request, "items", f"Import: {parent.name}", context)

    def review_view(self, request: HttpRequest, import_id: str) -> HttpResponse:
        """Each chosen one beside what it becomes; confirming has them taken in."""
        parent = self._own(request, import_id)
        is_mine = parent.user_id == principal(request).pk
        numbers = chosen_numbers(request.GET.get("items", "").split(","))[:REVIEWED]
        items = list(parent.items.filter(number__in=numbers))
        if not items:
            raise Http404
        for item in items:
            item.parent = parent
        wrong: dict[int, str] = {}
        if request.method == "POST":
            if not is_mine or not self.may_import(request):
                raise PermissionDenied
            wrong = self._wanted(request, parent.user, items)
            if not wrong and self._confirmed(request, parent, items):
                return HttpResponseRedirect(reverse("admin:agents_import_items", args=[parent.pk]))
        shown = [reviewing.reviewed(parent.user, item) for item in items]
        for row in shown:
            row["wrong"] = wrong.get(row["number"], "")
            row["raw_text"] = as_json(row["raw"])
        context = {"import": parent, "reviews": shown, "may_choose": is_mine}
        return self._page(request, "review", f"Review: {parent.name}", context)

    # --- what they do -----------------------------------------------------------------------------

    def _chosen(self, request: HttpRequest, parent: Import) -> HttpResponse:
        numbers = chosen_numbers(request.POST.getlist("item"))
        back = HttpResponseRedirect(reverse("admin:agents_import_items", args=[parent.pk]))
        if "template" in request.POST:
            self._make_templates(request, parent, numbers)
            return back
        try:
            if "confirm" in request.POST:
                count = reviewing.confirm(user=parent.user, parent=parent, numbers=numbers)
                self.message_user(request, f"{count} are taken in now.", messages.SUCCESS)
                return back
            reviewing.refuse_busy(parent)
            if not numbers:
                raise GiintError("import_unchosen")
        except GiintError as error:
            self.message_user(request, error.sentence, messages.ERROR)
            return back
        if len(numbers) > REVIEWED:
            told = f"The first {REVIEWED} are shown. The others can be reviewed after them."
            self.message_user(request, told, messages.WARNING)
        address = reverse("admin:agents_import_review", args=[parent.pk])
        shown = ",".join(map(str, numbers[:REVIEWED]))
        return HttpResponseRedirect(f"{address}?items={shown}")

    def _wanted(self, request: HttpRequest, user: User, items: list[ImportItem]) -> dict[int, str]:
        """Keep what is wanted otherwise; number of an item → what is wrong with that."""
        wrong = {}
        for item in items:
            again = "update" if request.POST.get(f"again-{item.number}") else "keep"
            changes = wanted_changes(request.POST, item) if item.kind in AGENTS else None
            try:
                reviewing.want(
                    user=user,
                    item=item,
                    changes=changes,
                    again="update" if again == "update" else "keep",
                )
            except BadField as error:
                wrong[item.number] = error.detail
            except GiintError as error:
                wrong[item.number] = error.sentence
        return wrong

    def _confirmed(self, request: HttpRequest, parent: Import, items: list[ImportItem]) -> bool:
        try:
            numbers = [one.number for one in items]
            reviewing.confirm(user=parent.user, parent=parent, numbers=numbers)
        except GiintError as error:
            self.message_user(request, error.sentence, messages.ERROR)
            return False
        return True

    def _make_templates(self, request: HttpRequest, parent: Import, numbers: list[int]) -> None:
        """A template of each of these agents, with the original's id as its linked assistant."""
        author = principal(request)
        if not author.has_perm("agents.add_template"):
            raise PermissionDenied
        items = parent.items.filter(number__in=numbers, agent__isnull=False)

        def act(item: ImportItem) -> None:
            agent = item.agent
            content: dict[str, Any] = {name: getattr(agent, name, None) for name in CONTENT}
            content |= {"variables": [], "linked_assistant": item.remote_id}
            create_template(
                author=author,
                name=agent.name if agent else item.name,
                description=agent.description if agent else "",
                note=f"Import of {item.remote_id}"[:200],
                **content,
            )

        outcome = batch.each(items.select_related("agent"), act)
        made = f"{outcome.done} templates made."
        self.message_user(request, made, messages.SUCCESS if outcome.done else messages.WARNING)
        for line in outcome.lines():
            self.message_user(request, f"Failed: {line}", messages.ERROR)

    # --- whose ------------------------------------------------------------------------------------

    def _own(self, request: HttpRequest, import_id: str) -> Import:
        """An import of theirs; somebody else's by the permission to read threads."""
        user = principal(request)
        if not user.has_perm("agents.view_import") and not self.may_import(request):
            raise PermissionDenied
        if imports := Import.objects.filter(pk=import_id.replace("\x00", ""), user=user):
            return import_for(user, imports[0].pk)
        if not may_read(request):
            raise PermissionDenied
        parent = Import.objects.select_related("user", "key").filter(pk=import_id).first()
        if parent is None:
            raise Http404
        with transaction.atomic():
            audit.record(
                actor=user, owner=parent.user, action="read", noun="import", object_id=parent.pk
            )
        return parent

    def _models(self, parent: Import) -> list[str]:
        if parent.key_id is None:
            return []
        found = models_for(parent.user, parent.key_id).order_by("model_id")
        return list(found.values_list("model_id", flat=True)[:200])

    def _page(
        self, request: HttpRequest, name: str, title: str, context: dict[str, Any]
    ) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts, "title": title}
        template = f"admin/agents/import/{name}.html"
        media = {"media": forms.Media()}
        return TemplateResponse(request, template, {**shared, **media, **context})
