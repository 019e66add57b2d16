"""What is in a dump becomes ours: once, whole, and depending on nothing any more."""

from datetime import UTC, datetime

import pytest

from accounts.models import User
from agents.models import Agent, Import, ImportItem, RemoteAssistant
from agents.services import change_agent
from giint import engine
from giint.core.errors import GiintError
from giint.core.events import user_stream
from giint.core.models import Event
from giint.engine.journal import snapshot
from giint.ingest import threads, work
from giint.ingest.reviewing import confirm, reviewed, rows, want
from giint.models import GiintThread, Message
from giint.services import remove
from tests.agents.ingest.conftest import opened, taken
from tests.agents.ingest.dumps import (
    CREATED,
    PROMPT,
    assistant,
    listed,
    message,
    thread,
)

SAID = [message(1, "user", "Where is it?"), message(2, "assistant", "On its way.")]


def test_an_assistant_is_taken_in_once_however_often(alice: User) -> None:
    (first,) = taken(alice, assistant())
    agent = alice.agents.get()
    assert (first.state, first.outcome, first.agent) == ("done", "made", agent)
    row = RemoteAssistant.objects.get(user=alice)
    assert (row.purpose, row.remote_id, row.snapshot) == (
        "imported",
        "asst_support0001",
        assistant(),
    )
    assert (row.agent, row.state) == (agent, "imported")
    (again,) = taken(alice, listed(assistant()))
    assert (again.outcome, again.agent, again.diff) == ("same", agent, [])
    (prompt,) = taken(alice, {k: v for k, v in PROMPT.items() if k != "id"})
    (twice,) = taken(alice, {k: v for k, v in PROMPT.items() if k != "id"})
    assert (prompt.outcome, twice.outcome, twice.agent) == ("made", "same", prompt.agent)
    assert alice.agents.count() == RemoteAssistant.objects.count() == 2


def test_what_differs_is_shown_and_taken_over_only_when_asked(alice: User) -> None:
    taken(alice, assistant())
    newer = assistant(instructions="You answer support mail.\n\nBe very brief.", temperature=0.9)
    (kept,) = taken(alice, newer)
    assert kept.outcome == "kept"
    assert "-Be brief and kind." in kept.diff
    assert "+Be very brief." in kept.diff
    assert alice.agents.get().parameters["temperature"] == 0.2
    (updated,) = taken(alice, newer, again="update")
    assert updated.outcome == "updated"
    agent = alice.agents.get()
    assert agent.parameters["temperature"] == 0.9
    assert agent.instructions.endswith("Be very brief.")
    assert [one.outcome for one in taken(alice, newer)] == ["same"]


def test_a_change_here_is_not_a_difference_there(alice: User) -> None:
    (item,) = taken(alice, assistant())
    change_agent(user=alice, agent=item.agent_id or "", instructions="Mine now.")
    assert [one.outcome for one in taken(alice, assistant())] == ["same"]
    assert alice.agents.get().instructions == "Mine now."


def test_one_whose_agent_was_deleted_here_is_made_anew(alice: User) -> None:
    taken(alice, assistant())
    Agent.objects.all().delete()
    (again,) = taken(alice, assistant())
    assert (again.outcome, alice.agents.count()) == ("made", 1)
    assert RemoteAssistant.objects.count() == 1


def test_one_that_cannot_be_taken_in_stops_none_of_the_others(alice: User) -> None:
    long = assistant("asst_long", instructions="x" * 70_000)
    good = [assistant("asst_a", name="A"), assistant("asst_b", name="B")]
    items = taken(alice, good[0], long, good[1])
    assert [one.state for one in items] == ["done", "failed", "done"]
    assert items[1].code == "bad_field"
    assert "70,000" in items[1].detail
    parent = Import.objects.get()
    assert (parent.state, alice.agents.count()) == ("done", 2)
    # Shortened in the review, it is taken in after all.
    want(
        user=alice, item=parent.items.get(number=2), changes={"instructions": "Short."}, again=None
    )
    confirm(user=alice, parent=Import.objects.get(), numbers=[2])
    work.look(lambda: False)
    assert parent.items.get(number=2).agent == alice.agents.get(instructions="Short.")


def test_a_thread_is_taken_in_with_its_times_order_and_people(alice: User) -> None:
    run = {"id": "run_0001", "object": "thread.run", "thread_id": "thread_orders01"}
    newest_first = listed(*reversed(SAID))
    dump = {"assistants": [assistant()], "threads": [thread()], "runs": [run]}
    agent, talk = taken(alice, dump, newest_first)
    found = GiintThread.objects.get(owner=alice)
    assert (talk.state, talk.thread, found.title) == ("done", found, "Where is it?")
    path = Message.objects.path(found.head_id, 10)
    assert [(one.role, one.text, one.status) for one in path] == [
        ("user", "Where is it?", "complete"),
        ("assistant", "On its way.", "complete"),
    ]
    assert [one.created for one in path] == [
        datetime.fromtimestamp(CREATED + n, UTC) for n in (1, 2)
    ]
    assert (found.created, found.last_message_at) == (
        datetime.fromtimestamp(CREATED, UTC),
        path[1].created,
    )
    assert path[1].agent == agent.agent
    assert found.agent_ids() == [agent.agent_id]
    assert found.last_number == 2
    own = Event.objects.filter(stream__name=user_stream(alice.account.id))
    assert own.order_by("-seq")[0].type == "thread.created"
    shown = snapshot(alice, f"thread:{found.id}")
    assert [one["text"] for one in shown["messages"]] == ["Where is it?", "On its way."]
    assert {note["about"] for note in talk.notes} == {"runs"}
    assert taken(alice, thread() | {"messages": SAID, "runs": [run]})[0].outcome == "same"
    assert GiintThread.objects.count() == 1


