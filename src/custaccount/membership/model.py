"""Who acts for whom."""

import itertools
from collections.abc import Collection
from datetime import datetime
from enum import Enum
from typing import ClassVar

import attrs

from custaccount.credentials.model import UserState
from custaccount.kernel.clock import utc, utc_if_known
from custaccount.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound
from custaccount.kernel.events import Event
from custaccount.kernel.i18n import N_
from custaccount.kernel.ids import (
    CustomerId,
    InvitationId,
    MembershipId,
    PortalId,
    RealmId,
    RoleId,
    StaffId,
    TicketId,
    UserCode,
    UserId,
)
from custaccount.kernel.scope import CustomerScope
from custaccount.kernel.text import EmailAddress
from custaccount.membership.roles import ADMINISTRATOR

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
    roles: frozenset[RoleId]
    state: MembershipState = MembershipState.ACTIVE
    user_code: UserCode | None = FIRST_USER
    """Told with the customer's number at sign-in; None once removed: it is free again."""
    reason: str = ""
    """Why there is a membership: what proved it, or who decided."""
    epoch: int = 0
    """Grows with every change of state or roles; cursors, grants and plans carry it."""
    acted: datetime | None = attrs.field(default=None, converter=utc_if_known)
    """When the user last began to act for the customer: signed in to it, or switched to it."""
    version: int = 0

    @property
    def scope(self) -> CustomerScope:
        """Everything of its customer."""
        return CustomerScope(self.realm, self.customer)

    @property
    def administers(self) -> bool:
        """Whether it is an active administrator's."""
        return self.state is MembershipState.ACTIVE and ADMINISTRATOR in self.roles

    def with_roles(self, roles: frozenset[RoleId]) -> "Membership":
        """Give the user other roles."""
        return attrs.evolve(self, roles=roles, epoch=self.epoch + 1)

    def suspended(self) -> "Membership":
        """Stop the user from acting for the customer, for now."""
        return attrs.evolve(self, state=MembershipState.SUSPENDED, epoch=self.epoch + 1)

    def resumed(self) -> "Membership":
        """Let the user act for the customer again."""
        return attrs.evolve(self, state=MembershipState.ACTIVE, epoch=self.epoch + 1)

    def removed(self) -> "Membership":
        """End it; documents the user made stay."""
        return attrs.evolve(
            self, state=MembershipState.REMOVED, user_code=None, epoch=self.epoch + 1
        )

    def revived(
        self, *, roles: frozenset[RoleId], user_code: UserCode, reason: str
    ) -> "Membership":
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
class MemberLine:
    """One of a customer's users, as a list shows it."""

    membership: Membership
    name: str
    email: EmailAddress | None
    user_state: UserState
    password_due: bool
    """Whether the password is one that staff gave and nobody has changed yet."""
    signed_in: datetime | None = attrs.field(default=None, converter=utc_if_known)
    """The last time, for whichever customer: staff alone are told."""

    @property
    def called(self) -> str:
        """What the user is called: by name, else by address, else by user code."""
        return self.name or (self.email.text if self.email else self.membership.user_code or "")

    @property
    def administers(self) -> bool:
        """Whether an administrator is there: an active one, whose login is not blocked."""
        return self.membership.administers and self.user_state is UserState.ACTIVE


def leaves_an_administrator(members: Collection[MemberLine], after: Membership) -> bool:
    """Tell whether a change of one membership leaves an administrator, if there was one.

    A customer that has none gets one from staff: that is no reason to refuse what does not make it
    worse.
    """
    before = [one for one in members if one.administers]
    others = [one for one in before if one.membership.id != after.id]
    return not before or bool(others) or (after.administers and len(before) > len(others))


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
    roles: frozenset[RoleId]
    invited_by: StaffId | UserId
    """Who invited; what a member may grant is looked at again when it is accepted."""
    by_staff: bool
    """Whether that is a staff member, who may grant every role."""
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


