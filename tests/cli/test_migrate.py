"""``migrate`` brings tables up to date, and says where somebody else does it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from custaccount.adapters.memory import MemoryStorage
from custaccount.adapters.sqlalchemy import SqlAlchemyStorage, metadata
from custaccount.storage import Migrating, Revised
from tests.cli.conftest import Built, Run


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[SqlAlchemyStorage]:
    """Return a storage without tables."""
    storage = SqlAlchemyStorage.connect(f"sqlite:///{tmp_path / 'empty.db'}")
    yield storage
    storage.engine.dispose()


def test_tables_come_up_to_date(empty: SqlAlchemyStorage, built: Built, run: Run) -> None:
    """Looking tells that they are behind and changes nothing; a second time there is nothing."""
    accounts = built(storage=empty)

    looked = run(accounts, "migrate", "--check")
    assert looked.exit_code == 1
    assert "behind: 0001" in looked.output
    assert not inspect(empty.engine).get_table_names()

    assert "up to date now: 0001" in run(accounts, "migrate").output
    assert metadata.tables.keys() <= set(inspect(empty.engine).get_table_names())

    assert run(accounts, "migrate", "--check").exit_code == 0
    assert run(accounts, "migrate").output == "The tables are up to date.\n"


def test_tables_of_the_hosts_own_migrations_are_left_alone(
    empty: SqlAlchemyStorage, built: Built, run: Run
) -> None:
    """All are there, and no version of ours: the host keeps our metadata in its own."""
    metadata.create_all(empty.engine)

    assert empty.pending() == ()
    assert run(built(storage=empty), "migrate").output == "The tables are up to date.\n"


def test_tables_newer_than_the_code_are_not_behind(
    empty: SqlAlchemyStorage, built: Built, run: Run
) -> None:
    """While a deployment goes on, the old version meets the new tables."""
    empty.migrate()
    with empty.engine.begin() as connection:
        connection.execute(text("UPDATE custaccount_alembic_version SET version_num = '9999'"))

    assert empty.pending() == ()
    assert run(built(storage=empty), "migrate", "--check").exit_code == 0


def test_a_storage_without_tables_has_nothing_to_do(built: Built, run: Run) -> None:
    """It says so, and it is no failure."""
    result = run(built(storage=MemoryStorage()), "migrate")

    assert result.exit_code == 0
    assert result.output == "MemoryStorage has no tables: nothing to do.\n"


def test_a_host_that_migrates_itself_is_named(built: Built, run: Run) -> None:
    """Django for example; looking works all the same."""

    class Theirs(MemoryStorage):
        migrate_with = "manage.py migrate custaccount"

        def pending(self) -> tuple[str, ...]:
            return ("0002_more",)

    accounts = built(storage=Theirs())
    assert isinstance(accounts.storage, Revised)
    assert not isinstance(accounts.storage, Migrating)

    result = run(accounts, "migrate")

    assert result.exit_code == 1
    assert "manage.py migrate custaccount" in result.output
    assert "0002_more" in run(accounts, "migrate", "--check").output


def test_a_database_that_is_down_is_told(built: Built, run: Run, nobody: int) -> None:
    """In one line."""
    storage = SqlAlchemyStorage.connect(f"postgresql://shop@127.0.0.1:{nobody}/shop")

    result = run(built(storage=storage), "migrate")

    assert result.exit_code == 1
    assert "StorageUnavailable" in result.output
    assert len(result.output.splitlines()) == 1


def test_on_postgres_too(postgres_url: str, built: Built, run: Run) -> None:
    """Tables that are there are up to date; in a schema without them all are missing."""
    storage = SqlAlchemyStorage.connect(postgres_url)
    elsewhere = SqlAlchemyStorage(storage.engine, schema="nowhere")

    assert run(built(storage=storage), "migrate", "--check").exit_code == 0
    assert elsewhere.pending()
    storage.engine.dispose()
