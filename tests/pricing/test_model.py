"""What an article costs: the chain of lists, tiers, validity, currency."""

from __future__ import annotations

import itertools
from datetime import timedelta
from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custaccount import Currency
from custaccount.adapters.memory import FixedClock
from custaccount.kernel.ids import ArticleNumber, PriceListId
from custaccount.pricing import Candidate, Level, PriceRow, Quote, Wanted, quotes
from tests.house import EUR, euro, price

NOW = FixedClock()()
X1, X2 = ArticleNumber("X1"), ArticleNumber("X2")


def candidate(
    row: PriceRow,
    level: Level = Level.PORTAL,
    *,
    key: str = "",
    position: int = 0,
    rank: int = 0,
) -> Candidate:
    """Say on which list a row stands, and to whom the list is attached."""
    return Candidate(
        row=row,
        list=PriceListId(key or str(level.value)),
        list_key=key or str(level.value),
        level=level,
        group_position=position,
        rank=rank,
    )


def quote(*candidates: Candidate, wanted: Wanted = Wanted(X1)) -> Quote:  # noqa: B008 - frozen
    """Quote one article, now, in euro."""
    (found,) = quotes([wanted], candidates, at=NOW, currency=EUR)
    return found


# The chain --------------------------------------------------------------------------------------

CHAIN = (
    candidate(price("X1", "1"), Level.CUSTOMER, key="own"),
    candidate(price("X1", "2"), Level.CUSTOMER, key="own second", rank=1),
    candidate(price("X1", "3"), Level.GROUP, key="first group"),
    candidate(price("X1", "4"), Level.GROUP, key="first group second", rank=7),
    candidate(price("X1", "5"), Level.GROUP, key="second group", position=1),
    candidate(price("X1", "6"), Level.PORTAL, key="a portal"),
    candidate(price("X1", "7"), Level.PORTAL, key="b portal"),
)


@pytest.mark.parametrize("first", range(len(CHAIN)))
def test_the_first_list_of_the_chain_wins(first: int) -> None:
    """Customer, its groups in order, the portal; within each by rank, then by key."""
    found = quote(*reversed(CHAIN[first:]))

    assert found.price == CHAIN[first].row.price
    assert found.list == CHAIN[first].list
    assert found.level is CHAIN[first].level


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_order_rows_come_in_does_not_matter(order: tuple[int, ...]) -> None:
    """A store may return them as it likes."""
    three = (CHAIN[0], CHAIN[2], CHAIN[5])

    assert quote(*(three[place] for place in order)).price == euro("1")


def test_a_cheaper_list_further_down_does_not_help() -> None:
    """Precedence, not the lowest price."""
    own = candidate(price("X1", "99"), Level.CUSTOMER)
    portal = candidate(price("X1", "1"), Level.PORTAL)

    assert quote(own, portal).price == euro("99")


def test_each_article_has_its_own_chain() -> None:
    """A list that has no price for an article leaves it to the next."""
    own = candidate(price("X1", "1"), Level.CUSTOMER)
    portal = [candidate(price("X1", "2")), candidate(price("X2", "3"))]

    one, two = quotes([Wanted(X1), Wanted(X2)], [own, *portal], at=NOW, currency=EUR)

    assert (one.price, two.price) == (euro("1"), euro("3"))


def test_a_list_attached_twice_counts_once() -> None:
    """To the customer and to the portal: its tiers are its tiers, at the customer's level."""
    tiers = (price("X1", "10"), price("X1", "8", quantity="10"))
    twice = [
        candidate(row, level, key="all")
        for row in tiers
        for level in (Level.PORTAL, Level.CUSTOMER)
    ]

    found = quote(*twice)

    assert [tier.price for tier in found.tiers] == [euro("10"), euro("8")]
    assert found.level is Level.CUSTOMER


# Tiers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quantity", "amount"),
    [
        ("0.5", None),
        ("1", "10"),
        ("9.99", "10"),
        ("10", "8"),
        ("99", "8"),
        ("100", "7"),
        ("1e6", "7"),
    ],
)
def test_the_deepest_tier_reached_applies(quantity: str, amount: str | None) -> None:
    """From its quantity on; below the first there is no price."""
    tiers = (price("X1", "7", quantity="100"), price("X1", "10"), price("X1", "8", quantity="10"))
    found = quote(*map(candidate, tiers))

    expected = None if amount is None else euro(amount)
    assert found.price_for(Decimal(quantity)) == expected


