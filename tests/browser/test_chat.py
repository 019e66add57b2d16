"""The chat as a person lives it: streaming, tools, stopping, reloads, tabs, lost links."""

import re
from collections.abc import Callable

from playwright.sync_api import WebSocketRoute, expect

from tests.browser.visit import Visit, answers, composer, idle

Visits = Callable[..., Visit]
GATE = re.compile(r".*/accounts/sign-in/.*")


def words(count: int) -> str:
    return " ".join(f"w{n}" for n in range(1, count + 1))


def test_nobody_sees_a_page_before_they_sign_in(visit: Visits) -> None:
    here = visit()
    for path in ("/", "/t/thread_x", "/settings"):
        here.page.goto(here.address + path)
        expect(here.page).to_have_url(GATE)
    here.page.get_by_label("User name or email").fill("alice")
    here.page.get_by_label("Password").fill("wrong")
    here.page.get_by_role("button", name="Sign in").click()
    expect(here.page.get_by_role("alert")).to_be_visible()


def test_an_answer_streams_in_a_new_thread(visit: Visits) -> None:
    here = visit("alice")
    here.new_chat("Stream 300 words")
    text = answers(here.page).locator(".prose")
    expect(text).to_contain_text("w5")
    assert "w300" not in text.inner_text(), "it came at once, not word by word"
    expect(text).to_have_text(words(300))
    idle(here.page)
    expect(here.page.locator(".thread[aria-current=page]")).to_contain_text("Stream 300 words")
    assert here.page.title().startswith("Stream 300 words")


def test_a_tool_call_shows_its_arguments_and_result(visit: Visits) -> None:
    here = visit("alice")
    here.new_chat("What is 17% of 2,310?")
    step = here.page.locator(".step.done")
    expect(step.locator("summary")).to_contain_text("392.7")
    step.locator("summary").click()
    expect(step.get_by_label("Arguments")).to_contain_text("expression")
    expect(step.get_by_label("Result")).to_contain_text("392.7")
    expect(answers(here.page)).to_have_count(1)
    expect(answers(here.page).locator(".prose").last).to_contain_text("392.7")
    expect(here.page.locator("[aria-live=polite]")).to_have_text("Assistant has answered")


def test_a_reload_in_mid_stream_loses_and_repeats_nothing(visit: Visits) -> None:
    here = visit("alice")
    here.new_chat("Stream 120 words every 20 ms")
    text = answers(here.page).locator(".prose")
    for seen in ("w10", "w40", "w80"):
        expect(text).to_contain_text(seen)
        before = here.bootstraps
        here.page.reload()
        expect(text).to_contain_text(seen)
        assert here.bootstraps == before + 1, "one bootstrap per load"
    expect(text).to_have_text(words(120))


def test_a_second_tab_sees_the_same_while_it_happens(visit: Visits) -> None:
    here = visit("alice")
    path = here.new_chat("Stream 100 words every 20 ms")
    other = here.tab()
    other.goto(here.address + path)
    for page in (here.page, other):
        expect(answers(page).locator(".prose")).to_have_text(words(100))
    here.say("And from here?", other)
    for page in (here.page, other):
        expect(page.locator("article.msg.me")).to_have_count(2)
        expect(answers(page)).to_have_count(2)


def test_stopping_keeps_what_was_said_and_offers_to_ask_again(visit: Visits) -> None:
    here = visit("alice")
    here.new_chat("Stream 5000 words")
    expect(answers(here.page).locator(".prose")).to_contain_text("w20")
    here.page.get_by_role("button", name="Stop answering").click()
    expect(here.page.locator(".sep")).to_contain_text("You stopped")
    expect(answers(here.page).locator(".prose")).to_contain_text("w20")
    here.page.get_by_role("button", name="Ask again").click()
    expect(here.page.get_by_role("button", name="Stop answering")).to_be_visible()
    composer(here.page).press("Escape")
    expect(here.page.locator(".sep")).to_have_count(1)


def test_what_is_sent_meanwhile_is_queued_and_can_be_taken_back(visit: Visits) -> None:
    here = visit("alice")
    here.new_chat("Stream 150 words every 20 ms")
    expect(answers(here.page).locator(".prose")).to_contain_text("w5")
    for text in ("Keep this", "Take this back"):
        here.say(text)
    queued = here.page.locator("article.queued")
    expect(queued).to_have_count(2)
    queued.filter(has_text="Take this back").get_by_role("button", name="Take back").click()
    expect(queued).to_have_count(1)
    expect(composer(here.page)).to_have_value("Take this back")
    expect(answers(here.page)).to_have_count(2)
    expect(here.page.locator("article.msg.me")).to_have_text(
        [re.compile("Stream"), re.compile("Keep")]
    )


def test_a_failed_answer_says_why(visit: Visits) -> None:
    here = visit("alice")
    here.new_chat("fail")
    expect(here.page.locator(".sep")).to_contain_text("The model server failed.")
    expect(here.page.get_by_role("button", name="Ask again")).to_be_visible()


class Cable:
    """The page's sockets on their way to the server, and a pair of scissors."""

    def __init__(self, visit: Visit) -> None:
        self.whole = True
        self.sockets: list[WebSocketRoute] = []
        visit.page.route_web_socket("**/ws/", self._opened)

    def _opened(self, socket: WebSocketRoute) -> None:
        if not self.whole:
            socket.close(code=4408)
            return
        socket.connect_to_server()
        self.sockets.append(socket)

    def cut(self) -> None:
        self.whole = False
        for socket in self.sockets:
            socket.close(code=4408)
        self.sockets.clear()


