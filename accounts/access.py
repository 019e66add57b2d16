"""The only way an interface gets an account or a key: wrong owner is *not found*."""

from accounts.models import Account, ApiToken, ProviderKey, User
from giint.core.errors import NotFound
from giint.core.events import user_stream
from giint.core.prepared import Given, Rows

_ACCOUNT = Rows(lambda: Account.objects.filter(user=Given("user")))
_DEFAULT_KEY = Rows(lambda: ProviderKey.objects.filter(user=Given("user"), default=True))


def account_for(user: User) -> Account:
    """What we keep about ``user``; made here for those who came by ``createsuperuser``."""
    return _ACCOUNT.first(user=user.pk) or Account.objects.get_or_create(user=user)[0]


def stream_of(user: User) -> str:
    """The name of the person's own stream. It never changes: one query for each object at most."""
    account: Account | None = user._state.fields_cache.get("account")
    if account is None:
        account = user._state.fields_cache["account"] = account_for(user)
    return user_stream(account.id)


def key_for(user: User, key: str) -> ProviderKey:
    """The key with that id. Raises NotFound."""
    found = ProviderKey.objects.filter(
        user=user,
        id=key,
    ).first()
    if found is None:
        raise NotFound
    return found


def token_for(user: User, token: str) -> ApiToken:
    """The API token with that id, if it was not revoked. Raises NotFound."""
    found = ApiToken.objects.filter(
        user=user,
        id=token.replace("\x00", ""),
        revoked=None,
    ).first()
    if found is None:
        raise NotFound
    return found


def default_key(user: User) -> ProviderKey | None:
    """The key that answers for ``user`` where nothing else is chosen."""
    return _DEFAULT_KEY.first(user=user.pk)
