"""Reading the audit trail."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Protocol

import attrs

from custaccount.facilities.audit import ActorKind, AuditEntry, ReadAudit, Spot
from custaccount.facilities.cursors import seal, unseal
from custaccount.facilities.signing import Keyring, TokenInvalid
from custaccount.kernel.access import Member, Permission, Staff
from custaccount.kernel.events import Change
from custaccount.kernel.features import TRAIL
from custaccount.kernel.ids import AuditEntryId, Cursor, StaffId, UserId
from custaccount.kernel.operations import requires
from custaccount.kernel.paging import PAGE_SIZE, CursorInvalid, Page
from custaccount.kernel.work import Reading

KIND = "audit latest"
OF_COMPANY = "audit of company"
TOLD = ("user", "role", "roles", "state", "what", "address")
"""The facts of an entry a customer is told; why staff did something is theirs."""
UNTOLD = frozenset({"groups"})
"""The changes it is not told: how the seller sorts its customers is the seller's."""


class AuditReading(Protocol):
    """A snapshot, as the trail sees it."""

    @property
    def audit(self) -> ReadAudit:
        """The audit trail."""
        ...


@attrs.frozen(kw_only=True)
class CompanyEntry:
    """An entry, as a customer's administrators see it."""

    at: datetime
    event: str
    kind: ActorKind
    """What kind of actor did it: one of the company's, the seller's people, a job, or somebody.

    Of somebody who accepts an invitation it does not tell whether there was a login before.
    """
    by: UserId | None
    """Which of the company's users; the seller's people are not named."""
    facts: Mapping[str, str]
    changes: tuple[Change, ...]


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
        facts = (*asked, at.at.isoformat(), at.id)
        return Cursor(seal(self._keyring, staff, KIND, facts))

    def _spot(self, staff: Staff, asked: tuple[str, ...], cursor: Cursor) -> Spot:
        try:
            *of_list, at, name = unseal(self._keyring, staff, KIND, cursor)
        except TokenInvalid as refusal:
            raise CursorInvalid from refusal
        if tuple(of_list) != asked:
            raise CursorInvalid
        return Spot(at=datetime.fromisoformat(at).astimezone(UTC), id=AuditEntryId(name))


@attrs.frozen(kw_only=True)
class CompanyTrail:
    """Shows a company's administrators what happened to it."""

    _reading: Reading[AuditReading] = attrs.field(alias="reading")
    _keyring: Keyring = attrs.field(alias="keyring")
    _events: frozenset[str] = attrs.field(alias="events")
    """What a customer may be told, by the names of the events."""

    @requires(Permission.SEE_TRAIL, feature=TRAIL)
    def latest(self, member: Member, cursor: Cursor | None = None) -> Page[CompanyEntry]:
        """List the newest 50 entries about the member's customer, or the 50 after a cursor.

        Of staff it tells that they did it, not who.

        Raises:
            CursorInvalid: the cursor is not this member's, or not of this list.
        """
        before = None if cursor is None else _spot_of(self._keyring, member, OF_COMPANY, cursor)
        with self._reading() as view:
            found = view.audit.of_customer(
                member.scope, events=self._events, limit=PAGE_SIZE + 1, before=before
            )
        shown = tuple(map(_for_company, found[:PAGE_SIZE]))
        more = None
        if len(found) > PAGE_SIZE:
            last = found[PAGE_SIZE - 1].spot
            facts = (last.at.isoformat(), last.id)
            more = Cursor(seal(self._keyring, member, OF_COMPANY, facts))
        return Page(items=shown, more=more)


def _for_company(entry: AuditEntry) -> CompanyEntry:
    member = entry.stamp.kind is ActorKind.MEMBER and entry.stamp.by is not None
    return CompanyEntry(
        at=entry.at,
        event=entry.event,
        kind=ActorKind.PERSON if entry.stamp.kind is ActorKind.GUEST else entry.stamp.kind,
        by=UserId(entry.stamp.by) if member and entry.stamp.by else None,
        facts={key: entry.facts[key] for key in TOLD if key in entry.facts},
        changes=tuple(one for one in entry.changes if one.field not in UNTOLD),
    )


def _spot_of(keyring: Keyring, member: Member, kind: str, cursor: Cursor) -> Spot:
    try:
        at, name = unseal(keyring, member, kind, cursor)
    except (TokenInvalid, ValueError) as refusal:
        raise CursorInvalid from refusal
    return Spot(at=datetime.fromisoformat(at).astimezone(UTC), id=AuditEntryId(name))
