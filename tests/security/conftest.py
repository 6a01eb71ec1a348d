"""The people and companies these tests speak of."""

from __future__ import annotations

import pytest

from custaccount.storage import Storage
from tests.house import Shop, build, house, nord, open_nord, sued

__all__ = ["house", "memory_nord", "nord", "sued"]


@pytest.fixture
def memory_nord(memory_storage: Storage) -> Shop:
    """The first seller, in memory: for what no store decides."""
    return open_nord(build(memory_storage))
