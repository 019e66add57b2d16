"""What changes about templates, each in one transaction. docs/templates.md.

Each save of what a template says is a revision, never changed afterwards; what it is called and who
may see it is the template's own. Agents keep the revision they were made from until they are moved,
so nothing here touches a thread, and no stream has news.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Max

from accounts.access import account_for
from accounts.models import Account, User
from agents.access import template_for
from agents.fields import checked_text, put
from agents.models import Template, TemplateRevision
from agents.services import draft_from
from agents.variables import check_use, declared, without_default
from giint.core.errors import BadField
from giint.core.text import clean

CONTENT = (
    "instructions",
    "variables",
    "model",
    "tools",
    "parameters",
    "limits",
    "linked_assistant",
)


def create_template(
    *,
    author: User,
    name: str,
    description: str = "",
    groups: Iterable[Group] = (),
    is_default: bool = False,
    note: str = "",
    **content: Any,
) -> Template:
    """A new template with its first revision. ``content``: the fields of ``CONTENT``. Raises
    BadField with the fields.
    """
    revision = _revision(TemplateRevision(author=author), content, note)
    with transaction.atomic():
        template = Template()
        _name(template, name=name, description=description)
        template.save(force_insert=True)
        template.groups.set(groups)
        _add(template, revision)
        _point(template, current=revision)
        if is_default:
            make_default(template=template)
    return template


def change_template(
    *,
    template: Template,
    name: str | None = None,
    description: str | None = None,
    groups: Iterable[Group] | None = None,
    archived: bool | None = None,
) -> Template:
    """Change what is given of the template itself. An archived one is nobody's default. Raises
    BadField.
    """
    with transaction.atomic():
        row = _locked(template)
        _name(row, name=name, description=description)
        if archived is not None:
            row.archived = archived
            row.is_default = row.is_default and not archived
            row.manager_default = row.manager_default and not archived
        row.save()
        if groups is not None:
            row.groups.set(groups)
    return row


def save_revision(
    *,
    template: Template,
    author: User | None,
    candidate: bool = False,
    note: str = "",
    **content: Any,
) -> tuple[TemplateRevision, bool]:
    """What the template says from now on, or first to a few (``candidate``); and whether it is new:
    saving what is there already makes no revision. Fields that are not given stay as they are.

    Raises BadField with the fields.
    """
    with transaction.atomic():
        row = _locked(template)
        base = row.candidate if candidate and row.candidate else row.current
        kept = {name: getattr(base, name) for name in CONTENT} if base else {}
        revision = _revision(TemplateRevision(author=author), kept | content, note)
        if base and all(getattr(revision, name) == kept[name] for name in CONTENT):
            return base, False
        if not candidate:
            _check_default(row, revision)
        _add(row, revision)
        _point(row, **{"candidate" if candidate else "current": revision})
    return revision, True


def roll_back(*, template: Template, number: int, author: User | None) -> TemplateRevision:
    """A new revision that says what number ``number`` said. Raises BadField ``number``."""
    old = template.revisions.filter(number=number).first()
    if old is None:
        raise BadField(number=f"This template has no revision {number}.")
    content = {name: getattr(old, name) for name in CONTENT}
    note = f"Back to {number}"
    return save_revision(template=template, author=author, note=note, **content)[0]


def roll_out(*, template: Template, groups: Iterable[Group], percent: int) -> Template:
    """Who gets the candidate first. Raises BadField."""
    if not isinstance(percent, int) or not 0 <= percent <= 100:
        raise BadField(candidate_percent="This is a whole number from 0 to 100.")
    with transaction.atomic():
        row = _locked(template)
        if row.candidate is None:
            raise BadField(candidate="There is no candidate to roll out.")
        _check_default(row, row.candidate)
        row.candidate_percent = percent
        row.save(update_fields=["candidate_percent"])
        row.candidate_groups.set(groups)
    return row


def promote(*, template: Template) -> Template:
    """The candidate is everybody's from now on. Raises BadField where there is none."""
    with transaction.atomic():
        row = _locked(template)
        if row.candidate is None:
            raise BadField(candidate="There is no candidate to promote.")
        _check_default(row, row.candidate)
        _end_rollout(row, current=row.candidate)
    return row


def withdraw(*, template: Template) -> Template:
    """Nobody gets the candidate any more. Agents that were made from it keep it. Raises BadField
    where there is none.
    """
    with transaction.atomic():
        row = _locked(template)
        if row.candidate is None:
            raise BadField(candidate="There is no candidate to withdraw.")
        _end_rollout(row, current=row.current)
    return row


