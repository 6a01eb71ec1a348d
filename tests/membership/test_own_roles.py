"""Roles a company makes for itself: nobody grants what they lack."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import pytest

from custaccount import InvalidFields, Member, Permission
from custaccount.kernel.access import Depth, FeatureOff, Grants, PermissionMissing
from custaccount.kernel.errors import Stale
from custaccount.kernel.events import Change
from custaccount.kernel.features import OWN_ROLES
from custaccount.kernel.ids import RoleId
from custaccount.membership import (
    ADMINISTRATOR,
    BUYER,
    SHIPPED,
    BeyondOwnRights,
    MembershipOver,
    OwnMembership,
    RoleInUse,
    RoleNotFound,
)
from tests.house import ALICE, BOB, Shop, everything_in, order

CARL, DORA = "carl@acme.example", "dora@acme.example"
OWN_ORDERS: Grants = {Permission.SEE_ORDERS: Depth.OWN}
ROLE_MAKER: Grants = {
    Permission.MANAGE_ROLES: Depth.CUSTOMER,
    Permission.MANAGE_USERS: Depth.CUSTOMER,
    Permission.SEE_ORDERS: Depth.CUSTOMER,
}


@pytest.fixture
def alice(nord: Shop) -> Member:
    """Acme's first user, who administers it."""
    nord.activate(ALICE)
    return nord.member(ALICE)


def make(shop: Shop, name: str = "Clerk", grants: Grants = OWN_ORDERS) -> RoleId:
    """Let Alice make a role."""
    return shop.house.accounts.roles.make(shop.member(ALICE), name=name, grants=grants).id


def changes(shop: Shop) -> tuple[Change, ...]:
    """Read what the trail tells of the newest change of a role."""
    entries = shop.house.accounts.audit.latest(shop.staff).items
    return next(one.changes for one in entries if one.event == "membership.role_book_changed")


def test_a_role_is_made_given_and_counts(nord: Shop, alice: Member) -> None:
    """Trimmed of blanks; who has it may do what it says, as far as it says."""
    made = nord.house.accounts.roles.make(alice, name="  Clerk ", grants=OWN_ORDERS)
    carl = nord.colleague_of(nord.member(ALICE), CARL, made.id)

    assert (made.name, made.shipped) == ("Clerk", False)
    assert carl.permissions == OWN_ORDERS
    assert changes(nord) == (
        Change(field="name", after="Clerk"),
        Change(field="grants", after="see orders (own)"),
    )


def test_who_sees_only_the_own_orders_sees_no_others(nord: Shop, alice: Member) -> None:
    """Orders the shop keeps without an author, or another's, are not shown."""
    nord.keep_orders(nord.customer("E-ACME"), [order("acme-1", clock=nord.house.clock)])
    clerk = make(nord)
    carl = nord.colleague_of(nord.member(ALICE), CARL, clerk)

    assert nord.house.accounts.orders.newest(carl).items == ()
    assert len(nord.house.accounts.orders.newest(nord.member(ALICE)).items) == 1
    assert alice.customer == carl.customer


def test_roles_are_listed_with_how_many_have_them(nord: Shop, alice: Member) -> None:
    """Shipped ones first, never changeable; what oneself may put into one."""
    clerk, aide = make(nord), make(nord, "Aide")
    for email in (CARL, DORA):
        nord.colleague_of(nord.member(ALICE), email, clerk)

    found = nord.house.accounts.roles.all(nord.member(ALICE))

    assert [line.role.id for line in found.roles] == [*(one.id for one in SHIPPED), aide, clerk]
    assert [line.users for line in found.roles] == [1, 0, 0, 0, 0, 2]
    assert [line.changeable for line in found.roles] == [False] * 4 + [True] * 2
    assert found.grantable == alice.permissions
    assert found.epoch == 2


def test_who_is_removed_holds_no_role(nord: Shop, alice: Member) -> None:
    """A role only they had can be removed; they come back in another one."""
    clerk = make(nord)
    carl = nord.colleague_of(nord.member(ALICE), CARL, clerk)
    nord.house.accounts.users.remove(nord.member(ALICE), carl.membership)

    nord.house.accounts.roles.remove(nord.member(ALICE), clerk)

    assert len(nord.house.accounts.roles.all(nord.member(ALICE)).roles) == len(SHIPPED)
    assert nord.colleague_of(nord.member(ALICE), CARL, BUYER).customer == alice.customer


