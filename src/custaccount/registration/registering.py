"""Registering: a visitor asks for an account, proves an address and chooses a password."""

from collections.abc import Mapping

import attrs

from custaccount.credentials.model import PasswordHash, User
from custaccount.credentials.passwords import Hashing
from custaccount.credentials.passwords import check as check_password
from custaccount.facilities.limits import Limiter
from custaccount.facilities.numbering import Numbering
from custaccount.facilities.signing import Keyring, TokenInvalid
from custaccount.facilities.tickets import Purpose, Ticket, named_by
from custaccount.kernel.access import Guest
from custaccount.kernel.clock import Clock
from custaccount.kernel.errors import AlreadyThere, Problem, Stale, TryAgain
from custaccount.kernel.i18n import N_, Text
from custaccount.kernel.ids import (
    BearerToken,
    NewId,
    NewSecret,
    RangeKey,
    RegistrationId,
    TicketId,
    UserId,
)
from custaccount.kernel.text import EmailAddress
from custaccount.kernel.work import Begin, Reading, repeatable
from custaccount.portals.model import AccountKind, Portal, RegistrationMode
from custaccount.registration.answers import told_by_person
from custaccount.registration.claims import NewCustomer, candidates_among, decide
from custaccount.registration.limits import BY_ADDRESS, BY_NETWORK
from custaccount.registration.model import (
    DRAFT_LONGEST,
    PENDING,
    UNDECIDED,
    AccessRequested,
    AddressProven,
    Registered,
    Registration,
    RegistrationClosed,
    RegistrationNotFound,
    RegistrationState,
)
from custaccount.registration.ports import RegistrationReading, RegistrationWork
from custaccount.registration.settling import Settling


