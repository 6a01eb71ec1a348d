"""The shop's own order history, as a source like any ERP."""

from collections.abc import Sequence

import attrs

from custaccount.kernel.ids import OrderId
from custaccount.kernel.work import Reading
from custaccount.orders.model import Found, Order, OrderOwner, OrderSummary, Position
from custaccount.orders.ports import OrdersReading


@attrs.frozen
class StoredOrders:
    """Answers from the storage, each question in a snapshot of its own."""

    _reading: Reading[OrdersReading] = attrs.field(alias="reading")

    def newest(
        self, owner: OrderOwner, *, after: Position | None, limit: int
    ) -> Sequence[OrderSummary]:
        """See ``OrderSource``."""
        with self._reading() as view:
            return view.orders.newest(owner, after=after, limit=limit)

    def get(self, owner: OrderOwner, order: OrderId) -> Order:
        """See ``OrderSource``."""
        with self._reading() as view:
            return view.orders.get(owner, order)

    def with_number(self, owner: OrderOwner, key: str) -> Sequence[Found]:
        """See ``OrderSource``."""
        with self._reading() as view:
            return view.orders.with_number(owner, key)
