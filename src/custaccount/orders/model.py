"""Orders with their delivery notes and invoices: what was bought, sent and billed."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import ClassVar

import attrs

from custaccount.kernel.access import Depth, Member, Permission
from custaccount.kernel.clock import utc
from custaccount.kernel.errors import NotFound, Unavailable
from custaccount.kernel.events import Event
from custaccount.kernel.i18n import N_
from custaccount.kernel.ids import (
    ArticleNumber,
    CustomerId,
    CustomerOrderNumber,
    DeliveryNoteId,
    DeliveryNoteNumber,
    ErpCustomerId,
    InvoiceId,
    InvoiceNumber,
    OrderId,
    OrderLineId,
    OrderNumber,
    UserId,
)
from custaccount.kernel.money import Money, exact
from custaccount.kernel.scope import CustomerScope
from custaccount.kernel.text import NumberInvalid, number_key, unfit

NOTHING = Decimal(0)
ID_LONGEST = 200


class OrderNotFound(NotFound):
    """No such order, or not yours."""

    code = "orders.not_found"
    template = N_("This order is not known.")


class ErpUnavailable(Unavailable):
    """The ERP did not answer, or not in a way that can be trusted."""

    code = "orders.erp_unavailable"
    template = N_("Your orders can't be shown at the moment. Please try again later.")


class OrderStatus(Enum):
    """How far an order has come."""

    OPEN = "open"
    PARTLY_DELIVERED = "partly delivered"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


@attrs.frozen
class OrderOwner:
    """Whose orders are meant, as the shop and as the ERP know the customer."""

    scope: CustomerScope
    erp_id: ErpCustomerId | None
    author: UserId | None = None
    """Only the orders this user placed; None: all of the customer's."""

    @property
    def customer(self) -> CustomerId:
        """The customer, as the shop knows it."""
        return self.scope.customer


@attrs.frozen(kw_only=True)
class Position:
    """Where an order stands in the history: by date, then by number, the newest first."""

    placed: datetime = attrs.field(converter=utc)
    number: OrderNumber


@attrs.frozen(kw_only=True)
class Author:
    """Who placed an order, as that was then: what becomes of the person changes no document."""

    user: UserId
    name: str
    email: str = ""


@attrs.frozen(kw_only=True)
class OrderSummary:
    """A light row of the history."""

    id: OrderId
    number: OrderNumber
    customer_number: CustomerOrderNumber | None = None
    """The number the customer gave the order."""
    placed: datetime = attrs.field(converter=utc)
    status: OrderStatus
    total: Money | None = None
    """Gross."""
    author: Author | None = None
    """None where it is not known: an ERP may know no persons."""

    @property
    def position(self) -> Position:
        """Where it stands in the history."""
        return Position(placed=self.placed, number=self.number)


@attrs.frozen(kw_only=True)
class OrderLine:
    """A line of an order."""

    id: OrderLineId
    article: ArticleNumber
    text: str
    quantity: Decimal = attrs.field(converter=exact)
    unit: str = ""
    price: Money | None = None
    """Per unit, net, as it was agreed then."""
    amount: Money | None = None
    """Net, after every discount."""


@attrs.frozen(kw_only=True)
class Tracking:
    """Where a parcel can be followed."""

    carrier: str
    reference: str
    url: str | None = None


@attrs.frozen(kw_only=True)
class DeliveredLine:
    """How much of an order line one delivery brought."""

    order_line: OrderLineId
    quantity: Decimal = attrs.field(converter=exact)


@attrs.frozen(kw_only=True)
class DeliveryNote:
    """A delivery."""

    id: DeliveryNoteId
    number: DeliveryNoteNumber
    sent: datetime = attrs.field(converter=utc)
    lines: tuple[DeliveredLine, ...]
    tracking: tuple[Tracking, ...] = ()


@attrs.frozen(kw_only=True)
class Invoice:
    """A bill, as far as the order shows it."""

    id: InvoiceId
    number: InvoiceNumber
    issued: datetime = attrs.field(converter=utc)
    net: Money
    tax: Money
    gross: Money


@attrs.frozen(kw_only=True)
class Order:
    """An order with all that belongs to it."""

    summary: OrderSummary
    lines: tuple[OrderLine, ...]
    delivery_notes: tuple[DeliveryNote, ...] = ()
    invoices: tuple[Invoice, ...] = ()

    @property
    def delivered(self) -> Mapping[OrderLineId, Decimal]:
        """How much of each line was delivered, over all delivery notes."""
        total = {line.id: NOTHING for line in self.lines}
        for note in self.delivery_notes:
            for line in note.lines:
                total[line.order_line] = total.get(line.order_line, NOTHING) + line.quantity
        return total

    @property
    def open(self) -> Mapping[OrderLineId, Decimal]:
        """How much of each line is still to come; nothing once it is cancelled."""
        if self.summary.status is OrderStatus.CANCELLED:
            return {line.id: NOTHING for line in self.lines}
        delivered = self.delivered
        return {line.id: max(line.quantity - delivered[line.id], NOTHING) for line in self.lines}


class NumberKind(Enum):
    """Which of an order's numbers matched a search."""

    ORDER = "order"
    CUSTOMER_ORDER = "customer order"
    INVOICE = "invoice"
    DELIVERY_NOTE = "delivery note"


@attrs.frozen(kw_only=True)
class Found:
    """An order a search found, and by which of its numbers."""

    order: OrderSummary
    by: NumberKind


def keys_of(order: Order) -> Mapping[str, NumberKind]:
    """Make the keys an order is found by, each once: its own number counts first, then its papers'.

    What nobody can ask for has no key.
    """
    named = (
        *((note.number, NumberKind.DELIVERY_NOTE) for note in order.delivery_notes),
        *((invoice.number, NumberKind.INVOICE) for invoice in order.invoices),
        (order.summary.customer_number, NumberKind.CUSTOMER_ORDER),
        (order.summary.number, NumberKind.ORDER),
    )
    keys = {}
    for number, kind in named:
        with suppress(NumberInvalid):
            keys[number_key(number)] = kind
    return keys


@attrs.frozen(kw_only=True)
class OrdersKept(Event):
    """Orders were written to the shop's own history."""

    name: ClassVar[str] = "orders.kept"
    customer: CustomerId
    orders: int


def owner_of(member: Member) -> OrderOwner:
    """Say whose orders a member may see: the customer's, or the own ones alone."""
    all_of_them = member.reach(Permission.SEE_ORDERS).reaches(Depth.CUSTOMER)
    return OrderOwner(member.scope, member.erp_id, None if all_of_them else member.user)


def answered(order: Order, asked: OrderId) -> Order:
    """Return a source's answer if it is the order that was asked for.

    Raises:
        ErpUnavailable: it is another one, so nothing of it can be trusted.
    """
    if order.summary.id != asked:
        raise ErpUnavailable
    return order


def is_order_id(raw: object) -> bool:
    """Tell whether something could be an order's id; what could not is never sent to an ERP."""
    return isinstance(raw, str) and 0 < len(raw) <= ID_LONGEST and not unfit(raw)
