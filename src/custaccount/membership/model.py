"""Who acts for whom."""

import itertools
from collections.abc import Collection, Mapping
from datetime import datetime
from enum import Enum
from typing import ClassVar

import attrs

from custaccount.credentials.model import UserState
from custaccount.customers.model import SWITCHES, CustomerStatus
from custaccount.kernel.access import Member, PasswordChangeDue, Permission
from custaccount.kernel.clock import utc, utc_if_known
from custaccount.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound
from custaccount.kernel.events import Event
from custaccount.kernel.i18n import N_, Language
from custaccount.kernel.ids import (
    CustomerId,
    CustomerNumber,
    ErpCustomerId,
    InvitationId,
    MembershipId,
    PortalId,
    RealmId,
    TicketId,
    UserCode,
    UserId,
)
from custaccount.kernel.scope import CustomerScope
from custaccount.kernel.text import EmailAddress
from custaccount.portals.model import Portal

FIRST_USER = UserCode("")
"""The user code of a customer's first user, who signs in with the bare number."""


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
        {
            Permission.SEE_PRICES,
            Permission.SEE_ORDERS,
            Permission.PLACE_ORDERS,
            Permission.SEE_CUSTOMER,
            Permission.CHANGE_CUSTOMER,
            Permission.CHANGE_ADDRESSES,
        }
    ),
    Role.BUYER: frozenset(
        {
            Permission.SEE_PRICES,
            Permission.SEE_ORDERS,
            Permission.PLACE_ORDERS,
            Permission.SEE_CUSTOMER,
            Permission.CHANGE_ADDRESSES,
        }
    ),
    Role.ACCOUNTANT: frozenset({Permission.SEE_ORDERS, Permission.SEE_CUSTOMER}),
    Role.VIEWER: frozenset({Permission.SEE_ORDERS, Permission.SEE_PRICES, Permission.SEE_CUSTOMER}),
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
    user_code: UserCode | None = FIRST_USER
    """Told with the customer's number at sign-in; None once removed: it is free again."""
    reason: str = ""
    """Why there is a membership: what proved it, or who decided."""
    epoch: int = 0
    """Grows with every change of state or roles; cursors, grants and plans carry it."""
    version: int = 0

    def suspended(self) -> "Membership":
        """Stop the user from acting for the customer, for now."""
        return attrs.evolve(self, state=MembershipState.SUSPENDED, epoch=self.epoch + 1)

    def removed(self) -> "Membership":
        """End it; documents the user made stay."""
        return attrs.evolve(
            self, state=MembershipState.REMOVED, user_code=None, epoch=self.epoch + 1
        )

    def revived(self, *, roles: frozenset[Role], user_code: UserCode, reason: str) -> "Membership":
        """Begin it again after it was removed: nothing made before it ended counts."""
        return attrs.evolve(
            self,
            roles=roles,
            state=MembershipState.ACTIVE,
            user_code=user_code,
            reason=reason,
            epoch=self.epoch + 1,
        )


@attrs.frozen(kw_only=True)
class Standing:
    """A membership with all that decides whether it counts right now."""

    membership: Membership
    customer_name: str
    customer_number: CustomerNumber
    customer_status: CustomerStatus
    erp_id: ErpCustomerId | None
    user_state: UserState
    password_due: bool = False
    """Whether the user has to change a password that staff gave before anything else."""

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
            PasswordChangeDue: the user has to choose a password first.
            MembershipOver: it does not count.
        """
        if self.password_due:
            raise PasswordChangeDue
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
        if not (same and self.counts) or self.password_due:
            raise MembershipOver


@attrs.frozen(kw_only=True)
class MemberLine:
    """One of a customer's users, as a list shows it."""

    membership: Membership
    name: str
    email: EmailAddress | None
    user_state: UserState
    password_due: bool
    """Whether the password is one that staff gave and nobody has changed yet."""
    signed_in: datetime | None = attrs.field(default=None, converter=utc_if_known)
    """The last time."""


AUDITED = ("roles", "state")
"""What the audit trail tells of a membership, before and after."""


def free_code(taken: Collection[UserCode]) -> UserCode:
    """Choose the user code of a customer's next user: an empty one, then 2, then 3.

    Adding a user changes nobody's sign-in: a code is not given again while it is somebody's.
    """
    if FIRST_USER not in taken:
        return FIRST_USER
    return next(code for count in itertools.count(2) if (code := UserCode(str(count))) not in taken)


class InvitationState(Enum):
    """Where an invitation is in its life; one that is open may have expired."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


@attrs.frozen(kw_only=True)
class Invitation:
    """An offer to become a member of a customer; the ticket in the mail points to it."""

    id: InvitationId
    realm: RealmId
    portal: PortalId
    customer: CustomerId
    email: EmailAddress
    name: str = ""
    """What the inviter calls the person."""
    roles: frozenset[Role]
    invited_by: str
    """The staff member or user, by id."""
    issued: datetime = attrs.field(converter=utc)
    """When it was first sent: an invitation shows since when."""
    expires: datetime = attrs.field(converter=utc)
    state: InvitationState = InvitationState.OPEN
    version: int = 0

    @property
    def scope(self) -> CustomerScope:
        """Everything of its customer."""
        return CustomerScope(self.realm, self.customer)

    def stands(self, at: datetime) -> bool:
        """Tell whether it can still be accepted."""
        return self.state is InvitationState.OPEN and at < self.expires

    def renewed(self, *, until: datetime) -> "Invitation":
        """Let it be accepted until later; the link that was mailed dies."""
        return attrs.evolve(self, expires=until)

    def ended(self, state: InvitationState) -> "Invitation":
        """Accept, decline or withdraw it."""
        return attrs.evolve(self, state=state)


class InvitationNotFound(NotFound):
    """No such invitation, or it is not open any more."""

    code = "membership.invitation_not_found"
    template = N_("This invitation is not open any more.")


class AlreadyMember(Conflict):
    """The person acts for the customer already."""

    code = "membership.already_member"
    template = N_("This person acts for the company already.")


class OnePersonOnly(Conflict):
    """A personal account is one person's, and there is one."""

    code = "membership.one_person_only"
    template = N_("This account is for one person only.")


@attrs.frozen(kw_only=True)
class MemberInvited(Event):
    """A person was asked to act for a customer; the ticket lets it accept."""

    name: ClassVar[str] = "membership.member_invited"
    invitation: InvitationId
    customer: CustomerId
    ticket: TicketId
    roles: tuple[Role, ...]


@attrs.frozen(kw_only=True)
class InvitationEnded(Event):
    """An invitation was accepted, declined or withdrawn."""

    name: ClassVar[str] = "membership.invitation_ended"
    invitation: InvitationId
    customer: CustomerId
    state: InvitationState


@attrs.frozen(kw_only=True)
class MemberRemoved(Event):
    """A user does not act for a customer any more; what was done stays, and so does the login."""

    name: ClassVar[str] = "membership.member_removed"
    membership: MembershipId
    user: UserId
    customer: CustomerId
    portal: PortalId
    """Where it was decided; the person is written to from there."""
    reason: str


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
