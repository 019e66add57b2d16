"""No argument changes where an HTTP function goes."""

from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from agents.tools.addresses import address
from giint.core.errors import GiintError

TEMPLATE = "https://api.example.org:8443/v1/clients/{id}/x-{part}.json?q={query}&fixed=1"

REFUSED = """
https://{host}/x https://api.{host}/x https://example.org:{port}/ {scheme}://example.org/
https://user@example.org/ https://user:word@example.org/ https://{user}@example.org/
ftp://example.org/ /relative example.org https:// https:///x https://example.org{path}
https://example.org/a/../b https://example.org/./b https://example.org/a/.. https://example.org//b
https://example.org/%2e%2e/b https://example.org/a%2Fb https://example.org/%5c https://example.org/%zz
https://example.org/%252e https://example.org/a\\b https://example.org/{a https://example.org/a}
https://example.org/{} https://example.org/{a-b} https://example.org/{0} https://example.org/{a.b}
https://example.org/#{a} https://example.org/?{a}=1 https://example.org/?{a} https://example.org/?a
https://example.org/?a=%zz https://example.org/?a=b#c https://example.org/?=b
http://127.0.0.1/{a} http://localhost/{a} http://169.254.169.254/{a} http://10.0.0.1/{a}
http://[::1]/{a} http://2130706433/{a} http://0x7f.1/{a} http://127.1/{a}
""".split()  # noqa: SIM905 (a list of addresses reads better so)


@pytest.mark.parametrize("template", [*REFUSED, "https://exam ple.org/", "https://example.org/a b"])
def test_refused_when_it_is_written(template: str) -> None:
    with pytest.raises((ValueError, GiintError)):
        address(template)


def test_a_place_is_filled_and_encoded() -> None:
    one = address(TEMPLATE)
    assert (one.needed, one.names) == ({"id", "part"}, {"id", "part", "query"})
    url = one.fill({"id": "a b?&#é", "part": 7, "query": "a&b=c/../d", "more": 1})
    assert url == (
        "https://api.example.org:8443/v1/clients/a%20b%3F%26%23%C3%A9/x-7.json"
        "?q=a%26b%3Dc%2F..%2Fd&fixed=1"
    )
    assert one.fill({"id": 1.5, "part": True}).endswith("/1.5/x-true.json?fixed=1")


@pytest.mark.parametrize(
    "value",
    ["..", ".", "", "../x", "a/b", "..\\x", "a\\b", "%2e%2e", "a%2fb", "..;", "\x01", "a\nb", "/"],
)
def test_a_value_that_would_climb_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="id"):
        address("https://example.org/clients/{id}").fill({"id": value})


@pytest.mark.parametrize("values", [{"a": ".", "b": "."}, {"a": "..", "b": "x"}])
def test_two_places_do_not_climb_together(values: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="climbs"):
        address("https://example.org/{a}{b}").fill(values)


@pytest.mark.parametrize("value", [None, ["a"], {"a": 1}])
def test_only_plain_values_have_a_place(value: object) -> None:
    with pytest.raises(ValueError, match="id must be a text"):
        address("https://example.org/{id}").fill({"id": value})


def test_a_url_of_any_length_is_not_sent() -> None:
    with pytest.raises(ValueError, match="too long"):
        address("https://example.org/?q={q}").fill({"q": "x" * 5_000})


def test_what_the_operator_admits_may_be_written(settings: Settings) -> None:
    settings.GIINT_PRIVATE_HOSTS = ["127.0.0.1:8099"]
    assert address("http://127.0.0.1:8099/{a}").fill({"a": "x"}) == "http://127.0.0.1:8099/x"


anything = st.text(max_size=30) | st.integers() | st.booleans() | st.floats(allow_nan=False)


@given(id=anything, part=anything, query=anything)
def test_whatever_fills_it_the_server_and_the_shape_of_the_path_stay(
    id: object, part: object, query: object
) -> None:
    try:
        url = address(TEMPLATE).fill({"id": id, "part": part, "query": query})
    except ValueError:
        return
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc, parts.fragment) == ("https", "api.example.org:8443", "")
    segments = unquote(parts.path).split("/")
    assert segments[:3] == ["", "v1", "clients"]
    assert len(segments) == 5
    assert not {".", ".."} & set(segments)
    assert segments[4].startswith("x-")
    assert segments[4].endswith(".json")
    names = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
    assert names == ["q", "fixed"]
