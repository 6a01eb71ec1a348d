"""Identifiers: each its own type, each declared whose it is."""

from __future__ import annotations

from custaccount.kernel import ids
from custaccount.kernel.ids import OWNERS, Owner
from custaccount.kernel.sources import new_id, new_secret


def test_every_identifier_type_says_whose_it_is() -> None:
    """A type without an owner would escape the isolation test."""
    types = {name: kind for name, kind in vars(ids).items() if hasattr(kind, "__supertype__")}

    assert {name for name, kind in types.items() if kind not in OWNERS} == set()
    assert set(OWNERS) == set(types.values())
    assert set(OWNERS.values()) == set(Owner)


def test_new_identifiers_are_distinct_and_sort_by_time() -> None:
    """UUIDv7: neighbours in time are neighbours in an index."""
    made = [new_id() for _ in range(100)]

    assert len(set(made)) == 100
    assert [one[14] for one in made] == ["7"] * 100
    assert made[0][:8] <= made[-1][:8]


def test_new_secrets_have_256_bits_and_fit_a_link() -> None:
    """43 characters of URL-safe text, never twice."""
    made = {new_secret() for _ in range(100)}

    assert len(made) == 100
    assert {len(one) for one in made} == {43}
    assert all(char.isalnum() or char in "-_" for one in made for char in one)
