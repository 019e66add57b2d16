"""REST bodies of the assistant manager, and how what the service gives becomes them.

The names are those of the service that this one replaces, which programs already speak: camelCase.
"""

from typing import Any

from rest_framework import serializers

from agents.manager.reading import Listed, Seen
from agents.manager.renewal import Cleaned, Renewed
from agents.manager.services import Current, Status
from agents.models import AssistantVersion
from agents.models.manager import DAY_MS, KEEP
from giint.core.times import iso, iso_or_none


class Whole(serializers.IntegerField):
    """A whole number as JSON has it: "3" is a text."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            raise serializers.ValidationError("This is a whole number, such as 3, and no text.")
        return data


class ConfigIn(serializers.Serializer[Any]):
    """Fields over the template's: name, description, model, instructions, tools, metadata…"""

    config = serializers.DictField(required=False)


class UpdatesIn(serializers.Serializer[Any]):
    """Fields that change; null clears one."""

    updates = serializers.DictField()


class KeepIn(serializers.Serializer[Any]):
    """How many of the newest stay, the current one among them."""

    keepCount = Whole()


class IntervalIn(serializers.Serializer[Any]):
    """Milliseconds between two refreshes, 0 for none; and how many stay after each."""

    intervalMs = Whole()
    keepCount = Whole(required=False)


class CurrentOut(serializers.Serializer[Any]):
    """The assistant in use. Where its server could not be asked, ``code`` says why."""

    currentAssistantId = serializers.CharField()
    created = serializers.BooleanField()
    verified = serializers.BooleanField()
    code = serializers.CharField(allow_blank=True)
    sentence = serializers.CharField(allow_blank=True)


class StatusOut(serializers.Serializer[Any]):
    """How the manager of an account stands. ``held``: how many it keeps at the provider."""

    currentAssistantId = serializers.CharField(allow_null=True)
    lastRefresh = serializers.DateTimeField(allow_null=True)
    refreshInterval = serializers.IntegerField()
    needsRefresh = serializers.BooleanField()
    nextRefresh = serializers.DateTimeField(allow_null=True)
    lastVerified = serializers.DateTimeField(allow_null=True)
    keepCount = serializers.IntegerField()
    held = serializers.IntegerField()
    busy = serializers.BooleanField()
    initialized = serializers.BooleanField()
    code = serializers.CharField(allow_blank=True)
    sentence = serializers.CharField(allow_blank=True)
    key = serializers.CharField()
    account = serializers.CharField()
    server = serializers.CharField()
    dialect = serializers.CharField()


class FailedOut(serializers.Serializer[Any]):
    """One that could not be deleted now; it is tried again."""

    id = serializers.CharField()
    code = serializers.CharField()
    sentence = serializers.CharField()


class CleanedOut(serializers.Serializer[Any]):
    deleted = serializers.ListField(child=serializers.CharField())
    kept = serializers.ListField(child=serializers.CharField())
    failed = FailedOut(many=True)


class VersionOut(serializers.Serializer[Any]):
    """A configuration that stood at the provider."""

    id = serializers.CharField()
    version = serializers.IntegerField()
    assistantId = serializers.CharField()
    source = serializers.ChoiceField(choices=AssistantVersion.Source.choices)  # type: ignore[assignment]
    createdAt = serializers.DateTimeField()
    current = serializers.BooleanField()
    config = serializers.DictField()


class VersionsOut(serializers.Serializer[Any]):
    backups = VersionOut(many=True)


class RenewedOut(serializers.Serializer[Any]):
    """The new current one, and what became of the oldest."""

    currentAssistantId = serializers.CharField()
    previousAssistantId = serializers.CharField(allow_null=True)
    version = VersionOut()
    cleanup = CleanedOut()


class SeenOut(serializers.Serializer[Any]):
    """One assistant of the account. ``managed``: the manager made it and may change it."""

    id = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    description = serializers.CharField(allow_blank=True)
    model = serializers.CharField(allow_blank=True)
    createdAt = serializers.IntegerField(allow_null=True)
    purpose = serializers.CharField(allow_null=True)
    managed = serializers.BooleanField()
    current = serializers.BooleanField()
    unused = serializers.BooleanField()
    version = serializers.IntegerField(allow_null=True)
    agent = serializers.CharField(allow_null=True)
    metadata = serializers.DictField()


