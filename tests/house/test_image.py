"""Dockerfile, compose file, Makefile and settings say the same; the image's steps work."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import uvicorn
import yaml

from giint import values
from giint.environment import VARIABLES
from scripts import dockerfile, serve
from tests.services import need_npm

ROOT = Path(__file__).resolve().parent.parent.parent
IMAGE = dockerfile.read(ROOT / "Dockerfile")[-1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
WEB: dict[str, Any] = COMPOSE["services"]["web"]
DB: dict[str, Any] = COMPOSE["services"]["db"]
HEALTH = ["python", "scripts/health.py"]


def test_the_image_sets_variables_that_there_are_and_that_can_be_read() -> None:
    ours = {name: v for name, v in IMAGE.variables().items() if not name.startswith("PYTHON")}
    assert ours.keys() == {"HOST", "PORT", "DATA_DIR"}
    for name, value in ours.items():
        VARIABLES[name].read(value)


def test_the_image_listens_where_it_says() -> None:
    variables = IMAGE.variables()
    assert [step.text for step in IMAGE.of("EXPOSE")] == [variables["PORT"]]
    assert [step.text for step in IMAGE.of("VOLUME")] == [variables["DATA_DIR"]]
    assert IMAGE.of("USER")[-1].text != "root"


def test_the_image_runs_what_make_run_runs() -> None:
    start = IMAGE.of("CMD")[-1].words[-1]
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert start == "python manage.py prepare && exec python scripts/serve.py"
    assert "exec $(BIN)/python scripts/serve.py" in makefile
    assert '"manage.py", "prepare"' in (ROOT / "scripts" / "steps.py").read_text("utf-8")


def test_every_folder_that_the_server_needs_is_in_the_image() -> None:
    copied = {word for step in IMAGE.of("COPY") for word in step.words[:-1]}
    packages = {path.parent.name for path in ROOT.glob("*/apps.py")}
    assert packages | {"manage.py", "requirements.txt", "scripts"} <= copied


def test_image_and_compose_ask_the_same_health_check() -> None:
    assert IMAGE.of("HEALTHCHECK")[-1].text.endswith('CMD ["python", "scripts/health.py"]')
    assert WEB["healthcheck"]["test"] == ["CMD", *HEALTH]
    assert (ROOT / HEALTH[1]).is_file()


def test_compose_sets_variables_that_there_are() -> None:
    environment: dict[str, str] = WEB["environment"]
    assert environment.keys() <= VARIABLES.keys()
    for name in ("HOST", "PORT", "DATA_DIR"):
        assert environment[name] == IMAGE.variables()[name]


def test_compose_takes_nothing_from_env_that_the_example_does_not_have() -> None:
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    taken = set(re.findall(r"\$\{([A-Z_]+)", text))
    example = (ROOT / ".env.example").read_text("utf-8")
    assert taken <= set(re.findall(r"^(?:# )?([A-Z_]+)=", example, re.MULTILINE))
    assert WEB["env_file"] == ".env"


def test_compose_publishes_the_port_the_server_listens_on_at_the_usual_place() -> None:
    host, port = VARIABLES["HOST"].default, VARIABLES["PORT"].default
    assert WEB["ports"] == [f"${{HOST:-{host}}}:${{PORT:-{port}}}:{WEB['environment']['PORT']}"]
    assert WEB["environment"]["GIINT_ORIGINS"].endswith(f"http://localhost:${{PORT:-{port}}}}}")
    assert WEB["volumes"] == [f"data:{WEB['environment']['DATA_DIR']}"]


def test_compose_waits_for_the_database_that_it_names() -> None:
    url = re.sub(r"\$\{[^}]*\}", "secret", WEB["environment"]["DATABASE_URL"])
    config = values.database(url)
    assert (config["HOST"], config["PORT"]) == ("db", 5432)
    assert config["USER"] == DB["environment"]["POSTGRES_USER"]
    assert config["NAME"] == DB["environment"]["POSTGRES_DB"]
    assert DB["environment"]["POSTGRES_PASSWORD"].startswith("${POSTGRES_PASSWORD")
    well = {"condition": "service_healthy"}
    assert WEB["depends_on"] == {"db": well, "redis": well}
    assert DB["healthcheck"]["test"][0] == "CMD"


def test_the_worker_is_the_same_image_with_another_command() -> None:
    services = COMPOSE["services"]
    worker, redis = services["worker"], services["redis"]
    assert worker["environment"] == WEB["environment"]
    assert worker["command"] == ["python", "manage.py", "worker"]
    assert (ROOT / "giint/management/commands/worker.py").is_file()
    assert values.redis_url(WEB["environment"]["REDIS_URL"]) == "redis://redis:6379/0"
    assert redis["healthcheck"]["test"] == ["CMD", "redis-cli", "ping"]


def test_compose_waits_longer_than_a_drain() -> None:
    drain = float(VARIABLES["GIINT_DRAIN"].default or "")
    assert int(WEB["stop_grace_period"].removesuffix("s")) > drain + 5


def test_secrets_and_data_stay_out_of_the_image() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split()
    assert {".git", ".env*", ".venv", "data", "frontend/node_modules"} <= set(ignored)


def test_uvicorn_knows_every_option_that_it_is_given() -> None:
    words = serve.command("127.0.0.1", 8000)
    program, module = words.index("-m"), words.index("uvicorn")
    assert module == program + 1
    context = uvicorn.main.make_context("uvicorn", words[module + 1 :])
    assert context.params["ws"] == "websockets-sansio"
    assert context.params["timeout_graceful_shutdown"] == 5
    assert context.params["ws_per_message_deflate"] is False


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_steps_of_the_image_end_in_a_server_that_is_well() -> None:
    need_npm()
    done = subprocess.run(
        [sys.executable, "-m", "scripts.image_steps", "--borrow"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "its server is well" in done.stdout