@attrs.frozen(kw_only=True)
class Registering:
    """Takes registrations, and makes accounts of those whose address is proven."""

    _reading: Reading[RegistrationReading] = attrs.field(alias="reading")
    _begin: Begin[RegistrationWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")
    _new_id: NewId = attrs.field(alias="new_id")
    _new_secret: NewSecret = attrs.field(alias="new_secret", repr=False)
    _hashing: Hashing = attrs.field(alias="hashing")
    _keyring: Keyring = attrs.field(alias="keyring")
    _limiter: Limiter = attrs.field(alias="limiter")
    _numbering: Numbering[RegistrationWork] = attrs.field(alias="numbering")
    _settling: Settling = attrs.field(alias="settling")
    _asks_erp: bool = attrs.field(alias="asks_erp")
    """Whether an ERP is asked whose a proven address is, by a job."""

    def register(
        self,
        guest: Guest,
        *,
        email: str,
        answers: Mapping[str, object],
        kind: AccountKind | None = None,
        draft: str | None = None,
    ) -> None:
        """Take a registration, in place of any other of this address.

        Where the portal is open, a link is mailed that proves the address; where staff release,
        they are told. Who has a login already is told so by mail instead: same statements and same
        answer, known or not. Nothing of it counts, and nobody can read any of it, before then.

        Args:
            guest: At which portal.
            email: The address the account is to be reached at.
            answers: The master data the portal asks of an account of this kind, by field.
            kind: What is to be registered; by default what the portal offers first.
            draft: The host's own text about a first order: it belongs to the account once that is
                active.

        Raises:
            RegistrationClosed: only who is invited may come in.
            InvalidFields: with everything that does not hold.
            TooManyTries: too many registrations of this address or from this network.
        """
        with self._reading() as view:
            portal = view.portals.get(guest.scope, guest.portal)
        policies = portal.policies
        if policies.registration is RegistrationMode.INVITATION:
            raise RegistrationClosed
        kind = kind or policies.account_kinds[0]
        address, kept = told_by_person(portal, kind, email, answers, also=_draft_problems(draft))
        self._limiter.require_of_network(guest.scope, BY_NETWORK, guest.network)
        self._limiter.require(guest.scope, BY_ADDRESS, address.key)
        now = self._clock()
        self._put(
            guest,
            portal,
            Registration(
                id=RegistrationId(self._new_id()),
                realm=guest.realm,
                portal=guest.portal,
                kind=kind,
                email=address,
                answers=kept,
                language=guest.language,
                draft=draft,
                state=RegistrationState.MAILED,
                asked=now,
                expires=now + PENDING,
            ),
        )

    def look(self, guest: Guest, token: BearerToken) -> EmailAddress:
        """Say which address a link would prove; looking uses nothing up.

        Raises:
            TokenInvalid: the link is not good (any more).
        """
        return self._standing(guest, token)[1].email

    def activate(self, guest: Guest, token: BearerToken, password: str) -> None:
        """Make the account: a user with this password, for what was registered.

        It proves exactly the address the link was mailed to, and uses the link up. The customer is
        one the register knows by this address, or a new one, or is left open until it is known, as
        the portal's policy says. Nobody is signed in by it. A password that is refused leaves the
        link as it was.

        Raises:
            TokenInvalid: the link is not good (any more), or the address got a user in between.
            InvalidFields: the password does not keep the portal's policy.
            NumbersExhausted: there is no customer number left; the link stays good.
            TooBusy: too many passwords are being hashed.
        """
        ticket, registration = self._standing(guest, token)
        with self._reading() as view:
            portal = view.portals.get(guest.scope, registration.portal)
        context = (registration.email.text, portal.name, *registration.answers.values())
        text = check_password(password, shortest=portal.policies.password_shortest, context=context)
        number = self._number(guest, portal, registration)
        self._redeem(guest, ticket, portal, self._hashing.hash(text), number)

    @repeatable
    def _put(self, guest: Guest, portal: Portal, new: Registration) -> None:
        with self._reading() as view:
            user = view.users.find_by_email(guest.scope, new.email)
            before = view.registrations.find_by_email(guest.scope, new.email)
        known, address = user.id if user else None, new.email
        if before is not None and before.user is not None:  # an open claim, whose user has moved
            known = before.user
        if known is not None:  # kept under a name that is nobody's: whatever it waits for, stays
            new = attrs.evolve(new, email=self._nobody(guest, new.email), answers={}, draft=None)
        elif portal.policies.registration is RegistrationMode.RELEASED:
            waits = RegistrationState.WAITING
            new = attrs.evolve(new, state=waits, expires=new.asked + UNDECIDED)
        ticket = self._ticket(new, portal, email=None if known else new.email)
        try:
            with self._begin(guest) as work:
                work.registrations.put(guest.scope, new)
                found = work.users.find_by_email(guest.scope, address)
                if (found and found.id) != (user and user.id):  # made, or gone, since
                    raise TryAgain
                work.tickets.add(guest.scope, ticket)
                if portal.policies.registration is RegistrationMode.RELEASED:
                    work.record(
                        AccessRequested(
                            at=new.asked, registration=new.id, portal=portal.id, known=known
                        )
                    )
                else:
                    work.record(
                        Registered(at=new.asked, registration=new.id, ticket=ticket.id, known=known)
                    )
                work.commit()
        except AlreadyThere as rival:  # the same address, at the same moment
            raise TryAgain from rival

    @repeatable
    def _redeem(
        self,
        guest: Guest,
        ticket: Ticket,
        portal: Portal,
        password: PasswordHash,
        number: str | None,
    ) -> None:
        try:
            self._make(guest, ticket, portal, password, number)
        except Stale as rival:  # somebody else wrote the customer: look again
            raise TryAgain from rival
        except AlreadyThere as rival:
            with self._reading() as view:
                taken = ticket.email and view.users.find_by_email(guest.scope, ticket.email)
            if taken:
                raise TokenInvalid from None
            raise TryAgain from rival  # a user code or number was a rival's

    def _make(
        self,
        guest: Guest,
        ticket: Ticket,
        portal: Portal,
        password: PasswordHash,
        number: str | None,
    ) -> None:
        now = self._clock()
        scope, policies = guest.scope, portal.policies
        with self._begin(guest) as work:
            used = work.tickets.consume(scope, ticket.id, purpose=ticket.purpose, at=now)
            if used is None:
                raise TokenInvalid
            try:
                kept = work.registrations.get(scope, RegistrationId(used.subject))
            except RegistrationNotFound:
                raise TokenInvalid from None
            if kept.state is not RegistrationState.MAILED or kept.email != used.email:
                raise TokenInvalid
            if work.users.find_by_email(scope, kept.email) is not None:
                raise TokenInvalid
            new = User(
                id=UserId(self._new_id()),
                realm=guest.realm,
                email=kept.email,
                name=kept.answers.get("name", ""),
                email_proven=now,
                password=password,
                language=kept.language,
            )
            user = work.users.save(scope, new)
            work.tickets.withdraw(scope, kept.email.key, Purpose.ACTIVATE)
            proven = attrs.evolve(kept, proven=now, user=user.id)
            if policies.link_existing and self._asks_erp:
                asked = attrs.evolve(
                    proven, state=RegistrationState.MATCHING, expires=now + UNDECIDED
                )
                work.registrations.save(scope, asked)
                work.record(AddressProven(at=now, registration=kept.id, user=user.id))
            else:
                known = work.customers.with_contact(scope, kept.email)
                taken = work.memberships.taken(scope, [one.id for one in known])
                meant = candidates_among(known, kept.email)
                outcome = decide(known, meant, taken=taken, policies=policies)
                self._settling.settle(
                    work, proven, user, outcome, policies=policies, number=number, at=now
                )
            work.commit()

    def _number(self, guest: Guest, portal: Portal, registration: Registration) -> str | None:
        """Take a number ahead, if the range is one that may have gaps and one will be needed."""
        policies = portal.policies
        if policies.number_range is None or (policies.link_existing and self._asks_erp):
            return None
        with self._reading() as view:
            known = view.customers.with_contact(guest.scope, registration.email)
        meant = candidates_among(known, registration.email)
        outcome = decide(known, meant, taken=frozenset(), policies=policies)
        if not isinstance(outcome, NewCustomer):
            return None
        return self._numbering.take_ahead(guest, guest.scope, RangeKey(policies.number_range))

    def _standing(self, guest: Guest, token: BearerToken) -> tuple[Ticket, Registration]:
        name = named_by(self._keyring, guest.realm, Purpose.REGISTRATION, token)
        with self._reading() as view:
            ticket = view.tickets.find(guest.scope, name)
            if ticket is None or ticket.purpose is not Purpose.REGISTRATION:
                raise TokenInvalid
            try:
                kept = view.registrations.get(guest.scope, RegistrationId(ticket.subject))
            except RegistrationNotFound:
                raise TokenInvalid from None
        fits = kept.state is RegistrationState.MAILED and kept.email == ticket.email
        if not (fits and ticket.stands(self._clock())):
            raise TokenInvalid
        return ticket, kept

    def _ticket(self, new: Registration, portal: Portal, *, email: EmailAddress | None) -> Ticket:
        return Ticket(
            id=TicketId(self._new_secret()),
            purpose=Purpose.REGISTRATION,
            subject=new.id,
            portal=portal.id,
            email=email if new.state is RegistrationState.MAILED else None,
            language=new.language,
            key=self._keyring.newest,
            issued=new.asked,
            expires=new.asked + portal.policies.activation_lifetime,
        )

    def _nobody(self, guest: Guest, email: EmailAddress) -> EmailAddress:
        text = self._keyring.digest(email.key, purpose="registration", realm=guest.realm)
        return EmailAddress(text, text)


def _draft_problems(draft: object) -> tuple[Problem, ...]:
    if draft is None or (isinstance(draft, str) and len(draft) <= DRAFT_LONGEST):
        return ()
    text = Text(N_("This order is too long."))
    return (Problem(field="draft", code="registration.invalid", text=text),)
