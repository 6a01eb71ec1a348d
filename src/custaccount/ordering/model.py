"""Ordering again: what an earlier order becomes today, line by line."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, Decimal
from enum import Enum
from typing import ClassVar

import attrs

from custaccount.kernel.access import Member
from custaccount.kernel.errors import Conflict, InvalidInput
from custaccount.kernel.events import Event
from custaccount.kernel.i18n import N_
from custaccount.kernel.ids import (
    ArticleNumber,
    CustomerId,
    OrderId,
    OrderLineId,
    PlanToken,
    PortalId,
    RealmId,
    UserId,
)
from custaccount.kernel.money import Money
from custaccount.orders.model import Order, OrderLine
from custaccount.pricing.model import Quote


class PlanInvalid(InvalidInput):
    """A plan that was not made here, or not for this membership."""

    code = "ordering.plan_invalid"
    template = N_("This plan can't be used. Please open the order again.")


@attrs.frozen(kw_only=True)
class LinesUnknown(InvalidInput):
    """Lines were chosen that the order does not have."""

    code = "ordering.lines_unknown"
    template = N_("The order does not have these lines.")

    lines: tuple[OrderLineId, ...]


@attrs.frozen(kw_only=True)
class PlanChanged(Conflict):
    """Prices or availability are no longer what the plan showed; here is the plan as it is now."""

    code = "ordering.plan_changed"
    template = N_("Prices or availability have changed. Please look at the plan again.")

    plan: "ReorderPlan"


class Outcome(Enum):
    """What becomes of a line; exactly one of these."""

    ADDED = "added"
    ADDED_WITH_LESS = "added with less"
    REPLACED = "replaced"
    SKIPPED = "skipped"


class Reason(Enum):
    """Why a line is not simply added."""

    NOT_FOUND = "not found"
    DISCONTINUED = "discontinued"
    NOT_VISIBLE = "not visible for you"
    NOT_ORDERABLE = "not orderable"
    ABOVE_MAXIMUM = "above maximum"
    BELOW_MINIMUM = "below minimum"
    PACK_SIZE = "pack size"
    OUT_OF_STOCK = "out of stock"
    NO_PRICE = "no price"


class Note(Enum):
    """What else has changed about a line that is added."""

    PRICE_CHANGED = "price changed"
    UNIT_CHANGED = "unit changed"
    TEXT_CHANGED = "text changed"


@attrs.frozen(kw_only=True)
class Article:
    """What the shop's catalogue says of an article, for one customer, today."""

    number: ArticleNumber
    text: str
    unit: str = ""
    visible: bool = True
    orderable: bool = True
    discontinued: bool = False
    replaced_by: ArticleNumber | None = None
    smallest: Decimal | None = None
    largest: Decimal | None = None
    pack_size: Decimal | None = None
    available: Decimal | None = None
    """In stock; None if it does not matter."""


@attrs.frozen(kw_only=True)
class PlannedLine:
    """What becomes of one line of the earlier order."""

    line: OrderLineId
    ordered: ArticleNumber
    ordered_text: str
    ordered_quantity: Decimal
    outcome: Outcome
    article: ArticleNumber | None = None
    """What goes into the cart; None if skipped."""
    text: str = ""
    quantity: Decimal = Decimal(0)
    unit: str = ""
    price: Money | None = None
    """Per unit, net, today."""
    earlier_price: Money | None = None
    reasons: tuple[Reason, ...] = ()
    notes: tuple[Note, ...] = ()


@attrs.frozen(kw_only=True)
class ReorderPlan:
    """An earlier order as it would go into the cart now: one outcome per line."""

    order: OrderId
    lines: tuple[PlannedLine, ...]
    token: PlanToken
    """Carried by the form that commits it; holds for this membership only."""

    @property
    def to_cart(self) -> tuple[PlannedLine, ...]:
        """The lines that go into the cart."""
        return tuple(line for line in self.lines if line.outcome is not Outcome.SKIPPED)

    def count(self, outcome: Outcome) -> int:
        """Count the lines with an outcome; the counts add up to the lines asked for."""
        return sum(line.outcome is outcome for line in self.lines)


@attrs.frozen
class CartOwner:
    """Whose cart: one per person and customer, at one portal."""

    realm: RealmId
    portal: PortalId
    user: UserId
    customer: CustomerId


def cart_owner(member: Member) -> CartOwner:
    """Say which cart is the member's."""
    return CartOwner(member.realm, member.portal, member.user, member.customer)


@attrs.frozen(kw_only=True)
class CartLine:
    """An article in a cart; lines with the same article and unit are one."""

    article: ArticleNumber
    text: str
    quantity: Decimal
    unit: str = ""
    price: Money | None = None


