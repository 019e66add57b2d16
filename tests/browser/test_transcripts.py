"""A poll from the composer, watched beside the chat and on a page of its own."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser.visit import Visit, composer, idle

Visits = Callable[..., Visit]


def beside(page: Page) -> Locator:
    """The chat's button to what a tool does beside it. Of the conversation, not of the page:
    threads in the list are called what people say ("Show me Markdown").
    """
    chat = page.get_by_role("log", name="Conversation")
    return chat.get_by_role("button", name="Show", exact=True)


WORDS = " ".join(f"w{n}" for n in range(1, 81))


def test_a_poll_is_begun_by_a_command_and_watched_beside_the_chat(visit: Visits) -> None:
    here = visit("tess")
    page = here.page
    here.new_chat("Show me Markdown")  # and so a thread is called, whose link is there before ours
    idle(page)
    page.goto(here.address)
    expect(page.get_by_role("link", name="Show me Markdown").first).to_be_visible()
    composer(page).fill("/p")
    page.get_by_role("button", name="/poll").click()
    expect(composer(page)).to_have_value("/poll ")
    composer(page).press_sequentially("x2 Stream 80 words every 40 ms")
    composer(page).press("Enter")
    page.wait_for_url("**/t/*")
    # By the keyboard: what streams above moves the button between a mouse's down and up.
    beside(page).press("Enter")
    side = page.get_by_role("complementary", name="Side window")
    title = side.get_by_role("heading", name="Stream 80 words every 40 ms")
    expect(title).to_be_focused()
    side.get_by_role("link", name="Open as a page").press("Enter")
    page.wait_for_url("**/transcripts/*")
    expect(page.get_by_role("heading", level=1)).to_have_text("Stream 80 words every 40 ms")
    entries = page.locator("article.entry .prose")
    expect(entries.first).to_contain_text("w5")
    page.reload()  # in the middle: nothing is lost, and it goes on
    for number in (0, 1):
        expect(entries.nth(number)).to_have_text(WORDS)
    expect(page.get_by_text("finished", exact=True)).to_be_visible()
    page.get_by_role("link", name="Back to the side window").click()
    page.wait_for_url("**/t/*")
    expect(title).to_be_focused()
    expect(page.locator("article.msg:not(.me)").last).to_contain_text("2 of 2 answered.")
