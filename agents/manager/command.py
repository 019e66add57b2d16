"""The assistant manager in the shell: the actions of ``manage.py assistants``. docs/manager.md.

What is asked for goes to standard output, as lines or, with ``--json``, as one JSON document;
what else there is to say goes to standard error.
"""

import json
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from accounts.backends import find
from accounts.models import User
from agents import manager
from agents.manager import commandfiles, commandwords, envfile, shapes
from agents.manager.config import said_by
from agents.manager.renewal import Renewed, Source
from agents.manager.services import version_for
from agents.manager.sites import site_of
from giint.core.errors import BadField, GiintError

Options = dict[str, Any]
Row = dict[str, Any]
Run = Callable[["Session"], None]


class Session:
    """One call of the command: who, what, and where it says so."""

    def __init__(self, command: BaseCommand, options: Options) -> None:
        self.out, self.err = command.stdout, command.stderr
        self.options = options
        self.whose: Row = {"user": _person(options["user"]), "key": options["key"]}

    def say(self, row: Row, *lines: str) -> None:
        """The answer."""
        as_json = self.options["json"]
        self.out.write(
            json.dumps(row, ensure_ascii=False, indent=1) if as_json else "\n".join(lines)
        )

    def note(self, text: str) -> None:
        if text:
            self.err.write(text)

    def agrees(self, question: str) -> None:
        """Raises CommandError for who does not."""
        if self.options["yes"]:
            return
        self.err.write(f"{question} [y/N] ", ending="")  # not in the way of the answer
        self.err.flush()
        try:
            answer = input()
        except EOFError:
            raise CommandError("Nobody is there to be asked: say --yes.", returncode=1) from None
        if answer.strip().lower() not in ("y", "yes"):
            raise CommandError("Nothing was done.", returncode=1)


def _person(name: str) -> User:
    user = find(name)
    if user is None:
        raise CommandError(f"There is nobody called {name}.", returncode=1)
    return user


# --- the actions ----------------------------------------------------------------------------------


def create(session: Session) -> None:
    """Another one takes the current one's place."""
    config = commandfiles.config_of(session.options["config"])
    if session.options["dry_run"]:
        _plan(session, manager.planned(**session.whose, config=config))
        return
    source = Source.REFRESHED if session.options["action"] == "refresh" else Source.CREATED
    _renewed(session, manager.refresh(**session.whose, config=config, source=source))


def get_or_create(session: Session) -> None:
    if session.options["force"]:
        create(session)
        return
    config = commandfiles.config_of(session.options["config"])
    if session.options["dry_run"]:
        status = manager.status(**session.whose)
        row = shapes.status_row(status)
        if row["currentAssistantId"] is None:
            _plan(session, manager.planned(**session.whose, config=config))
        else:
            session.say(row, f"{row['currentAssistantId']} would be asked for.")
        return
    current = manager.initialize(**session.whose, config=config)
    session.note(current.sentence)
    session.say(shapes.current_row(current), current.id)
    _kept(session, current.id)


def get(session: Session) -> None:
    """Without an id, the current one."""
    assistant = session.options["assistant"] or manager.get_current(**session.whose).id
    seen = manager.details(**session.whose, assistant=assistant)
    row = shapes.details_row(seen)
    session.say(row, *commandwords.details(row))
    _kept(session, assistant)


def show_all(session: Session) -> None:
    row = shapes.listed_row(manager.listed(**session.whose))
    if not row["whole"]:
        session.note("The server cannot list them; these are known here.")
    session.say(row, *commandwords.table(row["assistants"]))


def show_status(session: Session) -> None:
    row = shapes.status_row(manager.status(**session.whose))
    session.say(row, *commandwords.status(row))


def show_backups(session: Session) -> None:
    rows = shapes.version_rows(manager.backups(**session.whose))
    session.say({"backups": rows}, *commandwords.backups(rows))


