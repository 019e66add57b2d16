"""Trying an account: bounded, guarded, and never a surprise."""

from typing import Any

import pytest

from agents.providers.base import Check, Endpoint
from agents.providers.responses import Responses
from giint.core.secrets import Secret
from tests.modelserver.script import Reply, error
from tests.modelserver.server import ModelServer

KEY = "sk-alice-0123456789"
HTML = "<html><body>Bad Gateway</body></html>"
ECHO = {"error": {"message": f"Bad key {KEY}.", "code": None}}


def endpoint(server: ModelServer, key: str = KEY) -> Endpoint:
    return Endpoint("responses", server.url, Secret(key), "", "Test")


def test_the_check_lists_the_models(model_server: ModelServer) -> None:
    assert Responses().check(endpoint(model_server)) == Check(models=["test-mini", "test-model"])
    (one,) = model_server.asked
    assert (one.path, one.headers["authorization"]) == ("/v1/models", f"Bearer {KEY}")


def test_a_server_without_keys_is_sent_none(model_server: ModelServer) -> None:
    assert Responses().check(endpoint(model_server, "")).code == ""
    assert "authorization" not in model_server.asked[0].headers


ODD_MODELS = {"data": [{"id": 5}, "x", {"id": "m" * 500}, {"id": "ok"}]}


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (error(404, {}), Check(detail="The server answers, but has no list of models.")),
        (error(401, ECHO), Check("upstream_refused_key")),
        (error(403, {}), Check("upstream_denied", "HTTP 403")),
        (error(500, HTML), Check("upstream_error", "HTTP 500")),
        (error(200, HTML), Check("upstream_malformed", "an event that is not JSON")),
        (
            error(200, {"data": [{"id": 5}, "x", {"id": "m" * 500}, {"id": "ok"}]}),
            Check(models=["ok"]),
        ),
        (error(200, {"models": []}), Check()),
    ],
)
def test_the_check_never_raises_for_what_the_server_does(
    model_server: ModelServer, reply: Reply, expected: Check
) -> None:
    model_server.models_reply = reply
    assert Responses().check(endpoint(model_server)) == expected


def test_the_check_is_bounded(model_server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agents.providers.account.CHECK", 0.3)
    model_server.models_reply = error(200, {}).but(before_headers=600)
    checked = Responses().check(endpoint(model_server))
    assert checked.code == "upstream_unreachable"


def test_the_check_is_guarded(model_server: ModelServer, settings: Any) -> None:
    settings.GIINT_PRIVATE_HOSTS = []
    assert Responses().check(endpoint(model_server)).code == "address_refused"
    assert model_server.asked == []
    bad = Endpoint("responses", "not a url", Secret(""), "", "Test")
    assert Responses().check(bad).code == "address_refused"
