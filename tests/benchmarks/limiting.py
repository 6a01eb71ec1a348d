"""Limits: what it costs to count a use, beside the least its store could do.

The limit is one step of the store itself: a moment put into a deque under a lock, an ``INCR`` of
Redis, one upsert with its commit on a connection of the driver's own that is held all the time.
None of them would know a window that moves.
"""

from __future__ import annotations

import itertools
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import attrs

from custaccount.adapters.memory import FixedClock
from custaccount.adapters.sqlalchemy import SqlAlchemyStorage, SqlLimits
from custaccount.facilities.limits import Limit, Limits
from custaccount.facilities.process_limits import ProcessLimits
from custaccount.kernel.ids import RealmId
from custaccount.kernel.scope import RealmScope
from tests import backends
from tests.benchmarks.gauge import Figure, Sizes, Work, ratio

HERE = RealmScope(RealmId("bench"))
SECOND = timedelta(seconds=1)
FULL = 1000
"""As many as the failures of a realm under attack: the fullest key there is by default."""
UPSERT = (
    "INSERT INTO custaccount_limit_uses (realm, name, key, uses, over) "
    "VALUES ('bare', 'bare', 'bare', '', '2026-05-04 09:00:00') "
    "ON CONFLICT (realm, name, key) DO UPDATE SET over = excluded.over"
)


@attrs.frozen
class Store:
    """Limits, and one bare step of what they are kept in."""

    name: str
    limits: Limits
    clock: FixedClock
    bare: Work


def measure(sizes: Sizes) -> Iterator[Figure]:
    """Take the first use of a key, and one more of a key that is full of them."""
    full = min(FULL, sizes.articles)
    many = Limit(name="bench", amount=full, per=full * SECOND)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        for store in _stores(Path(folder), stack):
            fresh = (f"key {place}" for place in itertools.count())
            value, note = ratio(_taking(store, many, fresh), store.bare, sizes)
            name = f"first use of a key, {store.name}"
            yield Figure(work="limits", name=name, value=value, note=note)

            taking = _taking(store, many, itertools.repeat("full"))
            for _ in range(full):
                taking()
            value, note = ratio(taking, store.bare, sizes)
            name = f"a use of a key with {full} others, {store.name}"
            yield Figure(work="limits", name=name, value=value, note=note)


def _taking(store: Store, limit: Limit, keys: Iterator[str]) -> Callable[[], None]:
    def take() -> None:
        store.clock.advance(SECOND)
        store.limits.take(HERE, limit, next(keys))

    return take


def _stores(folder: Path, stack: ExitStack) -> Iterator[Store]:
    clock = FixedClock()
    yield Store("memory", ProcessLimits(clock), clock, _in_a_deque(clock))
    address = backends.find_redis()
    if not isinstance(address, backends.Missing):
        yield from _in_redis(address, stack)
    urls = {"sqlite": f"sqlite:///{folder / 'limits.db'}"}
    server = backends.find_postgres()
    if not isinstance(server, backends.Missing):
        urls["postgresql"] = stack.enter_context(backends.database(server))
    for name, url in urls.items():
        storage = stack.enter_context(backends.opened(backends.migrated(url)))
        yield Store(name, SqlLimits(storage, clock=clock), clock, _upsert(storage, stack))


def _in_a_deque(clock: FixedClock) -> Work:
    turn, uses = threading.Lock(), deque([clock()], maxlen=FULL)

    def bare() -> None:
        with turn:
            uses.append(clock())

    return bare


def _in_redis(address: str, stack: ExitStack) -> Iterator[Store]:
    """Use a server that is there; its clock is the machine's, and it forgets by itself."""
    import redis

    from custaccount.adapters.limits import SharedLimits

    server = stack.enter_context(redis.Redis.from_url(address))
    name = "custaccount bench"
    stack.callback(server.delete, name)
    yield Store("redis", SharedLimits.connect(address), FixedClock(), lambda: server.incr(name))


def _upsert(storage: SqlAlchemyStorage, stack: ExitStack) -> Work:
    connection = stack.enter_context(storage.engine.connect())
    driver = connection.connection.driver_connection
    assert driver is not None

    def bare() -> None:
        cursor = driver.cursor()
        cursor.execute(UPSERT)
        assert cursor.rowcount == 1
        cursor.close()
        driver.commit()

    return bare
