"""A new password for who has forgotten the old one."""

import attrs

from custaccount.credentials.limits import require_link
from custaccount.credentials.model import (
    PasswordHash,
    PasswordSet,
    ResetRequested,
    User,
    UserNotFound,
    reset_ticket,
)
from custaccount.credentials.passwords import Hashing, check
from custaccount.credentials.ports import CredentialsReading, CredentialsWork
from custaccount.facilities.limits import Limiter
from custaccount.facilities.signing import Keyring, TokenInvalid
from custaccount.facilities.tickets import Purpose, Ticket, named_by
from custaccount.kernel.access import Guest
from custaccount.kernel.clock import Clock
from custaccount.kernel.ids import BearerToken, NewSecret, TicketId, UserId
from custaccount.kernel.text import EmailAddress
from custaccount.kernel.work import Begin, Reading, repeatable


@attrs.frozen(kw_only=True)
class PasswordReset:
    """Mails a link that lets its bearer choose a password, once."""

    _reading: Reading[CredentialsReading] = attrs.field(alias="reading")
    _begin: Begin[CredentialsWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")
    _new_secret: NewSecret = attrs.field(alias="new_secret", repr=False)
    _hashing: Hashing = attrs.field(alias="hashing")
    _keyring: Keyring = attrs.field(alias="keyring")
    _limiter: Limiter = attrs.field(alias="limiter")

    def request(self, guest: Guest, email: str) -> None:
        """Mail a link to an address if it has a user; nothing shows whether it has.

        The newest link counts; those before it die. Same statements and same answer, known or not.

        Raises:
            EmailInvalid: that is no mail address.
            TooManyTries: that was too often; no mail, and no older link is dead.
        """
        address = EmailAddress.parse(email)
        require_link(self._limiter, guest.scope, address, network=guest.network)
        self._request(guest, address)

    @repeatable
    def _request(self, guest: Guest, address: EmailAddress) -> None:
        asked = self._keyring.digest(address.key, purpose="reset", realm=guest.realm)
        with self._reading() as view:
            portal = view.portals.get(guest.scope, guest.portal)
            user = view.users.find_by_email(guest.scope, address)
        now = self._clock()
        ticket = reset_ticket(
            user,
            id=TicketId(self._new_secret()),
            key=self._keyring.newest,
            at=now,
            portal=portal,
            language=guest.language,
            asked=asked,
        )
        with self._begin(guest) as work:
            work.tickets.withdraw(guest.scope, ticket.subject, ticket.purpose)
            work.tickets.add(guest.scope, ticket)
            work.record(ResetRequested(at=now, ticket=ticket.id))
            work.commit()

    def look(self, guest: Guest, token: BearerToken) -> EmailAddress:
        """Say whose password a link would set; looking uses nothing up.

        Raises:
            TokenInvalid: the link is not good (any more).
        """
        return self._standing(guest, token)[2]

    def set_password(self, guest: Guest, token: BearerToken, password: str) -> None:
        """Set a new password and use the link up; every session of the user is over.

        Nobody is signed in by it. A password that is refused leaves the link as it was.

        Raises:
            TokenInvalid: the link is not good (any more).
            InvalidFields: the password does not keep the portal's policy.
            TooBusy: too many passwords are being hashed.
        """
        ticket, user, email = self._standing(guest, token)
        with self._reading() as view:
            portal = view.portals.get(guest.scope, guest.portal)
        context = (email.text, user.name, portal.name)
        text = check(password, shortest=portal.policies.password_shortest, context=context)
        self._redeem(guest, ticket, self._hashing.hash(text))

    @repeatable
    def _redeem(self, guest: Guest, ticket: Ticket, password: PasswordHash) -> None:
        now = self._clock()
        with self._begin(guest) as work:
            used = work.tickets.consume(guest.scope, ticket.id, purpose=ticket.purpose, at=now)
            if used is None:
                raise TokenInvalid
            user = work.users.get(guest.scope, UserId(used.subject))
            if not user.may_reset_with(used):
                raise TokenInvalid
            for purpose in (used.purpose, Purpose.CHANGE_EMAIL):
                work.tickets.withdraw(guest.scope, used.subject, purpose)
            work.users.save(guest.scope, user.with_password(password).proven(now))
            work.record(PasswordSet(at=now, user=user.id, portal=guest.portal))
            work.commit()

    def _standing(self, guest: Guest, token: BearerToken) -> tuple[Ticket, User, EmailAddress]:
        name = named_by(self._keyring, guest.realm, Purpose.RESET_PASSWORD, token)
        with self._reading() as view:
            ticket = view.tickets.find(guest.scope, name)
            if ticket is None or ticket.purpose is not Purpose.RESET_PASSWORD:
                raise TokenInvalid
            try:
                user = view.users.get(guest.scope, UserId(ticket.subject))
            except UserNotFound:
                raise TokenInvalid from None
        fits = ticket.stands(self._clock()) and user.may_reset_with(ticket)
        if not fits or user.email is None:
            raise TokenInvalid
        return ticket, user, user.email
