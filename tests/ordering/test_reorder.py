"""Reordering with the neighbours: the catalogue, the cart, and what happens when they fail."""

from __future__ import annotations

from decimal import Decimal

import attrs
import pytest

from custaccount import InvalidInput, NotAllowed, NotFound, Permission, Unavailable
from custaccount.adapters.memory import MemoryCatalogue, MemoryErp
from custaccount.kernel.ids import ArticleNumber, OrderId, OrderLineId
from custaccount.ordering import Article, Outcome, PlanChanged, Reason
from custaccount.orders import Order
from custaccount.storage import Storage
from tests.house import ALICE, NORD, Shop, build, how_often, open_nord, order, price

X1, X2 = ArticleNumber("X1"), ArticleNumber("X2")


@pytest.fixture
def shop(memory_storage: Storage) -> Shop:
    """A seller with an ERP, a catalogue, and Alice who has ordered once."""
    catalogue = MemoryCatalogue()
    catalogue.add(
        NORD, Article(number=X1, text="Article X1"), Article(number=X2, text="Article X2")
    )
    found = open_nord(build(memory_storage, erp=MemoryErp(), catalogue=catalogue))
    found.activate(ALICE)
    found.keep_orders(found.customer("E-ACME"), [earlier(found)])
    listed = found.price_list("all", [price("X1", "1"), price("X2", "2")])
    found.house.accounts.price_desk.attach_to_portal(found.staff, listed, found.portal.id)
    return found


def earlier(shop: Shop) -> Order:
    """The order of last week."""
    return order("acme-1", clock=shop.house.clock, articles={"X1": "12", "X2": "1"})


EARLIER = OrderId("id-acme-1")


def test_the_catalogue_decides_what_may_be_ordered(shop: Shop) -> None:
    """Hidden for this customer: not by the way of an earlier order either."""
    catalogue = shop.house.catalogue
    assert isinstance(catalogue, MemoryCatalogue)
    member = shop.member(ALICE)
    catalogue.hide(member.scope, X1)

    plan = shop.house.accounts.reorder.plan(member, EARLIER)

    assert plan.lines[0].reasons == (Reason.NOT_VISIBLE,)
    assert [line.article for line in shop.house.accounts.reorder.commit(member, plan.token)] == [X2]


@pytest.mark.parametrize("change", ["price", "stock", "hidden", "text"])
def test_a_commit_holds_to_what_was_shown(shop: Shop, change: str) -> None:
    """What changed since is shown again; a text alone changes nothing that was agreed to."""
    member, accounts = shop.member(ALICE), shop.house.accounts
    catalogue = shop.house.catalogue
    assert isinstance(catalogue, MemoryCatalogue)
    plan = accounts.reorder.plan(member, EARLIER)
    match change:
        case "price":
            own = shop.price_list("own", [price("X1", "0.99")])
            accounts.price_desk.attach_to_customer(shop.staff, own, member.customer)
        case "stock":
            catalogue.add(NORD, Article(number=X1, text="Article X1", available=Decimal(3)))
        case "hidden":
            catalogue.hide(member.scope, X2)
        case _:
            catalogue.add(NORD, Article(number=X1, text="Article X1, blue"))

    if change == "text":
        assert accounts.reorder.commit(member, plan.token)
        return
    with pytest.raises(PlanChanged) as changed:
        accounts.reorder.commit(member, plan.token)
    assert accounts.reorder.cart(member) == ()
    assert how_often(shop.house.storage, "ordering.order_copied") == 0
    assert accounts.reorder.commit(member, changed.value.plan.token)


def test_two_plans_of_one_order_add_up(shop: Shop) -> None:
    """Wanted twice is twice: equal article and unit are one line of the cart."""
    member, reorder = shop.member(ALICE), shop.house.accounts.reorder

    for _ in range(2):
        reorder.commit(member, reorder.plan(member, EARLIER).token)

    assert [line.quantity for line in reorder.cart(member)] == [Decimal(24), Decimal(2)]


def test_a_plan_with_nothing_for_the_cart_changes_nothing(shop: Shop) -> None:
    """Every line skipped: the commit is empty, and nothing is told."""
    member, reorder = shop.member(ALICE), shop.house.accounts.reorder
    catalogue = shop.house.catalogue
    assert isinstance(catalogue, MemoryCatalogue)
    catalogue.hide(member.scope, X1, X2)

    plan = reorder.plan(member, EARLIER)

    assert plan.count(Outcome.SKIPPED) == 2
    assert reorder.commit(member, plan.token) == ()
    assert how_often(shop.house.storage, "ordering.order_copied") == 0


@pytest.mark.parametrize("neighbour", ["erp", "catalogue", "cart"])
def test_a_neighbour_that_is_down_leaves_everything_as_it_was(shop: Shop, neighbour: str) -> None:
    """A typed "later": then the same plan goes through."""
    member, reorder = shop.member(ALICE), shop.house.accounts.reorder
    plan = reorder.plan(member, EARLIER)
    found = getattr(shop.house, neighbour)

    found.down = True
    with pytest.raises(Unavailable):
        reorder.commit(member, plan.token)
    assert how_often(shop.house.storage, "ordering.order_copied") == 0
    found.down = False

    assert reorder.commit(member, plan.token) == reorder.cart(member)


def test_what_is_no_order_is_not_asked_for(shop: Shop) -> None:
    """Nonsense never reaches the ERP (H7)."""
    member, erp = shop.member(ALICE), shop.house.erp
    assert erp is not None
    erp.calls.clear()

    for nonsense in ("", "x" * 500, "a\0b"):
        with pytest.raises(NotFound):
            shop.house.accounts.reorder.plan(member, OrderId(nonsense))

    assert erp.calls == []


def test_chosen_lines_must_be_the_orders(shop: Shop) -> None:
    """A line of nowhere is refused before anything is priced."""
    with pytest.raises(InvalidInput):
        shop.house.accounts.reorder.plan(shop.member(ALICE), EARLIER, [OrderLineId("other")])


@pytest.mark.parametrize("lacking", ["SEE_ORDERS", "SEE_PRICES", "PLACE_ORDERS"])
def test_reordering_needs_all_three_permissions(shop: Shop, lacking: str) -> None:
    """Who may not see orders, see prices or order, copies none; the ERP is not asked."""
    member, erp = shop.member(ALICE), shop.house.erp
    assert erp is not None
    plan = shop.house.accounts.reorder.plan(member, EARLIER)
    erp.calls.clear()
    poorer = attrs.evolve(member, permissions=member.permissions - {Permission[lacking]})

    with pytest.raises(NotAllowed):
        shop.house.accounts.reorder.plan(poorer, EARLIER)
    with pytest.raises(NotAllowed):
        shop.house.accounts.reorder.commit(poorer, plan.token)

    assert erp.calls == []
