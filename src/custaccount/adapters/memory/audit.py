"""The audit trail in memory."""

from collections.abc import Collection

import attrs

from custaccount.adapters.memory.gate import Gate
from custaccount.adapters.memory.tables import Tables
from custaccount.facilities.audit import AuditEntry, Spot, names_of
from custaccount.kernel.ids import StaffId, UserId
from custaccount.kernel.scope import CustomerScope, RealmScope


def enter(tables: Tables, *, entry: AuditEntry) -> None:
    """Add an entry to the trail."""
    tables.entries.add((entry.stamp.realm, entry.id), entry)


@attrs.frozen
class MemoryAudit:
    """Looks the trail up."""

    _gate: Gate

    def latest(
        self,
        scope: RealmScope,
        *,
        limit: int,
        about: str | None = None,
        by: UserId | StaffId | None = None,
        before: Spot | None = None,
    ) -> tuple[AuditEntry, ...]:
        """Return the newest entries first, perhaps only those older than a spot."""
        rows = self._gate.ask(lambda tables: tables.entries.of_realm(scope.realm))
        found = [
            entry
            for entry in rows
            if (about is None or about in names_of(entry))
            and (by is None or entry.stamp.by == by)
            and (before is None or _spot(entry) < (before.at, before.id))
        ]
        return tuple(sorted(found, key=_spot, reverse=True)[:limit])

    def of_customer(
        self, scope: CustomerScope, *, events: Collection[str], limit: int, before: Spot | None
    ) -> tuple[AuditEntry, ...]:
        """Return the newest entries about a customer first, of the events named."""
        rows = self._gate.ask(lambda tables: tables.entries.of_realm(scope.realm))
        found = [
            entry
            for entry in rows
            if entry.customer == scope.customer
            and entry.event in events
            and (before is None or _spot(entry) < (before.at, before.id))
        ]
        return tuple(sorted(found, key=_spot, reverse=True)[:limit])


def _spot(entry: AuditEntry) -> tuple[object, ...]:
    return (entry.at, entry.id)
