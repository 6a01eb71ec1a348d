"""Order history on every store, and the desk that keeps it."""

from __future__ import annotations

import attrs
import pytest

from custaccount import NotAllowed, NotFound, Permission
from custaccount.adapters.memory import MemoryErp
from custaccount.kernel.access import Depth
from custaccount.kernel.errors import AlreadyThere
from custaccount.kernel.ids import CustomerId, OrderId, OrderNumber
from custaccount.orders import ErpUnavailable, Order, OrderOwner, OrderStatus
from custaccount.storage import Storage
from tests.house import (
    ALICE,
    BOB,
    Shop,
    build,
    delivered,
    history,
    how_often,
    open_nord,
    open_sued,
    order,
)


def test_an_order_kept_again_is_replaced_whole(nord: Shop) -> None:
    """New status, other lines, a delivery: what was there before is gone."""
    nord.activate(ALICE)
    acme, clock = nord.customer("E-ACME"), nord.house.clock
    nord.keep_orders(acme, [order("acme-1", clock=clock, articles={"X1": "1", "X2": "2"})])
    newer = delivered(
        order("acme-1", clock=clock, articles={"X3": "3"}, status=OrderStatus.DELIVERED),
        clock=clock,
        quantity="3",
    )

    nord.keep_orders(acme, [newer])

    member, orders = nord.member(ALICE), nord.house.accounts.orders
    assert orders.get(member, newer.summary.id) == newer
    assert orders.newest(member).items == (newer.summary,)


def test_anothers_order_is_not_taken_over(nord: Shop) -> None:
    """An id or a number of Beta's can't be kept for Acme; nothing of the batch is."""
    nord.activate(BOB)
    acme, beta = nord.customer("E-ACME"), nord.customer("E-BETA")
    theirs = order("beta-1", clock=nord.house.clock)
    nord.keep_orders(beta, [theirs])
    same_number = order("acme-9", clock=nord.house.clock)
    same_number = attrs.evolve(
        same_number, summary=attrs.evolve(same_number.summary, number=theirs.summary.number)
    )

    for taken in (theirs, same_number):
        with pytest.raises(AlreadyThere):
            nord.keep_orders(acme, [order("acme-1", clock=nord.house.clock), taken])

    assert nord.house.accounts.orders.get(nord.member(BOB), theirs.summary.id) == theirs
    assert how_often(nord.house.storage, "orders.kept") == 1


def test_orders_of_nobody_are_not_kept(nord: Shop) -> None:
    """The customer is looked up first."""
    with pytest.raises(NotFound):
        nord.house.accounts.order_desk.keep(
            nord.staff, CustomerId("nobody"), history("x", 1, clock=nord.house.clock)
        )


@pytest.mark.parametrize("lines", [0, 1, 40])
def test_an_order_comes_back_as_it_went_in(nord: Shop, lines: int) -> None:
    """Amounts, moments, texts and the order of its lines, on every store."""
    nord.activate(ALICE)
    articles = {f"Ä {place} ß": f"{place}.50" for place in range(lines, 0, -1)}
    kept = order("acme-1", clock=nord.house.clock, articles=articles)
    if lines:
        kept = delivered(kept, clock=nord.house.clock, quantity="0.50")

    nord.keep_orders(nord.customer("E-ACME"), [kept])

    assert nord.house.accounts.orders.get(nord.member(ALICE), kept.summary.id) == kept


def test_a_number_found_in_two_roles_is_told_once(nord: Shop) -> None:
    """An order whose customer used the shop's own number is one find."""
    nord.activate(ALICE)
    twin = order("acme-1", clock=nord.house.clock)
    twin = attrs.evolve(
        twin, summary=attrs.evolve(twin.summary, customer_number=twin.summary.number)
    )
    nord.keep_orders(nord.customer("E-ACME"), [twin])

    found = nord.house.accounts.orders.search(nord.member(ALICE), twin.summary.number)

    assert [one.order for one in found] == [twin.summary]


def test_a_customers_number_used_twice_finds_both_the_newest_first(nord: Shop) -> None:
    """People reuse their numbers."""
    nord.activate(ALICE)
    orders = [
        attrs.evolve(one, summary=attrs.evolve(one.summary, customer_number=OrderNumber("Büro")))
        for one in history("acme", 3, clock=nord.house.clock)
    ]
    nord.keep_orders(nord.customer("E-ACME"), orders[::-1])

    found = nord.house.accounts.orders.search(nord.member(ALICE), "BÜRO")

    assert [one.order for one in found] == [one.summary for one in orders]


def test_who_may_not_see_orders_sees_none(nord: Shop) -> None:
    """Asked before the source is."""
    nord.activate(ALICE)
    blind = attrs.evolve(nord.member(ALICE), permissions={Permission.SEE_PRICES: Depth.CUSTOMER})
    orders = nord.house.accounts.orders

    for verb in (
        lambda: orders.newest(blind),
        lambda: orders.search(blind, "A-1"),
        lambda: orders.get(blind, order("x", clock=nord.house.clock).summary.id),
    ):
        with pytest.raises(NotAllowed):
            verb()


def test_two_sellers_with_the_same_erp_ids_and_order_ids_stay_apart(
    memory_storage: Storage,
) -> None:
    """ERPs count from one: ``4711`` of one realm is not ``4711`` of the other."""
    house = build(memory_storage, erp=MemoryErp())
    nord, sued = open_nord(house), open_sued(house)
    sued.house.accounts.register_desk.import_rows(
        sued.staff,
        [{"erp_id": "E-ACME", "number": "1001", "name": "Namesake", "email": ALICE}],
    )
    for shop, days in ((nord, 1), (sued, 2)):
        shop.activate(ALICE)
        shop.keep_orders(shop.customer("E-ACME"), [order("4711", clock=house.clock, days_ago=days)])

    for shop, days in ((nord, 1), (sued, 2)):
        member = shop.member(ALICE)
        (one,) = house.accounts.orders.newest(member).items
        assert one == order("4711", clock=house.clock, days_ago=days).summary
        assert house.accounts.orders.get(member, one.id).summary == one


class Confused(MemoryErp):
    """An ERP that answers with another order than it was asked for."""

    def get(self, owner: OrderOwner, order: OrderId) -> Order:
        """Return the order, under another id."""
        told = super().get(owner, order)
        return attrs.evolve(told, summary=attrs.evolve(told.summary, id=OrderId("id-acme-2")))


def test_another_order_than_was_asked_for_is_never_shown(memory_storage: Storage) -> None:
    """It may be another customer's: no trustworthy answer is no answer."""
    shop = open_nord(build(memory_storage, erp=Confused()))
    shop.activate(ALICE)
    shop.keep_orders(shop.customer("E-ACME"), [order("acme-1", clock=shop.house.clock)])

    with pytest.raises(ErpUnavailable):
        shop.house.accounts.orders.get(shop.member(ALICE), OrderId("id-acme-1"))
