"""The SQL storage: units are transactions of an engine, or savepoints in a host's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import ClassVar

from sqlalchemy import URL, Connection, Engine

from custaccount.adapters.sqlalchemy.engines import (
    PATIENCE,
    Transactions,
    begin_itself,
    check_session,
    engine_for,
    in_sqlite_transaction,
)
from custaccount.adapters.sqlalchemy.gate import Gate
from custaccount.adapters.sqlalchemy.migrating import migrate, pending
from custaccount.adapters.sqlalchemy.types import MARIADB
from custaccount.adapters.sqlalchemy.unit import SqlSnapshot, SqlUnit
from custaccount.facilities.audit import stamp
from custaccount.kernel.access import Actor
from custaccount.kernel.errors import Conflict, TryAgain
from custaccount.kernel.ids import NewId
from custaccount.kernel.sources import new_id as uuid
from custaccount.kernel.work import OneUnitAThread


class SqlAlchemyStorage:
    """Keeps everything in the database of an engine.

    Writing units run READ COMMITTED, snapshots REPEATABLE READ and read-only; on SQLite a writing
    unit takes the database's one place for writers when it begins. A snapshot is of the moment of
    its first question.
    """

    migrate_with: ClassVar[str] = "custaccount migrate"

    def __init__(self, engine: Engine, *, schema: str | None = None, new_id: NewId = uuid) -> None:
        """Use an engine as it is.

        One for SQLite should have a write-ahead log and foreign keys on, as ``connect`` gives it.

        Raises:
            ValueError: SQLite in memory, with a database for each thread; or a schema on MariaDB,
                where it is a database.
        """
        if schema is not None and engine.dialect.name in MARIADB:
            message = "a schema of MariaDB is a database: name it in the engine's address"
            raise ValueError(message)
        self.engine = engine
        self.schema = schema
        self._new_id = new_id
        self._places = OneUnitAThread()
        self._transactions = Transactions(engine)

    @classmethod
    def connect(
        cls,
        url: str | URL,
        *,
        schema: str | None = None,
        patience: timedelta = PATIENCE,
        new_id: NewId = uuid,
    ) -> "SqlAlchemyStorage":
        """Make an engine that suits and use it; a unit waits for a lock for ``patience``."""
        return cls(engine_for(url, patience=patience), schema=schema, new_id=new_id)

    @contextmanager
    def reading(self) -> Iterator[SqlSnapshot]:
        """Open a snapshot."""
        with self._places.enter(), self._transactions.reading() as connection:
            gate = Gate(connection, writes=False, schema=self.schema)
            try:
                yield SqlSnapshot(gate)
            finally:
                gate.close()

    @contextmanager
    def begin(self, actor: Actor) -> Iterator[SqlUnit]:
        """Open a writing unit; leaving it without ``commit()`` rolls it back."""
        with self._places.enter(), self._transactions.writing() as connection:
            gate = Gate(connection, writes=True, schema=self.schema)
            try:
                yield SqlUnit(gate, stamp(actor), self._new_id, connection.commit)
            finally:
                gate.close()

    @property
    def transactions(self) -> Transactions:
        """How transactions begin on the engine; what shares its connections shares their turn."""
        return self._transactions

    def pending(self) -> tuple[str, ...]:
        """Name the revisions the tables lack, the oldest first."""
        return pending(self.engine, schema=self.schema)

    def migrate(self) -> None:
        """Bring the tables up to date; of several processes that do so at once, one does it."""
        migrate(self.engine, schema=self.schema)

    def joining(self, connection: Connection) -> "JoinedStorage":
        """Take part in a host's transaction: what is kept becomes true when the host commits.

        Raises:
            ValueError: the connection is in autocommit mode, so there is no transaction.
        """
        if connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT":
            message = "a connection in autocommit mode has no transaction to join"
            raise ValueError(message)
        return JoinedStorage(connection, schema=self.schema, new_id=self._new_id)


class JoinedStorage:
    """Units inside a host's transaction: a writing one is a savepoint, ``commit()`` releases it.

    Questions are asked in the host's transaction, with its isolation. A unit that lost against a
    rival is a plain ``Conflict``: only the host can run its transaction again.
    """

    def __init__(
        self, connection: Connection, *, schema: str | None = None, new_id: NewId = uuid
    ) -> None:
        self._connection = connection
        self._schema = schema
        self._new_id = new_id
        self._places = OneUnitAThread()

    @contextmanager
    def reading(self) -> Iterator[SqlSnapshot]:
        """Look at everything as the host's transaction sees it."""
        with self._places.enter():
            gate = Gate(self._connection, writes=False, schema=self._schema)
            try:
                yield SqlSnapshot(gate)
            finally:
                gate.close()

    @contextmanager
    def begin(self, actor: Actor) -> Iterator[SqlUnit]:
        """Open a savepoint; leaving it without ``commit()`` rolls back to it."""
        with self._places.enter():
            gate = Gate(self._connection, writes=True, schema=self._schema)
            with gate:
                self._begin_at_host()
                savepoint = self._connection.begin_nested()
            try:
                yield SqlUnit(gate, stamp(actor), self._new_id, savepoint.commit)
            except TryAgain as lost:
                self._give_up()
                raise Conflict from lost
            finally:
                gate.close()
                if savepoint.is_active:
                    savepoint.rollback()

    def _give_up(self) -> None:
        """End the host's transaction where the database did: on MariaDB no savepoint is left.

        The host could not know, and would keep the second half of its work only.
        """
        if self._connection.dialect.name in MARIADB:
            self._connection.rollback()

    def _begin_at_host(self) -> None:
        """Begin what SQLite's driver puts off: releasing a savepoint that is alone would commit."""
        if not self._connection.in_transaction():
            self._connection.begin()
        check_session(self._connection)
        if self._connection.dialect.name == "sqlite" and not in_sqlite_transaction(
            self._connection
        ):
            begin_itself(self._connection, "BEGIN IMMEDIATE")
