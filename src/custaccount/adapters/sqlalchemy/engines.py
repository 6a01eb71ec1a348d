"""Engines, and how a transaction begins on each kind of database."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.pool import ConnectionPoolEntry, SingletonThreadPool, StaticPool

from custaccount.adapters.sqlalchemy.errors import translated
from custaccount.kernel.errors import StorageUnavailable

PATIENCE = timedelta(seconds=5)
"""How long a unit waits for a lock before it is ``StorageUnavailable``."""


def engine_for(url: str | URL, *, patience: timedelta = PATIENCE) -> Engine:
    """Make an engine as the storage likes it best.

    SQLite gets a write-ahead log, so that readers and the one writer do not wait for each other.

    Raises:
        ValueError: the address names a driver that only a host's own engine can use.
    """
    where = make_url(url)
    if where.get_backend_name() == "sqlite":
        return _sqlite(where, patience)
    if where.drivername not in {"postgres", "postgresql", "postgresql+psycopg"}:
        message = f"{where.drivername}: only SQLite and PostgreSQL by psycopg are opened by address"
        raise ValueError(message)
    limit = f"-c lock_timeout={patience // timedelta(milliseconds=1)}"
    asked = where.query.get("options", "")
    options = f"{asked} {limit}" if isinstance(asked, str) and asked else limit
    return create_engine(
        where.set(drivername="postgresql+psycopg"), connect_args={"options": options}
    )


def _sqlite(url: URL, patience: timedelta) -> Engine:
    arguments: dict[str, Any] = {"connect_args": {"timeout": patience / timedelta(seconds=1)}}
    if _in_memory(url):
        arguments["poolclass"] = StaticPool
        arguments["connect_args"]["check_same_thread"] = False
    engine = create_engine(url, **arguments)
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _in_memory(url: URL) -> bool:
    return url.database in {None, "", ":memory:"}


def _prepare_sqlite(connection: Any, _record: ConnectionPoolEntry) -> None:  # noqa: ANN401
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


OPTIONS: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
    "sqlite": ({}, {}),
    "postgresql": (
        {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
        {"isolation_level": "READ COMMITTED"},
    ),
}
"""What a connection is told before it begins, to read and to write."""


class Transactions:
    """Begins transactions on an engine, each with the isolation its unit needs."""

    def __init__(self, engine: Engine) -> None:
        if engine.dialect.name not in OPTIONS:
            message = f"{engine.dialect.name}: there is no storage on this kind of database"
            raise ValueError(message)
        if isinstance(engine.pool, SingletonThreadPool) and engine.dialect.name == "sqlite":
            message = (
                "Each thread would see another database: "
                "SQLite in memory needs poolclass=StaticPool, or SqlAlchemyStorage.connect()."
            )
            raise ValueError(message)
        self._sqlite = engine.dialect.name == "sqlite"
        self._turn = threading.Lock() if isinstance(engine.pool, StaticPool) else None
        self._engine = engine
        self._reading, self._writing = OPTIONS[engine.dialect.name]

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Begin a snapshot."""
        with self._connected(self._reading, "BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Begin to write; SQLite's one writer waits here, not in the middle."""
        with self._connected(self._writing, "BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def _connected(self, options: Mapping[str, Any], begin: str) -> Iterator[Connection]:
        if self._turn is not None and not self._turn.acquire(timeout=PATIENCE.total_seconds()):
            raise StorageUnavailable
        try:
            connection = self._begun(options, begin)
            try:
                yield connection
            finally:
                _end(connection)
        finally:
            if self._turn is not None:
                self._turn.release()

    def _begun(self, options: Mapping[str, Any], begin: str) -> Connection:
        connection = None
        try:
            connection = self._engine.connect()
            if options:  # set here, for an engine's own would come later and win
                connection.execution_options(**options)
            connection.begin()
            if self._sqlite:
                begin_sqlite(connection, begin)
        except BaseException as error:
            if connection is not None:
                _end(connection)
            told = translated(error)
            if told is None:
                raise
            raise told from error
        return connection


def _end(connection: Connection) -> None:
    """Roll back what was not committed, and give the connection back.

    After a commit that failed, closing alone would put it into the pool with its transaction open.
    """
    if connection.get_transaction() is not None and not connection.in_transaction():
        connection.rollback()
    connection.close()


def begin_sqlite(connection: Connection, begin: str) -> None:
    """Begin in SQLite itself, where the driver would wait for the first change to do so.

    A host's engine may have begun already, in its own way: that is undone, nothing happened yet.
    """
    if in_sqlite_transaction(connection):
        connection.exec_driver_sql("ROLLBACK")
    connection.exec_driver_sql(begin)


def in_sqlite_transaction(connection: Connection) -> bool:
    """Tell whether SQLite has a transaction open on the connection."""
    return bool(getattr(connection.connection.driver_connection, "in_transaction", False))
