"""Migrations: the revisions in the wheel, run on a host's engine."""

from typing import Any

from sqlalchemy import Engine, inspect

from custaccount.adapters.sqlalchemy.engines import Transactions
from custaccount.adapters.sqlalchemy.tables import metadata

LOCATION = "custaccount.adapters.sqlalchemy:migrations"
VERSION_TABLE = "custaccount_alembic_version"
LOCK = 0x637573746163  # "custac", for PostgreSQL's advisory locks


def migrate(engine: Engine, *, schema: str | None = None, revision: str = "head") -> None:
    """Bring the tables to a revision, in one transaction; of several processes one does it."""
    from alembic import command

    with Transactions(engine).writing() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        command.upgrade(alembic_config(connection=connection, schema=schema), revision)
        connection.commit()


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
