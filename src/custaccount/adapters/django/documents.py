"""What belongs to an order, in Django: lines, deliveries and invoices, read and written whole."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from django.db.models import Model

from custaccount.adapters.django import models
from custaccount.adapters.django.gate import Asked, Fetched, Gate
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

_PARTS: Mapping[type[Model], Sequence[str]] = {
    models.OrderLine: ("position",),
    models.DeliveryNote: ("position",),
    models.DeliveredLine: ("note", "position"),
    models.Tracking: ("note", "position"),
    models.Invoice: ("position",),
}
"""What an order has, and in which order."""


def whole(gate: Gate, realm: RealmId, summary: OrderSummary) -> Order:
    """Read all that belongs to an order."""

    def rows(part: type[Model]) -> Sequence[Fetched]:
        of_order = gate.table(part).filter(realm=realm, order=summary.id)
        return gate.rows(of_order.order_by(*_PARTS[part]))

    notes = rows(models.DeliveryNote)
    brought = rows(models.DeliveredLine) if notes else ()
    followed = rows(models.Tracking) if notes else ()
    return Order(
        summary=summary,
        lines=tuple(map(_line, rows(models.OrderLine))),
        delivery_notes=tuple(_note(row, brought, followed) for row in notes),
        invoices=tuple(map(_invoice, rows(models.Invoice))),
    )


def forget(gate: Gate, asked: Asked) -> None:
    """Forget what belongs to some orders."""
    for part in _PARTS:
        gate.forget(gate.table(part).filter(**asked))


def add(gate: Gate, realm: RealmId, orders: Sequence[Order]) -> None:
    """Keep what belongs to some orders, all of one kind in one call."""
    rows: dict[type[Model], list[Asked]] = {part: [] for part in _PARTS}
    for order in orders:
        of_order = {"realm": realm, "order": order.summary.id}
        for part, row in _rows(order):
            rows[part].append({**of_order, **row})
    for part, many in rows.items():
        gate.insert(part, many)


def _rows(order: Order) -> Iterator[tuple[type[Model], Asked]]:
    for place, line in enumerate(order.lines):
        yield models.OrderLine, _line_row(place, line)
    for place, note in enumerate(order.delivery_notes):
        named = {"position": place, "ref": note.id, "number": note.number, "sent": note.sent}
        yield models.DeliveryNote, named
        yield from _note_rows(place, note)
    for place, invoice in enumerate(order.invoices):
        yield models.Invoice, _invoice_row(place, invoice)


def _note_rows(note: int, delivery: DeliveryNote) -> Iterator[tuple[type[Model], Asked]]:
    for place, line in enumerate(delivery.lines):
        yield (
            models.DeliveredLine,
            {
                "note": note,
                "position": place,
                "order_line": line.order_line,
                "quantity": line.quantity,
            },
        )
    for place, parcel in enumerate(delivery.tracking):
        yield (
            models.Tracking,
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
        "ref": line.id,
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
        "ref": invoice.id,
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
        id=row.ref,
        article=row.article,
        text=row.text,
        quantity=row.quantity,
        unit=row.unit,
        price=None if row.price is None else Money(row.price, row.price_currency),
        amount=None if row.amount is None else Money(row.amount, row.amount_currency),
    )


def _note(row: Fetched, brought: Iterable[Fetched], followed: Iterable[Fetched]) -> DeliveryNote:
    return DeliveryNote(
        id=row.ref,
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
        id=row.ref,
        number=row.number,
        issued=row.issued,
        net=Money(row.net, row.net_currency),
        tax=Money(row.tax, row.tax_currency),
        gross=Money(row.gross, row.gross_currency),
    )
