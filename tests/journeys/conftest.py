"""The people and companies these tests speak of, and every back end there is."""

from __future__ import annotations

import pytest

from custaccount.storage import Storage
from tests import backends
from tests.house import house, nord, sued

__all__ = ["house", "nord", "storage", "sued"]


@pytest.fixture(params=backends.EVERY)
def storage(request: pytest.FixtureRequest) -> Storage:
    """Return an empty storage, on each back end in turn: a host's way is one of them."""
    found: Storage = request.getfixturevalue(f"{request.param.replace('-', '_')}_storage")
    return found
