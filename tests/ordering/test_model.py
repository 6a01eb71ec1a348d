"""What becomes of a line that is ordered again: one outcome, its reasons, a legal quantity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custaccount.adapters.memory import FixedClock
from custaccount.kernel.ids import ArticleNumber, OrderId, OrderLineId, PlanToken, PriceListId
from custaccount.ordering import (
    Article,
    CartLine,
    LinesUnknown,
    Note,
    Outcome,
    PlannedLine,
    Reason,
    ReorderPlan,
)
from custaccount.ordering.model import chosen_lines, planned, today
from custaccount.orders import Order, OrderLine
from custaccount.pricing import Candidate, Level, Quote, Tier, quotes
from tests.house import EUR, euro, order, price

X1, X2, X3 = (ArticleNumber(name) for name in ("X1", "X2", "X3"))
EVERYTHING = Article(number=X1, text="Article X1")
NOW = FixedClock()()


def an_order(articles: Mapping[str, str]) -> Order:
    """Make an earlier order."""
    return order("acme-1", clock=FixedClock(), articles=articles)


def a_line(quantity: str, unit: str = "", *, place: int = 1, article: str = "X1") -> OrderLine:
    """Make an earlier line."""
    return OrderLine(
        id=OrderLineId(f"line-{place}"),
        article=ArticleNumber(article),
        text=f"Article {article}",
        quantity=Decimal(quantity),
        unit=unit,
        price=euro("1.50"),
    )


def quote(
    article: ArticleNumber, amount: str = "1.50", quantity: str = "0", unit: str = ""
) -> Quote:
    """Give an article a price from a quantity on."""
    tier = Tier(quantity=Decimal(quantity), price=euro(amount))
    return Quote(article=article, unit=unit, tiers=(tier,))


def plan(
    lines: Sequence[OrderLine],
    *articles: Article,
    prices: Mapping[ArticleNumber, Quote] | None = None,
) -> tuple[PlannedLine, ...]:
    """Plan lines; what is not said to have another price costs 1.50."""
    known = {article.number: article for article in articles}
    costs = {number: quote(number) for number in known} if prices is None else prices
    found = [today(line, known) for line in lines]
    wanted = [one.wanted for one in found if one.wanted is not None]
    return planned(found, {one: costs[one.article] for one in wanted if one.article in costs})


def plan_one(
    quantity: str, *articles: Article, prices: Mapping[ArticleNumber, Quote] | None = None
) -> PlannedLine:
    """Plan one line of X1."""
    (line,) = plan([a_line(quantity)], *articles, prices=prices)
    return line


def plan_units(
    lines: Sequence[OrderLine],
    articles: Mapping[ArticleNumber, Article] | None,
    *rows: tuple[str, str, str],
) -> tuple[PlannedLine, ...]:
    """Plan lines with the prices of one list: unit, quantity and amount, all of X1."""
    candidates = [
        Candidate(
            row=attrs.evolve(price("X1", amount, quantity=quantity), unit=unit),
            list=PriceListId("all"),
            list_key="all",
            level=Level.PORTAL,
        )
        for unit, quantity, amount in rows
    ]
    found = [today(line, articles) for line in lines]
    wanted = tuple(one.wanted for one in found if one.wanted is not None)
    asked = quotes(wanted, candidates, at=NOW, currency=EUR)
    return planned(found, dict(zip(wanted, asked, strict=True)))


# What is skipped --------------------------------------------------------------------------------


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
    "below the minimum": (
        (attrs.evolve(EVERYTHING, smallest=Decimal(13)),),
        Reason.BELOW_MINIMUM,
    ),
    "less than a pack ordered": (
        (attrs.evolve(EVERYTHING, pack_size=Decimal(13)),),
        Reason.PACK_SIZE,
    ),
    "owed by the stock": ((attrs.evolve(EVERYTHING, available=Decimal(-3)),), Reason.OUT_OF_STOCK),
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
    "successors in a circle": (
        (
            attrs.evolve(EVERYTHING, discontinued=True, replaced_by=X2),
            Article(number=X2, text="X2", discontinued=True, replaced_by=X1),
        ),
        Reason.DISCONTINUED,
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


@pytest.mark.parametrize("quantity", ["0", "0.00", "-1", "-12.5"])
@pytest.mark.parametrize("articles", [(), (EVERYTHING,)], ids=["gone", "there"])
def test_a_line_of_nothing_is_skipped(quantity: str, articles: tuple[Article, ...]) -> None:
    """A return or a cancelled line has no quantity that could be ordered again."""
    line = plan_one(quantity, *articles)

    assert (line.outcome, line.reasons) == (Outcome.SKIPPED, (Reason.NO_QUANTITY,))
    assert (line.ordered_quantity, line.quantity) == (Decimal(quantity), Decimal(0))
    assert line.proposed is None


# How much ---------------------------------------------------------------------------------------

ADDED, LESS, LEFT_OUT = Outcome.ADDED, Outcome.ADDED_WITH_LESS, Outcome.SKIPPED
MAXIMUM, MINIMUM, PACK, STOCK = (
    Reason.ABOVE_MAXIMUM,
    Reason.BELOW_MINIMUM,
    Reason.PACK_SIZE,
    Reason.OUT_OF_STOCK,
)


@pytest.mark.parametrize(
    ("ordered", "limits", "outcome", "quantity", "reasons", "proposed"),
    [
        ("12", {}, ADDED, "12", (), None),
        ("12", {"largest": "10"}, LESS, "10", (MAXIMUM,), None),
        ("12", {"available": "7"}, LESS, "7", (STOCK,), None),
        ("12", {"largest": "10", "available": "7"}, LESS, "7", (MAXIMUM, STOCK), None),
        ("12", {"largest": "7", "available": "10"}, LESS, "7", (MAXIMUM,), None),
        ("3", {"smallest": "5"}, LEFT_OUT, "0", (MINIMUM,), "5"),
        ("5", {"smallest": "5"}, ADDED, "5", (), None),
        ("7", {"pack_size": "6"}, LESS, "6", (PACK,), "12"),
        ("12", {"pack_size": "6"}, ADDED, "12", (), None),
        ("5", {"pack_size": "6"}, LEFT_OUT, "0", (PACK,), "6"),
        ("3", {"smallest": "5", "pack_size": "6"}, LEFT_OUT, "0", (PACK, MINIMUM), "6"),
        ("13", {"smallest": "13", "pack_size": "6"}, LEFT_OUT, "0", (PACK, MINIMUM), "18"),
        ("11", {"pack_size": "6", "available": "11"}, LESS, "6", (PACK,), None),
        ("14", {"pack_size": "6", "available": "11"}, LESS, "6", (STOCK, PACK), None),
        ("3", {"smallest": "5", "available": "4"}, LEFT_OUT, "0", (MINIMUM,), None),
        ("0.3", {"pack_size": "0.25"}, LESS, "0.25", (PACK,), "0.50"),
        ("0.3", {"pack_size": "0.1"}, ADDED, "0.3", (), None),
        ("7", {"pack_size": "0"}, ADDED, "7", (), None),
    ],
)
def test_a_quantity_is_lowered_to_the_legal_one_and_never_raised(
    ordered: str,
    limits: Mapping[str, str],
    outcome: Outcome,
    quantity: str,
    reasons: tuple[Reason, ...],
    proposed: str | None,
) -> None:
    """Who ordered too few is offered the legal quantity above, and gets none of it unasked."""
    article = attrs.evolve(EVERYTHING, **{name: Decimal(value) for name, value in limits.items()})

    line = plan_one(ordered, article)

    assert (line.outcome, line.quantity, line.reasons) == (outcome, Decimal(quantity), reasons)
    assert line.proposed == (None if proposed is None else Decimal(proposed))


SIZES = st.one_of(st.none(), st.decimals("0.25", "40", places=2))


@given(
    ordered=st.lists(
        st.tuples(st.decimals("-5", "60", places=2), st.sampled_from(["", "box"])),
        min_size=1,
        max_size=6,
    ),
    unit=st.sampled_from(["", "box"]),
    smallest=SIZES,
    largest=SIZES,
    pack_size=SIZES,
    available=st.one_of(st.none(), st.decimals("-2", "40", places=2)),
)
def test_a_planned_quantity_is_always_legal_and_never_more(
    ordered: list[tuple[Decimal, str]],
    unit: str,
    smallest: Decimal | None,
    largest: Decimal | None,
    pack_size: Decimal | None,
    available: Decimal | None,
) -> None:
    """Whatever the limits: not above what was ordered, in packs, together within the limits."""
    article = attrs.evolve(
        EVERYTHING,
        unit=unit,
        smallest=smallest,
        largest=largest,
        pack_size=pack_size,
        available=available,
    )
    earlier = [a_line(str(one), of, place=place) for place, (one, of) in enumerate(ordered)]

    lines = plan(earlier, article)

    together = sum((line.quantity for line in lines), Decimal(0))
    for limit in (largest, available):
        assert limit is None or together <= max(limit, Decimal(0))
    for line in lines:
        assert Decimal(0) <= line.quantity <= max(line.ordered_quantity, Decimal(0))
        assert pack_size is None or line.quantity % pack_size == 0
        assert (line.outcome is Outcome.SKIPPED) == (line.quantity == 0)
        assert (line.outcome is Outcome.ADDED) == (line.reasons == ())
        assert smallest is None or line.quantity == 0 or line.quantity >= smallest
        if line.proposed is not None:
            assert line.proposed > line.ordered_quantity
            for limit in (largest, available):
                assert limit is None or line.proposed <= limit
            assert smallest is None or line.proposed >= smallest
            assert pack_size is None or line.proposed % pack_size == 0


@given(quantity=st.decimals("0.01", "60", places=2), smallest=SIZES, pack_size=SIZES)
def test_what_is_proposed_can_be_ordered(
    quantity: Decimal, smallest: Decimal | None, pack_size: Decimal | None
) -> None:
    """Ordered instead, it is added as it is; nothing smaller above the ordered one is."""
    article = attrs.evolve(EVERYTHING, smallest=smallest, pack_size=pack_size)
    line = plan_one(str(quantity), article)

    if line.proposed is None:
        assert line.outcome is Outcome.ADDED
        return
    assert plan_one(str(line.proposed), article).outcome is Outcome.ADDED
    below = line.proposed - (pack_size or Decimal("0.01"))
    assert below <= quantity or plan_one(str(below), article).outcome is not Outcome.ADDED


# Lines of one article ---------------------------------------------------------------------------


@pytest.mark.parametrize(("limit", "reason"), [("largest", MAXIMUM), ("available", STOCK)])
def test_lines_of_one_article_share_what_may_be_ordered(limit: str, reason: Reason) -> None:
    """The first come first; nobody is promised the same ten pieces twice."""
    article = attrs.evolve(EVERYTHING, **{limit: Decimal(10)})
    earlier = [a_line("6", place=1), a_line("6", place=2), a_line("6", place=3)]

    first, second, third = plan(earlier, article)

    assert (first.outcome, first.quantity) == (Outcome.ADDED, Decimal(6))
    assert (second.outcome, second.quantity) == (Outcome.ADDED_WITH_LESS, Decimal(4))
    assert (third.outcome, third.quantity) == (Outcome.SKIPPED, Decimal(0))
    assert second.reasons == third.reasons == (reason,)


def test_a_proposal_leaves_what_other_lines_take() -> None:
    """With four of ten taken there are no twelve, and no nine."""
    article = attrs.evolve(EVERYTHING, available=Decimal(10), pack_size=Decimal(3))
    earlier = [a_line("3", place=1), a_line("4", place=2), a_line("7", place=3)]

    first, second, third = plan(earlier, article)

    assert (first.quantity, second.quantity, third.quantity) == (3, 3, 3)
    assert second.proposed == Decimal(6)
    assert third.proposed is None


def test_a_line_without_a_price_takes_nothing_from_the_others() -> None:
    """What can't be bought leaves the stock to what can."""
    article = attrs.evolve(EVERYTHING, available=Decimal(10))
    earlier = [a_line("10", "pallet", place=1), a_line("10", "box", place=2)]

    pallet, box = plan_units(earlier, {X1: article}, ("box", "1", "9"))

    assert pallet.reasons == (Reason.NO_PRICE,)
    assert (box.outcome, box.quantity) == (Outcome.ADDED, Decimal(10))


