"""``manage.py sync models``: a line for each account, and an exit code."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.models import User
from agents.models import CatalogueSync
from tests.accounts.conftest import CANARY, entered
from tests.agents.catalogue.conftest import account_at, at, key_of, share
from tests.modelserver.script import error
from tests.modelserver.server import ModelServer


def run(*words: str) -> tuple[list[str], str]:
    """What it said, by line, and why it failed."""
    out = StringIO()
    try:
        call_command("sync", "models", *words, stdout=out)
    except CommandError as failed:
        return out.getvalue().splitlines(), str(failed)
    return out.getvalue().splitlines(), ""


def test_every_account_is_read(
    model_server: ModelServer, settings: Settings, alice: User, bob: User
) -> None:
    share(settings, model_server)
    accounts = [account_at(model_server, alice), account_at(model_server, bob)]
    lines, failed = run()
    assert failed == ""
    assert lines[0].split() == [
        "account",
        "server",
        "listed",
        "new",
        "changed",
        "back",
        "gone",
        "result",
    ]
    for line, name in zip(lines[1:], ["Shared account", "alice", "bob"], strict=True):
        assert line.startswith(name)
        assert line.split()[-7:] == [model_server.url, "2", "2", "0", "0", "0", "ok"]
    assert all(key_of(account).id in "".join(lines) for account in accounts)
    assert CANARY not in "".join(lines)


@pytest.mark.parametrize("name", ["alice", "Alice@Example.org"])
def test_one_persons_accounts_are_read(
    model_server: ModelServer, alice: User, bob: User, name: str
) -> None:
    mine, _ = account_at(model_server, alice), account_at(model_server, bob)
    lines, _ = run("--user", name)
    assert len(lines) == 2
    assert CatalogueSync.objects.get().key == mine.key


def test_one_unreachable_server_does_not_stop_the_others(
    model_server: ModelServer, settings: Settings, alice: User
) -> None:
    settings.GIINT_PRIVATE_HOSTS = [*settings.GIINT_PRIVATE_HOSTS, "127.0.0.1:9"]
    account_at(model_server, alice)
    with ModelServer() as broken:
        settings.GIINT_PRIVATE_HOSTS = [*settings.GIINT_PRIVATE_HOSTS, broken.host]
        broken.models_reply = error(401, {})
        account_at(broken, alice)
        entered(alice, base_url="http://127.0.0.1:9/v1")
        lines, failed = run("--all")
    assert failed == "2 of 3 lists could not be read."
    said = "\n".join(lines)
    assert said.count("could not be reached") == 1
    assert said.count("refused the key") == 1
    assert len(at(model_server)) == 2


def test_a_fresh_list_is_read_again_only_by_force(
    model_server: ModelServer, settings: Settings, alice: User
) -> None:
    settings.GIINT_CATALOGUE_TTL = 300
    account_at(model_server, alice)
    run()
    assert run()[0][1].endswith("fresh, not read again")
    assert run("--force")[0][1].endswith("ok")
    assert len(model_server.asked) == 2


def test_nobody_of_that_name(alice: User) -> None:
    assert run("--user", "nobody")[1] == "There is nobody named 'nobody'."


def test_without_accounts_there_is_nothing_to_read(alice: User) -> None:
    lines, failed = run()
    assert (lines[0][:27], failed) == ("There is no account to read", "")
