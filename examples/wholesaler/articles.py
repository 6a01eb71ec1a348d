"""What Möwenkontor sells: 300 articles in twelve ranges, with prices and stock."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

import attrs

from custaccount.kernel.ids import ArticleNumber
from custaccount.kernel.money import Currency, Money
from custaccount.ordering import Article
from custaccount.pricing import PriceRow

EUR = Currency("EUR")
SEED = 815
PER_RANGE = 25

CENT = Decimal("0.01")


@attrs.frozen(kw_only=True)
class Range:
    """A chapter of the catalogue."""

    key: str
    name: str
    prefix: str
    articles: tuple[Article, ...]


def _ranges() -> Iterator[tuple[str, str, str, str, Sequence[str]]]:
    """Give key, name, number prefix, unit and the texts of each range."""
    metric = [(size, length) for size in (6, 8, 10, 12, 16) for length in (20, 30, 40, 60, 80)]
    wood = [(f"{size}.0", length) for size in (3, 4, 5, 6, 8) for length in (30, 40, 60, 80, 120)]
    yield (
        "bolts",
        "Bolts",
        "01",
        "box",
        [
            f"Hex bolt DIN 933 M{size} × {length}, zinc plated, box of 100"
            for size, length in metric
        ],
    )
    yield (
        "wood-screws",
        "Wood screws",
        "02",
        "box",
        [f"Wood screw {size} × {length}, countersunk, box of 200" for size, length in wood],
    )
    yield (
        "anchors",
        "Anchors",
        "03",
        "box",
        [
            f"{kind} {size} mm, box of 50"
            for kind in ("Nylon plug", "Hammer plug", "Wedge anchor", "Cavity anchor", "Frame plug")
            for size in (5, 6, 8, 10, 12)
        ],
    )
    yield (
        "nuts",
        "Nuts and washers",
        "04",
        "box",
        [
            f"{kind} M{size}, stainless A2, box of 100"
            for kind in ("Hex nut", "Lock nut", "Cap nut", "Washer", "Spring washer")
            for size in (5, 6, 8, 10, 12)
        ],
    )
    yield (
        "drills",
        "Drill bits",
        "05",
        "pc",
        [
            f"{kind} {size} mm"
            for kind in ("HSS drill", "Cobalt drill", "Masonry drill", "SDS drill", "Wood drill")
            for size in (4, 5, 6, 8, 10)
        ],
    )
    yield (
        "discs",
        "Cutting and grinding",
        "06",
        "pc",
        [
            f"{kind} {size} mm"
            for kind in ("Cutting disc", "Grinding disc", "Flap disc", "Diamond disc", "Wire cup")
            for size in (75, 100, 115, 125, 230)
        ],
    )
    yield (
        "tools",
        "Hand tools",
        "07",
        "pc",
        [
            f"{kind}, {make}"
            for kind in (
                "Combination pliers",
                "Screwdriver set",
                "Claw hammer",
                "Spirit level",
                "Saw",
            )
            for make in ("short", "long", "insulated", "heavy duty", "compact")
        ],
    )
    yield (
        "gloves",
        "Work gloves",
        "08",
        "pair",
        [
            f"{kind} glove, size {size}"
            for kind in ("Nitrile", "Leather", "Cut-proof", "Winter", "Chemical")
            for size in (7, 8, 9, 10, 11)
        ],
    )
    yield (
        "protection",
        "Protection",
        "09",
        "pc",
        [
            f"{kind}, {colour}"
            for kind in ("Safety glasses", "Ear muffs", "Hard hat", "Dust mask FFP2", "Knee pads")
            for colour in ("clear", "yellow", "blue", "orange", "black")
        ],
    )
    yield (
        "adhesives",
        "Adhesives and sealants",
        "10",
        "pc",
        [
            f"{kind} {size} ml"
            for kind in (
                "Silicone",
                "Acrylic sealant",
                "Mounting adhesive",
                "PU foam",
                "Threadlocker",
            )
            for size in (50, 100, 290, 310, 600)
        ],
    )
    yield (
        "tapes",
        "Tapes",
        "11",
        "roll",
        [
            f"{kind} {width} mm × 50 m"
            for kind in ("Masking tape", "Cloth tape", "Packing tape", "Foil tape", "Warning tape")
            for width in (19, 25, 38, 50, 75)
        ],
    )
    yield (
        "electrical",
        "Electrical",
        "12",
        "pack",
        [
            f"{kind}, {size}"
            for kind in ("Cable ties", "Cable clips", "Terminal blocks", "Heat shrink", "Conduit")
            for size in ("extra small", "small", "medium", "large", "extra large")
        ],
    )


@cache
def catalogue() -> tuple[Range, ...]:
    """Make the twelve ranges."""
    return tuple(
        Range(
            key=key,
            name=name,
            prefix=prefix,
            articles=tuple(
                Article(number=_number(prefix, place), text=text, unit=unit, **LIMITS.get(text, {}))
                for place, text in enumerate(texts)
            ),
        )
        for key, name, prefix, unit, texts in _ranges()
    )


def _number(prefix: str, place: int) -> ArticleNumber:
    return ArticleNumber(f"{prefix}-{1000 + 10 * place}")


LIMITS: Mapping[str, Mapping[str, Any]] = {
    "Nitrile glove, size 9": {"pack_size": Decimal(12)},
    "Leather glove, size 10": {"pack_size": Decimal(6)},
    "Diamond disc 230 mm": {"available": Decimal(8)},
    "Spirit level, heavy duty": {"available": Decimal(0)},
    "PU foam 600 ml": {"largest": Decimal(24)},
    "Cable ties, extra small": {"smallest": Decimal(5)},
    "Cobalt drill 6 mm": {"discontinued": True, "replaced_by": ArticleNumber("05-1020")},
    "Knee pads, orange": {"discontinued": True},
    "Threadlocker 50 ml": {"orderable": False},
}
"""What a copied order runs into, by text."""

UNPRICED = frozenset({"Conduit, extra large", "Chemical glove, size 11"})
"""Sold on request only."""


CENTS = {
    "bolts": (620, 3800),
    "wood-screws": (540, 2900),
    "anchors": (780, 4500),
    "nuts": (390, 2400),
    "drills": (190, 2300),
    "discs": (180, 3900),
    "tools": (890, 5900),
    "gloves": (190, 1350),
    "protection": (290, 3900),
    "adhesives": (310, 1600),
    "tapes": (320, 1700),
    "electrical": (410, 2500),
}
"""Between which amounts a range's list prices lie, in cents."""


