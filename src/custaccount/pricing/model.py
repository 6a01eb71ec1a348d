"""Price lists, and what a customer pays and why."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import ClassVar

import attrs

from custaccount.kernel.clock import utc_if_known
from custaccount.kernel.errors import NotFound, refuse_unless
from custaccount.kernel.events import Event
from custaccount.kernel.i18n import N_
from custaccount.kernel.ids import (
    ArticleNumber,
    CustomerGroupId,
    CustomerId,
    PortalId,
    PriceListId,
)
from custaccount.kernel.money import Currency, Money, exact
from custaccount.kernel.text import is_name

ONE = Decimal(1)


class PriceListNotFound(NotFound):
    """No such price list in this realm."""

    code = "pricing.list_not_found"
    template = N_("This price list is not known.")


@attrs.frozen(kw_only=True)
class PriceList:
    """A named list of prices."""

    id: PriceListId
    key: str
    """As the ERP or staff name it; exact, unique in the realm."""
    name: str
    version: int = 0


def checked_list(price_list: PriceList) -> PriceList:
    """Return the list if its key and name hold.

    Raises:
        InvalidFields: with every field that does not.
    """
    rule = N_("Between 1 and 100 printable characters.")
    fields = (("key", price_list.key), ("name", price_list.name))
    rules = [(field, is_name(text), rule) for field, text in fields]
    refuse_unless(rules, code="pricing.invalid")
    return price_list


@attrs.frozen(kw_only=True)
class PriceRow:
    """One price: of an article, from a quantity on, perhaps for a time only."""

    article: ArticleNumber
    price: Money
    """Per unit, net."""
    unit: str = ""
    """Empty: the article's only one."""
    quantity: Decimal = attrs.field(default=ONE, converter=exact)
    """From how many on; part of the row's identity."""
    valid_from: datetime | None = attrs.field(default=None, converter=utc_if_known)
    valid_until: datetime | None = attrs.field(default=None, converter=utc_if_known)
    """The first moment it no longer holds."""

    def __attrs_post_init__(self) -> None:
        begin, end = self.valid_from, self.valid_until
        ordered = begin is None or end is None or begin < end
        if self.quantity <= 0 or self.price.amount < 0 or not ordered:
            message = f"not a price: {self}"
            raise ValueError(message)

    def holds(self, at: datetime) -> bool:
        """Tell whether it holds at a moment: from its first instant until before its last."""
        return (self.valid_from is None or self.valid_from <= at) and (
            self.valid_until is None or at < self.valid_until
        )


class Level(Enum):
    """To whom a list is attached; the customer's own come first, the portal's last."""

    CUSTOMER = 0
    GROUP = 1
    PORTAL = 2


@attrs.frozen(kw_only=True)
class Attachment:
    """A price list attached to a customer, a customer group or a portal."""

    list: PriceListId
    level: Level
    target: CustomerId | CustomerGroupId | PortalId
    rank: int = 0
    """Orders the lists of one target; the lower comes first."""


@attrs.frozen(kw_only=True)
class Candidate:
    """A row that could apply to a customer, and where it comes from."""

    row: PriceRow
    list: PriceListId
    list_key: str
    level: Level
    group_position: int = 0
    """Where the customer has the group, for a group's list."""
    rank: int = 0

    @property
    def precedence(self) -> tuple[int, int, int, str]:
        """Sort by this: the first list in this order that has a price wins."""
        return (self.level.value, self.group_position, self.rank, self.list_key)


@attrs.frozen(kw_only=True)
class Tier:
    """A price from a quantity on."""

    quantity: Decimal
    price: Money


@attrs.frozen(kw_only=True)
class Quote:
    """What one customer pays for one article; without tiers there is no price."""

    article: ArticleNumber
    unit: str = ""
    tiers: tuple[Tier, ...] = ()
    """By quantity; the deepest one reached applies."""
    list: PriceListId | None = None
    level: Level | None = None

    @property
    def price(self) -> Money | None:
        """The price of the smallest quantity there is one for."""
        return self.tiers[0].price if self.tiers else None

    def price_for(self, quantity: Decimal) -> Money | None:
        """Return the price per unit for a quantity; None below the first tier."""
        reached = [tier.price for tier in self.tiers if tier.quantity <= quantity]
        return reached[-1] if reached else None


@attrs.frozen(kw_only=True)
class PriceListCreated(Event):
    """There is a new price list; it is empty."""

    name: ClassVar[str] = "pricing.list_created"
    list: PriceListId
    key: str


@attrs.frozen(kw_only=True)
class PricesReplaced(Event):
    """A price list has other rows now."""

    name: ClassVar[str] = "pricing.prices_replaced"
    list: PriceListId
    rows: int


@attrs.frozen(kw_only=True)
class PriceListAttached(Event):
    """A price list counts for somebody from now on."""

    name: ClassVar[str] = "pricing.list_attached"
    list: PriceListId
    level: Level
    target: str
    rank: int = 0
    """The place among the lists of this target."""


@attrs.frozen
class Wanted:
    """What is asked a price for: an article, perhaps in a certain unit."""

    article: ArticleNumber
    unit: str | None = None
    """None: whatever unit its list begins with."""
    exactly: bool = False
    """Whether a row without a unit does not fit."""

    def fits(self, row: PriceRow) -> bool:
        """Tell whether a row is for this article and unit."""
        unit = self.unit in {None, row.unit} or (not row.unit and not self.exactly)
        return row.article == self.article and unit


def quotes(
    wanted: Sequence[Wanted],
    candidates: Iterable[Candidate],
    *,
    at: datetime,
    currency: Currency,
) -> tuple[Quote, ...]:
    """Decide what each article costs, in the order asked.

    Per article and unit, the first list in precedence that holds a price in the currency wins and
    gives all its quantity tiers; lists after it add nothing, not even below its first tier. In one
    list, rows in the unit itself come before rows without any. Rows that do not hold at the time
    fall through.
    """
    chains: dict[ArticleNumber, list[Candidate]] = {}
    for candidate in sorted(candidates, key=lambda one: one.precedence):
        row = candidate.row
        if row.holds(at) and row.price.currency == currency:
            chains.setdefault(row.article, []).append(candidate)
    return tuple(_quote(one, chains.get(one.article, ())) for one in wanted)


def _quote(wanted: Wanted, candidates: Sequence[Candidate]) -> Quote:
    chain = [one for one in candidates if wanted.fits(one.row)]
    if not chain:
        return Quote(article=wanted.article, unit=wanted.unit or "")
    first = [one for one in chain if one.list == chain[0].list]
    winner = next((one for one in first if one.row.unit == wanted.unit), first[0])
    rows = [one.row for one in first if one.row.unit == winner.row.unit]
    newest = {row.quantity: row for row in sorted(rows, key=_dated_last)}
    return Quote(
        article=wanted.article,
        unit=winner.row.unit or wanted.unit or "",
        tiers=tuple(
            Tier(quantity=quantity, price=newest[quantity].price) for quantity in sorted(newest)
        ),
        list=winner.list,
        level=winner.level,
    )


def _dated_last(row: PriceRow) -> tuple[bool, float]:
    begin = row.valid_from
    return (begin is not None, begin.timestamp() if begin else 0.0)
