"""The shop's own order history, in memory."""

from collections.abc import Sequence

import attrs

from custaccount.adapters.memory.gate import Gate
from custaccount.adapters.memory.history import History
from custaccount.adapters.memory.tables import KeptOrder, Tables
from custaccount.kernel.errors import AlreadyThere
from custaccount.kernel.ids import OrderId
from custaccount.kernel.scope import CustomerScope
from custaccount.orders.model import Found, Order, OrderOwner, OrderSummary, Position


@attrs.frozen
class MemoryOrders:
    """Tells what a customer has ordered, and keeps it."""

    _gate: Gate

    def newest(
        self, owner: OrderOwner, *, after: Position | None, limit: int
    ) -> Sequence[OrderSummary]:
        """Return a page of orders, newest first."""
        return self._gate.ask(
            lambda tables: _history(tables, owner.scope).newest(owner.author, after, limit)
        )

    def get(self, owner: OrderOwner, order: OrderId) -> Order:
        """Return one order of the owner."""
        return self._gate.ask(lambda tables: _history(tables, owner.scope).get(owner.author, order))

    def with_number(self, owner: OrderOwner, key: str) -> Sequence[Found]:
        """Return the owner's orders with a number of this key, newest first."""
        return self._gate.ask(
            lambda tables: _history(tables, owner.scope).with_number(owner.author, key)
        )

    def save(self, scope: CustomerScope, orders: Sequence[Order]) -> None:
        """Keep orders whole, new or instead of those with the same ids."""

        def kept(tables: Tables) -> None:
            for order in orders:
                key = (scope.realm, order.summary.id)
                holder = tables.orders.find(key)
                if holder is not None and holder.customer != scope.customer:
                    raise AlreadyThere(kind="order")
                tables.orders.put(key, KeptOrder(scope.customer, order))
            history = _history(tables, scope).having(orders)
            tables.histories.put((scope.realm, scope.customer), history)

        self._gate.change(kept)


def _history(tables: Tables, scope: CustomerScope) -> History:
    return tables.histories.find((scope.realm, scope.customer)) or History()
