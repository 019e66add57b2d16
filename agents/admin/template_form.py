"""The one form of a template: what it is, what it says, and who gets that first."""

from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.db import transaction

from accounts.models import User
from agents.admin.forms import (
    initial,
    json_field,
    limits_field,
    parameters_field,
    told,
    tools_field,
)
from agents.models import Template
from agents.template_services import (
    CONTENT,
    change_template,
    create_template,
    drop_default,
    drop_manager_default,
    make_default,
    make_manager_default,
    roll_out,
    save_revision,
)
from giint.core.errors import BadField

VARIABLES = (
    'A list such as [{"name": "tone", "type": "choice", "choices": ["brief", "warm"], "default": '
    '"brief", "description": "How it writes"}]. Types: text, number, boolean, choice. Without a '
    "default, whoever makes an agent has to say."
)


class TemplateForm(forms.ModelForm):  # type: ignore[type-arg]
    """What the service refuses is said beside the field; nothing of the try is kept."""

    author: User  # whoever fills it in

    site_default = forms.BooleanField(
        required=False, help_text="New chats use it, where their person has not chosen another."
    )
    manager_default = forms.BooleanField(
        required=False, help_text="The assistant manager makes its assistants from it."
    )
    instructions = forms.CharField(
        required=False,
        strip=False,
        widget=forms.Textarea({"rows": 14, "cols": 90}),
        help_text="{{name}} stands for the variable of that name, \\{{ for plain braces.",
    )
    variables = json_field(VARIABLES, list)
    model = forms.CharField(
        required=False, max_length=120, help_text="Empty: the model of whichever account answers."
    )
    tools = tools_field()
    parameters = parameters_field()
    limits = limits_field()
    linked_assistant = forms.CharField(
        required=False,
        max_length=120,
        help_text="Id of an assistant at a provider. It is taken in when you save.",
    )
    note = forms.CharField(
        required=False, max_length=200, help_text="What this revision is for; kept with it."
    )
    audience = forms.ChoiceField(
        label="Goes to",
        required=False,
        choices=[("everybody", "Everybody"), ("candidate", "A few first: the candidate")],
        initial="everybody",
        help_text="A changed text is a new revision. Agents keep theirs until they are moved.",
    )
    candidate_groups = forms.ModelMultipleChoiceField(
        Group.objects.all(), required=False, widget=forms.CheckboxSelectMultiple
    )
    candidate_percent = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=100,
        initial=0,
        help_text="Share of people who get the candidate. Whoever has it keeps it as this grows.",
    )

    class Meta:
        model = Template
        fields = ("name", "description", "groups", "archived")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        template = kwargs.get("instance")
        if template is not None:
            kwargs["initial"] = _initial(template) | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        try:
            with transaction.atomic():
                self.service(cleaned)
                transaction.set_rollback(True)
        except BadField as error:
            told(self, error)
        return cleaned

    def service(self, cleaned: dict[str, Any]) -> Template:
        """Do what the form asks for. Raises BadField."""
        content = {name: cleaned.get(name) for name in CONTENT}
        content |= {name: content[name] or {} for name in ("parameters", "limits")}
        content["variables"] = content["variables"] or []
        itself = {name: cleaned[name] for name in ("name", "description", "groups")}
        said = {"author": self.author, "note": cleaned["note"], **content}
        if self.instance._state.adding:
            return self._manager_default(
                create_template(**itself, **said, is_default=cleaned["site_default"]), cleaned
            )
        template = Template.objects.get(pk=self.instance.pk)
        change_template(template=template, **itself, archived=cleaned["archived"])
        is_candidate = cleaned["audience"] == "candidate"
        save_revision(template=template, candidate=is_candidate, **said)
        self._roll_out(template, cleaned)
        self._default(template, wanted=cleaned["site_default"])
        return self._manager_default(template, cleaned)

    def _roll_out(self, template: Template, cleaned: dict[str, Any]) -> None:
        template.refresh_from_db()
        if template.candidate is not None:
            percent = cleaned["candidate_percent"] or 0
            roll_out(template=template, groups=cleaned["candidate_groups"], percent=percent)

    def _default(self, template: Template, *, wanted: bool) -> None:
        template.refresh_from_db()
        if wanted and not template.is_default:
            make_default(template=template)
        elif not wanted and template.is_default:
            drop_default(template=template)

    def _manager_default(self, template: Template, cleaned: dict[str, Any]) -> Template:
        wanted = cleaned["manager_default"]
        if wanted and not template.manager_default:
            make_manager_default(template=template)
        elif not wanted and template.manager_default:
            drop_manager_default(template=template)
        return template


def _initial(template: Template) -> dict[str, Any]:
    """The form goes on from the candidate, where there is one."""
    latest = template.candidate or template.current
    return initial(latest, CONTENT) | {
        "site_default": template.is_default,
        "manager_default": template.manager_default,
        "audience": "candidate" if template.candidate else "everybody",
        "candidate_groups": template.candidate_groups.all(),
        "candidate_percent": template.candidate_percent,
    }
