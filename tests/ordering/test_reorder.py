"""Reordering with the neighbours: the catalogue, the cart, and what happens when they fail."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import attrs
import pytest

from custaccount import InvalidInput, NotAllowed, NotFound, Unavailable
from custaccount.adapters.memory import MemoryCart, MemoryCatalogue, MemoryErp
from custaccount.facilities.outbox import Posted
from custaccount.kernel.ids import ArticleNumber, OrderId, OrderLineId
from custaccount.membership import MembershipOver
from custaccount.ordering import (
    Article,
    CartOwner,
    OrderCopied,
    Outcome,
    PlanChanged,
    PlanInvalid,
    Reason,
)
from custaccount.ordering.model import cart_owner
from custaccount.ordering.reorder import PLAN_LIFETIME
from custaccount.orders import ErpUnavailable, Order, OrderOwner
from custaccount.storage import Storage
from tests.house import ALICE, NORD, Shop, build, euro, how_often, open_nord, order, price

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


@pytest.mark.parametrize("change", ["price", "unit", "stock", "hidden", "text"])
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
        case "unit":
            own = shop.price_list("own", [attrs.evolve(price("X1", "1"), unit="box")])
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
    left = {one: depth for one, depth in member.permissions.items() if one.name != lacking}
    poorer = attrs.evolve(member, permissions=left)

    with pytest.raises(NotAllowed):
        shop.house.accounts.reorder.plan(poorer, EARLIER)
    with pytest.raises(NotAllowed):
        shop.house.accounts.reorder.commit(poorer, plan.token)

    assert erp.calls == []


# Twice is once ----------------------------------------------------------------------------------


def test_a_second_commit_adds_nothing_and_returns_nothing(shop: Shop) -> None:
    """What a commit returns is what this call added; prices of then don't matter any more."""
    member, accounts = shop.member(ALICE), shop.house.accounts
    plan = accounts.reorder.plan(member, EARLIER)

    added = accounts.reorder.commit(member, plan.token)
    own = shop.price_list("own", [price("X1", "0.99")])
    accounts.price_desk.attach_to_customer(shop.staff, own, member.customer)

    assert added == accounts.reorder.cart(member)
    assert accounts.reorder.commit(member, plan.token) == ()
    assert accounts.reorder.cart(member) == added


def test_a_second_commit_asks_neither_erp_nor_catalogue(shop: Shop) -> None:
    """The cart knows its key: the answer needs nobody else, who may be down by now."""
    member, reorder, erp = shop.member(ALICE), shop.house.accounts.reorder, shop.house.erp
    catalogue = shop.house.catalogue
    assert erp is not None
    assert isinstance(catalogue, MemoryCatalogue)
    plan = reorder.plan(member, EARLIER)
    reorder.commit(member, plan.token)

    erp.down = catalogue.down = True

    assert reorder.commit(member, plan.token) == ()


def test_a_repeated_commit_tells_again_under_the_same_plan(memory_storage: Storage) -> None:
    """The first may have died after the cart: who listens knows the plan's key, and acts once."""
    told: list[Posted] = []
    shop = open_nord(build(memory_storage, erp=MemoryErp(), subscribers=[told.append]))
    shop.activate(ALICE)
    shop.keep_orders(shop.customer("E-ACME"), [earlier(shop)])
    listed = shop.price_list("all", [price("X1", "1")])
    shop.house.accounts.price_desk.attach_to_portal(shop.staff, listed, shop.portal.id)
    member, reorder = shop.member(ALICE), shop.house.accounts.reorder
    plan, other = (reorder.plan(member, EARLIER) for _ in range(2))

    for token in (plan.token, plan.token, other.token):
        reorder.commit(member, token)
    shop.house.accounts.relay()

    copied = [one.event for one in told if isinstance(one.event, OrderCopied)]
    first, again, second = copied
    assert attrs.evolve(again, at=first.at) == first
    assert first.lines == 1
    assert second.plan != first.plan


class TakesItAlready(MemoryCart):
    """A cart in which a rival is faster: between the question and the adding."""

    def has(self, owner: CartOwner, key: str) -> bool:
        """Say no, and let the rival add."""
        self.rival = super().add(owner, [], key=key)
        return False


def test_who_loses_the_race_for_a_plan_returns_nothing(memory_storage: Storage) -> None:
    """Of two clicks one adds; the other says truly that it added nothing."""
    shop = open_nord(build(memory_storage, cart=TakesItAlready()))
    shop.activate(ALICE)
    shop.keep_orders(shop.customer("E-ACME"), [earlier(shop)])
    listed = shop.price_list("all", [price("X1", "1")])
    shop.house.accounts.price_desk.attach_to_portal(shop.staff, listed, shop.portal.id)
    member, reorder = shop.member(ALICE), shop.house.accounts.reorder

    assert reorder.commit(member, reorder.plan(member, EARLIER).token) == ()
    assert reorder.cart(member) == ()


# A plan's life ----------------------------------------------------------------------------------


def test_a_plan_lives_twelve_hours(shop: Shop) -> None:
    """Shorter than a cart remembers its key, so that twice stays once."""
    member, reorder = shop.member(ALICE), shop.house.accounts.reorder
    assert timedelta(hours=12) == PLAN_LIFETIME < timedelta(days=1)
    one, other = (reorder.plan(member, EARLIER) for _ in range(2))

    shop.house.clock.advance(PLAN_LIFETIME - timedelta(microseconds=1))
    assert reorder.commit(member, one.token)
    shop.house.clock.advance(timedelta(microseconds=1))

    for late in (one, other):
        with pytest.raises(PlanInvalid):
            reorder.commit(member, late.token)


