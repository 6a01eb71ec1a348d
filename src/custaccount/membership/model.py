"""Who acts for whom."""

from collections.abc import Mapping
from enum import Enum
from typing import ClassVar

import attrs

from custaccount.credentials.model import UserState
from custaccount.customers.model import SWITCHES, CustomerStatus
from custaccount.kernel.access import Member, Permission
from custaccount.kernel.errors import InvalidInput, NotAllowed
from custaccount.kernel.events import Event
from custaccount.kernel.i18n import N_, Language
from custaccount.kernel.ids import (
    CustomerId,
    CustomerNumber,
    ErpCustomerId,
    MembershipId,
    RealmId,
    UserId,
)
from custaccount.portals.model import Portal


class MembershipOver(NotAllowed):
    """The user does not act for this customer (any more), or the customer may not come in."""

    code = "membership.over"
    template = N_("You can't act for this customer.")


class CustomerNotChosen(InvalidInput):
    """The user acts for several customers and has to choose one."""

    code = "membership.customer_not_chosen"
    template = N_("Please choose for which company you want to act.")


class Role(Enum):
    """A named set of permissions."""

    ADMINISTRATOR = "administrator"
    BUYER = "buyer"
    ACCOUNTANT = "accountant"
    VIEWER = "viewer"


PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.ADMINISTRATOR: frozenset(
        {Permission.SEE_PRICES, Permission.SEE_ORDERS, Permission.PLACE_ORDERS}
    ),
    Role.BUYER: frozenset({Permission.SEE_PRICES, Permission.SEE_ORDERS, Permission.PLACE_ORDERS}),
    Role.ACCOUNTANT: frozenset({Permission.SEE_ORDERS}),
    Role.VIEWER: frozenset({Permission.SEE_ORDERS, Permission.SEE_PRICES}),
}


class MembershipState(Enum):
    """Whether the user acts for the customer."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REMOVED = "removed"


@attrs.frozen(kw_only=True)
class Membership:
    """A user acting for a customer."""

    id: MembershipId
    realm: RealmId
    user: UserId
    customer: CustomerId
    roles: frozenset[Role]
    state: MembershipState = MembershipState.ACTIVE
    epoch: int = 0
    """Grows with every change of state or roles; cursors, grants and plans carry it."""
    version: int = 0

    def suspended(self) -> "Membership":
        """Stop the user from acting for the customer, for now."""
        return attrs.evolve(self, state=MembershipState.SUSPENDED, epoch=self.epoch + 1)

    def removed(self) -> "Membership":
        """End it; documents the user made stay."""
        return attrs.evolve(self, state=MembershipState.REMOVED, epoch=self.epoch + 1)


@attrs.frozen(kw_only=True)
class Standing:
    """A membership with all that decides whether it counts right now."""

    membership: Membership
    customer_name: str
    customer_number: CustomerNumber
    customer_status: CustomerStatus
    erp_id: ErpCustomerId | None
    user_state: UserState

    @property
    def counts(self) -> bool:
        """Whether the user may come in for this customer at all."""
        return (
            self.membership.state is MembershipState.ACTIVE
            and self.user_state is UserState.ACTIVE
            and SWITCHES[self.customer_status].sign_in
        )

    @property
    def permissions(self) -> frozenset[Permission]:
        """What the roles grant, less what the customer's status switches off."""
        switches = SWITCHES[self.customer_status]
        off = {
            permission
            for permission, on in (
                (Permission.SEE_PRICES, switches.see_prices),
                (Permission.PLACE_ORDERS, switches.order),
                (Permission.SEE_ORDERS, switches.see_documents),
            )
            if not on
        }
        granted = (PERMISSIONS[role] for role in self.membership.roles)
        return frozenset().union(*granted) - off

    def member(self, portal: Portal, language: Language | None) -> Member:
        """Make the actor for this call, in a language the portal offers.

        Raises:
            MembershipOver: it does not count.
        """
        if not self.counts:
            raise MembershipOver
        return Member(
            realm=self.membership.realm,
            portal=portal.id,
            user=self.membership.user,
            customer=self.membership.customer,
            membership=self.membership.id,
            erp_id=self.erp_id,
            epoch=self.membership.epoch,
            permissions=self.permissions,
            language=portal.language(language),
            currency=portal.currency,
        )

    def confirm(self, member: Member) -> None:
        """Check again, inside the writing unit, that the actor still is what it was made as.

        Raises:
            MembershipOver: removed, suspended, changed or switched off since.
        """
        same = (
            self.membership.id == member.membership
            and self.membership.epoch == member.epoch
            and member.permissions <= self.permissions
        )
        if not (same and self.counts):
            raise MembershipOver


AUDITED = ("roles", "state")
"""What the audit trail tells of a membership, before and after."""


@attrs.frozen(kw_only=True)
class MemberAdded(Event):
    """A user acts for a customer from now on."""

    name: ClassVar[str] = "membership.member_added"
    membership: MembershipId
    user: UserId
    customer: CustomerId
    roles: tuple[Role, ...]
    reason: str
    """Why: what proved it."""
