"""One of every event there is, with every kind of fact one can carry."""

from collections.abc import Sequence

from custaccount.conformance.samples import HOUR, NOON
from custaccount.credentials.guard import ManySignInsFailed
from custaccount.credentials.model import (
    EmailChanged,
    EmailChangeRequested,
    EmailChangeUndone,
    PasswordConfirmed,
    PasswordSet,
    ProfileChanged,
    ResetRequested,
    SessionsEnded,
    SignedIn,
    SignedOut,
    SignInFailed,
    StoredHashUnusable,
    UserBlocked,
    UserUnblocked,
)
from custaccount.customers.model import (
    AddressChanged,
    CustomerAdded,
    CustomerChanged,
    CustomerGroupChanged,
    RegisterImported,
)
from custaccount.facilities.numbers import (
    NumberRangeChanged,
    NumberRangeReserved,
    NumbersRunLow,
    NumbersRunOut,
)
from custaccount.kernel.events import Change, Event
from custaccount.kernel.ids import (
    AddressId,
    CustomerGroupId,
    CustomerId,
    CustomerNumber,
    DraftId,
    EventId,
    InvitationId,
    MembershipId,
    OrderId,
    PortalId,
    PriceListId,
    RangeKey,
    RealmId,
    RegistrationId,
    RoleId,
    StaffId,
    TicketId,
    UserId,
)
from custaccount.membership.model import (
    CompanyChosen,
    InvitationEnded,
    InvitationState,
    MemberAdded,
    MemberInvited,
    MemberRemoved,
    MemberResumed,
    MemberRolesChanged,
    MemberSuspended,
    RoleBookChanged,
)
from custaccount.membership.roles import ACCOUNTANT, ADMINISTRATOR, BUYER, VIEWER
from custaccount.notifications.model import (
    DeliveryGivenUp,
    DeliveryRevived,
    DropReason,
    LetterDropped,
)
from custaccount.ordering.model import OrderCopied
from custaccount.orders.model import OrdersKept
from custaccount.portals.model import (
    PortalChanged,
    PortalClosed,
    PortalCreated,
    PortalOpened,
    RealmFounded,
)
from custaccount.pricing.model import Level, PriceListAttached, PriceListCreated, PricesReplaced
from custaccount.registration.model import (
    AccessRequested,
    AccountActivated,
    AddressProven,
    ClaimRefused,
    ClaimStored,
    DraftTaken,
    FirstSignInRequested,
    JoinRequested,
    Registered,
    RegistrationRejected,
    RegistrationReleased,
    StaffPasswordGiven,
)
from custaccount.staff.model import (
    StaffAppointed,
    StaffBlocked,
    StaffGrantsChanged,
    StaffHashUnusable,
    StaffPasswordHanded,
    StaffPasswordSet,
    StaffResetRequested,
    StaffSignedIn,
    StaffSignedOut,
    StaffSignInFailed,
    StaffUnblocked,
)

_ALICE = UserId("alice")
_ACME = CustomerId("acme")
_SHOP = PortalId("shop")
_LIST = PriceListId("list")
_WEB = RangeKey("web")
_STEVE = StaffId("steve")
_TICKET = TicketId("ticket")
_ASKED = RegistrationId("registration")
_INVITED = InvitationId("invitation")

