"""The staff's queue: who asks for access, and whose a proven address is."""

from datetime import datetime

import attrs

from custaccount.credentials.model import PasswordHash, User
from custaccount.credentials.passwords import Hashing, generated
from custaccount.customers.model import Customer
from custaccount.facilities.cursors import seal, unseal
from custaccount.facilities.fields import reason_of
from custaccount.facilities.numbering import Numbering
from custaccount.facilities.signing import Keyring, TokenInvalid
from custaccount.facilities.tickets import Purpose, Ticket
from custaccount.kernel.access import Permission, Staff
from custaccount.kernel.clock import Clock
from custaccount.kernel.errors import (
    AlreadyThere,
    Stale,
    TryAgain,
)
from custaccount.kernel.ids import (
    Cursor,
    CustomerId,
    NewId,
    NewSecret,
    RangeKey,
    RegistrationId,
    TicketId,
    UserId,
)
from custaccount.kernel.operations import requires
from custaccount.kernel.paging import PAGE_SIZE, CursorInvalid, Page
from custaccount.kernel.scope import CustomerScope
from custaccount.kernel.work import Begin, Reading, repeatable
from custaccount.membership.model import Membership
from custaccount.portals.model import ActivationMode, Portal
from custaccount.registration.model import (
    PENDING,
    UNDECIDED,
    AlreadyDecided,
    ClaimRefused,
    GivenPassword,
    QueuePlace,
    Registration,
    RegistrationRejected,
    RegistrationReleased,
    RegistrationState,
    StaffPasswordGiven,
    given_password,
)
from custaccount.registration.ports import RegistrationReading, RegistrationWork
from custaccount.registration.settling import Settling

QUEUE = "registration.queue"


