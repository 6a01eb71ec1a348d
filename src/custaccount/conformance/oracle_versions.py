"""How what has versions must be kept."""

from typing import Protocol, TypeVar

import attrs

from custaccount.kernel.errors import AlreadyThere, Stale
from custaccount.kernel.ids import RealmId


class Versioned(Protocol):
    """What is saved in versions."""

    @property
    def id(self) -> str:
        """Its name."""
        ...

    @property
    def version(self) -> int:
        """How often it was saved."""
        ...


V = TypeVar("V", bound=Versioned)


def save(rows: dict[tuple[RealmId, str], V], realm: RealmId, row: V, *, rival: bool) -> V:
    """Keep a row and return it with its new version; a rival has something only one may have."""
    current = rows.get((realm, row.id))
    if row.version and (current is None or current.version != row.version):
        raise Stale(kind=type(row).__name__, id=row.id, version=row.version)
    if rival or (not row.version and current is not None):
        raise AlreadyThere(kind=type(row).__name__)
    kept: V = attrs.evolve(row, version=row.version + 1)  # type: ignore[misc]
    rows[realm, row.id] = kept
    return kept
