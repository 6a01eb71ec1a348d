"""AdventureWorks, a bike wholesaler: its tables as they are, and what a shop is told of them.

The tables are the truth the tests compare with; ``Wholesaler`` turns them into a register export,
order histories, a catalogue and a price list. Nothing is rounded: money has four decimals there.
"""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from xml.etree import ElementTree as ET

import attrs

from custaccount import Currency, Money
from custaccount.kernel.ids import (
    ArticleNumber,
    CustomerOrderNumber,
    DeliveryNoteId,
    DeliveryNoteNumber,
    ErpCustomerId,
    InvoiceId,
    InvoiceNumber,
    OrderId,
    OrderLineId,
    OrderNumber,
)
from custaccount.ordering import Article
from custaccount.orders import (
    DeliveredLine,
    DeliveryNote,
    Invoice,
    Order,
    OrderLine,
    OrderStatus,
    OrderSummary,
    Tracking,
)
from custaccount.pricing import PriceRow

USD = Currency("USD")
RESELLERS_PAY = Decimal("0.60")
"""Of the list price, less what a special offer gives."""
VOLUME = "Volume Discount"
SURVEY = "{http://schemas.microsoft.com/sqlserver/2004/07/adventure-works/StoreSurvey}"

Record = Mapping[str, str]


def table(folder: Path, name: str) -> Iterator[Record]:
    """Read one table; an empty cell is what the database had as NULL."""
    plain = folder / f"{name}.csv"
    if plain.exists():
        with plain.open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)
    else:
        with gzip.open(f"{plain}.gz", "rt", encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)


def moment(text: str) -> datetime:
    """Read a moment; the tables name no zone, so it is taken for UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def dollars(text: str) -> Money:
    """Read an amount, with all its digits."""
    return Money(Decimal(text), USD)


@attrs.frozen(kw_only=True)
class Contact:
    """A person at a store."""

    name: str
    email: str


@attrs.frozen(kw_only=True)
class Store:
    """A store that buys: the customer record its orders hang on, and its people."""

    customer: str
    number: str
    name: str
    business: str
    contacts: tuple[Contact, ...]

    @property
    def erp_id(self) -> ErpCustomerId:
        """The wholesaler's own key."""
        return ErpCustomerId(self.customer)

    @property
    def row(self) -> Mapping[str, object]:
        """What a register export says of it."""
        return {
            "erp_id": self.customer,
            "number": self.number,
            "name": self.name,
            "groups": self.business,
            "contacts": [attrs.asdict(contact) for contact in self.contacts],
        }


