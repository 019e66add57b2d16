"""Who asks, for administrators: one module per noun. Provider keys are in ``agents.admin``: trying
one needs a provider.
"""

from accounts.admin import audit, people, tokens

__all__ = ["audit", "people", "tokens"]