class MemberNotFound(NotFound):
    """No such member of this customer, or not any more."""

    code = "membership.member_not_found"
    template = N_("This user is not one of the company (any more).")


class LastAdministrator(Conflict):
    """Nobody would be left who manages the customer's users."""

    code = "membership.last_administrator"
    template = N_("Somebody has to be left who is an administrator. Appoint another one first.")


class OwnMembership(NotAllowed):
    """Nobody changes the own roles, or suspends or removes himself: he leaves."""

    code = "membership.own_membership"
    template = N_("You can't do this to yourself. Ask another administrator.")


class BeyondOwnRights(NotAllowed):
    """The member has, or would get, a right that who decides lacks."""

    code = "membership.beyond_own_rights"
    template = N_("This concerns rights that you do not have yourself.")


class RoleNotFound(NotFound):
    """The company has made no such role, or not any more; those that are shipped can't change."""

    code = "membership.role_not_found"
    template = N_("This role is not known.")


@attrs.frozen(kw_only=True)
class RoleInUse(Conflict):
    """Somebody has the role, or is invited to it."""

    code = "membership.role_in_use"
    template = N_("This role is still given to: %(holders)s.")

    holders: str
    """Names or addresses, the first ones; else how many."""


class InvitationOver(NotAllowed):
    """The invitation can't be accepted any more; what happened has a code of its own."""

    code = "membership.invitation_over"
    template = N_("This invitation is not open any more.")


class InvitationExpired(InvitationOver):
    """It was not accepted in time."""

    code = "membership.invitation_expired"
    template = N_("This invitation has expired. Please ask for another one.")


class InvitationWithdrawn(InvitationOver):
    """Who invited took it back."""

    code = "membership.invitation_withdrawn"
    template = N_("This invitation was withdrawn.")


class InvitationAccepted(InvitationOver):
    """It was accepted already."""

    code = "membership.invitation_accepted"
    template = N_("This invitation has been accepted already. Please sign in.")


class InvitationDeclined(InvitationOver):
    """It was declined."""

    code = "membership.invitation_declined"
    template = N_("This invitation was declined.")


class InvitationReplaced(InvitationOver):
    """A newer link was mailed; this one is dead."""

    code = "membership.invitation_replaced"
    template = N_("A newer invitation was mailed to you. Please open that one.")


class InviterLacksRight(InvitationOver):
    """Who invited may not grant these roles (any more)."""

    code = "membership.inviter_lacks_right"
    template = N_("This invitation does not hold any more. Please ask the company to invite again.")


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
    roles: tuple[RoleId, ...]


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
    roles: tuple[RoleId, ...]
    reason: str
    """Why: what proved it."""


@attrs.frozen(kw_only=True)
class MemberSuspended(Event):
    """A user does not act for a customer for now."""

    name: ClassVar[str] = "membership.member_suspended"
    membership: MembershipId
    user: UserId
    customer: CustomerId
    portal: PortalId


@attrs.frozen(kw_only=True)
class MemberResumed(Event):
    """A user acts for a customer again."""

    name: ClassVar[str] = "membership.member_resumed"
    membership: MembershipId
    user: UserId
    customer: CustomerId
    portal: PortalId


@attrs.frozen(kw_only=True)
class MemberRolesChanged(Event):
    """A member has other roles."""

    name: ClassVar[str] = "membership.roles_changed"
    membership: MembershipId
    user: UserId
    customer: CustomerId


@attrs.frozen(kw_only=True)
class RoleBookChanged(Event):
    """A company made, changed or removed a role."""

    name: ClassVar[str] = "membership.role_book_changed"
    customer: CustomerId
    role: RoleId
    what: str
    """``made``, ``changed`` or ``removed``."""


@attrs.frozen(kw_only=True)
class CompanyChosen(Event):
    """A user began to act for a customer."""

    name: ClassVar[str] = "membership.company_chosen"
    user: UserId
    customer: CustomerId
