"""How repositories reach the connection: through a gate that closes at the first error."""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, CursorResult, Executable

from custaccount.adapters.sqlalchemy.errors import translated
from custaccount.kernel.errors import UnitMisuse

Row = Mapping[str, Any]
"""Parameters of a statement, by name."""


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

    def __enter__(self) -> "Gate":
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

    def execute(
        self, statement: Executable, rows: Row | Sequence[Row] | None = None
    ) -> CursorResult[Any]:
        """Run a statement once, or once a row."""
        return self._connection.execute(statement, rows, execution_options=self._options)

    def each(self, statement: Executable, rows: Sequence[Row]) -> None:
        """Run a statement once a row, if there are any."""
        if rows:
            self.execute(statement, rows)

    def change(self, statement: Executable, rows: Sequence[Row]) -> int:
        """Run a conditional change once a row; returns how many rows it changed in all."""
        if self._connection.dialect.supports_sane_multi_rowcount or len(rows) == 1:
            return self.execute(statement, rows).rowcount
        return sum(self.execute(statement, row).rowcount for row in rows)

    def close(self) -> None:
        """Let nothing through any more."""
        self._open = False
