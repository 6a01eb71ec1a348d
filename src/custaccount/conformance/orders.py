"""What keeping order history in the shop promises."""

from collections.abc import Sequence

import attrs
import pytest

from custaccount.conformance.order_source import FilledSource, OrderSourceSuite
from custaccount.conformance.samples import HOUR, NOON, an_author, an_order, an_owner
from custaccount.conformance.suite import StorageSuite
from custaccount.conformance.units import change
from custaccount.kernel.errors import AlreadyThere
from custaccount.kernel.ids import OrderId, OrderNumber, RealmId
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.sources import new_id
from custaccount.orders.model import Found, Order, OrderOwner, OrderSummary, Position
from custaccount.storage import Storage


@attrs.frozen
class _Stored:
    """The storage as a source that can be filled."""

    storage: Storage

    def put(self, owner: OrderOwner, *orders: Order) -> None:
        with change(self.storage, owner.scope) as unit:
            unit.orders.save(owner.scope, orders)

    def newest(
        self, owner: OrderOwner, *, after: Position | None, limit: int
    ) -> Sequence[OrderSummary]:
        with self.storage.reading() as view:
            return view.orders.newest(owner, after=after, limit=limit)

    def get(self, owner: OrderOwner, order: OrderId) -> Order:
        with self.storage.reading() as view:
            return view.orders.get(owner, order)

    def with_number(self, owner: OrderOwner, key: str) -> Sequence[Found]:
        with self.storage.reading() as view:
            return view.orders.with_number(owner, key)


class OrdersSuite(StorageSuite, OrderSourceSuite):
    """The shop's own order history is a source like any ERP."""

    @pytest.fixture
    def source(self, storage: Storage) -> FilledSource:
        """Return the storage's orders."""
        return _Stored(storage)

    def test_an_order_is_replaced_whole(self, source: FilledSource, acme: OrderOwner) -> None:
        """With its id kept, everything else may change, also its place, numbers and author."""
        old, other = an_order("1", customer_number="P-1", author=an_author()), an_order("2")
        source.put(acme, old, other)
        new = an_order("3", placed=NOON + HOUR, customer_number="P-2", author=an_author())
        new = attrs.evolve(new, summary=attrs.evolve(new.summary, id=old.summary.id))
        source.put(acme, new)

        assert source.get(acme, old.summary.id) == new
        assert list(source.newest(acme, after=None, limit=9)) == [new.summary, other.summary]
        assert not source.with_number(acme, "1")
        assert not source.with_number(acme, "P-1")
        assert len(source.with_number(acme, "P-2")) == 1
        for order, found in ((old, []), (new, [new.summary])):
            assert order.summary.author is not None
            author = attrs.evolve(acme, author=order.summary.author.user)
            assert list(source.newest(author, after=None, limit=9)) == found

    def test_saving_again_changes_nothing(self, source: FilledSource, acme: OrderOwner) -> None:
        """An import that runs twice leaves the same orders."""
        orders = [an_order(str(number)) for number in range(3)]
        source.put(acme, *orders)
        before = source.newest(acme, after=None, limit=9)
        source.put(acme, *orders)

        assert source.newest(acme, after=None, limit=9) == before
        assert [source.get(acme, one.summary.id) for one in orders] == orders

    def test_another_customers_order_is_not_replaced(
        self, source: FilledSource, acme: OrderOwner
    ) -> None:
        """Its id and its number are taken, in the whole realm."""
        order = an_order("1")
        source.put(acme, order)
        sibling = an_owner(RealmScope(acme.scope.realm))
        same_id = attrs.evolve(
            an_order("2"), summary=attrs.evolve(order.summary, number=OrderNumber("2"))
        )

        for taken in (same_id, an_order("1")):
            with pytest.raises(AlreadyThere):
                source.put(sibling, taken)
        assert source.get(acme, order.summary.id) == order
        assert not source.newest(sibling, after=None, limit=9)

    def test_two_orders_do_not_share_a_number(self, source: FilledSource, acme: OrderOwner) -> None:
        """A number is another order's or free; in another realm it is free."""
        source.put(acme, an_order("1"))
        source.put(an_owner(RealmScope(RealmId(new_id()))), an_order("1"))

        with pytest.raises(AlreadyThere):
            source.put(acme, an_order("1"))
