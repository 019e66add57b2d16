"""What the pages say is there: links, commands, files. What may not be said anywhere is not."""

import re
from pathlib import Path

import pytest

from giint.core.errors import FAILURES
from scripts.gates import tracked

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = [path for path in tracked() if path.suffix == ".md"]
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
NAMED = re.compile(
    r"`((?:accounts|agents|docs|frontend|giint|scripts|tests|transcripts)/[\w./-]+)`"
)


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as the usual hosts make them."""
    found = set()
    for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        words = re.sub(r"[^\w\- ]", "", heading.lower())
        found.add(words.strip().replace(" ", "-"))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for link in LINK.findall(page.read_text("utf-8")):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and anchor not in anchors(target.read_text("utf-8"))):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    named = NAMED.findall(page.read_text("utf-8"))
    made = ("frontend/vendor", "frontend/node_modules")  # by the set-up
    gone = [n for n in named if not (ROOT / n).exists() and not n.startswith(made)]
    # The checklists name files that their reader is to make.
    assert [name for name in gone if "yours" not in name] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_make_command_is_a_target(page: Path) -> None:
    used = set(
        re.findall(r"(?:^|`|[A-Z_]+=\S+ )make ([a-z]+)", page.read_text("utf-8"), re.MULTILINE)
    )
    assert used <= TARGETS


def test_the_page_about_trouble_has_every_code() -> None:
    text = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
    assert {code for code in FAILURES if f"| `{code}` |" not in text} == set()


def test_no_file_tells_of_the_machine_it_was_written_on() -> None:
    """Home folders, work folders and the hosts that packages come from: others have their own."""
    never = ["/" + "work/", "/" + "root/", "/" + "home/", "/tmp/" + "giint-", "registry." + "npmjs"]
    never += ["pypi" + ".org", "files." + "pythonhosted"]
    found = []
    for path in tracked():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {word}" for word in never if word in text]
    assert found == []