def test_what_replaces_an_article_shares_with_it() -> None:
    """A line of the successor and one of its predecessor are one article today."""
    gone = attrs.evolve(EVERYTHING, discontinued=True, replaced_by=X2)
    successor = Article(number=X2, text="Better", available=Decimal(10))

    old, new = plan([a_line("6", place=1), a_line("6", place=2, article="X2")], gone, successor)

    assert (old.outcome, old.quantity) == (Outcome.REPLACED, Decimal(6))
    assert (new.outcome, new.quantity) == (Outcome.ADDED_WITH_LESS, Decimal(4))


def test_lines_of_one_article_and_unit_reach_a_tier_together() -> None:
    """As they will in the cart, where they are one line."""
    earlier = [a_line("6", place=1), a_line("4", place=2)]

    lines = plan_units(earlier, {X1: EVERYTHING}, ("", "1", "2"), ("", "10", "1"))

    assert [line.price for line in lines] == [euro("1"), euro("1")]


def test_a_line_without_its_unit_reaches_tiers_with_those_that_say_it() -> None:
    """The list's own unit is the one that was meant."""
    earlier = [a_line("6", place=1), a_line("4", "box", place=2)]

    lines = plan_units(earlier, {X1: EVERYTHING}, ("box", "1", "2"), ("box", "10", "1"))

    assert [(line.unit, line.price) for line in lines] == [("box", euro("1"))] * 2


