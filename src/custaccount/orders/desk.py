"""What staff do with the shop's own order history."""

from collections.abc import Sequence

import attrs

from custaccount.kernel.access import Permission, Staff
from custaccount.kernel.clock import Clock
from custaccount.kernel.ids import CustomerId
from custaccount.kernel.operations import requires
from custaccount.kernel.scope import CustomerScope
from custaccount.kernel.work import Begin, repeatable
from custaccount.orders.model import Order, OrdersKept
from custaccount.orders.ports import OrdersWork


@attrs.frozen(kw_only=True)
class OrderDesk:
    """Keeps orders in the shop where no ERP tells them."""

    _begin: Begin[OrdersWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")

    @requires(Permission.MANAGE_ORDERS)
    @repeatable
    def keep(self, staff: Staff, customer: CustomerId, orders: Sequence[Order]) -> None:
        """Write a customer's orders to its history, new or instead of those with the same ids.

        Raises:
            CustomerNotFound: there is no such customer in this realm.
            AlreadyThere: an id or number is another order's.
        """
        scope = CustomerScope(staff.realm, customer)
        with self._begin(staff) as work:
            work.customers.get(scope)
            work.orders.save(scope, orders)
            work.record(OrdersKept(at=self._clock(), customer=customer, orders=len(orders)))
            work.commit()