@attrs.frozen(kw_only=True)
class OrderCopied(Event):
    """An earlier order was copied into the cart."""

    name: ClassVar[str] = "ordering.order_copied"
    order: OrderId
    customer: CustomerId
    plan: str
    """Names the plan: a repeated commit of it tells the same again."""
    lines: int


def planned(
    order: Order,
    chosen: Sequence[OrderLineId] | None,
    articles: Mapping[ArticleNumber, Article],
    prices: Mapping[ArticleNumber, Quote],
) -> tuple[PlannedLine, ...]:
    """Decide for each chosen line what becomes of it; all lines if none are chosen.

    Raises:
        LinesUnknown: a chosen line is not the order's.
    """
    known = {line.id: line for line in order.lines}
    unknown = tuple(line for line in chosen or () if line not in known)
    if unknown:
        raise LinesUnknown(lines=unknown)
    picked = order.lines if chosen is None else tuple(known[line] for line in dict.fromkeys(chosen))
    return tuple(_planned(line, articles, prices) for line in picked)


def _planned(
    line: OrderLine,
    articles: Mapping[ArticleNumber, Article],
    prices: Mapping[ArticleNumber, Quote],
) -> PlannedLine:
    article = articles.get(line.article)
    replaced = article is not None and _gone(article) and article.replaced_by in articles
    if article is not None and replaced and article.replaced_by is not None:
        article = articles[article.replaced_by]
    refusal = _refusal(article)
    if article is None or refusal is not None:
        return _skipped(line, refusal or Reason.NOT_FOUND)
    quantity, reasons = _legal(line.quantity, article)
    if quantity <= 0:
        return _skipped(line, *reasons)
    quote = prices.get(article.number)
    price = quote.price_for(quantity) if quote else None
    if price is None or quote is None:
        return _skipped(line, Reason.NO_PRICE)
    outcome = Outcome.ADDED
    if quantity < line.quantity:
        outcome = Outcome.ADDED_WITH_LESS
    if replaced:
        outcome, reasons = Outcome.REPLACED, (Reason.DISCONTINUED, *reasons)
    unit = quote.unit or article.unit
    return PlannedLine(
        line=line.id,
        ordered=line.article,
        ordered_text=line.text,
        ordered_quantity=line.quantity,
        outcome=outcome,
        article=article.number,
        text=article.text,
        quantity=quantity,
        unit=unit,
        price=price,
        earlier_price=line.price,
        reasons=reasons,
        notes=_notes(line, article, unit, price),
    )


def _gone(article: Article) -> bool:
    return article.discontinued and article.replaced_by is not None


def _refusal(article: Article | None) -> Reason | None:
    if article is None:
        return Reason.NOT_FOUND
    if not article.visible:
        return Reason.NOT_VISIBLE
    if article.discontinued:
        return Reason.DISCONTINUED
    return None if article.orderable else Reason.NOT_ORDERABLE


def _legal(wanted: Decimal, article: Article) -> tuple[Decimal, tuple[Reason, ...]]:
    """Find the quantity nearest to the wanted one that may be ordered, and say what changed it."""
    reasons = []
    quantity = wanted
    if article.smallest is not None and quantity < article.smallest:
        quantity, reasons = article.smallest, [Reason.BELOW_MINIMUM]
    if article.pack_size and quantity % article.pack_size:
        packs = (quantity / article.pack_size).to_integral_value(ROUND_CEILING)
        quantity = packs * article.pack_size
        reasons.append(Reason.PACK_SIZE)
    for limit, reason in (
        (article.largest, Reason.ABOVE_MAXIMUM),
        (article.available, Reason.OUT_OF_STOCK),
    ):
        if limit is not None and quantity > limit:
            quantity = limit - limit % article.pack_size if article.pack_size else limit
            reasons.append(reason)
    if article.smallest is not None and quantity < article.smallest:
        quantity = Decimal(0)
    return quantity, tuple(reasons)


def _skipped(line: OrderLine, *reasons: Reason) -> PlannedLine:
    return PlannedLine(
        line=line.id,
        ordered=line.article,
        ordered_text=line.text,
        ordered_quantity=line.quantity,
        outcome=Outcome.SKIPPED,
        earlier_price=line.price,
        reasons=reasons,
    )


def _notes(line: OrderLine, article: Article, unit: str, price: Money) -> tuple[Note, ...]:
    changed = (
        (Note.PRICE_CHANGED, line.price is not None and line.price != price),
        (Note.UNIT_CHANGED, bool(line.unit) and line.unit != unit),
        (Note.TEXT_CHANGED, line.text != article.text),
    )
    return tuple(note for note, holds in changed if holds)
