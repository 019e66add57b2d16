"""Trying provider keys at their servers: one, or many side by side."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from accounts.models import ProviderKey
from accounts.services import record_check
from agents.endpoints import endpoint_of
from agents.providers import provider_for
from agents.providers.base import Check, Endpoint
from giint.core.batch import Outcome, each
from giint.core.errors import GiintError

ABREAST = 8  # servers asked at once; each takes 15 s at the longest
MOST = 200  # keys in one batch: whoever started it waits no longer than six minutes


def check_key(key: ProviderKey) -> tuple[ProviderKey, Check]:
    """Ask the key's server and write down what came of it. No transaction is open meanwhile."""
    check = _ask(_endpoint(key))
    return record_check(key=key, code=check.code, detail=check.detail), check


def check_all(
    keys: Iterable[ProviderKey], *, progress: Callable[[int], None] = lambda done: None
) -> Outcome:
    """Try up to ``MOST`` keys; those that do not work are the failures, and so is what is over."""
    chosen = list(islice(keys, MOST + 1))
    with ThreadPoolExecutor(ABREAST, thread_name_prefix="check") as pool:
        # Rows are read and written here; the threads only ask.
        asked = {key.id: pool.submit(_ask, _endpoint(key)) for key in chosen[:MOST]}

        def judge(key: ProviderKey) -> None:
            if key.id not in asked:
                raise GiintError("too_fast", f"at most {MOST} at once")
            check = asked[key.id].result()
            record_check(key=key, code=check.code, detail=check.detail)
            if check.code:
                raise GiintError(check.code, check.detail)

        return each(chosen, judge, name=lambda key: f"{key.label} ({key.id})", progress=progress)


def _endpoint(key: ProviderKey) -> Endpoint | Check:
    try:
        return endpoint_of(key)
    except GiintError as error:  # the key does not open
        return Check(code=error.code, detail=error.detail)


def _ask(endpoint: Endpoint | Check) -> Check:
    if isinstance(endpoint, Check):
        return endpoint
    try:
        return provider_for(endpoint.dialect).check(endpoint)
    except GiintError as error:  # its dialect is gone
        return Check(code=error.code, detail=error.detail)
