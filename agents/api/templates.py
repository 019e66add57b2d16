"""REST of templates: those that a person may make agents from, and which one their new chats use.

They are written in the admin.
"""

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import account_for
from accounts.api import REFUSALS
from accounts.models import User
from accounts.rest import Api, ErrorShape, checked
from agents.access import template_for, templates_for
from agents.models import Template, TemplateRevision
from agents.parameters import PARAMETERS
from agents.rollout import Rollout
from agents.shapes import DefaultIn, TemplateOut, TemplatesOut
from agents.template_services import choose_default
from giint.core.errors import BadField


class Templates(Api):
    @extend_schema(operation_id="templates_list", responses={200: TemplatesOut, 401: ErrorShape})
    def get(self, request: Request) -> Response:
        return Response(_all(self.me))


class OneTemplate(Api):
    @extend_schema(operation_id="templates_get", responses={200: TemplateOut, **REFUSALS})
    def get(self, request: Request, template: str) -> Response:
        return Response(_rows(self.me, [template_for(self.me, template)])[0])


class Default(Api):
    @extend_schema(
        operation_id="templates_choose_default",
        description="What new chats use for which no agent is chosen; null: the site's default.",
        request=DefaultIn,
        responses={200: TemplatesOut, **REFUSALS},
    )
    def put(self, request: Request) -> Response:
        fields = checked(DefaultIn, request)
        if "template" not in fields:
            raise BadField(template="This is needed: an id, or null.")
        choose_default(user=self.me, template=fields["template"])
        return Response(_all(self.me))


def _all(user: User) -> dict[str, Any]:
    templates = templates_for(user).prefetch_related("candidate_groups")
    return {
        "templates": _rows(user, list(templates)),
        "default": account_for(user).default_template_id,
        "parameters": [
            {
                "name": row.name,
                "label": row.label,
                "kind": row.kind,
                "low": row.low,
                "high": row.high,
                "choices": list(row.choices),
            }
            for row in PARAMETERS
        ],
    }


def _rows(user: User, templates: list[Template]) -> list[dict[str, Any]]:
    """Each template as its person gets it: of its revisions, the one that is theirs."""
    rollout = Rollout(user)
    wanted = {template.id: rollout.revision_id(template) for template in templates}
    revisions = TemplateRevision.objects.in_bulk([id_ for id_ in wanted.values() if id_])
    return [_row(template, revisions[str(wanted[template.id])]) for template in templates]


def _row(template: Template, revision: TemplateRevision) -> dict[str, Any]:
    return {
        "id": template.id,
        "name": template.name,
        "description": template.description,
        "site_default": template.is_default,
        "revision": revision.id,
        "number": revision.number,
        "instructions": revision.instructions,
        "variables": revision.variables,
        "model": revision.model,
        "tools": revision.tools,
        "parameters": revision.parameters,
        "limits": revision.limits,
    }


urlpatterns = [
    path("templates", Templates.as_view()),
    path("templates/default", Default.as_view()),
    path("templates/<str:template>", OneTemplate.as_view()),
]
