"""A customer portal of the bike wholesaler: everything AdventureWorks knows, in one house."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import attrs

from custaccount import Guest, Language, Member, Staff
from custaccount.accounts import CustomerAccounts
from custaccount.adapters.memory import FixedClock, MemoryCatalogue, MemoryErp
from custaccount.credentials import Session
from custaccount.customers.desk import ImportReport
from custaccount.kernel.ids import CustomerGroupId, CustomerId, PriceListId, RealmId
from custaccount.membership import CustomerNotChosen
from custaccount.storage import Storage
from tests.house import PASSWORD, House, build, staff_of
from tests.realdata.adventureworks import USD, Store, Wholesaler

REALM = RealmId("bikes")
TODAY = datetime(2014, 5, 2, 9, tzinfo=UTC)
"""The day after the last order; the volume discounts still hold."""


@attrs.define
class BikeShop:
    """The portal, and what its import said."""

    house: House
    wholesaler: Wholesaler
    clock: FixedClock
    staff: Staff
    imported: ImportReport
    price_lists: dict[str, PriceListId]
    """By the key of the group they are for."""

    @property
    def accounts(self) -> CustomerAccounts:
        """The services."""
        return self.house.accounts

    @property
    def guest(self) -> Guest:
        """A visitor."""
        return self.accounts.portals.guest(self.accounts.portals.at_path("/bikes"))

    def customer(self, store: Store) -> CustomerId:
        """Look up as whom the register knows a store."""
        found = self.accounts.register_desk.by_erp_id(self.staff, [store.erp_id])
        return found[store.erp_id].id

    def session_of(self, email: str) -> Session:
        """Let a contact in for the first time: type the address, open the link, sign in."""
        accounts, guest = self.accounts, self.guest
        accounts.first_sign_in.request(guest, email)
        token = self.house.token_for(email)
        accounts.first_sign_in.activate(guest, token, PASSWORD)
        carried = accounts.sign_in.sign_in(guest, email, PASSWORD)
        return accounts.sessions.resume(guest, carried)

    def member_for(self, store: Store) -> Member:
        """Let a store's first reachable contact act for the store."""
        session = self.session_of(reachable(store)[0])
        try:
            return self.accounts.acting.member(session)
        except CustomerNotChosen:  # acts for several stores: choose this one
            return self.accounts.acting.member(session, self.customer(store))


def reachable(store: Store) -> tuple[str, ...]:
    """List the addresses an ERP can mail: those without foreign letters before the @."""
    emails = (contact.email for contact in store.contacts)
    return tuple(email for email in emails if email.partition("@")[0].isascii())


def open_bike_shop(
    wholesaler: Wholesaler, storage: Storage, *, own_history: Sequence[Store] | None = None
) -> BikeShop:
    """Open the portal: import the register, fill the price lists, connect the ERP.

    With ``own_history`` there is no ERP: the shop keeps the orders of these stores itself.
    """
    clock, catalogue = FixedClock(TODAY), MemoryCatalogue()
    erp = MemoryErp() if own_history is None else None
    house = build(storage, clock=clock, erp=erp, catalogue=catalogue)
    staff, accounts = staff_of(REALM), house.accounts
    accounts.portal_desk.found_realm(staff, "Adventure Works")
    made = accounts.portal_desk.create(
        staff,
        key="bikes",
        name="Adventure Works",
        languages=(Language.EN, Language.FR),
        currency=USD,
        path="/bikes",
    )
    accounts.portal_desk.open(staff, made.id)
    imported = accounts.register_desk.import_rows(staff, (store.row for store in wholesaler.stores))
    catalogue.add(REALM, *wholesaler.articles(TODAY))
    groups = {group.key: group.id for group in accounts.register_desk.groups(staff)}
    price_lists = {
        key: _price_list(accounts, staff, wholesaler, key, group) for key, group in groups.items()
    }
    shop = BikeShop(
        house=house,
        wholesaler=wholesaler,
        clock=clock,
        staff=staff,
        imported=imported,
        price_lists=price_lists,
    )
    if erp is not None:
        for store in wholesaler.stores:
            erp.add(REALM, store.erp_id, *wholesaler.orders[store.customer])
    for store in own_history or ():
        accounts.order_desk.keep(staff, shop.customer(store), wholesaler.orders[store.customer])
    return shop


def _price_list(
    accounts: CustomerAccounts,
    staff: Staff,
    wholesaler: Wholesaler,
    key: str,
    group: CustomerGroupId,
) -> PriceListId:
    desk = accounts.price_desk
    made = desk.create_list(staff, key=key, name=f"Resellers {key}")
    desk.replace_prices(staff, made.id, wholesaler.prices)
    desk.attach_to_group(staff, made.id, group)
    return made.id
