"""The audit trail in Django."""

import json
from collections.abc import Collection
from typing import Any

import attrs
from django.db.models import Q, QuerySet

from custaccount.adapters import wire
from custaccount.adapters.django import models
from custaccount.adapters.django.gate import Asked, Fetched, Gate
from custaccount.facilities.audit import AuditEntry, Spot, Stamp, names_of
from custaccount.kernel.events import Change
from custaccount.kernel.ids import StaffId, UserId
from custaccount.kernel.scope import CustomerScope, RealmScope


@attrs.frozen
class DjangoAudit:
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
        with self._gate as gate:
            entries = gate.table(models.AuditEntry).filter(realm=scope.realm)
            if about is not None:
                entries = entries.filter(named__names=about)
            if by is not None:
                entries = entries.filter(by=by)
            return _page(gate, entries, before, limit)

    def of_customer(
        self, scope: CustomerScope, *, events: Collection[str], limit: int, before: Spot | None
    ) -> tuple[AuditEntry, ...]:
        """Return the newest entries about a customer first, of the events named."""
        with self._gate as gate:
            entries = gate.table(models.AuditEntry).filter(
                realm=scope.realm, about_customer=scope.customer, event__any_of=events
            )
            return _page(gate, entries, before, limit)


def _page(
    gate: Gate, entries: QuerySet[Any, Any], before: Spot | None, limit: int
) -> tuple[AuditEntry, ...]:
    if before is not None:
        entries = entries.filter(at__lte=before.at).filter(
            Q(at__lt=before.at) | Q(ref__lt=before.id)
        )
    return tuple(map(_entry, gate.rows(entries.order_by("-at", "-ref")[:limit])))


def row_of(entry: AuditEntry) -> Asked:
    """Write an entry as a row."""
    return {
        "realm": entry.stamp.realm,
        "ref": entry.id,
        "at": entry.at,
        "event": entry.event,
        "kind": entry.stamp.kind,
        "by": entry.stamp.by,
        "customer": entry.stamp.customer,
        "about_customer": entry.customer,
        "portal": entry.stamp.portal,
        "facts": wire.write(entry.facts),
        "changes": wire.write(entry.changes),
        "named": json.dumps(sorted(names_of(entry))),
    }


def _entry(row: Fetched) -> AuditEntry:
    return AuditEntry(
        id=row.ref,
        at=row.at,
        event=row.event,
        stamp=Stamp(
            realm=row.realm, kind=row.kind, by=row.by, customer=row.customer, portal=row.portal
        ),
        facts=json.loads(row.facts),
        changes=wire.read(row.changes, tuple[Change, ...]),
    )