def test_a_changed_role_counts_from_the_next_call_on(nord: Shop, alice: Member) -> None:
    """More or less: whoever acts for the company acts anew."""
    clerk = make(nord)
    carl = nord.colleague_of(nord.member(ALICE), CARL, clerk)
    roles = nord.house.accounts.roles
    seen = roles.all(nord.member(ALICE)).epoch
    more = {Permission.SEE_ORDERS: Depth.CUSTOMER, Permission.SEE_PRICES: Depth.CUSTOMER}

    roles.change(nord.member(ALICE), clerk, name="Clerk", grants=more, epoch=seen)

    with pytest.raises(MembershipOver):
        nord.house.accounts.users.leave(carl)
    assert nord.member(CARL).permissions == more
    assert changes(nord) == (
        Change(
            field="grants",
            before="see orders (own)",
            after="see orders (customer), see prices (customer)",
        ),
    )
    assert alice.epoch < nord.member(ALICE).epoch


def test_a_change_names_what_was_seen(nord: Shop, alice: Member) -> None:
    """Of two who change roles at once the later one sees it; no change is none."""
    clerk = make(nord)
    roles = nord.house.accounts.roles
    seen = roles.all(nord.member(ALICE)).epoch
    roles.change(nord.member(ALICE), clerk, name="Aide", grants=OWN_ORDERS, epoch=seen)

    with pytest.raises(Stale):
        roles.change(nord.member(ALICE), clerk, name="Help", grants=OWN_ORDERS, epoch=seen)

    again = nord.member(ALICE)
    same = roles.change(again, clerk, name="Aide", grants=OWN_ORDERS, epoch=seen + 1)
    assert same.name == "Aide"
    assert nord.member(ALICE) == again
    assert alice.epoch == again.epoch - 2


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"name": "buyer"}, "name"),
        ({"grants": {}}, "grants"),
        ({"grants": {Permission.READ_AUDIT: Depth.CUSTOMER}}, "grants"),
        ({"grants": {Permission.SEE_PRICES: Depth.OWN}}, "grants"),
        ({"grants": {Permission.SEE_ORDERS: Depth.SUBTREE}}, "grants"),
    ],
)
def test_what_no_role_can_be_is_refused(
    nord: Shop, alice: Member, fields: Mapping[str, object], refused: str
) -> None:
    """Nothing is kept."""
    before = everything_in(nord.house.storage)

    with pytest.raises(InvalidFields) as error:
        nord.house.accounts.roles.make(alice, **{"name": "New", "grants": OWN_ORDERS, **fields})  # type: ignore[arg-type]

    assert {problem.field for problem in error.value.problems} == {refused}
    assert everything_in(nord.house.storage) == before


def test_nobody_puts_into_a_role_what_they_lack(nord: Shop, alice: Member) -> None:
    """Neither in a new one nor in one there is; what holds more is not theirs to touch."""
    maker, strong = make(nord, "Maker", ROLE_MAKER), make(nord, "Strong", alice.permissions)
    weak = make(nord, "Weak")
    carl = nord.colleague_of(nord.member(ALICE), CARL, maker)
    roles = nord.house.accounts.roles
    beyond: Grants = {Permission.SEE_PRICES: Depth.CUSTOMER}
    epoch = roles.all(carl).epoch

    with pytest.raises(InvalidFields):
        roles.make(carl, name="New", grants=beyond)
    with pytest.raises(InvalidFields):
        roles.change(carl, weak, name="Weak", grants=beyond, epoch=epoch)
    with pytest.raises(BeyondOwnRights):
        roles.change(carl, strong, name="Weaker", grants=OWN_ORDERS, epoch=epoch)
    with pytest.raises(BeyondOwnRights):
        roles.remove(carl, strong)
    changeable = {line.role.id: line.changeable for line in roles.all(carl).roles}
    assert [changeable[one] for one in (maker, strong, weak)] == [False, False, True]
    assert roles.all(carl).grantable == ROLE_MAKER
    roles.remove(carl, weak)


def test_nobody_changes_the_own_role(nord: Shop, alice: Member) -> None:
    """Who has it could give himself, and all who have it, what he likes to have less of."""
    maker = make(nord, "Maker", ROLE_MAKER)
    carl = nord.colleague_of(nord.member(ALICE), CARL, maker)
    roles = nord.house.accounts.roles

    with pytest.raises(OwnMembership):
        roles.change(carl, maker, name="Maker", grants=OWN_ORDERS, epoch=roles.all(carl).epoch)
    with pytest.raises(OwnMembership):
        roles.remove(carl, maker)
    assert carl.customer == alice.customer


