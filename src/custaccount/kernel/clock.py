"""Time is aware, in UTC, and comes from an injected clock."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Tells the time: aware and in UTC."""


def utc(moment: datetime) -> datetime:
    """Convert to UTC; a naive moment is a ``ValueError``, for nobody knows when it is."""
    if moment.tzinfo is None:
        message = "a moment needs a time zone"
        raise ValueError(message)
    return moment.astimezone(UTC)


def utc_if_known(moment: datetime | None) -> datetime | None:
    """Convert to UTC what may be unknown."""
    return None if moment is None else utc(moment)
