"""Time and identifiers that tests decide."""

import itertools
from datetime import UTC, datetime, timedelta

from custaccount.kernel.clock import utc
from custaccount.kernel.ids import NewId

MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday."""


class FixedClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = MORNING) -> None:
        self._now = utc(now)

    def __call__(self) -> datetime:
        """Tell the time."""
        return self._now

    def advance(self, by: timedelta) -> datetime:
        """Move on (or back) and tell the time."""
        self._now += by
        return self._now

    def set(self, now: datetime) -> None:
        """Move to a moment."""
        self._now = utc(now)


def ids(prefix: str = "id") -> NewId:
    """Count identifiers, or secrets: ``id-000001``, ``id-000002``, the same in every run."""
    count = itertools.count(1)

    def new_id() -> str:
        return f"{prefix}-{next(count):06}"

    return new_id
