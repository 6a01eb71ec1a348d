"""What registration asks of a storage."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from custaccount.credentials.ports import KeepSessions, KeepUsers, ReadUsers
from custaccount.customers.ports import KeepCustomers, ReadCustomers
from custaccount.facilities.numbers import NumbersWork, ReadNumbers
from custaccount.facilities.tickets import KeepTickets, ReadTickets
from custaccount.kernel.ids import CustomerNumber, DraftId, RealmId, RegistrationId, UserId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.kernel.text import EmailAddress
from custaccount.membership.ports import (
    KeepInvitations,
    KeepMemberships,
    KeepRoleBooks,
    ReadInvitations,
    ReadMemberships,
    ReadRoleBooks,
)
from custaccount.portals.ports import ReadPortals
from custaccount.portals.statuses import CustomerStatus
from custaccount.registration.model import (
    Draft,
    ErpMatch,
    QueuePlace,
    RegisterLine,
    RegisterQuery,
    Registration,
)


class ReadRegistrations(Protocol):
    """Looks registrations up."""

    def get(self, scope: RealmScope, registration: RegistrationId) -> Registration:
        """Return a registration.

        Raises:
            RegistrationNotFound: there is none, or it is over.
        """
        ...

    def find_by_email(self, scope: RealmScope, email: EmailAddress) -> Registration | None:
        """Return the one of this address, or None: there is never more than one."""
        ...

    def queued(
        self, scope: RealmScope, *, after: QueuePlace | None, limit: int
    ) -> Sequence[Registration]:
        """Return those that wait for staff, who asked first before, those after a place."""
        ...

    def asking(self, scope: CustomerScope) -> Sequence[Registration]:
        """Return the open claims a customer's administrators are asked about, the first first."""
        ...

    def count_queued(self, scope: RealmScope) -> int:
        """Count those that wait for staff."""
        ...


class KeepRegistrations(ReadRegistrations, Protocol):
    """Keeps registrations."""

    def put(self, scope: RealmScope, registration: Registration) -> None:
        """Keep a new registration, as its version 1, in place of any other of its address.

        Raises:
            AlreadyThere: a rival's was put there at the same moment.
        """
        ...

    def save(self, scope: RealmScope, registration: Registration) -> Registration:
        """Keep what changed of a registration and return it with its new version.

        Raises:
            Stale: a newer version is kept, or it is gone, or it was never put.
        """
        ...

    def remove(self, scope: RealmScope, registration: RegistrationId) -> bool:
        """Forget a registration; False if there was none."""
        ...

    def purge(self, scope: RealmScope, *, expired_before: datetime, limit: int) -> int:
        """Forget those that expired before a moment; returns how many, at most the limit."""
        ...


class ReadDrafts(Protocol):
    """Looks at what was begun as a guest."""

    def of(self, scope: CustomerScope, user: UserId) -> Sequence[Draft]:
        """Return a user's drafts at a customer, the newest first."""
        ...


class KeepDrafts(ReadDrafts, Protocol):
    """Keeps what was begun as a guest."""

    def add(self, scope: CustomerScope, draft: Draft) -> None:
        """Keep a new draft.

        Raises:
            AlreadyThere: its id is taken.
        """
        ...

    def take(self, scope: CustomerScope, user: UserId, draft: DraftId) -> Draft | None:
        """Hand a draft of this user's over and forget it; None if there is none.

        Atomic: of any number of rivals exactly one gets it.
        """
        ...

    def purge(self, scope: RealmScope, *, kept_before: datetime, limit: int) -> int:
        """Forget drafts kept before a moment; returns how many, at most the limit."""
        ...


class ReadRegister(Protocol):
    """Looks the register up as staff see it: each customer with the state of its account."""

    def search(
        self,
        scope: RealmScope,
        query: RegisterQuery,
        *,
        entering: Collection[CustomerStatus],
        at: datetime,
        after: CustomerNumber | None,
        limit: int,
    ) -> Sequence[RegisterLine]:
        """Return matching customers by number, those after one; a page in few statements.

        Only users of customers in an entering status can sign in.
        """
        ...


class CustomerMatcher(Protocol):
    """Tells whose an address is, as the ERP knows it; an ERP adapter implements this."""

    def with_email(self, realm: RealmId, email: EmailAddress) -> Sequence[ErpMatch]:
        """Return the ERP's customers one of whose address fields has this address in it.

        Any number of times the same question gets the same answer as long as the ERP has not
        changed; it is only asked about addresses that were proven.

        Raises:
            Unavailable: no trustworthy answer.
        """
        ...


class RegistrationReading(Protocol):
    """A snapshot, as registration sees it."""

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
    def memberships(self) -> ReadMemberships:
        """Who acts for whom."""
        ...

    @property
    def role_books(self) -> ReadRoleBooks:
        """Roles companies made."""
        ...

    @property
    def tickets(self) -> ReadTickets:
        """Tickets."""
        ...

    @property
    def registrations(self) -> ReadRegistrations:
        """Who is on the way to an account."""
        ...

    @property
    def invitations(self) -> ReadInvitations:
        """Open offers to become a member."""
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
    def numbers(self) -> ReadNumbers:
        """Number ranges."""
        ...


class RegistrationWork(NumbersWork, Protocol):
    """A writing unit, as registration sees it."""

    @property
    def customers(self) -> KeepCustomers:
        """The register."""
        ...

    @property
    def users(self) -> KeepUsers:
        """Users."""
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
    def tickets(self) -> KeepTickets:
        """Tickets."""
        ...

    @property
    def portals(self) -> ReadPortals:
        """Realms and portals."""
        ...

    @property
    def sessions(self) -> KeepSessions:
        """Sessions."""
        ...

    @property
    def registrations(self) -> KeepRegistrations:
        """Who is on the way to an account."""
        ...

    @property
    def invitations(self) -> KeepInvitations:
        """Open offers to become a member."""
        ...

    @property
    def drafts(self) -> KeepDrafts:
        """What was begun as a guest."""
        ...
