"""The variables: each is read strictly, and everything that names them names the same ones."""

import os
import re
import subprocess
import sys
from pathlib import Path

import environ
import pytest
from django.core.exceptions import ImproperlyConfigured

from giint import environment
from giint.environment import VARIABLES, setting

ROOT = Path(__file__).resolve().parent.parent.parent
KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
MALFORMED = {
    "SECRET_KEY": ["short", "a" * 60],
    "GIINT_FIELD_KEYS": ["nokey", f":{KEY}", "k1:c2hvcnQ=", f"k1:{KEY},k1:{KEY}", "k1:!!!!", ","],
    "HOST": ["two words", "http://host", "host:80", "12345", "-x"],
    "PORT": ["http", "0", "65536", "80.5", "-1"],
    "DATA_DIR": ["a\x00b"],
    "DATABASE_URL": ["mysql://a:b@c/d", "sqlite://:memory:", "postgres://host", "nonsense"],
    "GIINT_ORIGINS": ["chat.example.org", "ftp://x.org", "https://x.org/path", "https://*.org"],
    "DEBUG": ["maybe", "2"],
    "LOG_LEVEL": ["verbose", "info"],
    "GIINT_SIGNUP": ["yes", "Open"],
    "EMAIL_URL": ["nonsense", "gopher://x"],
    "EMAIL_FROM": ["nobody", "a@b@c", "two words@x"],
    "GIINT_OFFLINE": ["perhaps"],
    "OPENAI_API_BASE": ["api.openai.com", "file:///etc/passwd", "http://"],
    "OPENAI_API_KEY": ["sk with blanks"],
    "OPENAI_MODEL": ["gpt five"],
    "GIINT_SHARED_ACCOUNT": ["all"],
    "GIINT_PRIVATE_HOSTS": ["http://x", "host:port", "host:0", "user@host", "host/path"],
    "GIINT_SYNC_EVERY": ["-1", "daily", "8761", "nan"],
    "GIINT_CATALOGUE_TTL": ["-1", "1.5", "86401", "long"],
    "GIINT_DEBUG_ASSISTANTS": ["2", "loud"],
    "GIINT_ASSISTANT_IDLE": ["-1", "1.5", "86401", "long"],
    "OPENWEATHER_API_KEY": ["two words"],
    "OPENWEATHER_BASE": ["api.openweathermap.org", "ftp://x", "https://"],
    "SEARXNG_URL": ["searxng:8080", "ftp://x", "https://"],
    "GIINT_DDGS": ["perhaps"],
    "GIINT_EMBEDDED": ["sometimes"],
    "REDIS_URL": ["http://h:1", "redis://", "localhost:6379"],
    "GIINT_CONSOLE_RATE": ["0", "many", "1.5"],
    "GIINT_APPROVAL_HOURS": ["0", "a week", "nan"],
    "GIINT_RUN_SLOTS": ["0", "many", "1.5"],
    "GIINT_FILE_SIZE": ["0", "1025", "2.5", "20MB"],
    "GIINT_IMPORT_SIZE": ["0", "1025", "64MB"],
    "GIINT_DRAIN": ["-1", "soon", "nan", "inf"],
}
GOOD = {
    "GIINT_FIELD_KEYS": [f"k1:{KEY}", f"k2:{KEY.rstrip('=')},k1:{KEY}"],
    "HOST": ["0.0.0.0", "::1", "[::1]", "localhost", "web-1.example.org"],
    "DATABASE_URL": ["sqlite:///x.sqlite3", "postgres://u:p@h:5432/n?sslmode=require"],
    "GIINT_ORIGINS": ["https://chat.example.org, http://[::1]:8000"],
    "DEBUG": ["true", "False", "1", "off"],
    "EMAIL_URL": ["smtp+tls://u:p@h:587", "consolemail://"],
    "EMAIL_FROM": ["GIINT <giint@example.org>"],
    "GIINT_PRIVATE_HOSTS": ["localhost:11434, gpu.lan, 10.0.0.7, [fd00::1]:80, ollama"],
}
ANY_TEXT = {"GIINT_DEMO_PASSWORD"}  # a password may be anything


