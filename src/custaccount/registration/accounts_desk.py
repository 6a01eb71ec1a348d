"""What staff do about accounts: look them up, and hand out passwords."""

import attrs

from custaccount.credentials.model import PasswordHash, User, UserState
from custaccount.credentials.passwords import Hashing, generated
from custaccount.customers.model import Customer, CustomerNotFound
from custaccount.facilities.cursors import seal, unseal
from custaccount.facilities.fields import FieldKind, FieldSchema, FieldSpec, check
from custaccount.facilities.limits import Limiter
from custaccount.facilities.signing import Keyring, TokenInvalid
from custaccount.facilities.tickets import Purpose
from custaccount.kernel.access import Permission, Staff
from custaccount.kernel.clock import Clock
from custaccount.kernel.errors import AlreadyThere, Stale, TryAgain, refuse_unless
from custaccount.kernel.i18n import N_
from custaccount.kernel.ids import (
    Cursor,
    CustomerId,
    CustomerNumber,
    NewId,
    NewSecret,
    PortalId,
    RoleId,
    UserId,
)
from custaccount.kernel.operations import requires
from custaccount.kernel.paging import PAGE_SIZE, CursorInvalid, Page
from custaccount.kernel.scope import CustomerScope
from custaccount.kernel.text import EmailAddress
from custaccount.kernel.work import Begin, Reading, repeatable
from custaccount.membership.held import write_first
from custaccount.membership.model import (
    MemberLine,
    MembershipOver,
    MembershipState,
)
from custaccount.membership.roles import ADMINISTRATOR, BUYER
from custaccount.portals.model import AccountKind, ActivationMode, LoginId, NotOffered, Portal
from custaccount.portals.statuses import CustomerStatus
from custaccount.registration.model import (
    AccountAction,
    AddressHasLogin,
    GivenPassword,
    NoLogin,
    RegisterLine,
    RegisterQuery,
    StaffPasswordGiven,
    given_password,
)
from custaccount.registration.ports import RegistrationReading, RegistrationWork
from custaccount.registration.settling import Settling

REGISTER = "registration.register"
TEXT_LONGEST = 200
PERSON = FieldSchema(
    (
        FieldSpec(key="name", required=True),
        FieldSpec(key="address", kind=FieldKind.EMAIL),
    )
)
"""What staff say of somebody they make an account for."""


