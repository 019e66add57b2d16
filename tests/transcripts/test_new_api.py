"""What is new, over REST: asked for, and looked at, by whose it is."""

from accounts.models import User
from tests.accounts.conftest import Caller
from transcripts.models import Unseen

NOTHING = {"count": 0, "looked": None}


def test_who_never_looked_and_got_nothing_has_nothing_new(alice: User) -> None:
    assert Caller(alice)("GET", "new").json() == {
        "transcripts": NOTHING,
        "tool_outputs": NOTHING,
        "console": NOTHING,
    }


def test_looking_ends_what_is_new_of_those_kinds_alone(alice: User, bob: User) -> None:
    for user in (alice, bob):
        Unseen.objects.create(user=user, transcripts=2, tool_outputs=5)
    call = Caller(alice)
    answer = call("POST", "new/looked", {"kinds": ["tool_outputs", "console"]})
    assert answer.status_code == 200
    assert answer.json()["tool_outputs"]["count"] == 0
    assert answer.json()["tool_outputs"]["looked"] is not None
    assert answer.json()["transcripts"] == {"count": 2, "looked": None}
    assert call("GET", "new").json() == answer.json()
    assert Caller(bob)("GET", "new").json()["tool_outputs"]["count"] == 5


def test_what_is_no_kind_is_refused(alice: User) -> None:
    call = Caller(alice)
    wrong: list[dict[str, list[str]]] = [{}, {"kinds": []}, {"kinds": ["threads"]}]
    for body in wrong:
        refused = call("POST", "new/looked", body)
        assert (refused.status_code, "kinds" in refused.json()["fields"]) == (400, True), body