def test_a_plan_of_the_future_is_none(shop: Shop) -> None:
    """A clock that was set back makes no plan live longer."""
    member, reorder = shop.member(ALICE), shop.house.accounts.reorder
    plan = reorder.plan(member, EARLIER)

    shop.house.clock.advance(-timedelta(hours=1))

    with pytest.raises(PlanInvalid):
        reorder.commit(member, plan.token)


def test_who_may_no_longer_order_leaves_the_cart_alone(shop: Shop) -> None:
    """Rights that ended after the plan, before the cart: nothing is added, not even for a while."""
    member, reorder = shop.member(ALICE), shop.house.accounts.reorder
    plan = reorder.plan(member, EARLIER)
    shop.change_membership(member, lambda one: one.suspended())

    with pytest.raises(MembershipOver):
        reorder.commit(member, plan.token)

    assert shop.house.cart.lines(cart_owner(member)) == ()
    assert how_often(shop.house.storage, "ordering.order_copied") == 0


# Lines, many and two of a kind ------------------------------------------------------------------


def long_order(shop: Shop, lines: int) -> Order:
    """An order of many lines of the two articles."""
    short = earlier(shop)
    made = [
        attrs.evolve(short.lines[place % 2], id=OrderLineId(f"line-{place}"), quantity=Decimal(1))
        for place in range(lines)
    ]
    return attrs.evolve(short, lines=tuple(made))


@pytest.mark.parametrize("every", [1, 2, 9_999])
def test_any_number_of_chosen_lines_makes_a_plan(shop: Shop, every: int) -> None:
    """All of ten thousand, every second one, two of them: the plan can be committed."""
    whole = long_order(shop, 10_000)
    shop.keep_orders(shop.customer("E-ACME"), [whole])
    member, reorder = shop.member(ALICE), shop.house.accounts.reorder
    chosen = [line.id for line in whole.lines[::every]]

    plan = reorder.plan(member, EARLIER, chosen)

    assert [line.line for line in plan.lines] == chosen
    assert len(plan.token) < 8_000  # fits into a form, and into a page's memory
    added = reorder.commit(member, plan.token)
    assert sum(line.quantity for line in added) == len(chosen)


def test_chosen_lines_stay_chosen(shop: Shop) -> None:
    """The commit plans what was chosen, whatever order it was named in, and nothing else."""
    member, reorder = shop.member(ALICE), shop.house.accounts.reorder
    first, second = (line.id for line in earlier(shop).lines)

    both = reorder.plan(member, EARLIER, [second, first, second])
    one = reorder.plan(member, EARLIER, [second])
    none = reorder.plan(member, EARLIER, [])

    assert [line.line for line in both.lines] == [first, second]
    assert [line.article for line in reorder.commit(member, one.token)] == [X2]
    assert none.lines == reorder.commit(member, none.token) == ()


def test_an_order_that_lost_lines_is_shown_again(shop: Shop) -> None:
    """A chosen line that is gone is a change like any other."""
    member, reorder = shop.member(ALICE), shop.house.accounts.reorder
    whole = earlier(shop)
    plan = reorder.plan(member, EARLIER, [line.id for line in whole.lines])

    shop.keep_orders(shop.customer("E-ACME"), [attrs.evolve(whole, lines=whole.lines[:1])])

    with pytest.raises(PlanChanged) as changed:
        reorder.commit(member, plan.token)
    assert [line.line for line in changed.value.plan.lines] == [whole.lines[0].id]


def test_without_a_catalogue_two_units_of_an_article_stay_apart(memory_storage: Storage) -> None:
    """Six pieces and two boxes are two lines of the cart, each at the price of its unit."""
    shop = open_nord(build(memory_storage, erp=MemoryErp()))
    shop.activate(ALICE)
    whole = earlier(shop)
    units = zip(whole.lines, ("pc", "box"), strict=True)
    lines = tuple(attrs.evolve(line, article=X1, unit=unit) for line, unit in units)
    shop.keep_orders(shop.customer("E-ACME"), [attrs.evolve(whole, lines=lines)])
    rows = [
        attrs.evolve(price("X1", amount), unit=unit) for unit, amount in (("pc", "1"), ("box", "9"))
    ]
    listed = shop.price_list("all", rows)
    shop.house.accounts.price_desk.attach_to_portal(shop.staff, listed, shop.portal.id)
    member, reorder = shop.member(ALICE), shop.house.accounts.reorder

    reorder.commit(member, reorder.plan(member, EARLIER).token)

    assert [(line.unit, line.quantity, line.price) for line in reorder.cart(member)] == [
        ("pc", Decimal(12), euro("1")),
        ("box", Decimal(1), euro("9")),
    ]


class Confused(MemoryErp):
    """An ERP that answers with another order than it was asked for."""

    def get(self, owner: OrderOwner, order: OrderId) -> Order:
        """Return the order, under another id."""
        told = super().get(owner, order)
        return attrs.evolve(told, summary=attrs.evolve(told.summary, id=OrderId("id-acme-2")))


def test_another_order_than_was_asked_for_is_no_answer(memory_storage: Storage) -> None:
    """Nothing of it is planned or copied."""
    shop = open_nord(build(memory_storage, erp=Confused()))
    shop.activate(ALICE)
    shop.keep_orders(shop.customer("E-ACME"), [earlier(shop)])

    with pytest.raises(ErpUnavailable):
        shop.house.accounts.reorder.plan(shop.member(ALICE), EARLIER)
