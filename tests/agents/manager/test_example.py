"""The page's example of code is carried out as it stands there."""

import re
from pathlib import Path

from accounts.models import User
from tests.modelserver.server import ModelServer

PAGE = Path(__file__).resolve().parents[3] / "docs" / "manager.md"


def test_the_example_of_the_page_works(model_server: ModelServer, ann: User) -> None:
    examples = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(examples) == 1
    exec(compile(examples[0], str(PAGE), "exec"), {"alice": ann})
    assert model_server.created["assistant"] == 2


def test_every_action_of_the_command_is_on_the_page() -> None:
    from agents.manager.command import ACTIONS

    text = PAGE.read_text("utf-8")
    assert [name for name in ACTIONS if f"manage.py assistants {name} " not in text] == []
