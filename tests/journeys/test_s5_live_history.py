"""What eZentrum's live purchase history promises: orders straight from the ERP."""

from __future__ import annotations

from decimal import Decimal

import pytest

from custaccount import InvalidInput, Member, NotFound, Unavailable
from custaccount.adapters.memory import MemoryErp
from custaccount.kernel.ids import OrderId
from custaccount.orders import NumberKind, OrderStatus
from custaccount.storage import Storage
from tests.house import ALICE, BOB, Shop, build, delivered, euro, history, open_nord, order


@pytest.fixture
def nord(storage: Storage) -> Shop:
    """The first seller, whose ERP tells the orders."""
    shop = open_nord(build(storage, erp=MemoryErp()))
    shop.activate(ALICE)
    return shop


@pytest.fixture(params=["the ERP", "the shop"])
def shop(storage: Storage, request: pytest.FixtureRequest) -> Shop:
    """The first seller, with either source of orders."""
    erp = MemoryErp() if request.param == "the ERP" else None
    found = open_nord(build(storage, erp=erp))
    found.activate(ALICE)
    return found


def all_pages(shop: Shop, member: Member) -> list[tuple[str, ...]]:
    """Click "50 more" until all are shown."""
    pages, cursor = [], None
    while True:
        page = shop.house.accounts.orders.newest(member, cursor)
        pages.append(tuple(one.id for one in page.items))
        if not page.has_more:
            return pages
        cursor = page.more


def test_h1_the_newest_fifty_and_fifty_more_until_all_are_shown(shop: Shop) -> None:
    """Each order once, newest first, and the end is said, not guessed."""
    orders = history("acme", 120, clock=shop.house.clock)
    shop.keep_orders(shop.customer("E-ACME"), orders)

    pages = all_pages(shop, shop.member(ALICE))

    assert [len(page) for page in pages] == [50, 50, 20]
    assert [id_ for page in pages for id_ in page] == [one.summary.id for one in orders]


@pytest.mark.parametrize("how_many", [0, 1, 49, 50, 51, 100])
def test_h1_a_full_last_page_ends_the_list(shop: Shop, how_many: int) -> None:
    """Nobody clicks "50 more" to find nothing."""
    orders = history("acme", how_many, clock=shop.house.clock)
    shop.keep_orders(shop.customer("E-ACME"), orders)

    pages = all_pages(shop, shop.member(ALICE))

    assert sum(map(len, pages)) == how_many
    assert all(pages) or how_many == 0


def test_h1_new_orders_shift_nothing(shop: Shop) -> None:
    """An order placed between two clicks is neither shown twice nor hides another."""
    orders = history("acme", 60, clock=shop.house.clock)
    acme = shop.customer("E-ACME")
    shop.keep_orders(acme, orders)
    member, newest = shop.member(ALICE), shop.house.accounts.orders.newest

    first = newest(member)
    shop.keep_orders(acme, [order("acme-late", clock=shop.house.clock, days_ago=0)])
    second = newest(member, first.more)

    shown = [one.id for one in (*first.items, *second.items)]
    assert shown == [one.summary.id for one in orders]


def test_h1_orders_of_one_moment_are_told_apart_by_their_number(shop: Shop) -> None:
    """Date, then number, both descending: a page border inside one day loses none."""
    same = [order(f"acme-{number:03}", clock=shop.house.clock) for number in range(70)]
    shop.keep_orders(shop.customer("E-ACME"), same)

    pages = all_pages(shop, shop.member(ALICE))

    assert [id_ for page in pages for id_ in page] == [one.summary.id for one in reversed(same)]


def test_h2_an_order_is_found_by_its_number_or_the_customers_own(shop: Shop) -> None:
    """Either number finds it, in any case and spacing, and the answer says which it was."""
    orders = history("acme", 5, clock=shop.house.clock)
    shop.keep_orders(shop.customer("E-ACME"), orders)
    member, search = shop.member(ALICE), shop.house.accounts.orders.search

    (by_own,) = search(member, " a-ACME-3 ")
    (by_customers,) = search(member, "po acme-3")

    assert by_own.order == by_customers.order == orders[3].summary
    assert by_own.by is NumberKind.ORDER
    assert by_customers.by is NumberKind.CUSTOMER_ORDER
    assert search(member, "A-beta-3") == ()


def test_h2_nonsense_is_refused_and_never_reaches_the_erp(nord: Shop) -> None:
    """Wildcards, nothing, and what cannot be a number are refused before anyone is asked."""
    member = nord.member(ALICE)
    assert nord.house.erp is not None
    nord.house.erp.calls.clear()

    for nonsense in ("", "   ", "A-*", "%", "A?", "x" * 1000, "A\x00", "a\N{ZERO WIDTH SPACE}b"):
        with pytest.raises(InvalidInput):
            nord.house.accounts.orders.search(member, nonsense)
    for nonsense in ("", "x" * 1000, "a\nb"):
        with pytest.raises(NotFound):
            nord.house.accounts.orders.get(member, OrderId(nonsense))

    assert nord.house.erp.calls == []


def test_h3_an_order_shows_its_lines_delivery_notes_and_invoices(shop: Shop) -> None:
    """Open and delivered quantities, the delivery with its tracking link, the invoice's totals."""
    clock = shop.house.clock
    sent = delivered(
        order("acme-1", clock=clock, status=OrderStatus.PARTLY_DELIVERED), clock=clock, quantity="5"
    )
    shop.keep_orders(shop.customer("E-ACME"), [sent])

    seen = shop.house.accounts.orders.get(shop.member(ALICE), sent.summary.id)

    assert seen == sent
    assert list(seen.delivered.values()) == [Decimal(5), Decimal(0)]
    assert list(seen.open.values()) == [Decimal(7), Decimal(1)]
    assert seen.delivery_notes[0].tracking[0].url == "https://parcel.example/1Z"
    assert seen.invoices[0].gross == euro("119.00")


def test_h3_another_customers_order_is_not_found(shop: Shop) -> None:
    """Beta's order and an order that never was look alike to Acme; Beta opens its own."""
    shop.activate(BOB)
    theirs = order("beta-1", clock=shop.house.clock)
    shop.keep_orders(shop.customer("E-BETA"), [theirs])
    get = shop.house.accounts.orders.get

    assert get(shop.member(BOB), theirs.summary.id) == theirs
    with pytest.raises(NotFound) as foreign:
        get(shop.member(ALICE), theirs.summary.id)
    with pytest.raises(NotFound) as unknown:
        get(shop.member(ALICE), OrderId("id-nothing"))
    assert (foreign.value.code, foreign.value.facts) == (unknown.value.code, unknown.value.facts)


def test_h1_an_erp_that_is_down_says_so(nord: Shop) -> None:
    """A typed "not available": never an empty list that looks like no orders."""
    member = nord.member(ALICE)
    assert nord.house.erp is not None
    nord.house.erp.down = True

    with pytest.raises(Unavailable):
        nord.house.accounts.orders.newest(member)
