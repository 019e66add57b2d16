"""Reading a server's list of models: whole or not at all, bounded, and never a surprise."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from agents.providers.assistants import Assistants
from agents.providers.base import Endpoint, Listed, Listing
from agents.providers.chat import Chat
from agents.providers.offline import Offline
from agents.providers.responses import Responses
from giint.core.secrets import Secret
from tests.modelserver.script import Reply, error
from tests.modelserver.server import ModelServer

KEY = "sk-alice-0123456789"
HTML = "<html><body>Bad Gateway</body></html>"
SPEC = {"id": "m", "object": "model", "created": 1_686_935_002, "owned_by": "openai"}


def endpoint(server: ModelServer, key: str = KEY) -> Endpoint:
    return Endpoint("responses", server.url, Secret(key), "", "Test")


def read(server: ModelServer, key: str = KEY) -> Listing:
    return Responses().models(endpoint(server, key))


def ids(listing: Listing) -> list[str]:
    return [one.id for one in listing.models]


def test_the_list_comes_with_what_the_server_tells_of_each_model(model_server: ModelServer) -> None:
    model_server.models = {
        "data": [
            SPEC | {"shutdown_date": "2026-10-23"},
            {
                "id": "router/big",
                "name": "Big",
                "description": "Large.",
                "context_length": 1_000_000,
                "top_provider": {"max_completion_tokens": 64_000},
            },
            {"id": "served", "max_model_len": 32_768, "shutdown_date": None, "created": 0},
        ]
    }
    assert read(model_server).models == [
        Listed("m", "openai", datetime(2023, 6, 16, 17, 3, 22, tzinfo=UTC), date(2026, 10, 23)),
        Listed(
            "router/big",
            name="Big",
            description="Large.",
            context_window=1_000_000,
            max_output=64_000,
        ),
        Listed("served", context_window=32_768),
    ]


@pytest.mark.parametrize("adapter", [Responses(), Chat(), Assistants()])
def test_every_dialect_over_http_has_a_list(model_server: ModelServer, adapter: Any) -> None:
    assert ids(adapter.models(endpoint(model_server))) == ["test-model", "test-mini"]
    assert model_server.asked[0].headers["authorization"] == f"Bearer {KEY}"


def test_the_offline_demo_lists_itself() -> None:
    assert ids(Offline().models(Endpoint("offline", "", Secret(""), "", ""))) == ["offline"]


def test_a_server_without_keys_is_sent_none(model_server: ModelServer) -> None:
    assert read(model_server, "").code == ""
    assert "authorization" not in model_server.asked[0].headers


@pytest.mark.parametrize(("size", "calls"), [(0, 1), (5_000, 1), (2_000, 3), (4_999, 2)])
def test_a_list_of_5000_models_comes_whole(
    model_server: ModelServer, size: int, calls: int
) -> None:
    names = [f"m-{n}" for n in range(5_000)]
    model_server.models = {"data": [{"id": name} for name in names]}
    model_server.page = size
    assert ids(read(model_server)) == names
    assert len(model_server.asked) == calls


def test_a_model_that_is_listed_twice_is_one(model_server: ModelServer) -> None:
    model_server.models = {"data": [SPEC, {"id": "n"}, SPEC | {"owned_by": "other"}]}
    assert [(one.id, one.owned_by) for one in read(model_server).models] == [
        ("m", "openai"),
        ("n", ""),
    ]


@pytest.mark.parametrize("has_more", [True, "yes"])
def test_a_server_that_knows_no_pages_is_asked_for_one_more_at_most(
    model_server: ModelServer, has_more: Any
) -> None:
    model_server.models_reply = error(200, {"data": [SPEC], "has_more": has_more})
    assert ids(read(model_server)) == ["m"]
    assert len(model_server.asked) == (2 if has_more is True else 1)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ([{"id": "a"}, {"id": "b"}], ["a", "b"]),
        ({"data": None}, []),
        ({"data": []}, []),
        ({"data": [{"id": 5}, "x", None, {"id": "m" * 121}, {"id": ""}, {"id": "ok"}]}, ["ok"]),
        ('{"data": [{"id": "half \\ud83d"}]}', ["half \ufffd"]),
        ({"data": [{"id": "a\nb"}, {"id": " c "}]}, ["c"]),
    ],
)
def test_odd_lists_are_read_as_far_as_they_are_lists(
    model_server: ModelServer, body: Any, expected: list[str]
) -> None:
    model_server.models_reply = error(200, body)
    listing = read(model_server)
    assert (listing.code, ids(listing)) == ("", expected)


@pytest.mark.parametrize(
    "row",
    [
        {"created": "yesterday"},
        {"created": -1},
        {"created": True},
        {"created": 1e30},
        {"shutdown_date": "soon"},
        {"shutdown_date": {}},
        {"owned_by": 5},
        {"context_window": -1},
        {"context_window": 2**40},
        {"context_window": True},
        {"context_window": "128k"},
        {"top_provider": "x"},
        {"name": ["m"]},
        {"name": "m"},
    ],
)
def test_a_field_that_is_not_what_it_should_be_is_left_out(
    model_server: ModelServer, row: dict[str, Any]
) -> None:
    model_server.models_reply = error(200, {"data": [{"id": "m"} | row]})
    assert read(model_server).models == [Listed("m")]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (error(401, {"error": {"message": f"Bad key {KEY}."}}), Listing("upstream_refused_key")),
        (error(403, {}), Listing("upstream_denied", "HTTP 403")),
        (
            error(404, {}),
            Listing("upstream_rejected", "it has no list of models at this address"),
        ),
        (
            error(429, {}, retry_after="7"),
            Listing("upstream_rate_limited", "HTTP 429", 7.0),
        ),
        (error(500, HTML), Listing("upstream_error", "HTTP 500")),
        (error(200, HTML), Listing("upstream_malformed", "it answered with a page")),
        (error(200, "gar{bage"), Listing("upstream_malformed", "its list of models is not JSON")),
        (error(200, {"models": []}), Listing("upstream_malformed", "it sent no list of models")),
        (error(200, '"text"'), Listing("upstream_malformed", "it sent no list of models")),
        (
            error(301, "", location="http://169.254.169.254/"),
            Listing("upstream_rejected", "it redirects elsewhere; enter the address it leads to"),
        ),
    ],
)
def test_each_failure_is_one_line(
    model_server: ModelServer, reply: Reply, expected: Listing
) -> None:
    model_server.models_reply = reply
    assert read(model_server) == expected
    assert len(model_server.asked) == 1


def test_a_list_that_breaks_off_between_pages_is_none(
    model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.providers.listing.PAGES", 2)
    model_server.models = {"data": [{"id": f"m-{n}"} for n in range(9)]}
    model_server.page = 2
    expected = Listing("upstream_malformed", "its list of models has more than 2 pages")
    assert read(model_server) == expected


def test_a_list_is_bounded_in_length(
    model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.providers.listing.MODELS", 1)
    assert read(model_server) == Listing("upstream_malformed", "it lists more than 1 models")


def test_a_server_that_hangs_is_given_up(
    model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.providers.listing.LISTING", 0.3)
    model_server.models_reply = error(200, {}).but(before_headers=600)
    assert read(model_server) == Listing("upstream_unreachable", "no whole list within 0.3 s")


def test_a_server_that_is_not_there(model_server: ModelServer, settings: Any) -> None:
    settings.GIINT_PRIVATE_HOSTS = ["127.0.0.1:9"]
    nobody = Endpoint("responses", "http://127.0.0.1:9/v1", Secret(""), "", "")
    assert Responses().models(nobody).code == "upstream_unreachable"


def test_the_list_is_guarded(model_server: ModelServer, settings: Any) -> None:
    settings.GIINT_PRIVATE_HOSTS = []
    assert read(model_server).code == "address_refused"
    assert model_server.asked == []


def test_a_key_that_the_server_echoes_stays_out(model_server: ModelServer) -> None:
    model_server.models = {"data": [SPEC | {"owned_by": f"owner of {KEY}", "name": KEY}]}
    assert KEY not in repr(read(model_server))
