"""The audit trail in Django."""

import json

import attrs

from custaccount.adapters.django import models
from custaccount.adapters.django.gate import Fetched, Gate
from custaccount.facilities.audit import AuditEntry, Stamp
from custaccount.kernel.scope import RealmScope


@attrs.frozen
class DjangoAudit:
    """Looks the trail up."""

    _gate: Gate

    def latest(
        self, scope: RealmScope, *, limit: int, about: str | None = None
    ) -> tuple[AuditEntry, ...]:
        """Return the newest entries first, perhaps only those that name an id."""
        with self._gate as gate:
            entries = gate.table(models.AuditEntry).filter(realm=scope.realm)
            if about is not None:
                entries = entries.filter(named__names=about)
            return tuple(map(_entry, gate.rows(entries.order_by("-at", "-ref")[:limit])))


def _entry(row: Fetched) -> AuditEntry:
    return AuditEntry(
        id=row.ref,
        at=row.at,
        event=row.event,
        stamp=Stamp(
            realm=row.realm, kind=row.kind, by=row.by, customer=row.customer, portal=row.portal
        ),
        facts=json.loads(row.facts),
    )
