"""A clock, a storage, and a place letters are written at."""

from __future__ import annotations

import pytest

from custaccount.adapters.memory import FixedClock, MemoryStorage, ids
from custaccount.facilities.letters import Place


@pytest.fixture
def clock() -> FixedClock:
    """Stop the clock on a Monday morning."""
    return FixedClock()


@pytest.fixture
def storage() -> MemoryStorage:
    """Open an empty storage that counts its ids."""
    return MemoryStorage(new_id=ids())


@pytest.fixture
def place() -> Place:
    """Name a German portal and a link into it."""
    return Place(
        portal_name="Nordwind Großhandel",
        time_zone="Europe/Berlin",
        link="https://shop.example/nordwind/password?token=jti.signature",
    )
