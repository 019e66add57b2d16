"""Every line of the manager by REST and by command: what it answers, and what it says when it
cannot: a code, a sentence, what to do next.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from accounts import jwts, tokens
from accounts.models import ProviderKey, User
from agents import manager
from agents.manager import envfile
from agents.models import AssistantManager
from giint.core.errors import FAILURES
from tests.agents.manager.conftest import Held, account, allowed
from tests.conftest import person
from tests.modelserver.script import error
from tests.modelserver.server import ModelServer


class Face:
    """REST as ``user``, by session or by bearer."""

    def __init__(self, user: User, bearer: str = "") -> None:
        self.client = Client(raise_request_exception=False)
        self.headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
        if not bearer:
            self.client.force_login(user, backend="accounts.backends.NameOrEmail")

    def __call__(self, verb: str, path: str, body: Any = None) -> Any:
        content = "" if body is None else json.dumps(body)
        path = f"/api/openai-assistant/{path}"
        return self.client.generic(
            verb, path, content, content_type="application/json", headers=self.headers
        )


def run(*words: str) -> tuple[str, str]:
    """What the command said, and why it failed."""
    out, err = StringIO(), StringIO()
    try:
        call_command("assistants", *words, stdout=out, stderr=err)
    except CommandError as failed:
        return out.getvalue(), str(failed)
    return out.getvalue(), ""


def told(*words: str) -> Any:
    """The command's answer as JSON."""
    said, failed = run(*words, "--user", "ann", "--json")
    assert failed == ""
    return json.loads(said)


@pytest.fixture
def rest(ann: User) -> Face:
    return Face(ann)


# --- rest -----------------------------------------------------------------------------------------


def test_every_route_of_the_manager(model_server: ModelServer, rest: Face, held: Held) -> None:
    status = rest("GET", "status").json()
    assert (status["currentAssistantId"], status["needsRefresh"]) == (None, True)
    assert (status["refreshInterval"], status["lastRefresh"]) == (86_400_000, None)
    made = rest("POST", "initialize")
    assert made.status_code == 201
    first = made.json()["currentAssistantId"]
    assert rest("POST", "initialize").status_code == 200
    assert rest("GET", "current").json()["currentAssistantId"] == first
    config = {"name": "Custom Assistant Name", "model": "test-mini"}
    renewed = rest("POST", "refresh", {"config": config}).json()
    second = renewed["currentAssistantId"]
    assert (renewed["previousAssistantId"], renewed["version"]["version"]) == (first, 2)
    listed = rest("GET", "list").json()
    assert listed["whole"]
    assert [(row["id"], row["current"]) for row in listed["assistants"]] == [
        (second, True),
        (first, False),
    ] or {row["id"] for row in listed["assistants"]} == {first, second}
    details = rest("GET", f"details/{second}").json()
    assert details["name"] == "Custom Assistant Name"
    assert details["configuration"]["model"] == "test-mini"
    assert details["managed"]
    changed = rest("PUT", f"update/{second}", {"updates": {"name": "Updated"}}).json()
    assert (changed["version"], changed["assistantId"], changed["current"]) == (3, second, True)
    backups = rest("GET", "backups").json()["backups"]
    assert [(row["version"], row["current"]) for row in backups] == [
        (3, True),
        (2, False),
        (1, False),
    ]
    third = rest("POST", f"restore/{backups[2]['id']}").json()["currentAssistantId"]
    cleaned = rest("POST", "cleanup", {"keepCount": 1}).json()
    assert (sorted(cleaned["deleted"]), cleaned["kept"]) == (sorted([first, second]), [third])
    planned = rest("PUT", "refresh-interval", {"intervalMs": 3_600_000, "keepCount": 2}).json()
    assert (planned["refreshInterval"], planned["keepCount"]) == (3_600_000, 2)
    assert rest("DELETE", f"delete/{third}").json()["deleted"] == [third]
    assert held() == []


