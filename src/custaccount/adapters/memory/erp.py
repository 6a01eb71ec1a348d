"""An ERP in memory: order history by the ERP's own customer ids."""

import threading
from collections.abc import Sequence

import attrs

from custaccount.adapters.memory.history import History
from custaccount.kernel.ids import ErpCustomerId, OrderId, RealmId
from custaccount.orders.model import (
    ErpUnavailable,
    Found,
    Order,
    OrderOwner,
    OrderSummary,
    Position,
)


@attrs.frozen
class ErpCall:
    """A question the ERP was asked."""

    method: str
    owner: OrderOwner


class MemoryErp:
    """Answers for customers with an ERP id; the others have no orders.

    Set ``down`` and it answers ``ErpUnavailable``; ``calls`` tells what it was asked.
    """

    def __init__(self) -> None:
        self.down = False
        self.calls: list[ErpCall] = []
        self._histories: dict[tuple[RealmId, ErpCustomerId], History] = {}
        self._adding = threading.Lock()

    def add(self, realm: RealmId, erp_customer_id: ErpCustomerId, *orders: Order) -> None:
        """Give a customer orders, new or instead of those with the same ids."""
        key = (realm, erp_customer_id)
        with self._adding:
            self._histories[key] = self._histories.get(key, History()).having(orders)

    def newest(
        self, owner: OrderOwner, *, after: Position | None, limit: int
    ) -> Sequence[OrderSummary]:
        """Return a page of orders, newest first."""
        return self._asked("newest", owner).newest(owner.author, after, limit)

    def get(self, owner: OrderOwner, order: OrderId) -> Order:
        """Return one order of the owner."""
        return self._asked("get", owner).get(owner.author, order)

    def with_number(self, owner: OrderOwner, key: str) -> Sequence[Found]:
        """Return the owner's orders with a number of this key, newest first."""
        return self._asked("with_number", owner).with_number(owner.author, key)

    def _asked(self, method: str, owner: OrderOwner) -> History:
        self.calls.append(ErpCall(method, owner))
        if self.down:
            raise ErpUnavailable
        if owner.erp_id is None:
            return History()
        return self._histories.get((owner.scope.realm, owner.erp_id), History())
