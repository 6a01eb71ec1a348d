"""One customer's orders in the order they are shown in."""

from collections.abc import Iterable, Mapping, Sequence

import attrs

from custaccount.kernel.ids import OrderId
from custaccount.kernel.text import NumberInvalid, number_key
from custaccount.orders.model import (
    Found,
    NumberKind,
    Order,
    OrderNotFound,
    OrderSummary,
    Position,
)


@attrs.frozen
class History:
    """Orders, newest first, found by id and by number; never changed, only made anew."""

    _orders: Mapping[OrderId, Order] = attrs.field(factory=dict)
    _newest: tuple[OrderSummary, ...] = ()
    _numbered: Mapping[str, tuple[Found, ...]] = attrs.field(factory=dict)

    @classmethod
    def of(cls, orders: Iterable[Order]) -> "History":
        """Put orders in their place; of those with one id the last counts."""
        by_id = {order.summary.id: order for order in orders}
        summaries = (order.summary for order in by_id.values())
        newest = tuple(sorted(summaries, key=_place, reverse=True))
        numbered: dict[str, tuple[Found, ...]] = {}
        for summary in newest:
            for key, kind in _keys(summary).items():
                numbered[key] = (*numbered.get(key, ()), Found(order=summary, by=kind))
        return cls(by_id, newest, numbered)

    def having(self, orders: Iterable[Order]) -> "History":
        """Add orders, or replace those with the same ids."""
        return History.of((*self._orders.values(), *orders))

    def newest(self, after: Position | None, limit: int) -> Sequence[OrderSummary]:
        """Return a page, strictly after a position."""
        if after is None:
            return self._newest[:limit]
        seen = (after.placed, after.number)
        return tuple(one for one in self._newest if _place(one) < seen)[:limit]

    def get(self, order: OrderId) -> Order:
        """Return one order.

        Raises:
            OrderNotFound: it is not among these.
        """
        if order not in self._orders:
            raise OrderNotFound
        return self._orders[order]

    def with_number(self, key: str) -> Sequence[Found]:
        """Return the orders with a number of this key, newest first."""
        return self._numbered.get(key, ())


def _place(summary: OrderSummary) -> tuple[object, str]:
    return (summary.placed, summary.number)


def _keys(summary: OrderSummary) -> dict[str, NumberKind]:
    """Make the keys an order is found by; its own number counts first."""
    named = (
        (summary.customer_number, NumberKind.CUSTOMER_ORDER),
        (summary.number, NumberKind.ORDER),
    )
    keys = {}
    for number, kind in named:
        try:
            keys[number_key(number)] = kind
        except NumberInvalid:  # none, or one nobody can ask for
            continue
    return keys
