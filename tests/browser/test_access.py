"""The page for everybody: by keyboard, by screen reader, on a small screen."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.visit import Visit, answers, idle

Visits = Callable[..., Visit]
CONTROLS = {
    "button",
    "link",
    "textbox",
    "searchbox",
    "combobox",
    "checkbox",
    "radio",
    "DisclosureTriangle",
}
WIDE = "x" * 300
TABBABLE = """() => [...document.querySelectorAll(
    'button, a[href], input:not([type=hidden]), textarea, select, summary, [tabindex="0"]')]
  .filter(e => e.tabIndex >= 0 && !e.disabled && e.checkVisibility({visibilityProperty: true})
    && !(e.type === 'radio' && !e.checked))"""


def nameless(page: Page) -> list[Any]:
    """Controls of the accessibility tree that have no name."""
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")
    return [
        node
        for node in tree["nodes"]
        if not node.get("ignored")
        and node.get("role", {}).get("value") in CONTROLS
        and not node.get("name", {}).get("value", "").strip()
    ]


def unreached(page: Page) -> list[str]:
    """Visible controls that going through the page by Tab does not reach."""
    page.evaluate(f"window.controls = ({TABBABLE})(); document.activeElement?.blur()")
    count = page.evaluate("controls.length")
    assert count > 4
    seen: set[int] = set()
    for _ in range(count + 8):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("controls.indexOf(document.activeElement)"))
    missed = [n for n in range(count) if n not in seen]
    return [page.evaluate("n => controls[n].outerHTML.slice(0, 160)", n) for n in missed]


def everything_is_named_and_reached(page: Page) -> None:
    assert nameless(page) == []
    assert unreached(page) == []


def open_settings(here: Visit) -> None:
    here.page.goto(f"{here.address}/settings")
    here.page.get_by_role("button", name="Add a key").click()


def chat_with_everything(here: Visit) -> None:
    here.new_chat("think: What is 17% of 2,310?")
    idle(here.page)
    here.say("Show me Markdown")
    expect(answers(here.page)).to_have_count(2)
    idle(here.page)


def test_every_control_has_a_name_and_is_reached_by_tab(visit: Visits) -> None:
    here = visit("alice")
    everything_is_named_and_reached(here.page)
    chat_with_everything(here)
    everything_is_named_and_reached(here.page)
    open_settings(here)
    everything_is_named_and_reached(here.page)


def test_the_gate_is_named_and_reached_too(visit: Visits) -> None:
    here = visit()
    here.page.goto(here.address)
    everything_is_named_and_reached(here.page)


def test_the_agent_menu_works_by_keyboard(visit: Visits) -> None:
    here = visit("alice")
    chip = here.page.get_by_role("button", name="Agent: Assistant")
    chip.focus()
    here.page.keyboard.press("Enter")
    expect(here.page.get_by_role("option", name="Assistant")).to_be_focused()
    here.page.keyboard.press("Escape")
    expect(chip).to_be_focused()
    expect(here.page.get_by_role("listbox")).to_have_count(0)


def test_nothing_scrolls_sideways(visit: Visits) -> None:
    here = visit("alice")
    overflow = """() => [document.documentElement, ...document.querySelectorAll('.scroll, .col')]
        .filter(e => e.scrollWidth > e.clientWidth).map(e => e.className || e.tagName)"""

    def fits() -> None:
        for width in (360, 390, 768, 1280):
            here.page.set_viewport_size({"width": width, "height": 740})
            assert here.page.evaluate(overflow) == [], width

    fits()
    chat_with_everything(here)
    here.say(f"{WIDE} `{WIDE}`")
    expect(answers(here.page)).to_have_count(3)
    idle(here.page)
    fits()
    open_settings(here)
    fits()


def test_on_a_phone_the_thread_list_is_a_drawer(visit: Visits) -> None:
    here = visit("alice", viewport={"width": 390, "height": 740})
    here.new_chat("Hello from a phone")
    idle(here.page)
    link = here.page.get_by_role("link", name="Hello from a phone")
    expect(link).to_have_count(0)  # hidden things are not in the tree
    here.page.get_by_role("button", name="Threads").click()
    expect(link.first).to_be_visible()
    here.page.keyboard.press("Escape")
    expect(link).to_have_count(0)
