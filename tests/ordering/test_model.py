"""What becomes of a line that is ordered again: one outcome, its reasons, a legal quantity."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custaccount.adapters.memory import FixedClock
from custaccount.kernel.ids import ArticleNumber, OrderId, OrderLineId, PlanToken
from custaccount.ordering import (
    Article,
    LinesUnknown,
    Note,
    Outcome,
    PlannedLine,
    Reason,
    ReorderPlan,
)
from custaccount.ordering.model import planned
from custaccount.orders import Order
from custaccount.pricing import Quote
from custaccount.pricing.model import Tier
from tests.house import euro, order

X1, X2, X3 = (ArticleNumber(name) for name in ("X1", "X2", "X3"))
EVERYTHING = Article(number=X1, text="Article X1")


def an_order(articles: Mapping[str, str]) -> Order:
    """Make an earlier order."""
    return order("acme-1", clock=FixedClock(), articles=articles)


def quote(
    article: ArticleNumber, amount: str = "1.50", quantity: str = "0", unit: str = ""
) -> Quote:
    """Give an article a price from a quantity on."""
    tier = Tier(quantity=Decimal(quantity), price=euro(amount))
    return Quote(article=article, unit=unit, tiers=(tier,))


def plan_one(
    quantity: str, *articles: Article, prices: Mapping[ArticleNumber, Quote] | None = None
) -> PlannedLine:
    """Plan one line of X1."""
    known = {article.number: article for article in articles}
    costs = {number: quote(number) for number in known} if prices is None else prices
    (line,) = planned(an_order({"X1": quantity}), None, known, costs)
    return line


def test_a_line_that_still_fits_is_added_as_it_was() -> None:
    """Nothing to say about it."""
    line = plan_one("12", EVERYTHING)

    assert line.outcome is Outcome.ADDED
    assert (line.article, line.quantity, line.price) == (X1, Decimal(12), euro("1.50"))
    assert line.reasons == line.notes == ()


SKIPPED: Mapping[str, tuple[tuple[Article, ...], Reason]] = {
    "unknown": ((), Reason.NOT_FOUND),
    "invisible": ((attrs.evolve(EVERYTHING, visible=False),), Reason.NOT_VISIBLE),
    "discontinued": ((attrs.evolve(EVERYTHING, discontinued=True),), Reason.DISCONTINUED),
    "not orderable": ((attrs.evolve(EVERYTHING, orderable=False),), Reason.NOT_ORDERABLE),
    "out of stock": ((attrs.evolve(EVERYTHING, available=Decimal(0)),), Reason.OUT_OF_STOCK),
    "none allowed": ((attrs.evolve(EVERYTHING, largest=Decimal(0)),), Reason.ABOVE_MAXIMUM),
    "less than a pack in stock": (
        (attrs.evolve(EVERYTHING, available=Decimal(5), pack_size=Decimal(6)),),
        Reason.OUT_OF_STOCK,
    ),
    "less than the minimum in stock": (
        (attrs.evolve(EVERYTHING, available=Decimal(5), smallest=Decimal(6)),),
        Reason.OUT_OF_STOCK,
    ),
    "successor unknown": (
        (attrs.evolve(EVERYTHING, discontinued=True, replaced_by=X2),),
        Reason.DISCONTINUED,
    ),
    "successor invisible": (
        (
            attrs.evolve(EVERYTHING, discontinued=True, replaced_by=X2),
            Article(number=X2, text="X2", visible=False),
        ),
        Reason.NOT_VISIBLE,
    ),
}


@pytest.mark.parametrize("why", SKIPPED)
def test_a_line_that_can_not_be_ordered_is_skipped_with_its_reason(why: str) -> None:
    """Nothing of it goes into the cart."""
    articles, reason = SKIPPED[why]

    line = plan_one("12", *articles)

    assert line.outcome is Outcome.SKIPPED
    assert reason in line.reasons
    assert (line.article, line.quantity, line.price) == (None, Decimal(0), None)
    assert (line.ordered, line.ordered_quantity) == (X1, Decimal(12))


@pytest.mark.parametrize(
    "prices",
    [{}, {X1: Quote(article=X1)}, {X1: quote(X1, quantity="13")}],
    ids=["none", "no tiers", "only from 13 on"],
)
def test_a_line_without_a_price_is_skipped(prices: Mapping[ArticleNumber, Quote]) -> None:
    """No price is not zero."""
    line = plan_one("12", EVERYTHING, prices=prices)

    assert (line.outcome, line.reasons) == (Outcome.SKIPPED, (Reason.NO_PRICE,))


def test_a_price_of_zero_is_a_price() -> None:
    """A free article is ordered again."""
    line = plan_one("12", EVERYTHING, prices={X1: quote(X1, "0")})

    assert (line.outcome, line.price) == (Outcome.ADDED, euro("0"))


@pytest.mark.parametrize(
    ("wanted", "change", "quantity", "outcome", "reasons"),
    [
        ("12", {"largest": "10"}, "10", Outcome.ADDED_WITH_LESS, (Reason.ABOVE_MAXIMUM,)),
        ("12", {"available": "7"}, "7", Outcome.ADDED_WITH_LESS, (Reason.OUT_OF_STOCK,)),
        (
            "12",
            {"largest": "10", "available": "7"},
            "7",
            Outcome.ADDED_WITH_LESS,
            (Reason.ABOVE_MAXIMUM, Reason.OUT_OF_STOCK),
        ),
        ("3", {"smallest": "5"}, "5", Outcome.ADDED, (Reason.BELOW_MINIMUM,)),
        ("7", {"pack_size": "6"}, "12", Outcome.ADDED, (Reason.PACK_SIZE,)),
        ("12", {"pack_size": "6"}, "12", Outcome.ADDED, ()),
        (
            "3",
            {"smallest": "5", "pack_size": "6"},
            "6",
            Outcome.ADDED,
            (Reason.BELOW_MINIMUM, Reason.PACK_SIZE),
        ),
        (
            "11",
            {"pack_size": "6", "available": "11"},
            "6",
            Outcome.ADDED_WITH_LESS,
            (Reason.PACK_SIZE, Reason.OUT_OF_STOCK),
        ),
        ("0.3", {"pack_size": "0.25"}, "0.50", Outcome.ADDED, (Reason.PACK_SIZE,)),
    ],
)
def test_a_quantity_becomes_the_legal_one_and_says_why(
    wanted: str,
    change: Mapping[str, str],
    quantity: str,
    outcome: Outcome,
    reasons: tuple[Reason, ...],
) -> None:
    """Up to the minimum and the pack, down to what is allowed and there; never silently."""
    limits = {name: Decimal(value) for name, value in change.items()}

    line = plan_one(wanted, attrs.evolve(EVERYTHING, **limits))

    assert (line.quantity, line.outcome, line.reasons) == (Decimal(quantity), outcome, reasons)


SIZES = st.one_of(st.none(), st.decimals("0.25", "40", places=2))


@given(
    wanted=st.decimals("0.01", "60", places=2),
    smallest=SIZES,
    largest=SIZES,
    pack_size=SIZES,
    available=st.one_of(st.none(), st.decimals("0", "40", places=2)),
)
def test_a_planned_quantity_is_always_legal(
    wanted: Decimal,
    smallest: Decimal | None,
    largest: Decimal | None,
    pack_size: Decimal | None,
    available: Decimal | None,
) -> None:
    """Whatever the limits: in packs, not below the minimum, not above maximum and stock."""
    article = attrs.evolve(
        EVERYTHING,
        smallest=smallest,
        largest=largest,
        pack_size=pack_size,
        available=available,
    )

    line = plan_one(str(wanted), article)

    if line.outcome is Outcome.SKIPPED:
        assert line.reasons
        return
    assert line.quantity > 0
    assert smallest is None or line.quantity >= smallest
    assert largest is None or line.quantity <= largest
    assert available is None or line.quantity <= available
    assert pack_size is None or line.quantity % pack_size == 0
    assert (line.quantity == wanted) == (line.reasons == ())
    assert (line.outcome is Outcome.ADDED_WITH_LESS) == (line.quantity < wanted)


def test_a_discontinued_article_is_replaced_by_its_successor() -> None:
    """At the successor's price, in its unit, with its limits; said as replaced."""
    gone = attrs.evolve(EVERYTHING, discontinued=True, replaced_by=X2)
    successor = Article(number=X2, text="Better", unit="box", largest=Decimal(10))

    line = plan_one("12", gone, successor, prices={X2: quote(X2, "3", unit="box")})

    assert line.outcome is Outcome.REPLACED
    assert (line.article, line.quantity, line.unit) == (X2, Decimal(10), "box")
    assert line.price == euro("3")
    assert line.reasons == (Reason.DISCONTINUED, Reason.ABOVE_MAXIMUM)
    assert Note.TEXT_CHANGED in line.notes


