"""Money: exact, in one currency, and never a float."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custaccount import Currency, Money
from custaccount.kernel.money import CurrenciesDiffer
from tests.house import euro

AMOUNTS = st.decimals(
    allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9
)


@given(AMOUNTS, AMOUNTS)
def test_adding_and_taking_away_is_exact(one: Decimal, other: Decimal) -> None:
    """What was added can be taken away again, to the last digit."""
    total = Money(one, Currency("EUR")) + Money(other, Currency("EUR"))

    assert total.amount == one + other
    assert (total - Money(other, Currency("EUR"))).amount == one


@pytest.mark.parametrize("amount", [1.5, 1, "1", None, True])
def test_only_a_decimal_is_an_amount(amount: object) -> None:
    """A float has lost its cents before it gets here."""
    with pytest.raises(TypeError):
        Money(amount, Currency("EUR"))


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity", "sNaN"])
def test_an_amount_is_finite(amount: str) -> None:
    """Not a number is not an amount."""
    with pytest.raises(ValueError, match="finite"):
        Money(Decimal(amount), Currency("EUR"))


@pytest.mark.parametrize(
    "code", ["", "eur", "EU", "EURO", "€", "EUR ", "E\N{CYRILLIC CAPITAL LETTER U}R"]
)
def test_a_currency_is_three_capital_letters(code: str) -> None:
    """No implicit and no invented currency."""
    with pytest.raises(ValueError, match="currency"):
        Money(Decimal(1), Currency(code))


def test_two_currencies_do_not_mix() -> None:
    """Neither added nor compared; the error names both."""
    one, other = euro("1"), Money(Decimal(1), Currency("SEK"))

    for operation in (
        lambda: one + other,
        lambda: one - other,
        lambda: one < other,
    ):
        with pytest.raises(CurrenciesDiffer) as refused:
            operation()
        assert (refused.value.one, refused.value.other) == ("EUR", "SEK")
    assert one != other


def test_nothing_is_rounded_unless_asked() -> None:
    """A third stays long; asked to, half a cent goes up, away from zero."""
    assert (euro("0.125") * 3).amount == Decimal("0.375")
    assert (euro("9.99") * Decimal("0.333")).amount == Decimal("3.32667")
    assert euro("0.125").rounded(2) == euro("0.13")
    assert euro("-0.125").rounded(2) == euro("-0.13")
    assert euro("2.5").rounded(0) == euro("3")


def test_amounts_are_compared_by_value_and_shown_as_written() -> None:
    """9.9 and 9.90 are one amount; each keeps the digits it came with."""
    assert euro("9.9") == euro("9.90")
    assert str(euro("9.90")) == "9.90 EUR"
