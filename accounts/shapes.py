"""REST bodies of accounts: what comes in, and (for the schema) what goes out."""

from typing import Any

from rest_framework import serializers

from accounts.rest import CleanField, SecretField


class KeyIn(serializers.Serializer[Any]):
    """A provider key as it is entered."""

    label = CleanField(max_length=80)  # type: ignore[assignment]
    dialect = CleanField(max_length=20, default="responses")
    base_url = CleanField(max_length=300)
    model = CleanField(max_length=120, allow_blank=True, default="")
    key = SecretField(allow_blank=True, required=False)
    default = serializers.BooleanField(required=False)


class KeyOut(serializers.Serializer[Any]):
    """KeyRow."""

    id = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    dialect = serializers.CharField()
    base_url = serializers.CharField()
    model = serializers.CharField(allow_blank=True)
    last4 = serializers.CharField(allow_blank=True)
    default = serializers.BooleanField()
    checked = serializers.DateTimeField(allow_null=True)
    check_code = serializers.CharField(allow_blank=True)
    check_sentence = serializers.CharField(allow_blank=True)


class AccountOut(serializers.Serializer[Any]):
    """AccountRow."""

    source = serializers.ChoiceField(choices=["own", "shared", "offline", "none"])  # type: ignore[assignment]
    label = serializers.CharField()  # type: ignore[assignment]
    dialect = serializers.CharField()
    model = serializers.CharField()
    key = serializers.CharField(required=False)


class KeysOut(serializers.Serializer[Any]):
    """All keys, and which account answers."""

    keys = KeyOut(many=True)
    account = AccountOut()


class StateIn(serializers.Serializer[Any]):
    """A patch of the page state and the version it was made from."""

    version = serializers.IntegerField(min_value=0)
    patch = serializers.DictField()


class StateOut(serializers.Serializer[Any]):
    """The page state as it is now."""

    version = serializers.IntegerField()
    state = serializers.DictField()