# Prices -----------------------------------------------------------------------------------------


@cache
def list_prices() -> tuple[PriceRow, ...]:
    """Make the list everybody starts from, with prices for larger quantities."""
    chance = random.Random(SEED)  # noqa: S311 - sample data
    rows: list[PriceRow] = []
    for chapter in catalogue():
        for article in chapter.articles:
            price = Decimal(chance.randrange(*CENTS[chapter.key])) * CENT
            if article.text in UNPRICED:
                continue
            rows.append(_row(article, price, 1))
            if chance.random() < 0.6:  # noqa: PLR2004 - of the articles
                rows.append(_row(article, price * Decimal("0.94"), 10))
            if chance.random() < 0.3:  # noqa: PLR2004 - of the articles
                rows.append(_row(article, price * Decimal("0.89"), 50))
    return tuple(rows)


def trade_prices() -> tuple[PriceRow, ...]:
    """Make the list of the customer group ``trade``: eight of the ranges, cheaper."""
    prefixes = tuple(chapter.prefix for chapter in catalogue()[:8])
    return tuple(
        attrs.evolve(row, price=(row.price * Decimal("0.88")).rounded(2))
        for row in list_prices()
        if row.article.startswith(prefixes)
    )


def contract_prices() -> tuple[PriceRow, ...]:
    """Make one customer's own list: bolts at what was agreed."""
    return tuple(
        attrs.evolve(row, price=(row.price * Decimal("0.79")).rounded(2))
        for row in list_prices()
        if row.article.startswith("01-")
    )


def _row(article: Article, price: Decimal, quantity: int) -> PriceRow:
    return PriceRow(
        article=article.number,
        price=Money(price, EUR).rounded(2),
        unit=article.unit,
        quantity=Decimal(quantity),
    )
