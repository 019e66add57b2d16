"""Several tabs at once: one wins, the others are told, and the rows stay whole."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from accounts.models import ProviderKey, UiState, User
from accounts.principal import principal_of_scope
from accounts.services import change_key, remove_key, set_state
from accounts.state import StateConflict
from tests.accounts.conftest import entered, journalled
from tests.accounts.test_principal import scope_of, signed_in
from tests.conftest import person

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run them in threads that start together. Returns what each returned or raised."""
    gate = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        gate.wait()
        try:
            results[place] = act()
        except Exception as error:
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_of_patches_of_one_version_one_wins() -> None:
    alice = person("alice")
    themes = ["dark", "light", "system", "dark", "light"]
    patches = [{"theme": theme} for theme in themes]
    results = at_once(
        *(lambda patch=patch: set_state(user=alice, version=0, patch=patch) for patch in patches)
    )
    won = [result for result in results if isinstance(result, UiState)]
    assert len(won) == 1
    others = [result for result in results if result not in won]
    assert all(isinstance(result, StateConflict) for result in others)
    assert {result.version for result in others} == {1}
    assert UiState.objects.get(user=alice).state == won[0].state
    assert len(journalled(alice)) == 1


def test_of_first_keys_entered_at_once_one_is_the_default() -> None:
    alice = person("alice")
    results = at_once(*(lambda n=n: entered(alice, label=f"Key {n}") for n in range(5)))
    assert all(isinstance(result, ProviderKey) for result in results)
    assert alice.provider_keys.count() == 5
    assert alice.provider_keys.filter(default=True).count() == 1
    last = journalled(alice)[-1]
    assert len(last.payload["keys"]) == 5


def test_keys_removed_and_chosen_at_once_leave_one_default() -> None:
    alice = person("alice")
    keys = [entered(alice, label=f"Key {n}") for n in range(4)]
    at_once(
        lambda: remove_key(user=alice, key=keys[0].id),
        lambda: change_key(user=alice, key=keys[1].id, default=True),
        lambda: change_key(user=alice, key=keys[2].id, default=True),
        lambda: remove_key(user=alice, key=keys[1].id),
    )
    assert alice.provider_keys.filter(default=True).count() == 1
    rows = journalled(alice)[-1].payload["keys"]
    assert [row["default"] for row in rows].count(True) == 1
    assert {row["id"] for row in rows} == set(alice.provider_keys.values_list("id", flat=True))


def test_somebody_without_an_account_may_come_in_by_two_doors() -> None:
    boss = User.objects.create_superuser("boss", "boss@example.org", "boss-boss-1")
    scope = scope_of(signed_in(boss))
    results = at_once(*(lambda: principal_of_scope(scope) for _ in range(4)))
    assert results == [boss] * 4
