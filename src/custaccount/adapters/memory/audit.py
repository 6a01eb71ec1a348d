"""The audit trail in memory."""

from collections.abc import Iterator

import attrs

from custaccount.adapters.memory.gate import Gate
from custaccount.adapters.memory.tables import Tables
from custaccount.facilities.audit import AuditEntry
from custaccount.kernel.scope import RealmScope


def enter(tables: Tables, *, entry: AuditEntry) -> None:
    """Add an entry to the trail."""
    tables.entries.add((entry.stamp.realm, entry.id), entry)


@attrs.frozen
class MemoryAudit:
    """Looks the trail up."""

    _gate: Gate

    def latest(
        self, scope: RealmScope, *, limit: int, about: str | None = None
    ) -> tuple[AuditEntry, ...]:
        """Return the newest entries first, perhaps only those that name an id."""
        rows = self._gate.ask(lambda tables: tables.entries.of_realm(scope.realm))
        named = (one for one in rows if about is None or about in _named_by(one))
        return tuple(sorted(named, key=lambda entry: (entry.at, entry.id), reverse=True)[:limit])


def _named_by(entry: AuditEntry) -> Iterator[str | None]:
    yield from (entry.stamp.by, entry.stamp.customer, entry.stamp.portal)
    for fact in entry.facts.values():
        yield fact
        yield from fact.split(", ")