def restore(session: Session) -> None:
    wanted = session.options["backup"]
    if session.options["dry_run"]:
        site = site_of(session.whose["user"], session.whose["key"])
        _plan(session, version_for(site, wanted).config)
        return
    _renewed(session, manager.restore(**session.whose, version=wanted))


def update(session: Session) -> None:
    assistant = session.options["assistant"]
    updates = commandfiles.config_of(session.options["config"])
    if session.options["dry_run"]:
        seen = manager.details(**session.whose, assistant=assistant)
        session.say({"id": seen.id, "updates": updates}, f"{seen.id}: {', '.join(updates)}")
        return
    version = manager.update(**session.whose, assistant=assistant, updates=updates)
    row = shapes.version_row(version, None)
    session.say(row, f"{version.assistant}: version {version.number}")


def delete(session: Session) -> None:
    assistant = session.options["assistant"]
    if session.options["dry_run"]:
        seen = shapes.seen_row(manager.details(**session.whose, assistant=assistant))
        session.say({"would_delete": [seen["id"]]}, f"{seen['id']} would be deleted.")
        return
    session.agrees(f"Delete {assistant} at its provider?")
    _cleaned(session, manager.delete(**session.whose, assistant=assistant))


def cleanup(session: Session) -> None:
    keep = _whole("keepCount", session.options["keep"])
    plan = manager.cleanup(**session.whose, keep=keep, dry_run=True)
    row = {"would_delete": plan.deleted, "kept": plan.kept}
    if session.options["dry_run"] or not plan.deleted:
        lines = [f"{one} would be deleted." for one in plan.deleted]
        session.say(row, *lines, f"{len(plan.kept)} stay.")
        return
    session.agrees(f"Delete {len(plan.deleted)} of {len(plan.deleted) + len(plan.kept)}?")
    with tqdm(total=len(plan.deleted), unit="assistant", disable=None, leave=False) as bar:

        def moved(number: int) -> None:
            bar.update(number - bar.n)

        done = manager.cleanup(**session.whose, keep=keep, progress=moved)
    _cleaned(session, done)


def interval(session: Session) -> None:
    milliseconds = _whole("intervalMs", session.options["milliseconds"])
    keep = session.options["keep"]
    count = None if keep is None else _whole("keepCount", keep)
    status = manager.set_interval(**session.whose, interval_ms=milliseconds, keep=count)
    row = shapes.status_row(status)
    session.say(row, *commandwords.status(row))


# --- what they share ------------------------------------------------------------------------------


def _whole(name: str, text: str) -> int:
    """Arguments are texts; what is no number is told as the service tells it."""
    try:
        return int(text)
    except ValueError:
        raise BadField(**{name: "This is a whole number, such as 3."}) from None


def _plan(session: Session, config: Row) -> None:
    text = json.dumps(config, ensure_ascii=False, indent=1)
    session.say({"would_create": config}, "It would be made from:", text)


def _renewed(session: Session, renewed: Renewed) -> None:
    row = shapes.renewed_row(renewed)
    for failed in row["cleanup"]["failed"]:
        session.note(f"{failed['id']} is not deleted yet: {failed['sentence']}")
    session.say(row, *commandwords.renewed(row))
    _kept(session, renewed.id)


def _kept(session: Session, assistant: str) -> None:
    """``--save`` and ``--write-env``."""
    if path := session.options.get("save"):
        newest = {one.assistant: one.config for one in reversed(manager.backups(**session.whose))}
        config = newest.get(assistant)
        if config is None:
            seen = manager.details(**session.whose, assistant=assistant)
            config = said_by(seen.raw, site_of(**session.whose).key.dialect)
        commandfiles.save(path, config)
        session.note(f"Its configuration is in {path}.")
    if session.options.get("write_env"):
        before = envfile.write(assistant)
        session.note(f"{envfile.NAME} is set; the file of before is {before}.")


