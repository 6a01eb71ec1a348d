"""Who acts for Möwenkontor's customers when the doors open, one of them for two."""

from __future__ import annotations

from collections.abc import Callable, Collection
from urllib.parse import parse_qs, urlsplit

import attrs

from custaccount.accounts import CustomerAccounts
from custaccount.customers import Customer
from custaccount.kernel.access import Depth, Guest, Member, Permission, Staff
from custaccount.kernel.ids import BearerToken, CustomerId, RoleId
from custaccount.membership import ADMINISTRATOR, BUYER, Role

SHARED = "katja@voss-einkauf.example"
"""Who buys for two companies: for one in a role it has made, of the other the administrator."""
SUSPENDED = "piet@brandhorst.example"
"""Who may not act for Brandhorst for now."""
INVITED = "jonas@brandhorst.example"
"""Who was invited by Brandhorst's, and has not answered yet."""
JOINING = "mette@brandhorst.example"
"""A contact of Brandhorst's, who has registered and asks to join."""
ANSWERS = {
    "company": "Tischlerei Brandhorst",
    "name": "Mette Carstens",
    "street": "Werftbahnstraße 8",
    "postal_code": "24143",
    "town": "Kiel",
    "country": "DE",
}
OWN_ROLE = "Bauleitung"
"""Orders for its sites, and sees what it has ordered itself."""


@attrs.frozen(kw_only=True)
class Entering:
    """Lets people into the portal as they come in themselves: by the link that was mailed."""

    accounts: CustomerAccounts
    """Deliver by relay."""
    guest: Guest
    newest_link: Callable[[str], str]
    password: str = attrs.field(repr=False)
    """What each of them chooses."""

    def acting(self, login: str, customer: CustomerId | None = None) -> Member:
        """Sign in, begin to act for a customer if there are several, and sign out."""
        accounts, guest = self.accounts, self.guest
        session = accounts.sign_in.sign_in(guest, login, self.password)
        resumed = accounts.sessions.resume(guest, session)
        acting = accounts.acting
        member = acting.choose(resumed, customer) if customer else acting.member(resumed)
        accounts.sessions.end(guest, session)
        return member

    def mailed(self, login: str) -> BearerToken:
        """Deliver, and read the newest link mailed to somebody."""
        self.accounts.relay()
        return BearerToken(parse_qs(urlsplit(self.newest_link(login)).query)["token"][0])

    def hire(self, boss: Member, *, email: str, name: str, roles: Collection[RoleId]) -> None:
        """Invite a colleague, who accepts as a new user."""
        self.accounts.users.invite(boss, email=email, name=name, roles=roles)
        self.accounts.invited.activate(self.guest, self.mailed(email), self.password)

    def accept(self, login: str) -> None:
        """Accept an invitation with the login one has."""
        session = self.accounts.sign_in.sign_in(self.guest, login, self.password)
        person = self.accounts.sessions.person(self.guest, session)
        self.accounts.invited.accept(person, self.mailed(login))
        self.accounts.sessions.end(self.guest, session)

    def register(self, email: str) -> None:
        """Register with an address that one company knows: its administrators are asked."""
        self.accounts.registering.register(self.guest, email=email, answers=ANSWERS)
        self.accounts.registering.activate(self.guest, self.mailed(email), self.password)


def bring_in(entering: Entering, administrator: str, staff: Staff, second: Customer) -> None:
    """Fill a company with people, one of whom acts for a second one, too.

    Args:
        entering: How they come in.
        administrator: The login of the company's.
        staff: Who lets the one into the second company.
        second: That company.
    """
    accounts, boss = entering.accounts, entering.acting(administrator)
    entering.hire(boss, email=SUSPENDED, name="Piet Sievers", roles=[BUYER])
    found = next(one for one in accounts.users.all(boss).users if not one.me)
    accounts.users.suspend(boss, found.membership)

    role = _own_role(accounts, boss)
    boss = entering.acting(administrator)  # whoever acted before there was the role is over
    entering.hire(boss, email=SHARED, name="Katja Voss", roles=[role.id])
    accounts.member_desk.invite(
        staff,
        entering.guest.portal,
        second.id,
        email=SHARED,
        name="Katja Voss",
        roles=[ADMINISTRATOR],
    )
    entering.accept(SHARED)
    entering.acting(SHARED, boss.customer)

    accounts.users.invite(boss, email=INVITED, name="Jonas Brandhorst", roles=[BUYER])
    entering.register(JOINING)
    accounts.relay()


def _own_role(accounts: CustomerAccounts, boss: Member) -> Role:
    return accounts.roles.make(
        boss,
        name=OWN_ROLE,
        grants={
            Permission.SEE_PRICES: Depth.CUSTOMER,
            Permission.PLACE_ORDERS: Depth.CUSTOMER,
            Permission.SEE_ORDERS: Depth.OWN,
            Permission.SEE_CUSTOMER: Depth.CUSTOMER,
        },
    )
