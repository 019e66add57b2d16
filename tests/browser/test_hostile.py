"""Model output is hostile: no script of it runs, and nothing of it leaves the origin."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.visit import Visit, answers, idle
from tests.modelserver import wire
from tests.modelserver.server import ModelServer

Visits = Callable[..., Visit]
OUT = "http://out.example.org"
SCRIPTS = [
    "<script>window.hit = 1</script>",
    "<img src=x onerror='window.hit=1'>",
    "<svg onload='window.hit=1'><circle/></svg>",
    "<svg><script>window.hit=1</script></svg>",
    "<iframe srcdoc='<script>parent.hit=1</script>'></iframe>",
    "<body onload='window.hit=1'>",
    "<details open ontoggle='window.hit=1'><summary>x</summary></details>",
    "<math><mtext><table><mglyph><style><!--</style>"
    "<img title='--&gt;&lt;img src=1 onerror=window.hit=1&gt;'>",
    "[click](javascript:window.hit=1)",
    "[click](JaVaScRiPt:window.hit=1)",
    "[click](data:text/html,<script>parent.hit=1</script>)",
    "<a href='javascript:window.hit=1'>x</a>",
    '![x](x"onerror="window.hit=1)',
    '```"><img src=x onerror=window.hit=1>\ncode\n```',
    "| <img src=x onerror=window.hit=1> |\n|---|\n| x |",
    "<form action='javascript:window.hit=1'><button>go</button></form>",
    "<base href='//out.example.org/'>",
    "<meta http-equiv=refresh content='0;url=http://out.example.org/'>",
]
REMOTE = [
    f"![x]({OUT}/1.png)",
    f"<img src='{OUT}/2.png'>",
    f"<img srcset='{OUT}/3.png 2x'>",
    f"<picture><source srcset='{OUT}/4.png'><img></picture>",
    f"<video poster='{OUT}/5.png' src='{OUT}/5.mp4' autoplay></video>",
    f"<audio src='{OUT}/6.mp3' autoplay></audio>",
    f"<link rel=stylesheet href='{OUT}/7.css'>",
    f"<style>@import '{OUT}/8.css'; body {{ background: url({OUT}/8.png) }}</style>",
    f"<p style='background:url({OUT}/9.png)'>x</p>",
    f"<svg><image href='{OUT}/10.png'/><use href='{OUT}/10.svg#x'/></svg>",
    f"<object data='{OUT}/11'></object><embed src='{OUT}/11'>",
    f"<iframe src='{OUT}/12'></iframe>",
    f"![x][ref]\n\n[ref]: {OUT}/13.png",
    f"<input type=image src='{OUT}/14.png'>",
]


@pytest.fixture
def keyed(visit: Visits, model: ModelServer) -> Visit:
    """bob, whose key is for the model server."""
    here = visit("bob")
    fields = {
        "label": "Bench",
        "dialect": "responses",
        "base_url": model.url,
        "model": "test-model",
    }
    added = here.page.evaluate(
        """async (fields) => {
          const token = document.cookie.match(/csrftoken=([^;]+)/)[1];
          const headers = {'Content-Type': 'application/json', 'X-CSRFToken': token};
          const body = JSON.stringify(fields);
          return (await fetch('/api/v1/keys', {method: 'POST', body, headers})).status;
        }""",
        {**fields, "key": "sk-bench", "default": True},
    )
    assert added == 201
    return here


def test_no_script_of_a_model_runs_and_nothing_is_loaded_from_elsewhere(
    keyed: Visit, model: ModelServer
) -> None:
    page = keyed.page
    hostile = "\n\n".join([*SCRIPTS, *REMOTE, "the end"])
    arguments = {"expression": SCRIPTS[1]}
    model.play(wire.calls(("calculate", arguments)), wire.text(*hostile.splitlines(keepends=True)))
    keyed.new_chat("<img src=x onerror='window.hit=1'>")
    expect(answers(page).locator(".prose").last).to_contain_text("the end")
    idle(page)
    page.locator(".step summary").first.click()
    page.reload()
    expect(answers(page).locator(".prose").last).to_contain_text("the end")
    for link in page.locator(".prose a").all():
        assert (link.get_attribute("href") or "").startswith(("http://", "https://", "mailto:"))
    page.wait_for_timeout(300)  # what would load or run has had its chance
    assert page.evaluate("window.hit") is None
    made = "img, script, iframe, svg, style, form, input, video, audio, object, embed, link, base"
    assert page.locator(".prose").locator(made).count() == 0
    assert (
        page.evaluate("document.querySelectorAll('.prose [style], .prose [onclick]').length") == 0
    )


def test_the_second_wall_stands_alone(visit: Visits) -> None:
    """The sanitiser gets the corpus as raw HTML, as if the first wall were not there."""
    here = visit("alice")
    here.allowed = ["Content Security Policy"]  # parsing such HTML is reported, though nothing runs
    script = """async (corpus) => {
      const { sanitised } = await import('/static/giint/js/sanitise.js');
      for (const html of corpus) document.querySelector('#main').append(sanitised(html));
      await new Promise((resolve) => setTimeout(resolve, 300));
      const count = (selector) => document.querySelectorAll(selector).length;
      return [
        window.hit, count('#main :is(img, script, iframe, style, object, base, meta)'),
        count('#main [onerror], #main [style], #main a[href^="j" i]'),
      ];
    }"""
    assert here.page.evaluate(script, [*SCRIPTS, *REMOTE]) == [None, 0, 0]


def test_the_policy_itself_refuses_inline_script_and_other_origins(visit: Visits) -> None:
    """The control: where both walls are gone, the browser refuses, and this test would see it."""
    here = visit("alice")
    here.allowed = ["Content Security Policy"]
    refused: list[Any] = here.page.evaluate(
        """async (out) => {
          const refused = [];
          document.addEventListener('securitypolicyviolation',
            (event) => refused.push(event.effectiveDirective));
          const script = document.createElement('script');
          script.textContent = 'window.hit = 1';
          const image = document.createElement('img');
          image.src = out + '/x.png';
          document.body.append(script, image);
          await new Promise((resolve) => setTimeout(resolve, 300));
          return [window.hit ?? null, ...refused.sort()];
        }""",
        OUT,
    )
    assert refused == [None, "img-src", "script-src-elem"]
    assert here.blocked == here.elsewhere == [f"{OUT}/x.png"]
    here.elsewhere.clear()
