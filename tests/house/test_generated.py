"""Files that are made from code: the maker tells what it cannot make, and a stale file is seen."""

from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import pytest

from scripts import events, gates, reference


@pytest.fixture
def module() -> ModuleType:
    return events.load()


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (str, "string"),
        (int, "number"),
        (Any, "unknown"),
        (str | None, "string | null"),
        (list[str | None], "Array<string | null>"),
        (dict[str, Any], "Record<string, unknown>"),
        (Literal["a", "b"], '"a" | "b"'),
    ],
)
def test_types_have_their_counterparts(kind: object, text: str) -> None:
    assert events.typescript(kind, {}) == text


@pytest.mark.parametrize("kind", [set[str], dict[int, str], bytes])
def test_a_type_without_a_counterpart_is_refused(kind: object) -> None:
    with pytest.raises(TypeError):
        events.typescript(kind, {})


def test_every_event_is_in_both_files(module: ModuleType) -> None:
    page, types = events.make_markdown(module), events.make_typescript(module)
    for event in module.EVENTS:
        assert f"### `{event.type}`" in page
        assert f'"{event.type}": {event.__name__};' in types


def test_a_carried_field_may_be_absent_and_a_stored_one_not(module: ModuleType) -> None:
    text = events.event_interface(module.MessageCompleted, events.aliases(module))
    assert "  text?: string;" in text
    assert "  length: number;" in text


def test_a_stale_file_fails_the_check(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(events, "ROOT", tmp_path)
    monkeypatch.setattr(events, "MARKDOWN", tmp_path / "events.md")
    monkeypatch.setattr(events, "TYPESCRIPT", tmp_path / "js" / "events.d.ts")
    assert events.main(["--check"]) == 1
    assert events.main([]) == 0
    assert events.main(["--check"]) == 0
    (tmp_path / "events.md").write_text("changed by hand")
    assert events.main(["--check"]) == 1
    assert "events.md is stale" in capsys.readouterr().out


def test_what_stands_between_marks_is_replaced_and_nothing_else() -> None:
    text = "a\n<!-- x: made -->\nold\n<!-- /x -->\nb\n"
    assert reference.between(text, "x", "new") == "a\n<!-- x: made -->\n\nnew\n<!-- /x -->\nb\n"
    with pytest.raises(ValueError, match="marks of y"):
        reference.between(text, "y", "new")


@pytest.mark.parametrize(
    ("line", "loose"),
    [
        ("aiohttp==3.14.5 \\", False),
        ("    --hash=sha256:0133c3", False),
        ("--index-url https://packages.example/simple", True),
        ('      "resolved": "https://packages.example/a.tgz",', True),
        ('        "url": "https://opencollective.com/preact"', False),
    ],
)
def test_pins_name_no_host(line: str, loose: bool, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(f"# comment\n{line}\n")
    assert bool(gates.loose_pins(tmp_path)) is loose
