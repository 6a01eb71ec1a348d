"""Invitations, inside the caller's unit: kept, mailed, renewed and withdrawn."""

from collections.abc import Collection, Mapping

import attrs

from custaccount.customers.model import Customer
from custaccount.facilities.fields import FieldKind, FieldSchema, FieldSpec, check
from custaccount.facilities.limits import Limiter
from custaccount.facilities.signing import Keyring
from custaccount.facilities.tickets import Purpose, Ticket
from custaccount.kernel.access import Member, Staff
from custaccount.kernel.clock import Clock
from custaccount.kernel.errors import InvalidFields, Problem
from custaccount.kernel.ids import (
    InvitationId,
    NewId,
    NewSecret,
    RoleId,
    StaffId,
    TicketId,
    UserId,
)
from custaccount.kernel.scope import CustomerScope
from custaccount.kernel.text import EmailAddress
from custaccount.membership.limits import INVITED, INVITING, MAILED
from custaccount.membership.model import (
    AlreadyMember,
    Invitation,
    MemberInvited,
    MembershipState,
    OnePersonOnly,
)
from custaccount.membership.offers import kept_invitation, open_to, withdraw
from custaccount.membership.ports import MembershipWork
from custaccount.membership.roles import RoleBook, checked_roles
from custaccount.portals.model import AccountKind, Portal

NOBODY = UserId("")
"""Asked for where there is no user, so that an invitation costs the same with and without one."""

INVITED_PERSON = FieldSchema(
    (
        FieldSpec(key="name"),
        FieldSpec(key="address", kind=FieldKind.EMAIL, required=True),
    )
)
"""What is said of somebody who is invited."""


def read_offer(
    email: object, name: object, roles: Collection[RoleId], book: RoleBook
) -> tuple[EmailAddress, str, frozenset[RoleId]]:
    """Read whom somebody invites, and to what.

    Raises:
        InvalidFields: with everything about name, address and roles that does not hold.
    """
    problems: list[Problem] = []
    kept: Mapping[str, str] = {}
    wanted: frozenset[RoleId] = frozenset()
    try:
        kept = check(INVITED_PERSON, {"name": name, "address": email})
    except InvalidFields as refusal:
        problems += refusal.problems
    try:
        wanted = checked_roles(roles, book)
    except InvalidFields as refusal:
        problems += refusal.problems
    if problems:
        raise InvalidFields(problems=tuple(problems))
    return EmailAddress.parse(kept["address"]), kept.get("name", ""), wanted


@attrs.frozen(kw_only=True)
class Inviting:
    """Keeps invitations and their links; whoever calls it commits."""

    _clock: Clock = attrs.field(alias="clock")
    _new_id: NewId = attrs.field(alias="new_id")
    _new_secret: NewSecret = attrs.field(alias="new_secret", repr=False)
    _keyring: Keyring = attrs.field(alias="keyring")
    _limiter: Limiter = attrs.field(alias="limiter")

    def count(self, scope: CustomerScope, email: EmailAddress) -> None:
        """Count a mail of a customer to an address; before the unit.

        Raises:
            TooManyTries: too many invitations of this customer or to this address.
        """
        self._limiter.require(scope.of_realm, INVITING, scope.customer)
        self._limiter.require(scope.of_realm, INVITED, scope.customer, email.key)
        self._limiter.require(scope.of_realm, MAILED, email.key)

    def invite(
        self,
        work: MembershipWork,
        actor: Member | Staff,
        portal: Portal,
        to: Customer,
        *,
        email: EmailAddress,
        name: str,
        roles: frozenset[RoleId],
    ) -> Invitation:
        """Invite an address, with and without a login alike.

        An open invitation of the customer to it is renewed; with other roles it is replaced.

        Raises:
            AlreadyMember: the person acts for the customer already.
            OnePersonOnly: the account is personal, and has its person.
        """
        now = self._clock()
        user = work.users.find_by_email(to.scope.of_realm, email)
        standing = work.memberships.find(to.scope, user.id if user else NOBODY)
        if standing and standing.membership.state is not MembershipState.REMOVED:
            raise AlreadyMember
        if to.kind is AccountKind.PERSONAL and work.memberships.codes(to.scope):
            raise OnePersonOnly
        new = Invitation(
            id=InvitationId(self._new_id()),
            realm=to.realm,
            portal=portal.id,
            customer=to.id,
            email=email,
            name=name,
            roles=roles,
            invited_by=_inviter(actor),
            by_staff=isinstance(actor, Staff),
            issued=now,
            expires=now + portal.policies.invitation_lifetime,
        )
        older = open_to(work, to.scope, email)
        if older is not None and older.roles == roles:
            new = attrs.evolve(new, id=older.id, issued=older.issued, version=older.version)
        elif older is not None:
            withdraw(work, older, at=now)
        return self._mail(work, portal, new, to)

    def renew(
        self,
        work: MembershipWork,
        actor: Member | Staff,
        portal: Portal,
        kept: Invitation,
    ) -> Invitation:
        """Mail an invitation again, to be accepted for as long as a new one; the older link dies.

        Whoever does that is who invites now, and to this portal.
        """
        to = work.customers.get(kept.scope)
        until = self._clock() + portal.policies.invitation_lifetime
        renewed = attrs.evolve(
            kept.renewed(until=until),
            portal=portal.id,
            invited_by=_inviter(actor),
            by_staff=isinstance(actor, Staff),
        )
        return self._mail(work, portal, renewed, to)

    def _mail(
        self, work: MembershipWork, portal: Portal, invitation: Invitation, to: Customer
    ) -> Invitation:
        now = self._clock()
        kept = kept_invitation(work, invitation)
        scope = kept.scope.of_realm
        ticket = Ticket(
            id=TicketId(self._new_secret()),
            purpose=Purpose.INVITATION,
            subject=kept.id,
            portal=portal.id,
            email=kept.email,
            language=portal.language(to.language),
            key=self._keyring.newest,
            issued=now,
            expires=kept.expires,
        )
        work.tickets.withdraw(scope, kept.id, Purpose.INVITATION)
        work.tickets.add(scope, ticket)
        work.record(
            MemberInvited(
                at=now,
                invitation=kept.id,
                customer=to.id,
                ticket=ticket.id,
                roles=tuple(sorted(kept.roles)),
            )
        )
        return kept


def _inviter(actor: Member | Staff) -> StaffId | UserId:
    return actor.id if isinstance(actor, Staff) else actor.user
