"""What staff do about accounts: look them up, hand out passwords, invite, and undo links."""

import attrs

from custaccount.credentials.model import PasswordHash, User, UserState
from custaccount.credentials.passwords import Hashing, generated
from custaccount.customers.model import Customer, CustomerNotFound
from custaccount.facilities.audit import changes_of
from custaccount.facilities.cursors import seal, unseal
from custaccount.facilities.fields import FieldKind, FieldSchema, FieldSpec, check
from custaccount.facilities.limits import Limiter
from custaccount.facilities.signing import Keyring, TokenInvalid
from custaccount.facilities.tickets import Purpose, Ticket
from custaccount.kernel.access import Permission, Staff
from custaccount.kernel.clock import Clock
from custaccount.kernel.errors import AlreadyThere, Stale, TryAgain, refuse_unless
from custaccount.kernel.i18n import N_
from custaccount.kernel.ids import (
    Cursor,
    CustomerId,
    CustomerNumber,
    InvitationId,
    NewId,
    NewSecret,
    PortalId,
    TicketId,
    UserId,
)
from custaccount.kernel.paging import PAGE_SIZE, CursorInvalid, Page
from custaccount.kernel.scope import CustomerScope
from custaccount.kernel.text import EmailAddress
from custaccount.kernel.work import Begin, Reading, repeatable
from custaccount.membership.model import (
    AUDITED,
    AlreadyMember,
    Invitation,
    InvitationEnded,
    InvitationNotFound,
    InvitationState,
    MemberInvited,
    MemberLine,
    MemberRemoved,
    MembershipOver,
    MembershipState,
    OnePersonOnly,
    Role,
)
from custaccount.portals.model import AccountKind, ActivationMode, LoginId, Portal
from custaccount.registration.limits import INVITED, INVITING
from custaccount.registration.model import (
    AccountAction,
    AddressHasLogin,
    GivenPassword,
    NoLogin,
    NotOffered,
    RegisterLine,
    RegisterQuery,
    StaffPasswordGiven,
    given_password,
    reason_of,
)
from custaccount.registration.ports import RegistrationReading, RegistrationWork
from custaccount.registration.settling import Settling

REGISTER = "registration.register"
TEXT_LONGEST = 200
NOBODY = UserId("")
"""Asked for where there is no user, so that an invitation costs the same with and without one."""

