"""What the forms of agents and templates share."""

from collections.abc import Mapping
from typing import Any

from django import forms

from agents.fields import known_tools
from agents.limits import LIMITS
from agents.models import Agent, TemplateRevision
from agents.parameters import PARAMETERS
from giint.core.errors import BadField

Fields = Mapping[str, Any]


def tool_choices() -> list[tuple[str, str]]:
    return [(name, name) for name in known_tools()]


def tools_field() -> forms.MultipleChoiceField:
    """Tools are chosen from those that exist."""
    return forms.MultipleChoiceField(
        choices=tool_choices, required=False, widget=forms.CheckboxSelectMultiple
    )


def json_field(help_text: str = "", empty: type = dict) -> forms.JSONField:
    return forms.JSONField(
        required=False, initial=empty, help_text=help_text, widget=forms.Textarea({"rows": 4})
    )


def parameters_field() -> forms.JSONField:
    names = ", ".join(row.name for row in PARAMETERS)
    return json_field(f'Such as {{"temperature": 0.2}}. There are: {names}.')


def limits_field() -> forms.JSONField:
    names = ", ".join(f"{row.name} ({row.label.lower()})" for row in LIMITS)
    return json_field(f"Deadlines and guards other than the defaults. There are: {names}.")


def told(form: forms.BaseForm, error: BadField) -> None:
    """Show a service's refusal beside the fields it is about."""
    for name, sentence in error.fields.items():
        field = name.partition(".")[0]
        form.add_error(field if field in form.fields else None, sentence)


def initial(row: Agent | TemplateRevision | None, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names} if row else {}
