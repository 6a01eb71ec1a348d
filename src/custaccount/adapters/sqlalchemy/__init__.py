"""Storage in SQL through SQLAlchemy Core: SQLite, PostgreSQL and MariaDB."""

from custaccount.adapters.sqlalchemy.limits import SqlLimits
from custaccount.adapters.sqlalchemy.migrating import MigrationHalfDone, migrate
from custaccount.adapters.sqlalchemy.storage import JoinedStorage, SqlAlchemyStorage
from custaccount.adapters.sqlalchemy.tables import metadata

__all__ = [
    "JoinedStorage",
    "MigrationHalfDone",
    "SqlAlchemyStorage",
    "SqlLimits",
    "metadata",
    "migrate",
]
