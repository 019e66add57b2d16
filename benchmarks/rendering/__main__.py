"""``python -m benchmarks.rendering PLAN``: a person opens the page and asks; figures as JSON out.

The plan is that of ``benchmarks.load``: one server, one person, ``slower`` for the processor.
"""

import sys
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import orjson
from playwright.sync_api import Page, sync_playwright

from benchmarks.rendering import answer
from benchmarks.rendering.browser import OPTIONS, chromium

WATCH = Path(__file__).with_name("watch.js")
LONGEST = 180_000  # milliseconds of one answer
Figures = dict[str, Any]


def main(plan: Figures) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=OPTIONS)
        context = browser.new_context(viewport={"width": 1280, "height": 860})
        context.set_default_timeout(LONGEST)
        for name, morsel in SimpleCookie(plan["people"][0]["cookie"]).items():
            context.add_cookies([{"name": name, "value": morsel.value, "url": plan["origins"][0]}])
        context.add_init_script(path=WATCH)
        page = context.new_page()
        figures = draw(page, plan["origins"][0], plan["slower"])
        browser.close()
    print(orjson.dumps(figures).decode())


def draw(page: Page, origin: str, slower: float) -> Figures:
    """One answer in a new chat. Raises ValueError unless the whole of it is on the page."""
    page.goto(origin)
    box = page.get_by_role("textbox", name="Message")
    box.fill(orjson.dumps({"answer": "markdown", "rate": answer.A_SECOND}).decode())
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    page.evaluate("void (globalThis.watched = watch())")
    box.press("Enter")
    figures: Figures = page.evaluate("watched")
    session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    check("".join(page.evaluate("shown()").split()))
    return figures


def check(shown: str) -> None:
    wanted = answer.seen()
    if shown != wanted:
        at = next(
            (at for at, (a, b) in enumerate(zip(shown, wanted, strict=False)) if a != b),
            min(len(shown), len(wanted)),
        )
        raise ValueError(
            f"{len(shown)} of {len(wanted)} characters are on the page; from {at} on it has "
            f"{shown[at : at + 60]!r} instead of {wanted[at : at + 60]!r}"
        )


if __name__ == "__main__":
    main(orjson.loads(sys.argv[1]))
