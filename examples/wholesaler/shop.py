"""Möwenkontor's shop behind every host: accounts on a storage, a catalogue, an ERP, an inbox."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime

import attrs

from custaccount.accounts import CustomerAccounts, Delivery
from custaccount.adapters.memory import MemoryCart, MemoryCatalogue, MemoryErp, MemoryMailer
from custaccount.kernel.clock import Clock
from custaccount.kernel.sources import utc_now
from custaccount.storage import Storage
from wholesaler.articles import Range, catalogue
from wholesaler.guests import GuestCarts
from wholesaler.opening import STAFF, Opened, an_invoice, make_account, open_portal, stock
from wholesaler.staff import employ, fill_queue


@attrs.frozen(kw_only=True)
class Shop:
    """What a host knows: its accounts, its catalogue, and here its mails."""

    accounts: CustomerAccounts
    ranges: Mapping[str, Range]
    inbox: MemoryMailer
    """Keeps what would have been mailed; for development only."""
    guests: GuestCarts = attrs.field(factory=GuestCarts)
    clock: Clock = utc_now


def open_shop(storage: Storage, base_url: str) -> tuple[Shop, Opened]:
    """Fill an empty storage with the sample data, and open."""
    erp, offers = MemoryErp(), MemoryCatalogue()
    mailer, cart, key = MemoryMailer(), MemoryCart(), secrets.token_urlsafe(48)

    def accounts(delivery: Delivery) -> CustomerAccounts:
        return CustomerAccounts(
            storage=storage,
            mailer=mailer,
            erp=erp,
            cart=cart,
            catalogue=offers,
            secret_keys=[key],
            base_url=base_url,
            delivery=delivery,
        )

    now = datetime.now(UTC)
    stock(erp, offers, now=now)
    opening = accounts(Delivery.BY_RELAY)
    portal = open_portal(opening)
    opened = make_account(opening, portal, mailer.newest_link, readable(), an_invoice(now=now))
    fill_queue(opening, opened.partners)
    opened = attrs.evolve(opened, staff=employ(opening, STAFF, portal, readable))
    opening.close()

    ranges = {chapter.key: chapter for chapter in catalogue()}
    return Shop(accounts=accounts(Delivery.AFTER_COMMIT), ranges=ranges, inbox=mailer), opened


def readable() -> str:
    """Make a password a person can type."""
    return "-".join(secrets.token_hex(2) for _ in range(4))
