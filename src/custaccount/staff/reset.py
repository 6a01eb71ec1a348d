"""A new password for staff who have forgotten the old one."""

import attrs

from custaccount.credentials.limits import require_link
from custaccount.credentials.model import PasswordHash
from custaccount.credentials.passwords import Hashing, check
from custaccount.facilities.limits import Limiter
from custaccount.facilities.signing import Keyring, TokenInvalid
from custaccount.facilities.tickets import Purpose, Ticket, named_by
from custaccount.kernel.access import Guest
from custaccount.kernel.clock import Clock
from custaccount.kernel.ids import BearerToken, NewSecret, StaffId, TicketId
from custaccount.kernel.text import EmailAddress
from custaccount.kernel.work import Begin, Reading, repeatable
from custaccount.staff.model import (
    PASSWORD_SHORTEST,
    StaffMember,
    StaffNotFound,
    StaffPasswordSet,
    StaffResetRequested,
    staff_reset_ticket,
)
from custaccount.staff.ports import StaffReading, StaffWork


@attrs.frozen(kw_only=True)
class StaffPasswordReset:
    """Mails staff a link that lets its bearer choose a password, once."""

    _reading: Reading[StaffReading] = attrs.field(alias="reading")
    _begin: Begin[StaffWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")
    _new_secret: NewSecret = attrs.field(alias="new_secret", repr=False)
    _hashing: Hashing = attrs.field(alias="hashing")
    _keyring: Keyring = attrs.field(alias="keyring")
    _limiter: Limiter = attrs.field(alias="limiter")

    def request(self, guest: Guest, email: str) -> None:
        """Mail a link to an address if it is a staff member's; nothing shows whether it is.

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
        asked = self._keyring.digest(address.key, purpose="staff reset", realm=guest.realm)
        with self._reading() as view:
            portal = view.portals.get(guest.scope, guest.portal)
            member = view.staff.find_by_email(guest.scope, address)
        now = self._clock()
        ticket = staff_reset_ticket(
            member,
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
            work.record(StaffResetRequested(at=now, ticket=ticket.id))
            work.commit()

    def look(self, guest: Guest, token: BearerToken) -> EmailAddress:
        """Say whose password a link would set; looking uses nothing up.

        Raises:
            TokenInvalid: the link is not good (any more).
        """
        return self._standing(guest, token)[1].email

    def set_password(self, guest: Guest, token: BearerToken, password: str) -> None:
        """Set a new password and use the link up; every session of the staff member is over.

        Nobody is signed in by it. A password that is refused leaves the link as it was.

        Raises:
            TokenInvalid: the link is not good (any more).
            InvalidFields: the password does not keep the policy.
            TooBusy: too many passwords are being hashed.
        """
        ticket, member = self._standing(guest, token)
        with self._reading() as view:
            portal = view.portals.get(guest.scope, guest.portal)
        text = check(
            password,
            shortest=max(portal.policies.password_shortest, PASSWORD_SHORTEST),
            context=(member.email.text, member.name, portal.name),
        )
        self._redeem(guest, ticket, self._hashing.hash(text))

    @repeatable
    def _redeem(self, guest: Guest, ticket: Ticket, password: PasswordHash) -> None:
        now = self._clock()
        with self._begin(guest) as work:
            used = work.tickets.consume(guest.scope, ticket.id, purpose=ticket.purpose, at=now)
            if used is None:
                raise TokenInvalid
            member = work.staff.get(guest.scope, StaffId(used.subject))
            if not member.may_reset_with(used):
                raise TokenInvalid
            work.tickets.withdraw(guest.scope, used.subject, used.purpose)
            work.staff.save(guest.scope, member.with_password(password))
            work.record(StaffPasswordSet(at=now, staff=member.id, portal=guest.portal))
            work.commit()

    def _standing(self, guest: Guest, token: BearerToken) -> tuple[Ticket, StaffMember]:
        name = named_by(self._keyring, guest.realm, Purpose.STAFF_PASSWORD, token)
        with self._reading() as view:
            ticket = view.tickets.find(guest.scope, name)
            if ticket is None or ticket.purpose is not Purpose.STAFF_PASSWORD:
                raise TokenInvalid
            try:
                member = view.staff.get(guest.scope, StaffId(ticket.subject))
            except StaffNotFound:
                raise TokenInvalid from None
        if not (ticket.stands(self._clock()) and member.may_reset_with(ticket)):
            raise TokenInvalid
        return ticket, member
