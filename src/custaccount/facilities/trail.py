"""Reading the audit trail."""

from datetime import UTC, datetime
from typing import Protocol

import attrs

from custaccount.facilities.audit import AuditEntry, ReadAudit, Spot
from custaccount.facilities.cursors import seal, unseal
from custaccount.facilities.signing import Keyring, TokenInvalid
from custaccount.kernel.access import Member, Permission, Staff
from custaccount.kernel.ids import AuditEntryId, Cursor, StaffId, UserId
from custaccount.kernel.operations import requires
from custaccount.kernel.paging import PAGE_SIZE, CursorInvalid, Page
from custaccount.kernel.work import Reading

KIND = "audit latest"


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
    _keyring: Keyring = attrs.field(alias="keyring")

    @requires(Permission.READ_AUDIT)
    def latest(
        self,
        staff: Staff,
        *,
        about: str | None = None,
        by: UserId | StaffId | None = None,
        cursor: Cursor | None = None,
    ) -> Page[AuditEntry]:
        """List the newest 50 entries of the realm, or the 50 that follow a cursor.

        What happens meanwhile shifts nothing: it stands before the first page.

        Args:
            staff: Who looks.
            about: Only entries that name this id, whatever it is of.
            by: Only what this user or staff member did.
            cursor: From the page before, asked with the same ``about`` and ``by``.

        Raises:
            CursorInvalid: the cursor is not this staff member's, or not of this list.
        """
        asked = (about or "", by or "")
        before = None if cursor is None else self._spot(staff, asked, cursor)
        with self._reading() as view:
            found = view.audit.latest(
                staff.scope, limit=PAGE_SIZE + 1, about=about, by=by, before=before
            )
        shown = tuple(found[:PAGE_SIZE])
        more = self._cursor(staff, asked, shown[-1].spot) if len(found) > PAGE_SIZE else None
        return Page(items=shown, more=more)

    def _cursor(self, staff: Staff, asked: tuple[str, ...], at: Spot) -> Cursor:
        return sealed(self._keyring, staff, (KIND, *asked), at)

    def _spot(self, staff: Staff, asked: tuple[str, ...], cursor: Cursor) -> Spot:
        return unsealed(self._keyring, staff, (KIND, *asked), cursor)


def sealed(keyring: Keyring, holder: Member | Staff, of_list: tuple[str, ...], at: Spot) -> Cursor:
    """Name where a list goes on, for who has it."""
    kind, *asked = of_list
    return Cursor(seal(keyring, holder, kind, (*asked, at.at.isoformat(), at.id)))


def unsealed(
    keyring: Keyring, holder: Member | Staff, of_list: tuple[str, ...], cursor: Cursor
) -> Spot:
    """Read where a list goes on.

    Raises:
        CursorInvalid: the cursor is another one's, or of another list.
    """
    kind, *asked = of_list
    try:
        *named, at, name = unseal(keyring, holder, kind, cursor)
    except (TokenInvalid, ValueError) as refusal:
        raise CursorInvalid from refusal
    if named != asked:
        raise CursorInvalid
    return Spot(at=datetime.fromisoformat(at).astimezone(UTC), id=AuditEntryId(name))
