"""How repositories reach the connection: through a gate that closes at the first error."""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, CursorResult, Executable

from custaccount.adapters.sqlalchemy.errors import translated
from custaccount.kernel.errors import UnitMisuse

Asked = Mapping[str, Any]
"""What a statement is run with, by name."""

Fetched = Any
"""A row, by column or in order; SQLAlchemy 2.0 and 2.1 have different types for it."""


class Gate:
    """Lets a unit's statements through, call by call; a foreign error leaves it translated.

    A writing unit's gate closes at any error: PostgreSQL would not go on, so nobody does.
    """

    __slots__ = ("_connection", "_open", "_options", "_writes")

    def __init__(self, connection: Connection, *, writes: bool, schema: str | None) -> None:
        self._connection = connection
        self._open = True
        self._writes = writes
        self._options = {"schema_translate_map": {None: schema}} if schema else None

    def __enter__(self) -> Self:
        """Begin a call.

        Raises:
            UnitMisuse: the unit is over.
        """
        if not self._open:
            message = "this unit is over: it was committed, left, or met an error"
            raise UnitMisuse(message)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End a call; after an error the last one, if the unit writes."""
        if error is None:
            return
        if self._writes:
            self._open = False
        told = translated(error)
        if told is not None:
            raise told from error

    def to_write(self) -> "Gate":
        """Be the gate of a change.

        Raises:
            UnitMisuse: the unit only reads.
        """
        if not self._writes:
            message = "a snapshot can't be written to"
            raise UnitMisuse(message)
        return self

    def rows(self, statement: Executable, asked: Asked) -> Sequence[Fetched]:
        """Ask for rows."""
        return self._execute(statement, asked).all()

    def row(self, statement: Executable, asked: Asked) -> Fetched | None:
        """Ask for the one row there can be."""
        return self._execute(statement, asked).first()

    def change(self, statement: Executable, asked: Asked) -> int:
        """Run a conditional change; returns how many rows it changed."""
        return self._execute(statement, asked).rowcount

    def each(self, statement: Executable, rows: Sequence[Asked]) -> None:
        """Run a statement once a row, if there are any; for the database it is one."""
        if rows:
            self._execute(statement, rows)

    def close(self) -> None:
        """Let nothing through any more."""
        self._open = False

    def _execute(self, statement: Executable, asked: Asked | Sequence[Asked]) -> CursorResult[Any]:
        return self._connection.execute(statement, asked, execution_options=self._options)
