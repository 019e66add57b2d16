"""The end of a wake: what a run held is deleted, or idles (``GIINT_ASSISTANT_IDLE``)."""

import logging

from accounts.models import ProviderKey
from agents.models import RemoteAssistant
from agents.remote import records
from agents.remote.deleting import delete_all

log = logging.getLogger(__name__)


def sleep(run: str) -> None:
    """After the run's last transaction: release what it held and delete it. Sync; asks servers.

    A run that is not over keeps what it has, and so does what another run took up meanwhile.
    """
    records.fall_asleep([run])
    rows = RemoteAssistant.objects.leaving().filter(records.due(), run=run)
    leaving = list(rows.select_related("user__account"))
    keys = ProviderKey.objects.select_related("user__account")
    for key in keys.filter(id__in={row.key_id for row in leaving if row.key_id}):
        ended = delete_all(key, [row for row in leaving if row.key_id == key.id])
        for line in ended.lines:
            log.warning("what run %s held: %s", run, line)
