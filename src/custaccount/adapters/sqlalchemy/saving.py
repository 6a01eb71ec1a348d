"""Aggregates are inserted at version 0 and updated where the version still is the one seen."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

import attrs
from sqlalchemy import Insert, Select, Table, Update, bindparam, insert, select, update

from custaccount.adapters.sqlalchemy.gate import Asked, Gate
from custaccount.adapters.sqlalchemy.lists import any_of
from custaccount.kernel.errors import Stale
from custaccount.kernel.ids import RealmId


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
    """The statements that keep aggregates of one kind; any number of them in two or three."""

    kind: str
    id: str
    owner: str | None
    insert: Insert
    update: Update
    versions: Select[Any]

    @classmethod
    def of(cls, table: Table, *, kind: str, id: str = "id", owner: str | None = None) -> "Saving":
        """Make the statements; an owner is a column that says whose it is, and never changes."""
        same = [
            table.c.realm == bindparam("of_realm"),
            table.c[id] == bindparam("of_id"),
            table.c.version == bindparam("seen"),
        ]
        if owner is not None:
            same.append(table.c[owner] == bindparam("of_owner"))
        versions = (
            select(table.c[id], table.c.version)
            .where(table.c.realm == bindparam("realm"), any_of(table.c[id], "ids"))
            .order_by(table.c[id])
            .with_for_update()
        )
        return cls(kind, id, owner, insert(table), update(table).where(*same), versions)

    def save(
        self, gate: Gate, realm: RealmId, aggregates: Sequence[V], row: Callable[[V], Asked]
    ) -> tuple[V, ...]:
        """Keep aggregates and return them with their new versions.

        Raises:
            Stale: a newer version of one is kept.
            AlreadyThere: a key is taken.
        """
        new = [one for one in aggregates if one.version == 0]
        old = [one for one in aggregates if one.version != 0]
        gate.each(self.insert, [self._new(realm, one, row(one)) for one in new])
        rows = [self._changed(realm, one, row(one)) for one in old]
        if len(old) == 1:
            if not gate.change(self.update, rows[0]):
                raise self._stale(old[0])
        elif old:
            self._lock(gate, realm, old)
            gate.each(self.update, rows)
        return tuple(attrs.evolve(one, version=one.version + 1) for one in aggregates)  # type: ignore[misc]

    def _new(self, realm: RealmId, one: V, row: Asked) -> Asked:
        return {**row, self.id: one.id, "realm": realm, "version": 1}

    def _changed(self, realm: RealmId, one: V, row: Asked) -> Asked:
        changed = {**row, "version": one.version + 1}
        if self.owner is not None:
            changed["of_owner"] = changed.pop(self.owner)
        return {**changed, "of_realm": realm, "of_id": one.id, "seen": one.version}

    def _lock(self, gate: Gate, realm: RealmId, old: Sequence[V]) -> None:
        """Hold the rows, always in the same order, and say which one is stale.

        What a bulk change changed is known in all only, and not to every driver.
        """
        asked = {"realm": realm, "ids": [one.id for one in old]}
        kept = dict(map(tuple, gate.rows(self.versions, asked)))
        for one in old:
            if kept.pop(one.id, None) != one.version:
                raise self._stale(one)

    def _stale(self, one: Versioned) -> Stale:
        return Stale(kind=self.kind, id=one.id, version=one.version)
