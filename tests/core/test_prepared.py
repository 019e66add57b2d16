"""Queries that are put into SQL once."""

import pytest

from giint.core.models import Stream
from giint.core.prepared import Among, Values

PLACES = Among(
    lambda names: Stream.objects.filter(name__in=names).order_by().values_list("name", "last_seq"),
    Values,
)


@pytest.mark.django_db
@pytest.mark.parametrize("count", [0, 1, 5, 1024, 2100])
def test_a_list_of_any_length_is_asked_for_and_nothing_comes_twice(count: int) -> None:
    wanted = [f"thread:{number}" for number in range(count)]
    made = [Stream(name=name, last_seq=at) for at, name in enumerate([*wanted, "thread:other"])]
    Stream.objects.bulk_create(made, batch_size=500)
    found = PLACES.all(wanted)
    assert len(found) == count
    assert dict(found) == {name: at for at, name in enumerate(wanted)}