def _cleaned(session: Session, cleaned: Any) -> None:
    row = shapes.cleaned_row(cleaned)
    session.say(row, *(f"{one} is deleted." for one in row["deleted"]))
    if row["failed"]:
        lines = [f"{one['id']}: {one['sentence']}" for one in row["failed"]]
        raise CommandError("\n".join([*lines, "They are tried again later."]), returncode=1)


# --- the table ------------------------------------------------------------------------------------

PLAIN, ASKS, MAKES = frozenset({"plain"}), frozenset({"asks"}), frozenset({"makes"})
ACTIONS: dict[str, tuple[Run, str, frozenset[str]]] = {
    "create": (create, "make one from the template; it is the current one then", MAKES),
    "list": (show_all, "every assistant of the account", PLAIN),
    "get": (get, "one of them as its server has it; the current one without an id", PLAIN),
    "refresh": (create, "another one takes the current one's place", MAKES),
    "get-or-create": (get_or_create, "the current one's id; made if there is none", MAKES),
    "update": (update, "change one in its place; what it was is a backup", PLAIN),
    "delete": (delete, "delete one at its provider", ASKS),
    "cleanup": (cleanup, "delete all that the manager made but the newest N", ASKS),
    "interval": (interval, "milliseconds between two refreshes; 0: only by hand", PLAIN),
    "status": (show_status, "how the manager stands; asks no server", PLAIN),
    "backups": (show_backups, "every configuration that stood at the provider", PLAIN),
    "restore": (restore, "a new current one with the configuration of a backup", MAKES),
}


def add_actions(actions: Any) -> None:
    """Add these to the command's parser."""
    for name, (run, help_text, traits) in ACTIONS.items():
        parser = actions.add_parser(name, help=help_text, description=help_text)
        parser.add_argument("--user", required=True, help="user name or mail address")
        parser.add_argument("--key", help="id of a key: another account than the usual one")
        parser.add_argument("--json", action="store_true", help="one JSON document")
        parser.set_defaults(run=_guarded(run), yes=False, dry_run=False)
        if traits & (MAKES | ASKS) or name == "update":
            parser.add_argument("--dry-run", action="store_true", help="say what would be done")
        if traits & ASKS:
            parser.add_argument("--yes", action="store_true", help="do not ask")
        if traits & MAKES:
            _making(parser, name)
        _own(parser, name)


def _making(parser: Any, name: str) -> None:
    parser.add_argument("--save", metavar="FILE", help="write its configuration there, as JSON")
    env = f"set {envfile.NAME} in the file .env"
    parser.add_argument("--write-env", action="store_true", help=env)
    if name != "restore":
        parser.add_argument("--config", metavar="FILE", help="JSON: fields over the template's")


def _own(parser: Any, name: str) -> None:
    match name:
        case "get":
            parser.add_argument("assistant", nargs="?", help="its id at the provider")
            parser.add_argument("--save", metavar="FILE", help="write its configuration there")
        case "get-or-create":
            parser.add_argument("--force", action="store_true", help="make another one anyway")
        case "update":
            parser.add_argument("assistant", help="its id at the provider")
            parser.add_argument("--config", metavar="FILE", required=True, help="what changes")
        case "delete":
            parser.add_argument("assistant", help="its id at the provider")
        case "cleanup":
            parser.add_argument("keep", metavar="N", help="how many stay, the current one too")
        case "interval":
            parser.add_argument("milliseconds", metavar="MS")
            parser.add_argument("--keep", metavar="N", help="how many stay after each refresh")
        case "restore":
            parser.add_argument("backup", metavar="ID", help="its id or number, or an assistant's")


def _guarded(run: Run) -> Callable[[BaseCommand, Options], None]:
    """Every failure as its code and its sentence; with ``--json`` as a document too."""

    def call(command: BaseCommand, options: Options) -> None:
        session = Session(command, options)
        try:
            run(session)
        except GiintError as error:
            if options["json"]:
                session.say({"code": error.code, "sentence": error.sentence})
            raise CommandError(f"{error.code}: {error.sentence}", returncode=1) from None

    return call
