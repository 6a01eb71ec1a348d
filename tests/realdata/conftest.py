"""The data folder, the wholesaler in it, and a shop that opens with its data."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from custaccount.adapters.memory import MemoryStorage
from custaccount.storage import Storage
from tests.realdata.adventureworks import Wholesaler
from tests.realdata.shop import BikeShop, open_bike_shop

CHECKOUT = Path(__file__).parents[2]
DATA = "CUSTACCOUNT_DATA"
BESIDE = Path("..", "shared", "data")


@pytest.fixture(scope="session")
def data() -> Path:
    """Name the data folder, which may not be there."""
    return Path(os.environ.get(DATA) or CHECKOUT / BESIDE)


@pytest.fixture(scope="session")
def edge_cases(data: Path) -> Path:
    """Find the odd but real input; without it the tests that read it are skipped."""
    folder = data / "edge_cases"
    if not folder.is_dir():
        pytest.skip(f"no edge cases: set {DATA} to the folder that holds edge_cases")
    return folder


@pytest.fixture(scope="session")
def wholesaler(data: Path) -> Wholesaler:
    """Read AdventureWorks; without its tables the tests that read them are skipped."""
    folder = data / "adventureworks"
    if not folder.is_dir():
        pytest.skip(f"no AdventureWorks tables: set {DATA} to the folder that holds adventureworks")
    return Wholesaler(folder)


@pytest.fixture
def bikes(wholesaler: Wholesaler, storage: Storage) -> BikeShop:
    """Open the wholesaler's portal, with register, prices, catalogue and all orders."""
    return open_bike_shop(wholesaler, storage)


@pytest.fixture
def memory_bikes(wholesaler: Wholesaler, memory_storage: MemoryStorage) -> BikeShop:
    """Open it on the memory store, where the storage does not matter."""
    return open_bike_shop(wholesaler, memory_storage)
