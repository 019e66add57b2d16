import copy
import json
import logging
import pickle
import traceback

import pytest

from giint.core.secrets import Secret

VALUE = "sk-canary-0123456789"


def test_a_secret_is_read_by_reveal_alone() -> None:
    assert Secret(VALUE).reveal() == VALUE


@pytest.mark.parametrize("show", [str, repr, "{}".format, "{:>40}".format, "%s".__mod__, ascii])
def test_it_never_prints(show: object) -> None:
    shown = show(Secret(VALUE))  # type: ignore[operator]
    assert "canary" not in shown
    assert "Secret" in shown


def test_it_does_not_print_inside_other_things(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret(VALUE)
    logging.getLogger("test").warning("key %s in %r", secret, {"key": [secret]})
    assert "canary" not in caplog.text + str([secret]) + repr({"key": secret})


def test_it_does_not_print_among_the_locals_of_a_traceback() -> None:
    try:
        secret = Secret(VALUE)
        raise ValueError(secret)
    except ValueError as error:
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
    text = "".join(told.format())
    assert "secret = Secret(" in text
    assert "canary" not in text


def test_it_is_neither_json_nor_pickled_nor_copied() -> None:
    for keep in (json.dumps, pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            keep(Secret(VALUE))
    assert not hasattr(Secret(VALUE), "__dict__")


@pytest.mark.parametrize(
    ("value", "last4"), [(VALUE, "6789"), ("0123456789ab", "89ab"), ("0123456789a", ""), ("", "")]
)
def test_people_know_a_long_key_by_its_end(value: str, last4: str) -> None:
    assert Secret(value).last4 == last4


def test_equal_secrets_are_equal_and_an_empty_one_is_false() -> None:
    assert Secret(VALUE) == Secret(VALUE)
    assert len({Secret(VALUE), Secret(VALUE), Secret("other")}) == 2
    assert Secret(VALUE) != VALUE
    assert (bool(Secret("")), bool(Secret("x"))) == (False, True)
