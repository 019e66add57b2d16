"""The tool ``make_csv``: rows as a file to download. No cell of it is a formula: what a spreadsheet
would run is quoted, because rows may hold words of strangers.
"""

import io
import re
from typing import Annotated, Any

from defusedcsv import csv

from agents.tools.base import ToolContext, ToolRetry, tool

COLUMNS = 200
ROWS = 20_000
Cell = str | float | bool | None
# Spreadsheets take these for the signs that defusedcsv knows, or pass over them on the way there.
_WIDE = str.maketrans("＝＋－＠", "=+-@")
_BEFORE = re.compile(r"^[\s\x00-\x1f]+(?=[=+\-@|%＝＋－＠])")


@tool(retry="safe", timeout=30)
def make_csv(
    context: ToolContext,
    name: Annotated[str, "Name of the file, such as offices.csv"],
    columns: Annotated[list[str], "The head of the table: a name for each column"],
    rows: Annotated[list[list[str | float | bool | None]], "Rows, with a cell for each column"],
) -> dict[str, Any]:
    """Make a CSV file of rows; the user can download it with this call."""
    wanted = _name(name)
    _check(columns, rows)
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([_cell(one) for one in columns])
    writer.writerows([_cell(one) for one in row] for row in rows)
    # With a mark: without one Excel takes UTF-8 for the code page of its machine.
    content = out.getvalue().encode("utf-8-sig")
    row = context.wait(context.file(wanted, content))
    return {"file": row["name"], "rows": len(rows), "columns": len(columns), "bytes": len(content)}


def _name(name: str) -> str:
    last = name.replace("\\", "/").rpartition("/")[2].strip()
    if not last.removesuffix(".csv").strip(". "):
        raise ToolRetry("Give the file a name, such as offices.csv.")
    return last if last.lower().endswith(".csv") else f"{last}.csv"


def _check(columns: list[str], rows: list[list[Cell]]) -> None:
    if not 1 <= len(columns) <= COLUMNS:
        raise ToolRetry(f"Give 1 to {COLUMNS} columns.")
    if len(rows) > ROWS:
        raise ToolRetry(f"Give at most {ROWS} rows; make several files.")
    for number, row in enumerate(rows, start=1):
        if len(row) != len(columns):
            raise ToolRetry(f"Row {number} has {len(row)} cells, the head has {len(columns)}.")


def _cell(value: Cell) -> str | float | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return value
    first = _BEFORE.sub("", value)
    return first[:1].translate(_WIDE) + first[1:]
