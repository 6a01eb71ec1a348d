"""Moving to another mail address: proven by the new one, told to the old one, which may undo it."""

import attrs

from custaccount.credentials.limits import require_link
from custaccount.credentials.model import (
    EmailChanged,
    EmailChangeRequested,
    EmailChangeUndone,
    ResetRequested,
    User,
    UserNotFound,
    UserState,
    reset_ticket,
)
from custaccount.credentials.ports import CredentialsReading, CredentialsWork
from custaccount.facilities.limits import Limiter
from custaccount.facilities.signing import Keyring, TokenInvalid
from custaccount.facilities.tickets import Purpose, Ticket, named_by
from custaccount.kernel.access import Guest, Person
from custaccount.kernel.clock import Clock
from custaccount.kernel.errors import AlreadyThere
from custaccount.kernel.ids import BearerToken, NewSecret, TicketId, UserId
from custaccount.kernel.text import EmailAddress
from custaccount.kernel.work import Begin, Reading, repeatable
from custaccount.portals.model import Portal


@attrs.frozen(kw_only=True)
class EmailChange:
    """Changes the address a user signs in with and gets mails at."""

    _reading: Reading[CredentialsReading] = attrs.field(alias="reading")
    _begin: Begin[CredentialsWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")
    _new_secret: NewSecret = attrs.field(alias="new_secret", repr=False)
    _keyring: Keyring = attrs.field(alias="keyring")
    _limiter: Limiter = attrs.field(alias="limiter")

    def request(self, person: Person, email: str) -> None:
        """Mail a link to the new address; the newest link counts.

        Whether the address is somebody's already is not told: who owns it gets no link.

        Raises:
            EmailInvalid: that is no mail address.
            SignInTooOld: the password has to be given again first.
            TooManyTries: that address got too many links.
        """
        address = EmailAddress.parse(email)
        with self._reading() as view:
            portal = view.portals.get(person.scope, person.portal)
        person.require_fresh(self._clock(), within=portal.policies.fresh_sign_in)
        require_link(self._limiter, person.scope, address)
        self._request(person, address, portal)

    @repeatable
    def _request(self, person: Person, address: EmailAddress, portal: Portal) -> None:
        now = self._clock()
        with self._reading() as view:
            taken = view.users.find_by_email(person.scope, address) is not None
        ticket = Ticket(
            id=TicketId(self._new_secret()),
            purpose=Purpose.CHANGE_EMAIL,
            subject=person.user,
            portal=portal.id,
            email=None if taken else address,
            language=person.language,
            key=self._keyring.newest,
            issued=now,
            expires=now + portal.policies.mail_change_lifetime,
        )
        with self._begin(person) as work:
            work.tickets.withdraw(person.scope, person.user, Purpose.CHANGE_EMAIL)
            work.tickets.add(person.scope, ticket)
            work.record(EmailChangeRequested(at=now, ticket=ticket.id))
            work.commit()

    def look(self, guest: Guest, token: BearerToken) -> EmailAddress:
        """Say which address a link would prove; looking uses nothing up.

        Raises:
            TokenInvalid: the link is not good (any more).
        """
        return self._standing(guest, Purpose.CHANGE_EMAIL, token)[1]

    def confirm(self, guest: Guest, token: BearerToken) -> None:
        """Move to the address the link was mailed to, and use the link up; every session is over.

        The old address is told, with a link that undoes it.

        Raises:
            TokenInvalid: the link is not good (any more), or the address got a user meanwhile.
        """
        ticket, _ = self._standing(guest, Purpose.CHANGE_EMAIL, token)
        with self._reading() as view:
            portal = view.portals.get(guest.scope, guest.portal)
        try:
            self._move(guest, ticket, portal)
        except AlreadyThere:
            raise TokenInvalid from None

    def look_undo(self, guest: Guest, token: BearerToken) -> EmailAddress:
        """Say to which address an undo would go back; looking uses nothing up.

        Raises:
            TokenInvalid: the link is not good (any more).
        """
        return self._standing(guest, Purpose.UNDO_EMAIL_CHANGE, token)[1]

    def undo(self, guest: Guest, token: BearerToken) -> None:
        """Go back to the old address; the password is gone, every session is over.

        Who changed the address may know the password: a link for a new one is mailed.

        Raises:
            TokenInvalid: the link is not good (any more), or the address got another user.
        """
        ticket, _ = self._standing(guest, Purpose.UNDO_EMAIL_CHANGE, token)
        with self._reading() as view:
            portal = view.portals.get(guest.scope, guest.portal)
        try:
            self._go_back(guest, ticket, portal)
        except AlreadyThere:
            raise TokenInvalid from None

    @repeatable
    def _move(self, guest: Guest, ticket: Ticket, portal: Portal) -> None:
        now = self._clock()
        with self._begin(guest) as work:
            user, new = self._used(work, guest, ticket)
            old = user.email
            for purpose in (Purpose.CHANGE_EMAIL, Purpose.RESET_PASSWORD):
                work.tickets.withdraw(guest.scope, user.id, purpose)
            work.users.save(guest.scope, user.with_email(new, at=now))
            undo = None
            if old is not None:
                undo = Ticket(
                    id=TicketId(self._new_secret()),
                    purpose=Purpose.UNDO_EMAIL_CHANGE,
                    subject=user.id,
                    portal=portal.id,
                    email=old,
                    language=portal.language(user.language or ticket.language),
                    key=self._keyring.newest,
                    issued=now,
                    expires=now + portal.policies.mail_undo_lifetime,
                )
                work.tickets.add(guest.scope, undo)
            work.record(EmailChanged(at=now, user=user.id, undo=undo.id if undo else None))
            work.commit()

    @repeatable
    def _go_back(self, guest: Guest, ticket: Ticket, portal: Portal) -> None:
        now = self._clock()
        with self._begin(guest) as work:
            user, old = self._used(work, guest, ticket)
            for purpose in (Purpose.CHANGE_EMAIL, Purpose.RESET_PASSWORD):
                work.tickets.withdraw(guest.scope, user.id, purpose)
            work.tickets.withdraw(  # nobody undoes what this undoes; what came before stands
                guest.scope, user.id, Purpose.UNDO_EMAIL_CHANGE, since=ticket.issued
            )
            back = attrs.evolve(user.with_email(old, at=now), password=None, initial_until=None)
            user = work.users.save(guest.scope, back)
            reset = reset_ticket(
                user,
                id=TicketId(self._new_secret()),
                key=self._keyring.newest,
                at=now,
                portal=portal,
                language=ticket.language,
                asked=user.id,
            )
            work.tickets.add(guest.scope, reset)
            work.record(EmailChangeUndone(at=now, user=user.id))
            work.record(ResetRequested(at=now, ticket=reset.id))
            work.commit()

    def _used(
        self, work: CredentialsWork, guest: Guest, ticket: Ticket
    ) -> tuple[User, EmailAddress]:
        used = work.tickets.consume(
            guest.scope, ticket.id, purpose=ticket.purpose, at=self._clock()
        )
        if used is None or used.email is None:
            raise TokenInvalid
        user = work.users.get(guest.scope, UserId(used.subject))
        if user.state is not UserState.ACTIVE:
            raise TokenInvalid
        return user, used.email

    def _standing(
        self, guest: Guest, purpose: Purpose, token: BearerToken
    ) -> tuple[Ticket, EmailAddress]:
        name = named_by(self._keyring, guest.realm, purpose, token)
        with self._reading() as view:
            ticket = view.tickets.find(guest.scope, name)
            if ticket is None or ticket.purpose is not purpose or ticket.email is None:
                raise TokenInvalid
            try:
                user = view.users.get(guest.scope, UserId(ticket.subject))
            except UserNotFound:
                raise TokenInvalid from None
        if user.state is not UserState.ACTIVE or not ticket.stands(self._clock()):
            raise TokenInvalid
        return ticket, ticket.email
