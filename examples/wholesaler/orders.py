"""What was bought at Möwenkontor: two years of orders, deliveries and invoices."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import attrs

from custaccount.kernel.ids import (
    ArticleNumber,
    CustomerOrderNumber,
    DeliveryNoteId,
    DeliveryNoteNumber,
    InvoiceId,
    InvoiceNumber,
    OrderId,
    OrderLineId,
    OrderNumber,
)
from custaccount.kernel.money import Money
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
from wholesaler.articles import CENT, EUR, SEED, UNPRICED, catalogue, list_prices
from wholesaler.companies import COMPANIES, Company

CARRIERS = (
    ("DHL", "https://www.dhl.com/global-en/home/tracking.html?tracking-id={}", "00340434"),
    ("GLS", "https://gls-group.com/track/{}", "50"),
    ("UPS", "https://www.ups.com/track?tracknum={}", "1Z999AA1"),
    ("PostNord", "https://tracking.postnord.com/?id={}", "3731"),
    ("Own lorry", None, "Tour "),
)

EXEMPLARY: Sequence[tuple[str, int, str | None]] = (
    ("Hex bolt DIN 933 M8 × 40, zinc plated, box of 100", 12, None),
    ("Wedge anchor 10 mm, box of 50", 4, "0.93"),
    ("Nitrile glove, size 9", 30, None),
    ("Diamond disc 230 mm", 10, None),
    ("Cobalt drill 6 mm", 5, None),
    ("PU foam 600 ml", 36, "1.06"),
    ("Knee pads, orange", 2, None),
    ("Cable ties, extra small", 3, None),
    ("Spirit level, heavy duty", 1, None),
    ("Masking tape 25 mm × 50 m", 0, None),
    ("Threadlocker 50 ml", 3, None),
    ("Conduit, extra large", 20, "1.00"),
    ("Cloth tape 50 mm × 50 m", 6, None),
)
"""An order whose copy shows every outcome: text, quantity, then's price against now's."""
CANCELLED = 0.04
"""Of the older orders."""
GONE = ("09-0990", "Shoe covers, blue", 10)
"""An article the catalogue has forgotten."""


@attrs.frozen(kw_only=True)
class _Wish:
    article: Article
    quantity: int
    price: Money


def orders_of(company: Company, *, now: datetime) -> tuple[Order, ...]:
    """Make a company's orders, the newest first."""
    turn = COMPANIES.index(company)
    chance = random.Random(f"{SEED} {company.erp_id}")  # noqa: S311 - sample data
    placed = now.replace(hour=9, minute=12, second=0, microsecond=0)
    orders = []
    for place in range(company.orders):
        placed -= timedelta(days=chance.choice((1, 2, 3, 5, 8)), minutes=chance.randrange(400))
        serial = 9000 - 21 * place + 7 * turn + chance.randrange(6)
        wishes = _exemplary() if place == 1 else tuple(_any_wishes(chance))
        orders.append(
            _Maker(company, chance, place, f"{placed:%y}-{serial:05}", placed).make(wishes)
        )
    return tuple(orders)


def _exemplary() -> tuple[_Wish, ...]:
    articles = {article.text: article for part in catalogue() for article in part.articles}
    today = {row.article: row.price for row in reversed(list_prices())}
    wishes = [
        _Wish(
            article=articles[text],
            quantity=quantity,
            price=(
                today.get(articles[text].number, Money(Decimal("18.40"), EUR)) * Decimal(then or 1)
            ).rounded(2),
        )
        for text, quantity, then in EXEMPLARY
    ]
    number, text, quantity = GONE
    forgotten = Article(number=ArticleNumber(number), text=text, unit="pair")
    return (*wishes, _Wish(article=forgotten, quantity=quantity, price=Money(Decimal("2.15"), EUR)))


def _any_wishes(chance: random.Random) -> Iterator[_Wish]:
    today = {row.article: row.price for row in reversed(list_prices())}
    articles = [one for part in catalogue() for one in part.articles if one.text not in UNPRICED]
    for article in chance.sample(articles, chance.randint(1, 8)):
        then = Decimal(chance.choice(("1", "1", "0.97", "0.95", "1.02")))
        yield _Wish(
            article=article,
            quantity=chance.choice((1, 2, 4, 5, 10, 12, 25)),
            price=(today[article.number] * then).rounded(2),
        )


