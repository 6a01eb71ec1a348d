"""The users of a company: what its administrators do about them. Never about a login."""

from collections.abc import Collection
from datetime import datetime

import attrs

from custaccount.kernel.access import Member, Permission, cover
from custaccount.kernel.clock import Clock
from custaccount.kernel.features import USERS
from custaccount.kernel.ids import InvitationId, MembershipId, RoleId, UserCode, UserId
from custaccount.kernel.operations import requires
from custaccount.kernel.text import EmailAddress
from custaccount.kernel.work import Begin, Reading, repeatable
from custaccount.membership.changing import Changing
from custaccount.membership.held import hold
from custaccount.membership.inviting import Inviting, read_offer
from custaccount.membership.model import (
    BeyondOwnRights,
    Invitation,
    MemberLine,
    MembershipState,
    OnePersonOnly,
)
from custaccount.membership.offers import open_named, open_to, withdraw
from custaccount.membership.ports import MembershipReading, MembershipWork
from custaccount.membership.roles import Role, RoleBook, checked_roles
from custaccount.portals.model import AccountKind

LEFT = "left of their own will"
REMOVED = "removed by the company"


@attrs.frozen(kw_only=True)
class Colleague:
    """One of a company's users, as its administrators see it: nothing about the login itself."""

    membership: MembershipId
    name: str
    email: EmailAddress | None
    state: MembershipState
    roles: tuple[Role, ...]
    user_code: UserCode | None
    """Told with the customer number, where that is the portal's login."""
    signed_in: datetime | None
    """When the user last began to act for this company; never for another."""
    me: bool
    """Whether it is who looks."""
    changeable: bool
    """Whether who looks may change it: somebody else, with no right beyond the own ones."""


@attrs.frozen(kw_only=True)
class OpenInvitation:
    """Somebody who is invited, as a company's administrators see it."""

    id: InvitationId
    email: EmailAddress
    name: str
    roles: frozenset[RoleId]
    issued: datetime
    """When it was first sent."""
    expires: datetime
    void: bool
    """Whether it can't be accepted, for who invited does not act for the company any more."""


@attrs.frozen(kw_only=True)
class Users:
    """A company's users, and whom it has invited."""

    users: tuple[Colleague, ...]
    """By name."""
    invitations: tuple[OpenInvitation, ...]
    """Open ones, expired or not; the newest first."""
    roles: tuple[Role, ...]
    """Those that who looks may give somebody."""


