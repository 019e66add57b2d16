"""Loading and leaving providers without holding up the loop."""

import subprocess
import sys
import threading

import pytest
from pytest_django import Settings

from accounts.models import ProviderKey, User
from agents import providers
from agents.providers import life, ready, transport
from agents.providers.offline import Offline
from agents.providers.scripted import Script, says


@pytest.mark.django_db
def test_only_dialects_with_an_account_are_loaded_ahead(alice: User, settings: Settings) -> None:
    settings.OPENAI_API_KEY = ""
    assert life.dialects() == []
    ProviderKey.objects.create(user=alice, label="gone", dialect="no-such", base_url="http://x/")
    assert life.dialects() == []
    ProviderKey.objects.create(user=alice, label="mine", dialect="responses", base_url="http://x/")
    assert life.dialects() == ["responses"]
    settings.OPENAI_API_KEY = "sk-operator-111111"
    assert life.dialects() == ["responses"]


@pytest.mark.django_db(transaction=True)
async def test_start_makes_the_transport_and_close_ends_it(settings: Settings) -> None:
    settings.OPENAI_API_KEY = "sk-operator-111111"
    await life.start()
    assert len(transport._places) == 1
    await life.close()
    assert transport._places == {}


@pytest.mark.django_db(transaction=True)
async def test_a_broken_provider_does_not_keep_the_server_from_starting(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.OPENAI_API_KEY = "sk-operator-111111"
    settings.GIINT_PROVIDERS = {"responses": ("Broken", "no.such.module")}
    await life.start()
    assert "could not be loaded ahead" in caplog.text


THREADS: list[threading.Thread] = []


def made() -> Script:
    THREADS.append(threading.current_thread())
    return Script(says("a"))


async def test_ready_loads_in_a_thread_once(settings: Settings) -> None:
    settings.GIINT_PROVIDERS = {"mine": ("Mine", f"{__name__}.made")}
    assert await ready("mine") is await ready("mine")
    assert len(THREADS) == 1
    assert THREADS[0] is not threading.main_thread()
    assert isinstance(await ready("mine"), Script)
    with providers.replaced("mine", Offline()):
        assert isinstance(await ready("mine"), Offline)


def test_the_sdk_is_not_imported_before_it_is_needed() -> None:
    code = (
        "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'giint.settings';"
        "import django; django.setup(); from agents.providers import provider_for;"
        "provider_for('offline'); sys.exit('openai' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, timeout=60)
    assert done.returncode == 0
