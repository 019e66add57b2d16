"""What servers and networks do wrong, as ``Failed`` values with a code of
``giint.core.errors``.

Nothing of a body is shown but the one sentence that an API's error carries: bodies may be HTML,
may be long, and may repeat the key.
"""

import email.utils
import math
import re
import time
from collections.abc import Iterator, Mapping
from typing import Any

import aiohttp
import openai

from agents.providers.base import Failed
from giint.core.errors import FAILURES, GiintError
from giint.core.secrets import Secret
from giint.core.text import clean

LONGEST = 300  # characters of a server's sentence
_BLANKS = re.compile(r"[\x00-\x20\x7f-\x9f]+")
_KEY = re.compile(r"(?i)\b(?:bearer\s+|(?:sk|pk|rk|gsk|xai|key)[-_])[\w.*…-]{4,}")
_STATUS = {
    401: "upstream_refused_key",
    402: "upstream_quota",
    403: "upstream_denied",
    408: "upstream_error",
    429: "upstream_rate_limited",
}
# Codes that servers give, in bodies of errors and in events.
_CODES = {
    "insufficient_quota": "upstream_quota",
    "billing_hard_limit_reached": "upstream_quota",
    "model_not_found": "upstream_no_model",
    "rate_limit_exceeded": "upstream_rate_limited",
    "invalid_api_key": "upstream_refused_key",
    "server_error": "upstream_error",
    "overloaded_error": "upstream_error",
    "rate_limit_error": "upstream_rate_limited",
    "content_filter": "upstream_filtered",
}
# The connection stood, and was lost before the answer began.
_BROKE = (aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError, ConnectionResetError)
_UNSURE = (408, 409)  # timed out, or done before
# These say it all in our own sentence; the server's often repeats the key or advertises.
_SILENT = {"upstream_refused_key", "upstream_quota"}


def failed(code: str, detail: str = "", after: float | None = None) -> Failed:
    """A failure of that code, with what the table of errors says about asking again."""
    return Failed(code, detail, FAILURES[code].again, after)


def of_exception(error: BaseException, key: Secret) -> Failed:
    """What an exception of the SDK means that came before the answer began."""
    if ours := _ours(error):
        return failed(ours.code, ours.detail)
    if isinstance(error, openai.APIStatusError):
        return of_status(error.status_code, error.body, error.response.headers, key)
    broke = any(isinstance(one, _BROKE) for one in _causes(error))
    return failed("upstream_cut" if broke else "upstream_unreachable")


def was_refused(error: BaseException) -> bool:
    """Whether an exception means that nothing was done: the server said no, or never heard of it.
    Of all else nobody knows: a gateway that gives up waiting says 504 about what was done.
    """
    if isinstance(error, openai.APIStatusError):
        return 400 <= error.status_code < 500 and error.status_code not in _UNSURE
    unheard = any(isinstance(one, aiohttp.ClientConnectorError) for one in _causes(error))
    return unheard or _ours(error) is not None


def of_status(status: int, body: Any, headers: Mapping[str, str], key: Secret) -> Failed:
    """What an HTTP error means. ``body`` is parsed JSON, or text, or None."""
    said = sentence(body, key)
    code = _of_body(body)
    if not code and status == 404:
        code = "upstream_no_model" if "model" in said.lower() else "upstream_rejected"
        said = said or "nothing is at this address; should it end in /v1?"
    if not code and 300 <= status < 400:
        code, said = "upstream_rejected", "it redirects elsewhere; enter the address it leads to"
    if not code:
        code = _of_number(status)
    after = retry_after(headers) if FAILURES[code].again else None
    return failed(code, "" if code in _SILENT else said or f"HTTP {status}", after)


def of_error(error: Any, key: Secret) -> Failed:
    """What an error inside a stream means: an ``error`` event, or that of ``response.failed``."""
    code = _of_body(error) or "upstream_failed"
    return failed(code, "" if code in _SILENT else sentence(error, key))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that the server asks us to wait: in milliseconds, in seconds, or as a date."""
    if (milliseconds := _number(headers.get("retry-after-ms"))) is not None:
        return milliseconds / 1000
    text = headers.get("retry-after")
    if (seconds := _number(text)) is not None:
        return seconds
    try:
        moment = email.utils.parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return max(0.0, moment.timestamp() - time.time())


def sentence(body: Any, key: Secret) -> str:
    """The message of an API's error: on one line, without keys, cut. Empty where there is none."""
    text = _message(body)
    if len(key.reveal()) >= 6:  # a shorter one is a placeholder, and a word
        text = text.replace(key.reveal(), "…")
    text = _KEY.sub("…", _BLANKS.sub(" ", clean(text[:5000]))).strip().rstrip(".")
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _message(body: Any) -> str:
    """Servers put it in ``message``, ``error`` (a text or an object) or ``detail`` (a text or a
    list).
    """
    match body:
        case {"error": {} as inner} if inner:
            return _message(inner)
        case {"message": str(text)} | {"error": str(text)} | {"detail": str(text)}:
            return text
        case {"msg": str(text)}:
            return text
        case {"detail": [first, *_]}:
            return _message(first)
    return ""


def _of_body(body: Any) -> str:
    if not isinstance(body, Mapping):
        return ""
    inner = body.get("error")
    found = [body.get("code"), body.get("type")]
    if isinstance(inner, Mapping):
        found = [inner.get("code"), inner.get("type"), *found]
    words = (_CODES[one] for one in found if isinstance(one, str) and one in _CODES)
    # Some say it as the number that HTTP has for it.
    numbers = (_of_number(one) for one in found if isinstance(one, int) and 400 <= one < 600)
    return next(words, "") or next(numbers, "")


def _of_number(status: int) -> str:
    return _STATUS.get(status, "upstream_error" if status >= 500 else "upstream_rejected")


def _ours(error: BaseException) -> GiintError | None:
    """An error of ours, such as the guard's, which the SDK and its transport wrap."""
    return next((one for one in _causes(error) if isinstance(one, GiintError)), None)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return max(0.0, number) if math.isfinite(number) else None
