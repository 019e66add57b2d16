"""What is done before the server starts, and what is left alone when it was done before."""

import io
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django.fixtures import Settings

from accounts import services
from accounts.models import User
from giint import upkeep
from giint.core.secrets import Secret

OTHER = "k9:ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="


@pytest.mark.django_db
def test_the_demo_person_gets_an_agent_and_a_password_that_signs_them_in() -> None:
    what, password = upkeep.demo_person("")
    user = User.objects.get(username=upkeep.DEMO)
    assert what == "made"
    assert len(password) == 19
    assert user.check_password(password)
    assert user.account
    assert user.agents.count() == 1
    assert not user.is_staff


@pytest.mark.django_db
def test_the_demo_person_is_made_once() -> None:
    _, password = upkeep.demo_person("")
    assert upkeep.demo_person("") == ("kept", "")
    assert User.objects.get().check_password(password)
    assert User.objects.get().agents.count() == 1


@pytest.mark.django_db
def test_a_password_that_was_asked_for_is_set_and_not_told() -> None:
    assert upkeep.demo_person("first-one") == ("made", "")
    assert upkeep.demo_person("first-one") == ("kept", "")
    assert upkeep.demo_person("second-one") == ("changed", "")
    assert User.objects.get().check_password("second-one")


@pytest.mark.django_db
def test_keys_whose_field_key_is_gone_are_named(alice: User, settings: Settings) -> None:
    kept = list(settings.GIINT_FIELD_KEYS)
    row = services.add_key(
        user=alice, label="Mine", base_url="https://api.openai.com/v1", secret=Secret("sk-123456")
    )
    assert upkeep.lost_keys() == {}
    settings.GIINT_FIELD_KEYS = [OTHER]
    assert upkeep.lost_keys() == {row.key_id: [row.id]}
    settings.GIINT_FIELD_KEYS = [OTHER, *kept]
    assert upkeep.lost_keys() == {}


@pytest.mark.django_db
def test_another_key_under_the_same_id_is_a_lost_key(alice: User, settings: Settings) -> None:
    row = services.add_key(
        user=alice, label="Mine", base_url="https://api.openai.com/v1", secret=Secret("sk-123456")
    )
    settings.GIINT_FIELD_KEYS = [f"{row.key_id}:{OTHER.split(':')[1]}"]
    assert upkeep.lost_keys() == {row.key_id: [row.id]}


@pytest.mark.django_db
def test_prepare_warns_of_a_lost_key_and_goes_on(
    alice: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = services.add_key(
        user=alice, label="Mine", base_url="https://api.openai.com/v1", secret=Secret("sk-123456")
    )
    settings.GIINT_FIELD_KEYS = [OTHER]
    monkeypatch.setattr(upkeep, "collect", lambda: False)
    out, err = io.StringIO(), io.StringIO()
    call_command("prepare", demo=True, stdout=out, stderr=err)
    assert f"Field key {row.key_id} is lost" in err.getvalue()
    assert row.id in err.getvalue()
    assert "Made the user demo" in out.getvalue()


def test_static_files_are_collected_when_they_changed(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = iter(["one", "one", "two"])
    calls = []
    root = tmp_path / "static"
    settings.STATIC_ROOT = root

    def collect(*words: str, **options: object) -> None:
        calls.append((words, options["clear"]))
        root.mkdir(exist_ok=True)

    monkeypatch.setattr(upkeep, "_static_state", lambda: next(state))
    monkeypatch.setattr(upkeep, "call_command", collect)
    assert [upkeep.collect() for _ in range(3)] == [True, False, True]
    assert calls == [(("collectstatic",), False), (("collectstatic",), True)]
