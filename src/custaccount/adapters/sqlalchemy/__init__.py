"""Storage in SQL through SQLAlchemy Core: SQLite and PostgreSQL."""

from custaccount.adapters.sqlalchemy.migrating import migrate
from custaccount.adapters.sqlalchemy.storage import JoinedStorage, SqlAlchemyStorage
from custaccount.adapters.sqlalchemy.tables import metadata

__all__ = ["JoinedStorage", "SqlAlchemyStorage", "metadata", "migrate"]
