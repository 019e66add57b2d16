"""What crosses from call to call, or from the operator's environment to a server: nothing."""

import asyncio
import threading

import pytest
from blockbuster import blockbuster_ctx
from pytest_django import Settings

from agents.providers import transport
from agents.providers.responses import Responses
from giint.core import net
from giint.core.errors import GiintError
from tests.modelserver import wire
from tests.modelserver.script import Reply, error
from tests.modelserver.server import ModelServer
from tests.providers.asking import ask, failure, request, text


async def asked(server: ModelServer, key: str = "sk-one-111111") -> str:
    return text(await ask(Responses(), request("Hi", base_url=server.url, key=key)))


async def test_each_key_goes_out_with_its_own_call_only(model_server: ModelServer) -> None:
    keys = [f"sk-person-{n:06}" for n in range(20)]
    await asyncio.gather(*(asked(model_server, key) for key in keys))
    sent = [one.headers["authorization"] for one in model_server.asked]
    assert sorted(sent) == [f"Bearer {key}" for key in keys]
    client = await transport._client()
    assert client.api_key == "-"


async def test_cookies_do_not_cross(model_server: ModelServer) -> None:
    cookie = {"set-cookie": "session=alice; Path=/; Domain=127.0.0.1"}
    model_server.play(
        Reply(wire.text("one").events, headers=cookie),
        error(429, {}, **cookie),
        wire.text("two"),
    )
    for key in ("sk-alice-111111", "sk-alice-111111", "sk-bob-222222"):
        await asked(model_server, key)
    assert len(model_server.asked) == 3
    assert not [one for one in model_server.asked if "cookie" in one.headers]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_not_followed(model_server: ModelServer, status: int) -> None:
    with ModelServer() as other:
        model_server.play(error(status, "", location=f"{other.url}/responses"))
        failed = failure(await ask(Responses(), request("Hi", base_url=model_server.url)))
        assert failed.code == "upstream_rejected"
        assert other.asked == []


async def test_the_operators_environment_stays_at_home(
    model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "operators-own-secret"
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_ADMIN_KEY"):
        monkeypatch.setenv(name, secret)
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", f"X-Secret: {secret}\nAuthorization: {secret}")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9")
    await transport.close()
    assert "Hi" in await asked(model_server, "sk-mine-111111")
    assert "Hi" in await asked(model_server, "")
    with_key, without = model_server.asked
    assert with_key.headers["authorization"] == "Bearer sk-mine-111111"
    assert "authorization" not in without.headers
    assert secret not in str(model_server.asked)


@pytest.mark.parametrize("key", ["sk-\nX-Evil: 1", "schlüssel", "sk-\x00"])
async def test_a_key_that_no_header_can_carry_is_refused(
    model_server: ModelServer, key: str
) -> None:
    events = await ask(Responses(), request("Hi", base_url=model_server.url, key=key))
    failed = failure(events)
    assert failed.code == "upstream_refused_key"
    assert key not in failed.detail
    assert model_server.asked == []


async def test_a_name_that_stands_for_a_private_address_is_refused_when_called(
    model_server: ModelServer, settings: Settings
) -> None:
    port = model_server.host.rpartition(":")[2]
    settings.GIINT_PRIVATE_HOSTS = []
    url = f"http://model.test:{port}/v1"

    async def here(*_: object) -> list[tuple[int, str]]:
        return [(2, "127.0.0.1")]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(net, "_lookup", here)
        failed = failure(await ask(Responses(), request("Hi", base_url=url)))
        assert (failed.code, failed.detail) == (
            "address_refused",
            "model.test: 127.0.0.1 is loopback",
        )
        assert model_server.asked == []
        settings.GIINT_PRIVATE_HOSTS = [f"model.test:{port}"]
        assert "Hi" in text(await ask(Responses(), request("Hi", base_url=url)))
    with pytest.raises(GiintError):
        net.check_url(model_server.url)


async def test_the_loop_is_never_blocked(model_server: ModelServer) -> None:
    model_server.play(wire.text(*(f"w{n} " for n in range(200))))
    with blockbuster_ctx("agents"):
        await transport.start()
        said = await asked(model_server)
        await transport.close()
    assert said.split() == [f"w{n}" for n in range(200)]


async def test_many_first_calls_make_one_client(
    model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[threading.Thread] = []
    make = transport._make

    def counted() -> object:
        made.append(threading.current_thread())
        return make()

    monkeypatch.setattr(transport, "_make", counted)
    await transport.close()
    await asyncio.gather(*(asked(model_server) for _ in range(10)))
    assert len(made) == 1
    assert made[0] is not threading.main_thread()


def test_each_loop_has_its_own_and_leaves_none_behind(model_server: ModelServer) -> None:
    async def once() -> str:
        said = await asked(model_server)
        await transport.close()
        return said

    for _ in range(3):
        assert "Hi" in asyncio.run(once())
    assert not [loop for loop in transport._places if not loop.is_closed()]
