"""Storages by back end, and a last line that says which back ends there were."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from custaccount.adapters.memory import MemoryStorage
from custaccount.adapters.sqlalchemy import SqlAlchemyStorage
from custaccount.storage import Storage
from tests import backends
from tests.adapters import django_project
from tests.adapters.django_project import POSTGRES, SQLITE, Host


def pytest_sessionstart() -> None:
    """Fail at once if a required back end is unknown; end in order when told to, as by Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # databases are dropped
    unknown = backends.required() - backends.REQUIRABLE
    if unknown:
        message = f"{backends.REQUIRED} names unknown back ends: {', '.join(sorted(unknown))}"
        raise pytest.UsageError(message)


def _database(
    name: str, server: backends.Server | backends.Missing
) -> Iterator[str | backends.Missing]:
    if isinstance(server, backends.Missing):
        if name in backends.required():
            pytest.fail(f"{name} is required: {server.why}", pytrace=False)
        yield server
        return
    with backends.database(server) as url:
        yield backends.migrated(url)


def _url(request: pytest.FixtureRequest, name: str, database: str | backends.Missing) -> str:
    if isinstance(database, backends.Missing):
        backends.note(request, name, missing=database.why)
        pytest.skip(database.why)
    backends.note(request, name)
    return database


@pytest.fixture(scope="session")
def postgres_database() -> Iterator[str | backends.Missing]:
    """Return the address of a PostgreSQL database with all tables, or why there is none."""
    yield from _database("postgres", backends.find_postgres())


@pytest.fixture(scope="session")
def mariadb_database() -> Iterator[str | backends.Missing]:
    """Return the address of a MariaDB database with all tables, or why there is none."""
    yield from _database("mariadb", backends.find_mariadb())


@pytest.fixture(scope="session")
def opened() -> Iterator[Callable[[str], SqlAlchemyStorage]]:
    """Open a database once for all tests: what is compiled and connected is used again."""
    with ExitStack() as stack:
        yield cache(lambda url: stack.enter_context(backends.opened(url)))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with all tables, to copy."""
    file = tmp_path_factory.mktemp("sqlite") / "template.db"
    backends.migrated(f"sqlite:///{file}")
    return file


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest, postgres_database: str | backends.Missing) -> str:
    """Return the address of a PostgreSQL database with all tables, empty or not."""
    return _url(request, "postgres", postgres_database)


@pytest.fixture
def mariadb_url(request: pytest.FixtureRequest, mariadb_database: str | backends.Missing) -> str:
    """Return the address of a MariaDB database with all tables, empty or not."""
    return _url(request, "mariadb", mariadb_database)


@pytest.fixture(scope="session")
def redis_found() -> str | backends.Missing:
    """Return the address of a Redis, or why there is none."""
    found = backends.find_redis()
    if isinstance(found, backends.Missing) and "redis" in backends.required():
        pytest.fail(f"redis is required: {found.why}", pytrace=False)
    return found


@pytest.fixture
def redis_url(request: pytest.FixtureRequest, redis_found: str | backends.Missing) -> str:
    """Return the address of a Redis that others may use too."""
    return _url(request, "redis", redis_found)


@pytest.fixture
def postgres_storage(
    postgres_url: str, opened: Callable[[str], SqlAlchemyStorage]
) -> Iterator[SqlAlchemyStorage]:
    """Return an empty storage on PostgreSQL."""
    yield opened(postgres_url)
    backends.clear(opened(postgres_url).engine)


@pytest.fixture
def mariadb_storage(
    mariadb_url: str, opened: Callable[[str], SqlAlchemyStorage]
) -> Iterator[SqlAlchemyStorage]:
    """Return an empty storage on MariaDB."""
    yield opened(mariadb_url)
    backends.clear(opened(mariadb_url).engine)


@pytest.fixture
def sqlite_url(request: pytest.FixtureRequest, sqlite_template: Path, tmp_path: Path) -> str:
    """Return the address of a SQLite file with all tables, empty."""
    backends.note(request, "sqlite")
    file = shutil.copy(sqlite_template, tmp_path / "shop.db")
    return f"sqlite:///{file}"


@pytest.fixture
def sqlite_storage(sqlite_url: str) -> Iterator[SqlAlchemyStorage]:
    """Return an empty storage on SQLite."""
    with backends.opened(sqlite_url) as storage:
        yield storage


@pytest.fixture
def memory_storage(request: pytest.FixtureRequest) -> MemoryStorage:
    """Return an empty storage in memory."""
    backends.note(request, "memory")
    return MemoryStorage()


@pytest.fixture(params=backends.BACKENDS)
def storage(request: pytest.FixtureRequest) -> Storage:
    """Return an empty storage, on each back end in turn."""
    found: Storage = request.getfixturevalue(f"{request.param.replace('-', '_')}_storage")
    return found


@pytest.fixture(params=backends.SQL)
def sql_storage(request: pytest.FixtureRequest) -> SqlAlchemyStorage:
    """Return an empty storage in SQL, on each back end in turn."""
    found: SqlAlchemyStorage = request.getfixturevalue(f"{request.param}_storage")
    return found


@pytest.fixture(scope="session")
def django_absent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Set Django up; return the databases that are not there, and why."""
    absent: dict[str, str] = {}
    if find_spec("django") is None:
        why = "Django is not installed"
        if "django" in backends.required():
            pytest.fail(f"django is required: {why}", pytrace=False)
        yield dict.fromkeys((SQLITE, POSTGRES), why)
        return
    with ExitStack() as stack:
        databases = {SQLITE: django_project.sqlite(tmp_path_factory.mktemp("django") / "shop.db")}
        server = backends.find_postgres()
        if isinstance(server, backends.Missing):
            if "postgres" in backends.required():
                pytest.fail(f"postgres is required: {server.why}", pytrace=False)
            absent[POSTGRES] = server.why
        else:
            url = stack.enter_context(backends.database(server))
            databases[POSTGRES] = django_project.postgres(url)
        stack.callback(django_project.close)
        django_project.configure(databases)
        for alias in databases:
            django_project.migrate(alias)
        yield absent


def _host(request: pytest.FixtureRequest, absent: dict[str, str], alias: str) -> Iterator[Host]:
    name = "django-postgres" if alias == POSTGRES else "django-sqlite"
    why = absent.get(alias, "")
    backends.note(request, name, missing=why)
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


@pytest.fixture
def django_sqlite_storage(django_sqlite: Host) -> Storage:
    """Return an empty storage of Django on SQLite."""
    return django_sqlite.storage()


@pytest.fixture
def django_postgres_storage(django_postgres: Host) -> Storage:
    """Return an empty storage of Django on PostgreSQL."""
    return django_postgres.storage()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which back ends the run had, and which it had not."""
    ran: set[str] = set()
    missing: dict[str, str] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            noted = dict(getattr(report, "user_properties", ()))
            if "missing" in noted:
                missing[noted["missing"]] = noted["why"]
            elif "backend" in noted:
                ran.add(noted["backend"])
    if ran or missing:
        there = ", ".join(name for name in (*backends.EVERY, "redis") if name in ran) or "none"
        terminalreporter.write_line(f"back ends: {there}")
    for name, why in missing.items():
        terminalreporter.write_line(f"BACK END NOT RUN: {name} ({why})", yellow=True, bold=True)
