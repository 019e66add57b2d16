"""What a run learns of the key it used: that its server refused it."""

from accounts.models import ProviderKey
from accounts.services import record_check
from agents.providers.base import Endpoint
from giint.core.errors import GiintError

REFUSED = "upstream_refused_key"


def mark_refused(endpoint: Endpoint) -> None:
    """Write it to the person's own key, so that Settings shows it. Sync.

    A key that was replaced or removed since the call is left alone.
    """
    if not endpoint.provider_key:
        return
    key = ProviderKey.objects.select_related("user").filter(id=endpoint.provider_key).first()
    if key is not None and _is_the_same(key, endpoint):
        record_check(key=key, code=REFUSED)


def _is_the_same(key: ProviderKey, endpoint: Endpoint) -> bool:
    if (key.dialect, key.base_url) != (endpoint.dialect, endpoint.base_url):
        return False
    try:
        return key.open().reveal() == endpoint.key.reveal()
    except GiintError:  # its field key is gone meanwhile
        return False
