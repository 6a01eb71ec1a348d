"""What an adapter to the shop's cart promises."""

from decimal import Decimal

import attrs
import pytest

from custaccount.conformance.samples import TEXTS, money
from custaccount.conformance.suite import Suite
from custaccount.conformance.units import Meet, race
from custaccount.kernel.ids import ArticleNumber, CustomerId, PortalId, RealmId, UserId
from custaccount.kernel.sources import new_id
from custaccount.ordering.model import CartLine, CartOwner
from custaccount.ordering.ports import Cart


def a_line(article: str, quantity: str = "1", unit: str = "") -> CartLine:
    """Return a line for a cart."""
    return CartLine(
        article=ArticleNumber(article),
        text=TEXTS[0],
        quantity=Decimal(quantity),
        unit=unit,
        price=money("9.90"),
    )


class CartSuite(Suite):
    """Lines are added once for each key, and add up."""

    @pytest.fixture
    def cart(self) -> Cart:
        """Return the cart under test: override this one."""
        message = "override the fixture `cart` to return the adapter under test"
        raise NotImplementedError(message)

    @pytest.fixture
    def owner(self) -> CartOwner:
        """Return whose cart it is."""
        return CartOwner(
            RealmId(new_id()), PortalId(new_id()), UserId(new_id()), CustomerId(new_id())
        )

    def test_lines_come_back_in_the_order_they_were_added(
        self, cart: Cart, owner: CartOwner
    ) -> None:
        """With text, unit, exact quantity and price."""
        lines = [a_line("b", "2.50", "m²"), a_line("a"), a_line("ä")]
        cart.add(owner, lines[:2], key="1")
        cart.add(owner, lines[2:], key="2")

        assert list(cart.lines(owner)) == lines

    def test_equal_article_and_unit_add_up(self, cart: Cart, owner: CartOwner) -> None:
        """In one call and over calls; where the article was first put it stays."""
        cart.add(owner, [a_line("a", "1"), a_line("b"), a_line("a", "2")], key="1")
        cart.add(owner, [a_line("a", "0.5"), a_line("a", "4", "box")], key="2")

        found = [(one.article, one.unit, one.quantity) for one in cart.lines(owner)]

        assert found == [
            ("a", "", Decimal("3.5")),
            ("b", "", Decimal(1)),
            ("a", "box", Decimal(4)),
        ]

    def test_a_key_adds_once(self, cart: Cart, owner: CartOwner) -> None:
        """A repeated call changes nothing and says so, also much later and with other lines."""
        first = cart.add(owner, [a_line("a")], key="1")
        other = cart.add(owner, [a_line("b")], key="2")
        again = cart.add(owner, [a_line("a"), a_line("c")], key="1")

        assert (first, other, again) == (True, True, False)
        assert list(cart.lines(owner)) == [a_line("a"), a_line("b")]

    def test_a_cart_knows_the_keys_it_has(self, cart: Cart, owner: CartOwner) -> None:
        """From the moment its lines are in, and not before; asking uses no key up."""
        before = cart.has(owner, "1")
        added = cart.add(owner, [a_line("a")], key="1")

        assert (before, added) == (False, True)
        assert cart.has(owner, "1")
        assert not cart.has(owner, "2")
        assert list(cart.lines(owner)) == [a_line("a")]

    def test_rivals_with_one_key_add_once(self, cart: Cart, owner: CartOwner) -> None:
        """A form sent twice at the same moment adds its lines once; one call says it did."""

        def add(meet: Meet) -> bool:
            meet()
            return cart.add(owner, [a_line("a")], key="1")

        answers = race(*[add] * 4)

        assert (answers.count(True), answers.count(False)) == (1, 3)
        assert list(cart.lines(owner)) == [a_line("a")]

    def test_rivals_with_their_own_keys_all_add(self, cart: Cart, owner: CartOwner) -> None:
        """Nothing is lost when several tabs add at the same moment."""

        def add(meet: Meet) -> None:
            meet()
            for _ in range(20):
                cart.add(owner, [a_line("a")], key=new_id())

        race(*[add] * 4)

        assert [one.quantity for one in cart.lines(owner)] == [Decimal(80)]

    def test_another_owners_cart_is_empty(self, cart: Cart, owner: CartOwner) -> None:
        """A cart belongs to one person and customer, at one portal; so do its keys."""
        cart.add(owner, [a_line("a")], key="1")
        others = (
            attrs.evolve(owner, realm=RealmId(new_id())),
            attrs.evolve(owner, portal=PortalId(new_id())),
            attrs.evolve(owner, user=UserId(new_id())),
            attrs.evolve(owner, customer=CustomerId(new_id())),
        )

        for other in others:
            assert not cart.lines(other)
            assert not cart.has(other, "1")
            assert cart.add(other, [a_line("b")], key="1")
            assert list(cart.lines(other)) == [a_line("b")]
        assert list(cart.lines(owner)) == [a_line("a")]
