"""Roles: what is shipped, what a company makes, and that nobody grants what they lack."""

from __future__ import annotations

import itertools

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custaccount import InvalidFields, Permission
from custaccount.kernel.access import (
    MEMBER_PERMISSIONS,
    STAFF_PERMISSIONS,
    Depth,
    Grants,
    cover,
    deepest,
)
from custaccount.kernel.errors import refuse_unless
from custaccount.kernel.ids import CustomerId, RoleId
from custaccount.membership import (
    ACCOUNTANT,
    ADMINISTRATOR,
    BUYER,
    SHIPPED,
    VIEWER,
    Role,
    RoleBook,
)
from custaccount.membership.roles import DEPTHS, ROLES_MOST, checked_roles, granted_by, rules_of
from custaccount.membership.words import DEPTHS as DEPTH_WORDS
from custaccount.membership.words import PERMISSIONS as PERMISSION_WORDS
from tests.house import NORD

CLERK = Role(id=RoleId("clerk"), name="Clerk", grants={Permission.SEE_ORDERS: Depth.OWN})
HEAD = Role(
    id=RoleId("head"),
    name="Head of purchasing",
    grants={Permission.SEE_ORDERS: Depth.SUBTREE, Permission.PLACE_ORDERS: Depth.CUSTOMER},
)
EMPTY = RoleBook(realm=NORD, customer=CustomerId("c"))
BOOK = EMPTY.with_role(HEAD).with_role(CLERK)
ALL = {role.id: role for role in BOOK}

grants = st.dictionaries(
    st.sampled_from(sorted(MEMBER_PERMISSIONS, key=str)), st.sampled_from(Depth)
)


# Depths -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("held", "needed"), list(itertools.product(Depth, repeat=2)))
def test_a_depth_reaches_what_those_before_it_do(held: Depth, needed: Depth) -> None:
    """None, own, the customer's, with subsidiaries: by order, never by text."""
    order = [Depth.NONE, Depth.OWN, Depth.CUSTOMER, Depth.SUBTREE]

    assert held.reaches(needed) is (order.index(held) >= order.index(needed))


@given(st.lists(grants, max_size=4))
def test_of_several_roles_the_deepest_counts(several: list[Grants]) -> None:
    """Together they cover each of them, and reach no farther than one of them."""
    found = deepest(several)

    assert all(cover(found, one) for one in several)
    for permission, depth in found.items():
        assert depth in {one.get(permission) for one in several}


@given(grants, grants, grants)
def test_covering_is_an_order(one: Grants, two: Grants, three: Grants) -> None:
    """Of itself, and through another; what is held to no depth is not held."""
    assert cover(one, one)
    assert cover(one, {}) and cover(one, dict.fromkeys(two, Depth.NONE))  # noqa: PT018 - one law
    if cover(one, two) and cover(two, three):
        assert cover(one, three)


# Shipped ----------------------------------------------------------------------------------------


def test_the_shipped_roles_hold_what_they_are_named_for() -> None:
    """Administrators everything a member can hold; nobody what staff alone may, or only own."""
    held = {role.id: set(role.grants) for role in SHIPPED}

    assert held == {
        ADMINISTRATOR: set(MEMBER_PERMISSIONS),
        BUYER: {
            Permission.SEE_PRICES,
            Permission.SEE_ORDERS,
            Permission.PLACE_ORDERS,
            Permission.SEE_CUSTOMER,
            Permission.CHANGE_ADDRESSES,
        },
        ACCOUNTANT: {Permission.SEE_ORDERS, Permission.SEE_CUSTOMER},
        VIEWER: {Permission.SEE_ORDERS, Permission.SEE_PRICES, Permission.SEE_CUSTOMER},
    }
    assert {depth for role in SHIPPED for depth in role.grants.values()} == {Depth.CUSTOMER}
    assert all(role.shipped for role in SHIPPED)
    assert not CLERK.shipped


def test_every_permission_and_depth_has_a_name_people_read() -> None:
    """All that a role can hold, and nothing else."""
    assert set(PERMISSION_WORDS) == set(DEPTHS) == MEMBER_PERMISSIONS
    assert set(DEPTH_WORDS) == set(Depth)
    assert not MEMBER_PERMISSIONS & STAFF_PERMISSIONS


MAY_GRANT = {
    ADMINISTRATOR: {ADMINISTRATOR, BUYER, ACCOUNTANT, VIEWER, CLERK.id},
    BUYER: {BUYER, ACCOUNTANT, VIEWER, CLERK.id},
    ACCOUNTANT: {ACCOUNTANT, CLERK.id},
    VIEWER: {VIEWER, ACCOUNTANT, CLERK.id},
    CLERK.id: {CLERK.id},
    HEAD.id: {HEAD.id, CLERK.id},
}


@pytest.mark.parametrize(("who", "role"), list(itertools.product(ALL, repeat=2)))
def test_nobody_grants_what_they_lack(who: RoleId, role: RoleId) -> None:
    """Role by role: not even an administrator grants what reaches farther."""
    assert cover(BOOK.grants({who}), BOOK.grants({role})) is (role in MAY_GRANT[who])