def test_an_article_that_is_still_there_is_not_replaced() -> None:
    """A successor announced early changes nothing yet."""
    announced = attrs.evolve(EVERYTHING, replaced_by=X2)

    line = plan_one("12", announced, Article(number=X2, text="Better"))

    assert (line.outcome, line.article) == (Outcome.ADDED, X1)


def test_what_else_has_changed_is_noted() -> None:
    """Price old and new, unit and text; nobody finds out at the checkout."""
    article = attrs.evolve(EVERYTHING, text="Article X1, now blue")
    earlier = an_order({"X1": "12"})
    earlier = attrs.evolve(earlier, lines=(attrs.evolve(earlier.lines[0], unit="piece"),))

    (line,) = planned(earlier, None, {X1: article}, {X1: quote(X1, "2", unit="box")})

    assert set(line.notes) == {Note.PRICE_CHANGED, Note.UNIT_CHANGED, Note.TEXT_CHANGED}
    assert (line.earlier_price, line.price) == (euro("1.50"), euro("2"))


@pytest.mark.parametrize("wanted", ["9", "10"])
def test_the_price_is_the_one_of_the_planned_quantity(wanted: str) -> None:
    """The tier that is reached by what goes into the cart, not by what was ordered then."""
    tiers = (
        Tier(quantity=Decimal(1), price=euro("2")),
        Tier(quantity=Decimal(10), price=euro("1")),
    )
    article = attrs.evolve(EVERYTHING, largest=Decimal(wanted))

    line = plan_one("12", article, prices={X1: Quote(article=X1, tiers=tiers)})

    assert line.price == (euro("1") if wanted == "10" else euro("2"))


