"""How a transaction begins on each kind of database, and ends with the unit it belongs to."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from custaccount.adapters.django.errors import translating
from custaccount.kernel.errors import Conflict, TryAgain

Opening = Mapping[str, Sequence[str]]
"""What is said first on each kind of database, whatever settings the host has."""

READING: Opening = {
    "postgresql": ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",),
    "sqlite": ("ROLLBACK", "BEGIN DEFERRED"),
}
WRITING: Opening = {
    "postgresql": ("SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE",),
    "sqlite": ("ROLLBACK", "BEGIN IMMEDIATE"),
}


class Transaction:
    """An atomic block that ends with ``commit``, or is undone where it is left."""

    def __init__(self, using: str) -> None:
        self._using = using
        self._block = ExitStack()
        self._open = False
        self.kept = False

    def begin(self, opening: Sequence[str]) -> None:
        """Begin a transaction, or a savepoint in the host's."""
        self._block.enter_context(transaction.atomic(using=self._using))
        self._open = True
        if opening:
            with connections[self._using].cursor() as cursor:
                for statement in opening:
                    cursor.execute(statement)

    def commit(self) -> None:
        """Make it true, or as true as the host's transaction will be."""
        self._open = False
        self._block.close()
        self.kept = True

    def leave(self) -> None:
        """Undo what was not committed."""
        if self._open:
            self._open = False
            transaction.set_rollback(True, using=self._using)
            self._block.close()


class Transactions:
    """Begins transactions on one database of the host's settings."""

    def __init__(self, using: str) -> None:
        self._using = using
        self._threads = threading.local()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Begin a snapshot; inside the host's transaction, look as that one does."""
        connection, joined = self._connected()
        if joined:
            yield
            return
        with self._begun(connection, READING):
            yield

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """Begin to write; SQLite's one writer waits here, not in the middle.

        A unit that lost inside the host's transaction is a plain ``Conflict``: only the host can
        run that again.
        """
        connection, joined = self._connected()
        if joined:
            with translating():
                _begin_at_host(connection)
        try:
            with self._begun(connection, {} if joined else WRITING) as begun:
                yield begun
        except TryAgain as lost:
            if joined:
                raise Conflict from lost
            raise

    def _connected(self) -> tuple[BaseDatabaseWrapper, bool]:
        connection = connections[self._using]
        self._close_with_thread(connection)
        with translating():
            joined = connection.in_atomic_block or not connection.get_autocommit()
        return connection, joined

    @contextmanager
    def _begun(self, connection: BaseDatabaseWrapper, opening: Opening) -> Iterator[Transaction]:
        begun = Transaction(self._using)
        try:
            with translating():
                begun.begin(opening.get(connection.vendor, ()))
            yield begun
        finally:
            begun.leave()
            if connection.errors_occurred and not connection.in_atomic_block:
                connection.close_if_unusable_or_obsolete()

    def _close_with_thread(self, connection: BaseDatabaseWrapper) -> None:
        if threading.current_thread() is not threading.main_thread():
            self._threads.closing = getattr(self._threads, "closing", None) or _Closing(connection)


def _begin_at_host(connection: BaseDatabaseWrapper) -> None:
    """Begin what SQLite's driver puts off: releasing a savepoint that is alone would commit."""
    if connection.vendor == "sqlite" and not connection.connection.in_transaction:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN IMMEDIATE")


class _Closing:
    """Closes a thread's connection when the thread ends: Django does at the end of requests only.

    The courier's thread, and those of a host's pools, serve no request.
    """

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection

    def __del__(self) -> None:
        self._connection.close()