@pytest.mark.parametrize("role", [ADMINISTRATOR, BUYER, RoleId("nothing")])
def test_what_is_shipped_or_not_there_is_not_changed(
    nord: Shop, alice: Member, role: RoleId
) -> None:
    """The company has made no such role."""
    roles = nord.house.accounts.roles

    with pytest.raises(RoleNotFound):
        roles.change(alice, role, name="Mine", grants=OWN_ORDERS, epoch=0)
    with pytest.raises(RoleNotFound):
        roles.remove(alice, role)


def test_another_companys_role_is_not_known(nord: Shop, alice: Member) -> None:
    """Neither to change, nor to give; names are each company's own."""
    clerk = make(nord)
    nord.activate(BOB)
    bob, roles = nord.member(BOB), nord.house.accounts.roles

    with pytest.raises(RoleNotFound):
        roles.remove(bob, clerk)
    with pytest.raises(InvalidFields):
        nord.invite_member(bob, CARL, clerk)
    assert roles.make(bob, name="Clerk", grants=OWN_ORDERS).id != clerk
    assert nord.member(ALICE).customer == alice.customer != bob.customer


def test_a_role_somebody_has_or_is_offered_stays(nord: Shop, alice: Member) -> None:
    """The refusal names them; suspended ones too. Then it goes."""
    clerk = make(nord)
    carl = nord.colleague_of(nord.member(ALICE), CARL, clerk)
    kept = nord.invite_member(nord.member(ALICE), DORA, clerk)
    accounts = nord.house.accounts
    accounts.users.suspend(nord.member(ALICE), carl.membership)

    with pytest.raises(RoleInUse) as refused:
        accounts.roles.remove(nord.member(ALICE), clerk)

    assert CARL in refused.value.holders
    assert DORA in refused.value.holders
    accounts.users.withdraw(nord.member(ALICE), kept.id)
    accounts.users.set_roles(nord.member(ALICE), carl.membership, [BUYER])
    accounts.roles.remove(nord.member(ALICE), clerk)
    assert changes(nord) == (
        Change(field="name", before="Clerk"),
        Change(field="grants", before="see orders (own)"),
    )
    assert alice.customer == carl.customer


def test_a_role_of_who_may_do_more_is_not_changed(nord: Shop, alice: Member) -> None:
    """What it grants is held; that it is an administrator's as well is not for a lesser one."""
    clerk, maker = make(nord), make(nord, "Maker", ROLE_MAKER)
    carl = nord.colleague_of(nord.member(ALICE), CARL, maker)
    dora = nord.colleague_of(nord.member(ALICE), DORA, ADMINISTRATOR, clerk)
    roles, less = nord.house.accounts.roles, {Permission.SEE_ORDERS: Depth.CUSTOMER}

    with pytest.raises(BeyondOwnRights):
        roles.change(carl, clerk, name="Clerk", grants=less, epoch=roles.all(carl).epoch)

    roles.change(nord.member(ALICE), clerk, name="Clerk", grants=less, epoch=roles.all(carl).epoch)
    assert alice.customer == dora.customer


def test_who_may_not_see_the_users_is_told_how_many_keep_a_role(nord: Shop, alice: Member) -> None:
    """No name and no address."""
    clerk = make(nord)
    editor = make(
        nord,
        "Editor",
        {Permission.MANAGE_ROLES: Depth.CUSTOMER, Permission.SEE_ORDERS: Depth.CUSTOMER},
    )
    carl = nord.colleague_of(nord.member(ALICE), CARL, editor)
    nord.invite_member(nord.member(ALICE), DORA, clerk)

    with pytest.raises(RoleInUse) as refused:
        nord.house.accounts.roles.remove(carl, clerk)

    assert refused.value.holders == "1"
    assert alice.customer == carl.customer


def test_role_and_function_both_have_to_allow(nord: Shop, alice: Member) -> None:
    """Who manages no roles makes none; nor does anybody where the seller does not offer it."""
    roles = nord.house.accounts.roles
    poor = attrs.evolve(
        alice,
        permissions={
            one: depth
            for one, depth in alice.permissions.items()
            if one is not Permission.MANAGE_ROLES
        },
    )
    off = attrs.evolve(alice, features=alice.features - {OWN_ROLES})

    for actor, error in ((poor, PermissionMissing), (off, FeatureOff)):
        for call in (
            lambda actor=actor: roles.all(actor),
            lambda actor=actor: roles.make(actor, name="New", grants=OWN_ORDERS),
            lambda actor=actor: roles.change(actor, BUYER, name="New", grants=OWN_ORDERS, epoch=0),
            lambda actor=actor: roles.remove(actor, BUYER),
        ):
            with pytest.raises(error):
                call()  # type: ignore[no-untyped-call]
