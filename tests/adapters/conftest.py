"""A Django host in this process, once, with a database for each back end that is there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
from tests import backends
from tests.adapters import django_project

if TYPE_CHECKING:
    from custaccount.adapters.django.storage import DjangoStorage

Missing = backends.Missing


@pytest.fixture(scope="session")
def django_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Missing | dict[str, str]]:
    """Return the aliases there are and, of those there are not, why."""
    if find_spec("django") is None:
        yield Missing("Django is not installed")
        return
    absent = {}
    with ExitStack() as stack:
        file = tmp_path_factory.mktemp("django") / "shop.db"
        databases = {django_project.SQLITE: django_project.sqlite(file)}
        server = backends.find_postgres()
        if isinstance(server, Missing):
            absent[django_project.POSTGRES] = server.why
        else:
            url = stack.enter_context(backends.database(server))
            databases[django_project.POSTGRES] = django_project.postgres(url)
        stack.callback(django_project.close)
        django_project.configure(databases)
        for alias in databases:
            django_project.migrate(alias)
        yield absent


@pytest.fixture
def django_sqlite_storage(
    request: pytest.FixtureRequest, django_host: Missing | dict[str, str]
) -> Iterator[DjangoStorage]:
    """Return an empty storage of Django on SQLite."""
    yield from _storage(request, django_host, "django-sqlite", django_project.SQLITE)


@pytest.fixture
def django_postgres_storage(
    request: pytest.FixtureRequest, django_host: Missing | dict[str, str]
) -> Iterator[DjangoStorage]:
    """Return an empty storage of Django on PostgreSQL."""
    yield from _storage(request, django_host, "django-postgres", django_project.POSTGRES)


@pytest.fixture(params=["sqlite", "postgres"])
def django_storage(request: pytest.FixtureRequest) -> DjangoStorage:
    """Return an empty storage of Django, on each back end in turn."""
    found: DjangoStorage = request.getfixturevalue(f"django_{request.param}_storage")
    return found


def _storage(
    request: pytest.FixtureRequest, host: Missing | dict[str, str], backend: str, alias: str
) -> Iterator[DjangoStorage]:
    why = host.why if isinstance(host, Missing) else host.get(alias)
    if why is not None:
        backends.note(request, backend, missing=why)
        pytest.skip(why)
    backends.note(request, backend)
    from custaccount.adapters.django.storage import DjangoStorage

    yield DjangoStorage(alias)
    django_project.clear(alias)
