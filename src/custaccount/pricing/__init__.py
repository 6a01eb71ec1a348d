"""Price lists, and what a customer pays and why."""

from custaccount.pricing.model import (
    Attachment,
    Candidate,
    Level,
    PriceList,
    PriceListAttached,
    PriceListCreated,
    PriceListNotFound,
    PriceRow,
    PricesReplaced,
    Quote,
    Tier,
    Wanted,
    quotes,
)
from custaccount.pricing.ports import KeepPrices, PricingReading, PricingWork, ReadPrices

__all__ = [
    "Attachment",
    "Candidate",
    "KeepPrices",
    "Level",
    "PriceList",
    "PriceListAttached",
    "PriceListCreated",
    "PriceListNotFound",
    "PriceRow",
    "PricesReplaced",
    "PricingReading",
    "PricingWork",
    "Quote",
    "ReadPrices",
    "Tier",
    "Wanted",
    "quotes",
]
