"""Which revision of a template a person gets: everybody's, or the one that is tried out first."""

import hashlib
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import User
    from agents.models.template import Template


class Rollout:
    """One person's place in all rollouts. Reads their groups once, and only if a candidate asks."""

    def __init__(self, user: "User") -> None:
        self._user = user

    def revision_id(self, template: "Template") -> str | None:
        """The candidate for its groups and its share of people, else the current one. The share is
        stable: a person who got the candidate keeps it as the share grows.
        """
        if template.candidate_id is None:
            return template.current_id
        if share_of(template.id, self._user.pk) < template.candidate_percent:
            return template.candidate_id
        if any(group.pk in self._groups for group in template.candidate_groups.all()):
            return template.candidate_id
        return template.current_id

    @cached_property
    def _groups(self) -> set[int]:
        return set(self._user.groups.values_list("pk", flat=True))


def share_of(template: str, user: int) -> int:
    """A person's place among a hundred for this template, 0 to 99: always the same, and another one
    for another template.
    """
    digest = hashlib.sha256(f"{template}|{user}".encode()).digest()
    return int.from_bytes(digest[:8]) % 100
