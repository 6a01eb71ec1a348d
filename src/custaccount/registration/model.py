"""From visitor to active account."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import ClassVar

import attrs

from custaccount.credentials.model import User
from custaccount.customers.model import Contact, Customer
from custaccount.facilities.fields import STANDARD
from custaccount.facilities.tickets import Purpose, Ticket
from custaccount.kernel.clock import utc, utc_if_known
from custaccount.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound
from custaccount.kernel.events import Event
from custaccount.kernel.i18n import N_, Language
from custaccount.kernel.ids import (
    CustomerGroupId,
    CustomerId,
    CustomerNumber,
    DraftId,
    ErpCustomerId,
    PortalId,
    RealmId,
    RegistrationId,
    RoleId,
    StaffId,
    TicketId,
    UserCode,
    UserId,
)
from custaccount.kernel.text import EmailAddress
from custaccount.membership.roles import ADMINISTRATOR, BUYER
from custaccount.portals.model import AccountKind, LoginId, Policies, Portal
from custaccount.portals.statuses import CustomerStatus

PENDING = timedelta(days=7)
"""How long a registration whose address was not proven is kept."""
UNDECIDED = timedelta(days=90)
"""How long one is kept that waits for staff, or was rejected."""
DRAFT_LONGEST = 100_000
"""Characters of a host's draft of a first order."""


class RegistrationClosed(NotAllowed):
    """The portal takes nobody by himself: only who is invited."""

    code = "registration.closed"
    template = N_("You can't register here. Please ask us for an invitation.")


class RegistrationNotFound(NotFound):
    """No such registration, or it is over."""

    code = "registration.not_found"
    template = N_("This registration is not known.")


class AlreadyDecided(Conflict):
    """Somebody decided about the registration already."""

    code = "registration.already_decided"
    template = N_("This has been decided already.")


class RegistrationState(Enum):
    """What a registration waits for; one that is done is no more."""

    MAILED = "mailed"
    """A link was mailed; the address is not proven."""
    WAITING = "waiting"
    """Staff have to release it."""
    REJECTED = "rejected"
    """Staff did not release it, or a company did not take the person; who may apply again."""
    MATCHING = "matching"
    """The address is proven and the user made; the ERP is being asked whose it is."""
    CLAIMED = "claimed"
    """The address is proven and the user made; staff, or a second proof, say whose it is."""


class Strength(Enum):
    """How much a piece of evidence says."""

    EXACT = "exact"
    """The proven address is one contact's of this customer, and stands alone in its field."""
    SHARED = "shared"
    """It is among several in one field, or on several customers."""


@attrs.frozen(kw_only=True)
class Candidate:
    """A customer a registrant may be, and what speaks for it."""

    customer: CustomerId
    evidence: str
    """What matched, in a word that is not personal: ``contact address``."""
    strength: Strength
    primary: bool = False
    """Whether the address is the primary contact's."""


@attrs.frozen(kw_only=True)
class ErpMatch:
    """A customer the ERP knows by an address."""

    erp_id: ErpCustomerId
    number: CustomerNumber
    name: str
    addresses: tuple[str, ...]
    """The fields that have the address in them, as the ERP writes them; the primary one first."""


@attrs.frozen(kw_only=True)
class Registration:
    """Somebody on the way to an account; nothing of it counts before the address is proven."""

    id: RegistrationId
    realm: RealmId
    portal: PortalId
    kind: AccountKind
    email: EmailAddress
    answers: Mapping[str, str] = attrs.field(repr=False)
    """What the portal asked for, checked, by the key of the field."""
    language: Language
    draft: str | None = attrs.field(default=None, repr=False)
    """The host's own text about a first order; opaque."""
    state: RegistrationState
    asked: datetime = attrs.field(converter=utc)
    expires: datetime = attrs.field(converter=utc)
    """When it is forgotten."""
    proven: datetime | None = attrs.field(default=None, converter=utc_if_known)
    user: UserId | None = None
    """Once the address is proven."""
    candidates: tuple[Candidate, ...] = ()
    company: CustomerId | None = None
    """Whose administrators are asked whether the person may join."""
    decided_by: StaffId | None = None
    """Who released or rejected it."""
    reason: str = ""
    """Why it was rejected; the person is told."""
    version: int = 0

    @property
    def waits_for_staff(self) -> bool:
        """Whether it stands in the staff's queue."""
        return self.state in QUEUED

    @property
    def place(self) -> "QueuePlace":
        """Where it stands in the queue."""
        return QueuePlace(asked=self.asked, id=self.id)


QUEUED = (RegistrationState.WAITING, RegistrationState.CLAIMED)
"""What stands in the staff's queue."""


@attrs.frozen(kw_only=True)
class QueuePlace:
    """A place in the queue, which is sorted by moment, then by id."""

    asked: datetime = attrs.field(converter=utc)
    id: RegistrationId