def test_a_token_needs_the_scope_and_a_jwt_has_it(ann: User) -> None:
    def by(*scopes: str) -> Face:
        return Face(ann, tokens.make(user=ann, name="t", scopes=scopes)[1].reveal())

    assert by("manage_assistants")("GET", "status").status_code == 200
    refused = by("read", "write", "manage")("GET", "status")
    assert (refused.status_code, refused.json()["code"]) == (401, "token_refused")
    assert Face(ann, jwts.issue(user=ann)["access"])("GET", "status").status_code == 200


def test_another_account_is_named_by_its_key(model_server: ModelServer, ann: User) -> None:
    other = account(model_server, ann, label="Second")
    made = Face(ann)("POST", f"initialize?key={other.id}").json()
    assert Face(ann)("GET", "status").json()["currentAssistantId"] is None
    status = Face(ann)("GET", f"status?key={other.id}").json()
    assert (status["currentAssistantId"], status["account"]) == (
        made["currentAssistantId"],
        "Second",
    )


# --- what both say when they cannot ---------------------------------------------------------------

Prepare = Callable[[ModelServer, User], None]


def _nothing(server: ModelServer, user: User) -> None:
    pass


def _no_key(server: ModelServer, user: User) -> None:
    ProviderKey.objects.all().delete()


def _another_dialect(server: ModelServer, user: User) -> None:
    ProviderKey.objects.update(dialect="responses")


def _not_permitted(server: ModelServer, user: User) -> None:
    user.user_permissions.clear()


def _answers(status: int, **headers: str) -> Prepare:
    def prepare(server: ModelServer, user: User) -> None:
        server.refusals = [error(status, {"error": {"message": "no"}}, **headers)] * 3

    return prepare


def _hosted(server: ModelServer, user: User) -> None:
    server.hosted_gone = True


@dataclass(frozen=True)
class Case:
    """One thing that goes wrong. ``{theirs}`` is an assistant of somebody else's."""

    code: str
    verb: str
    path: str
    words: list[str]
    body: Any = None
    prepare: Prepare = _nothing
    field: str = ""


REFRESH = ("POST", "refresh", ["refresh"])
NOBODYS = "asst_nobodys"
CASES = {
    "no key": Case("no_account", *REFRESH, prepare=_no_key),
    "an account that keeps nothing": Case("manager_unneeded", *REFRESH, prepare=_another_dialect),
    "not permitted here": Case("manage_refused", *REFRESH, prepare=_not_permitted),
    "wrong key": Case("upstream_refused_key", *REFRESH, prepare=_answers(401)),
    "not permitted there": Case("upstream_denied", *REFRESH, prepare=_answers(403)),
    "limited": Case("upstream_rate_limited", *REFRESH, prepare=_answers(429, retry_after="60")),
    "the hosted API": Case("assistants_gone", *REFRESH, prepare=_hosted),
    "failing": Case("upstream_error", *REFRESH, prepare=_answers(500)),
    "details of nobody's": Case("remote_gone", "GET", f"details/{NOBODYS}", ["get", NOBODYS]),
    "update of nobody's": Case(
        "remote_gone",
        "PUT",
        f"update/{NOBODYS}",
        ["update", NOBODYS, "--config", "{config}"],
        {"updates": {"name": "x"}},
    ),
    "delete of nobody's": Case(
        "remote_gone", "DELETE", f"delete/{NOBODYS}", ["delete", NOBODYS, "--yes"]
    ),
    "details of another's": Case("remote_gone", "GET", "details/{theirs}", ["get", "{theirs}"]),
    "delete of another's": Case(
        "remote_gone", "DELETE", "delete/{theirs}", ["delete", "{theirs}", "--yes"]
    ),
    "a backup of nobody's": Case("no_backup", "POST", "restore/12", ["restore", "12"]),
    "an empty update": Case(
        "bad_field",
        "PUT",
        f"update/{NOBODYS}",
        ["update", NOBODYS, "--config", "{empty}"],
        {"updates": {}},
        field="updates",
    ),
    **{
        f"keep {text}": Case(
            "bad_field",
            "POST",
            "cleanup",
            ["cleanup", text, "--yes"],
            {"keepCount": value},
            field="keepCount",
        )
        for text, value in [("0", 0), ("-1", -1), ("three", "3"), ("1000", 1000), ("1.5", 1.5)]
    },
    **{
        f"interval {text}": Case(
            "bad_field",
            "PUT",
            "refresh-interval",
            ["interval", text],
            {"intervalMs": value},
            field="intervalMs",
        )
        for text, value in [("5", 5), ("daily", "daily"), ("1e99", 10**99), ("true", True)]
    },
}


