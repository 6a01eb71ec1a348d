"""The Django host of this process, on each of its databases."""

from __future__ import annotations

import pytest

from tests.adapters.django_project import Host


@pytest.fixture(params=["sqlite", "postgres"])
def django_host(request: pytest.FixtureRequest) -> Host:
    """Return a Django host, on each back end in turn."""
    found: Host = request.getfixturevalue(f"django_{request.param}")
    return found
