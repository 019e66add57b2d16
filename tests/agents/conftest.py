from tests.accounts.conftest import boss

__all__ = ["boss"]