EVENTS: Sequence[Event] = (
    AccessRequested(at=NOON, registration=_ASKED, portal=_SHOP, known=None),
    AccountActivated(at=NOON, user=_ALICE, customers=(_ACME, CustomerId("second"))),
    AccountActivated(at=NOON, user=_ALICE, customers=(), draft=DraftId("draft"), portal=_SHOP),
    AddressChanged(at=NOON, customer=_ACME, address=AddressId("address"), what="removed"),
    AddressProven(at=NOON, registration=_ASKED, user=_ALICE),
    ClaimRefused(at=NOON, registration=_ASKED, user=_ALICE),
    ClaimStored(
        at=NOON, registration=_ASKED, user=_ALICE, candidates=(_ACME, CustomerId("second"))
    ),
    CompanyChosen(at=NOON, user=_ALICE, customer=_ACME),
    CustomerAdded(at=NOON, customer=_ACME, number=CustomerNumber("0815")),
    CustomerChanged(
        at=NOON,
        customer=_ACME,
        changes=(
            Change(field="name", before="Müller & Söhne", after='O\'Brien "Ltd"'),
            Change(field="language", before=None, after="de"),
            Change(field="groups", before="a, b", after=""),
            Change(field="contacts"),
        ),
    ),
    CustomerGroupChanged(
        at=NOON,
        group=CustomerGroupId("group"),
        what="changed",
        changes=(Change(field="features.prices", before=None, after="off"),),
    ),
    DeliveryGivenUp(at=NOON, event=EventId("event"), kind="some.event", left=("a", "b#2")),
    DeliveryRevived(at=NOON, event=EventId("event")),
    DraftTaken(at=NOON, draft=DraftId("draft"), customer=_ACME),
    EmailChangeRequested(at=NOON, ticket=_TICKET),
    EmailChangeUndone(at=NOON, user=_ALICE),
    EmailChanged(at=NOON, user=_ALICE, undo=_TICKET),
    EmailChanged(at=NOON, user=_ALICE, undo=None),
    FirstSignInRequested(at=NOON, ticket=_TICKET),
    InvitationEnded(at=NOON, invitation=_INVITED, customer=_ACME, state=InvitationState.DECLINED),
    JoinRequested(at=NOON, registration=_ASKED, user=_ALICE, customer=_ACME),
    LetterDropped(
        at=NOON, event=EventId("event"), letter="some.letter", reason=DropReason.KEY_REMOVED
    ),
    ManySignInsFailed(at=NOON, failures=100),
    MemberAdded(
        at=NOON,
        membership=MembershipId("membership"),
        user=_ALICE,
        customer=_ACME,
        roles=(ADMINISTRATOR, BUYER),
        reason="Adresse bestätigt: \"ä\" & 'ö'",
        changes=(Change(field="roles", after="administrator, buyer"),),
    ),
    MemberInvited(
        at=NOON,
        invitation=_INVITED,
        customer=_ACME,
        ticket=_TICKET,
        roles=(ACCOUNTANT, VIEWER),
    ),
    MemberRemoved(
        at=NOON,
        membership=MembershipId("membership"),
        user=_ALICE,
        customer=_ACME,
        portal=_SHOP,
        reason='Größe & "Kündigung"',
        changes=(Change(field="state", before="active", after="removed"),),
    ),
    MemberResumed(
        at=NOON,
        membership=MembershipId("membership"),
        user=_ALICE,
        customer=_ACME,
        portal=_SHOP,
        changes=(Change(field="state", before="suspended", after="active"),),
    ),
    MemberRolesChanged(
        at=NOON,
        membership=MembershipId("membership"),
        user=_ALICE,
        customer=_ACME,
        changes=(Change(field="roles", before="accountant, buyer", after="viewer"),),
    ),
    MemberSuspended(
        at=NOON,
        membership=MembershipId("membership"),
        user=_ALICE,
        customer=_ACME,
        portal=_SHOP,
        changes=(Change(field="state", before="active", after="suspended"),),
    ),
    NumberRangeChanged(
        at=NOON, range=_WEB, changes=(Change(field="last", before="10", after="20"),)
    ),
    NumberRangeReserved(at=NOON, range=_WEB, changes=(Change(field="prefix", after="W-"),)),
    NumbersRunLow(at=NOON, range=_WEB, left=10**17),
    NumbersRunOut(at=NOON, range=_WEB),
    OrderCopied(at=NOON, order=OrderId("order"), customer=_ACME, plan="digest", lines=3),
    OrdersKept(at=NOON, customer=_ACME, orders=2),
    PasswordConfirmed(at=NOON, user=_ALICE),
    PasswordSet(at=NOON, user=_ALICE, portal=_SHOP),
    PortalChanged(at=NOON, portal=_SHOP, changes=(Change(field="name"),)),
    PortalClosed(at=NOON, portal=_SHOP),
    PortalCreated(at=NOON, portal=_SHOP, key="shop"),
    PortalOpened(at=NOON, portal=_SHOP),
    PriceListAttached(at=NOON, list=_LIST, level=Level.GROUP, target="group", rank=2),
    PriceListCreated(at=NOON, list=_LIST, key="dealers"),
    PricesReplaced(at=NOON, list=_LIST, rows=0),
    ProfileChanged(at=NOON, user=_ALICE, changes=(Change(field="phone"),)),
    RealmFounded(at=NOON),
    RegisterImported(at=NOON, created=1, changed=0),
    Registered(at=NOON, registration=_ASKED, ticket=_TICKET, known=_ALICE),
    RegistrationRejected(at=NOON, registration=_ASKED),
    RegistrationReleased(at=NOON, registration=_ASKED, ticket=None),
    ResetRequested(at=NOON, ticket=_TICKET),
    RoleBookChanged(
        at=NOON,
        customer=_ACME,
        role=RoleId("role"),
        what="made",
        changes=(Change(field="grants", after="see orders: own, see prices: customer"),),
    ),
    SessionsEnded(at=NOON, user=_ALICE, count=3),
    SignInFailed(at=NOON, login="digest", user=None),
    SignedIn(at=NOON, user=_ALICE),
    SignedOut(at=NOON, user=_ALICE),
    StaffAppointed(at=NOON, staff=_STEVE),
    StaffBlocked(at=NOON, staff=_STEVE),
    StaffGrantsChanged(at=NOON, staff=_STEVE, where=RealmId("other")),
    StaffHashUnusable(at=NOON, staff=_STEVE),
    StaffPasswordGiven(at=NOON, user=_ALICE, customer=_ACME, portal=_SHOP),
    StaffPasswordHanded(at=NOON, staff=_STEVE, until=NOON + HOUR),
    StaffPasswordSet(at=NOON, staff=_STEVE, portal=_SHOP),
    StaffResetRequested(at=NOON, ticket=_TICKET),
    StaffSignInFailed(at=NOON, login="digest", staff=None),
    StaffSignedIn(at=NOON, staff=_STEVE),
    StaffSignedOut(at=NOON, staff=_STEVE),
    StaffUnblocked(at=NOON, staff=_STEVE),
    StoredHashUnusable(at=NOON, user=_ALICE),
    UserBlocked(at=NOON, user=_ALICE, reason='Größe & "Missbrauch"'),
    UserUnblocked(at=NOON, user=_ALICE),
)
