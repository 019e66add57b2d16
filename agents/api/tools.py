"""REST of tools: what the person may use. They are made and permitted in the admin."""

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.rest import Api, ErrorShape
from agents.tool_shapes import ToolsOut
from agents.tools.offered import usable


class Tools(Api):
    @extend_schema(operation_id="tools_list", responses={200: ToolsOut, 401: ErrorShape})
    def get(self, request: Request) -> Response:
        return Response({"tools": [one.public() for one in usable(self.me)]})


urlpatterns = [path("tools", Tools.as_view())]
