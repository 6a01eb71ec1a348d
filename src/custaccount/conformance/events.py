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
from custaccount.customers.model import RegisterImported
from custaccount.kernel.events import Event
from custaccount.kernel.ids import (
    CustomerId,
    MembershipId,
    OrderId,
    PortalId,
    PriceListId,
    TicketId,
    UserId,
)
from custaccount.membership.model import MemberAdded, Role
from custaccount.ordering.model import OrderCopied
from custaccount.orders.model import OrdersKept
from custaccount.portals.model import PortalClosed, PortalCreated, PortalOpened
from custaccount.pricing.model import Level, PriceListAttached, PricesReplaced
from custaccount.registration.model import AccountActivated, FirstSignInRequested

_ALICE = UserId("alice")
_ACME = CustomerId("acme")
_SHOP = PortalId("shop")
_LIST = PriceListId("list")

EVENTS: Sequence[Event] = (
    AccountActivated(at=NOON, user=_ALICE, customers=(_ACME, CustomerId("second"))),
    FirstSignInRequested(at=NOON, ticket=TicketId("ticket")),
    MemberAdded(
        at=NOON,
        membership=MembershipId("membership"),
        user=_ALICE,
        customer=_ACME,
        roles=(Role.ADMINISTRATOR, Role.BUYER),
        reason="Adresse bestätigt: \"ä\" & 'ö'",
    ),
    OrderCopied(at=NOON, order=OrderId("order"), customer=_ACME, plan="digest", lines=3),
    OrdersKept(at=NOON, customer=_ACME, orders=2),
    PasswordSet(at=NOON, user=_ALICE, portal=_SHOP),
    PortalClosed(at=NOON, portal=_SHOP),
    PortalCreated(at=NOON, portal=_SHOP, key="shop"),
    PortalOpened(at=NOON, portal=_SHOP),
    PriceListAttached(at=NOON, list=_LIST, level=Level.GROUP, target="group"),
    PricesReplaced(at=NOON, list=_LIST, rows=0),
    RegisterImported(at=NOON, created=1, changed=0),
    ResetRequested(at=NOON, ticket=TicketId("ticket")),
    SignInFailed(at=NOON, login="digest", user=None),
    SignedIn(at=NOON, user=_ALICE),
    SignedOut(at=NOON, user=_ALICE),
    StoredHashUnusable(at=NOON, user=_ALICE),
)
