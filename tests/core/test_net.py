"""The guard of outgoing addresses against the known ways around one, beside a silent canary."""

import asyncio
import ipaddress
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pytest_django import Settings

from giint.core import net
from giint.core.errors import GiintError

REFUSED = """
http://127.0.0.1/ http://127.0.0.1:8000/v1 http://127.8.9.1/ https://localhost/ http://LOCALHOST./
http://a.localhost/ http://10.0.0.5/ http://172.16.0.1/ http://172.31.255.255/ http://192.168.1.1/
http://100.64.0.1/ http://100.100.100.200/ http://169.254.169.254/latest http://168.63.129.16/
http://0.0.0.0/ http://0/ http://224.0.0.1/ http://239.1.2.3/ http://240.0.0.1/
http://255.255.255.255/ http://192.0.0.8/ http://192.0.2.1/ http://198.18.0.1/ http://203.0.113.5/
http://[::1]/ http://[::]/ http://[fe80::1]/ http://[fe80::1%25eth0]/ http://[fc00::1]/
http://[fd00:ec2::254]/ http://[ff02::1]/ http://[fec0::1]/ http://[::ffff:127.0.0.1]/
http://[::ffff:7f00:1]/ http://[::ffff:a9fe:a9fe]/ http://[::127.0.0.1]/ http://[::7f00:1]/
http://[64:ff9b::7f00:1]/ http://[64:ff9b:1::1]/ http://[2002:7f00:1::]/ http://[2001:db8::1]/
http://[2001::1]/ http://[0:0:0:0:0:ffff:7f00:0001]/ http://2130706433/ http://0x7f000001/
http://0x7f.0.0.1/ http://0177.0.0.1/ http://017700000001/ http://127.1/ http://127.0.1/
http://127.0.0.1./ http://0x7f.1/ http://127.0.0.0x1/ http://1.2.3.4.5/ http://256.256.256.256/
http://0x/ http://user@example.org/ http://user:word@example.org/ http://example.org@127.0.0.1/
http://:@example.org/ ftp://example.org/ file:///etc/passwd gopher://example.org/ //example.org/
example.org javascript:alert(1) unix:///run/x http:/// http://:80/ http://[example.org/
http://[1.2.3.4]/ http://example.org:0/ http://example.org:99999/ http://example.org:x/
http://exa%6dple.org/ http://127.0.0.1%2f.example.org/ http://ex*mple.org/ http://-a.example.org/
http://a..example.org/ http://１２７.０.０.１/ http://127。0。0。1/ http://ⓛocalhost/
http://bücher.example/
""".split()  # noqa: SIM905 (a list of addresses reads better so)
UGLY = [
    "http://exam ple.org/",
    "http://example.org\\@127.0.0.1/",
    "http://example.org/\r\nX: y",
    "",
]

ADMITTED = {
    "https://api.openai.com/v1": ("https", "api.openai.com", 443),
    "http://API.Example.org.:8080/v1": ("http", "api.example.org", 8080),
    "http://8.8.8.8/": ("http", "8.8.8.8", 80),
    "http://[2606:4700:4700::1111]:8443/": ("http", "2606:4700:4700::1111", 8443),
    "http://[::ffff:8.8.8.8]/": ("http", "::ffff:808:808", 80),
    "http://model_server/v1": ("http", "model_server", 80),
    "https://xn--bcher-kva.example/": ("https", "xn--bcher-kva.example", 443),
    "http://1a.example.org/": ("http", "1a.example.org", 80),
}


@pytest.fixture(autouse=True)
def _nothing_admitted(settings: Settings) -> None:
    settings.GIINT_PRIVATE_HOSTS = []


@pytest.mark.parametrize("url", [*REFUSED, *UGLY])
def test_refuses(url: str) -> None:
    with pytest.raises(GiintError) as error:
        net.check_url(url)
    assert error.value.code == "address_refused"
    assert error.value.detail


@pytest.mark.parametrize("url", ADMITTED)
def test_lets_public_addresses_and_names_pass(url: str) -> None:
    target = net.check_url(url)
    known = target.host.replace("::ffff:808:808", "::ffff:8.8.8.8")  # Python 3.13 writes it so
    expected = ADMITTED[url]
    assert (
        target.scheme,
        known.replace("::ffff:8.8.8.8", "::ffff:808:808"),
        target.port,
    ) == expected


@pytest.mark.parametrize(
    ("entry", "passes", "refused"),
    [
        ("127.0.0.1", "http://127.0.0.1:1/", "http://127.0.0.2/"),
        ("127.0.0.1:11434", "http://127.0.0.1:11434/", "http://127.0.0.1:11435/"),
        ("127.0.0.1:80", "http://127.0.0.1/", "https://127.0.0.1/"),
        ("localhost:443", "https://LocalHost/", "http://localhost/"),
        ("::1", "http://[::1]:5/", "http://[::2]/"),
        ("[::1]:11434", "http://[0:0::1]:11434/", "http://[::1]:80/"),
        ("Ollama.LOCALHOST.", "http://ollama.localhost/", "http://x.ollama.localhost/"),
    ],
)
def test_the_operator_admits_a_host_or_a_port_of_it(
    settings: Settings, entry: str, passes: str, refused: str
) -> None:
    settings.GIINT_PRIVATE_HOSTS = [entry]
    net.check_url(passes)
    with pytest.raises(GiintError):
        net.check_url(refused)


