"""What belongs to an order, in SQL: lines, deliveries and invoices, read and written whole."""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Table, bindparam, insert, select

from custaccount.adapters.sqlalchemy.gate import Asked, Fetched, Gate
from custaccount.adapters.sqlalchemy.lists import any_of, delete_any
from custaccount.adapters.sqlalchemy.tables import (
    delivered_lines,
    delivery_notes,
    invoices,
    order_lines,
    trackings,
)
from custaccount.kernel.ids import RealmId
from custaccount.kernel.money import Money
from custaccount.orders.model import (
    DeliveredLine,
    DeliveryNote,
    Invoice,
    Order,
    OrderLine,
    OrderSummary,
    Tracking,
)

_PARTS = (order_lines, delivery_notes, delivered_lines, trackings, invoices)

_GET = {
    part.name: select(part)
    .where(part.c.realm == bindparam("realm"), part.c.order == bindparam("order"))
    .order_by(*(part.c[name] for name in ("note", "position") if name in part.c))
    for part in _PARTS
}
_ADD = {part.name: insert(part) for part in _PARTS}
_FORGET = tuple(
    delete_any(part, part.c.realm == bindparam("realm"), any_of(part.c.order, "orders"))
    for part in _PARTS
)


def whole(gate: Gate, realm: RealmId, summary: OrderSummary) -> Order:
    """Read all that belongs to an order."""

    def rows(part: Table) -> Sequence[Fetched]:
        return gate.rows(_GET[part.name], {"realm": realm, "order": summary.id})

    notes = rows(delivery_notes)
    brought = rows(delivered_lines) if notes else ()
    followed = rows(trackings) if notes else ()
    return Order(
        summary=summary,
        lines=tuple(map(_line, rows(order_lines))),
        delivery_notes=tuple(_note(row, brought, followed) for row in notes),
        invoices=tuple(map(_invoice, rows(invoices))),
    )


def forget(gate: Gate, asked: Asked) -> None:
    """Forget what belongs to some orders."""
    for statement in _FORGET:
        gate.change(statement, asked)


def add(gate: Gate, realm: RealmId, orders: Sequence[Order]) -> None:
    """Keep what belongs to some orders, all of one kind in one statement."""
    rows: dict[str, list[Asked]] = {part.name: [] for part in _PARTS}
    for order in orders:
        of_order = {"realm": realm, "order": order.summary.id}
        for part, row in _rows(order):
            rows[part.name].append({**of_order, **row})
    for name, many in rows.items():
        gate.each(_ADD[name], many)


def _rows(order: Order) -> Iterator[tuple[Table, Asked]]:
    for place, line in enumerate(order.lines):
        yield order_lines, _line_row(place, line)
    for place, note in enumerate(order.delivery_notes):
        named = {"position": place, "id": note.id, "number": note.number, "sent": note.sent}
        yield delivery_notes, named
        yield from _note_rows(place, note)
    for place, invoice in enumerate(order.invoices):
        yield invoices, _invoice_row(place, invoice)


def _note_rows(note: int, delivery: DeliveryNote) -> Iterator[tuple[Table, Asked]]:
    for place, line in enumerate(delivery.lines):
        yield (
            delivered_lines,
            {
                "note": note,
                "position": place,
                "order_line": line.order_line,
                "quantity": line.quantity,
            },
        )
    for place, parcel in enumerate(delivery.tracking):
        yield (
            trackings,
            {
                "note": note,
                "position": place,
                "carrier": parcel.carrier,
                "reference": parcel.reference,
                "url": parcel.url,
            },
        )


def _line_row(place: int, line: OrderLine) -> Asked:
    return {
        "position": place,
        "id": line.id,
        "article": line.article,
        "text": line.text,
        "quantity": line.quantity,
        "unit": line.unit,
        "price": line.price.amount if line.price else None,
        "price_currency": line.price.currency if line.price else None,
        "amount": line.amount.amount if line.amount else None,
        "amount_currency": line.amount.currency if line.amount else None,
    }


def _invoice_row(place: int, invoice: Invoice) -> Asked:
    return {
        "position": place,
        "id": invoice.id,
        "number": invoice.number,
        "issued": invoice.issued,
        "net": invoice.net.amount,
        "net_currency": invoice.net.currency,
        "tax": invoice.tax.amount,
        "tax_currency": invoice.tax.currency,
        "gross": invoice.gross.amount,
        "gross_currency": invoice.gross.currency,
    }


def _line(row: Fetched) -> OrderLine:
    return OrderLine(
        id=row.id,
        article=row.article,
        text=row.text,
        quantity=row.quantity,
        unit=row.unit,
        price=None if row.price is None else Money(row.price, row.price_currency),
        amount=None if row.amount is None else Money(row.amount, row.amount_currency),
    )


def _note(row: Fetched, brought: Iterable[Fetched], followed: Iterable[Fetched]) -> DeliveryNote:
    return DeliveryNote(
        id=row.id,
        number=row.number,
        sent=row.sent,
        lines=tuple(
            DeliveredLine(order_line=one.order_line, quantity=one.quantity)
            for one in brought
            if one.note == row.position
        ),
        tracking=tuple(
            Tracking(carrier=one.carrier, reference=one.reference, url=one.url)
            for one in followed
            if one.note == row.position
        ),
    )


def _invoice(row: Fetched) -> Invoice:
    return Invoice(
        id=row.id,
        number=row.number,
        issued=row.issued,
        net=Money(row.net, row.net_currency),
        tax=Money(row.tax, row.tax_currency),
        gross=Money(row.gross, row.gross_currency),
    )
