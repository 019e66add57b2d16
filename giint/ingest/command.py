"""``manage.py assistants ingest``: ids at a person's accounts, and files that they saved.

Results go to standard output, as lines or (``--json``) as one document; failures make it exit with
1, and what could be taken in is taken in all the same.
"""

import json
import sys
from pathlib import Path
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from accounts.backends import find
from accounts.models import User
from agents.ingest.dump import pieces
from agents.ingest.objects import AGENTS, Found, Told, found_in
from agents.ingest.taking import review
from agents.ingest.using import look_up
from agents.models import Import, ImportItem
from giint.core.errors import GiintError
from giint.ingest.opening import keep, largest, name_of, open_dump
from giint.ingest.reviewing import sentence_of
from giint.ingest.talks import talk_of
from giint.ingest.work import with_messages, work_on

Row = dict[str, Any]


def add_actions(actions: Any) -> None:
    """Add ``ingest`` to the actions of the command."""
    ingest = actions.add_parser(
        "ingest",
        help="take in assistants, agents and threads by their ids, or from JSON files; - reads "
        "standard input",
    )
    ingest.add_argument("what", nargs="+", metavar="ID|FILE")
    ingest.add_argument("--user", required=True, help="whose they will be: a username or address")
    ingest.add_argument("--update", action="store_true", help="take over what differs by now")
    ingest.add_argument("--dry-run", action="store_true", help="say what would become of them")
    ingest.add_argument("--json", action="store_true", help="the results as JSON")
    ingest.set_defaults(run=run)


def run(command: BaseCommand, options: dict[str, Any]) -> None:
    user = find(options["user"])
    if user is None:
        raise CommandError(f"There is nobody called {options['user']}.", returncode=1)
    results: list[Row] = []
    for what in options["what"]:
        try:
            results += _one(user, what, options)
        except GiintError as error:
            results.append(
                {"what": what, "outcome": "failed", "code": error.code, "says": error.sentence}
            )
        except OSError as error:
            says = f"It cannot be read: {error.strerror}."
            results.append({"what": what, "outcome": "failed", "code": "bad_field", "says": says})
    if options["json"]:
        command.stdout.write(json.dumps({"results": results}, ensure_ascii=False, indent=1))
    else:
        for row in results:
            command.stdout.write("\n".join(_lines(row)))
    if failed := sum(row["outcome"] == "failed" for row in results):
        raise CommandError(f"{failed} of {len(results)} could not be taken in.", returncode=1)


def _one(user: User, what: str, options: dict[str, Any]) -> list[Row]:
    path = Path(what)
    if what == "-" or path.is_file() or path.suffix or "/" in what:
        with cast(IO[bytes], sys.stdin.buffer if what == "-" else path.open("rb")) as source:
            if options["dry_run"]:
                return [_planned(user, one) for one in found_in(pieces(source, largest()), Told())]
            parent = open_dump(user=user, name=path.name, source=source)
    else:
        key, one = look_up(user, what)
        found = with_messages(key, Found(one.kind, one.id, one.raw))
        if options["dry_run"]:
            return [_planned(user, found)]
        parent = Import.objects.create(
            user=user,
            source=Import.Source.SERVER,
            key=key,
            dialect=key.dialect,
            base_url=key.base_url,
            name=key.label[:200],
            wanted=[what],
            state=Import.State.READY,
        )
        keep(parent, [found])
    return _taken(parent, "update" if options["update"] else "keep")


def _taken(parent: Import, again: str) -> list[Row]:
    parent.items.update(state=ImportItem.State.CHOSEN, again=again)
    Import.objects.filter(pk=parent.pk).update(state=Import.State.TAKING)
    parent.refresh_from_db()
    with tqdm(total=parent.items.count(), unit="item", disable=None, leave=False) as bar:

        def progress(item: ImportItem) -> None:
            bar.update()

        work_on(parent, progress)
    return [_result(item) for item in parent.items.defer("raw").order_by("number")]


def _planned(user: User, found: Found) -> Row:
    row: Row = {
        "kind": found.kind,
        "remote_id": found.remote_id,
        "name": name_of(found),
        "outcome": "planned",
    }
    if found.kind in AGENTS:
        fit = review(user, found)
        return row | {"becomes": fit.fields, "notes": [one.row() for one in fit.notes]}
    talk = talk_of(found.raw)
    return row | {"messages": len(talk.said), "notes": [one.row() for one in talk.notes]}


def _result(item: ImportItem) -> Row:
    return {
        "kind": item.kind,
        "remote_id": item.remote_id,
        "name": item.name,
        "outcome": "failed" if item.state == ImportItem.State.FAILED else item.outcome,
        "agent": item.agent_id,
        "thread": item.thread_id,
        "code": item.code,
        "says": sentence_of(item),
        "notes": item.notes,
        "diff": item.diff,
        "files": item.files,
    }


def _lines(row: Row) -> list[str]:
    if "what" in row:
        return [f"failed   {row['what']}: {row['says']}"]
    became = row.get("agent") or row.get("thread") or row.get("says") or ""
    head = f"{row['outcome']:<8} {row['kind']} {row['remote_id'] or '(no id)'} “{row['name']}”"
    lines = [f"{head}  {became}".rstrip()]
    lines += [f"         {note['about']}: {note['says']}" for note in row.get("notes", [])]
    return lines + [f"         {line}" for line in row.get("diff", [])]