PERSON = FieldSchema(
    (
        FieldSpec(key="name", required=True),
        FieldSpec(key="address", kind=FieldKind.EMAIL),
    )
)
"""What staff say of somebody they make an account for."""
INVITED_PERSON = FieldSchema(
    (
        FieldSpec(key="name"),
        FieldSpec(key="address", kind=FieldKind.EMAIL, required=True),
    )
)
"""What staff say of somebody they invite."""


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

    def search(
        self, staff: Staff, query: RegisterQuery, more: Cursor | None = None
    ) -> Page[RegisterLine]:
        """List the customers that fit, by number, each with the state of its account.

        A page costs a constant number of statements.

        Raises:
            InvalidFields: what is looked for is longer than 200 characters.
            CursorInvalid: it was not made here, or for somebody else.
        """
        staff.require(Permission.MANAGE_ACCOUNTS)
        refuse_unless(
            [("text", len(query.text) <= TEXT_LONGEST, N_("At most 200 characters."))],
            code="registration.invalid",
        )
        after = None if more is None else self._number_of(staff, more)
        with self._reading() as view:
            found = view.register.search(
                staff.scope, query, at=self._clock(), after=after, limit=PAGE_SIZE + 1
            )
        items = tuple(found[:PAGE_SIZE])
        cursor = None
        if len(found) > PAGE_SIZE:
            facts = [items[-1].customer.number]
            cursor = Cursor(seal(self._keyring, staff, REGISTER, facts))
        return Page(items=items, more=cursor)

    def look(self, staff: Staff, customer: CustomerId) -> RegisterLine:
        """Return a customer with the state of its account.

        Raises:
            CustomerNotFound: there is no such customer.
        """
        staff.require(Permission.MANAGE_ACCOUNTS)
        only = RegisterQuery(customer=customer)
        with self._reading() as view:
            found = view.register.search(staff.scope, only, at=self._clock(), after=None, limit=1)
        if not found:
            raise CustomerNotFound
        return found[0]

    def users(self, staff: Staff, customer: CustomerId) -> tuple[MemberLine, ...]:
        """List a customer's users, those removed too, with why each is one.

        Raises:
            CustomerNotFound: there is no such customer.
        """
        staff.require(Permission.MANAGE_ACCOUNTS)
        scope = CustomerScope(staff.realm, customer)
        with self._reading() as view:
            view.customers.get(scope)
            return tuple(view.memberships.of_customer(scope))

    def invitations(self, staff: Staff, customer: CustomerId) -> tuple[Invitation, ...]:
        """List a customer's open invitations, expired or not, the newest first.

        Raises:
            CustomerNotFound: there is no such customer.
        """
        staff.require(Permission.MANAGE_ACCOUNTS)
        scope = CustomerScope(staff.realm, customer)
        with self._reading() as view:
            view.customers.get(scope)
            return tuple(view.invitations.open_of(scope))

    # Passwords handed over ----------------------------------------------------------------------

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
        staff.require(Permission.MANAGE_ACCOUNTS)
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
        staff.require(Permission.MANAGE_ACCOUNTS)
        with self._reading() as view:
            found = view.portals.get(staff.scope, portal)
        if found.policies.activation is not ActivationMode.STAFF_PASSWORD:
            raise NotOffered
        password = generated(self._new_secret)
        hashed = self._hashing.hash(password)
        return self._renew(staff, found, customer, user, password=password, hashed=hashed)

    # Invitations --------------------------------------------------------------------------------

    def invite(
        self,
        staff: Staff,
        portal: PortalId,
        customer: CustomerId,
        *,
        email: str,
        name: str = "",
        role: Role = Role.ADMINISTRATOR,
    ) -> Invitation:
        """Mail somebody a link that makes an account for a customer, or adds it to a login.

        An open invitation of the customer to the same address is renewed instead.

        Raises:
            NotOffered: the portal has staff hand passwords over instead.
            InvalidFields: name or address do not hold.
            AlreadyMember: the person acts for the customer already.
            OnePersonOnly: the account is personal, and has its person.
            CustomerNotFound: there is no such customer.
            PortalNotFound: there is no such portal.
            TooManyTries: too many invitations of this customer or to this address.
        """
        staff.require(Permission.MANAGE_ACCOUNTS)
        kept = check(INVITED_PERSON, {"name": name, "address": email})
        address = EmailAddress.parse(kept["address"])
        with self._reading() as view:
            found = view.portals.get(staff.scope, portal)
            to = view.customers.get(CustomerScope(staff.realm, customer))
        if found.policies.activation is not ActivationMode.MAILED_LINK:
            raise NotOffered
        self._limiter.require(staff.scope, INVITING, customer)
        self._limiter.require(staff.scope, INVITED, address.key)
        return self._invite(staff, found, to, email=address, name=kept.get("name", ""), role=role)

    def resend(self, staff: Staff, invitation: InvitationId) -> Invitation:
        """Mail an invitation again, to be accepted for as long as a new one; the older link dies.

        Raises:
            InvitationNotFound: there is none, or it is not open any more.
            TooManyTries: too many invitations of this customer or to this address.
        """
        staff.require(Permission.MANAGE_ACCOUNTS)
        with self._reading() as view:
            kept = view.invitations.get(staff.scope, invitation)
            portal = view.portals.get(staff.scope, kept.portal)
        self._limiter.require(staff.scope, INVITING, kept.customer)
        self._limiter.require(staff.scope, INVITED, kept.email.key)
        return self._resend(staff, portal, invitation)

    @repeatable
    def withdraw(self, staff: Staff, invitation: InvitationId) -> None:
        """Take an invitation back; its link is dead.

        Raises:
            InvitationNotFound: there is none, or it is not open any more.
        """
        staff.require(Permission.MANAGE_ACCOUNTS)
        with self._begin(staff) as work:
            self._withdraw(work, staff, _open(work, staff, invitation))
            work.commit()

    # Links --------------------------------------------------------------------------------------

    @repeatable
    def undo_link(
        self,
        staff: Staff,
        portal: PortalId,
        customer: CustomerId,
        user: UserId,
        *,
        reason: str,
    ) -> None:
        """End a user's membership of a customer; it is never made again by itself.

        What was done stays, and so do the login and its other customers. An invitation that is
        still open to the user's address is withdrawn with it.

        Raises:
            MembershipOver: the user does not act for the customer.
            PortalNotFound: there is no such portal.
            InvalidFields: the reason is missing, too long or unprintable.
        """
        staff.require(Permission.MANAGE_ACCOUNTS)
        told = reason_of(reason)
        now = self._clock()
        scope = CustomerScope(staff.realm, customer)
        with self._begin(staff) as work:
            place = work.portals.get(staff.scope, portal)
            standing = work.memberships.find(scope, user)
            if standing is None or standing.membership.state is MembershipState.REMOVED:
                raise MembershipOver
            before = standing.membership
            self._withdraw_all(work, staff, scope, user)
            try:
                after = work.memberships.save(scope, before.removed())
            except Stale as rival:
                raise TryAgain from rival
            work.record(
                MemberRemoved(
                    at=now,
                    membership=after.id,
                    user=user,
                    customer=customer,
                    portal=place.id,
                    reason=told,
                    changes=changes_of(before, after, shown=AUDITED),
                )
            )
            work.commit()

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

    @repeatable
    def _invite(
        self,
        staff: Staff,
        portal: Portal,
        to: Customer,
        *,
        email: EmailAddress,
        name: str,
        role: Role,
    ) -> Invitation:
        now = self._clock()
        with self._begin(staff) as work:
            user = work.users.find_by_email(staff.scope, email)
            standing = work.memberships.find(to.scope, user.id if user else NOBODY)
            if standing and standing.membership.state is not MembershipState.REMOVED:
                raise AlreadyMember
            if to.kind is AccountKind.PERSONAL and work.memberships.codes(to.scope):
                raise OnePersonOnly
            opened = work.invitations.open_of(to.scope)
            older = next((one for one in opened if one.email == email), None)
            new = Invitation(
                id=InvitationId(self._new_id()),
                realm=staff.realm,
                portal=portal.id,
                customer=to.id,
                email=email,
                name=name,
                roles=frozenset({role}),
                invited_by=staff.id,
                issued=now,
                expires=now + portal.policies.invitation_lifetime,
            )
            if older is not None:
                new = attrs.evolve(new, id=older.id, issued=older.issued, version=older.version)
            kept = self._mail(work, staff, portal, new, to)
            work.commit()
        return kept

    @repeatable
    def _resend(self, staff: Staff, portal: Portal, invitation: InvitationId) -> Invitation:
        now = self._clock()
        with self._begin(staff) as work:
            kept = _open(work, staff, invitation)
            to = work.customers.get(kept.scope)
            renewed = kept.renewed(until=now + portal.policies.invitation_lifetime)
            kept = self._mail(work, staff, portal, renewed, to)
            work.commit()
        return kept

    def _mail(
        self,
        work: RegistrationWork,
        staff: Staff,
        portal: Portal,
        invitation: Invitation,
        to: Customer,
    ) -> Invitation:
        """Keep an invitation with a new link; the one before is dead."""
        now = self._clock()
        kept = _save(work, invitation)
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
        work.tickets.withdraw(staff.scope, kept.id, Purpose.INVITATION)
        work.tickets.add(staff.scope, ticket)
        work.record(
            MemberInvited(
                at=now,
                invitation=kept.id,
                customer=to.id,
                ticket=ticket.id,
                roles=tuple(sorted(kept.roles, key=lambda role: role.value)),
            )
        )
        return kept

    def _withdraw_all(
        self, work: RegistrationWork, staff: Staff, scope: CustomerScope, user: UserId
    ) -> None:
        email = work.users.get(staff.scope, user).email
        for one in work.invitations.open_of(scope):
            if one.email == email:
                self._withdraw(work, staff, one)

    def _withdraw(self, work: RegistrationWork, staff: Staff, kept: Invitation) -> None:
        ended = _save(work, kept.ended(InvitationState.WITHDRAWN))
        work.tickets.withdraw(staff.scope, kept.id, Purpose.INVITATION)
        work.record(
            InvitationEnded(
                at=self._clock(), invitation=kept.id, customer=kept.customer, state=ended.state
            )
        )

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


def _first_roles(work: RegistrationWork, to: Customer) -> frozenset[Role]:
    """Say what a user becomes whom staff make: the first one looks after the others."""
    others = work.memberships.codes(to.scope)
    return frozenset({Role.BUYER if others else Role.ADMINISTRATOR})


def _open(work: RegistrationWork, staff: Staff, invitation: InvitationId) -> Invitation:
    kept = work.invitations.get(staff.scope, invitation)
    if kept.state is not InvitationState.OPEN:
        raise InvitationNotFound
    return kept


def _save(work: RegistrationWork, invitation: Invitation) -> Invitation:
    try:
        return work.invitations.save(invitation.scope, invitation)
    except (Stale, AlreadyThere) as rival:
        raise TryAgain from rival
