"""What membership asks of a storage."""

from collections.abc import Collection, Sequence
from typing import Protocol

from custaccount.kernel.ids import CustomerId, UserId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.kernel.work import Recording
from custaccount.membership.model import Membership, Standing
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


class KeepMemberships(ReadMemberships, Protocol):
    """Keeps who acts for whom."""

    def save(self, scope: CustomerScope, membership: Membership) -> Membership:
        """Keep a membership and return it with its new version.

        Raises:
            Stale: a newer version is kept.
            AlreadyThere: the user has one with this customer.
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
