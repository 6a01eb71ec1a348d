"""Möwenkontor opens: realm, portal, register, prices, orders and one ready-made account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import attrs

from custaccount.accounts import CustomerAccounts
from custaccount.adapters.memory import MemoryCatalogue, MemoryErp
from custaccount.kernel.access import STAFF_PERMISSIONS, Staff
from custaccount.kernel.i18n import Language
from custaccount.kernel.ids import BearerToken, ErpCustomerId, PriceListId, RealmId, StaffId
from custaccount.portals import Portal
from wholesaler.articles import EUR, catalogue, contract_prices, list_prices, trade_prices
from wholesaler.companies import BRANDHORST, COMPANIES, LINDQVIST, RIVIERE
from wholesaler.orders import orders_of

NAME = "Möwenkontor"
PATH = "/customer-center"
NUMBER = "00815"
CLOSED_PATH = "/outlet"
"""A second portal of the realm that was never switched on."""

REALM = RealmId("moewenkontor")
STAFF = Staff(realm=REALM, id=StaffId("ove"), name="Ove Hansen", permissions=STAFF_PERMISSIONS)

READY = "anna.brandhorst@brandhorst.example"
FIRST = {
    "claire@ateliers-riviere.example": f"{RIVIERE.row['name']}, mails in French",
    "lars@lindqvist-bygg.example": f"{LINDQVIST.row['name']}, mails in Swedish",
    "noor@inkoopbureau.example": "both of them: chooses a company after sign-in",
}
"""Who is known to the register and has no login yet."""


@attrs.frozen(kw_only=True)
class Opened:
    """What is there when the doors open."""

    portal: Portal
    login: str
    password: str = attrs.field(repr=False)


def stock(erp: MemoryErp, shop: MemoryCatalogue, *, now: datetime) -> None:
    """Fill the neighbours: the ERP with orders, the shop with articles."""
    for chapter in catalogue():
        shop.add(REALM, *chapter.articles)
    for company in COMPANIES:
        erp.add(REALM, ErpCustomerId(company.erp_id), *orders_of(company, now=now))


def open_portal(accounts: CustomerAccounts) -> Portal:
    """Found the realm, import its register and prices, and switch its portal on."""
    accounts.portal_desk.found_realm(STAFF, NAME)
    portal = _create(accounts, key="customer-center", path=PATH, number=NUMBER)
    _create(accounts, key="outlet", path=CLOSED_PATH, number=None)
    accounts.register_desk.import_rows(STAFF, [company.row for company in COMPANIES])
    _attach_prices(accounts, portal)
    return accounts.portal_desk.open(STAFF, portal.id)


def make_account(
    accounts: CustomerAccounts, portal: Portal, newest_link: Callable[[str], str], password: str
) -> Opened:
    """Make the ready-made account as everybody does: by the link that was mailed.

    Args:
        accounts: Deliver by relay.
        portal: Where.
        newest_link: Finds the newest link mailed to an address.
        password: What the person chooses.
    """
    guest = accounts.portals.guest(portal)
    accounts.first_sign_in.request(guest, READY)
    accounts.relay()
    token = parse_qs(urlsplit(newest_link(READY)).query)["token"][0]
    accounts.first_sign_in.activate(guest, BearerToken(token), password)
    return Opened(portal=portal, login=READY, password=password)


def _create(accounts: CustomerAccounts, *, key: str, path: str, number: str | None) -> Portal:
    return accounts.portal_desk.create(
        STAFF,
        key=key,
        name=NAME,
        languages=(Language.EN, Language.DE, Language.FR, Language.NL, Language.SV),
        currency=EUR,
        time_zone="Europe/Berlin",
        path=path,
        number=number,
    )


def _attach_prices(accounts: CustomerAccounts, portal: Portal) -> None:
    desk = accounts.price_desk
    filled: dict[str, PriceListId] = {}
    for key, name, rows in (
        ("list", "List prices", list_prices()),
        ("trade", "Trade", trade_prices()),
        ("contract-10602", "Contract Rivière", contract_prices()),
    ):
        filled[key] = desk.create_list(STAFF, key=key, name=name).id
        desk.replace_prices(STAFF, filled[key], rows)
    desk.attach_to_portal(STAFF, filled["list"], portal.id)
    for group in accounts.register_desk.groups(STAFF):
        if group.key == "trade":
            desk.attach_to_group(STAFF, filled["trade"], group.id)
    erp_id = ErpCustomerId(RIVIERE.erp_id)
    customers = accounts.register_desk.by_erp_id(STAFF, [erp_id])
    desk.attach_to_customer(STAFF, filled["contract-10602"], customers[erp_id].id)


__all__ = [
    "BRANDHORST",
    "CLOSED_PATH",
    "FIRST",
    "NAME",
    "NUMBER",
    "PATH",
    "READY",
    "REALM",
    "STAFF",
    "Opened",
    "make_account",
    "open_portal",
    "stock",
]
