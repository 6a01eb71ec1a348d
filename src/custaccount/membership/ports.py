"""What membership asks of a storage."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from custaccount.credentials.ports import ReadUsers
from custaccount.customers.ports import ReadAddresses, ReadCustomers
from custaccount.facilities.tickets import KeepTickets
from custaccount.kernel.ids import CustomerId, InvitationId, UserCode, UserId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.kernel.work import Recording
from custaccount.membership.model import Invitation, MemberLine, Membership
from custaccount.membership.roles import RoleBook
from custaccount.membership.standing import Standing
from custaccount.portals.ports import ReadPortals


class ReadMemberships(Protocol):
    """Looks up who acts for whom."""

    def of_user(self, scope: RealmScope, user: UserId) -> Sequence[Standing]:
        """Return the user's memberships in every state, by customer number; one question."""
        ...

    def find(self, scope: CustomerScope, user: UserId) -> Standing | None:
        """Return the user's membership of this customer in any state, or None; one question."""
        ...

    def taken(self, scope: RealmScope, customers: Collection[CustomerId]) -> frozenset[CustomerId]:
        """Return which of these customers have, or have had, a member; one question."""
        ...

    def of_customer(self, scope: CustomerScope) -> Sequence[MemberLine]:
        """Return the customer's users, those removed too, by user id; one question."""
        ...

    def codes(self, scope: CustomerScope) -> Collection[UserCode]:
        """Return the user codes the customer's members have; one question."""
        ...


class KeepMemberships(ReadMemberships, Protocol):
    """Keeps who acts for whom."""

    def save(self, scope: CustomerScope, membership: Membership) -> Membership:
        """Keep a membership and return it with its new version.

        Once it is kept, when it was last acted in is written by ``note_acting`` alone: a save
        leaves it as it is, so that one noted since is not undone.

        Raises:
            Stale: a newer version is kept.
            AlreadyThere: the user has one with this customer, or the user code is another's.
        """
        ...

    def note_acting(self, scope: CustomerScope, user: UserId, *, at: datetime) -> None:
        """Note that a user begins to act for the customer, never moving back in time.

        Leaves version and epoch as they are.
        """
        ...


class ReadRoleBooks(Protocol):
    """Looks up the roles customers made for themselves."""

    def get(self, scope: CustomerScope) -> RoleBook:
        """Return the customer's role book; an empty one, of version 0, if none was ever kept."""
        ...


class KeepRoleBooks(ReadRoleBooks, Protocol):
    """Keeps the roles customers made for themselves."""

    def save(self, scope: CustomerScope, book: RoleBook) -> RoleBook:
        """Keep a role book and return it with its new version, even if nothing else changed.

        Of rivals that read the same version one gets it: who changes a customer's members saves
        its role book first.

        Raises:
            Stale: a newer version is kept.
            AlreadyThere: a rival kept the first one.
        """
        ...


class ReadInvitations(Protocol):
    """Looks invitations up."""

    def get(self, scope: RealmScope, invitation: InvitationId) -> Invitation:
        """Return an invitation, in whatever state.

        Raises:
            InvitationNotFound: there is none in this realm.
        """
        ...

    def open_of(self, scope: CustomerScope) -> Sequence[Invitation]:
        """Return a customer's open invitations, expired or not, the newest first."""
        ...


class KeepInvitations(ReadInvitations, Protocol):
    """Keeps invitations."""

    def save(self, scope: CustomerScope, invitation: Invitation) -> Invitation:
        """Keep an invitation and return it with its new version.

        Raises:
            Stale: a newer version is kept.
            AlreadyThere: the customer has an open one for this address.
        """
        ...


class MembershipReading(Protocol):
    """A snapshot, as membership sees it."""

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
    def invitations(self) -> ReadInvitations:
        """Open offers to become a member."""
        ...


class MembershipWork(Recording, Protocol):
    """A writing unit, as membership sees it."""

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
    def tickets(self) -> KeepTickets:
        """Tickets."""
        ...


class CheckoutReading(Protocol):
    """A snapshot, as a checkout form sees it."""

    @property
    def users(self) -> ReadUsers:
        """Users."""
        ...

    @property
    def customers(self) -> ReadCustomers:
        """The register."""
        ...

    @property
    def addresses(self) -> ReadAddresses:
        """Address books."""
        ...
