"""Cursors and plans: made here, for one membership at one epoch, and good for nobody else."""

from __future__ import annotations

import attrs
import pytest

from custaccount import Member
from custaccount.kernel.ids import Cursor, PlanToken
from custaccount.kernel.paging import CursorInvalid
from custaccount.membership import MembershipState
from custaccount.ordering import PlanInvalid
from tests.house import ALICE, BOB, GRETA, Shop, history, price


def ready(shop: Shop, erp_id: str, email: str, name: str) -> Member:
    """Give a customer a member, two pages of orders and a price."""
    shop.activate(email)
    shop.keep_orders(shop.customer(erp_id), history(name, 51, clock=shop.house.clock))
    listed = shop.price_list(name, [price("X1", "1")])
    shop.house.accounts.price_desk.attach_to_customer(shop.staff, listed, shop.customer(erp_id).id)
    return shop.member(email)


def cursor_of(shop: Shop, member: Member) -> Cursor:
    """Take the cursor of the first page."""
    more = shop.house.accounts.orders.newest(member).more
    assert more is not None
    return more


def plan_of(shop: Shop, member: Member) -> PlanToken:
    """Plan to order the newest order again."""
    reorder, orders = shop.house.accounts.reorder, shop.house.accounts.orders
    return reorder.plan(member, orders.newest(member).items[0].id).token


@pytest.mark.parametrize(
    "cursor", ["", "x", "a.b", "x" * 100_000, 50, b"cursor", "\ud800", "orders newest"]
)
def test_a_malformed_cursor_is_a_typed_error(memory_nord: Shop, cursor: object) -> None:
    """Ask differently: begin again from the first page; never a crash, never the first page."""
    member = ready(memory_nord, "E-ACME", ALICE, "acme")

    with pytest.raises(CursorInvalid):
        memory_nord.house.accounts.orders.newest(member, cursor)  # type: ignore[arg-type]
    with pytest.raises(PlanInvalid):
        memory_nord.house.accounts.reorder.commit(member, cursor)  # type: ignore[arg-type]


def test_a_cursor_is_no_plan_and_a_plan_no_cursor(memory_nord: Shop) -> None:
    """Each is signed for its own kind."""
    member = ready(memory_nord, "E-ACME", ALICE, "acme")
    cursor, plan = cursor_of(memory_nord, member), plan_of(memory_nord, member)

    with pytest.raises(CursorInvalid):
        memory_nord.house.accounts.orders.newest(member, Cursor(plan))
    with pytest.raises(PlanInvalid):
        memory_nord.house.accounts.reorder.commit(member, PlanToken(cursor))


def test_anothers_cursor_and_plan_are_refused(nord: Shop, sued: Shop) -> None:
    """Another customer's and another realm's, though each is good for its owner."""
    alice = ready(nord, "E-ACME", ALICE, "acme")
    bob, greta = ready(nord, "E-BETA", BOB, "beta"), ready(sued, "E-GAMMA", GRETA, "gamma")

    for shop, owner in ((nord, bob), (sued, greta)):
        cursor, plan = cursor_of(shop, owner), plan_of(shop, owner)
        with pytest.raises(CursorInvalid):
            nord.house.accounts.orders.newest(alice, cursor)
        with pytest.raises(PlanInvalid):
            nord.house.accounts.reorder.commit(alice, plan)
        assert shop.house.accounts.orders.newest(owner, cursor).items
        assert shop.house.accounts.reorder.commit(owner, plan)
    assert nord.house.accounts.reorder.cart(alice) == ()


def test_a_cursor_of_a_membership_that_was_removed_and_restored_is_dead(nord: Shop) -> None:
    """Removed and added again is a new epoch: what was handed out before is over."""
    member = ready(nord, "E-ACME", ALICE, "acme")
    cursor, plan = cursor_of(nord, member), plan_of(nord, member)
    nord.change_membership(member, lambda one: one.removed())
    nord.change_membership(
        member, lambda one: attrs.evolve(one, state=MembershipState.ACTIVE, epoch=one.epoch + 1)
    )
    again = nord.member(ALICE)
    assert again.membership == member.membership

    with pytest.raises(CursorInvalid):
        nord.house.accounts.orders.newest(again, cursor)
    with pytest.raises(PlanInvalid):
        nord.house.accounts.reorder.commit(again, plan)
    assert cursor_of(nord, again)


def test_one_persons_cursor_is_not_good_for_another_of_her_customers(nord: Shop) -> None:
    """The same user, acting for two: a page of one never leads into the other."""
    nord.change("E-BETA", contact="Alice", email=ALICE)
    nord.activate(ALICE)
    session = nord.session(ALICE)
    members = []
    for erp_id, name in (("E-ACME", "acme"), ("E-BETA", "beta")):
        customer = nord.customer(erp_id)
        nord.keep_orders(customer, history(name, 51, clock=nord.house.clock))
        members.append(nord.house.accounts.acting.member(session, customer.id))

    with pytest.raises(CursorInvalid):
        nord.house.accounts.orders.newest(members[0], cursor_of(nord, members[1]))
