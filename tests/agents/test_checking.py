"""Many keys tried at once: each is judged by its own answer, and each failure is named."""

import threading

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import ProviderKey, User
from agents import checking
from agents.providers import replaced
from agents.providers.base import Check, Endpoint
from agents.providers.offline import Offline
from tests.accounts.conftest import CANARY, entered

pytestmark = pytest.mark.django_db


class Answers(Offline):
    """Judges an account by its address; waits until as many ask as may side by side."""

    def __init__(self, abreast: int = 1) -> None:
        self.gate = threading.Barrier(abreast)

    def check(self, endpoint: Endpoint) -> Check:
        self.gate.wait(10)
        if "bad" in endpoint.base_url:
            return Check("upstream_refused_key", "401")
        return Check(models=["m-1"])


@pytest.fixture
def boss(db: None) -> User:
    return User.objects.create_superuser("boss", "boss@example.org", "boss-boss-1")


def test_keys_are_tried_side_by_side_and_judged_one_by_one(alice: User, bob: User) -> None:
    good = entered(alice, label="Good", base_url="https://good.example.org/v1")
    bad = entered(bob, label="Bad", base_url="https://bad.example.org/v1")
    lost = entered(bob, label="Lost")
    ProviderKey.objects.filter(id=lost.id).update(sealed=b"x" * 60)
    with replaced("responses", Answers(abreast=2)):
        outcome = checking.check_all(ProviderKey.objects.select_related("user").order_by("label"))
    assert outcome.done == 1
    assert [name for name, _ in outcome.failures] == [f"Bad ({bad.id})", f"Lost ({lost.id})"]
    codes = dict(ProviderKey.objects.values_list("id", "check_code"))
    assert codes == {good.id: "", bad.id: "upstream_refused_key", lost.id: "key_unreadable"}
    assert not ProviderKey.objects.filter(checked=None).exists()


def test_what_is_over_the_limit_is_told_and_not_tried(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "MOST", 2)
    for number in range(3):
        entered(alice, label=f"Key {number}")
    with replaced("responses", Answers()):
        outcome = checking.check_all(ProviderKey.objects.select_related("user").order_by("label"))
    assert outcome.done == 2
    assert "at most 2 at once" in outcome.lines()[0]
    assert ProviderKey.objects.get(label="Key 2").checked is None


def test_an_administrator_checks_keys_and_sees_none(alice: User, boss: User) -> None:
    good = entered(alice, label="Good")
    bad = entered(alice, label="Bad", base_url="https://bad.example.org/v1")
    control = Client()
    control.force_login(boss, backend="accounts.backends.NameOrEmail")
    chosen = {"action": "try_them", "_selected_action": [good.id, bad.id]}
    with replaced("responses", Answers()):
        page = control.post(reverse("admin:accounts_providerkey_changelist"), chosen, follow=True)
    text = page.content.decode()
    assert "1 of 2 work." in text
    assert f"Failed: Bad ({bad.id}): The model server refused the key." in text
    assert CANARY not in text
