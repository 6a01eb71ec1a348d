"""The audit trail in SQL."""

import json
from collections.abc import Collection, Mapping

import attrs
from sqlalchemy import bindparam, or_, select

from custaccount.adapters import wire
from custaccount.adapters.sqlalchemy.gate import Fetched, Gate
from custaccount.adapters.sqlalchemy.lists import is_one_of, names
from custaccount.adapters.sqlalchemy.tables import audit
from custaccount.facilities.audit import AuditEntry, Spot, Stamp, names_of
from custaccount.kernel.events import Change
from custaccount.kernel.ids import StaffId, UserId
from custaccount.kernel.scope import CustomerScope, RealmScope

_LATEST = (
    select(audit)
    .where(audit.c.realm == bindparam("realm"))
    .order_by(audit.c.at.desc(), audit.c.id.desc())
    .limit(bindparam("most"))
)
_OF_CUSTOMER = _LATEST.where(
    audit.c.about_customer == bindparam("customer"), is_one_of(audit.c.event, "events")
)
_ABOUT = names(audit.c.named, "about")
_BY = audit.c.by == bindparam("who")
_BEFORE = (  # not as a pair, of which MariaDB's index would know nothing
    audit.c.at <= bindparam("then"),
    or_(audit.c.at < bindparam("then"), audit.c.id < bindparam("last")),
)


@attrs.frozen
class SqlAudit:
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
        asked: dict[str, object] = {"realm": scope.realm, "most": limit}
        question = _LATEST
        if about is not None:
            question, asked["about"] = question.where(_ABOUT), about
        if by is not None:
            question, asked["who"] = question.where(_BY), by
        if before is not None:
            question = question.where(*_BEFORE)
            asked |= {"then": before.at, "last": before.id}
        with self._gate as gate:
            return tuple(map(_entry, gate.rows(question, asked)))

    def of_customer(
        self, scope: CustomerScope, *, events: Collection[str], limit: int, before: Spot | None
    ) -> tuple[AuditEntry, ...]:
        """Return the newest entries about a customer first, of the events named."""
        asked: dict[str, object] = {"realm": scope.realm, "customer": scope.customer}
        asked |= {"events": events, "most": limit}
        question = _OF_CUSTOMER
        if before is not None:
            question = question.where(*_BEFORE)
            asked |= {"then": before.at, "last": before.id}
        with self._gate as gate:
            return tuple(map(_entry, gate.rows(question, asked)))


def row_of(entry: AuditEntry) -> Mapping[str, object]:
    """Write an entry as a row."""
    return {
        "realm": entry.stamp.realm,
        "id": entry.id,
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
        id=row.id,
        at=row.at,
        event=row.event,
        stamp=Stamp(
            realm=row.realm, kind=row.kind, by=row.by, customer=row.customer, portal=row.portal
        ),
        facts=json.loads(row.facts),
        changes=wire.read(row.changes, tuple[Change, ...]),
    )
