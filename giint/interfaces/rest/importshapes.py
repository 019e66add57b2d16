"""REST bodies of imports. docs/import.md."""

from typing import Any

from rest_framework import serializers

from accounts.rest import CleanField


class SourceOut(serializers.Serializer[Any]):
    """An account whose server can list what it keeps."""

    key = serializers.CharField()
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    dialect = serializers.CharField()
    base_url = serializers.CharField()


class SourcesOut(serializers.Serializer[Any]):
    """Where something can be taken in from. ``largest``: bytes of a file; ``hosted``: what has to
    be said of OpenAI's hosted Assistants API.
    """

    accounts = SourceOut(many=True)
    largest = serializers.IntegerField()
    hosted = serializers.CharField()


class OpenIn(serializers.Serializer[Any]):
    """An account (``key``), with or without ``ids`` of its objects; or a ``dump``, as JSON; or a
    ``text`` that holds one. ``name``: what the dump is called in the list.
    """

    key = CleanField(max_length=40, required=False)
    ids = serializers.ListField(child=CleanField(max_length=120), required=False)
    dump = serializers.JSONField(required=False)
    text = CleanField(trim_whitespace=False, required=False)
    name = CleanField(max_length=200, allow_blank=True, required=False)


class UploadIn(serializers.Serializer[Any]):
    """A file that somebody saved."""

    file = serializers.FileField()


class ImportOut(serializers.Serializer[Any]):
    """An import. ``state``: ``reading`` and ``taking`` go on by themselves; look again. ``found``,
    ``chosen``, ``done`` and ``failed`` count its items; ``ignored``: kinds of objects that cannot
    be taken in → how many there were; ``missing``: ids that were asked for → why they are not here.
    """

    id = serializers.CharField()
    source = serializers.ChoiceField(choices=["server", "file"])  # type: ignore[assignment]
    key = serializers.CharField(allow_null=True)
    dialect = serializers.CharField(allow_blank=True)
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=["reading", "ready", "taking", "done", "failed"])
    code = serializers.CharField(allow_blank=True)
    message = serializers.CharField(allow_blank=True)
    found = serializers.IntegerField()
    chosen = serializers.IntegerField()
    done = serializers.IntegerField()
    failed = serializers.IntegerField()
    ignored = serializers.DictField(child=serializers.IntegerField())
    missing = serializers.DictField(child=serializers.CharField())
    created = serializers.DateTimeField()
    ended = serializers.DateTimeField(allow_null=True)


class ImportsOut(serializers.Serializer[Any]):
    """A page of imports, the newest first."""

    imports = ImportOut(many=True)
    next = serializers.CharField(allow_null=True)


class ItemOut(serializers.Serializer[Any]):
    """One thing of an import, in the list. ``says``: what there is to it, in a line. ``standing``:
    ``new``; ``here`` as it is; here, but it ``differs`` by now; a ``duplicate`` of another one
    (``same_as``); ``empty``; ``ours``, made by a GIINT. ``unused``: its agent here is in no thread.
    ``outcome`` of the last try: ``made``, ``same``, ``kept`` or ``updated``.
    """

    number = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=["assistant", "agent", "prompt", "thread", "session"])
    remote_id = serializers.CharField(allow_blank=True)
    name = serializers.CharField(allow_blank=True)
    model = serializers.CharField(allow_blank=True)
    says = serializers.CharField()
    standing = serializers.ChoiceField(
        choices=["new", "here", "differs", "duplicate", "empty", "ours"]
    )
    same_as = serializers.CharField(allow_blank=True)
    agent = serializers.CharField(allow_null=True)
    thread = serializers.CharField(allow_null=True)
    unused = serializers.BooleanField()
    state = serializers.ChoiceField(choices=["found", "chosen", "done", "failed"])
    again = serializers.ChoiceField(choices=["keep", "update"])
    outcome = serializers.CharField(allow_blank=True)
    code = serializers.CharField(allow_blank=True)
    message = serializers.CharField(allow_blank=True)


class ItemsOut(serializers.Serializer[Any]):
    """A page of items, in the order in which they were found."""

    items = ItemOut(many=True)
    next = serializers.CharField(allow_null=True)


class NoteOut(serializers.Serializer[Any]):
    """What became of a part: ``kept``, ``changed``, ``not_taken``, ``check`` (somebody has to
    look), ``refused`` (it cannot be taken in like this).
    """

    about = serializers.CharField()
    did = serializers.ChoiceField(choices=["kept", "changed", "not_taken", "check", "refused"])
    says = serializers.CharField()


class BecomesOut(serializers.Serializer[Any]):
    """The agent that it becomes."""

    name = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    instructions = serializers.CharField(allow_blank=True)
    model = serializers.CharField(allow_blank=True)
    tools = serializers.ListField(child=serializers.CharField())
    parameters = serializers.DictField()


class SaidOut(serializers.Serializer[Any]):
    """A message of a thread, as it will be."""

    role = serializers.ChoiceField(choices=["user", "assistant", "system"])
    text = serializers.CharField()


class ReviewOut(ItemOut):
    """An item beside what it becomes. ``raw``: the original; ``becomes``: null for a thread, whose
    first messages are in ``said``; ``diff``: lines of what changed since it was taken in.
    """

    raw = serializers.DictField()
    becomes = BecomesOut(allow_null=True)
    said = SaidOut(many=True)
    notes = NoteOut(many=True)
    diff = serializers.ListField(child=serializers.CharField())
    changes = serializers.DictField()
    files = serializers.ListField(child=serializers.CharField())


class WantIn(serializers.Serializer[Any]):
    """What should be otherwise: fields of ``becomes``, in place of those wanted before. ``again``:
    what to do with one that was taken in before and differs.
    """

    changes = serializers.DictField(required=False)
    again = serializers.ChoiceField(choices=["keep", "update"], required=False)


class ConfirmIn(serializers.Serializer[Any]):
    """Numbers of the items to take in; null: all that are new."""

    items = serializers.ListField(
        child=serializers.IntegerField(min_value=1), allow_null=True, max_length=20_000
    )


class UseIn(serializers.Serializer[Any]):
    """The id of an assistant or agent at one of the person's accounts."""

    id = CleanField(max_length=120)
