"""Tools in the admin: who may use which, and the ones that are made here. A header's value is
entered and never shown again.
"""

import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.forms.fields import InvalidJSONInput
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join

from accounts import audit
from accounts.principal import principal
from agents.models import Tool
from agents.tool_services import check_tool, remove_tool, save_tool
from agents.tools import builtins, definition, registry
from agents.tools.offered import standings, withheld
from agents.tools.trial import sample, try_tool
from giint.core.errors import BadField, GiintError
from giint.core.secrets import Secret

_USE = ("enabled", "groups", "approval", "writes", "retry", "timeout")
_HEADERS = ("sealed_headers_shown", "headers", "remove_headers")
# Kind → the fields that make it, beside its name and who may use it.
FIELDS: dict[str, tuple[str, ...]] = {
    Tool.Kind.CODE: (),
    Tool.Kind.HTTP: ("method", "url_template", "schema", "result_path", *_HEADERS),
    Tool.Kind.BUILTIN: ("options",),
    Tool.Kind.MCP: ("options", *_HEADERS),
}
MADE_HERE = (Tool.Kind.HTTP, Tool.Kind.BUILTIN, Tool.Kind.MCP)


class Json(forms.JSONField):
    """JSON that is nested beyond what Python reads is an error of the field, not of the server."""

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except RecursionError:
            raise ValidationError("This is nested too deep.") from None

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, InvalidJSONInput):
            return value
        return json.dumps(value, indent=2, ensure_ascii=False)

    def bound_data(self, data: Any, initial: Any) -> Any:
        try:
            return super().bound_data(data, initial)
        except RecursionError:
            return InvalidJSONInput(data)


class Unshown(forms.Textarea):
    """A text that is never sent back, not even with the errors of its form."""

    def format_value(self, value: Any) -> str | None:
        return None


class ToolForm(forms.ModelForm):  # type: ignore[type-arg]
    method = forms.ChoiceField(choices=[(name, name) for name in definition.METHODS])
    schema = Json(
        required=False,
        widget=forms.Textarea({"rows": 14, "class": "vLargeTextField"}),
        help_text='JSON schema of the arguments, with "type": "object".',
    )
    options = Json(
        required=False,
        widget=forms.Textarea({"rows": 8, "class": "vLargeTextField"}),
        help_text=f'With "type": {", ".join(sorted(builtins.BUILTINS))}.',
    )
    headers = forms.CharField(
        required=False,
        widget=Unshown(
            {"rows": 4, "class": "vLargeTextField", "autocomplete": "off", "spellcheck": "false"}
        ),
        help_text="“Name: value”, one in a line. They replace those that are there, are sealed, "
        "and are not shown again. Empty: as they are.",
    )
    remove_headers = forms.BooleanField(required=False, help_text="Remove all headers.")

    class Meta:
        model = Tool
        fields = ("kind", "name", "label", "description", *_USE)
        widgets = {"url_template": forms.TextInput({"class": "vLargeTextField"})}
        help_texts = {
            "url_template": "Such as https://api.example.org/clients/{id}?city={city}. Arguments "
            "fill places in the path and in values of the query, nothing else.",
            "result_path": "JSON pointer to what the model gets, such as /data. Empty: all of it.",
            "writes": "It changes something outside. Such a tool is not “safe” to repeat.",
            "approval": "Whether its user approves each call, with its exact arguments, first. "
            "What the provider runs cannot ask.",
            "retry": "What becomes of a call that a crash cut short: safe is repeated, once is "
            "reported as of unknown outcome, ask waits for a person.",
            "description": "What the model is told of it. Empty for a tool of code: its own.",
        }

    def clean_options(self) -> Any:
        return self.cleaned_data["options"] or {}

    def clean_schema(self) -> Any:
        return self.cleaned_data["schema"] or {}

    def clean_headers(self) -> dict[str, Secret] | None:
        try:
            return definition.parse_headers(self.cleaned_data["headers"]) or None
        except ValueError as error:
            raise ValidationError(str(error)) from None

    @property
    def entered(self) -> Mapping[str, Secret] | None:
        """All headers anew, or None to keep what is there."""
        given: dict[str, Secret] | None = self.cleaned_data.get("headers")
        return {} if given is None and self.cleaned_data.get("remove_headers") else given

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        before = Tool.objects.filter(pk=self.instance.pk).first() if self.instance.pk else None
        try:
            check_tool(self.instance, before=before, headers=self.entered)
        except BadField as error:
            for name, sentence in error.fields.items():
                self.add_error(name if name in self.fields else None, sentence)


