"""Customer groups, as staff make, rename and switch them."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest

from custaccount import InvalidFields, Permission
from custaccount.customers.model import CustomerGroupNotFound
from custaccount.kernel.access import STAFF_PERMISSIONS, PermissionMissing
from custaccount.kernel.errors import AlreadyThere, Stale
from custaccount.kernel.events import Change
from custaccount.kernel.features import REORDER, USERS
from custaccount.kernel.ids import CustomerGroupId, FeatureKey
from tests.house import ALICE, Shop, everything_in


def changes(shop: Shop) -> tuple[str, tuple[Change, ...]]:
    """Read what the trail tells of the newest change of a group."""
    entries = shop.house.accounts.audit.latest(shop.staff).items
    newest = next(one for one in entries if one.event == "customers.group_changed")
    return newest.facts["what"], newest.changes


def test_a_group_is_made_and_listed_by_key(nord: Shop) -> None:
    """Trimmed of blanks; nobody is in it, and it has switched nothing."""
    desk = nord.house.accounts.group_desk

    made = desk.make(nord.staff, key=" bulk buyers ", name=" Bulk ")

    assert (made.key, made.name, dict(made.features), made.version) == (
        "bulk buyers",
        "Bulk",
        {},
        1,
    )
    assert [one.key for one in desk.all(nord.staff)] == ["bulk buyers", "crafts", "dealers"]
    assert made in desk.all(nord.staff)
    assert changes(nord) == (
        "made",
        (Change(field="key", after="bulk buyers"), Change(field="name", after="Bulk")),
    )
    with pytest.raises(AlreadyThere):
        desk.make(nord.staff, key="bulk buyers", name="Other")


def test_a_group_switches_functions_for_all_who_are_in_it(nord: Shop) -> None:
    """At their next call; what is not named is left to others."""
    nord.activate(ALICE)
    desk, dealers = nord.house.accounts.group_desk, group(nord, "dealers")

    kept = desk.change(nord.staff, dealers, version=1, features={REORDER: False})

    assert (dict(kept.features), kept.version) == ({REORDER: False}, 2)
    assert REORDER not in nord.member(ALICE).features
    assert USERS in nord.member(ALICE).features
    assert changes(nord) == ("changed", (Change(field="features.reorder", after="off"),))

    desk.change(nord.staff, dealers, version=2, features={})
    assert REORDER in nord.member(ALICE).features
    assert changes(nord)[1] == (Change(field="features.reorder", before="off"),)


def test_what_is_left_out_stays(nord: Shop) -> None:
    """A new name leaves the switches, and no change is none."""
    desk, dealers = nord.house.accounts.group_desk, group(nord, "dealers")
    desk.change(nord.staff, dealers, version=1, features={REORDER: False})

    kept = desk.change(nord.staff, dealers, version=2, name=" Dealers of ours ")

    assert (kept.name, dict(kept.features)) == ("Dealers of ours", {REORDER: False})
    before = everything_in(nord.house.storage)
    assert desk.change(nord.staff, dealers, version=3) == kept
    assert desk.change(nord.staff, dealers, version=3, name="Dealers of ours") == kept
    assert everything_in(nord.house.storage) == before


def test_a_change_names_the_version_that_was_read(nord: Shop) -> None:
    """Of two who change a group the later one is told."""
    desk, dealers = nord.house.accounts.group_desk, group(nord, "dealers")
    desk.change(nord.staff, dealers, version=1, name="First")

    with pytest.raises(Stale):
        desk.change(nord.staff, dealers, version=1, name="Second")


@pytest.mark.parametrize(
    ("key", "name", "fields"),
    [
        ("", "x", ["key"]),
        ("x" * 65, "x", ["key"]),
        ("a\nb", "x", ["key"]),
        ("x", "", ["name"]),
        ("x", "x" * 101, ["name"]),
        ("", "", ["key", "name"]),
    ],
)
def test_key_and_name_have_to_hold(nord: Shop, key: str, name: str, fields: list[str]) -> None:
    """All problems come at once."""
    with pytest.raises(InvalidFields) as refused:
        nord.house.accounts.group_desk.make(nord.staff, key=key, name=name)

    assert [problem.field for problem in refused.value.problems] == fields


@pytest.mark.parametrize("features", [{FeatureKey("nothing"): True}, {REORDER: "off"}])
def test_only_known_functions_are_switched(nord: Shop, features: dict[FeatureKey, bool]) -> None:
    """On or off; nothing is kept."""
    dealers = group(nord, "dealers")
    before = everything_in(nord.house.storage)

    with pytest.raises(InvalidFields) as refused:
        nord.house.accounts.group_desk.change(nord.staff, dealers, version=1, features=features)

    assert [problem.field for problem in refused.value.problems] == ["features"]
    assert everything_in(nord.house.storage) == before


def test_another_sellers_group_is_not_found(nord: Shop, sued: Shop) -> None:
    """Nor one of nobody's; each seller lists its own."""
    desk = nord.house.accounts.group_desk

    for one in (group(sued, "friends"), CustomerGroupId("nothing")):
        with pytest.raises(CustomerGroupNotFound):
            desk.change(nord.staff, one, version=1, name="x")
    assert [one.key for one in desk.all(sued.staff)] == ["friends"]


def test_only_who_manages_the_register_manages_groups(nord: Shop) -> None:
    """Every other permission of staff together is not enough."""
    others = STAFF_PERMISSIONS - {Permission.MANAGE_REGISTER}
    staff = attrs.evolve(nord.staff, permissions=others)
    desk = nord.house.accounts.group_desk
    calls: tuple[Callable[[], object], ...] = (
        lambda: desk.all(staff),
        lambda: desk.make(staff, key="x", name="x"),
        lambda: desk.change(staff, group(nord, "dealers"), version=1, name="x"),
    )

    for call in calls:
        with pytest.raises(PermissionMissing):
            call()


def group(shop: Shop, key: str) -> CustomerGroupId:
    """Look a group up as it is made by the first import."""
    found = next(one for one in shop.house.accounts.group_desk.all(shop.staff) if one.key == key)
    assert found.version == 1
    return found.id
