"""Realms and portals: where customers come in, and what holds there."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from enum import Enum
from typing import ClassVar

import attrs

from custaccount.facilities.audit import changes_of
from custaccount.facilities.fields import FieldKind, FieldSchema, FieldSpec
from custaccount.kernel.errors import Conflict, NotFound
from custaccount.kernel.events import Change, Event
from custaccount.kernel.features import Switched
from custaccount.kernel.i18n import N_, Language
from custaccount.kernel.ids import PortalId, RangeKey, RealmId
from custaccount.kernel.money import Currency
from custaccount.kernel.text import EmailAddress
from custaccount.portals.statuses import SWITCHES, CustomerStatus, Switches

SESSION_CEILING = timedelta(days=30)
"""No portal's sessions live longer."""
MASTER_DATA = FieldSchema(
    (
        FieldSpec(key="company", required=True, companies_only=True),
        FieldSpec(key="name", required=True),
        FieldSpec(key="phone", kind=FieldKind.PHONE),
        FieldSpec(key="street", required=True),
        FieldSpec(key="postal_code", kind=FieldKind.POSTAL_CODE, required=True),
        FieldSpec(key="town", required=True),
        FieldSpec(key="country", kind=FieldKind.COUNTRY, required=True),
    )
)
"""What is asked unless a portal says otherwise: a person, a company, and where to send."""


class AddressKind(Enum):
    """The three ways a portal is found."""

    PATH = "path"
    NUMBER = "number"
    HOST = "host"


class PortalNotFound(NotFound):
    """No such portal, or one that is switched off: the two look alike."""

    code = "portals.not_found"
    template = N_("There is no customer area at this address.")


class NotOffered(Conflict):
    """The portal hands out first passwords in another way."""

    code = "portals.not_offered"
    template = N_("This portal works in another way.")


@attrs.frozen(kw_only=True)
class Realm:
    """One seller's tenant: one customer register, one set of users, one ERP."""

    id: RealmId
    name: str
    version: int = 0


class RegistrationMode(Enum):
    """Who may become a customer through the portal."""

    OPEN = "open"
    """Whoever proves a mail address."""
    RELEASED = "released"
    """Whoever asks, once staff release it."""
    INVITATION = "invitation"
    """Nobody by himself: staff or a company invite him, or staff give him a password."""


class AccountKind(Enum):
    """What kind of customer an account is."""

    COMPANY = "company"
    """Any number of users, who share its data."""
    PERSONAL = "personal"
    """One person, and no list of users."""


NAMED_BY: Mapping[AccountKind, str] = {AccountKind.COMPANY: "company", AccountKind.PERSONAL: "name"}
"""The field the register names an account by."""


class ActivationMode(Enum):
    """How an account gets its first password."""

    MAILED_LINK = "mailed link"
    """The person chooses it behind a link, which proves the address."""
    STAFF_PASSWORD = "staff password"  # noqa: S105 - names a way, no secret
    """Staff hand it over; it proves no address and must be changed at the first sign-in."""


class LoginId(Enum):
    """What people are asked to sign in with."""

    MAIL = "mail"
    """The mail address. Who has none goes on signing in with a customer number, so that a portal
    which asked for numbers may go back."""
    CUSTOMER_NUMBER = "customer number"
    """The customer's number, of further users with their user code. The mail address does as well:
    whoever came before the portal asked for numbers has no code, and is not locked out."""


@attrs.frozen(kw_only=True)
class Policies:
    """What a portal decides; every value is checked when the portal is made or changed."""

    registration: RegistrationMode = RegistrationMode.INVITATION
    account_kinds: tuple[AccountKind, ...] = (AccountKind.COMPANY,)
    """What may be registered, the one offered first first."""
    fields: FieldSchema = MASTER_DATA
    """The master data that is asked at registration."""
    activation: ActivationMode = ActivationMode.MAILED_LINK
    login: LoginId = LoginId.MAIL
    number_range: RangeKey | None = None
    """The key of the range new customers get their numbers from."""
    link_existing: bool = False
    """Link a registrant to the one customer of the register whose address was proven."""
    ask_second_proof: bool = False
    """Ask who registers for a customer number and an invoice number before linking."""
    tell_staff: tuple[EmailAddress, ...] = ()
    """Who is mailed when something waits for staff."""
    password_shortest: int = 12
    """Code points; 8 to 64 (NIST SP 800-63B)."""
    activation_lifetime: timedelta = timedelta(hours=48)
    invitation_lifetime: timedelta = timedelta(days=7)
    staff_password_lifetime: timedelta = timedelta(hours=24)
    reset_lifetime: timedelta = timedelta(hours=1)
    mail_change_lifetime: timedelta = timedelta(hours=1)
    mail_undo_lifetime: timedelta = timedelta(hours=72)
    """How long the old address can take a mail change back."""
    fresh_sign_in: timedelta = timedelta(minutes=15)
    """How long after signing in what is sensitive needs no password again."""
    session_idle: timedelta = timedelta(minutes=60)
    session_longest: timedelta = timedelta(hours=12)
    features: Switched = attrs.field(factory=dict)
    """What is switched on or off for all its customers, unless a group or customer has it else."""
    switches: Mapping[CustomerStatus, Switches] = attrs.field(factory=dict)
    """What a status allows here, where that is not what ``SWITCHES`` says."""

    def switches_of(self, status: CustomerStatus) -> Switches:
        """Return what a status allows at this portal."""
        return self.switches.get(status, SWITCHES[status])

    def asked_of(self, kind: AccountKind) -> FieldSchema:
        """Return the master data that is asked of an account of this kind."""
        return self.fields.asked_of(company=kind is AccountKind.COMPANY)