# The book ---------------------------------------------------------------------------------------


def test_a_book_lists_the_shipped_roles_then_its_own_by_name() -> None:
    """And finds any of them."""
    assert [role.id for role in BOOK] == [role.id for role in (*SHIPPED, CLERK, HEAD)]
    assert BOOK.find(CLERK.id) == CLERK
    assert BOOK.find(BUYER) is not None
    assert EMPTY.find(CLERK.id) is None


def test_every_change_of_a_role_is_a_new_epoch() -> None:
    """Made, changed or taken out; whoever has the role acts anew."""
    renamed = attrs.evolve(CLERK, name="Aide")

    assert (EMPTY.epoch, BOOK.epoch) == (0, 2)
    changed = BOOK.with_role(renamed)
    assert (changed.epoch, changed.roles) == (3, (renamed, HEAD))
    left = changed.without(CLERK.id)
    assert (left.epoch, left.roles) == (4, (HEAD,))


def test_a_role_that_is_gone_grants_nothing() -> None:
    """Whoever still has it keeps what the other roles grant."""
    assert EMPTY.grants({CLERK.id}) == {}
    assert EMPTY.grants({CLERK.id, VIEWER}) == granted_by({VIEWER}, ())
    assert BOOK.grants({CLERK.id, HEAD.id}) == HEAD.grants


# What a company makes ---------------------------------------------------------------------------

EVERYTHING = granted_by({ADMINISTRATOR}, ())


def faults(role: Role, book: RoleBook = BOOK, held: Grants = EVERYTHING) -> list[str]:
    """Name the fields of a role that do not hold."""
    return [field for field, holds, _ in rules_of(role, book, held=held) if not holds]


NEW = Role(id=RoleId("new"), name="New", grants={Permission.SEE_ORDERS: Depth.OWN})


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({}, []),
        ({"name": "x" * 100}, []),
        ({"name": ""}, ["name"]),
        ({"name": "x" * 101}, ["name"]),
        ({"name": "a\u202eb"}, ["name"]),
        ({"name": "clerk"}, ["name"]),
        ({"name": "BUYER"}, ["name"]),
        ({"grants": {}}, ["grants"]),
        ({"grants": {Permission.MANAGE_ORDERS: Depth.CUSTOMER}}, ["grants"]),
        ({"grants": {Permission.SEE_PRICES: Depth.OWN}}, ["grants"]),
        ({"grants": {Permission.SEE_ORDERS: Depth.NONE}}, ["grants"]),
        ({"grants": {Permission.SEE_ORDERS: Depth.SUBTREE}}, ["grants"]),
    ],
)
def test_a_role_has_a_name_of_its_own_and_holds_what_can_be_held(
    change: dict[str, object], fields: list[str]
) -> None:
    """Only orders can be one's own; nothing of staff, nothing farther than who makes it."""
    assert faults(attrs.evolve(NEW, **change)) == fields


def test_a_role_keeps_its_own_name() -> None:
    """Changed in another way, it is not in its own way."""
    assert faults(attrs.evolve(CLERK, grants=HEAD.grants), held=HEAD.grants) == []
    assert faults(attrs.evolve(CLERK, name="head of PURCHASING")) == ["name"]


def test_a_company_makes_no_more_than_its_number_of_roles() -> None:
    """At the bound a new one is refused, and one there is can still change."""
    book = EMPTY
    for place in range(ROLES_MOST):
        book = book.with_role(Role(id=RoleId(f"r{place}"), name=f"R{place}", grants=NEW.grants))

    assert faults(NEW, book) == ["name"]
    assert faults(attrs.evolve(book.roles[0], name="Other"), book) == []
    assert faults(NEW, book.without(RoleId("r0"))) == []


@given(st.sampled_from(sorted(ALL)), grants)
def test_whatever_is_made_grants_no_more_than_who_made_it(who: RoleId, wanted: Grants) -> None:
    """Over all grants there are."""
    held = BOOK.grants({who})

    if not faults(attrs.evolve(NEW, grants=wanted), held=held):
        assert cover(held, wanted)
        assert all(depth in DEPTHS[permission] for permission, depth in wanted.items())


@pytest.mark.parametrize("wanted", [(), ("nothing",), (BUYER, "nothing"), "buyer"])
def test_somebody_gets_roles_there_are_and_at_least_one(wanted: object) -> None:
    """Neither none, nor one that is not known, nor a text for a list."""
    with pytest.raises(InvalidFields) as refused:
        checked_roles(wanted, BOOK)  # type: ignore[arg-type]

    assert {problem.field for problem in refused.value.problems} == {"roles"}


def test_roles_are_a_set() -> None:
    """Named twice is named once; the company's own count like those that are shipped."""
    assert checked_roles([BUYER, BUYER, CLERK.id], BOOK) == {BUYER, CLERK.id}
    with pytest.raises(InvalidFields):
        checked_roles([CLERK.id], EMPTY)
    refuse_unless(rules_of(NEW, EMPTY, held=EVERYTHING), code="x")
