"""REST bodies of tools."""

from typing import Any

from rest_framework import serializers


class ToolOut(serializers.Serializer[Any]):
    """A tool that the person may use. ``schema`` is null where the provider runs it."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    description = serializers.CharField(allow_blank=True)
    kind = serializers.ChoiceField(choices=["code", "http", "builtin", "mcp"])
    writes = serializers.BooleanField()
    approval = serializers.ChoiceField(choices=["never", "always", "writes"])
    asks = serializers.BooleanField()
    schema = serializers.DictField(allow_null=True)


class ToolsOut(serializers.Serializer[Any]):
    """Those of code first, then by name."""

    tools = ToolOut(many=True)