@admin.register(Tool)
class ToolAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = ToolForm
    change_form_template = "admin/agents/tool/change_form.html"
    list_display = ("name", "made_of", "who", "approval", "offered", "timeout", "updated")
    list_filter = ("kind", "enabled", "approval", "writes", "groups")
    search_fields = ("name", "label", "description", "url_template")
    date_hierarchy = "created"
    filter_horizontal = ("groups",)
    actions = ("switch_on", "switch_off")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tool]:
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description="kind", ordering="kind")
    def made_of(self, tool: Tool) -> str:
        return tool.kind

    @admin.display(description="who")
    def who(self, tool: Tool) -> str:
        return ", ".join(group.name for group in tool.groups.all()) or "everybody"

    @admin.display(description="offered")
    def offered(self, tool: Tool) -> str:
        return withheld(tool, registry.tool_for(tool.name)) or "yes"

    @admin.display(description="headers that are there")
    def sealed_headers_shown(self, tool: Tool) -> str:
        try:
            headers = tool.open() if tool.pk else {}
        except GiintError as error:
            return error.sentence
        rows = [
            (name, f"…{value.last4}" if value.last4 else "…") for name, value in headers.items()
        ]
        return format_html_join("; ", "{}: {}", rows) or "none"

    # --- which fields -----------------------------------------------------------------------------

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        kind = obj.kind if obj else _kind(request)
        what = ("kind", "name", "label", "description")
        note = "" if obj else format_html("Make {}.", _other_kinds())
        sets: list[Any] = [(None, {"fields": what, "description": note})]
        new = () if obj else ("sealed_headers_shown", "remove_headers")
        if made := [name for name in FIELDS[kind] if name not in new]:
            sets.append(("What it is", {"fields": made}))
        sets.append(("Who may use it, and how", {"fields": (*_USE, "offered") if obj else _USE}))
        return [*sets, ("When", {"fields": ("created", "updated")})] if obj else sets

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        always = ("created", "updated", "offered", "sealed_headers_shown")
        if obj is None:
            return always
        # Agents and outputs know a tool by its name.
        return (*always, "kind", "name")

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kw: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **kw)
        shown = flatten_fieldsets(self.get_fieldsets(request, obj))
        for name in form.base_fields.keys() - set(shown):  # fields of other kinds
            del form.base_fields[name]
        if "kind" in form.base_fields:
            kind = _kind(request)
            field: Any = form.base_fields["kind"]
            field.initial, field.choices = kind, [(kind, Tool.Kind(kind).label)]
        return form

    # --- writing ----------------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: Tool, form: Any, change: bool) -> None:
        save_tool(tool=obj, by=principal(request), headers=form.entered)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if "groups" in form.changed_data:
            names = list(form.instance.groups.order_by("name").values_list("name", flat=True))
            audit.record(
                actor=principal(request),
                owner=None,
                action="permitted",
                noun="tool",
                object_id=form.instance.name,
                details={"groups": names},
            )

    def delete_model(self, request: HttpRequest, obj: Tool) -> None:
        remove_tool(tool=obj, by=principal(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Tool]) -> None:
        for tool in queryset:
            remove_tool(tool=tool, by=principal(request))

    @admin.action(description="Switch on", permissions=["change"])
    def switch_on(self, request: HttpRequest, queryset: QuerySet[Tool]) -> None:
        self._switch(request, queryset, True)

    @admin.action(description="Switch off", permissions=["change"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[Tool]) -> None:
        self._switch(request, queryset, False)

    def _switch(self, request: HttpRequest, tools: QuerySet[Tool], enabled: bool) -> None:
        """One transaction each: a tool that cannot be saved keeps no other from it."""
        done = 0
        for tool in tools.exclude(enabled=enabled):
            tool.enabled = enabled
            try:
                save_tool(tool=tool, by=principal(request))
                done += 1
            except BadField as error:
                self.message_user(
                    request, f"The tool {tool.name} stays as it was: {error.detail}", messages.ERROR
                )
        self.message_user(request, f"{done} switched {'on' if enabled else 'off'}.")

    # --- trying -----------------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.check_view)
        return [path("<int:pk>/check/", view, name="agents_tool_check"), *super().get_urls()]

    def check_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Call the tool with sample arguments, as whoever asks, and show what happened."""
        row = self.get_object(request, str(pk))
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, str(pk))  # type: ignore[attr-defined,no-any-return]
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        user = principal(request)
        standing = standings(user, [row.name]).get(row.name)
        tool = standing.tool if standing else None
        text = json.dumps(sample(tool.schema) if tool else {}, indent=2, ensure_ascii=False)
        trial = None
        if request.method == "POST" and tool is not None:
            text = request.POST.get("arguments", "")
            trial = try_tool(user=user, tool=tool, arguments=text, row=row)
        context = {
            **self.admin_site.each_context(request),
            "title": "Check this tool",
            "subtitle": row.name,
            "opts": self.opts,
            "original": row,
            "tool": tool,
            "withheld": standing.withheld if standing else "",
            "writes": bool(standing and standing.writes),
            "schema": json.dumps(tool.schema, indent=2, ensure_ascii=False) if tool else "",
            "arguments": text,
            "trial": trial,
        }
        return TemplateResponse(request, "admin/agents/tool/check.html", context)


def _kind(request: HttpRequest) -> str:
    kind = request.POST.get("kind") or request.GET.get("kind") or ""
    return kind if kind in MADE_HERE else Tool.Kind.HTTP


def _other_kinds() -> str:
    url = reverse("admin:agents_tool_add")
    rows = [(url, kind.value, kind.label) for kind in MADE_HERE]
    return format_html_join(" · ", '<a href="{}?kind={}">{}</a>', rows)
