"""Accepting an invitation: as a new user, or with a login one has."""

from datetime import datetime

import attrs

from custaccount.credentials.model import PasswordHash, User, UserState
from custaccount.credentials.passwords import Hashing
from custaccount.credentials.passwords import check as check_password
from custaccount.customers.model import Customer
from custaccount.facilities.signing import Keyring, TokenInvalid
from custaccount.facilities.tickets import Purpose, Ticket, named_by
from custaccount.kernel.access import Depth, Guest, Permission, Person, cover, deepest
from custaccount.kernel.clock import Clock
from custaccount.kernel.errors import AlreadyThere, NotAllowed, Stale, TryAgain
from custaccount.kernel.i18n import N_
from custaccount.kernel.ids import BearerToken, CustomerId, InvitationId, NewId, UserCode, UserId
from custaccount.kernel.text import EmailAddress
from custaccount.kernel.work import Begin, Reading, repeatable
from custaccount.membership.held import write_first
from custaccount.membership.model import (
    Invitation,
    InvitationAccepted,
    InvitationDeclined,
    InvitationEnded,
    InvitationExpired,
    InvitationNotFound,
    InvitationOver,
    InvitationReplaced,
    InvitationState,
    InvitationWithdrawn,
    InviterLacksRight,
    MembershipState,
)
from custaccount.membership.roles import RoleBook
from custaccount.registration.model import AccountActivated
from custaccount.registration.ports import RegistrationReading, RegistrationWork
from custaccount.registration.settling import Settling


class AnotherPerson(NotAllowed):
    """The invitation is for another address than that of who is signed in."""

    code = "registration.another_person"
    template = N_("This invitation is for somebody else. Sign out, then open it again.")


class LoginExists(NotAllowed):
    """The invited address has a login: sign in, then accept."""

    code = "registration.login_exists"
    template = N_("You have a login already. Please sign in to accept the invitation.")


@attrs.frozen(kw_only=True)
class Offer:
    """What a person who opens an invitation sees."""

    email: EmailAddress
    name: str
    customer_name: str
    has_login: bool
    """Whether the address has a user: then that user signs in and accepts."""


@attrs.frozen(kw_only=True)
class Accepted:
    """What became of an invitation."""

    customer: CustomerId
    user: UserId
    user_code: UserCode | None
    """Told with the customer's number, where that is the portal's login."""


