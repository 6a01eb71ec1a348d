"""Storages by back end, and a last line that says which back ends there were."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import backends

from custaccount.adapters.memory import MemoryStorage
from custaccount.adapters.sqlalchemy import SqlAlchemyStorage
from custaccount.storage import Storage


def pytest_sessionstart() -> None:
    """Fail at once if a required back end is not there."""
    unknown = backends.required() - set(backends.BACKENDS)
    if unknown:
        message = f"{backends.REQUIRED} names unknown back ends: {', '.join(sorted(unknown))}"
        raise pytest.UsageError(message)


@pytest.fixture(scope="session")
def postgres_database() -> Iterator[str | backends.Missing]:
    """Return the address of a database with all tables, or why there is none."""
    server = backends.find_postgres()
    if isinstance(server, backends.Missing):
        if "postgres" in backends.required():
            pytest.fail(f"postgres is required: {server.why}", pytrace=False)
        yield server
        return
    with backends.database(server) as url:
        yield backends.migrated(url)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with all tables, to copy."""
    file = tmp_path_factory.mktemp("sqlite") / "template.db"
    backends.migrated(f"sqlite:///{file}")
    return file


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest, postgres_database: str | backends.Missing) -> str:
    """Return the address of a PostgreSQL database with all tables, empty or not."""
    if isinstance(postgres_database, backends.Missing):
        backends.note(request, "postgres", missing=postgres_database.why)
        pytest.skip(postgres_database.why)
    backends.note(request, "postgres")
    return postgres_database


@pytest.fixture
def postgres_storage(postgres_url: str) -> Iterator[SqlAlchemyStorage]:
    """Return an empty storage on PostgreSQL."""
    with backends.opened(postgres_url) as storage:
        yield storage
        backends.clear(storage.engine)


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
    found: Storage = request.getfixturevalue(f"{request.param}_storage")
    return found


@pytest.fixture(params=["sqlite", "postgres"])
def sql_storage(request: pytest.FixtureRequest) -> SqlAlchemyStorage:
    """Return an empty storage in SQL, on each back end in turn."""
    found: SqlAlchemyStorage = request.getfixturevalue(f"{request.param}_storage")
    return found


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
        there = ", ".join(name for name in backends.BACKENDS if name in ran) or "none"
        terminalreporter.write_line(f"back ends: {there}")
    for name, why in missing.items():
        terminalreporter.write_line(f"back end not run: {name} ({why})", yellow=True)