def test_a_lost_link_is_told_after_a_while_and_nothing_is_lost_or_sent_twice(visit: Visits) -> None:
    here = visit("alice")
    cable = Cable(here)
    here.new_chat("Stream 200 words every 20 ms")
    text = answers(here.page).locator(".prose").first
    expect(text).to_contain_text("w20")
    cable.cut()
    here.say("Are you back?")
    expect(here.page.locator("article.sending")).to_contain_text("Will be sent when you are back")
    assert here.page.locator(".banner").count() == 0, "too soon for a banner"
    expect(here.page.locator(".banner")).to_contain_text("Connection lost.")
    composer(here.page).fill("a draft")
    cable.whole = True
    # At once, and only if it is still there: by now the page may have come back by itself.
    here.page.evaluate("() => document.querySelector('.banner button')?.click()")
    expect(here.page.locator(".banner")).to_have_count(0)
    expect(text).to_have_text(words(200))
    expect(here.page.locator("article.sending")).to_have_count(0)
    expect(answers(here.page)).to_have_count(2)
    expect(here.page.locator("article.msg.me")).to_have_count(2)
    expect(composer(here.page)).to_have_value("a draft")


def test_a_link_cut_again_and_again_gives_the_whole_text(visit: Visits) -> None:
    here = visit("alice")
    cable = Cable(here)
    here.new_chat("Stream 250 words every 20 ms")
    text = answers(here.page).locator(".prose")
    for seen in ("w10", "w60", "w120"):
        expect(text).to_contain_text(seen)
        cable.cut()
        cable.whole = True
    expect(text).to_have_text(words(250))


def test_the_view_follows_the_end_only_for_who_is_there(visit: Visits) -> None:
    here = visit("alice")
    here.new_chat("Stream 5000 words every 5 ms")
    log = here.page.get_by_role("group", name="Messages")
    expect(answers(here.page).locator(".prose")).to_contain_text("w500")
    at_end = "e => e.scrollHeight - e.scrollTop - e.clientHeight < 100"
    here.page.wait_for_function(at_end, arg=log.element_handle())
    log.evaluate("e => { e.scrollTop = 0 }")
    below = here.page.get_by_role("button", name="New text below")
    expect(below).to_be_visible()
    assert log.evaluate("e => e.scrollTop") == 0
    below.click()
    expect(below).to_have_count(0)
    here.page.wait_for_function(at_end, arg=log.element_handle())
    here.page.get_by_role("button", name="Stop answering").click()
    idle(here.page)


def test_a_long_thread_is_loaded_page_by_page_and_the_view_stays_where_it_is(visit: Visits) -> None:
    here = visit("carol")
    page = here.page
    page.get_by_role("link", name="A long thread").click()
    expect(page.get_by_text("Line 180 here.")).to_be_in_viewport()
    older = page.get_by_role("button", name="Older messages")
    articles = page.locator("article.msg")
    assert articles.count() == 40
    while older.count():
        before = articles.count()
        first = articles.first.locator(".prose").inner_text()
        older.click()
        page.wait_for_function(
            "n => document.querySelectorAll('article.msg').length > n", arg=before
        )
        expect(page.get_by_text(first, exact=True)).to_be_in_viewport()
    expect(page.get_by_text("Line 1 here.")).to_be_attached()
    assert articles.count() == 180


def test_threads_are_found_renamed_archived_and_deleted(visit: Visits) -> None:
    here = visit("alice")
    here.new_chat("A needle in the haystack")
    idle(here.page)
    page = here.page
    page.keyboard.press("F2")
    page.get_by_label("Title").fill("Renamed needle")
    page.get_by_role("button", name="Rename", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Renamed needle")
    page.get_by_role("searchbox", name="Search threads").fill("needle")
    listed = page.locator(".threads .list .thread")
    expect(listed).to_have_count(1)
    page.get_by_role("searchbox", name="Search threads").fill("")
    menu = page.get_by_role("button", name="Rename, archive, delete")
    menu.click()
    page.get_by_role("menuitem", name="Archive").click()
    expect(listed.filter(has_text="Renamed needle")).to_have_count(0)
    page.get_by_role("button", name="Bring it back").click()
    expect(listed.filter(has_text="Renamed needle")).to_have_count(1)
    menu.click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page).to_have_url(f"{here.address}/")
    expect(listed.filter(has_text="Renamed needle")).to_have_count(0)


def test_another_person_on_the_same_browser_gets_their_own_page(visit: Visits) -> None:
    here = visit()
    here.sign_in("alice")  # a session of its own, for it is ended here
    here.new_chat("Secret of alice")
    idle(here.page)
    composer(here.page).fill("alice's draft")
    other = here.tab()
    other.goto(f"{here.address}/settings")
    other.get_by_role("button", name="Sign out").click()
    expect(other).to_have_url(GATE)
    expect(here.page).to_have_url(GATE)  # the first tab notices by itself
    before = here.bootstraps
    here.page = other
    here.sign_in("bob")
    assert here.bootstraps == before + 1
    expect(other.locator(".foot")).to_contain_text("Bob")
    assert "alice" not in other.content().lower()
    assert composer(other).input_value() == ""