@attrs.frozen(kw_only=True)
class Draft:
    """What a guest began before the account was active; it belongs to the account now."""

    id: DraftId
    realm: RealmId
    customer: CustomerId
    user: UserId
    text: str = attrs.field(repr=False)
    kept: datetime = attrs.field(converter=utc)


class AccountAction(Enum):
    """What staff may do about an account, by its state and the portal's mode."""

    GIVE_PASSWORD = "give password"  # noqa: S105 - what is done, not a password
    RENEW_PASSWORD = "renew password"  # noqa: S105
    INVITE = "invite"
    RESEND = "resend"
    WITHDRAW = "withdraw"


@attrs.frozen(kw_only=True)
class GivenPassword:
    """A password staff hand over; shown once, and kept nowhere."""

    user: UserId
    login: str
    """What the user signs in with: a customer number, or the mail address."""
    user_code: UserCode | None
    """Told with a customer number; None where a mail address is the login."""
    password: str = attrs.field(repr=False)
    until: datetime = attrs.field(converter=utc)
    """Dead from then on, and once the user has chosen another."""


class ProofRefused(NotAllowed):
    """The second proof did not hold: one answer, whatever is wrong."""

    code = "registration.proof_refused"
    template = N_("We could not confirm this. Please check the numbers, or wait for our answer.")


class NoLogin(InvalidInput):
    """Nobody could sign in: the portal's login is a mail address, and none was given."""

    code = "registration.no_login"
    template = N_("A mail address is needed to sign in here.")


class AddressHasLogin(Conflict):
    """The address has a user already, of whatever company: no second one is made."""

    code = "registration.address_has_login"
    template = N_("This mail address has a login already. Please invite the person instead.")


class DraftNotFound(NotFound):
    """No such draft of this user, or it was handed over already."""

    code = "registration.draft_not_found"
    template = N_("This order is not waiting any more.")


class AccountState(Enum):
    """What staff see of a customer: derived for each look, never stored."""

    ACTIVE = "active"
    """A user can sign in."""
    INVITED = "invited"
    """None can, and an invitation is open, expired or not."""
    NONE = "none"


@attrs.frozen(kw_only=True)
class RegisterQuery:
    """What staff look for in the register."""

    text: str = ""
    """Words that all occur in number, name, town or a mail address."""
    status: CustomerStatus | None = None
    group: CustomerGroupId | None = None
    account: AccountState | None = None
    customer: CustomerId | None = None
    """This one alone."""


@attrs.frozen(kw_only=True)
class RegisterLine:
    """A customer as staff see it in a list."""

    customer: Customer
    users: int
    """How many can sign in."""
    invited: datetime | None = attrs.field(default=None, converter=utc_if_known)
    """Since when the newest open invitation is out."""
    invitation_expires: datetime | None = attrs.field(default=None, converter=utc_if_known)
    waiting: bool = False
    """Whether a registration with an address of one of its contacts waits for staff."""

    @property
    def state(self) -> AccountState:
        """The state, as a symbol with text shows it."""
        if self.users:
            return AccountState.ACTIVE
        return AccountState.NONE if self.invited is None else AccountState.INVITED

    def invitation_over(self, at: datetime) -> bool:
        """Tell whether the open invitation has expired."""
        return self.invitation_expires is not None and at >= self.invitation_expires


@attrs.frozen(kw_only=True)
class FirstSignInRequested(Event):
    """Somebody asked for a first sign-in; the ticket names an address only if it is known."""

    name: ClassVar[str] = "registration.first_sign_in_requested"
    ticket: TicketId
    waiting: tuple[CustomerId, ...] = ()
    """Customers that know the address but have members already: a person has to decide."""


@attrs.frozen(kw_only=True)
class Registered(Event):
    """Somebody registered; the ticket stands only if the address is nobody's yet."""

    name: ClassVar[str] = "registration.registered"
    registration: RegistrationId
    ticket: TicketId
    known: UserId | None = None
    """Whose the address is already; that person is told so."""


@attrs.frozen(kw_only=True)
class AccessRequested(Event):
    """Somebody asks staff for access."""

    name: ClassVar[str] = "registration.access_requested"
    registration: RegistrationId
    portal: PortalId
    known: UserId | None = None


@attrs.frozen(kw_only=True)
class RegistrationReleased(Event):
    """Staff released a registration; with a ticket, its link is mailed."""

    name: ClassVar[str] = "registration.released"
    registration: RegistrationId
    ticket: TicketId | None


@attrs.frozen(kw_only=True)
class RegistrationRejected(Event):
    """Staff did not release a registration; the person is told why."""

    name: ClassVar[str] = "registration.rejected"
    registration: RegistrationId


