"""Who calls in the generated tests: three customers, two of them of one seller."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import timedelta

import attrs

from custaccount import Guest, Member, Staff
from custaccount.accounts import CustomerAccounts
from custaccount.credentials import Session
from custaccount.kernel.access import Person
from custaccount.kernel.ids import BearerToken, ErpCustomerId, OrderId
from tests.house import House, Shop, history, open_nord, open_sued, price

FEW = 51
"""So many orders that there is a second page."""


@attrs.frozen
class Party:
    """A customer with a user: Acme and Beta of one seller, Gamma of the other."""

    name: str
    shop: Shop
    erp_id: ErpCustomerId
    email: str
    _count: itertools.count[int] = attrs.field(factory=itertools.count)

    @property
    def accounts(self) -> CustomerAccounts:
        """What everything is asked of."""
        return self.shop.house.accounts

    @property
    def staff(self) -> Staff:
        """One of its seller's people."""
        return self.shop.staff

    @property
    def guest(self) -> Guest:
        """A visitor of its seller's portal."""
        return self.shop.guest

    @property
    def session(self) -> Session:
        """Its user, signed in."""
        return self.shop.session(self.email)

    @property
    def person(self) -> Person:
        """Its user, acting for what concerns the login."""
        return self.shop.person(self.email)

    @property
    def member(self) -> Member:
        """Its user, acting for it."""
        return self.shop.member(self.email)

    def fresh(self) -> str:
        """Make a name nobody else has."""
        return f"{self.name}-{next(self._count)}"

    def order(self, place: int) -> OrderId:
        """Name one of its orders."""
        return OrderId(f"id-{self.name}-{place}")

    def newcomer(self) -> str:
        """Let the register have a new customer with one contact; returns its address.

        What stands before the ``@`` is the customer's ERP id and number.
        """
        name = self.fresh()
        email = f"{name}@new.example"
        row = {"erp_id": name, "number": name, "name": "Anew", "contact": "Ann", "email": email}
        self.accounts.register_desk.import_rows(self.staff, [row])
        return email

    def user(self) -> str:
        """Let a new customer have a user; returns its address."""
        email = self.newcomer()
        self.shop.activate(email)
        return email

    def activation(self) -> BearerToken:
        """Let a new contact of a new customer ask for its first sign-in."""
        email = self.newcomer()
        self.accounts.first_sign_in.request(self.guest, email)
        return self.shop.house.token_for(email)

    def reset(self) -> BearerToken:
        """Let its user ask for a new password."""
        self.shop.house.clock.advance(timedelta(seconds=1))  # after the last sign-in
        self.shop.house.accounts.password_reset.request(self.guest, self.email)
        return self.shop.house.token_for(self.email)


@attrs.frozen
class Call:
    """Who calls, and with what."""

    actor: object
    arguments: Mapping[str, object]


def call(actor: object, **arguments: object) -> Call:
    """Write a call down."""
    return Call(actor, arguments)


def three_parties(house: House) -> tuple[Party, Party, Party]:
    """Let Acme and Beta of one realm and Gamma of another have a user, orders and prices."""
    nord, sued = open_nord(house), open_sued(house)
    parties = (
        Party("acme", nord, ErpCustomerId("E-ACME"), "alice@acme.example"),
        Party("beta", nord, ErpCustomerId("E-BETA"), "bob@beta.example"),
        Party("gamma", sued, ErpCustomerId("E-GAMMA"), "greta@gamma.example"),
    )
    for party in parties:
        party.shop.activate(party.email)
        orders = history(party.name, FEW, clock=house.clock)
        party.shop.keep_orders(party.shop.customer(party.erp_id), orders)
    for shop in (nord, sued):
        listed = shop.price_list("all", [price("X1", "9.90")])
        house.accounts.price_desk.attach_to_portal(shop.staff, listed, shop.portal.id)
    return parties