@attrs.frozen(kw_only=True)
class Portal:
    """A customer area of a realm."""

    id: PortalId
    realm: RealmId
    key: str
    """Names it within its realm, in lower case."""
    name: str
    languages: tuple[Language, ...]
    """What it offers; the first one is the default."""
    currency: Currency
    time_zone: str = "UTC"
    """An IANA name."""
    path: str | None = None
    number: str | None = None
    """Digits kept as text: leading zeros count."""
    host: str | None = None
    policies: Policies = attrs.field(factory=Policies)
    open: bool = False
    version: int = 0

    def language(self, wanted: Language | None) -> Language:
        """Choose the wanted language if the portal offers it, else its default."""
        return wanted if wanted in self.languages else self.languages[0]

    def opened(self) -> "Portal":
        """Switch it on."""
        return attrs.evolve(self, open=True)

    def closed(self) -> "Portal":
        """Switch it off."""
        return attrs.evolve(self, open=False)

    @property
    def addresses(self) -> tuple[tuple[AddressKind, str], ...]:
        """Every way it can be found."""
        named = (
            (AddressKind.PATH, self.path),
            (AddressKind.NUMBER, self.number),
            (AddressKind.HOST, self.host),
        )
        return tuple((kind, text) for kind, text in named if text is not None)


@attrs.frozen(kw_only=True)
class Entrance:
    """A portal, and the part of a path it was found by; what follows is a page in it."""

    portal: Portal
    prefix: str
    language: Language | None = None
    """What the address itself names."""


AUDITED = ("open", "name", "languages", "currency", "time_zone")
"""What may change of a portal; the audit trail tells it, before and after."""
POLICIES_AUDITED = tuple(
    field.name
    for field in attrs.fields(Policies)
    if field.name not in {"fields", "tell_staff", "features", "switches"}
)
"""The same of its policies; the fields are told by their keys, and of who is mailed only that."""


@attrs.frozen(kw_only=True)
class RealmFounded(Event):
    """A realm exists from now on."""

    name: ClassVar[str] = "portals.realm_founded"


@attrs.frozen(kw_only=True)
class PortalCreated(Event):
    """A portal was made; it is still off."""

    name: ClassVar[str] = "portals.created"
    portal: PortalId
    key: str


@attrs.frozen(kw_only=True)
class PortalChanged(Event):
    """Staff changed what a portal is called, offers or decides."""

    name: ClassVar[str] = "portals.changed"
    portal: PortalId


@attrs.frozen(kw_only=True)
class PortalOpened(Event):
    """A portal was switched on."""

    name: ClassVar[str] = "portals.opened"
    portal: PortalId


@attrs.frozen(kw_only=True)
class PortalClosed(Event):
    """A portal was switched off."""

    name: ClassVar[str] = "portals.closed"
    portal: PortalId


def changes_between(before: Portal, after: Portal) -> tuple[Change, ...]:
    """Compare a portal before and after staff changed it, as the audit trail tells it."""
    was, now = before.policies, after.policies
    policies = changes_of(was, now, shown=POLICIES_AUDITED, named=("tell_staff",))
    if was.fields != now.fields:
        policies += (Change(field="fields", before=_asked(was), after=_asked(now)),)
    policies += (*switched(was.features, now.features), *_allowed(was, now))
    return (
        *changes_of(before, after, shown=AUDITED),
        *(attrs.evolve(change, field=f"policies.{change.field}") for change in policies),
    )


def switched(was: Switched, now: Switched) -> tuple[Change, ...]:
    """Compare which functions somebody switched, as the audit trail tells it."""
    words = {True: "on", False: "off", None: None}
    return tuple(
        Change(field=f"features.{key}", before=words[was.get(key)], after=words[now.get(key)])
        for key in sorted({*was, *now})
        if was.get(key) != now.get(key)
    )


def _allowed(was: Policies, now: Policies) -> Iterator[Change]:
    for status in CustomerStatus:
        before, after = was.switches_of(status), now.switches_of(status)
        yield from (
            attrs.evolve(change, field=f"switches.{status.value}.{change.field}")
            for change in changes_of(
                before, after, shown=[field.name for field in attrs.fields(Switches)]
            )
        )


def _asked(policies: Policies) -> str:
    """List the fields that are asked, with a star those that are required."""
    return ", ".join(field.key + "*" * field.required for field in policies.fields)
