"""The limit: what an operation asked of its database, asked again of the driver itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeVar

import attrs
from sqlalchemy import Engine, event

from custaccount.adapters.sqlalchemy import SqlAlchemyStorage
from custaccount.adapters.sqlalchemy.unit import SqlSnapshot, SqlUnit
from custaccount.kernel.access import Actor
from tests.benchmarks.gauge import Work

V = TypeVar("V")


@attrs.frozen
class Asked:
    """A statement as the driver got it."""

    statement: str
    parameters: Any
    many: bool
    """Whether it was run once for each of many rows."""


@attrs.frozen
class Unit:
    """A transaction, and what was asked in it."""

    writes: bool
    asked: list[Asked] = attrs.field(factory=list)


@attrs.define
class TimedStorage:
    """A storage that takes the time between the beginning of its units and their end."""

    inner: SqlAlchemyStorage
    seconds: float = 0
    units: list[Unit] = attrs.field(factory=list)

    def reading(self) -> AbstractContextManager[SqlSnapshot]:
        """Open a snapshot."""
        return self._timed(Unit(writes=False), self.inner.reading)

    def begin(self, actor: Actor) -> AbstractContextManager[SqlUnit]:
        """Open a writing unit."""
        return self._timed(Unit(writes=True), lambda: self.inner.begin(actor))

    def forget(self) -> None:
        """Begin anew."""
        self.seconds = 0
        self.units.clear()

    @contextmanager
    def _timed(self, unit: Unit, opened: Callable[[], AbstractContextManager[V]]) -> Iterator[V]:
        self.units.append(unit)
        begun = time.perf_counter()
        try:
            with opened() as view:
                yield view
        finally:
            self.seconds += time.perf_counter() - begun


def units_of(storage: TimedStorage, work: Work) -> Sequence[Unit]:
    """Run something and return its units, with every statement and its parameters."""
    storage.forget()

    def note(*told: Any) -> None:  # noqa: ANN401 - SQLAlchemy hands over six things
        _, _, statement, parameters, _, many = told
        storage.units[-1].asked.append(Asked(statement, parameters, many))

    event.listen(storage.inner.engine, "before_cursor_execute", note)
    try:
        work()
    finally:
        event.remove(storage.inner.engine, "before_cursor_execute", note)
    return tuple(storage.units)


@contextmanager
def undoing(engine: Engine) -> Iterator[None]:
    """Let every commit undo instead, so that a call can be made a thousand times, and is the same.

    It is one command either way, and what a disk makes of a commit is left out.
    """

    def undo(connection: Any) -> None:  # noqa: ANN401 - of whichever driver
        _undo(getattr(connection, "driver_connection", connection))

    dialect: Any = engine.dialect
    dialect.do_commit = undo
    try:
        yield
    finally:
        del dialect.do_commit


def _undo(driver: Any) -> None:  # noqa: ANN401
    """Roll back; past psycopg, which would forget its prepared statements as no commit does."""
    if hasattr(driver, "pgconn"):
        driver.pgconn.exec_(b"ROLLBACK")
    else:
        driver.rollback()


SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


@attrs.frozen
class Driver:
    """A connection of the driver's, held for good: no pool, no SQLAlchemy."""

    _connection: Any

    def again(self, units: Sequence[Unit]) -> Work:
        """Do what was done, word for word, a transaction for each unit; fetch all rows as tuples.

        On SQLite and MariaDB the commands that begin are among the words.
        """

        def work() -> None:
            for unit in units:
                self._begin(unit)
                for asked in unit.asked:
                    self._run(asked)
                self._end(unit)

        return work

    def _begin(self, unit: Unit) -> None:
        if hasattr(self._connection, "pgconn"):
            self._connection.execute("BEGIN" if unit.writes else SNAPSHOT)

    def _run(self, asked: Asked) -> None:
        cursor = self._connection.cursor()
        run = cursor.executemany if asked.many else cursor.execute
        run(asked.statement, asked.parameters)
        if cursor.description:
            cursor.fetchall()
        cursor.close()

    def _end(self, unit: Unit) -> None:
        if unit.writes:
            _undo(self._connection)
        elif hasattr(self._connection, "pgconn"):
            self._connection.execute("COMMIT")
        else:
            self._connection.rollback()


@contextmanager
def driver_of(engine: Engine) -> Iterator[Driver]:
    """Connect as the engine does, and take its driver's connection."""
    borrowed = engine.raw_connection()
    driver: Any = borrowed.driver_connection
    borrowed.detach()
    if hasattr(driver, "pgconn"):
        driver.autocommit = True  # transactions are begun in so many words
    try:
        yield Driver(driver)
    finally:
        borrowed.close()
