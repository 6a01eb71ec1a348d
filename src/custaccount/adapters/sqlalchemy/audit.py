"""The audit trail in SQL."""

import json

import attrs
from sqlalchemy import bindparam, select

from custaccount.adapters.sqlalchemy.gate import Fetched, Gate
from custaccount.adapters.sqlalchemy.lists import names
from custaccount.adapters.sqlalchemy.tables import audit
from custaccount.facilities.audit import AuditEntry, Stamp
from custaccount.kernel.scope import RealmScope

_LATEST = (
    select(audit)
    .where(audit.c.realm == bindparam("realm"))
    .order_by(audit.c.at.desc(), audit.c.id.desc())
    .limit(bindparam("most"))
)
_ABOUT = _LATEST.where(names(audit.c.named, "about"))


@attrs.frozen
class SqlAudit:
    """Looks the trail up."""

    _gate: Gate

    def latest(
        self, scope: RealmScope, *, limit: int, about: str | None = None
    ) -> tuple[AuditEntry, ...]:
        """Return the newest entries first, perhaps only those that name an id."""
        asked = {"realm": scope.realm, "most": limit}
        with self._gate as gate:
            if about is None:
                return tuple(map(_entry, gate.rows(_LATEST, asked)))
            return tuple(map(_entry, gate.rows(_ABOUT, {**asked, "about": about})))


def _entry(row: Fetched) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        at=row.at,
        event=row.event,
        stamp=Stamp(
            realm=row.realm, kind=row.kind, by=row.by, customer=row.customer, portal=row.portal
        ),
        facts=json.loads(row.facts),
    )
