"""A unit over everything: each feature's repository on one connection, and what happened."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import insert

from custaccount.adapters import wire
from custaccount.adapters.sqlalchemy.addresses import SqlAddresses
from custaccount.adapters.sqlalchemy.audit import SqlAudit, row_of
from custaccount.adapters.sqlalchemy.customers import SqlCustomers
from custaccount.adapters.sqlalchemy.drafts import SqlDrafts
from custaccount.adapters.sqlalchemy.gate import Gate
from custaccount.adapters.sqlalchemy.invitations import SqlInvitations
from custaccount.adapters.sqlalchemy.memberships import SqlMemberships
from custaccount.adapters.sqlalchemy.numbers import SqlNumbers
from custaccount.adapters.sqlalchemy.orders import SqlOrders
from custaccount.adapters.sqlalchemy.outbox import SqlOutbox
from custaccount.adapters.sqlalchemy.portals import SqlPortals
from custaccount.adapters.sqlalchemy.prices import SqlPrices
from custaccount.adapters.sqlalchemy.register import SqlRegister
from custaccount.adapters.sqlalchemy.registrations import SqlRegistrations
from custaccount.adapters.sqlalchemy.role_books import SqlRoleBooks
from custaccount.adapters.sqlalchemy.sessions import SqlSessions
from custaccount.adapters.sqlalchemy.staff import SqlStaff, SqlStaffSessions
from custaccount.adapters.sqlalchemy.tables import audit, outbox
from custaccount.adapters.sqlalchemy.tickets import SqlTickets
from custaccount.adapters.sqlalchemy.users import SqlUsers
from custaccount.facilities.audit import Stamp, entry_of
from custaccount.facilities.outbox import PostState
from custaccount.kernel.events import Event
from custaccount.kernel.ids import AuditEntryId, NewId

_POST = insert(outbox)
_ENTER = insert(audit)


class SqlSnapshot:
    """Everything, as one connection sees it."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    @property
    def portals(self) -> SqlPortals:
        """Realms and portals."""
        return SqlPortals(self._gate)

    @property
    def customers(self) -> SqlCustomers:
        """The register."""
        return SqlCustomers(self._gate)

    @property
    def users(self) -> SqlUsers:
        """Users."""
        return SqlUsers(self._gate)

    @property
    def sessions(self) -> SqlSessions:
        """Sessions."""
        return SqlSessions(self._gate)

    @property
    def staff(self) -> SqlStaff:
        """Staff."""
        return SqlStaff(self._gate)

    @property
    def staff_sessions(self) -> SqlStaffSessions:
        """Staff sessions."""
        return SqlStaffSessions(self._gate)

    @property
    def tickets(self) -> SqlTickets:
        """Tickets."""
        return SqlTickets(self._gate)

    @property
    def numbers(self) -> SqlNumbers:
        """Number ranges."""
        return SqlNumbers(self._gate)

    @property
    def memberships(self) -> SqlMemberships:
        """Who acts for whom."""
        return SqlMemberships(self._gate)

    @property
    def role_books(self) -> SqlRoleBooks:
        """Roles companies made."""
        return SqlRoleBooks(self._gate)

    @property
    def invitations(self) -> SqlInvitations:
        """Open offers to become a member."""
        return SqlInvitations(self._gate)

    @property
    def addresses(self) -> SqlAddresses:
        """Address books."""
        return SqlAddresses(self._gate)

    @property
    def registrations(self) -> SqlRegistrations:
        """Who is on the way to an account."""
        return SqlRegistrations(self._gate)

    @property
    def drafts(self) -> SqlDrafts:
        """What was begun as a guest."""
        return SqlDrafts(self._gate)

    @property
    def register(self) -> SqlRegister:
        """The register as staff see it."""
        return SqlRegister(self._gate)

    @property
    def prices(self) -> SqlPrices:
        """Price lists."""
        return SqlPrices(self._gate)

    @property
    def orders(self) -> SqlOrders:
        """The shop's own order history."""
        return SqlOrders(self._gate)

    @property
    def outbox(self) -> SqlOutbox:
        """Events on their way out."""
        return SqlOutbox(self._gate)

    @property
    def audit(self) -> SqlAudit:
        """The audit trail."""
        return SqlAudit(self._gate)


class SqlUnit(SqlSnapshot):
    """A writing unit; what it records is written with its commit, all events in two statements."""

    def __init__(self, gate: Gate, stamp: Stamp, new_id: NewId, commit: Callable[[], None]) -> None:
        super().__init__(gate)
        self._stamp = stamp
        self._new_id = new_id
        self._commit = commit
        self._posts: list[dict[str, Any]] = []
        self._entries: list[Mapping[str, Any]] = []

    def record(self, event: Event) -> None:
        """Add an event to the outbox and an entry to the audit trail."""
        self.note(event)
        with self._gate.to_write():
            self._posts.append(self._post(event))

    def note(self, event: Event) -> None:
        """Add an entry to the audit trail alone."""
        with self._gate.to_write():
            entry = entry_of(event, self._stamp, id=AuditEntryId(self._new_id()))
            self._entries.append(row_of(entry))

    def commit(self) -> None:
        """Make the whole unit true, or nothing of it."""
        with self._gate.to_write() as gate:
            gate.each(_POST, self._posts)
            gate.each(_ENTER, self._entries)
            self._commit()
        self._gate.close()

    def _post(self, event: Event) -> dict[str, Any]:
        return {
            "realm": self._stamp.realm,
            "id": self._new_id(),
            "event": event.name,
            "body": wire.write(event),
            "at": event.at,
            "state": PostState.WAITING,
            "due": event.at,
            "tries": 0,
            "fence": 0,
            "had": "[]",
        }
