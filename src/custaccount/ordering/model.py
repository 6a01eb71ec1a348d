"""Ordering again: what an earlier order becomes today, line by line."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
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
from custaccount.kernel.money import Money, exact, exact_if_known
from custaccount.orders.model import NOTHING, Order, OrderLine
from custaccount.pricing.model import Quote, Wanted


class PlanInvalid(InvalidInput):
    """A plan that was not made here, not for this membership, or too long ago."""

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

    NO_QUANTITY = "no quantity"
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
    """What else has changed about a line."""

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
    smallest: Decimal | None = attrs.field(default=None, converter=exact_if_known)
    largest: Decimal | None = attrs.field(default=None, converter=exact_if_known)
    pack_size: Decimal | None = attrs.field(default=None, converter=exact_if_known)
    available: Decimal | None = attrs.field(default=None, converter=exact_if_known)
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
    proposed: Decimal | None = None
    """The next larger quantity that may be ordered, where the one ordered then may not."""


@attrs.frozen(kw_only=True)
class ReorderPlan:
    """An earlier order as it would go into the cart now: one outcome per line."""

    order: OrderId
    lines: tuple[PlannedLine, ...]
    token: PlanToken = attrs.field(repr=False)
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
    quantity: Decimal = attrs.field(converter=exact)
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


@attrs.frozen(kw_only=True)
class Today:
    """What an earlier line is today, as far as the catalogue knows."""

    line: OrderLine
    article: Article | None
    replaced: bool = False

    @property
    def unit_changed(self) -> bool:
        """Whether it is sold in another unit now, so that a number means another amount."""
        units = {self.line.unit, self.article.unit if self.article else ""} - {""}
        return len(units) > 1

    @property
    def wanted(self) -> Wanted | None:
        """What to ask a price for: always in the unit that was ordered, if that is known."""
        if self.article is None:
            return None
        unit = self.line.unit or self.article.unit
        return Wanted(self.article.number, unit or None, exactly=self.unit_changed)


def chosen_lines(order: Order, chosen: Sequence[OrderLineId] | None) -> tuple[OrderLine, ...]:
    """Pick the chosen lines of an order, each once; all of them if none are named.

    Raises:
        LinesUnknown: a chosen line is not the order's.
    """
    if chosen is None:
        return order.lines
    known = {line.id: line for line in order.lines}
    unknown = tuple(line for line in chosen if line not in known)
    if unknown:
        raise LinesUnknown(lines=unknown)
    return tuple(known[line] for line in dict.fromkeys(chosen))


def today(line: OrderLine, articles: Mapping[ArticleNumber, Article] | None) -> Today:
    """Look a line's article up, or what replaces it; without a catalogue it is what it was."""
    if articles is None:
        return Today(
            line=line, article=Article(number=line.article, text=line.text, unit=line.unit)
        )
    article = articles.get(line.article)
    seen = {line.article}
    while article is not None and article.discontinued and article.replaced_by is not None:
        if article.replaced_by in seen or article.replaced_by not in articles:
            break
        seen.add(article.replaced_by)
        article = articles[article.replaced_by]
    return Today(line=line, article=article, replaced=len(seen) > 1)


def planned(lines: Sequence[Today], prices: Mapping[Wanted, Quote]) -> tuple[PlannedLine, ...]:
    """Decide for each line what becomes of it.

    Lines with the same article and unit share what may be ordered of it and reach its quantity
    tiers together, as they will in the cart. No quantity is ever raised: where only more may be
    ordered, the line is skipped and the larger quantity proposed.
    """
    taken: defaultdict[Wanted, Decimal] = defaultdict(Decimal)
    decided = [(one, _decided(one, taken, prices)) for one in lines]
    totals: defaultdict[tuple[ArticleNumber | None, str], Decimal] = defaultdict(Decimal)
    for _, line in decided:
        totals[line.article, line.unit] += line.quantity
    return tuple(
        _priced(one, line, prices, together=totals[line.article, line.unit])
        for one, line in decided
    )


