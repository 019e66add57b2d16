"""The one page as the server gives it, and what it says when the client is not complete."""

import json
import re
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from frontend import modules

PLAIN = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
PATHS = ["/", "/t/thread_0123456789abcdef01234567", "/settings"]


@pytest.fixture(autouse=True)
def _static_folder(settings: Settings, tmp_path: Path) -> None:
    """Nothing is collected for these tests, but the folder is there."""
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | PLAIN


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the libraries were there."""
    monkeypatch.setattr(modules, "missing", list)


@pytest.fixture
def signed_in(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.django_db
def test_who_is_not_signed_in_is_sent_to_the_gate(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/sign-in/")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.usefixtures("built")
def test_the_page_allows_its_import_map_and_nothing_else_inline(
    signed_in: Client, path: str
) -> None:
    response = signed_in.get(path)
    html = response.content.decode()
    found = re.search(r'<script type="importmap" nonce="([^"]+)">(.*?)</script>', html)
    assert found is not None
    assert f"'nonce-{found[1]}'" in response["Content-Security-Policy"]
    imports = json.loads(found[2])["imports"]
    assert {"preact", "marked", "/static/giint/js/app.js"} <= imports.keys()
    assert len(re.findall(r"<script(?![^>]* src=)", html)) == 1
    assert not re.search(r"<style| style=| on[a-z]+=", html)
    assert "no-store" in response["Cache-Control"]


def test_every_module_that_is_imported_is_in_the_map() -> None:
    names = set(modules.LIBRARIES) | set(modules.own())
    for name in modules.own():
        source = (modules.STATIC / name).read_text(encoding="utf-8")
        for target in re.findall(r'^import (?:.*? from )?"([^"]+)";', source, re.MULTILINE):
            if target.startswith("."):
                path = (modules.STATIC / name).parent / target
                target = path.resolve().relative_to(modules.STATIC).as_posix()
            assert target in names, f"{name} imports {target}"


def test_every_library_comes_from_the_vendor_table() -> None:
    table = json.loads((modules.HERE / "vendor.json").read_text(encoding="utf-8"))
    plots = {"vendor/uplot.js", "vendor/uplot.css"}  # of the admin, not of the client
    assert set(modules.LIBRARIES.values()) | plots == set(table)
    assert all(source.startswith("node_modules/") for source in table.values())


def test_a_client_that_is_not_installed_says_what_to_run(
    signed_in: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(modules, "VENDOR", tmp_path)
    response = signed_in.get("/")
    assert response.status_code == 503
    assert b"make setup" in response.content
    assert b"vendor/preact.js" in response.content


def test_a_static_collection_that_is_too_old_says_what_to_run(
    signed_in: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(modules, "missing", list)

    def stale(name: str) -> str:
        raise ValueError(f"Missing staticfiles manifest entry for '{name}'")

    monkeypatch.setattr(modules, "static", stale)
    response = signed_in.get("/")
    assert response.status_code == 503
    assert b"make setup" in response.content


def test_the_lock_file_names_no_registry() -> None:
    lock = (modules.HERE / "package-lock.json").read_text(encoding="utf-8")
    assert "resolved" not in lock
    package = json.loads((modules.HERE / "package.json").read_text(encoding="utf-8"))
    pins = package["dependencies"] | package["devDependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in pins.values())
