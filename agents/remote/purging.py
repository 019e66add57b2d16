"""What ``purge assistants`` may be told to let go of, beside what nobody wants anyway."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from accounts.models import ProviderKey
from agents.models import AssistantManager, RemoteAssistant
from agents.models.remote import RemoteQuerySet
from agents.remote import records


@dataclass(frozen=True, slots=True)
class Choice:
    """``keep``: the newest so many that the manager holds in an account stay, and the current one;
    ``unused_for``: days; ``all``: everything that no answer under way is using.
    """

    keep: int | None = None
    unused_for: int | None = None
    all: bool = False

    def rows(self, key: ProviderKey) -> RemoteQuerySet:
        """What is held in the account now, and would not be any more."""
        held = RemoteAssistant.objects.filter(key=key).held()
        held = held.exclude(run__status__in=records.AT_WORK)
        if self.all:
            return held
        if self.keep is not None:
            return held.filter(id__in=self._beyond(key, self.keep))
        if self.unused_for is not None:
            since = timezone.now() - timedelta(days=self.unused_for)
            unused = Q(used__lt=since) | Q(used=None, made__lt=since)
            return held.filter(unused)
        return held.none()

    def _beyond(self, key: ProviderKey, keep: int) -> list[str]:
        newest = RemoteAssistant.objects.filter(key=key).managed().values_list("id", flat=True)
        current = set(AssistantManager.objects.filter(key=key).values_list("current", flat=True))
        kept = [one for one in newest if one in current][:keep]
        others = [one for one in newest if one not in current]
        return others[max(0, keep - len(kept)) :]
