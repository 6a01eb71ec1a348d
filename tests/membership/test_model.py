"""Memberships: what counts, what is permitted, what is confirmed."""

from __future__ import annotations

import itertools

import attrs
import pytest

from custaccount import Permission
from custaccount.credentials import UserState
from custaccount.customers import SWITCHES, CustomerStatus
from custaccount.kernel.access import STAFF_PERMISSIONS
from custaccount.kernel.ids import CustomerId, CustomerNumber, MembershipId, UserId
from custaccount.membership import (
    PERMISSIONS,
    Membership,
    MembershipOver,
    MembershipState,
    Role,
    Standing,
)
from custaccount.storage import Storage
from tests.house import ALICE, NORD, Shop, build, open_nord

STANDING = Standing(
    membership=Membership(
        id=MembershipId("m"),
        realm=NORD,
        user=UserId("u"),
        customer=CustomerId("c"),
        roles=frozenset({Role.BUYER}),
    ),
    customer_name="Acme",
    customer_number=CustomerNumber("1001"),
    customer_status=CustomerStatus.ACTIVE,
    erp_id=None,
    user_state=UserState.ACTIVE,
)


@pytest.mark.parametrize(
    ("membership", "user", "customer"),
    list(itertools.product(MembershipState, UserState, CustomerStatus)),
)
def test_a_membership_counts_only_if_everything_about_it_does(
    membership: MembershipState, user: UserState, customer: CustomerStatus
) -> None:
    """Active member, active user, a customer that may sign in."""
    standing = attrs.evolve(
        STANDING,
        membership=attrs.evolve(STANDING.membership, state=membership),
        user_state=user,
        customer_status=customer,
    )

    assert standing.counts is (
        membership is MembershipState.ACTIVE
        and user is UserState.ACTIVE
        and customer in {CustomerStatus.ACTIVE, CustomerStatus.ON_HOLD}
    )


@pytest.mark.parametrize(("role", "status"), list(itertools.product(Role, CustomerStatus)))
def test_a_status_switches_off_what_a_role_grants(role: Role, status: CustomerStatus) -> None:
    """The switches only take away; no role grants what staff alone may."""
    standing = attrs.evolve(
        STANDING,
        membership=attrs.evolve(STANDING.membership, roles=frozenset({role})),
        customer_status=status,
    )
    switches = SWITCHES[status]

    assert standing.permissions <= PERMISSIONS[role]
    assert not standing.permissions & STAFF_PERMISSIONS
    assert switches.order or Permission.PLACE_ORDERS not in standing.permissions
    assert switches.see_prices or Permission.SEE_PRICES not in standing.permissions
    assert switches.see_documents or Permission.SEE_ORDERS not in standing.permissions


def test_roles_add_up() -> None:
    """Who is accountant and buyer may do both."""
    both = attrs.evolve(STANDING.membership, roles=frozenset({Role.ACCOUNTANT, Role.BUYER}))

    assert attrs.evolve(STANDING, membership=both).permissions == (
        PERMISSIONS[Role.ACCOUNTANT] | PERMISSIONS[Role.BUYER]
    )
    nobody = attrs.evolve(STANDING.membership, roles=frozenset())
    assert attrs.evolve(STANDING, membership=nobody).permissions == frozenset()


def test_every_change_of_state_is_a_new_epoch() -> None:
    """What was handed out before it is over."""
    membership = STANDING.membership

    assert membership.suspended().epoch == membership.epoch + 1
    assert membership.removed().epoch == membership.epoch + 1
    assert membership.removed().state is MembershipState.REMOVED


def test_an_actor_is_confirmed_as_it_was_made(memory_storage: Storage) -> None:
    """Another epoch, another membership or a right that is gone: over; more rights: still good."""
    shop = open_nord(build(memory_storage))
    shop.activate(ALICE)
    member = shop.member(ALICE)
    (standing,) = shop.house.accounts.acting.choices(shop.session(ALICE))

    standing.confirm(member)
    standing.confirm(attrs.evolve(member, permissions=frozenset()))
    for changed in (
        attrs.evolve(member, epoch=member.epoch + 1),
        attrs.evolve(member, membership=MembershipId("other")),
        attrs.evolve(member, permissions=member.permissions | {Permission.MANAGE_ORDERS}),
    ):
        with pytest.raises(MembershipOver):
            standing.confirm(changed)


def test_the_person_is_asked_which_customer(nord: Shop) -> None:
    """A customer of nobody's choosing, or somebody else's, is refused alike."""
    nord.activate(ALICE)
    session, acting = nord.session(ALICE), nord.house.accounts.acting

    for foreign in (nord.customer("E-BETA").id, CustomerId("nobody")):
        with pytest.raises(MembershipOver):
            acting.member(session, foreign)
    assert acting.member(session, nord.customer("E-ACME").id).customer == nord.customer("E-ACME").id
