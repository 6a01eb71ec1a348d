"""One customer's orders in the order they are shown in."""

from collections.abc import Iterable, Mapping, Sequence

import attrs

from custaccount.kernel.ids import OrderId
from custaccount.orders.model import (
    Found,
    Order,
    OrderNotFound,
    OrderSummary,
    Position,
    keys_of,
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
            for key, kind in keys_of(by_id[summary.id]).items():
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
