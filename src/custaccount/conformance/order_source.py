"""What every source of orders promises, the shop's own and an ERP."""

from datetime import UTC
from typing import Protocol

import attrs
import pytest

from custaccount.conformance.samples import HOUR, NOON, TEXTS, TICK, an_author, an_order, an_owner
from custaccount.conformance.suite import Suite
from custaccount.kernel.ids import CustomerId, ErpCustomerId, OrderId, OrderNumber, RealmId, UserId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.kernel.sources import new_id
from custaccount.kernel.text import number_key
from custaccount.orders.model import (
    Found,
    NumberKind,
    Order,
    OrderNotFound,
    OrderOwner,
    OrderSummary,
)
from custaccount.orders.ports import OrderSource


class FilledSource(OrderSource, Protocol):
    """A source of orders that the test can fill."""

    def put(self, owner: OrderOwner, *orders: Order) -> None:
        """Let the owner have these orders."""
        ...


class OrderSourceSuite(Suite):
    """A customer's orders come in pages, whole, and to nobody else."""

    @pytest.fixture
    def source(self) -> FilledSource:
        """Return the source under test."""
        message = "override the fixture this one is made of"
        raise NotImplementedError(message)

    @pytest.fixture
    def acme(self) -> OrderOwner:
        """Return whose orders are asked for."""
        return an_owner(RealmScope(RealmId(new_id())))

    def test_an_order_comes_back_as_it_was(self, source: FilledSource, acme: OrderOwner) -> None:
        """With lines in their order, delivery notes, invoices, amounts digit by digit, UTC."""
        order = an_order("O-1", customer_number="my ö 1")
        bare = attrs.evolve(an_order(), lines=(), delivery_notes=(), invoices=())
        source.put(acme, order, bare)

        found = source.get(acme, order.summary.id)

        assert found == order
        assert [str(line.quantity) for line in found.lines] == ["2.50", "1"]
        assert [str(line.price) for line in found.lines] == ["9.9 EUR", "None"]
        assert found.summary.placed.tzinfo is UTC
        assert source.get(acme, bare.summary.id) == bare

    def test_the_newest_come_first(self, source: FilledSource, acme: OrderOwner) -> None:
        """By the moment they were placed, to the microsecond; then by number, both descending."""
        expected = [
            an_order("1", placed=NOON + TICK),
            an_order("b", placed=NOON),
            an_order("B", placed=NOON),
            an_order("9", placed=NOON),
            an_order("10", placed=NOON),
            an_order("z", placed=NOON - HOUR),
        ]
        source.put(acme, *expected[::-2], *expected[-2::-2])

        found = source.newest(acme, after=None, limit=50)

        assert list(found) == [order.summary for order in expected]

    @pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
    def test_pages_follow_each_other(
        self, source: FilledSource, acme: OrderOwner, limit: int
    ) -> None:
        """No order is missing or twice, however many share a moment or a page ends among them."""
        orders = [
            an_order(f"{number:02}", placed=NOON + HOUR * (number // 3)) for number in range(7)
        ]
        source.put(acme, *orders)

        seen: list[OrderSummary] = []
        while page := source.newest(acme, after=seen[-1].position if seen else None, limit=limit):
            assert len(page) <= limit
            seen += page

        assert seen == [order.summary for order in reversed(orders)]

    def test_a_page_goes_on_though_its_order_is_gone(
        self, source: FilledSource, acme: OrderOwner
    ) -> None:
        """A position need not be that of an order: what comes strictly after it follows."""
        first, second = an_order("2"), an_order("1")
        source.put(acme, first, second)
        between = attrs.evolve(first.summary.position, number=OrderNumber("15"))

        assert list(source.newest(acme, after=between, limit=9)) == [second.summary]

    def test_an_order_is_found_by_its_numbers(self, source: FilledSource, acme: OrderOwner) -> None:
        """By its own and by the customer's, by the key and not by a part; the newest first."""
        own = an_order("re-0815", placed=NOON)
        theirs = an_order("x-1", placed=NOON + HOUR, customer_number="RE-0815")
        other = an_order("RE-08150", placed=NOON, customer_number="1-RE-0815")
        source.put(acme, own, theirs, other)

        assert list(source.with_number(acme, number_key(" Re-0815 "))) == [
            Found(order=theirs.summary, by=NumberKind.CUSTOMER_ORDER),
            Found(order=own.summary, by=NumberKind.ORDER),
        ]
        assert not source.with_number(acme, number_key("RE-081"))

    def test_an_order_is_found_by_its_papers(self, source: FilledSource, acme: OrderOwner) -> None:
        """By the number of each of its invoices and delivery notes, and never by another's."""
        order = an_order("O-9", papers=("RE-4711", "LS-0815"))
        source.put(acme, order, an_order("O-8"))

        assert list(source.with_number(acme, number_key("re-4711"))) == [
            Found(order=order.summary, by=NumberKind.INVOICE)
        ]
        assert list(source.with_number(acme, number_key("LS-0815"))) == [
            Found(order=order.summary, by=NumberKind.DELIVERY_NOTE)
        ]
        assert not source.with_number(acme, number_key("RE-471"))

    def test_an_order_is_found_once(self, source: FilledSource, acme: OrderOwner) -> None:
        """If both its numbers match, by its own."""
        both = an_order("77", customer_number="77")
        source.put(acme, both)

        assert list(source.with_number(acme, "77")) == [
            Found(order=both.summary, by=NumberKind.ORDER)
        ]

    def test_who_placed_an_order_comes_back(self, source: FilledSource, acme: OrderOwner) -> None:
        """As the person was called then, on the order, in lists and in searches; or nobody."""
        authors = [
            None,
            an_author(),
            attrs.evolve(an_author(), email=""),
            *(attrs.evolve(an_author(), name=text) for text in TEXTS),
        ]
        orders = [an_order(f"{place:02}", author=one) for place, one in enumerate(authors)]
        source.put(acme, *orders)

        found = source.newest(acme, after=None, limit=50)
        assert [one.author for one in found] == authors[::-1]
        assert [source.get(acme, one.summary.id).summary.author for one in orders] == authors
        for order in orders:
            [one] = source.with_number(acme, order.summary.number)
            assert one.order.author == order.summary.author

    @pytest.mark.parametrize("limit", [1, 2, 9])
    def test_an_author_has_the_own_orders(
        self, source: FilledSource, acme: OrderOwner, limit: int
    ) -> None:
        """All of them: in pages that are full, whoever ordered in between, opened and found."""
        alice, bob = an_author(), an_author()
        own = [
            an_order(f"{number:02}", placed=NOON + HOUR * (number // 3), author=alice)
            for number in range(7)
        ]
        others = [
            an_order(f"{one.summary.number}x", placed=one.summary.placed, author=bob) for one in own
        ]
        source.put(acme, *own, *others)
        hers = attrs.evolve(acme, author=alice.user)

        seen: list[OrderSummary] = []
        while page := source.newest(hers, after=seen[-1].position if seen else None, limit=limit):
            assert len(page) == min(limit, len(own) - len(seen))
            seen += page

        assert seen == [order.summary for order in reversed(own)]
        assert [source.get(hers, order.summary.id) for order in own] == own
        assert list(source.with_number(hers, "03")) == [
            Found(order=own[3].summary, by=NumberKind.ORDER)
        ]

    def test_to_an_author_anothers_order_is_like_none(
        self, source: FilledSource, acme: OrderOwner
    ) -> None:
        """Nor is one there whose author is not known: not listed, not found, not opened."""
        bob = an_author()
        orders = [
            an_order("O-1", customer_number="P-1", author=bob),
            an_order("O-2", customer_number="P-1"),
        ]
        source.put(acme, *orders)
        source.put(an_owner(RealmScope(acme.scope.realm)), an_order("O-3", author=an_author()))
        strangers = (new_id(), bob.user.upper(), f"{bob.user} ", bob.name, "")

        for author in map(UserId, strangers):
            owner = attrs.evolve(acme, author=author)
            assert not source.newest(owner, after=None, limit=9)
            for number in ("O-1", "O-2", "P-1", "I-1", "D-1"):
                assert not source.with_number(owner, number_key(number))
            for order in orders:
                with pytest.raises(OrderNotFound):
                    source.get(owner, order.summary.id)

    def test_another_customers_order_is_like_none(
        self, source: FilledSource, acme: OrderOwner
    ) -> None:
        """Of the same realm or of another: not listed, not found, not opened."""
        order = an_order("O-1", customer_number="P-1")
        source.put(acme, order)
        realm = RealmScope(RealmId(new_id()))
        sibling = an_owner(RealmScope(acme.scope.realm))
        source.put(sibling, an_order("O-2"))
        foreign = OrderOwner(CustomerScope(realm.realm, acme.customer), acme.erp_id)
        stranger = OrderOwner(
            CustomerScope(acme.scope.realm, CustomerId(new_id())), ErpCustomerId(new_id())
        )

        for owner in (sibling, foreign, stranger):
            for id_ in (order.summary.id, OrderId(new_id())):
                with pytest.raises(OrderNotFound):
                    source.get(owner, id_)
            assert order.summary not in source.newest(owner, after=None, limit=9)
            assert not source.with_number(owner, number_key("O-1"))
            assert not source.with_number(owner, number_key("P-1"))
