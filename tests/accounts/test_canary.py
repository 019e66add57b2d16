"""A key is planted and everything that leaves the server is searched for it."""

import logging
import sys
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import quote
from django.core import serializers
from django.db import connection, connections
from django.test import Client, RequestFactory
from django.urls import reverse
from django.views.debug import ExceptionReporter
from pytest_django import Settings

from accounts.models import ProviderKey, User
from agents.endpoints import endpoint_for
from agents.providers import replaced
from agents.providers.base import Check
from giint.core.models import Event
from tests.accounts.conftest import CANARY, Caller
from tests.agents.test_agents_api import Server
from tests.conftest import person

BODY = {"label": "Mine", "base_url": "https://api.example.org/v1", "model": "m-1", "key": CANARY}


def plant(user: User) -> str:
    """Enter the key as the page does. Returns its id."""
    identity: str = Caller(user)("POST", "keys", BODY).json()["id"]
    return identity


def test_the_search_finds_what_is_there(alice: User) -> None:
    """The control: the key is kept, and comes out where it should."""
    plant(alice)
    assert endpoint_for(user=alice, agent=None).key.reveal() == CANARY


def test_no_answer_of_the_api_holds_it(alice: User) -> None:
    call = Caller(alice)
    key = plant(alice)
    with replaced("responses", Server(Check("upstream_refused_key"))):
        answers = [
            call("GET", "keys"),
            call("GET", f"keys/{key}"),
            call("PATCH", f"keys/{key}", {"key": CANARY, "label": "Other"}),
            call("PATCH", f"keys/{key}", {"key": CANARY, "label": "x" * 99}),
            call("PATCH", f"keys/{key}", {"key": CANARY, "base_url": "http://127.0.0.1/"}),
            call("POST", "keys", BODY | {"dialect": CANARY[:10]}),
            call("POST", "keys", BODY | {"key": CANARY + " and more"}),
            call("POST", f"keys/{key}/test"),
            call("GET", "state"),
            call("GET", "agents"),
        ]
    for answer in answers:
        assert CANARY.encode() not in answer.content + str(answer.headers).encode()


@pytest.mark.django_db(transaction=True)
def test_the_database_does_not_hold_it() -> None:
    plant(person("alice"))
    if connection.vendor == "sqlite":
        name = connection.settings_dict["NAME"]
        files = [Path(f"{name}{end}") for end in ("", "-wal")]
        kept = b"".join(file.read_bytes() for file in files if file.exists())
        assert b"api.example.org" in kept
        assert CANARY.encode() not in kept
    rows = str(list(ProviderKey.objects.values())) + str(list(Event.objects.values()))
    assert "api.example.org" in rows
    assert CANARY not in rows


def test_no_dump_holds_it(alice: User) -> None:
    plant(alice)
    assert CANARY not in serializers.serialize("json", ProviderKey.objects.all())


def test_no_log_holds_it(
    alice: User, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "django.db.backends")
    monkeypatch.setattr(connections["default"], "force_debug_cursor", True)
    key = plant(alice)

    def fail(**fields: Any) -> None:
        raise RuntimeError("on purpose")

    monkeypatch.setattr("agents.api.keys.change_key", fail)
    assert Caller(alice)("PATCH", f"keys/{key}", {"key": CANARY}).status_code == 500
    assert "on purpose" in caplog.text
    assert "accounts_providerkey" in caplog.text
    assert CANARY not in caplog.text


def test_nothing_prints_it(alice: User) -> None:
    key = ProviderKey.objects.get(id=plant(alice))
    things = [key, vars(key), key.row(), key.open(), endpoint_for(user=alice, agent=None)]
    for thing in things:
        assert CANARY not in f"{thing!r} {thing} "


def test_the_admin_does_not_hold_it(alice: User, boss: User) -> None:
    key = plant(alice)
    control = Client()
    control.force_login(boss, backend="accounts.backends.NameOrEmail")
    pages = [
        reverse("admin:accounts_providerkey_changelist"),
        reverse("admin:accounts_providerkey_change", args=[quote(key)]),
        reverse("admin:accounts_providerkey_history", args=[quote(key)]),
        reverse("admin:accounts_providerkey_delete", args=[quote(key)]),
        reverse("admin:accounts_user_change", args=[alice.pk]),
        reverse("admin:accounts_user_delete", args=[alice.pk]),
    ]
    for page in pages:
        answer = control.get(page)
        assert answer.status_code == 200, page
        assert CANARY.encode() not in answer.content
    control.post(pages[3], {"post": "yes"})
    assert CANARY not in str(list(LogEntry.objects.values()))


@pytest.mark.parametrize("html", [True, False])
def test_an_error_report_names_the_place_and_no_value(
    rf: RequestFactory, settings: Settings, html: bool
) -> None:
    def where_it_breaks(material: str) -> None:
        raise ValueError("on purpose")

    request = rf.post("/accounts/sign-in/", {"username": "alice", "anything": CANARY})
    settings.OPENAI_API_KEY = CANARY
    settings.GIINT_FIELD_KEYS = [f"a:{CANARY}"]
    try:
        where_it_breaks(CANARY)
    except ValueError:
        reporter = ExceptionReporter(request, *sys.exc_info())
        report = reporter.get_traceback_html() if html else reporter.get_traceback_text()
    assert "where_it_breaks" in report
    assert "on purpose" in report
    assert CANARY not in report
