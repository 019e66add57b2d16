"""The set-up's own parts: .env, stamps, the client's files, the Python that is chosen."""

import ast
import importlib.util
import json
import shutil
import socket
import sys
from pathlib import Path

import pytest

from giint.environment import VARIABLES
from scripts import client, dotenv, libraries, serve, setup, shell, stamps

ROOT = Path(__file__).resolve().parent.parent.parent


def values_of(path: Path) -> dict[str, str]:
    lines = path.read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_a_new_env_has_every_secret_and_suits_a_trial(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    dotenv.ensure(path)
    assert path.stat().st_mode & 0o777 == 0o600
    found = values_of(path)
    assert found["GIINT_OFFLINE"] == "true"
    assert found["GIINT_SHARED_ACCOUNT"] == "everyone"
    for name in ("SECRET_KEY", "GIINT_FIELD_KEYS"):
        VARIABLES[name].read(found[name])


def test_env_is_written_once(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    dotenv.ensure(path)
    before = path.read_bytes()
    dotenv.ensure(path)
    assert path.read_bytes() == before


def test_an_env_that_is_there_gets_only_the_secrets_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("SECRET_KEY=mine\nGIINT_FIELD_KEYS=\nPORT=9000")
    path.chmod(0o644)
    dotenv.ensure(path)
    found = values_of(path)
    assert found["SECRET_KEY"] == "mine"
    assert found["PORT"] == "9000"
    VARIABLES["GIINT_FIELD_KEYS"].read(found["GIINT_FIELD_KEYS"])
    assert "GIINT_SHARED_ACCOUNT" not in found
    assert path.stat().st_mode & 0o777 == 0o600


def test_two_set_ups_share_no_secret_and_no_key_id(tmp_path: Path) -> None:
    for name in ("one", "two"):
        dotenv.ensure(tmp_path / name)
    one, two = values_of(tmp_path / "one"), values_of(tmp_path / "two")
    for name in dotenv.SECRETS:
        assert one[name] != two[name]
    assert one["GIINT_FIELD_KEYS"].split(":")[0] != two["GIINT_FIELD_KEYS"].split(":")[0]


def test_an_env_that_cannot_be_read_stops_with_its_name(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    with pytest.raises(shell.Stop, match="env cannot be read or written"):
        dotenv.ensure(tmp_path / ".env")


def test_a_stamp_fits_only_what_it_was_left_for(tmp_path: Path) -> None:
    file, stamp = tmp_path / "file", tmp_path / "stamp"
    file.write_text("one")
    assert not stamps.matches(stamp, stamps.digest([file]))
    stamps.leave(stamp, stamps.digest([file], "3.11"))
    assert stamps.matches(stamp, stamps.digest([file], "3.11"))
    assert not stamps.matches(stamp, stamps.digest([file], "3.12"))
    file.write_text("two")
    assert not stamps.matches(stamp, stamps.digest([file], "3.11"))


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A frontend folder with one module and one folder of fonts."""
    (tmp_path / "node_modules" / "fonts").mkdir(parents=True)
    (tmp_path / "node_modules" / "fonts" / "a.woff2").write_bytes(b"\x00\xff")
    (tmp_path / "node_modules" / "m.mjs").write_text(
        'export const s = "//# sourceMappingURL=kept";\n//# sourceMappingURL=m.mjs.map\n'
    )
    monkeypatch.setattr(client, "FRONTEND", tmp_path)
    return tmp_path


def table(folder: Path, files: dict[str, str]) -> None:
    (folder / "vendor.json").write_text(json.dumps(files))


def test_files_and_folders_are_copied_without_their_source_maps(packages: Path) -> None:
    table(packages, {"v/m.js": "node_modules/m.mjs", "fonts": "node_modules/fonts"})
    target = packages / "vendor"
    for _ in range(2):
        client.vendor(packages, target)
    text = (target / "v" / "m.js").read_text()
    assert text == 'export const s = "//# sourceMappingURL=kept";\n'
    assert (target / "fonts" / "a.woff2").read_bytes() == b"\x00\xff"


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"../outside.js": "node_modules/m.mjs"}, "leads out of frontend/vendor"),
        ({"m.js": "node_modules/gone.js"}, "is in no installed package"),
    ],
)
def test_a_wrong_line_of_the_table_stops_and_leaves_what_was_there(
    packages: Path, files: dict[str, str], says: str
) -> None:
    target = packages / "vendor"
    target.mkdir()
    (target / "before.js").write_text("kept")
    table(packages, files)
    with pytest.raises(shell.Stop, match=says):
        client.vendor(packages, target)
    assert (target / "before.js").read_text() == "kept"
    assert not (packages / "outside.js").exists()


def test_without_ensurepip_and_pip_the_package_to_install_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *rest: None if name in {"ensurepip", "pip"} else real(name, *rest),
    )
    monkeypatch.setattr(libraries, "VENV", tmp_path / "venv")
    monkeypatch.setattr(libraries, "PYTHON", tmp_path / "venv" / "bin" / "python")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(shell.Stop, match="apt install python3-venv"):
        libraries.ensure_venv(exact=False)
    assert not (tmp_path / "venv").exists()


def test_without_npm_the_package_to_install_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(client, "WHEEL", Path("/nowhere"))
    with pytest.raises(shell.Stop, match="apt install nodejs npm"):
        client.environment(fetch=False)


def test_a_failing_program_stops_with_its_last_words_and_advice() -> None:
    code = "import sys; print('first'); print('the reason', file=sys.stderr); sys.exit(3)"
    with pytest.raises(shell.Stop, match=r"(?s)the reason.*failed.*Try again\."):
        shell.run([sys.executable, "-c", code], advice="Try again.")


def test_the_first_script_can_be_read_by_old_pythons() -> None:
    source = (ROOT / "scripts" / "setup.py").read_text("utf-8")
    tree = ast.parse(source, feature_version=(3, 6))
    imported = {
        alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names
    }
    assert imported <= {"os", "subprocess", "sys"}


def test_a_python_that_is_not_there_is_of_no_version() -> None:
    assert setup.version_of("python-that-is-not-there") == (0, 0)
    assert setup.version_of(sys.executable) == sys.version_info[:2]


def test_an_old_python_alone_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "OLDEST", (9, 0))
    with pytest.raises(SystemExit, match=r"(?s)needs Python .* apt install python3 python3-venv"):
        setup.use_new_python()


def test_a_taken_port_is_said_with_another_one() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert f"Port {port} on 127.0.0.1 is taken" in serve.trouble("127.0.0.1", port)
    assert serve.trouble("127.0.0.1", port) == ""


def test_a_host_that_is_no_address_here_is_said() -> None:
    assert "HOST is no-such-host.invalid" in serve.trouble("no-such-host.invalid", 8000)
    assert "Check HOST and PORT" in serve.trouble("192.0.2.1", 8000)


def test_a_server_that_is_not_there_is_not_well() -> None:
    from scripts import health

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert health.answer(port, "https://chat.example.org") == 0
