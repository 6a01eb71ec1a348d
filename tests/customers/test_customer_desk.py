"""One customer, as staff look after it: where it stands, its groups, what it is offered."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs
import pytest

from custaccount import InvalidFields, Permission
from custaccount.customers import Customer
from custaccount.customers.model import CustomerNotFound
from custaccount.kernel.access import STAFF_PERMISSIONS, FeatureOff, PermissionMissing
from custaccount.kernel.errors import Stale
from custaccount.kernel.events import Change
from custaccount.kernel.features import PRICES, REORDER
from custaccount.kernel.ids import CustomerGroupId, CustomerId, FeatureKey
from custaccount.membership import MembershipOver
from custaccount.portals import CustomerStatus
from tests.house import ALICE, BOB, Shop, everything_in


def change(shop: Shop, customer: str = "E-ACME", **fields: object) -> Customer:
    """Let staff change a customer as it is."""
    kept = shop.customer(customer)
    desk = shop.house.accounts.customer_desk
    return desk.change(shop.staff, kept.id, version=kept.version, **fields)  # type: ignore[arg-type]


def changes(shop: Shop, customer: CustomerId) -> tuple[Change, ...]:
    """Read what the trail tells of the newest change of a customer."""
    entries = shop.house.accounts.audit.latest(shop.staff, about=customer).items
    return next(one.changes for one in entries if one.event == "customers.changed")


def test_members_feel_a_change_at_their_next_call(nord: Shop) -> None:
    """Closed while a session is open: over at once, the other customer unaffected."""
    for email in (ALICE, BOB):
        nord.activate(email)
    session, alice, acting = nord.session(ALICE), nord.member(ALICE), nord.house.accounts.acting

    kept = change(nord, status=CustomerStatus.CLOSED)

    assert kept.status is CustomerStatus.CLOSED
    with pytest.raises(MembershipOver):
        acting.member(session, alice.customer)
    with pytest.raises(MembershipOver):
        nord.house.accounts.users.leave(alice)
    assert nord.member(BOB)
    change(nord, status=CustomerStatus.ON_HOLD)
    assert Permission.PLACE_ORDERS not in acting.member(session).permissions
    change(nord, status=CustomerStatus.ACTIVE)
    assert acting.member(session) == alice


def test_a_function_is_switched_for_one_customer_alone(nord: Shop) -> None:
    """Whatever its groups and the portal say."""
    for email in (ALICE, BOB):
        nord.activate(email)

    change(nord, features={PRICES: False})

    with pytest.raises(FeatureOff):
        nord.house.accounts.prices.quotes(nord.member(ALICE), [])
    nord.house.accounts.prices.quotes(nord.member(BOB), [])
    assert PRICES in nord.member(BOB).features


def test_groups_are_kept_in_the_order_they_are_given(nord: Shop) -> None:
    """The first one counts first, for functions as for prices; none is allowed."""
    crafts, dealers = nord.group("crafts"), nord.group("dealers")
    desk = nord.house.accounts.group_desk
    desk.change(nord.staff, crafts, version=1, features={REORDER: False})
    desk.change(nord.staff, dealers, version=1, features={REORDER: True})
    nord.activate(ALICE)

    change(nord, groups=[crafts, dealers])
    assert nord.customer("E-ACME").groups == (crafts, dealers)
    assert REORDER not in nord.member(ALICE).features

    change(nord, groups=[dealers, crafts])
    assert REORDER in nord.member(ALICE).features
    assert change(nord, groups=[]).groups == ()


def test_a_change_is_told_field_by_field(nord: Shop) -> None:
    """Status, groups and each switch; what is left out stays, and no change is none."""
    kept = change(nord, status=CustomerStatus.ON_HOLD, features={REORDER: True, PRICES: False})

    assert set(changes(nord, kept.id)) == {
        Change(field="status", before="active", after="on hold"),
        Change(field="features.prices", after="off"),
        Change(field="features.reorder", after="on"),
    }
    assert nord.house.accounts.customer_desk.look(nord.staff, kept.id) == kept
    before = everything_in(nord.house.storage)
    assert change(nord) == kept
    assert change(nord, status=CustomerStatus.ON_HOLD) == kept
    assert everything_in(nord.house.storage) == before


def test_an_import_leaves_what_staff_switched(nord: Shop) -> None:
    """The register's rows say nothing about functions."""
    change(nord, features={PRICES: False})

    assert nord.change("E-ACME", name="Acme Holding").features == {PRICES: False}


def test_a_change_names_the_version_that_was_read(nord: Shop) -> None:
    """An import in between is told of."""
    seen = nord.customer("E-ACME")
    nord.change("E-ACME", name="Acme Holding")

    with pytest.raises(Stale):
        nord.house.accounts.customer_desk.change(
            nord.staff, seen.id, version=seen.version, status=CustomerStatus.CLOSED
        )
    assert nord.customer("E-ACME").status is CustomerStatus.ACTIVE


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"groups": [CustomerGroupId("nothing")]}, ["groups"]),
        ({"features": {FeatureKey("nothing"): True}}, ["features"]),
        ({"features": {REORDER: 1}}, ["features"]),
    ],
)
def test_only_what_there_is_can_be_named(
    nord: Shop, fields: Mapping[str, object], refused: list[str]
) -> None:
    """Nothing is kept."""
    before = everything_in(nord.house.storage)

    with pytest.raises(InvalidFields) as error:
        change(nord, **fields)

    assert [problem.field for problem in error.value.problems] == refused
    assert everything_in(nord.house.storage) == before


def test_a_group_is_named_once_and_is_the_sellers(nord: Shop, sued: Shop) -> None:
    """Another realm's is not known."""
    dealers = nord.group("dealers")

    for groups in ([dealers, dealers], [sued.group("friends")]):
        with pytest.raises(InvalidFields):
            change(nord, groups=groups)


def calls(shop: Shop, customer: CustomerId) -> tuple[Callable[[], object], ...]:
    """List every verb of the desk."""
    desk, staff = shop.house.accounts.customer_desk, shop.staff
    return (
        lambda: desk.look(staff, customer),
        lambda: desk.change(staff, customer, version=1, status=CustomerStatus.CLOSED),
    )


def test_another_sellers_customer_is_not_found(nord: Shop, sued: Shop) -> None:
    """Nor one of nobody's."""
    for one in (sued.customer("E-GAMMA").id, CustomerId("nobody")):
        for call in calls(nord, one):
            with pytest.raises(CustomerNotFound):
                call()


def test_only_who_manages_the_register_changes_a_customer(nord: Shop) -> None:
    """Every other permission of staff together is not enough."""
    acme = nord.customer("E-ACME").id
    others = STAFF_PERMISSIONS - {Permission.MANAGE_REGISTER}
    nord.staff = attrs.evolve(nord.staff, permissions=others)

    for call in calls(nord, acme):
        with pytest.raises(PermissionMissing):
            call()