@pytest.fixture
def theirs(model_server: ModelServer) -> str:
    """Of somebody else, in the same account at the provider."""
    other = allowed(person("other"))
    account(model_server, other)
    return manager.initialize(user=other).id


@pytest.fixture
def places(theirs: str, tmp_path: Path) -> dict[str, object]:
    """What the cases name in braces."""
    (tmp_path / "config").write_text('{"name": "x"}')
    (tmp_path / "empty").write_text("{}")
    return {"theirs": theirs, "config": tmp_path / "config", "empty": tmp_path / "empty"}


def judge(case: Case, face: str, places: dict[str, object], ann: User) -> None:
    """A code, a sentence, what to do next, and no key."""
    if face == "rest":
        answer = Face(ann)(case.verb, case.path.format(**places), case.body)
        body = answer.json()
        code, sentence = body["code"], body["detail"]
        assert answer.status_code == FAILURES[case.code].status
        assert case.field in body.get("fields", {}) or not case.field
    else:
        words = [word.format(**places) for word in case.words]
        _, failed = run(*words, "--user", "ann")
        code, _, sentence = failed.partition(": ")
        assert case.field in sentence
    assert code == case.code
    assert sentence.count(". ") + sentence.count(": ") >= 1, sentence
    assert "sk-managed" not in sentence


@pytest.mark.parametrize("face", ["rest", "command"])
@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.prepare != _nothing])
def test_an_account_that_cannot_says_why_and_what_to_do(
    name: str, face: str, model_server: ModelServer, ann: User
) -> None:
    CASES[name].prepare(model_server, ann)
    judge(CASES[name], face, {}, ann)


@pytest.mark.parametrize("face", ["rest", "command"])
def test_what_cannot_be_meant_is_said_and_changes_nothing(
    face: str, model_server: ModelServer, ann: User, theirs: str, places: dict[str, object]
) -> None:
    for case in CASES.values():
        if case.prepare == _nothing:
            judge(case, face, places, ann)
    assert list(model_server.store.rows["assistant"]) == [theirs]
    assert model_server.updated["assistant"] == 0


@pytest.mark.parametrize("face", ["rest", "command"])
def test_a_server_that_is_down_leaves_the_current_one_and_says_so(
    face: str, db: None, settings: Settings
) -> None:
    user = allowed(person("ann"))
    with ModelServer() as server:
        settings.GIINT_PRIVATE_HOSTS = [server.host]
        account(server, user)
        first = manager.initialize(user=user).id
    current = Face(user)("GET", "current").json() if face == "rest" else told("get-or-create")
    assert (current["currentAssistantId"], current["verified"]) == (first, False)
    assert current["code"] == "upstream_unreachable"
    if face == "rest":
        assert Face(user)("POST", "refresh").json()["code"] == "upstream_unreachable"
    else:
        assert run("refresh", "--user", "ann")[1].startswith("upstream_unreachable: ")
    status = Face(user)("GET", "status").json()
    assert (status["currentAssistantId"], status["code"]) == (first, "upstream_unreachable")
    assert "could not be reached" in status["sentence"]


# --- the command ----------------------------------------------------------------------------------