def test_what_is_skipped_reaches_no_tier() -> None:
    """Only what goes into the cart counts."""
    article = attrs.evolve(EVERYTHING, smallest=Decimal(5))
    earlier = [a_line("6", place=1), a_line("4", place=2)]

    first, second = plan_units(earlier, {X1: article}, ("", "1", "2"), ("", "10", "1"))

    assert first.price == euro("2")
    assert second.outcome is Outcome.SKIPPED


# Units ------------------------------------------------------------------------------------------


def test_a_unit_never_changes_silently() -> None:
    """Twelve pieces are no twelve boxes: without a price per piece the line is left out."""
    article = attrs.evolve(EVERYTHING, unit="box")

    (line,) = plan_units([a_line("12", "pc")], {X1: article}, ("box", "1", "9"), ("", "1", "8"))

    assert (line.outcome, line.reasons) == (Outcome.SKIPPED, (Reason.NO_PRICE,))
    assert line.notes == (Note.UNIT_CHANGED,)


def test_an_article_that_still_has_a_price_in_its_unit_is_added_in_it() -> None:
    """Though the catalogue counts it in another one now."""
    article = attrs.evolve(EVERYTHING, unit="box")

    (line,) = plan_units([a_line("12", "pc")], {X1: article}, ("box", "1", "9"), ("pc", "1", "1"))

    assert (line.outcome, line.unit, line.price) == (Outcome.ADDED, "pc", euro("1"))
    assert Note.UNIT_CHANGED not in line.notes


