"""The Django host of this process, on each of its databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from custaccount.storage import Storage
from tests import backends
from tests.adapters.django_project import POSTGRES, SQLITE, Host

NAMES = {SQLITE: "django-sqlite", POSTGRES: "django-postgres"}


def _host(request: pytest.FixtureRequest, absent: dict[str, str], alias: str) -> Iterator[Host]:
    why = absent.get(alias, "")
    backends.note(request, NAMES[alias], missing=why)
    if why:
        pytest.skip(why)
    host = Host(alias)
    yield host
    host.clear()


@pytest.fixture
def django_sqlite(request: pytest.FixtureRequest, django_absent: dict[str, str]) -> Iterator[Host]:
    """Return a Django host on SQLite whose tables are empty."""
    yield from _host(request, django_absent, SQLITE)


@pytest.fixture
def django_postgres(
    request: pytest.FixtureRequest, django_absent: dict[str, str]
) -> Iterator[Host]:
    """Return a Django host on PostgreSQL whose tables are empty."""
    yield from _host(request, django_absent, POSTGRES)


@pytest.fixture(params=["sqlite", "postgres"])
def django_host(request: pytest.FixtureRequest) -> Host:
    """Return a Django host, on each back end in turn."""
    found: Host = request.getfixturevalue(f"django_{request.param}")
    return found


@pytest.fixture
def django_sqlite_storage(django_sqlite: Host) -> Storage:
    """Return an empty storage of Django on SQLite."""
    return django_sqlite.storage()


@pytest.fixture
def django_postgres_storage(django_postgres: Host) -> Storage:
    """Return an empty storage of Django on PostgreSQL."""
    return django_postgres.storage()
