"""The side window: what goes on beside the chat, live, in step between tabs, on every screen."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser.test_hostile import REMOTE, SCRIPTS
from tests.browser.visit import Visit, answers, idle

Visits = Callable[..., Visit]
POST = """async ([path, body]) => {
  const token = document.cookie.match(/csrftoken=([^;]+)/)[1];
  const headers = {'Content-Type': 'application/json', 'X-CSRFToken': token};
  const sent = {method: 'POST', body: JSON.stringify(body), headers};
  return (await fetch('/api/v1/' + path, sent)).status;
}"""
KEPT = """async ([key, value]) =>
  (await (await fetch('/api/v1/state')).json()).state[key] === value"""
MADE = "img, script, iframe, svg:not(.i), style, form, video, audio, object, embed, link, base"


def side(page: Page) -> Locator:
    return page.get_by_role("complementary", name="Side window")


def tab(page: Page, name: str) -> Locator:
    return page.get_by_role("tab", name=name)


def opener(page: Page) -> Locator:
    """The button in the chat's head. Its name ends with what is live or new."""
    return page.locator("#side-button")


def opened(page: Page, name: str) -> Locator:
    """The window, at the tab of that name. Nothing streams while it is opened."""
    if side(page).count() == 0:
        opener(page).click()
    tab(page, name).click()
    expect(tab(page, name)).to_have_attribute("aria-selected", "true")
    return side(page)


def poll(here: Visit, words: int, choices: str = "") -> None:
    here.say(f"/poll x2 Stream {words} words every 40 ms{choices}")


def test_a_tool_a_poll_and_a_duo_appear_beside_the_chat_while_it_goes_on(visit: Visits) -> None:
    here = visit("sid")
    page = here.page
    here.new_chat("What is 17% of 2,310?")
    idle(page)
    window = opened(page, "Tool outputs")
    expect(window.locator("details.step.done summary")).to_contain_text("calculate")
    expect(window.locator("details.step.done summary")).to_contain_text("392.7")
    opened(page, "Transcripts")
    poll(here, 200)  # so long that what is said meanwhile is queued on a busy machine, too
    entries = window.locator("article.entry .prose")
    expect(entries.first).to_contain_text("w5")
    here.say("And meanwhile?")  # the chat goes on: it is queued, and answered afterwards
    expect(page.locator("article.queued")).to_contain_text("And meanwhile?")
    expect(window.get_by_text("finished").first).to_be_visible()
    for number in (0, 1):
        expect(entries.nth(number)).to_contain_text("w200")
    expect(answers(page).last).to_contain_text("And meanwhile?")
    idle(page)
    here.say("/duo 1 Stream 30 words every 30 ms")
    expect(window.locator("article.turn").first).to_contain_text("w5")
    expect(window.locator("article.turn")).to_have_count(2)
    idle(page)
    tab(page, "Tool outputs").click()
    expect(window.locator("summary code")).to_have_text(["duo", "x_poll", "calculate"])


def test_what_is_new_is_the_same_in_every_tab_and_after_a_reload(visit: Visits) -> None:
    here = visit("sian")
    first, second = here.page, here.tab()
    second.goto(here.address)  # it follows no thread
    expect(opener(second)).to_have_attribute("aria-label", "Side window")
    here.new_chat("What is 17% of 2,310?")
    for page in (first, second):
        expect(opener(page)).to_have_attribute("aria-label", "Side window, 1 new")
    second.reload()
    expect(opener(second)).to_have_attribute("aria-label", "Side window, 1 new")
    opened(first, "Tool outputs")  # and so they have looked
    for page in (first, second):
        expect(side(page)).to_be_visible()  # what is open is the same in both, too
        expect(tab(page, "Tool outputs")).to_have_attribute("aria-selected", "true")
        expect(opener(page)).to_have_attribute("aria-label", "Side window")
    second.reload()
    expect(side(second)).to_be_visible()
    expect(opener(second)).to_have_attribute("aria-label", "Side window")


def test_its_width_is_kept(visit: Visits) -> None:
    here = visit("skye")
    page = here.page
    window = opened(page, "Transcripts")
    grip = page.get_by_role("separator", name="Width of the side window")
    box = grip.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 100, y, steps=5)
    page.mouse.up()
    expect(grip).not_to_have_attribute("aria-valuenow", "408")
    width = int(grip.get_attribute("aria-valuenow") or 0)
    assert 480 <= width <= 530
    grip.press("ArrowLeft")
    expect(grip).to_have_attribute("aria-valuenow", str(width + 16))
    page.wait_for_function("w => document.querySelector('.side').offsetWidth === w", arg=width + 16)
    grip.press("End")
    expect(grip).to_have_attribute("aria-valuenow", "720")
    page.wait_for_function(KEPT, arg=["side_width", 720])
    page.reload()
    expect(grip).to_have_attribute("aria-valuenow", "720")
    page.wait_for_function("document.querySelector('.side').offsetWidth === 720")
    expect(window).to_be_visible()


