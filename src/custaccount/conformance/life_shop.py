"""What a shop does in a random life: keep orders, make price lists and attach them."""

from collections.abc import Sequence
from decimal import Decimal
from typing import ClassVar

import attrs
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, MultipleResults, initialize, multiple, rule

from custaccount.conformance.life import MOSTLY, Life
from custaccount.conformance.samples import a_price, an_author, an_order
from custaccount.kernel.ids import (
    CustomerId,
    OrderNumber,
    PortalId,
    PriceListId,
    UserId,
)
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.kernel.sources import new_id
from custaccount.kernel.text import number_key
from custaccount.orders.model import Author, Order, OrderOwner, OrderSummary
from custaccount.pricing.model import Attachment, Candidate, Level, PriceList, PriceRow

_CUSTOMERS = (CustomerId("acme"), CustomerId("beta"))
_PORTAL = PortalId("shop")
_TARGETS: Sequence[tuple[Level, CustomerId | PortalId]] = (
    (Level.CUSTOMER, _CUSTOMERS[0]),
    (Level.CUSTOMER, _CUSTOMERS[1]),
    (Level.PORTAL, _PORTAL),
)
_NUMBERS = ("9", "10", "b")
_AUTHORS = (None, an_author(UserId("alice")), an_author(UserId("bob")))
_KEYS = ("std", "STD")
_ROWS = (
    a_price("A-1", "9.90"),
    a_price("a-1", "0"),
    attrs.evolve(a_price("A-1", "9.9"), quantity=Decimal("10.00")),
    attrs.evolve(a_price("A-1", "8"), quantity=Decimal(10)),
)
"""The last two are the same row at two prices: a list can't have both."""
_ARTICLES = {row.article for row in _ROWS}


