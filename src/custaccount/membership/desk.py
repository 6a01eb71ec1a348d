"""What staff do about the users of a customer: everything but deciding for a person."""

from collections.abc import Collection

import attrs

from custaccount.facilities.fields import reason_of
from custaccount.kernel.access import Permission, Staff
from custaccount.kernel.clock import Clock
from custaccount.kernel.ids import (
    CustomerId,
    InvitationId,
    MembershipId,
    PortalId,
    RoleId,
)
from custaccount.kernel.operations import requires
from custaccount.kernel.scope import CustomerScope
from custaccount.kernel.text import EmailAddress
from custaccount.kernel.work import Begin, Reading, repeatable
from custaccount.membership.changing import Changing
from custaccount.membership.held import hold
from custaccount.membership.inviting import Inviting, read_offer
from custaccount.membership.model import (
    Invitation,
    InvitationNotFound,
    InvitationState,
    MemberLine,
)
from custaccount.membership.offers import withdraw
from custaccount.membership.ports import MembershipReading, MembershipWork
from custaccount.membership.roles import ADMINISTRATOR, Role, checked_roles
from custaccount.portals.model import ActivationMode, NotOffered, Portal


@attrs.frozen(kw_only=True)
class MemberDesk:
    """Looks after who acts for a customer; a company without an administrator gets one here."""

    _reading: Reading[MembershipReading] = attrs.field(alias="reading")
    _begin: Begin[MembershipWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")
    _inviting: Inviting = attrs.field(alias="inviting")
    _changing: Changing = attrs.field(alias="changing")

    # Looking ------------------------------------------------------------------------------------

    @requires(Permission.MANAGE_ACCOUNTS)
    def users(self, staff: Staff, customer: CustomerId) -> tuple[MemberLine, ...]:
        """List a customer's users, those removed too, with why each is one.

        Raises:
            CustomerNotFound: there is no such customer.
        """
        scope = CustomerScope(staff.realm, customer)
        with self._reading() as view:
            view.customers.get(scope)
            return tuple(view.memberships.of_customer(scope))

    @requires(Permission.MANAGE_ACCOUNTS)
    def roles(self, staff: Staff, customer: CustomerId) -> tuple[Role, ...]:
        """List the roles there are for a customer: those that are shipped, then its own.

        Raises:
            CustomerNotFound: there is no such customer.
        """
        scope = CustomerScope(staff.realm, customer)
        with self._reading() as view:
            view.customers.get(scope)
            return tuple(view.role_books.get(scope))

    @requires(Permission.MANAGE_ACCOUNTS)
    def invitations(self, staff: Staff, customer: CustomerId) -> tuple[Invitation, ...]:
        """List a customer's open invitations, expired or not, the newest first.

        Raises:
            CustomerNotFound: there is no such customer.
        """
        scope = CustomerScope(staff.realm, customer)
        with self._reading() as view:
            view.customers.get(scope)
            return tuple(view.invitations.open_of(scope))

    # Invitations --------------------------------------------------------------------------------

    @requires(Permission.MANAGE_ACCOUNTS)
    def invite(
        self,
        staff: Staff,
        portal: PortalId,
        customer: CustomerId,
        *,
        email: str,
        name: str = "",
        roles: Collection[RoleId] = (ADMINISTRATOR,),
    ) -> Invitation:
        """Mail somebody a link that makes an account for a customer, or adds it to a login.

        An open invitation of the customer to the same address is renewed; with other roles it is
        replaced.

        Raises:
            InvalidFields: name, address or roles do not hold.
            NotOffered: the portal has staff hand passwords over, and the address has no login yet.
            AlreadyMember: the person acts for the customer already.
            OnePersonOnly: the account is personal, and has its person.
            CustomerNotFound: there is no such customer.
            PortalNotFound: there is no such portal.
            TooManyTries: too many invitations of this customer or to this address.
        """
        scope = CustomerScope(staff.realm, customer)
        with self._reading() as view:
            found = view.portals.get(staff.scope, portal)
            view.customers.get(scope)
            book = view.role_books.get(scope)
            address, called, wanted = read_offer(email, name, roles, book)
            user = view.users.find_by_email(staff.scope, address)
        by_hand = found.policies.activation is ActivationMode.STAFF_PASSWORD
        if by_hand and user is None:
            raise NotOffered
        self._inviting.count(scope, address)
        return self._invite(staff, found, scope, email=address, name=called, roles=wanted)

    @requires(Permission.MANAGE_ACCOUNTS)
    def resend(self, staff: Staff, invitation: InvitationId) -> Invitation:
        """Mail an invitation again, to be accepted for as long as a new one; the older link dies.

        Raises:
            InvitationNotFound: there is none, or it is not open any more.
            TooManyTries: too many invitations of this customer or to this address.
        """
        with self._reading() as view:
            kept = _open(view, staff, invitation)
        self._inviting.count(kept.scope, kept.email)
        return self._resend(staff, invitation)

    @requires(Permission.MANAGE_ACCOUNTS)
    @repeatable
    def withdraw(self, staff: Staff, invitation: InvitationId) -> None:
        """Take an invitation back; its link is dead.

        Raises:
            InvitationNotFound: there is none, or it is not open any more.
        """
        with self._begin(staff) as work:
            withdraw(work, _open(work, staff, invitation), at=self._clock())
            work.commit()

    # Members ------------------------------------------------------------------------------------

    @requires(Permission.MANAGE_ACCOUNTS)
    @repeatable
    def set_roles(
        self,
        staff: Staff,
        customer: CustomerId,
        membership: MembershipId,
        roles: Collection[RoleId],
    ) -> None:
        """Give a user other roles; this is how a company without an administrator gets one.

        Raises:
            MemberNotFound: the customer has no such user.
            InvalidFields: no role is named, or one there is not.
            LastAdministrator: members would be left, and no administrator.
        """
        scope = CustomerScope(staff.realm, customer)
        with self._begin(staff) as work:
            held = hold(work, staff, scope)
            self._changing.set_roles(work, held, held.find(membership), roles)
            work.commit()

    @requires(Permission.MANAGE_ACCOUNTS)
    @repeatable
    def suspend(
        self, staff: Staff, portal: PortalId, customer: CustomerId, membership: MembershipId
    ) -> None:
        """Stop a user from acting for a customer, for now; the login and other companies go on.

        Raises:
            MemberNotFound: the customer has no such user.
            LastAdministrator: members would be left, and no administrator.
            PortalNotFound: there is no such portal.
        """
        scope = CustomerScope(staff.realm, customer)
        with self._begin(staff) as work:
            place = work.portals.get(staff.scope, portal)
            held = hold(work, staff, scope)
            self._changing.suspend(work, held, held.find(membership), place.id)
            work.commit()

    @requires(Permission.MANAGE_ACCOUNTS)
    @repeatable
    def resume(
        self, staff: Staff, portal: PortalId, customer: CustomerId, membership: MembershipId
    ) -> None:
        """Let a user act for a customer again.

        Raises:
            MemberNotFound: the customer has no such user.
            PortalNotFound: there is no such portal.
        """
        scope = CustomerScope(staff.realm, customer)
        with self._begin(staff) as work:
            place = work.portals.get(staff.scope, portal)
            held = hold(work, staff, scope)
            self._changing.resume(work, held, held.find(membership), place.id)
            work.commit()

    @requires(Permission.MANAGE_ACCOUNTS)
    @repeatable
    def remove(
        self,
        staff: Staff,
        portal: PortalId,
        customer: CustomerId,
        membership: MembershipId,
        *,
        reason: str,
    ) -> None:
        """End a user's membership of a customer; it is never made again by itself.

        What was done stays, and so do the login and its other customers. An invitation that is
        still open to the user's address is withdrawn with it.

        Raises:
            MemberNotFound: the customer has no such user.
            LastAdministrator: members would be left, and no administrator.
            PortalNotFound: there is no such portal.
            InvalidFields: the reason is missing, too long or unprintable.
        """
        told = reason_of(reason)
        scope = CustomerScope(staff.realm, customer)
        with self._begin(staff) as work:
            place = work.portals.get(staff.scope, portal)
            held = hold(work, staff, scope)
            self._changing.remove(work, held, held.find(membership), place.id, reason=told)
            work.commit()

    @repeatable
    def _invite(
        self,
        staff: Staff,
        portal: Portal,
        scope: CustomerScope,
        *,
        email: EmailAddress,
        name: str,
        roles: frozenset[RoleId],
    ) -> Invitation:
        with self._begin(staff) as work:
            held = hold(work, staff, scope)
            wanted = checked_roles(roles, held.book)
            to = work.customers.get(scope)
            kept = self._inviting.invite(
                work, staff, portal, to, email=email, name=name, roles=wanted
            )
            work.commit()
        return kept

    @repeatable
    def _resend(self, staff: Staff, invitation: InvitationId) -> Invitation:
        with self._begin(staff) as work:
            kept = _open(work, staff, invitation)
            portal = work.portals.get(staff.scope, kept.portal)
            renewed = self._inviting.renew(work, staff, portal, kept)
            work.commit()
        return renewed


def _open(
    view: MembershipReading | MembershipWork, staff: Staff, invitation: InvitationId
) -> Invitation:
    kept = view.invitations.get(staff.scope, invitation)
    if kept.state is not InvitationState.OPEN:
        raise InvitationNotFound
    return kept
