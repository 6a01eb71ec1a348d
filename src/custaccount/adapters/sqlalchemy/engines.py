"""Engines, and how a transaction begins on each kind of database."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import attrs
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry, SingletonThreadPool, StaticPool

from custaccount.adapters.sqlalchemy.errors import translated
from custaccount.adapters.sqlalchemy.types import MARIADB
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
    if where.drivername in {"postgres", "postgresql", "postgresql+psycopg"}:
        return _postgresql(where, patience)
    if where.drivername in {"mysql", "mariadb", "mysql+pymysql", "mariadb+pymysql"}:
        return _mariadb(where, patience)
    message = (
        f"{where.drivername}: only SQLite, PostgreSQL by psycopg and MariaDB by PyMySQL "
        "are opened by address"
    )
    raise ValueError(message)


def _postgresql(url: URL, patience: timedelta) -> Engine:
    limit = f"-c lock_timeout={patience // timedelta(milliseconds=1)}"
    asked = url.query.get("options", "")
    options = f"{asked} {limit}" if isinstance(asked, str) and asked else limit
    return create_engine(
        url.set(drivername="postgresql+psycopg"), connect_args={"options": options}
    )


def _mariadb(url: URL, patience: timedelta) -> Engine:
    """Wait in whole seconds, which is all that MariaDB can; one that is not MariaDB is refused."""
    seconds = max(1, -(-patience // timedelta(seconds=1)))
    return create_engine(
        url.set(drivername="mariadb+pymysql"),
        connect_args={"init_command": f"SET SESSION innodb_lock_wait_timeout = {seconds}"},
        pool_recycle=1800,  # the server closes what was idle for long
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


@attrs.frozen
class Way:
    """How a transaction begins on a kind of database."""

    options: Mapping[str, Any] = attrs.field(factory=dict)
    """What SQLAlchemy's connection is told before."""
    begin: Sequence[str] = ()
    """What the database is told, where the driver would not say it, or not yet."""


_MARIADB = (
    Way(
        begin=(
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
            "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
        )
    ),
    Way(
        begin=("SET TRANSACTION ISOLATION LEVEL READ COMMITTED", "START TRANSACTION READ WRITE"),
    ),
)

WAYS: Mapping[str, tuple[Way, Way]] = {
    "sqlite": (Way(begin=("BEGIN",)), Way(begin=("BEGIN IMMEDIATE",))),
    "postgresql": (
        Way(options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}),
        Way(options={"isolation_level": "READ COMMITTED"}),
    ),
    "mariadb": _MARIADB,
    "mysql": _MARIADB,
}
"""To read and to write."""


class Transactions:
    """Begins transactions on an engine, each with the isolation its unit needs."""

    def __init__(self, engine: Engine) -> None:
        if engine.dialect.name not in WAYS:
            message = f"{engine.dialect.name}: there is no storage on this kind of database"
            raise ValueError(message)
        if isinstance(engine.pool, SingletonThreadPool) and engine.dialect.name == "sqlite":
            message = (
                "Each thread would see another database: "
                "SQLite in memory needs poolclass=StaticPool, or SqlAlchemyStorage.connect()."
            )
            raise ValueError(message)
        self._turn = threading.Lock() if isinstance(engine.pool, StaticPool) else None
        self._engine = engine
        self._reading, self._writing = WAYS[engine.dialect.name]

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Begin a snapshot; one that was of use ends with a commit.

        After a rollback psycopg forgets the statements it has prepared.
        """
        with self._connected(self._reading) as connection:
            yield connection
            with suppress(DBAPIError):  # what was read, was read
                connection.commit()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Begin to write; SQLite's one writer waits here, not in the middle."""
        with self._connected(self._writing) as connection:
            yield connection

    @contextmanager
    def _connected(self, way: Way) -> Iterator[Connection]:
        if self._turn is not None and not self._turn.acquire(timeout=PATIENCE.total_seconds()):
            raise StorageUnavailable
        try:
            connection = self._begun(way)
            try:
                yield connection
            finally:
                _end(connection)
        finally:
            if self._turn is not None:
                self._turn.release()

    def _begun(self, way: Way) -> Connection:
        connection = None
        try:
            connection = self._engine.connect()
            if way.options:  # set here, for an engine's own would come later and win
                connection.execution_options(**way.options)
            connection.begin()
            check_session(connection)
            for command in way.begin:
                begin_itself(connection, command)
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


def begin_itself(connection: Connection, command: str) -> None:
    """Begin in the database itself, where SQLite's driver would wait for the first change.

    A host's engine may have begun already, in its own way: that is undone, nothing happened yet.
    """
    if in_sqlite_transaction(connection):
        connection.exec_driver_sql("ROLLBACK")
    connection.exec_driver_sql(command)


def in_sqlite_transaction(connection: Connection) -> bool:
    """Tell whether SQLite has a transaction open on the connection."""
    return bool(getattr(connection.connection.driver_connection, "in_transaction", False))


CHECKED = "custaccount checked"
FOUND_ROWS = 2  # the protocol's name for it is CLIENT_FOUND_ROWS
STRICT = {"STRICT_ALL_TABLES", "STRICT_TRANS_TABLES"}


def check_session(connection: Connection) -> None:
    """Make sure, once for each of MariaDB's connections, that nothing is cut or miscounted.

    A session of a host may be set to cut text that is too long without a word: it is made strict.

    Raises:
        ValueError: the driver tells how many rows are different now, not how many were found.
    """
    if connection.dialect.name not in MARIADB or CHECKED in connection.info:
        return
    flags = getattr(connection.connection.driver_connection, "client_flag", FOUND_ROWS)
    if not flags & FOUND_ROWS:
        message = "MariaDB's driver must count the rows it finds: leave client_flag to SQLAlchemy"
        raise ValueError(message)
    mode = str(connection.exec_driver_sql("SELECT @@sql_mode").scalar())
    if not STRICT & set(mode.split(",")):
        connection.exec_driver_sql(f"SET SESSION sql_mode = '{mode},STRICT_ALL_TABLES'")
    connection.info[CHECKED] = True
