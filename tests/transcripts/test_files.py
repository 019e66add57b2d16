"""Files: what they are is seen from their bytes, and nobody's browser runs one."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from giint.core.errors import BadField, GiintError
from giint.models import GiintThread
from giint.services import remove
from tests.accounts.conftest import Caller
from transcripts import files
from transcripts.models import File
from transcripts.sniffing import HEAD, clean_name, served_as, sniffed

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + bytes(40)


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


def stored(owner: User, content: bytes = PNG, name: str = "a.png", **more: Any) -> File:
    return files.store(owner=owner, name=name, content=io.BytesIO(content), **more)


def on_disk(media: Path) -> list[str]:
    return sorted(path.name for path in media.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (PNG, "photo.png", "image/png"),
        (PNG, "invoice.txt", "image/png"),
        (b"<html><script>1</script>", "photo.png", "text/html"),
        (b"\xef\xbb\xbf  <!DOCTYPE html><p>", "a.txt", "text/html"),
        ("<html>".encode("utf-16"), "a.txt", "text/html"),
        (b"<?xml version='1.0'?><svg onload='x'/>", "a.xml", "image/svg+xml"),
        (b"<svg onload=alert(1)>", "a.png", "image/svg+xml"),
        (b"%PDF-1.7\n\xe2\xe3\xcf\xd3\n" + bytes(50), "a.pdf", "application/pdf"),
        (b"a,b\n1,2\n", "a.csv", "text/csv"),
        (b"just words", "a", "text/plain"),
        (("x" + "€" * 30_000).encode()[:HEAD], "a.txt", "text/plain"),
        ("Grüße €".encode()[:-1], "a.txt", "application/octet-stream"),
        (b"%PDF-1.7 in plain letters", "a.txt", "application/pdf"),
        (b"", "a.png", "application/octet-stream"),
        (b"\x00\x01\x02\x03" * 9, "a.png", "application/octet-stream"),
    ],
)
def test_the_type_is_what_the_bytes_are(content: bytes, name: str, kind: str) -> None:
    assert sniffed(content, name) == kind


@pytest.mark.parametrize(
    "kind", ["text/html", "image/svg+xml", "application/xml", "text/javascript"]
)
def test_what_a_browser_would_run_is_given_out_as_bytes(kind: str) -> None:
    assert served_as(kind) == "application/octet-stream"
    assert served_as("image/png") == "image/png"


@pytest.mark.parametrize("name", ["../a", "a/b", "..", ".", "", "  ", "a\\b", "/etc/passwd"])
def test_a_path_is_no_name(name: str) -> None:
    with pytest.raises(BadField):
        clean_name(name)


def test_names_lose_what_deceives_and_keep_their_ending() -> None:
    assert clean_name(" gpj\u202eexe.txt\r\n") == "gpjexe.txt"
    assert clean_name("x" * 300 + ".csv") == "x" * 196 + ".csv"
    assert clean_name("Grüße.md") == "Grüße.md"


def test_a_file_is_stored_listed_given_out_and_deleted(
    alice: User, media: Path, django_capture_on_commit_callbacks: Any
) -> None:
    call = Caller(alice)
    thread = GiintThread.objects.create(owner=alice)
    form = {"file": SimpleUploadedFile("my photo.png", PNG, "text/html"), "thread": thread.id}
    answer = call.client.post("/api/v1/files", form)
    assert answer.status_code == 201, answer.content
    row = answer.json()
    assert (row["name"], row["type"], row["size"]) == ("my photo.png", "image/png", len(PNG))
    assert row["thread"] == thread.id
    assert call("GET", "files").json() == {"files": [row], "next": None}
    assert call("GET", "files?type=image/png&q=photo").json()["files"] == [row]
    assert call("GET", "files?q=invoice").json()["files"] == []
    assert call("GET", f"files?thread={thread.id}&since=2020-01-01").json()["files"] == [row]
    assert call("GET", f"files/{row['id']}").json() == row
    content = call("GET", f"files/{row['id']}/content")
    assert content.content == PNG
    assert content["Content-Disposition"] == 'attachment; filename="my photo.png"'
    assert content["X-Content-Type-Options"] == "nosniff"
    assert content["Content-Type"] == "image/png"
    assert on_disk(media) == [row["id"]]
    with django_capture_on_commit_callbacks(execute=True):
        assert call("DELETE", f"files/{row['id']}").status_code == 204
    assert on_disk(media) == []
    assert call("GET", f"files/{row['id']}").status_code == 404


@pytest.mark.parametrize(
    "content", [b"<svg onload=alert(1)>", b"<html><script>alert(1)</script>", b"%PDF-1.4 \xff"]
)
def test_nothing_that_runs_is_ever_inline(alice: User, content: bytes) -> None:
    file = stored(alice, content, "x.png")
    answer = Caller(alice)("GET", f"files/{file.id}/content")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer["Content-Security-Policy"]


def test_a_file_beyond_the_limit_is_refused(alice: User, settings: Settings, media: Path) -> None:
    settings.GIINT_FILE_SIZE = 1
    for size, status in ((1_048_576, 201), (1_048_577, 413), (1_200_000, 413)):
        form = {"file": SimpleUploadedFile("big.bin", bytes(size))}
        answer = Caller(alice).client.post("/api/v1/files", form)
        assert answer.status_code == status
    assert answer.json()["code"] == "file_too_large"
    assert len(on_disk(media)) == File.objects.count() == 1


@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        ({}, 400, "bad_field"),
        ({"file": "a text"}, 400, "bad_field"),
        ({"file": SimpleUploadedFile("a", b"x"), "thread": "thread_0"}, 404, "not_found"),
    ],
)
def test_a_form_that_cannot_be_taken(alice: User, form: Any, status: int, code: str) -> None:
    answer = Caller(alice).client.post("/api/v1/files", form)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_json_is_no_upload(alice: User) -> None:
    answer = Caller(alice)("POST", "files", {"file": "x"})
    assert (answer.status_code, answer.json()["code"]) == (415, "bad_upload")


def test_another_persons_thread_is_not_found(alice: User, bob: User, media: Path) -> None:
    thread = GiintThread.objects.create(owner=alice)
    with pytest.raises(GiintError, match="not_found"):
        stored(bob, thread=thread.id)
    assert Caller(bob)("GET", f"files?thread={thread.id}").status_code == 404
    assert on_disk(media) == []


def test_content_that_was_lost_or_changed_is_said(alice: User) -> None:
    file = stored(alice)
    Path(file.content.path).write_bytes(PNG + b"!")
    call = Caller(alice)
    assert call("GET", f"files/{file.id}/content").json()["code"] == "file_gone"
    Path(file.content.path).unlink()
    answer = call("GET", f"files/{file.id}/content")
    assert (answer.status_code, answer.json()["code"]) == (410, "file_gone")


def test_a_thread_takes_its_files_along(
    alice: User, media: Path, django_capture_on_commit_callbacks: Any
) -> None:
    thread = GiintThread.objects.create(owner=alice)
    stored(alice, thread=thread.id)
    kept = stored(alice)
    with django_capture_on_commit_callbacks(execute=True):
        remove(user=alice, thread_id=thread.id)
    assert on_disk(media) == [kept.id]


def test_the_sweep_takes_what_no_row_is_about(
    alice: User, bob: User, media: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gone, kept = stored(alice), stored(bob)
    alice.delete()
    call_command("files", "sweep", "--dry-run")
    assert gone.id in capsys.readouterr().out
    assert len(on_disk(media)) == 2
    call_command("files", "sweep", "--yes")
    assert on_disk(media) == [kept.id]


def test_the_admin_shows_no_name_and_no_content(alice: User, boss: User) -> None:
    file = stored(alice, b"private words", "private name.txt")
    control = Client()
    control.force_login(boss, backend="accounts.backends.NameOrEmail")
    for address in (
        reverse("admin:transcripts_file_changelist") + "?q=alice",
        reverse("admin:transcripts_file_change", args=[quote(file.id)]),
    ):
        page = control.get(address)
        assert page.status_code == 200
        assert file.id in page.content.decode()
        assert b"private" not in page.content


def test_the_admin_deletes_the_content_too(
    alice: User, boss: User, media: Path, django_capture_on_commit_callbacks: Any
) -> None:
    one, two = stored(alice), stored(alice)
    control = Client()
    control.force_login(boss, backend="accounts.backends.NameOrEmail")
    with django_capture_on_commit_callbacks(execute=True):
        control.post(
            reverse("admin:transcripts_file_delete", args=[quote(one.id)]), {"post": "yes"}
        )
        chosen = {"action": "delete_selected", "_selected_action": [two.id], "post": "yes"}
        control.post(reverse("admin:transcripts_file_changelist"), chosen)
    assert not File.objects.exists()
    assert on_disk(media) == []