def test_the_winning_list_gives_all_its_tiers_and_no_other_adds_one() -> None:
    """Tiers of two lists never mix into a ladder nobody agreed on."""
    own = candidate(price("X1", "10"), Level.CUSTOMER)
    portal = candidate(price("X1", "1", quantity="10"), Level.PORTAL)

    assert quote(own, portal).price_for(Decimal(10)) == euro("10")


@given(
    st.lists(
        st.tuples(st.integers(1, 50), st.integers(0, 99)),
        unique_by=lambda tier: tier[0],
        max_size=8,
    ),
    st.integers(0, 60),
)
def test_tiers_answer_as_a_ladder_read_by_hand(tiers: list[tuple[int, int]], asked: int) -> None:
    """Against the simplest reading: the highest step not above the quantity."""
    rows = [price("X1", str(amount), quantity=str(quantity)) for quantity, amount in tiers]
    found = quote(*map(candidate, rows))

    steps = [(quantity, amount) for quantity, amount in tiers if quantity <= asked]
    expected = euro(str(max(steps)[1])) if steps else None
    assert found.price_for(Decimal(asked)) == expected


# Zero, nothing, validity, currency --------------------------------------------------------------


def test_zero_is_a_price() -> None:
    """A free article is not an article without a price."""
    own, portal = candidate(price("X1", "0"), Level.CUSTOMER), candidate(price("X1", "5"))

    assert quote(own, portal).price == euro("0")


def test_no_row_is_no_price() -> None:
    """Said as nothing, not as zero."""
    found = quote()

    assert found.price is None
    assert found.price_for(Decimal(1)) is None
    assert found.tiers == ()


@pytest.mark.parametrize(
    ("begins", "ends", "holds"),
    [
        (None, None, True),
        (0, None, True),
        (1, None, False),
        (None, 0, False),
        (None, 1, True),
        (-1, 1, True),
        (-2, -1, False),
    ],
)
def test_a_row_holds_from_its_first_instant_until_before_its_last(
    begins: int | None,
    ends: int | None,
    holds: bool,  # noqa: FBT001 - a row of the table
) -> None:
    """Half-open: a year of prices and the next one never overlap."""
    tick = timedelta(microseconds=1)
    row = attrs.evolve(
        price("X1", "1"),
        valid_from=None if begins is None else NOW + begins * tick,
        valid_until=None if ends is None else NOW + ends * tick,
    )

    assert row.holds(NOW) is holds
    assert (quote(candidate(row)).price == euro("1")) is holds


def test_an_expired_price_falls_through() -> None:
    """Never to zero, and never blocks: the next list of the chain has its say."""
    expired = attrs.evolve(price("X1", "1"), valid_until=NOW)
    own, portal = candidate(expired, Level.CUSTOMER), candidate(price("X1", "5"))

    assert quote(own, portal).price == euro("5")


def test_an_expired_tier_leaves_the_others() -> None:
    """Only the row itself is gone."""
    rows = (
        price("X1", "10"),
        attrs.evolve(price("X1", "8", quantity="10"), valid_until=NOW),
    )

    assert quote(*map(candidate, rows)).price_for(Decimal(10)) == euro("10")


def test_a_dated_price_beats_an_undated_one_of_the_same_list() -> None:
    """A campaign on the list replaces its everyday price; the later begin counts."""
    everyday = price("X1", "10")
    spring = attrs.evolve(price("X1", "9"), valid_from=NOW - timedelta(days=30))
    march = attrs.evolve(price("X1", "8"), valid_from=NOW - timedelta(days=1))

    for rows in itertools.permutations((everyday, spring, march)):
        assert quote(*map(candidate, rows)).price == euro("8")


def test_another_currency_is_no_price() -> None:
    """Exact match: nothing is converted, and it closes nothing."""
    dollars = candidate(price("X1", "1", currency="USD"), Level.CUSTOMER)
    euros = candidate(price("X1", "5"), Level.PORTAL)

    assert quote(dollars, euros).price == euro("5")
    assert quote(dollars).price is None
    (found,) = quotes([Wanted(X1)], [dollars, euros], at=NOW, currency=Currency("USD"))
    assert found.level is Level.CUSTOMER


# Units ------------------------------------------------------------------------------------------


def per(unit: str, amount: str, level: Level = Level.PORTAL, *, quantity: str = "1") -> Candidate:
    """Give X1 a price per unit."""
    row = price("X1", amount, quantity=quantity)
    return candidate(attrs.evolve(row, unit=unit), level)


