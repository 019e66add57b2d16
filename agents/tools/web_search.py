"""The tool ``web_search``: a SearXNG of the operator's, or public search engines by the package
ddgs where the operator chose so. docs/tools.md.

Source: SearXNG's search API, ``/search?format=json``.
"""

import json
from typing import Annotated, Any, Literal
from urllib.parse import urlencode, urlsplit

from django.conf import settings

from agents.tools.base import ToolContext, ToolFailed, ToolRetry, tool
from agents.tools.extract import within_time
from agents.tools.fetch import Answer, fetch
from agents.tools.web_read import UNTRUSTED

LONGEST = 400  # characters of a query
MOST = 20  # results
SHOWN = 600  # characters of what a result says
NONE = (
    "No search is set up on this server: its operator sets SEARXNG_URL, or GIINT_DDGS. "
    "Tell the user."
)
NOT_INSTALLED = (
    "GIINT_DDGS is on, and its package is not there: the operator installs it with "
    "pip install --require-hashes -r requirements-ddgs.txt. Tell the user."
)
_REFUSALS = {
    403: "The search server does not answer in JSON: its operator adds json to search.formats of "
    "its settings. Tell the user.",
    429: "The search server is asked too often just now. Tell the user.",
}
Result = dict[str, str]
Since = Literal["any", "day", "week", "month", "year"]


@tool(retry="safe", timeout=20, reaches=True, needs=("SEARXNG_URL|GIINT_DDGS",))
async def web_search(
    context: ToolContext,
    query: Annotated[str, "What to look for, as one would type it into a search engine"],
    count: Annotated[int, "How many results, 1 to 20"] = 8,
    since: Annotated[Since, "How old a page may be"] = "any",
) -> dict[str, Any]:
    """Search the web: titles, addresses and a few words of each page found."""
    wanted = " ".join(query.split())
    if not wanted or len(wanted) > LONGEST:
        raise ToolRetry(f"A query has 1 to {LONGEST} characters.")
    if not 1 <= count <= MOST:
        raise ToolRetry(f"Ask for 1 to {MOST} results.")
    if settings.SEARXNG_URL:
        found = _searxng(await _ask(wanted, since, context.deadline))
    elif settings.GIINT_DDGS:
        found = await within_time(context.deadline, _ddgs, wanted, count, since, context.deadline)
    else:
        raise ToolFailed(NONE)
    return {"untrusted": UNTRUSTED, "results": found[:count]}


async def _ask(query: str, since: Since, within: float) -> Answer:
    given = {"q": query, "format": "json"} | ({} if since == "any" else {"time_range": since})
    url = f"{settings.SEARXNG_URL}/search?{urlencode(given)}"
    # The operator wrote this address, so it may be a private one: this host at this port.
    return await fetch(url, within=within, admitted=(_host_port(settings.SEARXNG_URL),))


def _host_port(url: str) -> str:
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{host}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


def _searxng(answer: Answer) -> list[Result]:
    if answer.status != 200:
        sentence = f"The search server answered {answer.status}."
        raise ToolFailed(_REFUSALS.get(answer.status, sentence))
    try:
        said = json.loads(answer.text)
        found = [_result(one["title"], one["url"], one.get("content")) for one in said["results"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ToolFailed("The search server said something that is not its protocol.") from None
    silent = said.get("unresponsive_engines")
    if not found and silent:
        raise ToolFailed("None of the search engines answered. Try again later.")
    return found


def _ddgs(query: str, count: int, since: Since, within: float) -> list[Result]:
    """Sync, as the package is; it calls the engines itself, at addresses of its own."""
    try:
        from ddgs import DDGS
        from ddgs.exceptions import DDGSException, RatelimitException, TimeoutException
    except ImportError:
        raise ToolFailed(NOT_INSTALLED) from None
    limit = None if since == "any" else since[0]
    try:
        rows = DDGS(timeout=max(1, int(within) - 2)).text(query, max_results=count, timelimit=limit)
        return [_result(row["title"], row["href"], row.get("body")) for row in rows]
    except RatelimitException:
        raise ToolFailed(_REFUSALS[429]) from None
    except TimeoutException:
        raise ToolFailed("None of the search engines answered in time.") from None
    except DDGSException as error:
        if "No results" in str(error):
            return []
        raise ToolFailed("The search engines could not be asked.") from None
    except (KeyError, TypeError, AttributeError):
        raise ToolFailed("The search engines said something that cannot be read.") from None


def _result(title: Any, url: Any, text: Any) -> Result:
    return {
        "title": " ".join(str(title).split())[:SHOWN],
        "url": str(url)[:2_000],
        "text": " ".join(str(text or "").split())[:SHOWN],
    }
