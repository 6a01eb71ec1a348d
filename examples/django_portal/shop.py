"""The shop of this process: its accounts are built once, when they are first asked for."""

from __future__ import annotations

from functools import cache

from django.conf import settings

from custaccount.accounts import CustomerAccounts
from custaccount.adapters.django.storage import DjangoStorage
from wholesaler.opening import Opened
from wholesaler.shop import Shop, open_shop


@cache
def opened() -> tuple[Shop, Opened]:
    """Open the shop on the database of the settings."""
    return open_shop(DjangoStorage(), settings.SHOP_URL)


def shop() -> Shop:
    """Return the shop."""
    return opened()[0]


def build() -> CustomerAccounts:
    """Build the accounts; ``CUSTACCOUNT_FACTORY`` names this."""
    return shop().accounts