class ShopLife(Life):
    """Two customers in each realm, who are called the same."""

    orders: ClassVar[Bundle[Order]] = Bundle("orders")
    lists: ClassVar[Bundle[PriceList]] = Bundle("lists")

    @initialize(target=orders)
    def something_was_ordered(self) -> MultipleResults[Order]:
        """In each realm, by one of the first customer's users."""
        ordered = []
        for realm in (self.here, self.elsewhere):
            order = an_order(_NUMBERS[0], placed=self.now, author=_AUTHORS[-1])
            self._keep(CustomerScope(realm.realm, _CUSTOMERS[0]), order, keep=True)
            ordered.append(order)
        return multiple(*ordered)

    @rule(
        target=orders,
        number=st.sampled_from(_NUMBERS),
        theirs=st.sampled_from(_NUMBERS),
        author=st.sampled_from(_AUTHORS),
    )
    def think_of_an_order(self, number: str, theirs: str, author: Author | None) -> Order:
        """Place an order now; keeping it is another step."""
        return an_order(number, placed=self.now, customer_number=theirs, author=author)

    @rule(target=orders, order=orders, number=st.sampled_from(_NUMBERS))
    def renumber(self, order: Order, number: str) -> Order:
        """Think of a change; keeping it is another step."""
        summary = attrs.evolve(order.summary, number=OrderNumber(number), placed=self.now)
        return attrs.evolve(order, summary=summary)

    @rule(home=MOSTLY, order=orders, customer=st.sampled_from(_CUSTOMERS), keep=MOSTLY)
    def keep_order(self, order: Order, customer: CustomerId, *, home: bool, keep: bool) -> None:
        """Keep an order, perhaps one another customer has."""
        self._keep(CustomerScope(self.scope(home=home).realm, customer), order, keep=keep)

    @rule(target=lists, key=st.sampled_from(_KEYS))
    def think_of_a_list(self, key: str) -> PriceList:
        """Think of a price list; saving it is another step."""
        return PriceList(id=PriceListId(new_id()), key=key, name=key)

    @rule(target=lists, home=MOSTLY, price_list=lists, key=st.sampled_from(_KEYS), keep=MOSTLY)
    def save_list(self, price_list: PriceList, key: str, *, home: bool, keep: bool) -> PriceList:
        """Save a list as somebody knew it, under a key."""
        scope, renamed = self.scope(home=home), attrs.evolve(price_list, key=key)
        saved = self.happens(
            scope,
            lambda unit: unit.prices.save_list(scope, renamed),
            lambda oracle: oracle.save_list(scope, renamed),
            keep=keep,
        )
        return saved or price_list

    @rule(
        home=MOSTLY,
        price_list=lists,
        rows=st.lists(st.sampled_from(_ROWS), unique=True),
        keep=MOSTLY,
    )
    def fill_list(
        self, price_list: PriceList, rows: list[PriceRow], *, home: bool, keep: bool
    ) -> None:
        """Give a list its rows."""
        scope = self.scope(home=home)
        self.happens(
            scope,
            lambda unit: unit.prices.replace_rows(scope, price_list.id, rows),
            lambda oracle: oracle.replace_rows(scope, price_list.id, rows),
            keep=keep,
        )

    @rule(
        home=MOSTLY,
        price_list=lists,
        to=st.sampled_from(_TARGETS),
        rank=st.integers(0, 1),
        keep=MOSTLY,
    )
    def attach(
        self,
        price_list: PriceList,
        to: tuple[Level, CustomerId | PortalId],
        rank: int,
        *,
        home: bool,
        keep: bool,
    ) -> None:
        """Attach a list to a customer or the portal, for the first time or with another rank."""
        scope = self.scope(home=home)
        level, whose = to
        attachment = Attachment(list=price_list.id, level=level, target=whose, rank=rank)
        self.happens(
            scope,
            lambda unit: unit.prices.attach(scope, attachment),
            lambda oracle: oracle.attach(scope, attachment),
            keep=keep,
        )

    @rule(
        home=MOSTLY,
        customer=st.sampled_from(_CUSTOMERS),
        number=st.sampled_from(_NUMBERS),
    )
    def look_at_orders(self, customer: CustomerId, number: str, *, home: bool) -> None:
        """Show a customer, and each of its users, the own ones."""
        scope = CustomerScope(self.scope(home=home).realm, customer)
        for author in _AUTHORS:
            self._look(OrderOwner(scope, None, author.user if author else None), number)

    @rule(home=MOSTLY, customer=st.sampled_from(_CUSTOMERS))
    def look_at_prices(self, customer: CustomerId, *, home: bool) -> None:
        """Show a customer what is attached to it and to the portal, exactly."""
        scope = CustomerScope(self.scope(home=home).realm, customer)
        with self.storage.reading() as view:
            found = view.prices.candidates(scope, _PORTAL, _ARTICLES)
        assert _told(found) == _told(self.oracle.candidates(scope, _PORTAL, _ARTICLES))

    def _keep(self, scope: CustomerScope, order: Order, *, keep: bool) -> None:
        self.happens(
            RealmScope(scope.realm),
            lambda unit: unit.orders.save(scope, [order]),
            lambda oracle: oracle.save_order(scope, order),
            keep=keep,
        )

    def _look(self, owner: OrderOwner, number: str) -> None:
        """Whole, newest first, page by page, and by number."""
        expected = self.oracle.orders_of(owner)
        with self.storage.reading() as view:
            seen: list[OrderSummary] = []
            while page := view.orders.newest(
                owner, after=seen[-1].position if seen else None, limit=2
            ):
                seen += page
            assert seen == [one.summary for one in expected]
            assert [view.orders.get(owner, one.summary.id) for one in expected] == expected
            found = view.orders.with_number(owner, number_key(number))
            assert [one.order for one in found] == _numbered(expected, number)


def _numbered(orders: Sequence[Order], number: str) -> Sequence[OrderSummary]:
    return [
        one.summary for one in orders if number in {one.summary.number, one.summary.customer_number}
    ]


def _told(candidates: Sequence[Candidate]) -> list[str]:
    return sorted(map(repr, candidates))  # as text, two spellings of an amount differ
