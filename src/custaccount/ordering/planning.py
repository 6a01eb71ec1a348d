"""What lines would become today, for one member: the catalogue and the prices asked once."""

from collections.abc import Mapping, Sequence

import attrs

from custaccount.kernel.access import Member
from custaccount.kernel.clock import Clock
from custaccount.kernel.work import Reading
from custaccount.ordering.model import CartLine, PlannedLine, Today, planned, today
from custaccount.ordering.ports import Catalogue
from custaccount.orders.model import OrderLine
from custaccount.pricing.model import Quote, Wanted, quotes
from custaccount.pricing.ports import PricingReading


@attrs.frozen(kw_only=True)
class Planning:
    """Decides for lines of whatever origin what may be ordered of them."""

    _reading: Reading[PricingReading] = attrs.field(alias="reading")
    _catalogue: Catalogue | None = attrs.field(alias="catalogue")
    _clock: Clock = attrs.field(alias="clock")

    def decide(self, member: Member, lines: Sequence[OrderLine]) -> tuple[PlannedLine, ...]:
        """Say what becomes of each line, at today's prices and in the member's assortment.

        Raises:
            Unavailable: the catalogue gives no trustworthy answer.
        """
        articles = None
        if self._catalogue is not None:
            numbers = tuple(dict.fromkeys(line.article for line in lines))
            articles = self._catalogue.articles(member.scope, numbers)
        found = tuple(today(line, articles) for line in lines)
        return planned(found, self._quotes(member, found))

    def _quotes(self, member: Member, found: Sequence[Today]) -> Mapping[Wanted, Quote]:
        wanted = tuple(dict.fromkeys(one.wanted for one in found if one.wanted is not None))
        numbers = tuple(dict.fromkeys(one.article for one in wanted))
        with self._reading() as view:
            candidates = view.prices.candidates(member.scope, member.portal, numbers)
        asked = quotes(wanted, candidates, at=self._clock(), currency=member.currency)
        return dict(zip(wanted, asked, strict=True))


def into_cart(lines: Sequence[PlannedLine]) -> tuple[CartLine, ...]:
    """Make cart lines of those that may be ordered."""
    return tuple(
        CartLine(
            article=line.article,
            text=line.text,
            quantity=line.quantity,
            unit=line.unit,
            price=line.price,
        )
        for line in lines
        if line.article is not None
    )
