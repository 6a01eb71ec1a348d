"""Migrations: the revisions in the wheel, run on a host's engine."""

from typing import Any

from sqlalchemy import Engine

from custaccount.adapters.sqlalchemy.engines import Transactions

LOCATION = "custaccount.adapters.sqlalchemy:migrations"
LOCK = 0x637573746163  # "custac", for PostgreSQL's advisory locks


def migrate(engine: Engine, *, schema: str | None = None, revision: str = "head") -> None:
    """Bring the tables to a revision, in one transaction; of several processes one does it."""
    from alembic import command

    with Transactions(engine).writing() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        command.upgrade(alembic_config(connection=connection, schema=schema), revision)
        connection.commit()


def alembic_config(**attributes: Any) -> Any:  # noqa: ANN401 - alembic costs a second to import
    """Make the configuration under which Alembic's own commands find the revisions."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", LOCATION)
    config.attributes.update(attributes)
    return config
