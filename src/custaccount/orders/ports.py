"""Where order history comes from: the ERP, or the shop's own storage."""

from collections.abc import Sequence
from typing import Protocol

from custaccount.customers.ports import ReadCustomers
from custaccount.kernel.ids import OrderId
from custaccount.kernel.scope import CustomerScope
from custaccount.kernel.work import Recording
from custaccount.orders.model import Found, Order, OrderOwner, OrderSummary, Position


class OrderSource(Protocol):
    """Tells what a customer has ordered; an ERP adapter implements this.

    Where the owner names an author, only that user's orders are there: a source that knows no
    authors has none for it.
    """

    def newest(
        self, owner: OrderOwner, *, after: Position | None, limit: int
    ) -> Sequence[OrderSummary]:
        """Return up to ``limit`` orders, newest first (date, then number, both descending).

        With ``after``, only those that come strictly after that position.

        Raises:
            ErpUnavailable: no trustworthy answer.
        """
        ...

    def get(self, owner: OrderOwner, order: OrderId) -> Order:
        """Return one order with lines, delivery notes and invoices.

        Raises:
            OrderNotFound: there is none, or it is another customer's.
            ErpUnavailable: no trustworthy answer.
        """
        ...

    def with_number(self, owner: OrderOwner, key: str) -> Sequence[Found]:
        """Return the orders with a number of this key, newest first.

        It is their own, the customer's, an invoice's or a delivery note's.

        Keys are made by ``kernel.text.number_key``.

        Raises:
            ErpUnavailable: no trustworthy answer.
        """
        ...


class KeepOrders(OrderSource, Protocol):
    """Keeps order history in the shop."""

    def save(self, scope: CustomerScope, orders: Sequence[Order]) -> None:
        """Keep orders whole, new or instead of those with the same ids; in few statements.

        Raises:
            AlreadyThere: an order id or number is taken by another order.
        """
        ...


class OrdersReading(Protocol):
    """A snapshot, as order history sees it."""

    @property
    def orders(self) -> OrderSource:
        """The shop's own order history."""
        ...


class OrdersWork(Recording, Protocol):
    """A writing unit, as order history sees it."""

    @property
    def customers(self) -> ReadCustomers:
        """The register."""
        ...

    @property
    def orders(self) -> KeepOrders:
        """The shop's own order history."""
        ...