@attrs.frozen(kw_only=True)
class AccountDesk:
    """Looks after the accounts of the register's customers."""

    _reading: Reading[RegistrationReading] = attrs.field(alias="reading")
    _begin: Begin[RegistrationWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")
    _new_id: NewId = attrs.field(alias="new_id")
    _new_secret: NewSecret = attrs.field(alias="new_secret", repr=False)
    _hashing: Hashing = attrs.field(alias="hashing")
    _keyring: Keyring = attrs.field(alias="keyring")
    _limiter: Limiter = attrs.field(alias="limiter")
    _settling: Settling = attrs.field(alias="settling")

    # Looking ------------------------------------------------------------------------------------

    @requires(Permission.MANAGE_ACCOUNTS)
    def search(
        self, staff: Staff, query: RegisterQuery, more: Cursor | None = None
    ) -> Page[RegisterLine]:
        """List the customers that fit, by number, each with the state of its account.

        A page costs a constant number of statements.

        Raises:
            InvalidFields: what is looked for is longer than 200 characters.
            CursorInvalid: it was not made here, or for somebody else.
        """
        refuse_unless(
            [("text", len(query.text) <= TEXT_LONGEST, N_("At most 200 characters."))],
            code="registration.invalid",
        )
        after = None if more is None else self._number_of(staff, more)
        with self._reading() as view:
            found = view.register.search(
                staff.scope,
                query,
                entering=_entering(view, staff),
                at=self._clock(),
                after=after,
                limit=PAGE_SIZE + 1,
            )
        items = tuple(found[:PAGE_SIZE])
        cursor = None
        if len(found) > PAGE_SIZE:
            facts = [items[-1].customer.number]
            cursor = Cursor(seal(self._keyring, staff, REGISTER, facts))
        return Page(items=items, more=cursor)

    @requires(Permission.MANAGE_ACCOUNTS)
    def look(self, staff: Staff, customer: CustomerId) -> RegisterLine:
        """Return a customer with the state of its account.

        Raises:
            CustomerNotFound: there is no such customer.
        """
        only = RegisterQuery(customer=customer)
        with self._reading() as view:
            found = view.register.search(
                staff.scope,
                only,
                entering=_entering(view, staff),
                at=self._clock(),
                after=None,
                limit=1,
            )
        if not found:
            raise CustomerNotFound
        return found[0]

    # Passwords handed over ----------------------------------------------------------------------

    @requires(Permission.MANAGE_ACCOUNTS)
    def give_password(
        self,
        staff: Staff,
        portal: PortalId,
        customer: CustomerId,
        *,
        name: str,
        email: str = "",
    ) -> GivenPassword:
        """Make a user of a customer, with a first password that is shown once.

        The account is active at once, needs no mail address where the customer's number is the
        login, and proves none. The password has to be changed before anything else.

        Raises:
            NotOffered: the portal mails links instead.
            InvalidFields: name or address do not hold.
            NoLogin: the portal's login is a mail address, and none was given.
            AddressHasLogin: the address has a user already; it is invited instead.
            OnePersonOnly: the account is personal, and has its person.
            CustomerNotFound: there is no such customer.
            PortalNotFound: there is no such portal.
        """
        kept = check(PERSON, {"name": name, "address": email})
        address = EmailAddress.parse(kept["address"]) if "address" in kept else None
        with self._reading() as view:
            found = view.portals.get(staff.scope, portal)
        if found.policies.activation is not ActivationMode.STAFF_PASSWORD:
            raise NotOffered
        if address is None and found.policies.login is LoginId.MAIL:
            raise NoLogin
        password = generated(self._new_secret)
        hashed = self._hashing.hash(password)
        return self._give(
            staff,
            found,
            customer,
            name=kept["name"],
            email=address,
            password=password,
            hashed=hashed,
        )

    @requires(Permission.MANAGE_ACCOUNTS)
    def renew_password(
        self, staff: Staff, portal: PortalId, customer: CustomerId, user: UserId
    ) -> GivenPassword:
        """Give a user another first password, in place of one that was never changed.

        Nobody's own password is replaced: who has forgotten it asks for a link. Only who has no
        mail address gets a first password again, and every session of the user is over.

        Raises:
            NotOffered: the portal mails links instead, or the user can be mailed one.
            MembershipOver: the user does not act for the customer.
            PortalNotFound: there is no such portal.
        """
        with self._reading() as view:
            found = view.portals.get(staff.scope, portal)
        if found.policies.activation is not ActivationMode.STAFF_PASSWORD:
            raise NotOffered
        password = generated(self._new_secret)
        hashed = self._hashing.hash(password)
        return self._renew(staff, found, customer, user, password=password, hashed=hashed)

    # The units ----------------------------------------------------------------------------------

    @repeatable
    def _give(
        self,
        staff: Staff,
        portal: Portal,
        customer: CustomerId,
        *,
        name: str,
        email: EmailAddress | None,
        password: str,
        hashed: PasswordHash,
    ) -> GivenPassword:
        now = self._clock()
        until = now + portal.policies.staff_password_lifetime
        with self._begin(staff) as work:
            to = work.customers.get(CustomerScope(staff.realm, customer))
            write_first(work, to.scope)  # the first user is whoever comes first
            if email is not None and work.users.find_by_email(staff.scope, email) is not None:
                raise AddressHasLogin
            new = User(
                id=UserId(self._new_id()),
                realm=staff.realm,
                email=email,
                name=name,
                password=hashed,
                initial_until=until,
                language=to.language,
            )
            try:
                user = work.users.save(staff.scope, new)
                membership = self._settling.add_member(
                    work,
                    to,
                    user,
                    roles=_first_roles(work, to),
                    reason="made by staff",
                    at=now,
                )
            except AlreadyThere as rival:
                raise TryAgain from rival
            work.record(StaffPasswordGiven(at=now, user=user.id, customer=to.id, portal=portal.id))
            work.commit()
        return given_password(
            portal, to, user, membership.user_code, password=password, until=until
        )

    @repeatable
    def _renew(
        self,
        staff: Staff,
        portal: Portal,
        customer: CustomerId,
        user: UserId,
        *,
        password: str,
        hashed: PasswordHash,
    ) -> GivenPassword:
        now = self._clock()
        scope = CustomerScope(staff.realm, customer)
        with self._begin(staff) as work:
            to = work.customers.get(scope)
            standing = work.memberships.find(scope, user)
            if standing is None or standing.membership.state is not MembershipState.ACTIVE:
                raise MembershipOver
            kept = work.users.get(staff.scope, user)
            mailable = kept.email is not None and not kept.password_due
            if mailable or kept.state is not UserState.ACTIVE:
                raise NotOffered
            until = now + portal.policies.staff_password_lifetime
            for purpose in (Purpose.RESET_PASSWORD, Purpose.CHANGE_EMAIL):
                work.tickets.withdraw(staff.scope, user, purpose)
            try:
                kept = work.users.save(staff.scope, kept.given_password(hashed, until=until))
            except Stale as rival:
                raise TryAgain from rival
            work.record(StaffPasswordGiven(at=now, user=user, customer=customer, portal=portal.id))
            work.commit()
        code = standing.membership.user_code
        return given_password(portal, to, kept, code, password=password, until=until)

    def _number_of(self, staff: Staff, more: Cursor) -> CustomerNumber:
        try:
            (number,) = unseal(self._keyring, staff, REGISTER, more)
        except (TokenInvalid, ValueError):
            raise CursorInvalid from None
        return CustomerNumber(number)


def actions_for(line: RegisterLine, mode: ActivationMode) -> tuple[AccountAction, ...]:
    """List what staff may do about an account: by its state, and by how the portal does it.

    Renewing a password is about one of its users: see ``may_renew``.
    """
    full = line.customer.kind is AccountKind.PERSONAL and line.users > 0
    by_hand = mode is ActivationMode.STAFF_PASSWORD
    offered = {
        AccountAction.GIVE_PASSWORD: by_hand and not full,
        AccountAction.INVITE: not (by_hand or full or line.invited),
        AccountAction.RESEND: not by_hand and line.invited,
        AccountAction.WITHDRAW: line.invited,
    }
    return tuple(action for action, holds in offered.items() if holds)


def may_renew(one: MemberLine, mode: ActivationMode) -> bool:
    """Tell whether staff may give a user another first password.

    Nobody's own password is replaced but that of a user who can't be mailed a link.
    """
    may_act = one.membership.state is MembershipState.ACTIVE
    may_enter = one.user_state is UserState.ACTIVE
    given = one.password_due or one.email is None
    return mode is ActivationMode.STAFF_PASSWORD and may_act and may_enter and given


def _first_roles(work: RegistrationWork, to: Customer) -> frozenset[RoleId]:
    """Say what a user becomes whom staff make: the first one looks after the others."""
    others = work.memberships.codes(to.scope)
    return frozenset({BUYER if others else ADMINISTRATOR})


def _entering(view: RegistrationReading, staff: Staff) -> frozenset[CustomerStatus]:
    """Return the statuses in which users can sign in at a portal of the realm, whichever."""
    policies = [portal.policies for portal in view.portals.of_realm(staff.scope)]
    return frozenset(
        status
        for status in CustomerStatus
        if any(one.switches_of(status).sign_in for one in policies)
    )
