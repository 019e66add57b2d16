"""REST bodies of agents: what comes in, and (for the schema) what goes out."""

from typing import Any

from rest_framework import serializers

from accounts.rest import CleanField
from accounts.shapes import KeyOut


class AgentIn(serializers.Serializer[Any]):
    """An agent as its owner writes it. What each may be: ``agents.fields``.

    With ``template`` it is made from the revision that its owner gets; fields that are absent are
    the template's.
    """

    template = CleanField(max_length=40, required=False)
    variables = serializers.DictField(required=False)
    name = CleanField(allow_blank=True, required=False)
    description = CleanField(allow_blank=True, required=False)
    instructions = CleanField(allow_blank=True, required=False, trim_whitespace=False)
    model = CleanField(allow_blank=True, required=False)
    tools = serializers.ListField(child=CleanField(max_length=64), max_length=64, required=False)
    parameters = serializers.DictField(required=False)
    limits = serializers.DictField(required=False)
    archived = serializers.BooleanField(required=False)


class CopyIn(serializers.Serializer[Any]):
    """Another name for the copy."""

    name = CleanField(allow_blank=True, required=False)


class MoveIn(serializers.Serializer[Any]):
    """Which revision; absent: the newest that the owner gets. Values for new variables."""

    revision = CleanField(max_length=40, required=False)
    variables = serializers.DictField(required=False)


class AgentOut(serializers.Serializer[Any]):
    """AgentRow."""

    id = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    instructions = serializers.CharField(allow_blank=True)
    model = serializers.CharField(allow_blank=True)
    tools = serializers.ListField(child=serializers.CharField())
    parameters = serializers.DictField()
    limits = serializers.DictField(child=serializers.FloatField())
    template = serializers.CharField(allow_null=True)
    template_name = serializers.CharField(allow_blank=True)
    revision = serializers.CharField(allow_null=True)
    number = serializers.IntegerField(allow_null=True)
    newer = serializers.BooleanField()
    variables = serializers.DictField()
    tile = serializers.IntegerField(min_value=1, max_value=6)
    archived = serializers.BooleanField()
    warning = serializers.CharField(allow_blank=True)


class AgentsOut(serializers.Serializer[Any]):
    """All agents of a person, the oldest first."""

    agents = AgentOut(many=True)


class VariableOut(serializers.Serializer[Any]):
    """A declared variable of a template; without a default, it asks for a value."""

    name = serializers.CharField()
    type = serializers.ChoiceField(choices=["text", "number", "boolean", "choice"])
    default = serializers.JSONField(allow_null=True)
    choices = serializers.ListField(child=serializers.CharField(), required=False)
    description = serializers.CharField(allow_blank=True)


class TemplateOut(serializers.Serializer[Any]):
    """A template, with the revision that whoever asks gets."""

    id = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    site_default = serializers.BooleanField()
    revision = serializers.CharField()
    number = serializers.IntegerField()
    instructions = serializers.CharField(allow_blank=True)
    variables = VariableOut(many=True)
    model = serializers.CharField(allow_blank=True)
    tools = serializers.ListField(child=serializers.CharField())
    parameters = serializers.DictField()
    limits = serializers.DictField(child=serializers.FloatField())


class ParameterOut(serializers.Serializer[Any]):
    """A model parameter that an agent may set, with its bounds or choices."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    kind = serializers.ChoiceField(choices=["number", "whole", "boolean", "choice", "format"])
    low = serializers.FloatField()
    high = serializers.FloatField()
    choices = serializers.ListField(child=serializers.CharField())


class TemplatesOut(serializers.Serializer[Any]):
    """What a person may use, by name; ``default``: the one they chose for new chats."""

    templates = TemplateOut(many=True)
    default = serializers.CharField(allow_null=True)
    parameters = ParameterOut(many=True)


class DefaultIn(serializers.Serializer[Any]):
    template = serializers.CharField(max_length=40, allow_null=True)


class TestedKeyOut(KeyOut):
    """KeyRow, and the model ids that the server told of."""

    models = serializers.ListField(child=serializers.CharField())