def test_a_quote_has_one_unit() -> None:
    """Rows per piece and per box of one list don't make one ladder: its first unit counts."""
    found = quote(per("piece", "1"), per("box", "9", quantity="10"), per("piece", "0.8"))

    assert found.unit == "piece"
    assert len(found.tiers) == 1


@pytest.mark.parametrize(("unit", "amount"), [("piece", "1"), ("box", "9")])
def test_an_article_is_quoted_in_the_unit_asked_for(unit: str, amount: str) -> None:
    """Whatever unit its list begins with; a quantity in one unit is none in another."""
    rows = (per("piece", "1"), per("box", "9"))

    for chain in itertools.permutations(rows):
        found = quote(*chain, wanted=Wanted(X1, unit))
        assert (found.unit, found.price) == (unit, euro(amount))


def test_each_unit_has_its_own_chain() -> None:
    """A list that has a price per piece only leaves the box to the next."""
    own, portal = per("piece", "1", Level.CUSTOMER), per("box", "9")

    piece, box = quotes(
        [Wanted(X1, "piece"), Wanted(X1, "box")], [own, portal], at=NOW, currency=EUR
    )

    assert (piece.price, piece.level) == (euro("1"), Level.CUSTOMER)
    assert (box.price, box.level) == (euro("9"), Level.PORTAL)


def test_a_unit_nobody_has_a_price_for_has_none() -> None:
    """Never another unit's price: the quote says which unit it is that has no price."""
    found = quote(per("box", "9"), wanted=Wanted(X1, "piece"))

    assert (found.unit, found.tiers) == ("piece", ())


def test_a_row_without_a_unit_is_for_the_only_one() -> None:
    """It fits whatever unit is asked for, unless exactly that one is."""
    row = per("", "5")

    found = quote(row, wanted=Wanted(X1, "box"))
    assert (found.unit, found.price) == ("box", euro("5"))
    assert quote(row, wanted=Wanted(X1, "box", exactly=True)).price is None


def test_in_one_list_the_unit_itself_comes_before_none() -> None:
    """Whatever order the rows come in; a list further up wins all the same."""
    rows = (per("", "5"), per("", "4", quantity="10"), per("box", "9"))

    for chain in itertools.permutations(rows):
        found = quote(*chain, wanted=Wanted(X1, "box"))
        assert [tier.price for tier in found.tiers] == [euro("9")]
    own = per("", "7", Level.CUSTOMER)
    assert quote(*rows, own, wanted=Wanted(X1, "box")).price == euro("7")


def test_an_article_is_asked_in_several_units_at_once() -> None:
    """Answered in the order asked, as often as asked."""
    wanted = [Wanted(X1, "box"), Wanted(X1), Wanted(X2), Wanted(X1, "box")]

    found = quotes(wanted, [per("piece", "1"), per("box", "9")], at=NOW, currency=EUR)

    assert [one.price for one in found] == [euro("9"), euro("1"), None, euro("9")]


# Rows and amounts -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"quantity": Decimal(0)},
        {"quantity": Decimal(-1)},
        {"quantity": Decimal("NaN")},
        {"quantity": Decimal("Infinity")},
        {"price": euro("-0.01")},
        {"valid_from": NOW, "valid_until": NOW},
        {"valid_from": NOW + timedelta(days=1), "valid_until": NOW},
    ],
    ids=str,
)
def test_a_row_that_is_no_price_is_never_made(change: dict[str, object]) -> None:
    """From more than nothing on, not below zero, and holding for some time at least."""
    with pytest.raises(ValueError, match=r"not a price|finite"):
        attrs.evolve(price("X1", "1"), **change)  # type: ignore[arg-type]


@pytest.mark.parametrize("quantity", [1, 1.5, "1"])
def test_a_row_counts_in_decimals(quantity: object) -> None:
    """A float is no quantity, nor is a text."""
    with pytest.raises(TypeError):
        attrs.evolve(price("X1", "1"), quantity=quantity)


def test_a_row_may_cost_nothing_and_hold_for_a_tick() -> None:
    """Negative control: the smallest that is allowed."""
    tick = timedelta(microseconds=1)
    row = attrs.evolve(price("X1", "0", quantity="0.001"), valid_from=NOW, valid_until=NOW + tick)

    assert quote(candidate(row)).price_for(Decimal("0.001")) == euro("0")


@pytest.mark.parametrize("digits", ["9.9", "9.90", "9.900000", "0.0001", "123456789.123456"])
def test_an_amount_comes_out_as_it_went_in(digits: str) -> None:
    """No rounding on the way."""
    assert str(quote(candidate(price("X1", digits))).price) == f"{digits} EUR"
