"""Limits in a database of Django's settings, for hosts that have no other store to share."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from queue import Empty, LifoQueue
from typing import Any, TypeVar

from django.core.signals import request_finished
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from custaccount.adapters import wire
from custaccount.adapters.django.errors import translating
from custaccount.facilities.limits import Limit, LimitsUnavailable
from custaccount.kernel.clock import Clock
from custaccount.kernel.errors import StorageUnavailable, TryAgain
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.sources import utc_now

R = TypeVar("R")

ROUNDS = 100
"""How often a use is tried that lost against a rival; in each round at least one rival wins."""

CONNECTIONS_MOST = 4
"""Connections of its own a process has at most."""
PATIENCE = 5.0
"""Seconds one is waited for."""


class DjangoLimits:
    """Counts on a few connections of its own: what a host rolls back stays counted.

    A bucket is a row. A use is added by one update, on condition that nobody else has added one
    since the row was read; who loses looks again. On SQLite, whose one writer everybody waits for,
    it suits small hosts only.
    """

    def __init__(self, using: str = DEFAULT_DB_ALIAS, *, clock: Clock = utc_now) -> None:
        """Use a database by its alias."""
        self._own = _Connections(using)
        self._clock = clock
        request_finished.connect(self._own.tidy)

    def take(self, scope: RealmScope, limit: Limit, key: str) -> bool:
        """See ``Limits``."""
        for _ in range(ROUNDS):
            took = self._done(lambda sql: self._take(sql, scope, limit, key))
            if took is not None:
                return took
        raise LimitsUnavailable

    def used(self, scope: RealmScope, limit: Limit, key: str) -> int:
        """See ``Limits``."""
        seen = self._done(lambda sql: sql.find(_named(scope, limit, key)))
        return len(limit.counted(_uses_of(seen), at=self._clock()))

    def forget(self, scope: RealmScope, limit: Limit, key: str) -> None:
        """See ``Limits``."""
        self._done(lambda sql: sql.forget(_named(scope, limit, key)))

    def purge(self, scope: RealmScope, *, over_before: datetime, limit: int) -> int:
        """See ``Sweepable``."""
        return self._done(lambda sql: sql.purge(scope.realm, over_before, limit))

    def _take(self, sql: "_Sql", scope: RealmScope, limit: Limit, key: str) -> bool | None:
        """Add a use if there may be one more; None if a rival was faster."""
        now, named = self._clock(), _named(scope, limit, key)
        seen = sql.find(named)
        uses = limit.with_one_more(_uses_of(seen), at=now)
        if uses is None:
            return False
        written, over = wire.write_moments(uses), now + limit.per
        if seen is None:
            added = sql.add(named, written, over)
        else:
            added = sql.change(named, written, over, seen)
        return True if added else None

    def _done(self, deed: Callable[["_Sql"], R]) -> R:
        with self._own.lent() as connection:
            for _ in range(ROUNDS):
                try:
                    with translating(), connection.cursor() as cursor:
                        return deed(_Sql(connection, cursor))
                except TryAgain:
                    continue
                except StorageUnavailable as failure:
                    connection.close_if_unusable_or_obsolete()
                    raise LimitsUnavailable from failure
        raise LimitsUnavailable


class _Connections:
    """A few connections for all threads of the process, each lent to one at a time."""

    def __init__(self, using: str) -> None:
        self._using = using
        self._idle: LifoQueue[BaseDatabaseWrapper | None] = LifoQueue()
        for _ in range(CONNECTIONS_MOST):
            self._idle.put(None)  # not made yet

    @contextmanager
    def lent(self) -> Iterator[BaseDatabaseWrapper]:
        """Lend one.

        Raises:
            LimitsUnavailable: none was given back for long.
        """
        try:
            lent = self._idle.get(timeout=PATIENCE)
        except Empty as failure:
            raise LimitsUnavailable from failure
        if lent is None:
            lent = connections.create_connection(self._using)
            lent.inc_thread_sharing()
        try:
            yield lent
        finally:
            self._idle.put(lent)

    def tidy(self, **_: object) -> None:
        """Close what is old or broken, when Django does so with its own."""
        for one in self._taken_out():
            if one is not None:
                one.close_if_unusable_or_obsolete()
            self._idle.put(one)

    def __del__(self) -> None:
        for one in self._taken_out():
            if one is not None:
                one.close()

    def _taken_out(self) -> Sequence[BaseDatabaseWrapper | None]:
        out: list[BaseDatabaseWrapper | None] = []
        with suppress(Empty):
            while True:
                out.append(self._idle.get_nowait())
        return out


class _Sql:
    """The statements, each a transaction of its own: Django's models are bound to its connections.

    They are the same on PostgreSQL and SQLite, but for the locks of a purge.
    """

    def __init__(self, connection: BaseDatabaseWrapper, cursor: CursorWrapper) -> None:
        from custaccount.adapters.django.models import LimitUse

        self._connection = connection
        self._cursor = cursor
        self._over: Any = LimitUse._meta.get_field("over")  # of columns, not of relations
        self._table = connection.ops.quote_name(LimitUse._meta.db_table)

    def find(self, named: Sequence[str]) -> str | None:
        """Read the uses of a bucket."""
        self._cursor.execute(f"SELECT uses FROM {self._table} WHERE {_THIS}", named)
        row = self._cursor.fetchone()
        return None if row is None else str(row[0])

    def add(self, named: Sequence[str], uses: str, over: datetime) -> bool:
        """Add a bucket, unless somebody has."""
        columns = f"({_REALM}, {_NAME}, {_KEY}, uses, {_UNTIL})"
        return self._changed(
            f"INSERT INTO {self._table} {columns} VALUES (%s, %s, %s, %s, %s) "
            "ON CONFLICT DO NOTHING",
            [*named, uses, self._written(over)],
        )

    def change(self, named: Sequence[str], uses: str, over: datetime, seen: str) -> bool:
        """Make the uses of a bucket others, unless somebody has."""
        return self._changed(
            f"UPDATE {self._table} SET uses = %s, {_UNTIL} = %s WHERE {_THIS} AND uses = %s",
            [uses, self._written(over), *named, seen],
        )

    def forget(self, named: Sequence[str]) -> bool:
        """Drop a bucket."""
        return self._changed(f"DELETE FROM {self._table} WHERE {_THIS}", named)

    def purge(self, realm: str, before: datetime, most: int) -> int:
        """Drop buckets that are over, but for those others hold."""
        skipping = " FOR UPDATE SKIP LOCKED" if self._connection.vendor == "postgresql" else ""
        self._cursor.execute(
            f"DELETE FROM {self._table} WHERE id IN (SELECT id FROM {self._table} "
            f"WHERE {_REALM} = %s AND {_UNTIL} < %s ORDER BY {_UNTIL} LIMIT %s{skipping})",
            [realm, self._written(before), most],
        )
        return int(self._cursor.rowcount)

    def _changed(self, statement: str, values: Sequence[Any]) -> bool:
        self._cursor.execute(statement, values)
        return int(self._cursor.rowcount) == 1

    def _written(self, moment: datetime) -> Any:  # noqa: ANN401 - what the driver takes
        return self._over.get_db_prep_save(moment, self._connection)


_REALM, _NAME, _KEY, _UNTIL = '"realm"', '"name"', '"key"', '"over"'
_THIS = f"{_REALM} = %s AND {_NAME} = %s AND {_KEY} = %s"


def _named(scope: RealmScope, limit: Limit, key: str) -> Sequence[str]:
    return [scope.realm, limit.name, key]


def _uses_of(seen: str | None) -> tuple[datetime, ...]:
    return () if seen is None else wire.read_moments(seen)
