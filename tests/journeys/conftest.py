"""The people and companies these tests speak of, and every back end there is."""

from __future__ import annotations

import pytest

from custaccount.storage import Storage
from tests import backends
from tests.house import Shop, house, nord, sued
from tests.registration.people import welcoming

__all__ = ["house", "nord", "shop", "storage", "sued"]


@pytest.fixture(params=backends.EVERY)
def storage(request: pytest.FixtureRequest) -> Storage:
    """Return an empty storage, on each back end in turn: a host's way is one of them."""
    found: Storage = request.getfixturevalue(f"{request.param.replace('-', '_')}_storage")
    return found


@pytest.fixture
def shop(storage: Storage) -> Shop:
    """The first seller, where anybody may register; every limit holds."""
    return welcoming(storage, limited=True)
