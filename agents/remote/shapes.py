"""REST bodies about remote objects, for the schema."""

from typing import Any, get_args

from rest_framework import serializers

from accounts.shapes import KeyOut
from agents.models import RemoteAssistant
from agents.models.remote import State


class RemoteOut(serializers.Serializer[Any]):
    """A remote object, as the ledger has it."""

    id = serializers.CharField()
    kind = serializers.CharField()
    purpose = serializers.ChoiceField(choices=RemoteAssistant.Purpose.values)
    state = serializers.ChoiceField(choices=list(get_args(State)))
    unused = serializers.BooleanField()
    dialect = serializers.CharField()
    base_url = serializers.CharField(allow_blank=True)
    key = serializers.CharField(allow_null=True)
    agent = serializers.CharField(allow_null=True)
    thread = serializers.CharField(allow_null=True)
    remote_id = serializers.CharField(allow_blank=True)
    intended = serializers.DateTimeField()
    made = serializers.DateTimeField(allow_null=True)
    used = serializers.DateTimeField(allow_null=True)
    until = serializers.DateTimeField(allow_null=True)
    released = serializers.DateTimeField(allow_null=True)
    deleted = serializers.DateTimeField(allow_null=True)
    next_try = serializers.DateTimeField(allow_null=True)
    code = serializers.CharField(allow_blank=True)
    detail = serializers.CharField(allow_blank=True)
    tries = serializers.IntegerField()


class RemoteDetailsOut(RemoteOut):
    """The same, with what it was made from and marked with."""

    digest = serializers.CharField(allow_blank=True)
    tags = serializers.DictField(child=serializers.CharField())
    snapshot = serializers.DictField()
    sentence = serializers.CharField(allow_blank=True)


class RemotesOut(serializers.Serializer[Any]):
    """A page of them, newest first. ``next`` is what to ask for as ``before``."""

    remote = RemoteOut(many=True)
    next = serializers.CharField(allow_null=True)


class SweptOut(serializers.Serializer[Any]):
    """What a sweep came to: how many objects are gone, and what failed, in sentences."""

    deleted = serializers.IntegerField()
    failures = serializers.ListField(child=serializers.CharField())


class PartingOut(serializers.Serializer[Any]):
    """What became of an account's objects, and what stays behind there."""

    deleted = serializers.IntegerField()
    left = RemoteOut(many=True)
    left_count = serializers.IntegerField()
    sentence = serializers.CharField()


class ChangedKeyOut(KeyOut):
    """KeyRow, and what stays behind where the key led before."""

    parting = PartingOut(required=False)
