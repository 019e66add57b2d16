"""The line in ``.env``: one changes, the others stay, nobody else may read it."""

from pathlib import Path

import pytest

from agents.manager import envfile
from giint.core.errors import BadField

OTHERS = b"SECRET_KEY=x=y # not a comment\n\n# OPENAI_ASSISTANT_ID=asst_old\nPORT=8000"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / ".env"
    file.write_bytes(OTHERS)
    file.chmod(0o600)
    return file


def test_a_new_line_comes_last_and_every_other_byte_stays(path: Path) -> None:
    kept = envfile.write("asst_1", path)
    assert path.read_bytes() == OTHERS + b"\nOPENAI_ASSISTANT_ID=asst_1\n"
    assert kept.read_bytes() == OTHERS
    assert [file.stat().st_mode & 0o777 for file in (path, kept)] == [0o600, 0o600]
    assert sorted(file.name for file in path.parent.iterdir()) == [".env", ".env.backup"]


def test_the_line_that_is_there_changes_in_its_place(path: Path) -> None:
    path.write_bytes(b"A=1\r\nexport OPENAI_ASSISTANT_ID=asst_1\r\nB=2\r\n")
    envfile.write("asst_2", path)
    assert path.read_bytes() == b"A=1\r\nexport OPENAI_ASSISTANT_ID=asst_2\r\nB=2\r\n"


def test_a_link_to_the_file_stays_a_link(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(path)
    envfile.write("asst_1", link)
    assert link.is_symlink()
    assert path.read_bytes().endswith(b"OPENAI_ASSISTANT_ID=asst_1\n")


@pytest.mark.parametrize("id", ["", "a b", "x\nSECRET_KEY=mine", "$(id)", "x" * 121])
def test_an_id_that_is_none_changes_nothing(path: Path, id: str) -> None:
    with pytest.raises(BadField, match="env"):
        envfile.write(id, path)
    assert path.read_bytes() == OTHERS


def test_two_lines_are_refused_and_no_file_is_made_where_none_was(path: Path) -> None:
    path.write_bytes(b"OPENAI_ASSISTANT_ID=a\nOPENAI_ASSISTANT_ID=b\n")
    with pytest.raises(BadField, match="Remove all but one"):
        envfile.write("asst_1", path)
    with pytest.raises(BadField, match="cannot be written"):
        envfile.write("asst_1", path.with_name("none"))
    assert [file.name for file in path.parent.iterdir()] == [".env"]
