"""The demo: both applications on a fresh SQLite file, full of sample data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from custaccount.adapters.sqlalchemy import SqlAlchemyStorage, migrate
from flask_portal.app import create_portal, create_shop
from serving import Made
from wholesaler.shop import open_shop


@contextmanager
def making(database: Path, base_url: str) -> Iterator[Made]:
    """Make the host."""
    storage = SqlAlchemyStorage.connect(f"sqlite:///{database}")
    migrate(storage.engine)
    shop, opened = open_shop(storage, base_url)
    try:
        yield Made(application=create_shop(shop, create_portal(shop)), opened=opened)
    finally:
        shop.accounts.close()
        storage.engine.dispose()