def clone_template(*, template: Template, author: User | None) -> Template:
    """Another template that says the same, for the same groups, and is nobody's default."""
    current = template.current
    content = {name: getattr(current, name) for name in CONTENT} if current else {}
    with transaction.atomic():
        copy = Template(description=template.description, name=f"{template.name[:72]} (copy)")
        copy.save(force_insert=True)
        copy.groups.set(template.groups.all())
        note = f"From {template.name[:120]}"
        revision = _revision(TemplateRevision(author=author), content, note)
        _add(copy, revision)
        _point(copy, current=revision)
    return copy


# --- defaults -------------------------------------------------------------------------------------


@transaction.atomic
def make_default(*, template: Template) -> Template:
    """New chats of everybody without a choice of their own use it. Raises BadField."""
    row = _locked(template)
    if row.archived:
        raise BadField(is_default="An archived template cannot be the default.")
    row.is_default = True
    for revision in (row.current, row.candidate):
        if revision is not None:
            _check_default(row, revision)
    Template.objects.filter(is_default=True).exclude(pk=row.pk).update(is_default=False)
    row.save(update_fields=["is_default"])
    return row


def drop_default(*, template: Template) -> None:
    """New chats use no template of the site's any more."""
    Template.objects.filter(pk=template.pk).update(is_default=False)


@transaction.atomic
def make_manager_default(*, template: Template) -> Template:
    """The assistant manager makes its assistants from it, from their next refresh on. Raises
    BadField.
    """
    row = _locked(template)
    if row.archived:
        raise BadField(manager_default="An archived template cannot be the manager's.")
    row.manager_default = True
    for revision in (row.current, row.candidate):
        if revision is not None:
            _check_default(row, revision)
    others = Template.objects.filter(manager_default=True).exclude(pk=row.pk)
    others.update(manager_default=False)
    row.save(update_fields=["manager_default"])
    return row


def drop_manager_default(*, template: Template) -> None:
    """The manager makes plain assistants again."""
    Template.objects.filter(pk=template.pk).update(manager_default=False)


@transaction.atomic
def choose_default(*, user: User, template: str | None) -> Account:
    """What this person's new chats use; None: the site's. Raises NotFound, and BadField where it
    needs a value from them.
    """
    account = account_for(user)
    chosen = template_for(user, template) if template is not None else None
    if chosen is not None:
        try:
            draft_from(user=user, template=chosen)
        except BadField:
            raise BadField(
                template="This template asks for values: make an agent of it instead."
            ) from None
    account.default_template = chosen
    account.save(update_fields=["default_template"])
    return account


def _check_default(template: Template, revision: TemplateRevision) -> None:
    """A new chat asks nobody for values, nor does the manager. Raises BadField ``variables``."""
    asks_nobody = template.is_default or template.manager_default
    if asks_nobody and (names := without_default(revision.variables)):
        raise BadField(
            variables=f"The default template's variables need defaults: {', '.join(names)}."
        )


# --- rows -----------------------------------------------------------------------------------------


def _revision(
    revision: TemplateRevision, content: Mapping[str, Any], note: str
) -> TemplateRevision:
    """The unsaved revision with ``content`` in it. Raises BadField with all fields that are
    wrong.
    """
    if odd := sorted(set(content) - set(CONTENT)):
        raise TypeError(f"a revision has no {odd[0]}")
    wrong: dict[str, str] = {}
    try:
        put(revision, {**content, "variables": None, "note": note})
    except BadField as error:
        wrong |= error.fields
    try:
        revision.variables = declared(content.get("variables") or [])
        check_use(clean(str(content.get("instructions") or "")), revision.variables)
    except BadField as error:
        wrong |= error.fields
    if wrong:
        raise BadField(**wrong)
    return revision


def _name(template: Template, **given: str | None) -> None:
    wrong = {}
    for field, text in given.items():
        if text is None:
            continue
        try:
            setattr(template, field, checked_text(field, text))
        except ValueError as error:
            wrong[field] = str(error)
    if not template.name:
        wrong["name"] = "A template needs a name."
    if wrong:
        raise BadField(**wrong)


def _add(template: Template, revision: TemplateRevision) -> None:
    last = template.revisions.aggregate(last=Max("number"))["last"] or 0
    revision.template, revision.number = template, last + 1
    revision.save(force_insert=True)


def _point(template: Template, **revisions: TemplateRevision) -> None:
    for name, revision in revisions.items():
        setattr(template, name, revision)
    template.save(update_fields=list(revisions))


def _end_rollout(template: Template, *, current: TemplateRevision | None) -> None:
    template.current, template.candidate, template.candidate_percent = current, None, 0
    template.save(update_fields=["current", "candidate", "candidate_percent"])
    template.candidate_groups.clear()


def _locked(template: Template) -> Template:
    rows = Template.objects.select_for_update(of=("self",))
    return rows.select_related("current", "candidate").get(pk=template.pk)
