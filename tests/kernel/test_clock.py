"""Time: aware, and in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from custaccount.kernel.clock import utc
from custaccount.kernel.ids import PortalId
from custaccount.portals import PortalOpened


def test_a_moment_is_the_same_in_every_zone() -> None:
    """Converted, not relabelled."""
    noon = datetime(2026, 7, 1, 12, tzinfo=timezone(timedelta(hours=2)))

    assert utc(noon) == datetime(2026, 7, 1, 10, tzinfo=UTC)
    assert utc(noon).tzinfo is UTC


def test_a_moment_without_a_zone_is_refused() -> None:
    """Nobody knows when it is: neither converted nor put into a value."""
    naive = datetime(2026, 7, 1, 12)  # noqa: DTZ001

    with pytest.raises(ValueError, match="time zone"):
        utc(naive)
    with pytest.raises(ValueError, match="needs a time zone"):
        PortalOpened(at=naive, portal=PortalId("p"))
