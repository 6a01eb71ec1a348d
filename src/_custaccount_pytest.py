"""Fixtures for a host's own tests: a whole house in memory. pytest finds them by itself.

Stands beside the package, for importing a module imports its package first; here nothing is loaded
but pytest until a test asks. (What a test run loads before it measures would count as not covered.)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # loading the plugin must not load what its fixtures give
    from custaccount.accounts import CustomerAccounts
    from custaccount.adapters.memory import FixedClock, MemoryCart, MemoryErp, MemoryMailer

pytest.register_assert_rewrite("custaccount.conformance")  # a broken promise shows its values

KEY = "tEs7-only-mV4kQ9zRw2LxP8bHc1Gf6Nd3Jy"
BASE_URL = "https://shop.test"


@pytest.fixture
def clock() -> FixedClock:
    """Return the time of ``accounts``: a Monday morning, until the test moves it."""
    from custaccount.adapters.memory import FixedClock

    return FixedClock()


@pytest.fixture
def mailbox() -> MemoryMailer:
    """Return where the mails of ``accounts`` arrive, once ``accounts.relay()`` has sent them."""
    from custaccount.adapters.memory import MemoryMailer

    return MemoryMailer()


@pytest.fixture
def erp() -> MemoryErp:
    """Return the ERP whose orders ``accounts`` shows: empty, until the test adds some."""
    from custaccount.adapters.memory import MemoryErp

    return MemoryErp()


@pytest.fixture
def cart() -> MemoryCart:
    """Return the cart ``accounts`` puts orders into."""
    from custaccount.adapters.memory import MemoryCart

    return MemoryCart()


@pytest.fixture
def accounts(
    clock: FixedClock, mailbox: MemoryMailer, erp: MemoryErp, cart: MemoryCart
) -> Iterator[CustomerAccounts]:
    """Return customer accounts that keep everything in memory and hash cheaply."""
    from custaccount.accounts import CustomerAccounts, Delivery
    from custaccount.adapters.memory import MemoryStorage
    from custaccount.credentials.passwords import Hashing

    made = CustomerAccounts(
        storage=MemoryStorage(),
        mailer=mailbox,
        secret_keys=[KEY],
        base_url=BASE_URL,
        cart=cart,
        erp=erp,
        delivery=Delivery.BY_RELAY,
        hashing=Hashing.cheap(),
        testing=True,
        clock=clock,
    )
    with closing(made):
        yield made
