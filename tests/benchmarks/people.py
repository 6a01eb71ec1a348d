"""Many users, made by the database itself: each with an address, a customer and its number."""

from __future__ import annotations

from sqlalchemy import Engine, String, cast, insert, literal, select

from custaccount.adapters.sqlalchemy.tables import customers, memberships, users
from custaccount.credentials import UserState
from custaccount.credentials.model import Theme
from custaccount.kernel.ids import RealmId
from custaccount.membership.model import MembershipState
from custaccount.membership.roles import ADMINISTRATOR
from custaccount.portals import AccountKind, CustomerStatus

STEP = 7919
"""A prime: steps of it visit them all, in no order."""


def email_of(place: int) -> str:
    """Name a user's address."""
    return f"user{place}@example.com"


def number_of(place: int) -> str:
    """Name the number of a user's customer."""
    return f"K{place}"


def add_people(engine: Engine, realm: RealmId, how_many: int) -> None:
    """Fill the three tables a sign-in looks into, as fast as the database can."""
    numbers = select(literal(0).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n + 1 < how_many))
    place = cast(numbers.c.n, String)
    own, email, number = "id-" + place, "user" + place + "@example.com", "K" + place
    rows = {
        users: {
            "id": own,
            "email": email,
            "email_key": email,
            "name": "",
            "phone": "",
            "password": "$argon2id$stub",
            "state": UserState.ACTIVE,
            "theme": Theme.AUTO,
            "epoch": 0,
            "version": 1,
        },
        customers: {
            "id": own,
            "number": number,
            "erp_id": own,
            "name": "Company " + place,
            "kind": AccountKind.COMPANY,
            "status": CustomerStatus.ACTIVE,
            "street": "High Street 1",
            "postal_code": "12345",
            "town": "Town",
            "country": "DE",
            "phone": "",
            "vat_id": "",
            "details": {},
            "features": {},
            "search": number + " company " + place + " town " + email,
            "version": 1,
        },
        memberships: {
            "id": own,
            "user": own,
            "customer": own,
            "roles": (ADMINISTRATOR,),
            "state": MembershipState.ACTIVE,
            "user_code": "",
            "reason": "",
            "epoch": 0,
            "version": 1,
        },
    }
    with engine.begin() as connection:
        for table, values in rows.items():
            columns = {"realm": realm, **values}
            made = [
                literal(value, table.c[name].type) if not hasattr(value, "label") else value
                for name, value in columns.items()
            ]
            connection.execute(insert(table).from_select(list(columns), select(*made)))
