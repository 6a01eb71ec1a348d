"""Migrations: the revisions in the wheel, run on a host's engine."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, inspect

from custaccount.adapters.sqlalchemy.engines import Transactions
from custaccount.adapters.sqlalchemy.tables import metadata
from custaccount.adapters.sqlalchemy.types import MARIADB
from custaccount.kernel.errors import StorageUnavailable

LOCATION = "custaccount.adapters.sqlalchemy:migrations"
VERSION_TABLE = "custaccount_alembic_version"
LOCK = 0x637573746163  # "custac", for PostgreSQL's advisory locks
LONGEST_WAIT = 60
"""Seconds a process waits for another one that migrates."""


class MigrationHalfDone(RuntimeError):
    """A migration failed on a database that cannot undo what the steps before have made."""

    def __str__(self) -> str:
        """Say what to do."""
        return (
            "A migration failed halfway. MariaDB cannot undo changes of tables: "
            "restore the backup from before, or drop the tables if they were new, then try again. "
            f"What failed: {self.__cause__}"
        )


def migrate(engine: Engine, *, schema: str | None = None, revision: str = "head") -> None:
    """Bring the tables to a revision; of several processes one does it.

    In one transaction, but for MariaDB, which has none for tables: make a backup first.

    Raises:
        MigrationHalfDone: it failed on MariaDB; elsewhere nothing has happened then.
    """
    from alembic import command

    with Transactions(engine).writing() as connection, _alone(connection):
        command.upgrade(alembic_config(connection=connection, schema=schema), revision)
        connection.commit()


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    """Keep other processes from migrating at the same time."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LONGEST_WAIT}s'")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
    if connection.dialect.name not in MARIADB:
        yield
        return
    name = "CONCAT('custaccount ', SHA1(DATABASE()))"
    if connection.exec_driver_sql(f"SELECT GET_LOCK({name}, {LONGEST_WAIT})").scalar() != 1:
        raise StorageUnavailable
    try:
        connection.exec_driver_sql("SET SESSION default_storage_engine = InnoDB")
        yield
    except Exception as error:
        raise MigrationHalfDone from error
    finally:
        connection.exec_driver_sql(f"DO RELEASE_LOCK({name})")


def pending(engine: Engine, *, schema: str | None = None) -> tuple[str, ...]:
    """Name the revisions a database lacks, the oldest first.

    A newer version's tables lack none; nor do those that are there without a version of ours,
    because the host keeps them in its own migrations.
    """
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    options = {"version_table": VERSION_TABLE, "version_table_schema": schema}
    with Transactions(engine).reading() as connection:
        at = MigrationContext.configure(connection, opts=options).get_current_revision()
        there = inspect(connection).get_table_names(schema=schema)
    if at is None and metadata.tables.keys() <= set(there):
        return ()
    script = ScriptDirectory.from_config(alembic_config())
    known = [one.revision for one in reversed(list(script.walk_revisions()))]
    if at is None:
        return tuple(known)
    return tuple(known[known.index(at) + 1 :]) if at in known else ()


def alembic_config(**attributes: Any) -> Any:  # noqa: ANN401 - alembic costs a second to import
    """Make the configuration under which Alembic's own commands find the revisions."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", LOCATION)
    config.attributes.update(attributes)
    return config