@attrs.frozen(kw_only=True)
class RegistrationDesk:
    """Decides about registrations that wait for staff; every decision names who made it."""

    _reading: Reading[RegistrationReading] = attrs.field(alias="reading")
    _begin: Begin[RegistrationWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")
    _new_id: NewId = attrs.field(alias="new_id")
    _new_secret: NewSecret = attrs.field(alias="new_secret", repr=False)
    _hashing: Hashing = attrs.field(alias="hashing")
    _keyring: Keyring = attrs.field(alias="keyring")
    _numbering: Numbering[RegistrationWork] = attrs.field(alias="numbering")
    _settling: Settling = attrs.field(alias="settling")

    @requires(Permission.MANAGE_ACCOUNTS)
    def queue(self, staff: Staff, more: Cursor | None = None) -> Page[Registration]:
        """List what waits for staff, who asked first before.

        Raises:
            CursorInvalid: it was not made here, or for somebody else.
        """
        after = None if more is None else self._place(staff, more)
        with self._reading() as view:
            found = view.registrations.queued(staff.scope, after=after, limit=PAGE_SIZE + 1)
        items = tuple(found[:PAGE_SIZE])
        cursor = None
        if len(found) > PAGE_SIZE:
            last = items[-1].place
            facts = [last.asked.isoformat(), last.id]
            cursor = Cursor(seal(self._keyring, staff, QUEUE, facts))
        return Page(items=items, more=cursor)

    @requires(Permission.MANAGE_ACCOUNTS)
    def look(self, staff: Staff, registration: RegistrationId) -> Registration:
        """Return a registration with all that was answered.

        Raises:
            RegistrationNotFound: there is none, or it is over.
        """
        with self._reading() as view:
            return view.registrations.get(staff.scope, registration)

    @requires(Permission.MANAGE_ACCOUNTS)
    def release(
        self, staff: Staff, registration: RegistrationId, *, customer: CustomerId | None = None
    ) -> GivenPassword | None:
        """Let somebody in who asked for access; exactly one thing happens, by the portal's mode.

        Either a link is mailed that proves the address: what was registered is settled once it is
        opened. Or there is an account at once, whose first password is returned to be handed over,
        and which proves no address.

        Args:
            staff: Who releases it.
            registration: Which one.
            customer: With a staff password: the customer of the register it is for, if staff know
                it; else it is a new one.

        Raises:
            RegistrationNotFound: there is none, or it is over.
            AlreadyDecided: it does not wait (any more), or its address got a user in between.
            CustomerNotFound: there is no such customer.
            OnePersonOnly: the customer's account is personal, and has its person.
            NumbersExhausted: there is no customer number left.
        """
        with self._reading() as view:
            kept = view.registrations.get(staff.scope, registration)
            portal = view.portals.get(staff.scope, kept.portal)
        _require(kept, RegistrationState.WAITING)
        if portal.policies.activation is ActivationMode.MAILED_LINK:
            self._mail(staff, kept, portal)
            return None
        password = generated(self._new_secret)
        number = self._number(staff, portal) if customer is None else None
        hashed = self._hashing.hash(password)
        return self._make(
            staff,
            kept,
            portal,
            customer=customer,
            number=number,
            password=password,
            hashed=hashed,
        )

    @requires(Permission.MANAGE_ACCOUNTS)
    @repeatable
    def reject(self, staff: Staff, registration: RegistrationId, *, reason: str) -> None:
        """Do not release a registration; the person is told why, and may apply again.

        Raises:
            RegistrationNotFound: there is none, or it is over.
            AlreadyDecided: it does not wait (any more).
            InvalidFields: the reason is missing, too long or unprintable.
        """
        told = reason_of(reason)
        now = self._clock()
        with self._begin(staff) as work:
            kept = work.registrations.get(staff.scope, registration)
            _require(kept, RegistrationState.WAITING)
            rejected = attrs.evolve(
                kept,
                state=RegistrationState.REJECTED,
                decided_by=staff.id,
                reason=told,
                expires=now + UNDECIDED,
            )
            _save(work, staff, rejected)
            work.record(RegistrationRejected(at=now, registration=kept.id))
            work.commit()

    @requires(Permission.MANAGE_ACCOUNTS)
    @repeatable
    def link(self, staff: Staff, registration: RegistrationId, customer: CustomerId) -> None:
        """Say that a proven address belongs to a customer of the register.

        Raises:
            RegistrationNotFound: there is none, or it is over.
            AlreadyDecided: it is no open claim (any more).
            CustomerNotFound: there is no such customer.
            AlreadyMember: the person acts for it already.
            OnePersonOnly: its account is personal, and has its person.
        """
        with self._begin(staff) as work:
            kept, user = _claim(work, staff, registration)
            found = work.customers.get(CustomerScope(staff.realm, customer))
            try:
                self._settling.link(
                    work, kept, user, found, reason="decided by staff", at=self._clock()
                )
            except (Stale, AlreadyThere) as rival:
                raise TryAgain from rival
            work.commit()

    @requires(Permission.MANAGE_ACCOUNTS)
    def found(self, staff: Staff, registration: RegistrationId) -> None:
        """Say that a proven address belongs to nobody the register knows: a new customer.

        Raises:
            RegistrationNotFound: there is none, or it is over.
            AlreadyDecided: it is no open claim (any more).
            NumbersExhausted: there is no customer number left.
        """
        with self._reading() as view:
            kept = view.registrations.get(staff.scope, registration)
            portal = view.portals.get(staff.scope, kept.portal)
        _require(kept, RegistrationState.CLAIMED)
        self._found(staff, registration, portal, self._number(staff, portal))

    @requires(Permission.MANAGE_ACCOUNTS)
    @repeatable
    def refuse(self, staff: Staff, registration: RegistrationId, *, reason: str) -> None:
        """Link a proven address to nobody; the login stays, and acts for nobody.

        Raises:
            RegistrationNotFound: there is none, or it is over.
            AlreadyDecided: it is no open claim (any more).
            InvalidFields: the reason is missing, too long or unprintable.
        """
        told = reason_of(reason)
        now = self._clock()
        with self._begin(staff) as work:
            kept, user = _claim(work, staff, registration)
            refused = attrs.evolve(
                kept,
                state=RegistrationState.REJECTED,
                decided_by=staff.id,
                reason=told,
                expires=now + PENDING,
            )
            _save(work, staff, refused)
            work.record(ClaimRefused(at=now, registration=kept.id, user=user.id))
            work.commit()

    @repeatable
    def _mail(self, staff: Staff, seen: Registration, portal: Portal) -> None:
        now = self._clock()
        ticket = Ticket(
            id=TicketId(self._new_secret()),
            purpose=Purpose.REGISTRATION,
            subject=seen.id,
            portal=portal.id,
            email=seen.email,
            language=portal.language(seen.language),
            key=self._keyring.newest,
            issued=now,
            expires=now + portal.policies.activation_lifetime,
        )
        with self._begin(staff) as work:
            kept = work.registrations.get(staff.scope, seen.id)
            _require(kept, RegistrationState.WAITING)
            released = attrs.evolve(
                kept,
                state=RegistrationState.MAILED,
                decided_by=staff.id,
                expires=now + PENDING,
            )
            _save(work, staff, released)
            work.tickets.withdraw(staff.scope, kept.id, Purpose.REGISTRATION)
            work.tickets.add(staff.scope, ticket)
            work.record(RegistrationReleased(at=now, registration=kept.id, ticket=ticket.id))
            work.commit()

    @repeatable
    def _make(
        self,
        staff: Staff,
        seen: Registration,
        portal: Portal,
        *,
        customer: CustomerId | None,
        number: str | None,
        password: str,
        hashed: PasswordHash,
    ) -> GivenPassword:
        now = self._clock()
        until = now + portal.policies.staff_password_lifetime
        with self._begin(staff) as work:
            kept = work.registrations.get(staff.scope, seen.id)
            _require(kept, RegistrationState.WAITING)
            if work.users.find_by_email(staff.scope, kept.email) is not None:
                raise AlreadyDecided
            new = User(
                id=UserId(self._new_id()),
                realm=staff.realm,
                email=kept.email,
                name=kept.answers.get("name", ""),
                password=hashed,
                initial_until=until,
                language=kept.language,
            )
            try:
                user = work.users.save(staff.scope, new)
                found, membership = self._settle(
                    work, staff, portal, kept, user, customer=customer, number=number
                )
            except (Stale, AlreadyThere) as rival:
                raise TryAgain from rival
            work.record(RegistrationReleased(at=now, registration=kept.id, ticket=None))
            work.record(
                StaffPasswordGiven(at=now, user=user.id, customer=found.id, portal=portal.id)
            )
            work.commit()
        return given_password(
            portal, found, user, membership.user_code, password=password, until=until
        )

    def _settle(
        self,
        work: RegistrationWork,
        staff: Staff,
        portal: Portal,
        kept: Registration,
        user: User,
        *,
        customer: CustomerId | None,
        number: str | None,
    ) -> tuple[Customer, Membership]:
        now = self._clock()
        if customer is None:
            return self._settling.found(
                work, kept, user, policies=portal.policies, number=number, at=now
            )
        found = work.customers.get(CustomerScope(staff.realm, customer))
        return self._settling.link(work, kept, user, found, reason="released by staff", at=now)

    @repeatable
    def _found(
        self, staff: Staff, registration: RegistrationId, portal: Portal, number: str | None
    ) -> None:
        with self._begin(staff) as work:
            kept, user = _claim(work, staff, registration)
            try:
                self._settling.found(
                    work,
                    kept,
                    user,
                    policies=portal.policies,
                    number=number,
                    at=self._clock(),
                )
            except (Stale, AlreadyThere) as rival:
                raise TryAgain from rival
            work.commit()

    def _number(self, staff: Staff, portal: Portal) -> str | None:
        key = portal.policies.number_range
        if key is None:
            return None
        return self._numbering.take_ahead(staff, staff.scope, RangeKey(key))

    def _place(self, staff: Staff, more: Cursor) -> QueuePlace:
        try:
            asked, name = unseal(self._keyring, staff, QUEUE, more)
            return QueuePlace(asked=datetime.fromisoformat(asked), id=RegistrationId(name))
        except (TokenInvalid, ValueError):
            raise CursorInvalid from None


def _claim(
    work: RegistrationWork, staff: Staff, registration: RegistrationId
) -> tuple[Registration, User]:
    kept = work.registrations.get(staff.scope, registration)
    _require(kept, RegistrationState.CLAIMED)
    if kept.user is None:
        raise AlreadyDecided
    return kept, work.users.get(staff.scope, kept.user)


def _require(kept: Registration, state: RegistrationState) -> None:
    if kept.state is not state:
        raise AlreadyDecided


def _save(work: RegistrationWork, staff: Staff, registration: Registration) -> None:
    try:
        work.registrations.save(staff.scope, registration)
    except Stale as rival:
        raise TryAgain from rival