def _decided(
    one: Today, taken: defaultdict[Wanted, Decimal], prices: Mapping[Wanted, Quote]
) -> PlannedLine:
    line, article, wanted = one.line, one.article, one.wanted
    refusal = _refusal(line, article)
    if article is None or wanted is None or refusal is not None:
        return _skipped(line, refusal or Reason.NOT_FOUND)
    # limits count in the article's unit; a line without one, or of an article without one, has it
    shared = wanted if wanted.exactly else Wanted(article.number)
    quantity, reasons = _legal(line.quantity, article, already=taken[shared])
    more = _proposed(line.quantity, article, already=taken[shared])
    if quantity <= 0:
        return _skipped(line, *reasons, proposed=more)
    quote = prices.get(wanted)
    if quote is None or not quote.tiers:
        return _unpriced(one)
    taken[shared] += quantity
    outcome = Outcome.ADDED if quantity == line.quantity else Outcome.ADDED_WITH_LESS
    if one.replaced:
        outcome, reasons = Outcome.REPLACED, (Reason.DISCONTINUED, *reasons)
    return PlannedLine(
        line=line.id,
        ordered=line.article,
        ordered_text=line.text,
        ordered_quantity=line.quantity,
        outcome=outcome,
        article=article.number,
        text=article.text,
        quantity=quantity,
        unit=quote.unit,
        earlier_price=line.price,
        reasons=reasons,
        proposed=more if Reason.PACK_SIZE in reasons else None,
    )


def _priced(
    one: Today, line: PlannedLine, prices: Mapping[Wanted, Quote], *, together: Decimal
) -> PlannedLine:
    article, wanted = one.article, one.wanted
    if line.outcome is Outcome.SKIPPED or article is None or wanted is None:
        return line
    price = prices[wanted].price_for(together)
    if price is None:
        return _unpriced(one)
    return attrs.evolve(line, price=price, notes=_notes(one.line, article, price))


def _unpriced(one: Today) -> PlannedLine:
    skipped = _skipped(one.line, Reason.NO_PRICE)
    return attrs.evolve(skipped, notes=(Note.UNIT_CHANGED,) if one.unit_changed else ())


def _refusal(line: OrderLine, article: Article | None) -> Reason | None:
    if line.quantity <= 0:
        return Reason.NO_QUANTITY
    if article is None:
        return Reason.NOT_FOUND
    if not article.visible:
        return Reason.NOT_VISIBLE
    if article.discontinued:
        return Reason.DISCONTINUED
    return None if article.orderable else Reason.NOT_ORDERABLE


def _legal(
    wanted: Decimal, article: Article, *, already: Decimal
) -> tuple[Decimal, tuple[Reason, ...]]:
    """Find the largest quantity up to the wanted one that may be ordered; say what lowered it."""
    quantity, reasons = wanted, []
    for limit, reason in (
        (article.largest, Reason.ABOVE_MAXIMUM),
        (article.available, Reason.OUT_OF_STOCK),
    ):
        if limit is not None and quantity > limit - already:
            quantity = limit - already
            reasons.append(reason)
    rest = _beyond_packs(quantity, article)
    if quantity > 0 and rest:
        quantity -= rest
        reasons.append(Reason.PACK_SIZE)
    if article.smallest is not None and quantity < article.smallest:
        return NOTHING, (*reasons, Reason.BELOW_MINIMUM)
    return max(quantity, NOTHING), tuple(reasons)


def _proposed(wanted: Decimal, article: Article, *, already: Decimal) -> Decimal | None:
    """Find the smallest quantity above the wanted one that may be ordered, if there is one."""
    quantity = max(wanted, article.smallest or NOTHING)
    rest = _beyond_packs(quantity, article)
    if rest and article.pack_size is not None:
        quantity += article.pack_size - rest
    limits = (limit for limit in (article.largest, article.available) if limit is not None)
    fits = all(quantity <= limit - already for limit in limits)
    return quantity if quantity > wanted and fits else None


def _beyond_packs(quantity: Decimal, article: Article) -> Decimal:
    """Tell how much is left over after whole packs; exact, unlike a division."""
    return quantity % article.pack_size if article.pack_size else NOTHING


def _skipped(line: OrderLine, *reasons: Reason, proposed: Decimal | None = None) -> PlannedLine:
    return PlannedLine(
        line=line.id,
        ordered=line.article,
        ordered_text=line.text,
        ordered_quantity=line.quantity,
        outcome=Outcome.SKIPPED,
        earlier_price=line.price,
        reasons=reasons,
        proposed=proposed,
    )


def _notes(line: OrderLine, article: Article, price: Money) -> tuple[Note, ...]:
    changed = (
        (Note.PRICE_CHANGED, line.price is not None and line.price != price),
        (Note.TEXT_CHANGED, line.text != article.text),
    )
    return tuple(note for note, holds in changed if holds)