def test_a_replacement_in_another_unit_is_left_out() -> None:
    """What replaces an article is no way to change the amount."""
    gone = Article(number=X2, text="Old", unit="pc", discontinued=True, replaced_by=X1)
    articles = {X2: gone, X1: attrs.evolve(EVERYTHING, unit="box")}
    earlier = a_line("12", "pc", article="X2")

    (line,) = plan_units([earlier], articles, ("box", "1", "9"))

    assert (line.outcome, line.notes) == (Outcome.SKIPPED, (Note.UNIT_CHANGED,))


@pytest.mark.parametrize("catalogue", [True, False])
def test_one_article_in_two_units_is_two(catalogue: bool) -> None:  # noqa: FBT001 - both cases
    """Each has its own price and reaches its own tiers, with a catalogue or without."""
    articles = {X1: attrs.evolve(EVERYTHING, unit="box")} if catalogue else None
    earlier = [a_line("6", "pc", place=1), a_line("6", "box", place=2)]
    rows = (("pc", "1", "1"), ("pc", "10", "0.8"), ("box", "1", "9"), ("box", "10", "8"))

    piece, box = plan_units(earlier, articles, *rows)

    assert (piece.outcome, piece.unit, piece.price) == (Outcome.ADDED, "pc", euro("1"))
    assert (box.outcome, box.unit, box.price) == (Outcome.ADDED, "box", euro("9"))


def test_a_unit_nobody_named_is_no_change() -> None:
    """Where the order or the catalogue names none, the other one's counts."""
    named = attrs.evolve(EVERYTHING, unit="box")

    (unnamed,) = plan_units([a_line("12")], {X1: named}, ("pc", "1", "1"), ("box", "1", "9"))
    (ordered,) = plan_units([a_line("12", "box")], {X1: EVERYTHING}, ("", "1", "9"))

    assert (unnamed.unit, unnamed.price, unnamed.outcome) == ("box", euro("9"), Outcome.ADDED)
    assert (ordered.unit, ordered.price, ordered.outcome) == ("box", euro("9"), Outcome.ADDED)


# What replaces it -------------------------------------------------------------------------------


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


def test_replacements_are_followed_to_the_one_that_is_sold() -> None:
    """Over as many steps as there are; said as one replacement, by the last."""
    gone = attrs.evolve(EVERYTHING, discontinued=True, replaced_by=X2)
    gone_too = Article(number=X2, text="Newer", discontinued=True, replaced_by=X3)
    sold = Article(number=X3, text="Newest", available=Decimal(10))

    line = plan_one("12", gone, gone_too, sold)

    assert (line.outcome, line.article, line.quantity) == (Outcome.REPLACED, X3, Decimal(10))
    assert (line.ordered, line.ordered_text) == (X1, "Article X1")
    assert line.reasons == (Reason.DISCONTINUED, Reason.OUT_OF_STOCK)