@attrs.frozen(kw_only=True)
class Invited:
    """Lets who was invited accept, or decline; the row counts, not what the link says."""

    _reading: Reading[RegistrationReading] = attrs.field(alias="reading")
    _begin: Begin[RegistrationWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")
    _new_id: NewId = attrs.field(alias="new_id")
    _hashing: Hashing = attrs.field(alias="hashing")
    _keyring: Keyring = attrs.field(alias="keyring")
    _settling: Settling = attrs.field(alias="settling")

    def look(self, guest: Guest, token: BearerToken) -> Offer:
        """Say who is invited to what; looking uses nothing up.

        Raises:
            TokenInvalid: that is no link of ours.
            InvitationOver: it can't be accepted any more; each way it ended has its own code.
        """
        _, invitation, customer, user = self._standing(guest, token)
        return Offer(
            email=invitation.email,
            name=invitation.name,
            customer_name=customer.name,
            has_login=user is not None,
        )

    def activate(self, guest: Guest, token: BearerToken, password: str) -> Accepted:
        """Accept as a new user with this password; the link proves the address it was mailed to.

        Nobody is signed in by it. A password that is refused leaves the link as it was.

        Raises:
            TokenInvalid: that is no link of ours.
            InvitationOver: it can't be accepted any more; each way it ended has its own code.
            LoginExists: the address has a user, who signs in and accepts.
            OnePersonOnly: the account is personal, and somebody else was first.
            InvalidFields: the password does not keep the portal's policy.
            TooBusy: too many passwords are being hashed.
        """
        ticket, invitation, customer, user = self._standing(guest, token)
        if user is not None:
            raise LoginExists
        with self._reading() as view:
            portal = view.portals.get(guest.scope, guest.portal)
        context = (invitation.email.text, invitation.name, customer.name, portal.name)
        text = check_password(password, shortest=portal.policies.password_shortest, context=context)
        return self._activate(guest, ticket, self._hashing.hash(text))

    @repeatable
    def accept(self, person: Person, token: BearerToken) -> Accepted:
        """Accept with the login one has, which must be of the address that was invited.

        Raises:
            TokenInvalid: that is no link of ours.
            InvitationOver: it can't be accepted any more; each way it ended has its own code.
            AnotherPerson: somebody else is signed in.
            AlreadyMember: the person acts for the customer already.
            OnePersonOnly: the account is personal, and somebody else was first.
        """
        person.require_own_password()
        ticket, _, _, user = self._standing(person, token)
        if user is None or user.id != person.user:
            raise AnotherPerson
        try:
            with self._begin(person) as work:
                used, kept = self._used(work, person, ticket)
                user = work.users.get(person.scope, person.user)
                if user.email != used.email:
                    raise AnotherPerson
                user = work.users.save(person.scope, user.proven(self._clock()))
                accepted = self._accept(work, kept, user)
                work.commit()
        except (Stale, AlreadyThere) as rival:
            raise TryAgain from rival
        return accepted

    @repeatable
    def decline(self, guest: Guest, token: BearerToken) -> None:
        """Decline; the link is used up.

        Raises:
            TokenInvalid: that is no link of ours.
            InvitationOver: it can't be accepted any more; each way it ended has its own code.
        """
        ticket, _, _, _ = self._standing(guest, token)
        with self._begin(guest) as work:
            _, kept = self._used(work, guest, ticket)
            self._end(work, kept, InvitationState.DECLINED)
            work.commit()

    @repeatable
    def _activate(self, guest: Guest, ticket: Ticket, password: PasswordHash) -> Accepted:
        now = self._clock()
        try:
            with self._begin(guest) as work:
                used, kept = self._used(work, guest, ticket)
                if work.users.find_by_email(guest.scope, kept.email) is not None:
                    raise LoginExists
                new = User(
                    id=UserId(self._new_id()),
                    realm=guest.realm,
                    email=kept.email,
                    name=kept.name,
                    email_proven=now,
                    password=password,
                    language=used.language,
                )
                user = work.users.save(guest.scope, new)
                pending = work.registrations.find_by_email(guest.scope, kept.email)
                if pending is not None:
                    work.registrations.remove(guest.scope, pending.id)
                work.tickets.withdraw(guest.scope, kept.email.key, Purpose.ACTIVATE)
                accepted = self._accept(work, kept, user)
                work.commit()
        except (Stale, AlreadyThere) as rival:
            raise TryAgain from rival
        return accepted

    def _accept(self, work: RegistrationWork, kept: Invitation, user: User) -> Accepted:
        now = self._clock()
        book = write_first(work, kept.scope)
        customer = _customer_of(work, kept, book)
        self._end(work, kept, InvitationState.ACCEPTED)
        membership = self._settling.add_member(
            work, customer, user, roles=kept.roles, reason="accepted an invitation", at=now
        )
        self._settling.close_claim(work, customer, user, at=now)
        work.record(
            AccountActivated(at=now, user=user.id, customers=(customer.id,), portal=kept.portal)
        )
        return Accepted(customer=customer.id, user=user.id, user_code=membership.user_code)

    def _end(self, work: RegistrationWork, kept: Invitation, state: InvitationState) -> None:
        work.invitations.save(kept.scope, kept.ended(state))
        work.record(
            InvitationEnded(
                at=self._clock(), invitation=kept.id, customer=kept.customer, state=state
            )
        )

    def _used(
        self, work: RegistrationWork, actor: Guest | Person, ticket: Ticket
    ) -> tuple[Ticket, Invitation]:
        now = self._clock()
        used = work.tickets.consume(actor.scope, ticket.id, purpose=ticket.purpose, at=now)
        kept = work.invitations.get(actor.scope, InvitationId(ticket.subject))
        if used is None or kept.email != used.email or not kept.stands(now):
            raise _over(kept, at=now)
        return used, kept

    def _standing(
        self, actor: Guest | Person, token: BearerToken
    ) -> tuple[Ticket, Invitation, Customer, User | None]:
        name = named_by(self._keyring, actor.realm, Purpose.INVITATION, token)
        now = self._clock()
        with self._reading() as view:
            ticket = view.tickets.find(actor.scope, name)
            if ticket is None or ticket.purpose is not Purpose.INVITATION:
                raise TokenInvalid
            try:
                kept = view.invitations.get(actor.scope, InvitationId(ticket.subject))
            except InvitationNotFound:
                raise TokenInvalid from None
            if not (kept.email == ticket.email and kept.stands(now) and ticket.stands(now)):
                raise _over(kept, at=now)
            customer = _customer_of(view, kept, view.role_books.get(kept.scope))
            user = view.users.find_by_email(actor.scope, kept.email)
        return ticket, kept, customer, user


def _over(kept: Invitation, *, at: datetime) -> InvitationOver:
    """Say how an invitation ended, to who has its link."""
    match kept.state:
        case InvitationState.ACCEPTED:
            return InvitationAccepted()
        case InvitationState.DECLINED:
            return InvitationDeclined()
        case InvitationState.WITHDRAWN:
            return InvitationWithdrawn()
        case InvitationState.OPEN:
            return InvitationReplaced() if at < kept.expires else InvitationExpired()


def _customer_of(
    view: RegistrationReading | RegistrationWork, kept: Invitation, book: RoleBook
) -> Customer:
    """Return whom an invitation is to, if it still holds.

    Raises:
        InvitationOver: nobody may come in for the customer now.
        InviterLacksRight: who invited may not grant the roles now.
    """
    portal = view.portals.get(kept.scope.of_realm, kept.portal)
    customer = view.customers.get(kept.scope)
    if not portal.policies.switches_of(customer.status).sign_in:
        raise InvitationOver
    _require_right(view, kept, book)
    return customer


def _require_right(
    view: RegistrationReading | RegistrationWork, kept: Invitation, book: RoleBook
) -> None:
    """Refuse what a member offered who may not grant it now; staff may grant every role.

    Raises:
        InviterLacksRight: the member was removed, suspended or demoted, or the role is gone.
    """
    if not kept.roles <= {role.id for role in book}:
        raise InviterLacksRight
    if kept.by_staff:
        return
    standing = view.memberships.find(kept.scope, UserId(kept.invited_by))
    if standing is None or standing.membership.state is not MembershipState.ACTIVE:
        raise InviterLacksRight
    if standing.user_state is not UserState.ACTIVE:
        raise InviterLacksRight
    held = book.grants(standing.membership.roles)
    wanted = deepest([book.grants(kept.roles), {Permission.MANAGE_USERS: Depth.CUSTOMER}])
    if not cover(held, wanted):
        raise InviterLacksRight