def test_every_variable_has_a_malformed_example() -> None:
    assert set(MALFORMED) | ANY_TEXT == set(VARIABLES)


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name, texts in MALFORMED.items() for text in texts]
)
def test_a_malformed_variable_stops_with_its_name_and_form(
    name: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A NUL cannot be in a real environment; it can be in a file that is read into one.
    monkeypatch.setattr(environ.Env, "ENVIRON", {name: text})
    with pytest.raises(ImproperlyConfigured) as stop:
        setting(name)
    assert name in str(stop.value)
    assert VARIABLES[name].form in str(stop.value)
    if VARIABLES[name].secret:
        assert text not in str(stop.value).replace(VARIABLES[name].form, "")


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name, texts in GOOD.items() for text in texts]
)
def test_a_well_formed_variable_is_read(
    name: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, text)
    setting(name)


@pytest.mark.parametrize("empty", [False, True])
@pytest.mark.parametrize("name", VARIABLES)
def test_a_missing_variable_has_its_default_or_stops(
    name: str, empty: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(name, raising=False)
    if empty:
        monkeypatch.setenv(name, "")
    default = VARIABLES[name].default
    if default is not None:
        assert setting(name) == VARIABLES[name].read(default)
        return
    with pytest.raises(ImproperlyConfigured, match=f"{name} is not set"):
        setting(name)


def test_a_value_may_begin_with_a_dollar_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIINT_DEMO_PASSWORD", "$HOME")
    assert setting("GIINT_DEMO_PASSWORD") == "$HOME"


def test_a_line_that_is_no_variable_stops_with_its_number(tmp_path: Path) -> None:
    path = tmp_path / "env"
    path.write_text("# a comment\n\nPORT=1\nOPENAI_API_KEY: sk-secret\n")
    with pytest.raises(ImproperlyConfigured, match="line 4") as stop:
        environment.read_file(path)
    assert "sk-secret" not in str(stop.value)


def test_a_file_that_is_not_text_stops(tmp_path: Path) -> None:
    path = tmp_path / "env"
    path.write_bytes(b"PORT=\xff\xfe")
    with pytest.raises(ImproperlyConfigured, match="cannot be read"):
        environment.read_file(path)


def test_the_environment_goes_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "env"
    path.write_text("PORT=1111\nOPENAI_MODEL=from-the-file\n")
    monkeypatch.setenv("PORT", "2222")
    monkeypatch.setenv("OPENAI_MODEL", "x")  # so that what the file sets is undone afterwards
    monkeypatch.delenv("OPENAI_MODEL")
    environment.read_file(path)
    assert (setting("PORT"), setting("OPENAI_MODEL")) == (2222, "from-the-file")


def test_the_data_folder_is_made_for_its_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "new" / "data"))
    path = environment.data_dir()
    assert path.is_dir()
    assert path.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("PORT", "eighty", "PORT is 'eighty'"),
        ("SECRET_KEY", "", "SECRET_KEY is not set"),
        ("DATA_DIR", "/dev/null/data", "Make it writable, or set DATA_DIR"),
        ("GIINT_ENV_FILE", "/nowhere/env", "GIINT_ENV_FILE names /nowhere/env"),
    ],
)
@pytest.mark.parametrize("command", [["manage.py", "check"], ["scripts/serve.py"]])
def test_what_is_wrong_is_said_without_a_traceback(
    command: list[str], name: str, value: str, says: str, tmp_path: Path
) -> None:
    file = tmp_path / "env"
    file.write_text(
        f"GIINT_FIELD_KEYS=k1:{KEY}\n" + f"SECRET_KEY={'0123456789' * 6}\n" * bool(value)
    )
    env = {"PATH": os.environ["PATH"], "GIINT_ENV_FILE": str(file), "DATA_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=env | {name: value},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 2


def test_the_example_lists_every_variable_and_its_default() -> None:
    text = (ROOT / ".env.example").read_text("utf-8")
    listed = dict(re.findall(r"^(?:# )?([A-Z][A-Z0-9_]*)=(.*)$", text, re.MULTILINE))
    assert listed.pop("POSTGRES_PASSWORD") == ""  # docker-compose.yml's own
    assert listed == {name: one.default or "" for name, one in VARIABLES.items()}


def test_the_page_about_configuration_lists_every_variable() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    assert re.findall(r"^\| `([A-Z_]+)` \|", text, re.MULTILINE) == list(VARIABLES)