@attrs.frozen(kw_only=True)
class AddressProven(Event):
    """A registrant proved the address and is a user now; the ERP is asked whose it is."""

    name: ClassVar[str] = "registration.address_proven"
    registration: RegistrationId
    user: UserId


@attrs.frozen(kw_only=True)
class ClaimStored(Event):
    """Whose a proven address is has to be decided by a person, or by a second proof."""

    name: ClassVar[str] = "registration.claim_stored"
    registration: RegistrationId
    user: UserId
    candidates: tuple[CustomerId, ...]


@attrs.frozen(kw_only=True)
class JoinRequested(Event):
    """Somebody whose proven address is a company's may join it; its administrators are asked."""

    name: ClassVar[str] = "registration.join_requested"
    registration: RegistrationId
    user: UserId
    customer: CustomerId


@attrs.frozen(kw_only=True)
class ClaimRefused(Event):
    """Staff, or a company's administrators, did not link a user to a customer."""

    name: ClassVar[str] = "registration.claim_refused"
    registration: RegistrationId
    user: UserId


@attrs.frozen(kw_only=True)
class AccountActivated(Event):
    """An account is active: a user acts for these customers from now on."""

    name: ClassVar[str] = "registration.account_activated"
    user: UserId
    customers: tuple[CustomerId, ...]
    draft: DraftId | None = None
    """What was begun as a guest and belongs to the account now."""
    portal: PortalId | None = None
    """Where the person registered or was invited; a first sign-in needs no welcome."""


@attrs.frozen(kw_only=True)
class DraftTaken(Event):
    """What was begun as a guest was handed over, to be ordered."""

    name: ClassVar[str] = "registration.draft_taken"
    draft: DraftId
    customer: CustomerId


@attrs.frozen(kw_only=True)
class StaffPasswordGiven(Event):
    """Staff gave a user a first password, or a new one."""

    name: ClassVar[str] = "registration.staff_password_given"
    user: UserId
    customer: CustomerId
    portal: PortalId


def customer_of(
    id: CustomerId,
    realm: RealmId,
    number: CustomerNumber,
    *,
    kind: AccountKind,
    email: EmailAddress | None,
    answers: Mapping[str, str],
    language: Language,
) -> Customer:
    """Make a customer of checked answers; what has no place of its own is kept as its details."""
    person = answers.get("name", "")
    company = answers.get("company", "") if kind is AccountKind.COMPANY else ""
    return Customer(
        id=id,
        realm=realm,
        number=number,
        kind=kind,
        name=company or person,
        language=language,
        street=answers.get("street", ""),
        postal_code=answers.get("postal_code", ""),
        town=answers.get("town", ""),
        country=answers.get("country", ""),
        phone=answers.get("phone", ""),
        vat_id=answers.get("vat_id", ""),
        details={key: text for key, text in answers.items() if key not in STANDARD},
        contacts=(Contact(name=person, email=email),),
    )


def given_password(
    portal: Portal,
    customer: Customer,
    user: User,
    code: UserCode | None,
    *,
    password: str,
    until: datetime,
) -> GivenPassword:
    """Write down what staff hand over: how to sign in at this portal, and until when."""
    email = None if portal.policies.login is LoginId.CUSTOMER_NUMBER else user.email
    return GivenPassword(
        user=user.id,
        login=customer.number if email is None else email.text,
        user_code=code if email is None else None,
        password=password,
        until=until,
    )


def claimable(
    customers: Iterable[Customer], taken: frozenset[CustomerId], policies: Policies
) -> tuple[Customer, ...]:
    """Keep those a proven address may be linked to by itself.

    A customer that may not sign in, or that has or had members, is left to a person.
    """
    return tuple(one for one in customers if _enters(one, policies) and one.id not in taken)


def left_to_a_person(
    customers: Iterable[Customer], taken: frozenset[CustomerId], policies: Policies
) -> tuple[Customer, ...]:
    """Keep those that know a proven address but have, or had, members: nobody is added unasked."""
    return tuple(one for one in customers if _enters(one, policies) and one.id in taken)


def _enters(customer: Customer, policies: Policies) -> bool:
    return policies.switches_of(customer.status).sign_in


def role_for(customer: Customer, email: EmailAddress) -> RoleId:
    """Say what the first user becomes: administrator only as the register's primary contact."""
    return ADMINISTRATOR if customer.first_contact_is(email) else BUYER


def activation_ticket(
    email: EmailAddress | None,
    *,
    id: TicketId,
    key: str,
    at: datetime,
    lifetime: timedelta,
    portal: PortalId,
    language: Language,
    subject: str,
) -> Ticket:
    """Make the ticket for a first sign-in; one nobody can use without an address."""
    return Ticket(
        id=id,
        purpose=Purpose.ACTIVATE,
        subject=subject,
        portal=portal,
        email=email,
        language=language,
        key=key,
        issued=at,
        expires=at + lifetime,
    )
