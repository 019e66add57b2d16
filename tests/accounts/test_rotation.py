"""Rotation loses no key, and says which ones it could not open."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.models import Account, ProviderKey, User
from accounts.rotation import holdings, lost_field_keys, rotate
from giint.core.secrets import Secret
from tests.accounts.conftest import entered, field_key


def many(users: list[User], count: int) -> dict[str, str]:
    """``count`` keys in one go: id → secret."""
    rows, secrets = [], {}
    for number in range(count):
        key = ProviderKey(
            user=users[number % len(users)],
            label=f"Key {number}",
            base_url=f"https://host{number % 7}.example.org/v1",
        )
        secrets[key.id] = f"sk-{number:06}-secret"
        key.seal(Secret(secrets[key.id]))
        rows.append(key)
    ProviderKey.objects.bulk_create(rows)
    return secrets


def opened() -> dict[str, str]:
    return {key.id: key.open().reveal() for key in ProviderKey.objects.all()}


def run(*words: str) -> str:
    out = StringIO()
    call_command("keys", *words, stdout=out)
    return out.getvalue()


def test_rotation_of_many_keys_loses_none(alice: User, bob: User, settings: Settings) -> None:
    settings.GIINT_FIELD_KEYS = [field_key("old")]
    secrets = many([alice, bob], 1203)
    settings.GIINT_FIELD_KEYS = [field_key("new"), field_key("old")]
    told: list[int] = []
    result = rotate(progress=told.append)
    assert (result.resealed, result.unreadable) == (1203, [])
    assert told == [500, 1000, 1203]
    settings.GIINT_FIELD_KEYS = [field_key("new")]  # the old one can go
    assert opened() == secrets


def test_a_second_rotation_has_nothing_to_do(alice: User, settings: Settings) -> None:
    settings.GIINT_FIELD_KEYS = [field_key("old")]
    many([alice], 3)
    settings.GIINT_FIELD_KEYS = [field_key("new"), field_key("old")]
    assert rotate().resealed == 3
    before = list(ProviderKey.objects.values_list("sealed", flat=True))
    assert rotate().resealed == 0
    assert list(ProviderKey.objects.values_list("sealed", flat=True)) == before


def test_one_that_was_broken_off_is_finished_by_the_next(alice: User, settings: Settings) -> None:
    settings.GIINT_FIELD_KEYS = [field_key("old")]
    secrets = many([alice], 25)
    settings.GIINT_FIELD_KEYS = [field_key("new"), field_key("old")]

    def break_off(done: int) -> None:
        if done >= 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotate(batch=5, progress=break_off)
    assert opened() == secrets
    assert rotate(batch=5).resealed == 15
    settings.GIINT_FIELD_KEYS = [field_key("new")]
    assert opened() == secrets


def test_what_does_not_open_is_named_and_left_as_it_was(alice: User, settings: Settings) -> None:
    settings.GIINT_FIELD_KEYS = [field_key("lost")]
    gone = next(iter(many([alice], 1)))
    settings.GIINT_FIELD_KEYS = [field_key("old")]
    kept = many([alice], 4)
    before = bytes(ProviderKey.objects.get(id=gone).sealed)
    settings.GIINT_FIELD_KEYS = [field_key("new"), field_key("old")]
    assert lost_field_keys() == {"lost": 1}
    with pytest.raises(CommandError, match=gone) as raised:
        run("rotate")
    assert raised.value.returncode == 1
    assert bytes(ProviderKey.objects.get(id=gone).sealed) == before
    settings.GIINT_FIELD_KEYS = [field_key("new"), field_key("lost")]
    assert kept.items() <= opened().items()
    assert len(opened()) == 5


def test_servers_without_a_key_are_left_alone(alice: User, settings: Settings) -> None:
    settings.GIINT_FIELD_KEYS = [field_key("old")]
    key = entered(alice, secret="")
    settings.GIINT_FIELD_KEYS = [field_key("new")]
    assert rotate().resealed == 0
    assert ProviderKey.objects.get(id=key.id).open() == Secret("")


def test_the_command_shows_progress_and_the_status(alice: User, settings: Settings) -> None:
    settings.GIINT_FIELD_KEYS = [field_key("old")]
    many([alice], 5)
    entered(alice, secret="")
    settings.GIINT_FIELD_KEYS = [field_key("new"), field_key("old")]
    before = run("status")
    assert "new              seals    0 keys" in before
    assert "old              opens    5 keys" in before
    said = run("rotate", "--batch", "2")
    assert [line for line in said.splitlines() if " of " in line] == ["2 of 5", "4 of 5", "5 of 5"]
    assert "new              seals    5 keys" in run("status")


def test_the_status_fails_when_a_key_does_not_open(alice: User, settings: Settings) -> None:
    settings.GIINT_FIELD_KEYS = [field_key("old")]
    many([alice], 2)
    settings.GIINT_FIELD_KEYS = [field_key("new")]
    with pytest.raises(CommandError, match="2 cannot be opened") as raised:
        run("status")
    assert raised.value.returncode == 1
    assert sorted(holdings().unreadable) == sorted(ProviderKey.objects.values_list("id", flat=True))


def test_a_tampered_row_is_found(alice: User) -> None:
    key = entered(alice)
    ProviderKey.objects.filter(id=key.id).update(sealed=b"x" * 60)
    assert holdings().unreadable == [key.id]


@pytest.mark.parametrize("words", [[], ["melt"], ["rotate", "--batch", "501"]])
@pytest.mark.django_db
def test_words_it_does_not_know_are_refused(words: list[str]) -> None:
    with pytest.raises(CommandError):
        run(*words)


def test_a_person_whose_account_is_gone_does_not_stop_it(alice: User, settings: Settings) -> None:
    settings.GIINT_FIELD_KEYS = [field_key("old")]
    many([alice], 2)
    Account.objects.all().delete()
    settings.GIINT_FIELD_KEYS = [field_key("new"), field_key("old")]
    assert len(rotate().unreadable) == 2
