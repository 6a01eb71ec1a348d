"""How repositories reach the tables: through a gate that closes at the first error."""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from django.db import connections
from django.db.models import Model, QuerySet

from custaccount.adapters.django.each import update_each
from custaccount.adapters.django.errors import translated
from custaccount.kernel.errors import UnitMisuse

Asked = Mapping[str, Any]
"""Values by the name of their column."""

Fetched = Any
"""A row, by column or in order."""


class Gate:
    """Lets a unit's statements through, call by call; a foreign error leaves it translated.

    A writing unit's gate closes at any error: PostgreSQL would not go on, so nobody does.
    """

    __slots__ = ("_open", "_using", "_writes")

    def __init__(self, using: str, *, writes: bool) -> None:
        self._open = True
        self._using = using
        self._writes = writes

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

    def table(self, model: type[Model]) -> QuerySet[Any, Any]:
        """Say of which rows a question is asked, or which are changed."""
        return QuerySet(model, using=self._using)

    def rows(self, question: QuerySet[Any, Any]) -> Sequence[Fetched]:
        """Ask for rows."""
        return tuple(question)

    def row(self, question: QuerySet[Any, Any]) -> Fetched | None:
        """Ask for the one row there can be; ``first()`` would sort, and mislead the planner."""
        return next(iter(question), None)

    def insert(self, model: type[Model], rows: Sequence[Asked]) -> None:
        """Add rows, if there are any; any number of them in few statements."""
        if rows:
            self.table(model).bulk_create([model(**row) for row in rows])

    def change_each(self, model: type[Model], changes: Sequence[tuple[Asked, Asked]]) -> None:
        """Where columns are the first, make them the second, once a pair; for Django it is one."""
        if changes:
            update_each(connections[self._using], model, changes)

    def forget(self, rows: QuerySet[Any, Any]) -> int:
        """Delete rows; returns how many there were."""
        count, _ = rows.delete()
        return count

    def forget_some(self, old: QuerySet[Any, Any], column: str, *, limit: int) -> int:
        """Delete the first of some rows, by a column that names them; returns how many there were.

        Those that another unit holds are skipped, not waited for.
        """
        held = old.select_for_update(skip_locked=True).values_list(column, flat=True)
        named = self.rows(held[:limit])
        return self.forget(old.filter(**{f"{column}__any_of": named})) if named else 0

    def close(self) -> None:
        """Let nothing through any more."""
        self._open = False
