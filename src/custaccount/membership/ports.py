"""What membership asks of a storage."""

from collections.abc import Collection, Sequence
from typing import Protocol

from custaccount.credentials.ports import ReadUsers
from custaccount.customers.ports import ReadAddresses, ReadCustomers
from custaccount.kernel.ids import CustomerId, InvitationId, UserCode, UserId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.kernel.work import Recording
from custaccount.membership.model import Invitation, MemberLine, Membership, Standing
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

        Raises:
            Stale: a newer version is kept.
            AlreadyThere: the user has one with this customer, or the user code is another's.
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
    def memberships(self) -> ReadMemberships:
        """Who acts for whom."""
        ...


class MembershipWork(Recording, Protocol):
    """A writing unit, as membership sees it."""

    @property
    def memberships(self) -> KeepMemberships:
        """Who acts for whom."""
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
