"""Pages of lists by cursor, and how the filters in an address are read.

A cursor is the place of the last row of a page in the order of the list. It stays right while rows
come and go, and the cost of a page does not grow with its number.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from giint.core.errors import BadField
from giint.core.text import clean
from giint.core.times import iso

M = TypeVar("M", bound=Model)
PAGE = 50  # rows
MOST = 200  # rows that may be asked for at once
WORDS = 5  # of a search; each is a condition on every row

BEFORE = OpenApiParameter("before", str, description="`next` of the page before.")
LIMIT = OpenApiParameter("limit", int, description=f"Rows of a page, 1 to {MOST}.")
SINCE = OpenApiParameter("since", str, description="From this moment on (ISO 8601).")
UNTIL = OpenApiParameter("until", str, description="Before this moment (ISO 8601).")


def page(
    rows: QuerySet[M], request: Request, *, by: Sequence[str], limit: int = PAGE
) -> tuple[list[M], str | None]:
    """The page of ``rows`` that ``request`` asks for (``before``, ``limit``), and the next cursor.

    ``by``: the fields of the order, ``-`` for descending, the last one unique. Raises BadField.
    """
    limit = _limit(request, limit)
    if cursor := request.query_params.get("before"):
        rows = rows.filter(_beyond(by, _opened(cursor, rows.model, by)))
    found = list(rows.order_by(*by)[: limit + 1])
    return found[:limit], _cursor(found[limit - 1], by) if len(found) > limit else None


def flag(request: Request, name: str) -> bool | None:
    """``true`` or ``false`` in the address; None where it is not. Raises BadField."""
    match request.query_params.get(name, "").lower():
        case "1" | "true":
            return True
        case "0" | "false":
            return False
        case "":
            return None
    raise BadField(**{name: "This is true or false."})


def text(request: Request, name: str) -> str:
    """A text in the address as a database may be asked for it; empty where it is not."""
    return clean(request.query_params.get(name, "")).strip()[:200]


def words(request: Request, name: str = "q") -> list[str]:
    """The words of a search, at most ``WORDS`` of them."""
    return text(request, name).split()[:WORDS]


def within(rows: QuerySet[M], request: Request, field: str) -> QuerySet[M]:
    """``rows`` between ``since`` and ``until`` of the address. Raises BadField."""
    for name, test in (("since", "gte"), ("until", "lt")):
        if given := request.query_params.get(name):
            rows = rows.filter(**{f"{field}__{test}": _moment(name, given)})
    return rows


def _moment(name: str, given: str) -> datetime:
    try:
        found: date | None = parse_datetime(given) or parse_date(given)
        if found is None:
            raise ValueError
        if not isinstance(found, datetime):
            found = datetime(found.year, found.month, found.day)  # noqa: DTZ001 - made aware below
        return found if timezone.is_aware(found) else timezone.make_aware(found)
    except (ValueError, OverflowError):
        raise BadField(**{name: "This is a date or a moment, such as 2026-11-30."}) from None


def _limit(request: Request, usual: int) -> int:
    given = request.query_params.get("limit")
    if given is None:
        return usual
    if not given.isascii() or not given.isdigit() or not 1 <= int(given[:9]) <= MOST:
        raise BadField(limit=f"This is a whole number from 1 to {MOST}.")
    return int(given)


def _cursor(row: Model, by: Sequence[str]) -> str:
    values = [getattr(row, field.lstrip("-")) for field in by]
    place = [iso(one) if isinstance(one, datetime) else one for one in values]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _opened(cursor: str, model: type[Model], by: Sequence[str]) -> list[Any]:
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        if not isinstance(place, list) or len(place) != len(by) or None in place:
            raise ValueError
        if any(isinstance(one, str) and "\x00" in one for one in place):
            raise ValueError
        fields = [model._meta.get_field(field.lstrip("-")) for field in by]
        return [field.to_python(one) for field, one in zip(fields, place, strict=True)]  # type: ignore[union-attr]
    except (ValueError, TypeError, RecursionError, binascii.Error, ValidationError, OverflowError):
        raise BadField(before="This is not a place in the list.") from None


def _beyond(by: Sequence[str], place: list[Any]) -> Q:
    """Behind ``place``: beyond it in the first field, or level in that and beyond in the next."""
    condition, level = Q(), Q()
    for field, value in zip(by, place, strict=True):
        name = field.lstrip("-")
        test = "lt" if field.startswith("-") else "gt"
        condition |= level & Q(**{f"{name}__{test}": value})
        level &= Q(**{name: value})
    return condition
