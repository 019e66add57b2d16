"""The one guard of outgoing addresses: every call to an address that a person typed.

``check_url`` judges what can be judged without a look-up: scheme, syntax, literal addresses.
``Resolver`` judges what a name stands for and hands the judged addresses to the connection, so
nobody looks the name up a second time (a second look-up is how rebinding gets in). ``session`` puts
both into one aiohttp session. The operator admits model servers on private addresses in
``GIINT_PRIVATE_HOSTS``; a listed name may then have private addresses, a listed ``host:port`` only
at that port. A caller may admit others instead (``admitted``, in the same form), or none at all.
"""

import asyncio
import functools
import ipaddress
import re
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from django.conf import settings

from giint.core.errors import GiintError

IP = ipaddress.IPv4Address | ipaddress.IPv6Address
Listed = tuple[str, ...] | None  # hosts or host:port; None: those of GIINT_PRIVATE_HOSTS
PORTS = {"http": 80, "https": 443}

_HOST = re.compile(
    r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*"
)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # what URL parsers read as part of an IPv4 address
_UGLY = re.compile(r"[\x00-\x20\x7f\\]")
# Public by their class, yet never a model server.
_NEVER = [
    ipaddress.ip_network(text)
    for text in (
        "168.63.129.16/32",  # Azure's metadata server
        "192.0.0.0/24",  # protocol assignments
        "192.88.99.0/24",  # 6to4 relays
    )
]
_UNICAST6 = ipaddress.ip_network("2000::/3")  # all that is global in IPv6
_6TO4 = ipaddress.ip_network("2002::/16")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a URL leads. ``host`` is lower case, without brackets and final dot."""

    scheme: str
    host: str
    port: int


def check_url(url: str, *, admitted: Listed = None) -> Target:
    """Where ``url`` leads. Raises GiintError ``address_refused``, with the reason as its detail.

    Looks nothing up: a name that stands for a private address is refused by ``Resolver`` when it is
    called.
    """
    if _UGLY.search(url):
        raise _refused("it holds a blank, a backslash or a control character")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _refused("it is not a URL") from None
    if parts.scheme not in PORTS:
        raise _refused("it begins with neither http:// nor https://")
    if "@" in parts.netloc:
        raise _refused("it holds a user name or password")
    if port == 0:
        raise _refused("it names port 0")
    target = Target(parts.scheme, _host(parts), PORTS[parts.scheme] if port is None else port)
    if not _admitted(target.host, target.port, admitted):
        _judge_literal(target.host)
    return target


def check_known(address: str, *, admitted: Listed = None) -> Target:
    """The same for addresses that come again with every turn, each judged once: a model server's,
    never one with words of a call in it.
    """
    return _known(address, tuple(settings.GIINT_PRIVATE_HOSTS) if admitted is None else admitted)


@functools.lru_cache(maxsize=256)
def _known(address: str, admitted: tuple[str, ...]) -> Target:
    return check_url(address, admitted=admitted)


def refusal(ip: IP) -> str:
    """Why ``ip`` may not be called, as the end of a sentence; empty when it may."""
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return refusal(ip.ipv4_mapped)
        if ip in _NAT64:  # how a network without IPv4 reaches it
            return refusal(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    kinds = [
        (ip.is_unspecified, "unspecified"),
        (ip.is_loopback, "loopback"),
        (ip.is_link_local, "link-local"),
        (ip.is_multicast, "multicast"),
    ]
    kind = next((word for applies, word in kinds if applies), "")
    if kind:
        return f"{ip} is {kind}"
    if ip.is_private or not ip.is_global:
        return f"{ip} is private"
    if any(ip in network for network in _NEVER) or _is_odd6(ip) or ip.is_reserved:
        return f"{ip} is reserved"
    return ""


class Resolver(AbstractResolver):
    """Looks a name up, refuses it if any address is refused, and returns the judged addresses."""

    def __init__(self, lookup: "Lookup | None" = None, *, admitted: Listed = None) -> None:
        self._lookup = lookup or _lookup
        self._listed = admitted

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Its addresses. Raises GiintError ``address_refused``; OSError if there are none."""
        name = host.lower().rstrip(".")
        found = await self._lookup(host, port, family)
        if not found:
            raise OSError(f"{host} has no address")
        admitted = _admitted(name, port, self._listed)
        for _, address in found:
            _judge_record(name, address, admitted)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=kind,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, address in found
        ]

    async def close(self) -> None:
        """Nothing is held."""


