"""A host that only wants prices implements one method; checked, never run."""

from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import assert_type

from custaccount import Member, Money
from custaccount.kernel.clock import Clock
from custaccount.kernel.ids import ArticleNumber, PortalId
from custaccount.kernel.money import CurrenciesDiffer, Currency
from custaccount.kernel.scope import CustomerScope
from custaccount.pricing import Candidate, PricingReading, Quote, ReadPrices, Wanted, quotes
from custaccount.pricing.book import PriceBook, TooManyArticles


class ErpPrices:
    """A host's own prices: a port is satisfied by shape."""

    told: Mapping[tuple[CustomerScope, PortalId], Sequence[Candidate]] = {}

    def candidates(
        self, scope: CustomerScope, portal: PortalId, articles: Collection[ArticleNumber]
    ) -> Sequence[Candidate]:
        """Ask the ERP."""
        return self.told.get((scope, portal), ()) if articles else ()


class ErpReading:
    """A host's own snapshot: as little as pricing sees."""

    @property
    def prices(self) -> ErpPrices:
        """The ERP's prices."""
        return ErpPrices()


@contextmanager
def reading() -> Generator[ErpReading]:
    """Open nothing: the ERP has no snapshot."""
    yield ErpReading()


port: ReadPrices = ErpPrices()
view: PricingReading = ErpReading()


def build(clock: Clock) -> PriceBook:
    """The service takes what the host has; the house is not needed."""
    return PriceBook(reading=reading, clock=clock)


def ask(book: PriceBook, member: Member) -> None:
    """Quotes are typed to the last amount."""
    found = book.quotes(member, [ArticleNumber("X1")])
    assert_type(found, tuple[Quote, ...])
    assert_type(found[0].price, Money | None)
    assert_type(found[0].price_for(Decimal(10)), Money | None)


def refuse(book: PriceBook, member: Member, clock: Clock) -> None:
    """Bare text is no article, a float no quantity, and a positional argument no wiring."""
    book.quotes(member, ["X1"])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    Quote(article=ArticleNumber("X1")).price_for(1.5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    PriceBook(reading, clock)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def decide(found: Sequence[Candidate], clock: Clock) -> None:
    """Prices are decided by article and unit, of whatever rows a host has."""
    wanted = [Wanted(ArticleNumber("X1")), Wanted(ArticleNumber("X1"), "box", exactly=True)]
    assert_type(quotes(wanted, found, at=clock(), currency=Currency("EUR")), tuple[Quote, ...])
    quotes(["X1"], found, at=clock(), currency=Currency("EUR"))  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]


def explain(many: TooManyArticles, differ: CurrenciesDiffer) -> None:
    """Errors carry their facts as attributes of their own types."""
    assert_type(many.most, int)
    assert_type(differ.one, Currency)
