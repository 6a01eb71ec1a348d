"""A unit over everything: each feature's repository behind one gate, and what happened."""

from collections.abc import Callable

from custaccount.adapters import wire
from custaccount.adapters.django import models
from custaccount.adapters.django.addresses import DjangoAddresses
from custaccount.adapters.django.audit import DjangoAudit, row_of
from custaccount.adapters.django.customers import DjangoCustomers
from custaccount.adapters.django.drafts import DjangoDrafts
from custaccount.adapters.django.gate import Asked, Gate
from custaccount.adapters.django.invitations import DjangoInvitations
from custaccount.adapters.django.memberships import DjangoMemberships
from custaccount.adapters.django.numbers import DjangoNumbers
from custaccount.adapters.django.orders import DjangoOrders
from custaccount.adapters.django.outbox import DjangoOutbox
from custaccount.adapters.django.portals import DjangoPortals
from custaccount.adapters.django.prices import DjangoPrices
from custaccount.adapters.django.register import DjangoRegister
from custaccount.adapters.django.registrations import DjangoRegistrations
from custaccount.adapters.django.role_books import DjangoRoleBooks
from custaccount.adapters.django.sessions import DjangoSessions
from custaccount.adapters.django.staff import DjangoStaff, DjangoStaffSessions
from custaccount.adapters.django.tickets import DjangoTickets
from custaccount.adapters.django.users import DjangoUsers
from custaccount.facilities.audit import Stamp, entry_of
from custaccount.facilities.outbox import PostState
from custaccount.kernel.events import Event
from custaccount.kernel.ids import AuditEntryId, NewId


class DjangoSnapshot:
    """Everything, as one connection sees it."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    @property
    def portals(self) -> DjangoPortals:
        """Realms and portals."""
        return DjangoPortals(self._gate)

    @property
    def customers(self) -> DjangoCustomers:
        """The register."""
        return DjangoCustomers(self._gate)

    @property
    def users(self) -> DjangoUsers:
        """Users."""
        return DjangoUsers(self._gate)

    @property
    def sessions(self) -> DjangoSessions:
        """Sessions."""
        return DjangoSessions(self._gate)

    @property
    def staff(self) -> DjangoStaff:
        """Staff."""
        return DjangoStaff(self._gate)

    @property
    def staff_sessions(self) -> DjangoStaffSessions:
        """Staff sessions."""
        return DjangoStaffSessions(self._gate)

    @property
    def tickets(self) -> DjangoTickets:
        """Tickets."""
        return DjangoTickets(self._gate)

    @property
    def numbers(self) -> DjangoNumbers:
        """Number ranges."""
        return DjangoNumbers(self._gate)

    @property
    def memberships(self) -> DjangoMemberships:
        """Who acts for whom."""
        return DjangoMemberships(self._gate)

    @property
    def role_books(self) -> DjangoRoleBooks:
        """Roles companies made."""
        return DjangoRoleBooks(self._gate)

    @property
    def invitations(self) -> DjangoInvitations:
        """Open offers to become a member."""
        return DjangoInvitations(self._gate)

    @property
    def addresses(self) -> DjangoAddresses:
        """Address books."""
        return DjangoAddresses(self._gate)

    @property
    def registrations(self) -> DjangoRegistrations:
        """Who is on the way to an account."""
        return DjangoRegistrations(self._gate)

    @property
    def drafts(self) -> DjangoDrafts:
        """What was begun as a guest."""
        return DjangoDrafts(self._gate)

    @property
    def register(self) -> DjangoRegister:
        """The register as staff see it."""
        return DjangoRegister(self._gate)

    @property
    def prices(self) -> DjangoPrices:
        """Price lists."""
        return DjangoPrices(self._gate)

    @property
    def orders(self) -> DjangoOrders:
        """The shop's own order history."""
        return DjangoOrders(self._gate)

    @property
    def outbox(self) -> DjangoOutbox:
        """Events on their way out."""
        return DjangoOutbox(self._gate)

    @property
    def audit(self) -> DjangoAudit:
        """The audit trail."""
        return DjangoAudit(self._gate)


class DjangoUnit(DjangoSnapshot):
    """A writing unit; what it records is written with its commit, all events in two statements."""

    def __init__(self, gate: Gate, stamp: Stamp, new_id: NewId, commit: Callable[[], None]) -> None:
        super().__init__(gate)
        self._stamp = stamp
        self._new_id = new_id
        self._commit = commit
        self._posts: list[Asked] = []
        self._entries: list[Asked] = []

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
            gate.insert(models.Post, self._posts)
            gate.insert(models.AuditEntry, self._entries)
            self._commit()
        self._gate.close()

    def _post(self, event: Event) -> Asked:
        return {
            "realm": self._stamp.realm,
            "ref": self._new_id(),
            "event": event.name,
            "body": wire.write(event),
            "at": event.at,
            "state": PostState.WAITING,
            "due": event.at,
            "tries": 0,
            "fence": 0,
            "had": "[]",
        }
