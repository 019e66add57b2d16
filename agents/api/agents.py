"""REST of agents: found, made, changed, copied, moved to a newer revision."""

from django.db.models import Q
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import REFUSALS
from accounts.rest import Api, ErrorShape, checked
from agents.access import agent_for
from agents.models import Agent
from agents.models.agent import AgentQuerySet
from agents.rollout import Rollout
from agents.services import change_agent, copy_agent, create_agent, move_agent
from agents.shapes import AgentIn, AgentOut, AgentsOut, CopyIn, MoveIn
from giint.core.errors import BadField

WORDS = 5  # of a search


class Agents(Api):
    @extend_schema(
        operation_id="agents_list",
        parameters=[
            OpenApiParameter("q", str, description="Words of its name, texts or template."),
            OpenApiParameter("template", str, description="Id of the template."),
            OpenApiParameter("model", str, description="Exact name of the model."),
            OpenApiParameter("remote", str, description="Id of an assistant at a provider."),
            OpenApiParameter("archived", bool, description="Only those, or only the others."),
        ],
        responses={200: AgentsOut, 400: ErrorShape, 401: ErrorShape},
    )
    def get(self, request: Request) -> Response:
        agents = _found(Agent.objects.with_templates().filter(owner=self.me), request)
        rollout = Rollout(self.me)
        return Response({"agents": [agent.row(rollout) for agent in agents]})

    @extend_schema(
        operation_id="agents_create",
        description="Answers 200 with the agent that is there when the same choice was made before,"
        " unless another name is given.",
        request=AgentIn,
        responses={200: AgentOut, 201: AgentOut, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        agent, is_new = create_agent(user=self.me, **checked(AgentIn, request))
        return Response(agent.row(), status=201 if is_new else 200)


class OneAgent(Api):
    @extend_schema(operation_id="agents_get", responses={200: AgentOut, **REFUSALS})
    def get(self, request: Request, agent: str) -> Response:
        return Response(agent_for(self.me, agent).row())

    @extend_schema(
        operation_id="agents_change", request=AgentIn, responses={200: AgentOut, **REFUSALS}
    )
    def patch(self, request: Request, agent: str) -> Response:
        fields = checked(AgentIn, request)
        if "template" in fields:
            raise BadField(template="An agent keeps its template. Make another agent, or move it.")
        return Response(change_agent(user=self.me, agent=agent, **fields).row())


class Copy(Api):
    @extend_schema(
        operation_id="agents_copy", request=CopyIn, responses={201: AgentOut, **REFUSALS}
    )
    def post(self, request: Request, agent: str) -> Response:
        copy = copy_agent(user=self.me, agent=agent, **checked(CopyIn, request))
        return Response(copy.row(), status=201)


class Move(Api):
    @extend_schema(
        operation_id="agents_move", request=MoveIn, responses={200: AgentOut, **REFUSALS}
    )
    def post(self, request: Request, agent: str) -> Response:
        return Response(move_agent(user=self.me, agent=agent, **checked(MoveIn, request)).row())


def _found(agents: AgentQuerySet, request: Request) -> AgentQuerySet:
    wanted = {name: str(text).replace("\x00", "") for name, text in request.query_params.items()}
    for word in wanted.get("q", "").split()[:WORDS]:
        agents = agents.filter(
            Q(name__icontains=word)
            | Q(description__icontains=word)
            | Q(instructions__icontains=word)
            | Q(revision__instructions__icontains=word)
            | Q(revision__template__name__icontains=word)
        )
    if template := wanted.get("template"):
        agents = agents.filter(revision__template=template)
    if model := wanted.get("model"):
        agents = agents.filter(model=model)
    if remote := wanted.get("remote"):
        agents = agents.filter(remote_assistants__remote_id=remote).distinct()
    match wanted.get("archived"):
        case "1" | "true":
            return agents.filter(archived=True)
        case "0" | "false":
            return agents.filter(archived=False)
        case None | "":
            return agents
    raise BadField(archived="This is true or false.")


urlpatterns = [
    path("agents", Agents.as_view()),
    path("agents/<str:agent>", OneAgent.as_view()),
    path("agents/<str:agent>/copy", Copy.as_view()),
    path("agents/<str:agent>/move", Move.as_view()),
]
