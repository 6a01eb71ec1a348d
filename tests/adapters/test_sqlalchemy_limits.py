"""Limits in SQL keep every promise, on each database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from custaccount import conformance
from custaccount.adapters.memory import FixedClock
from custaccount.adapters.sqlalchemy import SqlAlchemyStorage, SqlLimits
from custaccount.conformance.limits import FIVE, ONE, passed_of_rivals
from custaccount.facilities.limits import Limit, LimitsUnavailable
from custaccount.kernel.access import System
from custaccount.kernel.ids import RealmId
from custaccount.kernel.scope import RealmScope
from tests.house import build, open_nord

HERE, ELSEWHERE = RealmScope(RealmId("here")), RealmScope(RealmId("elsewhere"))
MINUTE = timedelta(minutes=1)


class WithClock:
    """Gives the suite a clock."""

    @pytest.fixture
    def clock(self) -> FixedClock:
        """Return a clock that stands still."""
        return FixedClock()


class TestSqlite(WithClock, conformance.LimitsSuite):
    """SQLite."""

    @pytest.fixture
    def limits(self, sqlite_storage: SqlAlchemyStorage, clock: FixedClock) -> SqlLimits:
        """Return an empty store."""
        return SqlLimits(sqlite_storage, clock=clock)


class TestSqliteInMemory(WithClock, conformance.LimitsSuite):
    """SQLite in memory, whose one connection storage and limits share."""

    @pytest.fixture
    def limits(self, clock: FixedClock) -> Iterator[SqlLimits]:
        """Return an empty store."""
        storage = SqlAlchemyStorage.connect("sqlite://")
        storage.migrate()
        yield SqlLimits(storage, clock=clock)
        storage.engine.dispose()


class TestPostgres(WithClock, conformance.LimitsSuite):
    """PostgreSQL."""

    @pytest.fixture
    def limits(self, postgres_storage: SqlAlchemyStorage, clock: FixedClock) -> SqlLimits:
        """Return an empty store."""
        return SqlLimits(postgres_storage, clock=clock)


class TestMariadb(WithClock, conformance.LimitsSuite):
    """MariaDB."""

    @pytest.fixture
    def limits(self, mariadb_storage: SqlAlchemyStorage, clock: FixedClock) -> SqlLimits:
        """Return an empty store."""
        return SqlLimits(mariadb_storage, clock=clock)


def test_what_is_over_is_forgotten(sql_storage: SqlAlchemyStorage) -> None:
    """What stopped counting before the moment, a few at a time, in this realm alone."""
    clock = FixedClock()
    limits = SqlLimits(sql_storage, clock=clock)
    for key in "abc":
        limits.take(HERE, ONE, key)
    limits.take(ELSEWHERE, ONE, "a")
    limits.take(HERE, FIVE, "a")
    over = clock.advance(MINUTE)

    assert limits.purge(HERE, over_before=over, limit=10) == 0  # they end at it, not before it
    later = clock.advance(MINUTE)
    assert [limits.purge(HERE, over_before=later, limit=2) for _ in range(3)] == [2, 1, 0]
    assert limits.used(HERE, FIVE, "a") == 1
    assert limits.purge(ELSEWHERE, over_before=later, limit=10) == 1


def test_the_sweeper_forgets_what_is_over(sqlite_storage: SqlAlchemyStorage) -> None:
    """In every realm, beside the storage's own chores; what still counts stays."""
    clock = FixedClock()
    limits = SqlLimits(sqlite_storage, clock=clock)
    shop = open_nord(build(sqlite_storage, clock=clock, limits=limits))
    for key in "abc":
        limits.take(shop.scope, ONE, key)
    limits.take(shop.scope, FIVE, "a")
    clock.advance(2 * MINUTE)

    swept = {one.chore: one.forgotten for one in shop.house.accounts.sweep()}

    assert swept["limits.over"] == 3
    assert limits.used(shop.scope, FIVE, "a") == 1
    assert "limits.over" not in {one.chore for one in build().accounts.sweep()}


def test_a_use_is_counted_whatever_becomes_of_a_unit(sql_storage: SqlAlchemyStorage) -> None:
    """Counting takes no part in a unit: one that is rolled back undoes nothing of it."""
    limits = SqlLimits(sql_storage)
    with sql_storage.begin(System(realm=HERE.realm, job="test")):
        pass
    limits.take(HERE, ONE, "a")

    assert not limits.take(HERE, ONE, "a")


def test_a_database_that_does_not_answer_is_unavailable(sqlite_url: str) -> None:
    """A writer that holds SQLite's one place longer than patience lasts."""
    storage = SqlAlchemyStorage.connect(sqlite_url, patience=timedelta(seconds=0.05))
    limits = SqlLimits(storage)
    with (
        storage.begin(System(realm=HERE.realm, job="test")),
        pytest.raises(LimitsUnavailable),
    ):
        limits.take(HERE, ONE, "a")
    storage.engine.dispose()


class LooksThenAdds(SqlLimits):
    """Careless: counts, then adds, as if nobody came between."""

    def take(self, scope: RealmScope, limit: Limit, key: str) -> bool:
        """Count a use in two steps."""
        if self.used(scope, limit, key) >= limit.amount:
            return False
        super().take(scope, Limit(name=limit.name, amount=1000, per=limit.per), key)
        return True


def test_the_race_sees_a_store_that_looks_first(sql_storage: SqlAlchemyStorage) -> None:
    """Negative control: one that looks and then adds lets more pass than may."""
    careless = LooksThenAdds(sql_storage)

    assert any(passed_of_rivals(careless, HERE, FIVE) > FIVE.amount for _ in range(20))
