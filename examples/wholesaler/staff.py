"""Who works at Möwenkontor, and what lies on their desk when the doors open."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs

from custaccount.accounts import CustomerAccounts
from custaccount.kernel.access import STAFF_PERMISSIONS, Permission, Staff
from custaccount.portals import Portal
from custaccount.staff.desk import Handed

OVE, GRETE = "ove@moewenkontor.example", "grete@moewenkontor.example"
ACCOUNTS_ONLY = frozenset({Permission.MANAGE_ACCOUNTS})

ASKING = "kontor@bootswerft-thomsen.example"
"""Who asks for access to the partners' portal."""
ANSWERS: Mapping[str, str] = {
    "company": "Bootswerft Thomsen KG",
    "name": "Wiebke Thomsen",
    "phone": "+49 4642 555017",
    "street": "Am Hafen 12",
    "postal_code": "24376",
    "town": "Kappeln",
    "country": "DE",
    "trade": "joinery",
}


@attrs.frozen(kw_only=True)
class Employed:
    """A staff member who can sign in."""

    email: str
    password: str = attrs.field(repr=False)
    told: str
    """What a person who looks around is told."""


def employ(
    accounts: CustomerAccounts, boss: Staff, portal: Portal, new_password: Callable[[], str]
) -> tuple[Employed, Employed]:
    """Appoint one who may do everything, and one who looks after accounts and comes first today."""
    desk = accounts.staff_desk
    ove = desk.appoint(boss, email=OVE, name="Ove Hansen", permissions=STAFF_PERMISSIONS)
    grete = desk.appoint(boss, email=GRETE, name="Grete Lund", permissions=ACCOUNTS_ONLY)
    return (
        Employed(
            email=OVE,
            password=_chosen(accounts, portal, ove, new_password()),
            told="may do everything",
        ),
        Employed(
            email=GRETE,
            password=grete.password,
            told="looks after accounts only; to be changed first",
        ),
    )


def _chosen(accounts: CustomerAccounts, portal: Portal, handed: Handed, password: str) -> str:
    """Change a password that was handed over, as its owner does."""
    guest = accounts.portals.guest(portal)
    token = accounts.staff_sign_in.sign_in(guest, handed.member.email.text, handed.password)
    token = accounts.staff_sessions.change_password(guest, token, handed.password, password)
    accounts.staff_sessions.end(guest, token)
    return password


def fill_queue(accounts: CustomerAccounts, partners: Portal) -> None:
    """Let somebody ask for access."""
    guest = accounts.portals.guest(partners)
    accounts.registering.register(guest, email=ASKING, answers=ANSWERS)
    accounts.relay()
