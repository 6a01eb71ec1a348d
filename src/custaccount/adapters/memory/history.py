"""One customer's orders in the order they are shown in."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

import attrs

from custaccount.kernel.ids import OrderId, UserId
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

    def newest(
        self, author: UserId | None, after: Position | None, limit: int
    ) -> Sequence[OrderSummary]:
        """Return a page of an author's orders, or of all, strictly after a position."""
        seen = None if after is None else (after.placed, after.number)
        later = (
            one
            for one in self._newest
            if (seen is None or _place(one) < seen) and _is_by(author, one)
        )
        return tuple(islice(later, limit))

    def get(self, author: UserId | None, order: OrderId) -> Order:
        """Return one order.

        Raises:
            OrderNotFound: it is not among these, or another author's.
        """
        found = self._orders.get(order)
        if found is None or not _is_by(author, found.summary):
            raise OrderNotFound
        return found

    def with_number(self, author: UserId | None, key: str) -> Sequence[Found]:
        """Return an author's orders, or all, with a number of this key, newest first."""
        return tuple(one for one in self._numbered.get(key, ()) if _is_by(author, one.order))


def _is_by(author: UserId | None, order: OrderSummary) -> bool:
    return author is None or (order.author is not None and order.author.user == author)


def _place(summary: OrderSummary) -> tuple[object, str]:
    return (summary.placed, summary.number)
