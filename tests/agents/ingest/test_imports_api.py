"""Imports over REST: opened, looked at, reviewed, confirmed; each person's own."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from accounts.models import User
from agents.models import Import
from giint.ingest.work import look
from tests.accounts.conftest import Caller, entered
from tests.agents.ingest.dumps import assistant, listed, message, saved, thread


def upload(call: Caller, content: bytes, name: str = "saved.json") -> Any:
    given = {"file": SimpleUploadedFile(name, content)}
    return call.client.post("/api/v1/imports", given)


def test_the_whole_way_from_a_file_to_an_agent_and_a_thread(alice: User) -> None:
    call = Caller(alice)
    talk = thread() | {"messages": [message(1, "user", "Hello"), message(2, "assistant", "Yes")]}
    answer = upload(call, saved({"assistants": [assistant()], "threads": [talk]}).getvalue())
    assert answer.status_code == 201
    opened = answer.json()
    assert (opened["state"], opened["found"], opened["name"]) == ("ready", 2, "saved.json")
    here = f"imports/{opened['id']}"
    items = call("GET", f"{here}/items").json()["items"]
    assert [(one["kind"], one["standing"], one["says"]) for one in items] == [
        ("assistant", "new", "8 words, no tools"),
        ("thread", "new", "2 messages"),
    ]
    assert [one["name"] for one in call("GET", f"{here}/items?q=hello").json()["items"]] == [
        "Hello"
    ]
    review = call("GET", f"{here}/items/1").json()
    assert review["raw"] == assistant()
    assert review["becomes"]["model"] == "gpt-4o"
    changed = call("PATCH", f"{here}/items/1", {"changes": {"name": "Support"}}).json()
    assert changed["becomes"]["name"] == "Support"
    confirmed = call("POST", f"{here}/confirm", {"items": None})
    assert (confirmed.status_code, confirmed.json()["state"]) == (202, "taking")
    busy = [
        call("POST", f"{here}/confirm", {"items": [1]}),
        call("PATCH", f"{here}/items/1", {"again": "update"}),
        call("DELETE", here),
    ]
    assert {one.json()["code"] for one in busy} == {"import_busy"}
    look(lambda: False)
    ended = call("GET", here).json()
    assert (ended["state"], ended["done"], ended["failed"]) == ("done", 2, 0)
    first, second = call("GET", f"{here}/items").json()["items"]
    assert first["agent"] == alice.agents.get(name="Support").id
    assert second["thread"] == alice.threads.get().id
    assert call("DELETE", here).status_code == 204
    assert alice.agents.count() == alice.threads.count() == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "bad_field"),
        ({"text": "Assistant(id='asst_1')"}, "dump_broken"),
        ({"text": '[{"id": "asst_1"'}, "dump_truncated"),
        ({"dump": []}, "dump_empty"),
        ({"dump": [{"object": "file", "id": "file-1"}]}, "dump_empty"),
        ({"key": "key_nobodys"}, "not_found"),
        ({"ids": ["asst_1"], "key": 7}, "not_found"),
    ],
)
def test_what_cannot_be_opened_says_why_and_leaves_nothing(
    alice: User, body: dict[str, Any], code: str
) -> None:
    answer = Caller(alice)("POST", "imports", body)
    assert answer.json()["code"] == code
    assert not Import.objects.exists()


def test_a_pasted_prompt_is_opened(alice: User) -> None:
    text = json.dumps({"id": "pmpt_1", "instructions": "Be brief.", "model": "gpt-5"})
    answer = Caller(alice)("POST", "imports", {"text": text, "name": "By hand"})
    assert (answer.status_code, answer.json()["name"]) == (201, "By hand")


def test_a_file_over_the_limit_is_not_begun(alice: User, settings: Settings) -> None:
    settings.GIINT_IMPORT_SIZE = 1
    rows = [assistant(f"asst_{n}", instructions="x" * 10_000) for n in range(120)]
    for content in (saved(rows).getvalue(), saved(listed(*rows)).getvalue() * 2):
        answer = upload(Caller(alice), content)
        assert (answer.status_code, answer.json()["code"]) == (413, "dump_too_large")
        assert "GIINT_IMPORT_SIZE" in answer.json()["message"]
    assert not Import.objects.exists()


def test_an_account_that_keeps_nothing_is_told_so(alice: User) -> None:
    key = entered(alice)
    answer = Caller(alice)("POST", "imports", {"key": key.id})
    assert (answer.status_code, answer.json()["code"]) == (409, "no_remote_account")
    sources = Caller(alice)("GET", "imports/sources").json()
    assert sources["accounts"] == []
    assert "2026-08-26" in sources["hosted"]


def test_mallory_reaches_no_import_of_hers(alice: User, mallory: User) -> None:
    opened = upload(Caller(alice), saved(assistant()).getvalue()).json()["id"]
    call = Caller(mallory)
    for verb, path, body in [
        ("GET", f"imports/{opened}", None),
        ("DELETE", f"imports/{opened}", None),
        ("GET", f"imports/{opened}/items", None),
        ("GET", f"imports/{opened}/items/1", None),
        ("PATCH", f"imports/{opened}/items/1", {"again": "update"}),
        ("POST", f"imports/{opened}/confirm", {"items": [1]}),
    ]:
        assert call(verb, path, body).status_code == 404, (verb, path)
    assert call("GET", "imports").json() == {"imports": [], "next": None}
    assert [one["id"] for one in Caller(alice)("GET", "imports").json()["imports"]] == [opened]


def test_nothing_chosen_and_numbers_of_nobody_are_told(alice: User) -> None:
    call = Caller(alice)
    opened = upload(call, saved(assistant()).getvalue()).json()["id"]
    bodies: list[dict[str, list[int]]] = [{"items": []}, {"items": [99]}]
    for body in bodies:
        answer = call("POST", f"imports/{opened}/confirm", body)
        assert answer.json()["code"] == "import_unchosen"
    assert call("POST", f"imports/{opened}/confirm", {}).json()["code"] == "bad_field"
    assert call("GET", f"imports/{opened}/items/99").status_code == 404
