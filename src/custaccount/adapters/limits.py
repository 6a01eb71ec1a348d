"""Limits by the limits library: in Redis, Valkey or whatever else it keeps moving windows in."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from custaccount.facilities.limits import Limit, LimitsUnavailable
from custaccount.kernel.scope import RealmScope

try:
    from limits import RateLimitItemPerSecond
    from limits.errors import ConcurrentUpdateError, ConfigurationError, StorageError
    from limits.storage import MemoryStorage, MovingWindowSupport, Storage, storage_from_string
    from limits.strategies import MovingWindowRateLimiter
except ImportError as missing:
    MESSAGE = 'Shared limits need the limits library: pip install "custaccount[limits]"'
    raise ImportError(MESSAGE) from missing

NAMESPACE = "custaccount"
PATIENCE = timedelta(seconds=1)
"""How long a server may take to answer, and to be reached."""
SECOND = timedelta(seconds=1)

_REDIS = ("redis", "rediss", "redis+unix", "valkey", "valkeys", "valkey+unix")


class SharedLimits:
    """Counts in a store of the limits library that processes and machines share.

    Its clock is the machine's. A use counts until it is older than its window, a tick longer than
    in stores of our own.
    """

    def __init__(self, store: Storage) -> None:
        """Use a store as it is.

        Raises:
            ValueError: it has no moving windows.
        """
        if not isinstance(store, MovingWindowSupport):
            message = f"{type(store).__name__} keeps no moving windows"
            raise ValueError(message)  # noqa: TRY004 - of the right type, of the wrong kind
        self._store = store
        self._limiter = MovingWindowRateLimiter(store)

    @classmethod
    def connect(cls, address: str, *, patience: timedelta = PATIENCE) -> "SharedLimits":
        """Use the store at an address, as ``redis://127.0.0.1:6379/0``; nothing is asked of it yet.

        Raises:
            ImportError: its client is not installed.
            ValueError: no store of the library's has such an address, or moving windows.
        """
        seconds = patience / SECOND
        bounded = {"socket_timeout": seconds, "socket_connect_timeout": seconds}
        options = bounded if address.partition("://")[0] in _REDIS else {}
        try:
            store = storage_from_string(address, **options)
        except ConfigurationError as refusal:
            if "prerequisite" not in str(refusal):
                raise ValueError(str(refusal)) from refusal
            message = f'{refusal} For Redis: pip install "custaccount[redis]"'
            raise ImportError(message) from refusal
        if not isinstance(store, Storage):
            message = "use a store that is not asynchronous"
            raise ValueError(message)  # noqa: TRY004 - of the right name, of the wrong kind
        return cls(store)

    @property
    def process_local(self) -> bool:
        """Whether no other process sees what is counted."""
        return isinstance(self._store, MemoryStorage)

    def take(self, scope: RealmScope, limit: Limit, key: str) -> bool:
        """See ``Limits``."""
        with self._translating():
            return self._limiter.hit(_item(limit), _named(scope, limit, key))

    def used(self, scope: RealmScope, limit: Limit, key: str) -> int:
        """See ``Limits``."""
        with self._translating():
            stats = self._limiter.get_window_stats(_item(limit), _named(scope, limit, key))
        return limit.amount - stats.remaining

    def forget(self, scope: RealmScope, limit: Limit, key: str) -> None:
        """See ``Limits``."""
        with self._translating():
            self._limiter.clear(_item(limit), _named(scope, limit, key))

    @contextmanager
    def _translating(self) -> Iterator[None]:
        try:
            yield
        except (StorageError, ConcurrentUpdateError) as failure:
            raise LimitsUnavailable from failure
        except self._store.base_exceptions as failure:
            raise LimitsUnavailable from failure


def _item(limit: Limit) -> RateLimitItemPerSecond:
    return RateLimitItemPerSecond(limit.amount, limit.per // SECOND, NAMESPACE)


def _named(scope: RealmScope, limit: Limit, key: str) -> str:
    """Make one name of three parts; the library's own joins them by a slash they may contain."""
    parts = json.dumps([scope.realm, limit.name, key])
    return hashlib.sha256(parts.encode()).hexdigest()
