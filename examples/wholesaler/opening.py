"""Möwenkontor opens: realm, portal, register, prices, orders and one ready-made account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import attrs

from custaccount.accounts import CustomerAccounts
from custaccount.adapters.memory import MemoryCatalogue, MemoryErp
from custaccount.customers import Customer
from custaccount.kernel.access import STAFF_PERMISSIONS, Guest, Staff
from custaccount.kernel.i18n import Language
from custaccount.kernel.ids import (
    ErpCustomerId,
    InvoiceNumber,
    PriceListId,
    RealmId,
    StaffId,
)
from custaccount.portals import Policies, Portal
from custaccount.registration import GivenPassword
from wholesaler.articles import EUR, catalogue, contract_prices, list_prices, trade_prices
from wholesaler.companies import (
    ADDRESSES,
    BRANDHORST,
    COMPANIES,
    LINDQVIST,
    LORENZEN,
    MATTHIESEN,
    PETERSEN,
    RIVIERE,
    Company,
)
from wholesaler.orders import orders_of
from wholesaler.people import INVITED, JOINING, SHARED, SUSPENDED, Entering, bring_in
from wholesaler.policies import DOOR, PARTNERS, RANGE
from wholesaler.staff import Employed

NAME = "Möwenkontor"
PATH = "/customer-center"
NUMBER = "00815"
PARTNERS_PATH = "/partners"
"""A second portal of the realm: staff let people in, who sign in with customer numbers."""
PARTNERS_NUMBER = "00816"
CLOSED_PATH = "/outlet"
"""A third one that was never switched on."""

REALM = RealmId("moewenkontor")
STAFF = Staff(realm=REALM, id=StaffId("ove"), name="Ove Hansen", permissions=STAFF_PERMISSIONS)

READY = "anna.brandhorst@brandhorst.example"
FIRST = {
    "claire@ateliers-riviere.example": f"{RIVIERE.row['name']}, mails in French",
    "lars@lindqvist-bygg.example": f"{LINDQVIST.row['name']}, mails in Swedish",
    "noor@inkoopbureau.example": "both of them: chooses a company after sign-in",
}
"""Who is known to the register and has no login yet."""
PROVEN = "mia@elektro-matthiesen.example"
"""Who is known to the register, too: registers, and shows with an invoice whose she is."""


@attrs.frozen(kw_only=True)
class Opened:
    """What is there when the doors open."""

    portal: Portal
    login: str
    password: str = attrs.field(repr=False)
    partners: Portal
    given: GivenPassword
    """What staff handed over to a customer of the partners' portal; to be changed first."""
    invoice: InvoiceNumber
    """One of the company's that ``PROVEN`` belongs to."""
    staff: tuple[Employed, ...] = ()
    """Who works here: first who may do everything, then who looks after accounts."""


def stock(erp: MemoryErp, shop: MemoryCatalogue, *, now: datetime) -> None:
    """Fill the neighbours: the ERP with orders, the shop with articles."""
    for chapter in catalogue():
        shop.add(REALM, *chapter.articles)
    for company in COMPANIES:
        erp.add(REALM, ErpCustomerId(company.erp_id), *orders_of(company, now=now))


def open_portal(accounts: CustomerAccounts) -> Portal:
    """Found the realm, import its register and prices, and switch its portal on."""
    accounts.portal_desk.found_realm(STAFF, NAME)
    accounts.number_desk.reserve(STAFF, key=RANGE, width=5, first=20001, last=29999, warn_at=100)
    portal = _create(accounts, key="customer-center", path=PATH, number=NUMBER, policies=DOOR)
    _create(accounts, key="outlet", path=CLOSED_PATH, number=None, policies=None)
    accounts.register_desk.import_rows(STAFF, [company.row for company in COMPANIES])
    _attach_prices(accounts, portal)
    return accounts.portal_desk.open(STAFF, portal.id)


