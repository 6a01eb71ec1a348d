"""Rights that end, end at once: between making the actor and the write too."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest

from custaccount import Member, NotAllowed
from custaccount.credentials import UserState
from custaccount.kernel.ids import PlanToken
from custaccount.membership import VIEWER, MembershipOver
from custaccount.ordering.model import cart_owner
from tests.house import ALICE, Shop, everything_in, how_often, order, price

ENDS: dict[str, Callable[[Shop, Member], object]] = {
    "removed": lambda shop, member: shop.change_membership(member, lambda one: one.removed()),
    "suspended": lambda shop, member: shop.change_membership(member, lambda one: one.suspended()),
    "role taken": lambda shop, member: shop.change_membership(
        member,
        lambda one: attrs.evolve(one, roles=frozenset({VIEWER}), epoch=one.epoch + 1),
    ),
    "role taken, epoch forgotten": lambda shop, member: shop.change_membership(
        member, lambda one: attrs.evolve(one, roles=frozenset({VIEWER}))
    ),
    "user blocked": lambda shop, _: shop.change_user(ALICE, state=UserState.BLOCKED),
    "on hold": lambda shop, _: shop.change("E-ACME", status="on hold"),
    "closed": lambda shop, _: shop.change("E-ACME", status="closed"),
}


@pytest.fixture
def acme(nord: Shop) -> tuple[Shop, Member, PlanToken]:
    """Alice acts for Acme and has a plan to order again."""
    nord.activate(ALICE)
    nord.keep_orders(nord.customer("E-ACME"), [order("acme-1", clock=nord.house.clock)])
    listed = nord.price_list("all", [price("X1", "1")])
    nord.house.accounts.price_desk.attach_to_portal(nord.staff, listed, nord.portal.id)
    member = nord.member(ALICE)
    orders, reorder = nord.house.accounts.orders, nord.house.accounts.reorder
    return nord, member, reorder.plan(member, orders.newest(member).items[0].id).token


@pytest.mark.parametrize("end", ENDS)
def test_the_writing_unit_checks_again(acme: tuple[Shop, Member, PlanToken], end: str) -> None:
    """The actor was made a moment before: ``begin`` refuses, nothing is told, written or added."""
    shop, member, plan = acme
    ENDS[end](shop, member)
    before = everything_in(shop.house.storage)

    with pytest.raises(MembershipOver):
        shop.house.accounts.reorder.commit(member, plan)

    assert everything_in(shop.house.storage) == before
    assert shop.house.cart.lines(cart_owner(member)) == ()
    assert how_often(shop.house.storage, "ordering.order_copied") == 0


def test_without_an_end_the_unit_goes_through(acme: tuple[Shop, Member, PlanToken]) -> None:
    """Negative control: the same commit succeeds for who still may."""
    shop, member, plan = acme

    assert shop.house.accounts.reorder.commit(member, plan)
    assert how_often(shop.house.storage, "ordering.order_copied") == 1


@pytest.mark.parametrize("end", ["removed", "suspended", "user blocked", "closed"])
def test_the_next_call_finds_nobody(acme: tuple[Shop, Member, PlanToken], end: str) -> None:
    """No session has to end for it: the actor of the next call is not made."""
    shop, member, _ = acme
    token = shop.sign_in(ALICE)
    session = shop.house.accounts.sessions.resume(shop.guest, token)
    ENDS[end](shop, member)

    with pytest.raises(MembershipOver):
        shop.house.accounts.acting.member(session)
    with pytest.raises(MembershipOver):
        shop.house.accounts.acting.member(session, member.customer)
    assert shop.house.accounts.acting.choices(session) == ()


def test_a_blocked_user_has_no_session(nord: Shop) -> None:
    """Blocking ends every session at its next call; unblocking brings none back by itself."""
    nord.activate(ALICE)
    token = nord.sign_in(ALICE)

    nord.change_user(ALICE, state=UserState.BLOCKED)
    with pytest.raises(NotAllowed):
        nord.house.accounts.sessions.resume(nord.guest, token)
    with pytest.raises(NotAllowed):
        nord.sign_in(ALICE)


def test_removing_one_membership_leaves_the_others(nord: Shop) -> None:
    """Case 68: only that row; the login and the other customers stay."""
    nord.change("E-BETA", contact="Alice", email=ALICE)
    nord.activate(ALICE)
    session = nord.session(ALICE)
    acting = nord.house.accounts.acting
    acme = acting.member(session, nord.customer("E-ACME").id)
    before = everything_in(nord.house.storage)

    nord.change_membership(acme, lambda one: one.removed())

    after = everything_in(nord.house.storage)
    changed = {name for name in before if before[name] != after[name]}
    assert changed in ({"memberships"}, {"custaccount_memberships"})
    assert acting.member(session).customer == nord.customer("E-BETA").id
