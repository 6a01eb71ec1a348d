"""What guests put into a cart before anybody knows them: the shop's own, one a browser."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from decimal import Decimal

import attrs

from custaccount.kernel.ids import ArticleNumber, MembershipId
from custaccount.ordering import CartLine, PlannedLine

MOST_LINES = 200


class GuestCarts:
    """Carts by a name only the browser has; no prices, for those are the customer's."""

    def __init__(self) -> None:
        self._carts: dict[str, dict[ArticleNumber, CartLine]] = {}
        self._left: dict[MembershipId, tuple[PlannedLine, ...]] = {}
        self._changing = threading.Lock()

    def add(self, name: str, lines: Sequence[CartLine]) -> None:
        """Put lines in; equal articles add up."""
        with self._changing:
            cart = dict(self._carts.get(name, {}))
            for line in lines:
                already = cart[line.article].quantity if line.article in cart else Decimal(0)
                cart[line.article] = attrs.evolve(line, quantity=line.quantity + already)
            if len(cart) <= MOST_LINES:
                self._carts[name] = cart

    def lines(self, name: str) -> tuple[CartLine, ...]:
        """Return what is in a cart."""
        return tuple(self._carts.get(name, {}).values())

    def forget(self, name: str) -> None:
        """Empty a cart."""
        with self._changing:
            self._carts.pop(name, None)

    def leave(self, member: MembershipId, lines: Sequence[PlannedLine]) -> None:
        """Keep what could not be taken over into a member's cart, until it was seen."""
        with self._changing:
            self._left[member] = tuple(lines)

    def left(self, member: MembershipId) -> tuple[PlannedLine, ...]:
        """Return what could not be taken over."""
        return self._left.get(member, ())

    def seen(self, member: MembershipId) -> None:
        """Forget what could not be taken over."""
        with self._changing:
            self._left.pop(member, None)


def written(lines: Sequence[CartLine]) -> str:
    """Write lines down as the text of a draft."""
    return json.dumps([[line.article, line.text, str(line.quantity), line.unit] for line in lines])


def read(draft: str) -> tuple[CartLine, ...]:
    """Read the lines of a draft."""
    rows: Sequence[Sequence[str]] = json.loads(draft)
    return tuple(
        CartLine(article=ArticleNumber(article), text=text, quantity=Decimal(quantity), unit=unit)
        for article, text, quantity, unit in rows
    )


def in_words(draft: str) -> Sequence[Mapping[str, object]]:
    """Say what is in a draft, for a page."""
    return [
        {"text": line.text, "quantity": line.quantity, "unit": line.unit} for line in read(draft)
    ]
