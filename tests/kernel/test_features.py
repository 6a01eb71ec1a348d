"""Functions that can be switched: ours, a host's, and what guests can have of them."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custaccount.kernel.errors import InvalidFields, refuse_unless
from custaccount.kernel.features import (
    GUEST_ORDERS,
    SHIPPED,
    USERS,
    Feature,
    Features,
    Switched,
    problems_of,
)
from custaccount.kernel.ids import FeatureKey

WISHES = Feature(key=FeatureKey("wishes"), name="Wishes", on=False, guests=True)
EVERY = Features((*SHIPPED, WISHES))
KEYS = [one.key for one in EVERY]


def test_what_is_shipped_is_on_and_guests_can_have_one() -> None:
    """A shop that switches nothing offers everything."""
    assert all(one.on for one in SHIPPED)
    assert [one.key for one in SHIPPED if one.guests] == [GUEST_ORDERS]
    assert len({one.key for one in SHIPPED}) == len(SHIPPED)


def test_a_function_is_found_by_its_key() -> None:
    """One that is not known is None."""
    assert EVERY.find("wishes") == WISHES
    assert EVERY.find("nothing") is None
    assert list(EVERY) == [*SHIPPED, WISHES]


@given(st.dictionaries(st.sampled_from(KEYS), st.booleans()))
def test_guests_get_of_their_stated_set_what_is_on(portal: dict[FeatureKey, bool]) -> None:
    """A switch of the portal counts first; nothing outside the set is theirs, on or off."""
    found = EVERY.of_guests(portal)

    assert found <= {GUEST_ORDERS, WISHES.key}
    assert (GUEST_ORDERS in found) is portal.get(GUEST_ORDERS, True)
    assert (WISHES.key in found) is portal.get(WISHES.key, False)


@pytest.mark.parametrize(
    ("switched", "problems"),
    [
        ({}, 0),
        ({USERS: False, WISHES.key: True}, 0),
        ({"nothing": True}, 1),
        ({USERS: "off"}, 1),
        ({USERS: None}, 1),
        ({"nothing": 1}, 2),
    ],
)
def test_only_known_functions_are_switched_and_only_on_or_off(
    switched: Switched, problems: int
) -> None:
    """All problems come at once, under the name of the field."""
    rules = list(EVERY.rules(switched, "policies.features", before={}))

    broken = [field for field, holds, _ in rules if not holds]
    assert broken == ["policies.features"] * problems


def test_a_function_that_is_gone_may_stay_switched() -> None:
    """What the host has taken out hinders no other change; it can't be switched anew."""
    gone = {FeatureKey("gone"): True}

    assert all(holds for _, holds, _ in EVERY.rules({**gone, USERS: False}, before=gone))
    assert not all(holds for _, holds, _ in EVERY.rules(gone, before={USERS: True}))


@pytest.mark.parametrize("key", ["", "Wishes", "wish list", "1st", "wünsche", "w" * 41, "_wishes"])
def test_a_hosts_function_has_a_plain_key(key: str) -> None:
    """Lower-case letters, digits and underscores, 40 at most."""
    with pytest.raises(InvalidFields):
        refuse_unless(problems_of([attrs.evolve(WISHES, key=FeatureKey(key))]), code="x")


def test_no_function_comes_twice() -> None:
    """A host can't declare one of ours, or one of its own again."""
    refuse_unless(problems_of([*SHIPPED, WISHES]), code="x")
    for twice in ([*SHIPPED, SHIPPED[0]], [*SHIPPED, WISHES, WISHES]):
        with pytest.raises(InvalidFields) as refused:
            refuse_unless(problems_of(twice), code="x")
        assert [problem.field for problem in refused.value.problems] == ["features"]