class ListedOut(serializers.Serializer[Any]):
    """``whole``: all of the account; else those that are known here."""

    assistants = SeenOut(many=True)
    whole = serializers.BooleanField()


class DetailsOut(SeenOut):
    """The same with all that its server tells of it."""

    configuration = serializers.DictField()


def current_row(current: Current) -> dict[str, Any]:
    return {
        "currentAssistantId": current.id,
        "created": current.created,
        "verified": current.verified,
        "code": current.code,
        "sentence": current.sentence,
    }


def status_row(status: Status) -> dict[str, Any]:
    manager, key = status.manager, status.site.key
    current = manager.current if manager else None
    return {
        "currentAssistantId": current.remote_id if current and current.state == "held" else None,
        "lastRefresh": iso_or_none(manager.refreshed) if manager else None,
        "refreshInterval": manager.interval_ms if manager else DAY_MS,
        "needsRefresh": status.needs_refresh,
        "nextRefresh": iso_or_none(manager.next) if manager else None,
        "lastVerified": iso_or_none(manager.verified) if manager else None,
        "keepCount": manager.keep if manager else KEEP,
        "held": status.held,
        "busy": status.busy,
        "initialized": bool(manager and manager.refreshed),
        "code": manager.code if manager else "",
        "sentence": manager.sentence if manager else "",
        "key": key.id,
        "account": key.label,
        "server": key.base_url,
        "dialect": key.dialect,
    }


def cleaned_row(cleaned: Cleaned) -> dict[str, Any]:
    names = ("id", "code", "sentence")
    failed = [dict(zip(names, one, strict=True)) for one in cleaned.failed]
    return {"deleted": cleaned.deleted, "kept": cleaned.kept, "failed": failed}


def version_row(version: AssistantVersion, current: str | None) -> dict[str, Any]:
    """``current``: id of the newest version of the assistant in use."""
    return {
        "id": version.id,
        "version": version.number,
        "assistantId": version.assistant,
        "source": version.source,
        "createdAt": iso(version.created),
        "current": version.id == current,
        "config": version.config,
    }


def version_rows(versions: list[AssistantVersion]) -> list[dict[str, Any]]:
    """Newest first, as they come."""
    in_use = {one.manager.current_id for one in versions} - {None}
    current = next((one.id for one in versions if one.remote_id in in_use), None)
    return [version_row(one, current) for one in versions]


def renewed_row(renewed: Renewed) -> dict[str, Any]:
    return {
        "currentAssistantId": renewed.id,
        "previousAssistantId": renewed.previous or None,
        "version": version_row(renewed.version, renewed.version.id),
        "cleanup": cleaned_row(renewed.cleaned),
    }


def seen_row(seen: Seen) -> dict[str, Any]:
    raw, row = seen.raw, seen.row
    moment, pairs = raw.get("created_at"), raw.get("metadata")
    return {
        "id": seen.id,
        "name": _text(raw, "name"),
        "description": _text(raw, "description"),
        "model": _text(raw, "model"),
        "createdAt": moment if isinstance(moment, int) else None,
        "purpose": row.purpose if row else None,
        "managed": bool(row and row.purpose == "managed" and row.state == "held"),
        "current": seen.current,
        "unused": row.is_unused if row else False,
        "version": seen.version.number if seen.version else None,
        "agent": row.agent_id if row else None,
        "metadata": pairs if isinstance(pairs, dict) else {},
    }


def details_row(seen: Seen) -> dict[str, Any]:
    return seen_row(seen) | {"configuration": seen.raw}


def listed_row(listed: Listed) -> dict[str, Any]:
    return {"assistants": [seen_row(one) for one in listed.assistants], "whole": listed.whole}


def _text(raw: dict[str, Any], name: str) -> str:
    value = raw.get(name)
    return value if isinstance(value, str) else ""
