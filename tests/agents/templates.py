"""Templates as tests make them."""

from typing import Any

from django.contrib.auth.models import Group

from accounts.models import User
from agents.models import Template
from agents.template_services import create_template, roll_out, save_revision

TONE = {
    "name": "tone",
    "type": "choice",
    "choices": ["brief", "warm"],
    "default": "brief",
    "description": "How it writes",
}


def made(author: User, name: str = "Support", **more: Any) -> Template:
    """A template with one variable and one tool."""
    content = {
        "instructions": "Be {{tone}}.",
        "variables": [TONE],
        "tools": ["calculate"],
        "parameters": {"temperature": 0.2},
    }
    return create_template(author=author, name=name, **content | more)


def tried_out(
    template: Template,
    author: User,
    *,
    percent: int = 0,
    groups: tuple[Group, ...] = (),
    **more: Any,
) -> Template:
    """The template with a candidate for some."""
    save_revision(template=template, author=author, candidate=True, **more)
    return roll_out(template=template, groups=groups, percent=percent)