def test_a_thread_that_was_taken_in_goes_on_here(alice: User) -> None:
    taken(alice, thread() | {"messages": SAID})
    found = GiintThread.objects.get(owner=alice)
    asked = engine.Asked(client_id="c1", text="And now?", thread=found.id)
    started = engine.start(user=alice, asked=asked)
    assert Message.objects.get(id=started.message).parent == found.head
    (again,) = taken(alice, thread() | {"messages": [*SAID, message(3, "user", "More")]})
    assert (again.outcome, again.thread) == ("kept", found)
    assert any("More" in line for line in again.diff)
    assert found.messages.count() == 3


def test_a_thread_that_broke_off_is_made_anew(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(threads, "_finish", killed)
        with pytest.raises(KeyboardInterrupt):
            taken(alice, thread() | {"messages": SAID})
    assert GiintThread.objects.count() == 1
    Import.objects.update(claimed=None)
    work.look(lambda: False)
    found = GiintThread.objects.get()
    assert (found.last_number, ImportItem.objects.get().state) == (2, "done")
    assert RemoteAssistant.objects.get(kind="thread").thread == found
    remove(user=alice, thread_id=found.id)
    assert taken(alice, thread() | {"messages": SAID})[0].outcome == "made"


def test_a_long_thread_is_whole(alice: User) -> None:
    said = [message(n, "assistant" if n % 2 else "user", f"Line {n}") for n in range(1_201)]
    taken(alice, thread() | {"messages": said})
    found = GiintThread.objects.get()
    path = Message.objects.path(found.head_id, 1_000)
    assert [one.text for one in path] == [f"Line {n}" for n in range(201, 1_201)]
    assert [one.number for one in path] == list(range(202, 1_202))
    assert found.messages.count() == 1_201


def test_words_without_their_assistant_and_attachments_are_told(alice: User) -> None:
    image = {"type": "image_file", "image_file": {"file_id": "file-9"}}
    said = [
        message(1, "user", "x", content=[image], attachments=[{"file_id": "file-1", "tools": []}]),
        message(2, "assistant", "I see.", assistant_id="asst_gone", status="incomplete"),
        {"role": "tool", "content": "42", "thread_id": "thread_orders01", "created_at": CREATED},
    ]
    file = {"id": "file-1", "object": "file", "filename": "rates.csv"}
    (item,) = taken(alice, {"files": [file], "messages": said})
    assert item.state == "done"
    path = Message.objects.path(GiintThread.objects.get().head_id, 9)
    assert [(one.text, one.status) for one in path] == [
        ("[file-1, file-9]", "complete"),
        ("I see.", "partial"),
    ]
    says = " ".join(f"{note['about']} {note['says']}" for note in item.notes)
    for word in ("asst_gone", "rates.csv", "file-9", "1 × tool"):
        assert word in says


def test_the_list_says_what_is_here_differs_is_a_copy_or_empty(alice: User) -> None:
    taken(alice, assistant("asst_here"), assistant("asst_differs", name="Other"))
    parent = opened(
        alice,
        assistant("asst_here"),
        assistant("asst_differs", name="Other", model="gpt-5"),
        assistant("asst_new", instructions="Fresh."),
        assistant("asst_copy", instructions="Fresh.", name="Copy"),
        assistant("asst_empty", instructions=None),
        thread(),
    )
    listed_ = rows(alice, parent, parent.items.all())
    assert [row["standing"] for row in listed_] == [
        *("here", "differs", "new", "duplicate", "empty", "empty")
    ]
    assert listed_[3]["same_as"] == "Support reply"
    assert [row["unused"] for row in listed_] == [True, True, False, False, False, False]
    assert confirm(user=alice, parent=parent, numbers=None) == 1
    work.look(lambda: False)
    assert parent.items.get(state="done").remote_id == "asst_new"


def test_a_review_has_the_original_beside_what_it_becomes(alice: User) -> None:
    parent = opened(alice, assistant())
    shown = reviewed(alice, parent.items.get())
    assert shown["raw"] == assistant()
    assert shown["becomes"]["instructions"] == assistant()["instructions"]
    assert {note["about"] for note in shown["notes"]} == {"metadata"}
    item = want(user=alice, item=parent.items.get(), changes={"model": "m-1"}, again=None)
    assert reviewed(alice, item)["becomes"]["model"] == "m-1"
    with pytest.raises(GiintError) as refused:
        want(user=alice, item=item, changes={"model": 7, "owner": "x", "tools": "y"}, again=None)
    assert set(getattr(refused.value, "fields", {})) == {"model", "owner", "tools"}


def test_the_same_dump_for_two_people_is_two(alice: User, bob: User) -> None:
    mine, his = taken(alice, assistant())[0], taken(bob, assistant())[0]
    assert mine.agent is not None
    assert his.agent is not None
    assert (mine.agent.owner, his.agent.owner) == (alice, bob)


def test_a_dump_with_nothing_in_it_leaves_nothing(alice: User) -> None:
    with pytest.raises(GiintError, match="dump_empty"):
        opened(alice, {"object": "list", "data": []})
    assert not Import.objects.exists()
