"""Guests: they look around without prices, and what they put into a cart is not lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from decimal import Decimal

from custaccount.kernel.errors import CustAccountError, NotFound
from custaccount.kernel.sources import new_secret
from custaccount.ordering import CartLine, Outcome
from pages.asking import Answer, Asked, Route, go, page
from pages.menu import GUEST_ORDER
from wholesaler.articles import Range
from wholesaler.guests import written

COOKIE = "moewenkontor_cart"
KEPT = 30 * 24 * 3600
"""Seconds a browser keeps the name of its cart."""
DIGITS_MOST = 4


def articles(asked: Asked) -> Answer:
    """Show what there is, without prices, one range of the catalogue a page."""
    chosen = chosen_range(asked, asked.named("range"))
    return page("articles.html", ranges=asked.shop.ranges.values(), range=chosen, counts={})


def articles_now(asked: Asked) -> Answer:
    """Put what was counted into the guest's cart."""
    asked.visit.guest().meet(GUEST_ORDER)
    chosen = chosen_range(asked, asked.field("range"))
    lines = list(_counted(asked, chosen))
    if not lines:
        return go("articles", range=chosen.key)
    visit = asked.visit
    name = visit.cookie(COOKIE) or new_secret()
    asked.shop.guests.add(name, lines)
    visit.remember(COOKIE, name, age=KEPT)
    take_along(asked)
    return go("cart")


def chosen_range(asked: Asked, key: str) -> Range:
    """Find a range of the catalogue; the first one unless another is named."""
    ranges = asked.shop.ranges
    chosen = ranges.get(key or next(iter(ranges)))
    if chosen is None:
        raise NotFound
    return chosen


def _counted(asked: Asked, chosen: Range) -> Iterator[CartLine]:
    for article in chosen.articles:
        count = asked.field(article.number)
        if count.isascii() and count.isdecimal() and len(count) <= DIGITS_MOST and int(count):
            yield CartLine(
                article=article.number,
                text=article.text,
                quantity=Decimal(count),
                unit=article.unit,
            )


# What becomes of it -----------------------------------------------------------------------------


def lines_of(asked: Asked) -> Sequence[CartLine]:
    """Return what is in the browser's cart."""
    return asked.shop.guests.lines(asked.visit.cookie(COOKIE))


def draft_of(asked: Asked) -> str | None:
    """Write the browser's cart down, to be kept with a registration."""
    lines = lines_of(asked)
    return written(lines) if lines else None


def forget_cart(asked: Asked) -> None:
    """Empty the browser's cart; the next one has another name."""
    asked.shop.guests.forget(asked.visit.cookie(COOKIE))
    asked.visit.forget(COOKIE)


def take_along(asked: Asked) -> None:
    """Put the browser's cart into that of the member who has just come in.

    Whatever keeps it from that, nobody's sign-in fails for it: the cart stays, and is taken along
    at the next occasion.
    """
    name, lines = asked.visit.cookie(COOKIE), lines_of(asked)
    if not lines:
        return
    with suppress(CustAccountError):
        member = asked.visit.member()
        decided = asked.shop.accounts.guest_cart.merge(member, lines, key=name)
        left = [line for line in decided if line.outcome is not Outcome.ADDED]
        asked.shop.guests.leave(member.membership, left)
        forget_cart(asked)


ROUTES: Sequence[Route] = (
    Route(name="articles", path="/articles", show=articles, do=articles_now),
)