def test_on_a_telephone_it_is_a_sheet_that_keeps_the_focus(visit: Visits) -> None:
    here = visit("sid", viewport={"width": 390, "height": 740})
    page = here.page
    expect(page.locator(".side")).to_have_count(0)
    opener(page).click()
    sheet = page.get_by_role("dialog", name="Side window")
    expect(sheet).to_be_visible()
    expect(tab(page, "Transcripts").or_(tab(page, "Tool outputs")).first).to_be_visible()
    for key in ["Tab"] * 12 + ["Shift+Tab"] * 14:
        page.keyboard.press(key)
        assert page.evaluate("document.querySelector('.side').contains(document.activeElement)")
    box = sheet.bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, 390)
    assert box["y"] > 60
    page.keyboard.press("Escape")
    expect(page.locator(".side")).to_have_count(0)
    expect(opener(page)).to_be_focused()


def test_it_is_opened_and_walked_by_the_keyboard(visit: Visits) -> None:
    page = visit("skye").page
    if side(page).count():
        page.keyboard.press("Control+.")
    expect(side(page)).to_have_count(0)
    page.keyboard.press("Control+.")
    expect(side(page)).to_be_visible()
    tab(page, "Transcripts").click()
    page.keyboard.press("ArrowRight")
    expect(tab(page, "Tool outputs")).to_be_focused()
    expect(tab(page, "Tool outputs")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("End")
    expect(tab(page, "Console")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(tab(page, "Transcripts")).to_be_focused()
    for name, words in (("Transcripts", "/poll"), ("Tool outputs", "listed here")):
        tab(page, name).click()
        expect(side(page)).to_contain_text(words)
    tab(page, "Console").click()
    expect(side(page)).to_contain_text("Nothing from outside this chat")


def test_what_a_tool_or_a_job_says_is_text_there_too(visit: Visits) -> None:
    here = visit("sol")
    page = here.page
    path = here.new_chat("Hello")
    idle(page)
    window = opened(page, "Console")
    hostile = "\n".join([*SCRIPTS, *REMOTE, "the end"])
    sent = {"text": hostile, "thread": path.removeprefix("/t/")}
    assert page.evaluate(POST, ["console", sent]) == 201
    expect(window.locator("article.console")).to_contain_text("the end")
    expect(page.locator("main article.console")).to_contain_text("the end")
    expect(window.locator("article.console")).to_contain_text("Answered by")
    idle(page)
    question = {"question": hostile[:7000], "thread": path.removeprefix("/t/"), "copies": 2}
    assert page.evaluate(POST, ["polls", question]) == 201
    tab(page, "Transcripts").click()
    expect(window.get_by_text("finished").first).to_be_visible()
    idle(page)
    page.wait_for_timeout(300)  # what would load or run has had its chance
    assert page.evaluate("window.hit") is None
    made = page.locator("aside section.tr article, aside section.tr h2, main article.console")
    assert made.locator(MADE).count() == 0
    page.goto(f"{here.address}/transcripts")
    expect(page.locator("main li")).to_have_count(1)
    page.locator("main li a").click()
    page.wait_for_url("**/transcripts/*")
    assert page.evaluate("window.hit") is None


def test_all_transcripts_are_found_on_a_page(visit: Visits) -> None:
    here = visit("sela")
    page = here.page
    page.goto(f"{here.address}/transcripts")
    expect(page.locator("main")).to_contain_text("Nothing yet")
    page.goto(here.address)
    poll(here, 20)
    page.wait_for_url("**/t/*")
    expect(answers(page).last).to_contain_text("2 of 2 answered.")
    idle(page)
    opened(page, "Transcripts").get_by_role("link", name="On a page").click()
    page.wait_for_url("**/transcripts")
    rows = page.locator("main li")
    expect(rows).to_have_count(1)
    search = page.get_by_placeholder("Words of a title or of an entry")
    search.fill("zebra")
    expect(page.locator("main")).to_contain_text("Nothing found.")
    search.fill("w20")
    expect(rows).to_have_count(1)
    page.get_by_label("Tool", exact=True).select_option("duo")
    expect(page.locator("main")).to_contain_text("Nothing found.")
    page.get_by_label("Tool", exact=True).select_option("x_poll")
    rows.first.get_by_role("link").click()
    page.wait_for_url("**/transcripts/*")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Stream 20 words")