@attrs.frozen(kw_only=True)
class CompanyUsers:
    """Lists, invites and removes users of the customer a member acts for.

    What it changes is a membership. Password, mail address, second factor and state of a login are
    the person's, who may act for other companies with it.
    """

    _reading: Reading[MembershipReading] = attrs.field(alias="reading")
    _begin: Begin[MembershipWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")
    _inviting: Inviting = attrs.field(alias="inviting")
    _changing: Changing = attrs.field(alias="changing")

    @requires(Permission.MANAGE_USERS, feature=USERS)
    def all(self, member: Member) -> Users:
        """List the users with state, roles and last sign-in, and who is invited since when."""
        with self._reading() as view:
            book = view.role_books.get(member.scope)
            lines = view.memberships.of_customer(member.scope)
            invitations = view.invitations.open_of(member.scope)
        mine = next((one for one in lines if one.membership.id == member.membership), None)
        held = book.grants(mine.membership.roles if mine else ())
        acting = {
            one.membership.user for one in lines if one.membership.state is MembershipState.ACTIVE
        }
        users = [
            _colleague(one, book, member, covered=cover(held, book.grants(one.membership.roles)))
            for one in lines
            if one.membership.state is not MembershipState.REMOVED
        ]
        return Users(
            users=tuple(sorted(users, key=lambda one: (one.name.casefold(), one.membership))),
            invitations=tuple(_open_invitation(one, acting) for one in invitations),
            roles=tuple(role for role in book if cover(held, role.grants)),
        )

    # Inviting -----------------------------------------------------------------------------------

    @requires(Permission.MANAGE_USERS, feature=USERS)
    def invite(
        self, member: Member, *, email: str, name: str = "", roles: Collection[RoleId]
    ) -> Invitation:
        """Invite a person by mail; the answer is the same whether the person has a login or not.

        An open invitation to the same address is renewed; with other roles it is replaced.

        Raises:
            InvalidFields: name, address or roles do not hold.
            BeyondOwnRights: the roles, or those offered already, grant what the member lacks.
            AlreadyMember: the person acts for the company already.
            TooManyTries: too many invitations of this company or to this address.
        """
        with self._reading() as view:
            book = view.role_books.get(member.scope)
            address, called, wanted = read_offer(email, name, roles, book)
            _require_covering(view, member, wanted)
        self._inviting.count(member.scope, address)
        return self._invite(member, address, called, wanted)

    @requires(Permission.MANAGE_USERS, feature=USERS)
    def resend(self, member: Member, invitation: InvitationId) -> Invitation:
        """Mail an invitation again, to be accepted for as long as a new one; the older link dies.

        Raises:
            InvitationNotFound: there is none, or it is not open any more.
            BeyondOwnRights: its roles grant what the member lacks.
            TooManyTries: too many invitations of this company or to this address.
        """
        with self._reading() as view:
            kept = open_named(view, member.scope, invitation)
            _require_covering(view, member, kept.roles)
        self._inviting.count(member.scope, kept.email)
        return self._resend(member, invitation)

    @requires(Permission.MANAGE_USERS, feature=USERS)
    @repeatable
    def withdraw(self, member: Member, invitation: InvitationId) -> None:
        """Take an invitation back; its link is dead.

        Raises:
            InvitationNotFound: there is none, or it is not open any more.
            BeyondOwnRights: its roles grant what the member lacks.
        """
        with self._begin(member) as work:
            held = hold(work, member, member.scope)
            kept = open_named(work, member.scope, invitation)
            held.require_covering(kept.roles)
            withdraw(work, kept, at=self._clock())
            work.commit()

    # Members ------------------------------------------------------------------------------------

    @requires(Permission.MANAGE_USERS, feature=USERS)
    @repeatable
    def set_roles(
        self, member: Member, membership: MembershipId, roles: Collection[RoleId]
    ) -> None:
        """Give a user other roles, from the user's next call on.

        Raises:
            MemberNotFound: the company has no such user.
            InvalidFields: no role is named, or one there is not.
            OwnMembership: nobody changes the own roles.
            BeyondOwnRights: the user has, or would get, a right that the member lacks.
            LastAdministrator: no administrator would be left.
        """
        with self._begin(member) as work:
            held = hold(work, member, member.scope)
            self._changing.set_roles(work, held, held.other(membership), roles)
            work.commit()

    @requires(Permission.MANAGE_USERS, feature=USERS)
    @repeatable
    def suspend(self, member: Member, membership: MembershipId) -> None:
        """Stop a user from acting for the company, for now; the login and other companies go on.

        Raises:
            MemberNotFound: the company has no such user.
            OwnMembership: nobody suspends himself.
            BeyondOwnRights: the user has a right that the member lacks.
            LastAdministrator: no administrator would be left.
        """
        with self._begin(member) as work:
            held = hold(work, member, member.scope)
            self._changing.suspend(work, held, held.other(membership), member.portal)
            work.commit()

    @requires(Permission.MANAGE_USERS, feature=USERS)
    @repeatable
    def resume(self, member: Member, membership: MembershipId) -> None:
        """Let a user act for the company again.

        Raises:
            MemberNotFound: the company has no such user.
            OwnMembership: it is who asks.
            BeyondOwnRights: the user would get a right that the member lacks.
        """
        with self._begin(member) as work:
            held = hold(work, member, member.scope)
            self._changing.resume(work, held, held.other(membership), member.portal)
            work.commit()

    @requires(Permission.MANAGE_USERS, feature=USERS)
    @repeatable
    def remove(self, member: Member, membership: MembershipId) -> None:
        """End a user's membership, at once; what was done stays, and so do login and other ones.

        Raises:
            MemberNotFound: the company has no such user.
            OwnMembership: nobody removes himself; see ``leave``.
            BeyondOwnRights: the user has a right that the member lacks.
            LastAdministrator: no administrator would be left.
        """
        with self._begin(member) as work:
            held = hold(work, member, member.scope)
            found = held.other(membership)
            self._changing.remove(work, held, found, member.portal, reason=REMOVED)
            work.commit()

    @requires()
    @repeatable
    def leave(self, member: Member) -> None:
        """Act for the company no more, of one's own will.

        Raises:
            OnePersonOnly: the account is personal: it is the person's own.
            LastAdministrator: no administrator would be left.
        """
        with self._begin(member) as work:
            if work.customers.get(member.scope).kind is AccountKind.PERSONAL:
                raise OnePersonOnly
            held = hold(work, member, member.scope)
            mine = held.find(member.membership)
            self._changing.remove(work, held, mine, member.portal, reason=LEFT)
            work.commit()

    @repeatable
    def _invite(
        self, member: Member, email: EmailAddress, name: str, roles: frozenset[RoleId]
    ) -> Invitation:
        with self._begin(member) as work:
            held = hold(work, member, member.scope)
            held.require_covering(checked_roles(roles, held.book))
            older = open_to(work, member.scope, email)
            if older is not None:
                held.require_covering(older.roles)
            portal = work.portals.get(member.scope.of_realm, member.portal)
            to = work.customers.get(member.scope)
            kept = self._inviting.invite(
                work, member, portal, to, email=email, name=name, roles=roles
            )
            work.commit()
        return kept

    @repeatable
    def _resend(self, member: Member, invitation: InvitationId) -> Invitation:
        with self._begin(member) as work:
            held = hold(work, member, member.scope)
            kept = open_named(work, member.scope, invitation)
            held.require_covering(kept.roles)
            portal = work.portals.get(member.scope.of_realm, member.portal)
            renewed = self._inviting.renew(work, member, portal, kept)
            work.commit()
        return renewed


def _require_covering(view: MembershipReading, member: Member, roles: frozenset[RoleId]) -> None:
    """Refuse before a mail is counted what the unit will refuse again."""
    standing = view.memberships.find(member.scope, member.user)
    granted = standing.granted if standing is not None else {}
    if not cover(granted, view.role_books.get(member.scope).grants(roles)):
        raise BeyondOwnRights


def _open_invitation(one: Invitation, acting: Collection[UserId]) -> OpenInvitation:
    return OpenInvitation(
        id=one.id,
        email=one.email,
        name=one.name,
        roles=one.roles,
        issued=one.issued,
        expires=one.expires,
        void=not one.by_staff and one.invited_by not in acting,
    )


def _colleague(line: MemberLine, book: RoleBook, member: Member, *, covered: bool) -> Colleague:
    me = line.membership.id == member.membership
    return Colleague(
        membership=line.membership.id,
        name=line.name,
        email=line.email,
        state=line.membership.state,
        roles=tuple(role for role in book if role.id in line.membership.roles),
        user_code=line.membership.user_code,
        signed_in=line.membership.acted,
        me=me,
        changeable=covered and not me,
    )
