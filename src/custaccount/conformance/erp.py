"""What an ERP adapter promises."""

from collections.abc import Sequence
from typing import ClassVar, Protocol

import attrs
import pytest

from custaccount.conformance.order_source import FilledSource, OrderSourceSuite
from custaccount.conformance.samples import an_order, an_owner
from custaccount.kernel.ids import ErpCustomerId, OrderId, RealmId
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.sources import new_id
from custaccount.orders.model import (
    ErpUnavailable,
    Found,
    Order,
    OrderNotFound,
    OrderOwner,
    OrderSummary,
    Position,
)
from custaccount.orders.ports import OrderSource


class TestableErp(OrderSource, Protocol):
    """An ERP adapter with its neighbour in the test's hands."""

    __test__: ClassVar[bool] = False

    down: bool
    """Set by the test: the ERP does not answer."""

    def add(self, realm: RealmId, erp_customer_id: ErpCustomerId, *orders: Order) -> None:
        """Let the ERP have these orders of a customer."""
        ...


@attrs.frozen
class _Filled:
    """The ERP as a source that can be filled."""

    erp: TestableErp

    def put(self, owner: OrderOwner, *orders: Order) -> None:
        if owner.erp_id is not None:
            self.erp.add(owner.scope.realm, owner.erp_id, *orders)

    def newest(
        self, owner: OrderOwner, *, after: Position | None, limit: int
    ) -> Sequence[OrderSummary]:
        return self.erp.newest(owner, after=after, limit=limit)

    def get(self, owner: OrderOwner, order: OrderId) -> Order:
        return self.erp.get(owner, order)

    def with_number(self, owner: OrderOwner, key: str) -> Sequence[Found]:
        return self.erp.with_number(owner, key)


class ErpSuite(OrderSourceSuite):
    """An ERP knows customers by its own ids, and says so when it can't answer."""

    @pytest.fixture
    def erp(self) -> TestableErp:
        """Return the ERP under test: override this one."""
        message = "override the fixture `erp` to return the adapter under test"
        raise NotImplementedError(message)

    @pytest.fixture
    def source(self, erp: TestableErp) -> FilledSource:
        """Return the ERP's orders."""
        return _Filled(erp)

    def test_a_customer_without_an_erp_id_has_no_orders(
        self, erp: TestableErp, acme: OrderOwner
    ) -> None:
        """Also if other customers have none."""
        order = an_order("O-1")
        assert acme.erp_id is not None
        erp.add(acme.scope.realm, acme.erp_id, order)
        unlinked = attrs.evolve(acme, erp_id=None)

        assert not erp.newest(unlinked, after=None, limit=9)
        assert not erp.with_number(unlinked, "O-1")
        with pytest.raises(OrderNotFound):
            erp.get(unlinked, order.summary.id)

    def test_an_erp_that_does_not_answer_is_unavailable(self, erp: TestableErp) -> None:
        """That is neither an empty list nor an unknown order, and it passes."""
        owner = an_owner(RealmScope(RealmId(new_id())))
        order = an_order("O-1")
        assert owner.erp_id is not None
        erp.add(owner.scope.realm, owner.erp_id, order)

        erp.down = True
        with pytest.raises(ErpUnavailable):
            erp.newest(owner, after=None, limit=9)
        with pytest.raises(ErpUnavailable):
            erp.get(owner, order.summary.id)
        with pytest.raises(ErpUnavailable):
            erp.with_number(owner, "O-1")

        erp.down = False
        assert erp.get(owner, order.summary.id) == order
