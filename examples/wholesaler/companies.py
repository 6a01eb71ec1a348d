"""Who buys at Möwenkontor, as its ERP exports it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import attrs


@attrs.frozen(kw_only=True)
class Company:
    """A customer, and how much the sample data has of it."""

    row: Mapping[str, object]
    orders: int
    prefix: str
    """What its own order numbers begin with."""
    tax: Decimal

    @property
    def erp_id(self) -> str:
        """The ERP's key of it."""
        return str(self.row["erp_id"])


BRANDHORST = Company(
    row={
        "erp_id": "C0000417",
        "number": "10417",
        "name": "Tischlerei Brandhorst GmbH",
        "language": "de",
        "street": "Werftbahnstraße 8",
        "postal_code": "24143",
        "town": "Kiel",
        "country": "DE",
        "groups": "trade",
        "contacts": [
            {"name": "Anna Brandhorst", "email": "anna.brandhorst@brandhorst.example"},
            {"name": "Mette Carstens", "email": "mette@brandhorst.example"},
        ],
    },
    orders=137,
    prefix="BR-",
    tax=Decimal("0.19"),
)
ADDRESSES: Sequence[Mapping[str, str]] = (
    {
        "company": "Baustelle Holtenau",
        "addition": "Tor 2, Bauleitung",
        "street": "Strandstraße 81",
        "postal_code": "24159",
        "town": "Kiel",
        "country": "DE",
        "phone": "+49 431 5550123",
    },
    {
        "company": "Brandhorst Lager",
        "street": "Am Güterbahnhof 5",
        "postal_code": "24114",
        "town": "Kiel",
        "country": "DE",
    },
)
"""Where Brandhorst has things sent."""
RIVIERE = Company(
    row={
        "erp_id": "C0000602",
        "number": "10602",
        "name": "Ateliers Rivière SARL",
        "language": "fr",
        "street": "14 quai Perrache",
        "postal_code": "69002",
        "town": "Lyon",
        "country": "FR",
        "groups": ["trade", "export"],
        "contacts": [
            {"name": "Claire Rivière", "email": "claire@ateliers-riviere.example"},
            {"name": "Noor van Dijk", "email": "noor@inkoopbureau.example"},
        ],
    },
    orders=121,
    prefix="CMD-",
    tax=Decimal(0),
)
LINDQVIST = Company(
    row={
        "erp_id": "C0000733",
        "number": "10733",
        "name": "Lindqvist Bygg AB",
        "language": "sv",
        "street": "Norra Hamngatan 30",
        "postal_code": "411 06",
        "town": "Göteborg",
        "country": "SE",
        "groups": "export",
        "contacts": [
            {"name": "Lars Lindqvist", "email": "lars@lindqvist-bygg.example"},
            {"name": "Noor van Dijk", "email": "noor@inkoopbureau.example"},
        ],
    },
    orders=18,
    prefix="LB-",
    tax=Decimal(0),
)
PETERSEN = Company(
    row={
        "erp_id": "C0000815",
        "number": "10815",
        "name": "Werkstatt Petersen",
        "language": "de",
        "street": "Hafenstraße 3",
        "postal_code": "24376",
        "town": "Kappeln",
        "country": "DE",
        "groups": "trade",
        "contacts": [{"name": "Jan Petersen"}],
    },
    orders=4,
    prefix="WP-",
    tax=Decimal("0.19"),
)
"""Nobody knows a mail address of his."""
MATTHIESEN = Company(
    row={
        "erp_id": "C0000903",
        "number": "10903",
        "name": "Elektro Matthiesen KG",
        "language": "de",
        "street": "Lange Straße 17",
        "postal_code": "23966",
        "town": "Wismar",
        "country": "DE",
        "contacts": [{"name": "Mia Matthiesen", "email": "mia@elektro-matthiesen.example"}],
    },
    orders=3,
    prefix="EM-",
    tax=Decimal("0.19"),
)
LORENZEN = Company(
    row={
        "erp_id": "C0000958",
        "number": "10958",
        "name": "Zimmerei Lorenzen",
        "language": "de",
        "street": "Dorfstraße 21",
        "postal_code": "24399",
        "town": "Arnis",
        "country": "DE",
        "groups": "trade",
        "contacts": [{"name": "Kai Lorenzen"}],
    },
    orders=6,
    prefix="ZL-",
    tax=Decimal("0.19"),
)
"""Has somebody of another company buy for it."""
COMPANIES = (BRANDHORST, RIVIERE, LINDQVIST, PETERSEN, MATTHIESEN, LORENZEN)
