"""The service: one current assistant, its followers, its backups, and what becomes of the rest."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import AuditEntry, User
from agents import manager
from agents.manager import plan, services, sites
from agents.manager.sites import Site
from agents.models import AssistantManager, RemoteAssistant, Template
from agents.remote import records
from agents.remote.sweep import sweep
from agents.template_services import save_revision
from giint.core.errors import BadField, GiintError
from tests.agents.manager.conftest import Held, account, allowed
from tests.modelserver.assistantsobjects import assistant
from tests.modelserver.script import error
from tests.modelserver.server import ModelServer


def raw(server: ModelServer, assistant: str) -> dict[str, Any]:
    """It as its server has it."""
    row: dict[str, Any] = server.store.rows["assistant"][assistant]
    return row


def stays() -> bool:
    return False


def plan_waits(row: AssistantManager) -> bool:
    return row.next is not None


def balance(server: ModelServer) -> int:
    """What is there besides what rows hold: created − deleted = managed."""
    rows = RemoteAssistant.objects.managed().count()
    return server.created["assistant"] - server.deleted["assistant"] - rows


# --- the current one ------------------------------------------------------------------------------


def test_initializing_twice_makes_one_from_the_managers_template(
    model_server: ModelServer, ann: User, template: Template, held: Held
) -> None:
    first, second = manager.initialize(user=ann), manager.initialize(user=ann)
    assert (first.created, second.created, second.verified) == (True, False, True)
    assert held() == [first.id] == [second.id]
    made = raw(model_server, first.id)
    assert made["name"] == "Invoices"
    assert made["description"] == "Translates invoices"
    assert made["model"] == "test-model"
    assert made["instructions"] == "Translate in a dry tone."
    assert made["temperature"] == 0.2
    assert [tool["function"]["name"] for tool in made["tools"]] == ["calculate"]
    pairs = made["metadata"]
    assert pairs["created_by"] == "giint"
    assert pairs["version"] == "1"
    assert pairs["created_at"].endswith("Z")
    assert RemoteAssistant.objects.get().tags.items() <= pairs.items()


def test_what_is_gone_at_the_provider_is_made_anew(
    model_server: ModelServer, ann: User, held: Held
) -> None:
    first = manager.initialize(user=ann).id
    del model_server.store.rows["assistant"][first]
    model_server.deleted["assistant"] += 1  # somebody else did
    again = manager.get_current(user=ann)
    assert again.created
    assert held() == [again.id] != [first]
    assert manager.get_current(user=ann).id == again.id
    assert balance(model_server) == 0


def test_where_the_server_fails_the_known_one_is_given_unverified(
    model_server: ModelServer, ann: User
) -> None:
    first = manager.initialize(user=ann).id
    model_server.refusals = [error(500, {"error": {"message": "down"}})] * 3
    current = manager.get_current(user=ann)
    assert (current.id, current.verified, current.code) == (first, False, "upstream_error")
    assert "down" in current.sentence
    assert manager.get_current(user=ann).verified


def test_a_failure_that_passes_is_tried_again(model_server: ModelServer, ann: User) -> None:
    model_server.refusals = [error(429, {"error": {"message": "slow down"}}, retry_after="0")]
    assert manager.initialize(user=ann).created
    assert model_server.created["assistant"] == 1
    assert [row.state for row in RemoteAssistant.objects.order_by("intended")] == [
        "refused",
        "held",
    ]


# --- the next one ---------------------------------------------------------------------------------


def test_the_old_one_stays_current_until_the_new_one_is_there(
    model_server: ModelServer, ann: User, held: Held
) -> None:
    first = manager.initialize(user=ann).id
    model_server.refusals = [error(400, {"error": {"message": "no such model"}})]
    with pytest.raises(GiintError, match="no such model"):
        manager.refresh(user=ann)
    status = manager.status(user=ann)
    assert status.manager is not None
    assert status.manager.current is not None
    assert status.manager.current.remote_id == first
    assert status.manager.code == "upstream_rejected"
    assert "no such model" in status.manager.sentence
    assert held() == [first]
    made = manager.refresh(user=ann)
    assert (made.previous, manager.get_current(user=ann).id) == (first, made.id)
    again = manager.status(user=ann).manager
    assert again is not None
    assert (again.code, again.failures) == ("", 0)


def test_a_lost_answer_leaves_the_old_one_and_a_doubt_for_the_sweep(
    model_server: ModelServer, ann: User, held: Held
) -> None:
    first = manager.initialize(user=ann).id
    model_server.lose_creates = 1
    with pytest.raises(GiintError) as failed:
        manager.refresh(user=ann)
    assert failed.value.code in ("upstream_cut", "upstream_unreachable")
    assert manager.get_current(user=ann).id == first
    assert model_server.created["assistant"] == 2  # and it was not asked for twice
    assert RemoteAssistant.objects.doubtful().count() == 1
    sweep(ann.provider_keys.get())
    assert balance(model_server) == 0
    assert held() == [first]


def test_an_intent_whose_process_died_is_left_to_the_sweep(
    model_server: ModelServer, ann: User
) -> None:
    key = ann.provider_keys.get()
    row = records.intend(key=key, kind="assistant", purpose="managed")
    made = assistant({"model": "m", "metadata": row.tags})
    model_server.store.add("assistant", made)
    model_server.created["assistant"] += 1
    plan.refresh_due(stays)
    row.refresh_from_db()
    assert row.state == "intended"  # it may be under way
    RemoteAssistant.objects.update(intended=timezone.now() - timedelta(minutes=6))
    plan.refresh_due(stays)
    sweep(key)
    assert balance(model_server) == 0
    assert model_server.deleted["assistant"] == 1


def test_only_the_newest_stay_and_each_deletion_is_counted(
    model_server: ModelServer, ann: User, held: Held
) -> None:
    made = [manager.initialize(user=ann).id, *(manager.refresh(user=ann).id for _ in range(4))]
    assert held() == made[2:]
    assert manager.status(user=ann).held == 3
    assert balance(model_server) == 0
    assert model_server.updated["assistant"] == 0


def test_a_deletion_that_fails_stops_no_refresh_and_is_put_off(
    model_server: ModelServer, ann: User
) -> None:
    manager.set_interval(user=ann, interval_ms=0, keep=1)
    first = manager.initialize(user=ann).id
    model_server.delete_answers = [500]
    done = manager.refresh(user=ann)
    assert done.cleaned.deleted == []
    assert [name for name, *_ in done.cleaned.failed] == [first]
    row = RemoteAssistant.objects.get(remote_id=first)
    assert (row.state, row.code) == ("leaving", "upstream_error")
    assert row.next_try is not None


def test_the_template_is_followed_and_what_its_person_set_goes_before_it(
    model_server: ModelServer, ann: User, boss: User, template: Template
) -> None:
    manager.initialize(user=ann, config={"name": "Mine", "metadata": {"team": "a"}})
    save_revision(template=template, author=boss, instructions="Newer {{tone}}.")
    made = raw(model_server, manager.refresh(user=ann).id)
    assert (made["name"], made["instructions"]) == ("Mine", "Newer dry.")
    assert made["metadata"]["team"] == "a"
    back = raw(model_server, manager.refresh(user=ann, config={"name": None}).id)
    assert back["name"] == "Invoices"


def test_two_at_once_make_one(model_server: ModelServer, ann: User) -> None:
    manager.initialize(user=ann)
    AssistantManager.objects.update(claimed=timezone.now() + timedelta(minutes=1))
    with pytest.raises(GiintError) as busy:
        manager.refresh(user=ann)
    assert busy.value.code == "manager_busy"
    AssistantManager.objects.update(claimed=timezone.now() - timedelta(seconds=1))
    manager.refresh(user=ann)
    assert AssistantManager.objects.get().claimed is None
    assert model_server.created["assistant"] == 2


# --- the plan -------------------------------------------------------------------------------------


def test_the_plan_refreshes_what_is_due_once(model_server: ModelServer, ann: User) -> None:
    first = manager.initialize(user=ann).id
    plan.refresh_due(stays)
    assert model_server.created["assistant"] == 1
    past = timezone.now() - timedelta(days=2)
    AssistantManager.objects.update(refreshed=past, next=past)
    assert manager.status(user=ann).needs_refresh
    plan.refresh_due(stays)
    plan.refresh_due(stays)
    assert model_server.created["assistant"] == 2
    assert manager.get_current(user=ann).id != first
    assert not manager.status(user=ann).needs_refresh


def test_what_another_process_has_just_refreshed_is_left_alone(
    model_server: ModelServer, ann: User
) -> None:
    manager.initialize(user=ann)
    AssistantManager.objects.update(next=timezone.now() - timedelta(days=2))
    others = [plan.refresh_due]

    def ending() -> bool:
        """Asked when this one has read what is due: the other is faster."""
        if others:
            others.pop()(stays)
        return False

    plan.refresh_due(ending)
    assert model_server.created["assistant"] == 2


def test_what_another_tab_has_just_made_is_given(
    model_server: ModelServer, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def opened(site: Site) -> AssistantManager:
        """As it was before the other tab was faster."""
        row = sites.opened(site)
        if not made:
            made.append("")
            made.append(manager.initialize(user=ann).id)
        return row

    monkeypatch.setattr(services, "opened", opened)
    current = manager.initialize(user=ann)
    assert (current.id, current.created) == (made[-1], False)
    assert model_server.created["assistant"] == 1


def test_the_plan_leaves_who_lost_the_right_and_puts_failures_off(
    model_server: ModelServer, ann: User
) -> None:
    manager.initialize(user=ann)
    past = timezone.now() - timedelta(days=2)
    AssistantManager.objects.update(next=past)
    model_server.refusals = [error(503, {"error": {"message": "busy"}})] * 3
    plan.refresh_due(stays)
    row = AssistantManager.objects.get()
    assert (row.code, row.failures) == ("upstream_error", 1)
    assert row.next is not None
    assert row.next > timezone.now()
    AssistantManager.objects.update(next=past)
    ann.user_permissions.clear()
    plan.refresh_due(stays)
    row.refresh_from_db()
    assert row.code == "manage_refused"
    assert not plan_waits(row)
    assert model_server.created["assistant"] == 1


def test_an_interval_of_zero_is_only_by_hand(model_server: ModelServer, ann: User) -> None:
    manager.initialize(user=ann)
    manager.set_interval(user=ann, interval_ms=0)
    assert AssistantManager.objects.get().next is None
    manager.set_interval(user=ann, interval_ms=60_000)
    row = AssistantManager.objects.get()
    assert row.refreshed is not None
    assert row.next == row.refreshed + timedelta(minutes=1)


# --- changing one, and the way back ---------------------------------------------------------------


def test_an_update_keeps_the_id_and_what_it_was(model_server: ModelServer, ann: User) -> None:
    first = manager.initialize(user=ann, config={"name": "A", "description": "d"}).id
    updates = {"name": "B", "description": None}
    version = manager.update(user=ann, assistant=first, updates=updates)
    now = raw(model_server, first)
    assert (now["name"], now["description"], now["metadata"]["version"]) == ("B", None, "2")
    assert RemoteAssistant.objects.get().tags.items() <= now["metadata"].items()
    assert version.config["name"] == "B"
    assert [row.config["name"] for row in manager.backups(user=ann)] == ["B", "A"]
    assert model_server.updated["assistant"] == 1
    # What was set stays set in the next one.
    following = raw(model_server, manager.refresh(user=ann).id)
    assert (following["name"], following["description"]) == ("B", None)


def test_what_somebody_changed_at_the_provider_is_a_backup_too(
    model_server: ModelServer, ann: User
) -> None:
    first = manager.initialize(user=ann, config={"name": "A"}).id
    raw(model_server, first)["name"] = "Theirs"
    manager.update(user=ann, assistant=first, updates={"instructions": "New."})
    rows = manager.backups(user=ann)
    assert [row.source for row in rows] == ["updated", "found", "created"]
    assert [row.config["name"] for row in rows] == ["Theirs", "Theirs", "A"]


def test_a_backup_comes_back_whole(
    model_server: ModelServer, ann: User, template: Template
) -> None:
    first = manager.initialize(user=ann, config={"description": ""}).id
    manager.refresh(user=ann, config={"name": "Other", "top_p": 0.5, "description": "more"})
    for name in ("1", first, manager.backups(user=ann)[-1].id):
        made = raw(model_server, manager.restore(user=ann, version=name).id)
        assert (made["name"], made["top_p"], made["description"]) == ("Invoices", 1.0, None)
    assert manager.backups(user=ann)[0].source == "restored"
    with pytest.raises(GiintError) as none:
        manager.restore(user=ann, version="99")
    assert none.value.code == "no_backup"


def test_a_deleted_one_leaves_its_configuration(
    model_server: ModelServer, ann: User, held: Held
) -> None:
    first = manager.initialize(user=ann, config={"name": "A"}).id
    assert manager.delete(user=ann, assistant=first).deleted == [first]
    assert held() == []
    status = manager.status(user=ann)
    assert status.needs_refresh
    assert [row.config["name"] for row in manager.backups(user=ann)] == ["A"]
    assert manager.get_current(user=ann).created
    actions = list(
        AuditEntry.objects.filter(noun="remote assistant").values_list("action", flat=True)
    )
    assert sorted(actions) == ["created", "created", "deleted"]


# --- whose it is ----------------------------------------------------------------------------------


def test_what_the_manager_did_not_make_it_does_not_touch(
    model_server: ModelServer, ann: User, held: Held
) -> None:
    theirs = model_server.store.add("assistant", assistant({"model": "m", "name": "Theirs"}))["id"]
    mine = manager.initialize(user=ann).id
    for deed in (
        lambda: manager.update(user=ann, assistant=theirs, updates={"name": "x"}),
        lambda: manager.delete(user=ann, assistant=theirs),
    ):
        with pytest.raises(GiintError) as refused:
            deed()
        assert refused.value.code == "not_managed"
    manager.cleanup(user=ann, keep=1)
    assert held() == [theirs, mine]
    listed = {one.id: one for one in manager.listed(user=ann).assistants}
    assert listed[mine].current
    assert listed[theirs].row is None
    assert manager.details(user=ann, assistant=theirs).raw["name"] == "Theirs"


def test_two_people_on_one_provider_account_see_nothing_of_each_other(
    model_server: ModelServer, ann: User, bob: User
) -> None:
    bob = allowed(bob)
    account(model_server, bob)
    mine = manager.initialize(user=ann, config={"instructions": "A secret of ann's"}).id
    manager.initialize(user=bob)
    assert mine not in [one.id for one in manager.listed(user=bob).assistants]
    for deed in (
        lambda: manager.details(user=bob, assistant=mine),
        lambda: manager.update(user=bob, assistant=mine, updates={"name": "x"}),
        lambda: manager.delete(user=bob, assistant=mine),
    ):
        with pytest.raises(GiintError) as gone:
            deed()
        assert gone.value.code == "remote_gone"
    with pytest.raises(GiintError) as none:
        manager.restore(user=bob, version=mine)
    assert none.value.code == "no_backup"


def test_backups_outlive_the_key_and_go_on_with_the_next(
    model_server: ModelServer, ann: User
) -> None:
    manager.initialize(user=ann, config={"name": "A"})
    ann.provider_keys.all().delete()
    with pytest.raises(GiintError, match="no_account"):
        manager.status(user=ann)
    account(model_server, ann)
    assert [row.config["name"] for row in manager.backups(user=ann)] == ["A"]
    made = manager.get_current(user=ann)
    assert made.created
    assert raw(model_server, made.id)["name"] == "A"


# --- configurations -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ([], "config"),
        ("x", "config"),
        ({"nmae": "x"}, "config.nmae"),
        ({"name": 3}, "config.name"),
        ({"name": "x" * 257}, "config.name"),
        ({"model": " "}, "config.model"),
        ({"temperature": "hot"}, "config.temperature"),
        ({"temperature": True}, "config.temperature"),
        ({"tools": ["no_such_tool"]}, "config.tools"),
        ({"tools": [{"type": "web_search"}]}, "config.tools"),
        ({"tools": [{"type": "function"}]}, "config.tools"),
        ({"tools": [{"type": "function", "name": "f", "function": 5}]}, "config.tools"),
        ({"tools": [{"type": "function", "function": ["name"]}]}, "config.tools"),
        ({"tools": "code_interpreter"}, "config.tools"),
        ({"verbosity": "low"}, "config.verbosity"),
        ({"metadata": {"version": "9"}}, "config.metadata"),
        ({"metadata": {"giint_user": "x"}}, "config.metadata"),
        ({"metadata": {"a": 1}}, "config.metadata"),
        ({"response_format": {"type": "xml"}}, "config.response_format"),
    ],
)
def test_a_configuration_that_is_none_is_refused_by_name(
    model_server: ModelServer, ann: User, config: Any, field: str
) -> None:
    with pytest.raises(BadField) as wrong:
        manager.refresh(user=ann, config=config)
    assert list(wrong.value.fields) == [field]
    assert model_server.asked == []


def test_tools_are_taken_by_our_names_and_in_the_servers_words(
    model_server: ModelServer, ann: User
) -> None:
    function = {"name": "f", "description": "d", "parameters": {"type": "object"}}
    tools = ["calculate", {"type": "code_interpreter"}, {"type": "function", **function}]
    made = raw(model_server, manager.initialize(user=ann, config={"tools": tools}).id)
    assert [tool["type"] for tool in made["tools"]] == ["function", "code_interpreter", "function"]
    assert made["tools"][2]["function"] == function


def test_no_key_is_in_what_is_kept_or_sent_but_the_header(
    model_server: ModelServer, ann: User
) -> None:
    manager.initialize(user=ann)
    asked = model_server.asked[-1]
    assert asked.headers["authorization"].startswith("Bearer sk-managed")
    assert "sk-managed" not in json.dumps(asked.body)
    assert "sk-managed" not in str(list(RemoteAssistant.objects.values()))
