"""One of every event there is, with every kind of fact one can carry."""

from collections.abc import Sequence

from custaccount.conformance.samples import NOON
from custaccount.credentials.model import (
    PasswordSet,
    ResetRequested,
    SignedIn,
    SignedOut,
    SignInFailed,
    StoredHashUnusable,
)
from custaccount.customers.model import CustomerAdded, CustomerChanged, RegisterImported
from custaccount.facilities.numbers import (
    NumberRangeChanged,
    NumberRangeReserved,
    NumbersRunLow,
    NumbersRunOut,
)
from custaccount.kernel.events import Change, Event
from custaccount.kernel.ids import (
    CustomerId,
    CustomerNumber,
    EventId,
    MembershipId,
    OrderId,
    PortalId,
    PriceListId,
    RangeKey,
    TicketId,
    UserId,
)
from custaccount.membership.model import MemberAdded, Role
from custaccount.notifications.model import (
    DeliveryGivenUp,
    DeliveryRevived,
    DropReason,
    LetterDropped,
)
from custaccount.ordering.model import OrderCopied
from custaccount.orders.model import OrdersKept
from custaccount.portals.model import PortalClosed, PortalCreated, PortalOpened, RealmFounded
from custaccount.pricing.model import Level, PriceListAttached, PriceListCreated, PricesReplaced
from custaccount.registration.model import AccountActivated, FirstSignInRequested

_ALICE = UserId("alice")
_ACME = CustomerId("acme")
_SHOP = PortalId("shop")
_LIST = PriceListId("list")
_WEB = RangeKey("web")

EVENTS: Sequence[Event] = (
    AccountActivated(at=NOON, user=_ALICE, customers=(_ACME, CustomerId("second"))),
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
    DeliveryGivenUp(at=NOON, event=EventId("event"), kind="some.event", left=("a", "b#2")),
    DeliveryRevived(at=NOON, event=EventId("event")),
    FirstSignInRequested(at=NOON, ticket=TicketId("ticket")),
    LetterDropped(
        at=NOON, event=EventId("event"), letter="some.letter", reason=DropReason.KEY_REMOVED
    ),
    MemberAdded(
        at=NOON,
        membership=MembershipId("membership"),
        user=_ALICE,
        customer=_ACME,
        roles=(Role.ADMINISTRATOR, Role.BUYER),
        reason="Adresse bestätigt: \"ä\" & 'ö'",
        changes=(Change(field="roles", after="administrator, buyer"),),
    ),
    NumberRangeChanged(
        at=NOON, range=_WEB, changes=(Change(field="last", before="10", after="20"),)
    ),
    NumberRangeReserved(at=NOON, range=_WEB, changes=(Change(field="prefix", after="W-"),)),
    NumbersRunLow(at=NOON, range=_WEB, left=10**17),
    NumbersRunOut(at=NOON, range=_WEB),
    OrderCopied(at=NOON, order=OrderId("order"), customer=_ACME, plan="digest", lines=3),
    OrdersKept(at=NOON, customer=_ACME, orders=2),
    PasswordSet(at=NOON, user=_ALICE, portal=_SHOP),
    PortalClosed(at=NOON, portal=_SHOP),
    PortalCreated(at=NOON, portal=_SHOP, key="shop"),
    PortalOpened(at=NOON, portal=_SHOP),
    PriceListAttached(at=NOON, list=_LIST, level=Level.GROUP, target="group", rank=2),
    PriceListCreated(at=NOON, list=_LIST, key="dealers"),
    PricesReplaced(at=NOON, list=_LIST, rows=0),
    RealmFounded(at=NOON),
    RegisterImported(at=NOON, created=1, changed=0),
    ResetRequested(at=NOON, ticket=TicketId("ticket")),
    SignInFailed(at=NOON, login="digest", user=None),
    SignedIn(at=NOON, user=_ALICE),
    SignedOut(at=NOON, user=_ALICE),
    StoredHashUnusable(at=NOON, user=_ALICE),
)
