"""The first sign-in of a customer the shop already knows."""

import attrs

from custaccount.credentials.limits import require_link
from custaccount.credentials.model import PasswordHash, ResetRequested, User, reset_ticket
from custaccount.credentials.passwords import Hashing, check
from custaccount.customers.model import Customer
from custaccount.facilities.limits import Limiter
from custaccount.facilities.signing import Keyring, TokenInvalid
from custaccount.facilities.tickets import Purpose, Ticket, named_by
from custaccount.kernel.access import Guest
from custaccount.kernel.clock import Clock
from custaccount.kernel.errors import AlreadyThere, Stale, TryAgain
from custaccount.kernel.events import Event
from custaccount.kernel.ids import (
    BearerToken,
    NewId,
    NewSecret,
    TicketId,
    UserId,
)
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.text import EmailAddress
from custaccount.kernel.work import Begin, Reading, repeatable
from custaccount.portals.model import Portal
from custaccount.registration.model import (
    AccountActivated,
    FirstSignInRequested,
    activation_ticket,
    claimable,
    left_to_a_person,
    role_for,
)
from custaccount.registration.ports import RegistrationReading, RegistrationWork
from custaccount.registration.settling import Settling


@attrs.frozen(kw_only=True)
class FirstSignIn:
    """Mails a known contact a link that makes an account, once."""

    _reading: Reading[RegistrationReading] = attrs.field(alias="reading")
    _begin: Begin[RegistrationWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")
    _new_id: NewId = attrs.field(alias="new_id")
    _new_secret: NewSecret = attrs.field(alias="new_secret", repr=False)
    _hashing: Hashing = attrs.field(alias="hashing")
    _keyring: Keyring = attrs.field(alias="keyring")
    _settling: Settling = attrs.field(alias="settling")
    _limiter: Limiter = attrs.field(alias="limiter")

    def request(self, guest: Guest, email: str) -> None:
        """Mail a link to an address the register knows; nothing shows whether it does.

        Who has a login already gets a link for a new password instead. The newest link counts;
        those before it die. Same statements and same answer, known or not.

        Raises:
            EmailInvalid: that is no mail address.
            TooManyTries: that was too often; no mail, and no older link is dead.
        """
        address = EmailAddress.parse(email)
        require_link(self._limiter, guest.scope, address, network=guest.network)
        self._request(guest, address)

    @repeatable
    def _request(self, guest: Guest, address: EmailAddress) -> None:
        with self._reading() as view:
            portal = view.portals.get(guest.scope, guest.portal)
            user = view.users.find_by_email(guest.scope, address)
            customers, waiting = _known(view, portal, address)
        ticket = self._ticket(guest, portal, address, user, customers)
        event: Event = FirstSignInRequested(
            at=ticket.issued,
            ticket=ticket.id,
            waiting=tuple(customer.id for customer in waiting),
        )
        if ticket.purpose is Purpose.RESET_PASSWORD:
            event = ResetRequested(at=ticket.issued, ticket=ticket.id)
        with self._begin(guest) as work:
            work.tickets.withdraw(guest.scope, ticket.subject, ticket.purpose)
            work.tickets.add(guest.scope, ticket)
            work.record(event)
            work.commit()

    def look(self, guest: Guest, token: BearerToken) -> EmailAddress:
        """Say which address a link would activate; looking uses nothing up.

        Raises:
            TokenInvalid: the link is not good (any more).
        """
        return self._standing(guest, token)[1]

    def activate(self, guest: Guest, token: BearerToken, password: str) -> None:
        """Make the account: a user with this password who acts for the customers it is known to.

        It proves exactly the address the link was mailed to, and uses the link up. Nobody is
        signed in by it. A password that is refused leaves the link as it was.

        Raises:
            TokenInvalid: the link is not good (any more), or nothing is left to activate.
            InvalidFields: the password does not keep the portal's policy.
            TooBusy: too many passwords are being hashed.
        """
        ticket, email = self._standing(guest, token)
        with self._reading() as view:
            portal = view.portals.get(guest.scope, guest.portal)
            customers, _ = _known(view, portal, email)
        context = (email.text, portal.name, *(customer.name for customer in customers))
        text = check(password, shortest=portal.policies.password_shortest, context=context)
        self._redeem(guest, ticket, self._hashing.hash(text))

    @repeatable
    def _redeem(self, guest: Guest, ticket: Ticket, password: PasswordHash) -> None:
        try:
            self._make(guest, ticket, password)
        except Stale as rival:  # another contact of the customer was first: look again
            raise TryAgain from rival
        except AlreadyThere:  # the address got a user in the meantime
            raise TokenInvalid from None

    def _make(self, guest: Guest, ticket: Ticket, password: PasswordHash) -> None:
        now = self._clock()
        scope = guest.scope
        with self._begin(guest) as work:
            used = work.tickets.consume(scope, ticket.id, purpose=ticket.purpose, at=now)
            if used is None or used.email is None:
                raise TokenInvalid
            portal = work.portals.get(scope, guest.portal)
            customers, _ = _known(work, portal, used.email)
            if not customers or work.users.find_by_email(scope, used.email) is not None:
                raise TokenInvalid
            work.customers.save(scope, customers)  # who writes a customer first gets it
            user = work.users.save(
                scope,
                User(
                    id=UserId(self._new_id()),
                    realm=guest.realm,
                    email=used.email,
                    name=_name_of(customers, used.email),
                    email_proven=now,
                    password=password,
                    language=used.language,
                ),
            )
            for customer in customers:
                self._settling.add_member(
                    work,
                    customer,
                    user,
                    roles=frozenset({role_for(customer, used.email)}),
                    reason="proven address of a contact",
                    at=now,
                )
            pending = work.registrations.find_by_email(scope, used.email)
            if pending is not None:
                work.registrations.remove(scope, pending.id)
            named = tuple(customer.id for customer in customers)
            work.record(AccountActivated(at=now, user=user.id, customers=named))
            work.commit()

    def _standing(self, guest: Guest, token: BearerToken) -> tuple[Ticket, EmailAddress]:
        name = named_by(self._keyring, guest.realm, Purpose.ACTIVATE, token)
        with self._reading() as view:
            ticket = view.tickets.find(guest.scope, name)
        if (
            ticket is None
            or ticket.purpose is not Purpose.ACTIVATE
            or ticket.email is None
            or not ticket.stands(self._clock())
        ):
            raise TokenInvalid
        return ticket, ticket.email

    def _ticket(
        self,
        guest: Guest,
        portal: Portal,
        address: EmailAddress,
        user: User | None,
        customers: tuple[Customer, ...],
    ) -> Ticket:
        name, key, now = TicketId(self._new_secret()), self._keyring.newest, self._clock()
        subject = self._keyring.digest(address.key, purpose="activate", realm=guest.realm)
        if user is not None:
            return reset_ticket(
                user,
                id=name,
                key=key,
                at=now,
                portal=portal,
                language=guest.language,
                asked=subject,
            )
        spoken = next((one.language for one in customers if one.language), None)
        return activation_ticket(
            customers[0].as_registered(address) if customers else None,
            id=name,
            key=key,
            at=now,
            lifetime=portal.policies.activation_lifetime,
            portal=portal.id,
            language=spoken if spoken in portal.languages else guest.language,
            subject=address.key if customers else subject,
        )


def _known(
    view: RegistrationReading | RegistrationWork, portal: Portal, email: EmailAddress
) -> tuple[tuple[Customer, ...], tuple[Customer, ...]]:
    scope, policies = RealmScope(portal.realm), portal.policies
    found = view.customers.with_contact(scope, email)
    taken = view.memberships.taken(scope, [customer.id for customer in found])
    return claimable(found, taken, policies), left_to_a_person(found, taken, policies)


def _name_of(customers: tuple[Customer, ...], email: EmailAddress) -> str:
    """Return what the register calls the person."""
    contacts = (one.contact_at(email) for one in customers)
    return next((one.name for one in contacts if one is not None and one.name), "")
