"""Reading the audit trail."""

from typing import Protocol

import attrs

from custaccount.facilities.audit import AuditEntry, ReadAudit
from custaccount.kernel.access import Permission, Staff
from custaccount.kernel.work import Reading

LONGEST = 500


class AuditReading(Protocol):
    """A snapshot, as the trail sees it."""

    @property
    def audit(self) -> ReadAudit:
        """The audit trail."""
        ...


@attrs.frozen(kw_only=True)
class AuditTrail:
    """Shows staff what happened."""

    _reading: Reading[AuditReading] = attrs.field(alias="reading")

    def latest(
        self, staff: Staff, *, about: str | None = None, limit: int = 50
    ) -> tuple[AuditEntry, ...]:
        """List the newest entries of the realm, all of them or those that name an id."""
        staff.require(Permission.READ_AUDIT)
        with self._reading() as view:
            found = view.audit.latest(staff.scope, limit=max(1, min(limit, LONGEST)), about=about)
            return tuple(found)
