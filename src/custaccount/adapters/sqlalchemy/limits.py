"""Limits in SQL, for hosts of several processes that have no other store to share."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Insert, bindparam, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from custaccount.adapters import wire
from custaccount.adapters.sqlalchemy.gate import Asked, Fetched, Gate
from custaccount.adapters.sqlalchemy.storage import SqlAlchemyStorage
from custaccount.adapters.sqlalchemy.tables import limit_uses
from custaccount.facilities.limits import Limit, LimitsUnavailable
from custaccount.kernel.clock import Clock
from custaccount.kernel.errors import StorageUnavailable, TryAgain
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.sources import utc_now

R = TypeVar("R")

ROUNDS = 100
"""How often a use is tried that lost against a rival; in each round at least one rival wins."""

_IN_REALM = limit_uses.c.realm == bindparam("of_realm")
_THIS = (
    _IN_REALM,
    limit_uses.c.name == bindparam("of_name"),
    limit_uses.c.key == bindparam("of_key"),
)

_FIND = select(limit_uses.c.uses).where(*_THIS)
_CHANGE = (
    update(limit_uses)
    .where(*_THIS, limit_uses.c.uses == bindparam("seen"))
    .values(uses=bindparam("uses"), over=bindparam("over"))
)
_FORGET = delete(limit_uses).where(*_THIS)
_OVER = (
    select(limit_uses.c.name, limit_uses.c.key)
    .where(_IN_REALM, limit_uses.c.over < bindparam("before"))
    .order_by(limit_uses.c.over)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)

_UNLESS_THERE: Mapping[str, Insert] = {
    name: statement.execution_options(preserve_rowcount=True)
    for name, statement in {
        "postgresql": postgresql.insert(limit_uses).on_conflict_do_nothing(),
        "sqlite": sqlite.insert(limit_uses).on_conflict_do_nothing(),
        "mariadb": insert(limit_uses).prefix_with("IGNORE"),
        "mysql": insert(limit_uses).prefix_with("IGNORE"),
    }.items()
}
"""Adds a bucket that nobody else has added; the count of rows says so, if it is kept."""


class SqlLimits:
    """Counts in the database of a storage, in short transactions of its own.

    A bucket is a row. A use is added by one update, on condition that nobody else has added one
    since the row was read; who loses looks again.
    """

    def __init__(self, storage: SqlAlchemyStorage, *, clock: Clock = utc_now) -> None:
        self._transactions = storage.transactions
        self._schema = storage.schema
        self._clock = clock
        self._add = _UNLESS_THERE[storage.engine.dialect.name]

    def take(self, scope: RealmScope, limit: Limit, key: str) -> bool:
        """See ``Limits``."""
        for _ in range(ROUNDS):
            took = self._done(lambda gate: self._take(gate, scope, limit, key))
            if took is not None:
                return took
        raise LimitsUnavailable

    def used(self, scope: RealmScope, limit: Limit, key: str) -> int:
        """See ``Limits``."""
        named = _named(scope, limit, key)
        try:
            with (
                self._transactions.reading() as connection,
                Gate(connection, writes=False, schema=self._schema) as gate,
            ):
                seen = gate.row(_FIND, named)
        except StorageUnavailable as failure:
            raise LimitsUnavailable from failure
        return len(limit.counted(_uses_of(seen), at=self._clock()))

    def forget(self, scope: RealmScope, limit: Limit, key: str) -> None:
        """See ``Limits``."""
        self._done(lambda gate: gate.change(_FORGET, _named(scope, limit, key)))

    def purge(self, scope: RealmScope, *, over_before: datetime, limit: int) -> int:
        """See ``Sweepable``."""
        asked = {"of_realm": scope.realm, "before": over_before, "most": limit}

        def purged(gate: Gate) -> int:
            old = gate.rows(_OVER, asked)
            gate.each(
                _FORGET,
                [{"of_realm": scope.realm, "of_name": one.name, "of_key": one.key} for one in old],
            )
            return len(old)

        return self._done(purged)

    def _take(self, gate: Gate, scope: RealmScope, limit: Limit, key: str) -> bool | None:
        """Add a use if there may be one more; None if a rival was faster."""
        now, named = self._clock(), _named(scope, limit, key)
        seen = gate.row(_FIND, named)
        uses = limit.with_one_more(_uses_of(seen), at=now)
        if uses is None:
            return False
        new = {"uses": wire.write_moments(uses), "over": now + limit.per}
        if seen is None:
            row = {"realm": scope.realm, "name": limit.name, "key": key, **new}
            return True if gate.change(self._add, row) == 1 else None
        return True if gate.change(_CHANGE, {**named, **new, "seen": seen.uses}) == 1 else None

    def _done(self, deed: Callable[[Gate], R]) -> R:
        """Do something in a transaction of its own, again where the database preferred a rival."""
        for _ in range(ROUNDS):
            try:
                with (
                    self._transactions.writing() as connection,
                    Gate(connection, writes=True, schema=self._schema) as gate,
                ):
                    answer = deed(gate)
                    connection.commit()
                    return answer
            except TryAgain:
                continue
            except StorageUnavailable as failure:
                raise LimitsUnavailable from failure
        raise LimitsUnavailable


def _named(scope: RealmScope, limit: Limit, key: str) -> Asked:
    return {"of_realm": scope.realm, "of_name": limit.name, "of_key": key}


def _uses_of(row: Fetched | None) -> tuple[datetime, ...]:
    return () if row is None else wire.read_moments(row.uses)
