"""What a storage is: one place that keeps everything; each feature sees its own ports of it."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol, runtime_checkable

from custaccount.credentials.ports import KeepSessions, KeepUsers, ReadSessions, ReadUsers
from custaccount.customers.ports import (
    KeepAddresses,
    KeepCustomers,
    ReadAddresses,
    ReadCustomers,
)
from custaccount.facilities.audit import ReadAudit
from custaccount.facilities.numbers import KeepNumbers, ReadNumbers
from custaccount.facilities.outbox import Outbox, ReadOutbox
from custaccount.facilities.tickets import KeepTickets, ReadTickets
from custaccount.kernel.access import Actor
from custaccount.kernel.work import Recording
from custaccount.membership.ports import (
    KeepInvitations,
    KeepMemberships,
    KeepRoleBooks,
    ReadInvitations,
    ReadMemberships,
    ReadRoleBooks,
)
from custaccount.orders.ports import KeepOrders, OrderSource
from custaccount.portals.ports import KeepPortals, ReadPortals
from custaccount.pricing.ports import KeepPrices, ReadPrices
from custaccount.registration.ports import (
    KeepDrafts,
    KeepRegistrations,
    ReadDrafts,
    ReadRegister,
    ReadRegistrations,
)
from custaccount.staff.ports import KeepStaff, KeepStaffSessions, ReadStaff, ReadStaffSessions


class Snapshot(Protocol):
    """Everything, as it was at one moment; writing to it is a ``UnitMisuse``."""

    @property
    def portals(self) -> ReadPortals:
        """Realms and portals."""
        ...

    @property
    def customers(self) -> ReadCustomers:
        """The register."""
        ...

    @property
    def users(self) -> ReadUsers:
        """Users."""
        ...

    @property
    def sessions(self) -> ReadSessions:
        """Sessions."""
        ...

    @property
    def staff(self) -> ReadStaff:
        """Staff."""
        ...

    @property
    def staff_sessions(self) -> ReadStaffSessions:
        """Staff sessions."""
        ...

    @property
    def tickets(self) -> ReadTickets:
        """Tickets."""
        ...

    @property
    def numbers(self) -> ReadNumbers:
        """Number ranges."""
        ...

    @property
    def memberships(self) -> ReadMemberships:
        """Who acts for whom."""
        ...

    @property
    def role_books(self) -> ReadRoleBooks:
        """Roles companies made."""
        ...

    @property
    def invitations(self) -> ReadInvitations:
        """Open offers to become a member."""
        ...

    @property
    def addresses(self) -> ReadAddresses:
        """Address books."""
        ...

    @property
    def registrations(self) -> ReadRegistrations:
        """Who is on the way to an account."""
        ...

    @property
    def drafts(self) -> ReadDrafts:
        """What was begun as a guest."""
        ...

    @property
    def register(self) -> ReadRegister:
        """The register as staff see it."""
        ...

    @property
    def prices(self) -> ReadPrices:
        """Price lists."""
        ...

    @property
    def orders(self) -> OrderSource:
        """The shop's own order history."""
        ...

    @property
    def outbox(self) -> ReadOutbox:
        """Events on their way out."""
        ...

    @property
    def audit(self) -> ReadAudit:
        """The audit trail."""
        ...


class Unit(Recording, Protocol):
    """A writing unit over everything."""

    @property
    def portals(self) -> KeepPortals:
        """Realms and portals."""
        ...

    @property
    def customers(self) -> KeepCustomers:
        """The register."""
        ...

    @property
    def users(self) -> KeepUsers:
        """Users."""
        ...

    @property
    def sessions(self) -> KeepSessions:
        """Sessions."""
        ...

    @property
    def staff(self) -> KeepStaff:
        """Staff."""
        ...

    @property
    def staff_sessions(self) -> KeepStaffSessions:
        """Staff sessions."""
        ...

    @property
    def tickets(self) -> KeepTickets:
        """Tickets."""
        ...

    @property
    def numbers(self) -> KeepNumbers:
        """Number ranges."""
        ...

    @property
    def memberships(self) -> KeepMemberships:
        """Who acts for whom."""
        ...

    @property
    def role_books(self) -> KeepRoleBooks:
        """Roles companies made."""
        ...

    @property
    def invitations(self) -> KeepInvitations:
        """Open offers to become a member."""
        ...

    @property
    def addresses(self) -> KeepAddresses:
        """Address books."""
        ...

    @property
    def registrations(self) -> KeepRegistrations:
        """Who is on the way to an account."""
        ...

    @property
    def drafts(self) -> KeepDrafts:
        """What was begun as a guest."""
        ...

    @property
    def prices(self) -> KeepPrices:
        """Price lists."""
        ...

    @property
    def orders(self) -> KeepOrders:
        """The shop's own order history."""
        ...

    @property
    def outbox(self) -> Outbox:
        """Events on their way out."""
        ...


class Storage(Protocol):
    """Opens units; a unit inside a unit on one thread is a ``UnitMisuse``.

    After a port error a writing unit is dead: every further use raises ``UnitMisuse``.
    """

    def reading(self) -> AbstractContextManager[Snapshot]:
        """Open a snapshot."""
        ...

    def begin(self, actor: Actor) -> AbstractContextManager[Unit]:
        """Open a writing unit whose events are stamped with the actor."""
        ...


@runtime_checkable
class Revised(Protocol):
    """An optional ability of a storage: its tables have revisions, and it knows which they lack."""

    @property
    def migrate_with(self) -> str:
        """The command that brings the tables up to date."""
        ...

    def pending(self) -> Sequence[str]:
        """Name the revisions the tables lack, the oldest first.

        Tables newer than this version lack none; nor do those a host keeps in its own migrations.

        Raises:
            StorageUnavailable: the storage did not answer in time.
        """
        ...


@runtime_checkable
class Migrating(Protocol):
    """An optional ability of a storage: to bring its tables up to date itself."""

    def migrate(self) -> None:
        """Bring the tables up to date; of several processes that do so at once, one does it."""
        ...