@attrs.define
class Wholesaler:
    """The tables, read once, and what is made of them."""

    folder: Path

    @cached_property
    def stores(self) -> tuple[Store, ...]:
        """The stores that buy, by customer number."""
        emails = {
            row["BusinessEntityID"]: row["EmailAddress"] for row in self._read("EmailAddress")
        }
        names = {
            row["BusinessEntityID"]: f"{row['FirstName']} {row['LastName']}"
            for row in self._read("Person")
        }
        people: dict[str, list[str]] = defaultdict(list)
        for row in self._read("BusinessEntityContact"):
            people[row["BusinessEntityID"]].append(row["PersonID"])
        known = {row["BusinessEntityID"]: row for row in self._read("Store")}
        found = (
            Store(
                customer=row["CustomerID"],
                number=row["AccountNumber"],
                name=known[row["StoreID"]]["Name"],
                business=_business(known[row["StoreID"]]["Demographics"]),
                contacts=tuple(
                    Contact(name=names[person], email=emails[person])
                    for person in people[row["StoreID"]]
                ),
            )
            for row in self._read("Customer")
            if row["StoreID"] and row["PersonID"]
        )
        return tuple(sorted(found, key=lambda store: store.number))

    @cached_property
    def headers(self) -> Mapping[str, tuple[Record, ...]]:
        """The orders of each store, the newest first, as the table has them."""
        found: dict[str, list[Record]] = defaultdict(list)
        for row in self._read("SalesOrderHeader"):
            if row["OnlineOrderFlag"] == "False":
                found[row["CustomerID"]].append(row)
        return {
            customer: tuple(sorted(rows, key=_newest, reverse=True))
            for customer, rows in found.items()
        }

    @cached_property
    def lines(self) -> Mapping[str, tuple[Record, ...]]:
        """The lines of each order, as the table has them."""
        wanted = {row["SalesOrderID"] for rows in self.headers.values() for row in rows}
        found: dict[str, list[Record]] = defaultdict(list)
        for row in self._read("SalesOrderDetail"):
            if row["SalesOrderID"] in wanted:
                found[row["SalesOrderID"]].append(row)
        return {order: tuple(rows) for order, rows in found.items()}

    @cached_property
    def products(self) -> Mapping[str, Record]:
        """The products by id, as the table has them."""
        return {row["ProductID"]: row for row in self._read("Product")}

    @cached_property
    def offers(self) -> Mapping[str, Record]:
        """The special offers by id, as the table has them."""
        return {row["SpecialOfferID"]: row for row in self._read("SpecialOffer")}

    @cached_property
    def orders(self) -> Mapping[str, tuple[Order, ...]]:
        """The orders of each store, the newest first, as an ERP would tell them."""
        return {customer: tuple(map(self._order, rows)) for customer, rows in self.headers.items()}

    def articles(self, at: datetime) -> tuple[Article, ...]:
        """Make the catalogue; what is no longer sold is discontinued."""
        return tuple(
            Article(
                number=ArticleNumber(row["ProductNumber"]),
                text=row["Name"],
                discontinued=any(
                    row[end] and moment(row[end]) <= at
                    for end in ("SellEndDate", "DiscontinuedDate")
                ),
            )
            for row in self.products.values()
        )

    @cached_property
    def prices(self) -> tuple[PriceRow, ...]:
        """Make the price list of the resellers: each list price there was, with its breaks."""
        breaks: dict[str, list[Record]] = defaultdict(list)
        for row in self._read("SpecialOfferProduct"):
            offer = self.offers[row["SpecialOfferID"]]
            if offer["Type"] == VOLUME:
                breaks[row["ProductID"]].append(offer)
        return tuple(
            price
            for row in self._read("ProductListPriceHistory")
            for price in self._prices(row, breaks[row["ProductID"]])
        )

    def _prices(self, row: Record, breaks: Sequence[Record]) -> Iterator[PriceRow]:
        begin, end = moment(row["StartDate"]), _day_after(row["EndDate"])
        yield self._price(row, Decimal(1), Decimal(0), begin, end)
        for offer in breaks:
            ends = [one for one in (end, _day_after(offer["EndDate"])) if one is not None]
            since = max(begin, moment(offer["StartDate"]))
            if since < min(ends):
                quantity, discount = Decimal(offer["MinQty"]), Decimal(offer["DiscountPct"])
                yield self._price(row, quantity, discount, since, min(ends))

    def _price(
        self,
        row: Record,
        quantity: Decimal,
        discount: Decimal,
        begin: datetime,
        end: datetime | None,
    ) -> PriceRow:
        return PriceRow(
            article=ArticleNumber(self.products[row["ProductID"]]["ProductNumber"]),
            price=Money(Decimal(row["ListPrice"]) * (RESELLERS_PAY - discount), USD),
            quantity=quantity,
            valid_from=begin,
            valid_until=end,
        )

    def _order(self, row: Record) -> Order:
        number = row["SalesOrderNumber"]
        lines = self.lines[row["SalesOrderID"]]
        note = DeliveryNote(
            id=DeliveryNoteId(f"{number}-delivery"),
            number=DeliveryNoteNumber(f"D{number}"),
            sent=moment(row["ShipDate"]),
            lines=tuple(
                DeliveredLine(
                    order_line=OrderLineId(line["SalesOrderDetailID"]),
                    quantity=Decimal(line["OrderQty"]),
                )
                for line in lines
            ),
            tracking=tuple(
                Tracking(carrier=f"method {row['ShipMethodID']}", reference=reference)
                for reference in dict.fromkeys(line["CarrierTrackingNumber"] for line in lines)
            ),
        )
        bill = Invoice(
            id=InvoiceId(f"{number}-invoice"),
            number=InvoiceNumber(f"I{number}"),
            issued=moment(row["ShipDate"]),
            net=dollars(row["SubTotal"]) + dollars(row["Freight"]),
            tax=dollars(row["TaxAmt"]),
            gross=dollars(row["TotalDue"]),
        )
        return Order(
            summary=OrderSummary(
                id=OrderId(row["SalesOrderID"]),
                number=OrderNumber(number),
                customer_number=CustomerOrderNumber(row["PurchaseOrderNumber"]),
                placed=moment(row["OrderDate"]),
                status=OrderStatus.DELIVERED,
                total=dollars(row["TotalDue"]),
            ),
            lines=tuple(map(self._line, lines)),
            delivery_notes=(note,),
            invoices=(bill,),
        )

    def _line(self, line: Record) -> OrderLine:
        product = self.products[line["ProductID"]]
        return OrderLine(
            id=OrderLineId(line["SalesOrderDetailID"]),
            article=ArticleNumber(product["ProductNumber"]),
            text=product["Name"],
            quantity=Decimal(line["OrderQty"]),
            price=dollars(line["UnitPrice"]),
            amount=dollars(line["LineTotal"]),
        )

    def _read(self, name: str) -> Iterator[Record]:
        return table(self.folder, name)


def _business(demographics: str) -> str:
    found = ET.fromstring(demographics).findtext(f"{SURVEY}BusinessType")  # noqa: S314 - ours
    assert found is not None
    return found


def _newest(row: Record) -> tuple[str, str]:
    return row["OrderDate"], row["SalesOrderNumber"]


def _day_after(text: str) -> datetime | None:
    return moment(text) + timedelta(days=1) if text else None
