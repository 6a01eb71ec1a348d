"""The people and companies these tests speak of."""

from __future__ import annotations

import pytest

from custaccount.kernel.access import Staff
from custaccount.storage import Storage
from tests import backends
from tests.house import IDA, Shop, house, nord, sued

__all__ = ["house", "ida", "nord", "storage", "sued"]


@pytest.fixture(params=[*backends.BACKENDS, *backends.DJANGO])
def storage(request: pytest.FixtureRequest) -> Storage:
    """Return an empty storage, on each back end in turn: a host's way is one of them."""
    found: Storage = request.getfixturevalue(f"{request.param.replace('-', '_')}_storage")
    return found


@pytest.fixture
def ida(nord: Shop) -> Staff:
    """Ida, signed in at the first seller's portal; she may do everything."""
    nord.appoint(IDA)
    return nord.acting_staff(IDA)