@attrs.frozen
class _Maker:
    """Makes one order; everything in it is derived from its number."""

    company: Company
    chance: random.Random
    place: int
    number: str
    placed: datetime

    def make(self, wishes: Sequence[_Wish]) -> Order:
        """Make the order with what belongs to it."""
        lines = tuple(self._line(place, wish) for place, wish in enumerate(wishes, 1))
        status = self._status(len(lines))
        notes = tuple(self._notes(lines, status))
        return Order(
            summary=OrderSummary(
                id=OrderId(f"{self.company.erp_id}-{self.number}"),
                number=OrderNumber(self.number),
                customer_number=self._customer_number(),
                placed=self.placed,
                status=status,
                total=self._gross(_sum(lines)),
            ),
            lines=lines,
            delivery_notes=notes,
            invoices=tuple(self._invoices(lines, notes)),
        )

    def _line(self, place: int, wish: _Wish) -> OrderLine:
        return OrderLine(
            id=OrderLineId(f"{self.number}-{place:02}"),
            article=wish.article.number,
            text=wish.article.text,
            quantity=Decimal(wish.quantity),
            unit=wish.article.unit,
            price=wish.price,
            amount=(wish.price * wish.quantity).rounded(2),
        )

    def _status(self, lines: int) -> OrderStatus:
        if self.place == 0:
            return OrderStatus.OPEN
        if self.place in {1, 4} and lines > 1:
            return OrderStatus.PARTLY_DELIVERED
        cancelled = self.chance.random() < CANCELLED
        return OrderStatus.CANCELLED if cancelled else OrderStatus.DELIVERED

    def _customer_number(self) -> CustomerOrderNumber | None:
        if self.place % 9 == 8:  # noqa: PLR2004 - now and then somebody orders by telephone
            return None
        return CustomerOrderNumber(f"{self.company.prefix}{4000 - 3 * self.place}")

    def _notes(self, lines: Sequence[OrderLine], status: OrderStatus) -> Iterator[DeliveryNote]:
        if status in {OrderStatus.OPEN, OrderStatus.CANCELLED}:
            return
        if status is OrderStatus.PARTLY_DELIVERED:
            half = max(1, len(lines) // 2)
            yield self._note(1, [(line, line.quantity) for line in lines[:half]], parcels=2)
            if lines[half].quantity > 1:
                yield self._note(2, [(lines[half], lines[half].quantity // 2)])
            return
        if len(lines) > 3 and self.chance.random() < 0.4:  # noqa: PLR2004 - in two goes
            yield self._note(1, [(line, line.quantity) for line in lines[:2]])
            yield self._note(2, [(line, line.quantity) for line in lines[2:]])
            return
        yield self._note(1, [(line, line.quantity) for line in lines])

    def _note(
        self, serial: int, lines: Sequence[tuple[OrderLine, Decimal]], *, parcels: int = 1
    ) -> DeliveryNote:
        return DeliveryNote(
            id=DeliveryNoteId(f"{self.company.erp_id}-L{self.number}-{serial}"),
            number=DeliveryNoteNumber(f"L{self.number}-{serial}"),
            sent=self.placed + timedelta(hours=20 * serial),
            lines=tuple(
                DeliveredLine(order_line=line.id, quantity=quantity) for line, quantity in lines
            ),
            tracking=tuple(self._parcel() for _ in range(parcels)),
        )

    def _parcel(self) -> Tracking:
        carrier, link, begin = self.chance.choice(CARRIERS)
        reference = f"{begin}{self.chance.randrange(10**7, 10**8)}"
        return Tracking(
            carrier=carrier, reference=reference, url=link.format(reference) if link else None
        )

    def _invoices(
        self, lines: Sequence[OrderLine], notes: Sequence[DeliveryNote]
    ) -> Iterator[Invoice]:
        by_id = {line.id: line for line in lines}
        for serial, note in enumerate(notes, 1):
            net = Money(Decimal(0), EUR)
            for sent in note.lines:
                net += (by_id[sent.order_line].price or net) * sent.quantity
            net = net.rounded(2)
            gross = self._gross(net)
            yield Invoice(
                id=InvoiceId(f"{self.company.erp_id}-R{self.number}-{serial}"),
                number=InvoiceNumber(f"R{self.number}-{serial}"),
                issued=note.sent + timedelta(hours=4),
                net=net,
                tax=gross - net,
                gross=gross,
            )

    def _gross(self, net: Money) -> Money:
        return (net * (1 + self.company.tax)).rounded(2)


def _sum(lines: Sequence[OrderLine]) -> Money:
    amounts = (line.amount.amount for line in lines if line.amount)
    return Money(sum(amounts, Decimal(0)).quantize(CENT), EUR)
