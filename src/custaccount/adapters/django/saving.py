"""Aggregates are inserted at version 0 and updated where the version still is the one seen."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

import attrs
from django.db.models import Model

from custaccount.adapters.django.gate import Asked, Gate
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
    """Keeps aggregates of one kind; any number of them in two or three calls."""

    model: type[Model]
    kind: str = attrs.field(kw_only=True)
    ref: str = attrs.field(default="ref", kw_only=True)
    """The column of their id."""
    owner: str | None = attrs.field(default=None, kw_only=True)
    """A column that says whose one is, and never changes."""
    once: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    """Columns that are written with a new one only; later, statements of their own change them."""

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
        gate.insert(self.model, [self._new(realm, one, row(one)) for one in new])
        changes = [self._changed(realm, one, row(one)) for one in old]
        if len(old) == 1:
            same, changed = changes[0]
            if not gate.table(self.model).filter(**same).update(**changed):
                raise self._stale(old[0])
        elif old:
            self._lock(gate, realm, old)
            gate.change_each(self.model, changes)
        return tuple(attrs.evolve(one, version=one.version + 1) for one in aggregates)  # type: ignore[misc]

    def _new(self, realm: RealmId, one: V, row: Asked) -> Asked:
        return {**row, self.ref: one.id, "realm": realm, "version": 1}

    def _changed(self, realm: RealmId, one: V, row: Asked) -> tuple[Asked, Asked]:
        same = {"realm": realm, self.ref: one.id, "version": one.version}
        later = {name: value for name, value in row.items() if name not in self.once}
        changed = {**later, "version": one.version + 1}
        if self.owner is not None:
            same[self.owner] = changed.pop(self.owner)
        return same, changed

    def _lock(self, gate: Gate, realm: RealmId, old: Sequence[V]) -> None:
        """Hold the rows, always in the same order, and say which one is stale."""
        named = {"realm": realm, f"{self.ref}__any_of": [one.id for one in old]}
        held = gate.table(self.model).filter(**named).order_by(self.ref).select_for_update()
        kept = dict(gate.rows(held.values_list(self.ref, "version")))
        for one in old:
            if kept.pop(one.id, None) != one.version:
                raise self._stale(one)

    def _stale(self, one: Versioned) -> Stale:
        return Stale(kind=self.kind, id=one.id, version=one.version)
