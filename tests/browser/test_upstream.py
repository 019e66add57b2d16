"""What a person sees of a server that limits them, and of one that speaks chat completions."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.visit import Visit, answers, idle
from tests.modelserver.script import error
from tests.modelserver.server import ModelServer

Visits = Callable[..., Visit]
SLOW = {"error": {"message": "Slow down", "code": "rate_limit_exceeded"}}


CALL = """async ([verb, path, fields]) => {
  const token = document.cookie.match(/csrftoken=([^;]+)/)[1];
  const headers = {'Content-Type': 'application/json', 'X-CSRFToken': token};
  const body = fields && JSON.stringify(fields);
  const answer = await fetch('/api/v1/' + path, {method: verb, body, headers});
  return answer.status === 204 ? {} : await answer.json();
}"""


@pytest.fixture
def chatting(visit: Visits, model: ModelServer) -> Iterator[Visit]:
    """bob, whose key is for a server of chat completions."""
    here = visit("erin")
    fields = {
        "label": "Chat",
        "dialect": "chat",
        "base_url": model.url,
        "model": "test-model",
        "key": "sk-bob-0123456789",
        "default": True,
    }
    key = here.page.evaluate(CALL, ["POST", "keys", fields])
    yield here
    here.page.evaluate(CALL, ["DELETE", f"keys/{key['id']}", None])


def test_a_wait_is_said_and_then_the_answer_comes(chatting: Visit, model: ModelServer) -> None:
    model.play(error(429, SLOW, retry_after="4"))
    chatting.new_chat("Good morning")
    status = chatting.page.locator(".status")
    expect(status).to_contain_text("The model server is limiting this account. Asking again in ")
    expect(status.get_by_role("button", name="Stop")).to_be_visible()
    expect(answers(chatting.page).locator(".prose")).to_have_text("You said: Good morning")
    idle(chatting.page)


def test_two_rounds_of_tools_over_chat_completions(chatting: Visit) -> None:
    chatting.new_chat("Please calculate 6 * 7 and tell the time")
    expect(chatting.page.locator(".step.done")).to_have_count(2)
    prose = answers(chatting.page).locator(".prose").last
    expect(prose).to_contain_text("The tools said: 42; ")
