"""Aggregates are inserted at version 0 and updated where the version still is the one seen."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

import attrs
from sqlalchemy import Insert, Select, Table, Update, bindparam, insert, select, update

from custaccount.adapters.sqlalchemy.gate import Gate, Row
from custaccount.adapters.sqlalchemy.lists import any_of
from custaccount.kernel.errors import Stale


class Versioned(Protocol):
    """An aggregate that knows which version of itself it is."""

    @property
    def id(self) -> str:
        """What it is named by."""
        ...

    @property
    def version(self) -> int:
        """How often it was kept; 0 means never."""
        ...


V = TypeVar("V", bound=Versioned)


@attrs.frozen
class Saving:
    """The statements that keep aggregates of one kind, named by realm and one more column."""

    kind: str
    insert: Insert
    update: Update
    versions: Select[tuple[str, int]]

    @classmethod
    def of(cls, table: Table, *, kind: str, id: str = "id", owner: str | None = None) -> "Saving":
        """Make the statements; an owner is a column that never changes."""
        fixed = {"realm", id, owner} - {None}
        changed = (column for column in table.columns if column.name not in fixed)
        same = [
            table.c.realm == bindparam("of_realm"),
            table.c[id] == bindparam("of_id"),
            table.c.version == bindparam("seen"),
        ]
        if owner is not None:
            same.append(table.c[owner] == bindparam("of_owner"))
        return cls(
            kind,
            insert(table),
            update(table).where(*same).values({one: bindparam(one.name) for one in changed}),
            select(table.c[id], table.c.version).where(
                table.c.realm == bindparam("of_realm"), any_of(table.c[id], "ids")
            ),
        )
