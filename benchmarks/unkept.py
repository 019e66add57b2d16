"""GIINT with a persister that writes no text in flight: what persistence costs is the difference.

The closing transaction still writes the whole text, as it does in the product.
"""

from giint.asgi import application
from giint.engine.persister import Persister

__all__ = ["application"]


async def _keep_nothing(self: Persister) -> None:
    self._hub.grown.clear()


Persister.flush = _keep_nothing  # type: ignore[method-assign]