def test_an_article_that_replaces_itself_ends() -> None:
    """Also under another spelling of its number, as catalogues have it."""
    other = ArticleNumber("x1")
    loop = {X1: Article(number=other, text="Loop", discontinued=True, replaced_by=X1)}
    long = loop | {X2: Article(number=X2, text="Two", discontinued=True, replaced_by=X1)}

    for articles, start in ((loop, "X1"), (long, "X2")):
        (line,) = plan_units([a_line("12", article=start)], articles, ("", "1", "1"))
        assert (line.outcome, line.reasons) == (Outcome.SKIPPED, (Reason.DISCONTINUED,))


def test_an_article_that_is_still_there_is_not_replaced() -> None:
    """A successor announced early changes nothing yet."""
    announced = attrs.evolve(EVERYTHING, replaced_by=X2)

    line = plan_one("12", announced, Article(number=X2, text="Better"))

    assert (line.outcome, line.article) == (Outcome.ADDED, X1)


# What else is said ------------------------------------------------------------------------------


def test_what_else_has_changed_is_noted() -> None:
    """Price old and new, and the text; nobody finds out at the checkout."""
    article = attrs.evolve(EVERYTHING, text="Article X1, now blue")

    line = plan_one("12", article, prices={X1: quote(X1, "2")})

    assert line.outcome is Outcome.ADDED
    assert set(line.notes) == {Note.PRICE_CHANGED, Note.TEXT_CHANGED}
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
        st.sampled_from(["gone", "less", "fine", "hidden", "unpriced", "more", "unknown"]),
        min_size=1,
        max_size=12,
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
        "more": {"smallest": Decimal(20)},
    }
    earlier = an_order({f"A{place}": "12" for place in range(len(kinds))})
    articles = {
        line.article: Article(number=line.article, text=line.text, **made[kind])  # type: ignore[arg-type]
        for line, kind in zip(earlier.lines, kinds, strict=True)
        if kind != "unknown"
    }
    prices = {
        line.article: quote(line.article)
        for line, kind in zip(earlier.lines, kinds, strict=True)
        if kind != "unpriced"
    }

    lines = plan(earlier.lines, *articles.values(), prices=prices)
    whole = ReorderPlan(order=OrderId("o"), lines=lines, token=PlanToken("t"))

    assert [line.line for line in lines] == [line.id for line in earlier.lines]
    assert sum(whole.count(outcome) for outcome in Outcome) == len(kinds)
    assert len(whole.to_cart) == len(kinds) - whole.count(Outcome.SKIPPED)
    assert all(line.reasons for line in lines if line.outcome is not Outcome.ADDED)


def test_two_lines_of_one_article_are_two() -> None:
    """Keyed by line id, never by article (django-oscar 3789)."""
    lines = plan([a_line("1", place=1), a_line("2", place=2)], EVERYTHING)

    assert [(line.line, line.quantity) for line in lines] == [("line-1", 1), ("line-2", 2)]


# Which lines, and of what -----------------------------------------------------------------------


def test_chosen_lines_are_picked_once_each() -> None:
    """A line ticked twice is one; all of them if none are named, none if nothing is."""
    earlier = an_order({"X1": "1", "X2": "2", "X3": "3"})
    one, _, three = (line.id for line in earlier.lines)

    assert chosen_lines(earlier, [one, three, one]) == (earlier.lines[0], earlier.lines[2])
    assert chosen_lines(earlier, None) == earlier.lines
    assert chosen_lines(earlier, []) == ()


def test_lines_the_order_does_not_have_are_refused_by_name() -> None:
    """Nothing is picked then."""
    earlier = an_order({"X1": "1"})
    foreign = OrderLineId("other")

    with pytest.raises(LinesUnknown) as refused:
        chosen_lines(earlier, [earlier.lines[0].id, foreign])

    assert refused.value.lines == (foreign,)


@pytest.mark.parametrize("field", ["smallest", "largest", "pack_size", "available"])
@pytest.mark.parametrize("wrong", [1, 1.5, "1"])
def test_a_limit_is_a_decimal(field: str, wrong: object) -> None:
    """A catalogue that counts in floats is found out at once, not at the checkout."""
    with pytest.raises(TypeError):
        attrs.evolve(EVERYTHING, **{field: wrong})  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", ["NaN", "Infinity", "-Infinity"])
def test_a_quantity_is_a_finite_number(wrong: str) -> None:
    """Of an article and of a line in the cart."""
    with pytest.raises(ValueError, match="finite"):
        attrs.evolve(EVERYTHING, available=Decimal(wrong))
    with pytest.raises(ValueError, match="finite"):
        CartLine(article=X1, text="X1", quantity=Decimal(wrong))
    with pytest.raises(TypeError):
        CartLine(article=X1, text="X1", quantity=1.5)  # type: ignore[arg-type]