def records(*addresses: str) -> net.Lookup:
    """A name server that always says the same."""

    async def lookup(
        host: str, port: int, family: socket.AddressFamily
    ) -> list[tuple[socket.AddressFamily, str]]:
        return [
            (socket.AF_INET6 if ":" in address else socket.AF_INET, address)
            for address in addresses
        ]

    return lookup


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["10.1.2.3"],
        ["169.254.169.254"],
        ["8.8.8.8", "127.0.0.1"],
        ["8.8.8.8", "::1"],
        ["2606:4700:4700::1111", "8.8.8.8", "fe80::1%eth0"],
        ["::ffff:10.0.0.1"],
        ["0.0.0.0"],
        ["no address"],
    ],
)
async def test_a_name_with_any_refused_record_is_refused(addresses: list[str]) -> None:
    with pytest.raises(GiintError) as error:
        await net.Resolver(records(*addresses)).resolve("model.example.org", 443)
    assert error.value.code == "address_refused"


async def test_a_public_name_is_pinned_to_the_addresses_that_were_judged() -> None:
    found = await net.Resolver(records("8.8.8.8", "2606:4700:4700::1111")).resolve("a.example", 443)
    assert [one["host"] for one in found] == ["8.8.8.8", "2606:4700:4700::1111"]
    assert {one["port"] for one in found} == {443}
    assert all(one["flags"] & socket.AI_NUMERICHOST for one in found)


async def test_a_name_without_an_address_is_an_ordinary_network_error() -> None:
    with pytest.raises(OSError, match="has no address"):
        await net.Resolver(records()).resolve("nobody.example", 443)


async def test_an_admitted_name_may_be_private_but_never_a_metadata_address(
    settings: Settings,
) -> None:
    settings.GIINT_PRIVATE_HOSTS = ["ollama:11434"]
    resolver = net.Resolver(records("172.18.0.2", "fd12::2"))
    assert len(await resolver.resolve("ollama", 11434)) == 2
    assert len(await resolver.resolve("OLLAMA.", 11434)) == 2
    with pytest.raises(GiintError):
        await resolver.resolve("ollama", 80)
    with pytest.raises(GiintError):
        await resolver.resolve("other", 11434)
    for outside in ("169.254.169.254", "0.0.0.0", "224.0.0.1", "::ffff:169.254.169.254"):
        with pytest.raises(GiintError):
            await net.Resolver(records(outside)).resolve("ollama", 11434)


def test_every_special_network_is_refused() -> None:
    special = [
        *ipaddress.IPv4Address._constants._private_networks,  # type: ignore[attr-defined]
        *ipaddress.IPv6Address._constants._private_networks,  # type: ignore[attr-defined]
    ]
    for network in special:
        assert net.refusal(network[0]), network
    assert not net.refusal(ipaddress.ip_address("1.1.1.1"))
    assert not net.refusal(ipaddress.ip_address("64:ff9b::808:808"))  # 8.8.8.8 by NAT64


class Canary:
    """A listener on loopback that counts who came; ``/away`` redirects to ``target``."""

    def __init__(self) -> None:
        self.hits: list[str] = []
        self.target = ""
        canary = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                canary.hits.append(self.path)
                self.send_response(302 if self.path == "/away" else 200)
                self.send_header("Location", canary.target)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port: int = self.server.server_address[1]


@pytest.fixture
def canary() -> Iterator[Canary]:
    one = Canary()
    thread = threading.Thread(target=one.server.serve_forever, args=(0.01,))
    thread.start()
    yield one
    one.server.shutdown()
    one.server.server_close()
    thread.join()


async def call(url: str) -> int:
    async with net.session() as session, session.get(url) as response:
        return response.status


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "[::ffff:127.0.0.1]",
        "0",
    ],
)
async def test_the_canary_hears_nothing(canary: Canary, host: str) -> None:
    with pytest.raises(GiintError) as error:
        await call(f"http://{host}:{canary.port}/")
    assert error.value.code == "address_refused"
    assert canary.hits == []


async def test_a_name_that_turns_private_after_the_check_reaches_nobody(
    canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["8.8.8.8", "127.0.0.1"])

    async def rebinding(
        host: str, port: int, family: socket.AddressFamily
    ) -> list[tuple[socket.AddressFamily, str]]:
        return [(socket.AF_INET, next(answers))]

    monkeypatch.setattr(net, "_lookup", rebinding)
    assert (await net.Resolver().resolve("rebind.example", canary.port))[0]["host"] == "8.8.8.8"
    with pytest.raises(GiintError):
        await call(f"http://rebind.example:{canary.port}/")
    assert canary.hits == []


async def test_a_name_is_looked_up_once_and_the_connection_goes_to_that_address(
    canary: Canary, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.GIINT_PRIVATE_HOSTS = ["model.example"]
    asked: list[str] = []

    async def once(
        host: str, port: int, family: socket.AddressFamily
    ) -> list[tuple[socket.AddressFamily, str]]:
        asked.append(host)
        assert len(asked) == 1, "a second look-up"
        return [(socket.AF_INET, "127.0.0.1")]

    monkeypatch.setattr(net, "_lookup", once)
    assert await call(f"http://model.example:{canary.port}/there") == 200
    assert canary.hits == ["/there"]
    assert asked == ["model.example"]


async def test_the_admitted_canary_is_reached_and_its_redirects_are_judged(
    canary: Canary, settings: Settings
) -> None:
    settings.GIINT_PRIVATE_HOSTS = [f"127.0.0.1:{canary.port}"]
    assert await call(f"http://127.0.0.1:{canary.port}/") == 200
    canary.target = f"http://127.1:{canary.port}/inner"
    with pytest.raises(GiintError):
        await call(f"http://127.0.0.1:{canary.port}/away")
    assert canary.hits == ["/", "/away"]


async def test_proxies_of_the_environment_are_not_used(
    canary: Canary, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.GIINT_PRIVATE_HOSTS = [f"127.0.0.1:{canary.port}"]
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert await asyncio.wait_for(call(f"http://127.0.0.1:{canary.port}/"), 5) == 200
