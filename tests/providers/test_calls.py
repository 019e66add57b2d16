"""GIINT_DEBUG_ASSISTANTS: what is logged of a call about objects at a provider, and what is not."""

import logging

import pytest
from pytest_django import Settings

from agents.providers.account import try_account
from agents.providers.base import Endpoint
from agents.providers.changing import change
from giint.core.secrets import Secret
from tests.modelserver.server import ModelServer

KEY = "sk-debug-0123456789abcdef"


@pytest.mark.parametrize("debug", [True, False])
def test_a_call_is_a_line_without_key_and_text(
    debug: bool, model_server: ModelServer, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.GIINT_DEBUG_ASSISTANTS = debug
    caplog.set_level(logging.INFO, logger="giint.assistants")
    endpoint = Endpoint("assistants", model_server.url, Secret(KEY), "m", "x")
    reply = change(endpoint, "assistant", "asst_none", {"instructions": "A secret text"})
    try_account(endpoint)  # the list of models is no such object
    assert reply.code == "remote_gone"
    lines = [record.getMessage() for record in caplog.records if record.name == "giint.assistants"]
    assert len(lines) == debug
    for line in lines:
        assert line.startswith("POST /v1/assistants/asst_none: 404, ")
        assert line.endswith(" ms")
    assert KEY not in caplog.text
    assert "A secret text" not in caplog.text
