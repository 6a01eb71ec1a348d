"""Time is aware, in UTC, and comes from an injected clock."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import attrs

Clock = Callable[[], datetime]
"""Tells the time: aware and in UTC."""


def utc(moment: datetime) -> datetime:
    """Convert to UTC; a naive moment is a ``ValueError``, for nobody knows when it is."""
    if moment.tzinfo is None:
        message = "a moment needs a time zone"
        raise ValueError(message)
    return moment.astimezone(UTC)


def aware(instance: object, attribute: "attrs.Attribute[Any]", value: datetime | None) -> None:
    """Validate an attrs field: a moment has a time zone."""
    if value is not None and value.tzinfo is None:
        message = f"{type(instance).__name__}.{attribute.name} needs a time zone"
        raise ValueError(message)