@given(
    st.lists(
        st.sampled_from(["gone", "less", "fine", "hidden", "unpriced"]), min_size=1, max_size=12
    )
)
def test_each_line_has_exactly_one_outcome_and_the_counts_add_up(kinds: list[str]) -> None:
    """As many outcomes as lines, in the order of the order, keyed by line and not by article."""
    made = {
        "gone": {"discontinued": True},
        "less": {"largest": Decimal(5)},
        "fine": {},
        "hidden": {"visible": False},
        "unpriced": {},
    }
    earlier = an_order({f"A{place}": "12" for place in range(len(kinds))})
    articles = {
        line.article: Article(number=line.article, text=line.text, **made[kind])  # type: ignore[arg-type]
        for line, kind in zip(earlier.lines, kinds, strict=True)
    }
    prices = {
        line.article: quote(line.article)
        for line, kind in zip(earlier.lines, kinds, strict=True)
        if kind != "unpriced"
    }

    lines = planned(earlier, None, articles, prices)
    plan = ReorderPlan(order=OrderId("o"), lines=lines, token=PlanToken("t"))

    assert [line.line for line in lines] == [line.id for line in earlier.lines]
    assert sum(plan.count(outcome) for outcome in Outcome) == len(kinds)
    assert len(plan.to_cart) == len(kinds) - plan.count(Outcome.SKIPPED)


def test_two_lines_of_one_article_are_two() -> None:
    """Keyed by line id, never by article (django-oscar 3789)."""
    earlier = an_order({"X1": "1", "X2": "2"})
    twice = attrs.evolve(
        earlier, lines=tuple(attrs.evolve(line, article=X1) for line in earlier.lines)
    )

    lines = planned(twice, None, {X1: EVERYTHING}, {X1: quote(X1)})

    assert [line.quantity for line in lines] == [Decimal(1), Decimal(2)]


def test_chosen_lines_are_planned_once_each() -> None:
    """In the order chosen; a line ticked twice is one."""
    earlier = an_order({"X1": "1", "X2": "2", "X3": "3"})
    one, _, three = (line.id for line in earlier.lines)

    lines = planned(earlier, [three, one, three], {}, {})

    assert [line.line for line in lines] == [three, one]
    assert planned(earlier, [], {}, {}) == ()


def test_lines_the_order_does_not_have_are_refused_by_name() -> None:
    """Nothing is planned then."""
    earlier = an_order({"X1": "1"})
    foreign = OrderLineId("other")

    with pytest.raises(LinesUnknown) as refused:
        planned(earlier, [earlier.lines[0].id, foreign], {}, {})

    assert refused.value.lines == (foreign,)
