"""How a transaction begins on each kind of database, and ends with the unit it belongs to."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from custaccount.adapters.django.errors import translating
from custaccount.kernel.errors import Conflict, TryAgain

READING = {
    "postgresql": ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",),
    "sqlite": ("ROLLBACK", "BEGIN DEFERRED"),
}
WRITING = {
    "postgresql": ("SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE",),
    "sqlite": ("ROLLBACK", "BEGIN IMMEDIATE"),
}
"""What is said first, so that a unit is alike under whatever settings the host has."""


class Transaction:
    """An atomic block that ends with ``commit``, or is undone when it is left."""

    def __init__(self, using: str) -> None:
        self._using = using
        self._block = ExitStack()
        self.kept = False

    def begin(self) -> None:
        """Begin a transaction, or a savepoint in the host's."""
        self._block.enter_context(transaction.atomic(using=self._using))

    def commit(self) -> None:
        """Make it true, or as true as the host's transaction becomes."""
        self._block.pop_all().close()
        self.kept = True

    def leave(self) -> None:
        """Undo what was not committed."""
        block = self._block.pop_all()
        block.callback(lambda: None)
        block.close()


class Transactions:
    """Begins transactions on one database of the host's settings."""

    def __init__(self, using: str) -> None:
        self._using = using
        self._threads = threading.local()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Begin a snapshot; inside a host's transaction, look as that one does."""
        with translating():
            connection = self._connection()
            joined = is_joined(connection)
        if joined:
            yield
            return
        with self._begun(connection, READING):
            yield

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """Begin to write; SQLite's one writer waits here, not in the middle."""
