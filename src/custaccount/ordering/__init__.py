"""Ordering again: what an earlier order becomes today, line by line."""

from custaccount.ordering.model import (
    Article,
    CartLine,
    CartOwner,
    LinesUnknown,
    Note,
    OrderCopied,
    Outcome,
    PlanChanged,
    PlanInvalid,
    PlannedLine,
    Reason,
    ReorderPlan,
)
from custaccount.ordering.ports import Cart, Catalogue, OrderingWork

__all__ = [
    "Article",
    "Cart",
    "CartLine",
    "CartOwner",
    "Catalogue",
    "LinesUnknown",
    "Note",
    "OrderCopied",
    "OrderingWork",
    "Outcome",
    "PlanChanged",
    "PlanInvalid",
    "PlannedLine",
    "Reason",
    "ReorderPlan",
]