def test_every_action_of_the_command(
    model_server: ModelServer, ann: User, held: Held, tmp_path: Path
) -> None:
    config, saved = tmp_path / "config.json", tmp_path / "saved.json"
    config.write_text('{"config": {"name": "From a file"}}')
    assert told("status")["needsRefresh"]
    first = told("create", "--config", str(config), "--save", str(saved))["currentAssistantId"]
    assert json.loads(saved.read_text())["name"] == "From a file"
    assert saved.stat().st_mode & 0o777 == 0o600
    assert run("get-or-create", "--user", "ann")[0].strip() == first
    second = told("get-or-create", "--force")["currentAssistantId"]
    assert second != first
    assert told("get")["id"] == second
    assert {row["id"] for row in told("list")["assistants"]} == {first, second}
    config.write_text('{"name": "Changed"}')
    assert told("update", second, "--config", str(config))["version"] == 3
    assert [row["version"] for row in told("backups")["backups"]] == [3, 2, 1]
    third = told("restore", "1", "--save", str(saved))["currentAssistantId"]
    assert told("interval", "3600000", "--keep", "2")["keepCount"] == 2
    assert told("cleanup", "1", "--yes")["kept"] == [third]
    assert told("delete", third, "--yes")["deleted"] == [third]
    assert held() == []
    for action in ("list", "status", "backups"):  # for people
        assert run(action, "--user", "ann")[1] == ""


def test_a_dry_run_says_what_and_does_nothing(
    model_server: ModelServer, ann: User, held: Held, tmp_path: Path
) -> None:
    config = tmp_path / "config.json"
    config.write_text('{"name": "Planned"}')
    plan = told("create", "--config", str(config), "--dry-run")
    assert plan["would_create"]["name"] == "Planned"
    assert told("get-or-create", "--dry-run")["would_create"]["model"] == "test-model"
    assert not AssistantManager.objects.exists()
    first = told("create")["currentAssistantId"]
    second = told("refresh")["currentAssistantId"]
    assert told("cleanup", "1", "--dry-run") == {"would_delete": [first], "kept": [second]}
    assert told("delete", second, "--dry-run") == {"would_delete": [second]}
    assert told("restore", "1", "--dry-run")["would_create"]["model"] == "test-model"
    told("update", first, "--config", str(config), "--dry-run")
    assert held() == [first, second]
    assert model_server.updated["assistant"] == 0


@pytest.mark.parametrize("answer", ["", "n", "no", None])
def test_nothing_is_deleted_without_a_yes(
    answer: str | None,
    model_server: ModelServer,
    ann: User,
    held: Held,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = manager.initialize(user=ann).id
    second = manager.refresh(user=ann).id

    def asked() -> str:
        if answer is None:
            raise EOFError
        return answer

    monkeypatch.setattr("builtins.input", asked)
    for words in (["cleanup", "1"], ["delete", first]):
        assert run(*words, "--user", "ann")[1] in (
            "Nothing was done.",
            "Nobody is there to be asked: say --yes.",
        )
    assert held() == [first, second]
    monkeypatch.setattr("builtins.input", lambda: "y")
    assert run("cleanup", "1", "--user", "ann") == (f"{first} is deleted.\n", "")


def test_the_id_goes_into_the_env_file(
    model_server: ModelServer, ann: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / ".env"
    path.write_text("SECRET_KEY=x\n")
    monkeypatch.setattr(envfile, "ENV_FILE", path)
    first = told("get-or-create", "--write-env")["currentAssistantId"]
    assert path.read_text() == f"SECRET_KEY=x\nOPENAI_ASSISTANT_ID={first}\n"
    second = told("refresh", "--write-env")["currentAssistantId"]
    assert path.read_text() == f"SECRET_KEY=x\nOPENAI_ASSISTANT_ID={second}\n"


@pytest.mark.parametrize("text", ["", "{", "[1]", '"x"', '{"name": "x"', "\x00", '{"nmae": 1}'])
def test_a_file_that_is_no_configuration_is_refused(
    text: str, model_server: ModelServer, ann: User, tmp_path: Path
) -> None:
    path = tmp_path / "config.json"
    path.write_text(text)
    said, failed = run("create", "--user", "ann", "--config", str(path), "--json")
    assert failed.startswith("bad_field: ")
    assert json.loads(said)["code"] == "bad_field"
    assert model_server.asked == []


def test_somebody_who_is_not_there(ann: User) -> None:
    assert run("status", "--user", "nobody")[1] == "There is nobody called nobody."
