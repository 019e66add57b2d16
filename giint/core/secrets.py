"""A value that never prints."""

from typing import NoReturn


class Secret:
    """Holds a secret text. ``reveal()`` is the only way to it: str, repr, format, json and pickle
    all refuse or mask.
    """

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        return self.__value

    @property
    def last4(self) -> str:
        """The last four characters, which people know a key by; nothing of a secret shorter than
        twelve.
        """
        return self.__value[-4:] if len(self.__value) >= 12 else ""

    def __bool__(self) -> bool:
        return bool(self.__value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.reveal() == self.__value

    def __hash__(self) -> int:
        return hash(self.__value)

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not pickled")
