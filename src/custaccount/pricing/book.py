"""What a customer pays."""

from collections.abc import Sequence

import attrs

from custaccount.kernel.access import Member, Permission
from custaccount.kernel.clock import Clock
from custaccount.kernel.errors import InvalidInput
from custaccount.kernel.features import PRICES
from custaccount.kernel.i18n import N_
from custaccount.kernel.ids import ArticleNumber
from custaccount.kernel.operations import requires
from custaccount.kernel.work import Reading
from custaccount.pricing.model import Quote, Wanted, quotes
from custaccount.pricing.ports import PricingReading

ARTICLES_MOST = 10_000


@attrs.frozen(kw_only=True)
class TooManyArticles(InvalidInput):
    """More articles than one question may have."""

    code = "pricing.too_many_articles"
    template = N_("At most %(most)s articles at once.")

    most: int = ARTICLES_MOST


@attrs.frozen(kw_only=True)
class PriceBook:
    """Tells a member the prices of the customer it acts for."""

    _reading: Reading[PricingReading] = attrs.field(alias="reading")
    _clock: Clock = attrs.field(alias="clock")

    @requires(Permission.SEE_PRICES, feature=PRICES)
    def quotes(self, member: Member, articles: Sequence[ArticleNumber]) -> tuple[Quote, ...]:
        """Quote a page of articles in one question, in the order asked, in the portal's currency.

        An article without a price is quoted without tiers; one with prices in several units, in
        the unit its list begins with.

        Raises:
            TooManyArticles: more than 10,000.
        """
        if len(articles) > ARTICLES_MOST:
            raise TooManyArticles
        with self._reading() as view:
            found = view.prices.candidates(member.scope, member.portal, articles)
        wanted = tuple(map(Wanted, articles))
        return quotes(wanted, found, at=self._clock(), currency=member.currency)