def open_partners(accounts: CustomerAccounts) -> tuple[Portal, GivenPassword]:
    """Open the partners' portal, and hand a password over to a customer without a mail address."""
    desk = accounts.portal_desk
    partners = _create(
        accounts,
        key="partners",
        path=PARTNERS_PATH,
        number=PARTNERS_NUMBER,
        policies=PARTNERS,
        name=f"{NAME} Partner",
    )
    prices = accounts.price_desk.find_list(STAFF, "list")
    if prices is not None:
        accounts.price_desk.attach_to_portal(STAFF, prices.id, partners.id)
    partners = desk.open(STAFF, partners.id)
    petersen = customer_of(accounts, PETERSEN)
    given = accounts.account_desk.give_password(
        STAFF, partners.id, petersen.id, name="Jan Petersen"
    )
    return partners, given


def make_account(
    accounts: CustomerAccounts,
    portal: Portal,
    newest_link: Callable[[str], str],
    password: str,
    invoice: InvoiceNumber,
) -> Opened:
    """Make the ready-made account as everybody does: by the link that was mailed.

    Args:
        accounts: Deliver by relay.
        portal: Where.
        newest_link: Finds the newest link mailed to an address.
        password: What the person chooses, and the colleagues.
        invoice: A number to prove with who one is.
    """
    guest = accounts.portals.guest(portal)
    entering = Entering(accounts=accounts, guest=guest, newest_link=newest_link, password=password)
    accounts.first_sign_in.request(guest, READY)
    accounts.first_sign_in.activate(guest, entering.mailed(READY), password)
    _fill_address_book(accounts, guest, password)
    bring_in(entering, READY, STAFF, customer_of(accounts, LORENZEN))
    partners, given = open_partners(accounts)
    return Opened(
        portal=portal,
        login=READY,
        password=password,
        partners=partners,
        given=given,
        invoice=invoice,
    )


def customer_of(accounts: CustomerAccounts, company: Company) -> Customer:
    """Find a company in the register."""
    erp_id = ErpCustomerId(company.erp_id)
    return accounts.register_desk.by_erp_id(STAFF, [erp_id])[erp_id]


def an_invoice(*, now: datetime) -> InvoiceNumber:
    """Find the number of an invoice to the company that ``PROVEN`` belongs to."""
    return next(
        invoice.number for order in orders_of(MATTHIESEN, now=now) for invoice in order.invoices
    )


def _fill_address_book(accounts: CustomerAccounts, guest: Guest, password: str) -> None:
    session = accounts.sign_in.sign_in(guest, READY, password)
    person = accounts.sessions.person(guest, session)
    known = accounts.profile.look(person)
    accounts.profile.change(
        person, name="Anna Brandhorst", phone="+49 431 5550101", version=known.version
    )
    anna = accounts.acting.member(accounts.sessions.resume(guest, session))
    kept = [accounts.address_book.add(anna, answers) for answers in ADDRESSES]
    accounts.address_book.use(anna, delivery=kept[0].id)
    accounts.sessions.end(guest, session)


def _create(
    accounts: CustomerAccounts,
    *,
    key: str,
    path: str,
    number: str | None,
    policies: Policies | None,
    name: str = NAME,
) -> Portal:
    return accounts.portal_desk.create(
        STAFF,
        key=key,
        name=name,
        policies=policies,
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
    customer = customer_of(accounts, RIVIERE)
    desk.attach_to_customer(STAFF, filled["contract-10602"], customer.id)


__all__ = [
    "BRANDHORST",
    "CLOSED_PATH",
    "FIRST",
    "INVITED",
    "JOINING",
    "NAME",
    "NUMBER",
    "PARTNERS_NUMBER",
    "PARTNERS_PATH",
    "PATH",
    "PROVEN",
    "READY",
    "REALM",
    "SHARED",
    "STAFF",
    "SUSPENDED",
    "Opened",
    "an_invoice",
    "customer_of",
    "make_account",
    "open_partners",
    "open_portal",
    "stock",
]
