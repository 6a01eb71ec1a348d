"""Money: an exact amount in one currency; nothing is rounded or converted unless asked."""

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import NewType

import attrs

from custaccount.kernel.errors import InvalidInput
from custaccount.kernel.i18n import N_

Currency = NewType("Currency", str)
"""An ISO 4217 code: three capital letters."""

_CODE = re.compile(r"[A-Z]{3}")


@attrs.frozen(kw_only=True)
class CurrenciesDiffer(InvalidInput):
    """Amounts of two currencies do not add up or compare."""

    code = "money.currencies_differ"
    template = N_("%(one)s and %(other)s can't be combined.")

    one: Currency
    other: Currency


def exact(value: object) -> Decimal:
    """Return a finite Decimal as it is; anything else is a ``TypeError`` or ``ValueError``."""
    if not isinstance(value, Decimal):
        message = f"an amount is a Decimal, not {type(value).__name__}"
        raise TypeError(message)
    if not value.is_finite():
        message = "an amount is a finite number"
        raise ValueError(message)
    return value


def exact_if_known(value: object) -> Decimal | None:
    """Return a finite Decimal, or None for what is not known."""
    return None if value is None else exact(value)


def _code(value: str) -> Currency:
    if not _CODE.fullmatch(value):
        message = f"not a currency code: {value!r}"
        raise ValueError(message)
    return Currency(value)


@attrs.frozen
class Money:
    """An exact amount; comes back from every storage as it went in."""

    amount: Decimal = attrs.field(converter=exact)
    currency: Currency = attrs.field(converter=_code)

    def __str__(self) -> str:
        """Write amount and code, for people who debug; ``babel`` writes it for customers."""
        return f"{self.amount} {self.currency}"

    def __add__(self, other: "Money") -> "Money":
        """Add an amount of the same currency."""
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        """Take away an amount of the same currency."""
        return Money(self.amount - self._same(other), self.currency)

    def __mul__(self, factor: Decimal | int) -> "Money":
        """Multiply exactly."""
        return Money(self.amount * factor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        """Compare with an amount of the same currency."""
        return self.amount < self._same(other)

    def rounded(self, places: int) -> "Money":
        """Round half up, as commerce does, to a number of decimal places."""
        return Money(self.amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP), self.currency)

    def _same(self, other: "Money") -> Decimal:
        if self.currency != other.currency:
            raise CurrenciesDiffer(one=self.currency, other=other.currency)
        return other.amount