def session(
    *,
    tls: ssl.SSLContext | bool = True,
    limit: int = 1000,
    keepalive: float = 5.0,
    decompress: bool = True,
    admitted: Listed = None,
) -> aiohttp.ClientSession:
    """An aiohttp session behind the guard; it keeps no cookies.

    ``limit``: connections at once; ``keepalive``: seconds an idle one is kept; ``decompress``:
    unpack bodies as they come (a bomb unpacks before anybody counts); ``admitted``: the private
    hosts that it may call, None for those of the setting. Proxies that the
    environment names are not used: the guard would judge the proxy's address instead of the
    target's. Call it in the loop that will use it.
    """
    connector = aiohttp.TCPConnector(
        resolver=Resolver(admitted=admitted), ssl=tls, limit=limit, keepalive_timeout=keepalive
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        middlewares=(_checking(admitted),),
        trust_env=False,
        auto_decompress=decompress,
    )


Lookup = Callable[
    [str, int, socket.AddressFamily], Awaitable[list[tuple[socket.AddressFamily, str]]]
]


def _checking(admitted: Listed) -> aiohttp.ClientMiddlewareType:
    async def check(
        request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        # aiohttp asks no resolver for literal addresses, so they are judged here; redirects come by
        # here too.
        check_known(f"{request.url.scheme}://{request.url.raw_authority}", admitted=admitted)
        return await handler(request)

    return check


async def _lookup(
    host: str, port: int, family: socket.AddressFamily
) -> list[tuple[socket.AddressFamily, str]]:
    records = await asyncio.get_running_loop().getaddrinfo(
        host, port, type=socket.SOCK_STREAM, family=family
    )
    return [(kind, str(where[0])) for kind, _, _, _, where in records]


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").removesuffix(".")
    if not host:
        raise _refused("it names no host")
    if "[" in parts.netloc:
        ip = _parse(host)
        if ip is None or "%" in host:
            raise _refused("what stands in its brackets is not an IPv6 address")
        return str(ip)
    if not host.isascii():
        raise _refused("its host is not ASCII; write it in its xn-- form")
    if not _HOST.fullmatch(host) or len(host) > 253:
        raise _refused("its host is malformed")
    return host


def _judge_literal(host: str) -> None:
    ip = _parse(host)
    if ip is None:
        # 2130706433, 0x7f.1, 0177.0.0.1 and 127.1 are all 127.0.0.1 to a C library.
        if _NUMBER.fullmatch(host.rpartition(".")[2]):
            raise _refused("its host is a number that is not a plain IPv4 address")
        if host == "localhost" or host.endswith(".localhost"):
            raise _refused(f"{host} is this machine")
        return
    if reason := refusal(ip):
        raise _refused(reason)


def _judge_record(name: str, address: str, admitted: bool) -> None:
    ip = _parse(address.partition("%")[0])
    if ip is None:
        raise _refused(f"{name} has a record that is no address")
    reason = refusal(ip)
    # An admitted name may be at home or on this machine, never on a metadata address.
    if reason and not (admitted and _is_at_home(ip)):
        raise _refused(f"{name}: {reason}")


def _is_at_home(ip: IP) -> bool:
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        return _is_at_home(ip.ipv4_mapped)
    outside = ip.is_link_local or ip.is_multicast or ip.is_unspecified
    return not outside and (ip.is_loopback or ip.is_private or not ip.is_global)


def _is_odd6(ip: IP) -> bool:
    return ip.version == 6 and (ip not in _UNICAST6 or ip in _6TO4)


def _parse(host: str) -> IP | None:
    try:
        return ipaddress.ip_address(host)  # strict: no leading zeros, four decimal parts
    except ValueError:
        return None


def _admitted(host: str, port: int, admitted: Listed) -> bool:
    listed = _listed(tuple(settings.GIINT_PRIVATE_HOSTS) if admitted is None else admitted)
    return (host, None) in listed or (host, port) in listed


@functools.lru_cache(maxsize=8)
def _listed(entries: tuple[str, ...]) -> frozenset[tuple[str, int | None]]:
    return frozenset(_entry(entry.strip().lower()) for entry in entries)


def _entry(text: str) -> tuple[str, int | None]:
    if ip := _parse(text.strip("[]")):  # before the colon is taken for a port's
        return str(ip), None
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal():
        return text.rstrip("."), None
    ip = _parse(host.strip("[]"))
    return (str(ip) if ip else host.rstrip(".")), int(port)


def _refused(reason: str) -> GiintError:
    return GiintError("address_refused", reason)
