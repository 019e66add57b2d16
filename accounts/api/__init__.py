"""REST of accounts: one module per noun, their addresses joined here."""

from accounts.api import audit, auth, keys, tokens
from accounts.api.keys import REFUSALS

__all__ = ["REFUSALS", "urlpatterns"]

urlpatterns = [
    *keys.urlpatterns,
    *auth.urlpatterns,
    *tokens.urlpatterns,
    *audit.urlpatterns,
]
