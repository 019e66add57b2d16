"""One person's browser context, what they do in it, and what went wrong meanwhile."""

from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, expect

expect.set_options(timeout=30_000)


class Visit:
    """A context with its first page. ``errors``: of consoles, scripts and policies. ``elsewhere``:
    requests for another origin; ``blocked``: those of them that the policy stopped.
    """

    def __init__(self, browser: Browser, address: str, **options: Any) -> None:
        self.address = address
        self.context = browser.new_context(
            **{"viewport": {"width": 1280, "height": 860}, **options}
        )
        self.errors: list[str] = []
        self.elsewhere: list[str] = []
        self.blocked: list[str] = []
        self.bootstraps = 0
        self.allowed: list[str] = []
        self.context.on("request", self._requested)
        self.context.on("requestfailed", self._failed)
        self.page = self.tab()

    def tab(self) -> Page:
        page = self.context.new_page()
        page.set_default_timeout(30_000)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        return page

    def _said(self, message: ConsoleMessage) -> None:
        """A violated policy is said in the console too."""
        text = message.text
        if message.type in ("error", "warning") and not any(word in text for word in self.allowed):
            self.errors.append(text)

    def _requested(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.elsewhere.append(request.url)
        if "/api/v1/bootstrap" in request.url:
            self.bootstraps += 1

    def _failed(self, request: Request) -> None:
        if request.failure == "csp":
            self.blocked.append(request.url)

    def sign_in(self, name: str) -> None:
        """By the form, as people do."""
        self.page.goto(f"{self.address}/accounts/sign-in/")
        self.page.get_by_label("User name or email").fill(name)
        self.page.get_by_label("Password").fill(f"{name}-{name}-1")
        self.page.get_by_role("button", name="Sign in").click()
        expect(composer(self.page)).to_be_visible()

    def say(self, text: str, page: Page | None = None) -> None:
        box = composer(page or self.page)
        box.fill(text)
        box.press("Enter")

    def new_chat(self, text: str) -> str:
        """Say ``text`` in a new chat. Returns its path."""
        self.page.goto(self.address)
        self.say(text)
        self.page.wait_for_url("**/t/*")
        expect(answers(self.page).or_(self.page.locator("article.queued")).first).to_be_visible()
        return self.page.url.removeprefix(self.address)


def composer(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Message")


def answers(page: Page) -> Locator:
    return page.locator("article.msg:not(.me)")


def idle(page: Page) -> None:
    """Wait until nothing is being answered."""
    expect(page.get_by_role("button", name="Stop answering")).to_have_count(0)
