"""A Django host for tests: settings made in the process, a database for each back end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
from sqlalchemy import make_url

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from custaccount.adapters.django.storage import DjangoStorage

R = TypeVar("R")

SQLITE, POSTGRES = "default", "postgres"
PATIENCE = 5.0
FAST = "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF"


def configure(databases: Mapping[str, Mapping[str, Any]], **more: object) -> None:
    """Set Django up, once a process; other tests in it see nothing of it."""
    import django
    from django.conf import settings

    settings.configure(
        ALLOWED_HOSTS=["testserver"],
        DATABASES=dict(databases),
        INSTALLED_APPS=[
            "django.contrib.admin",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.messages",
            "django.contrib.sessions",
            "custaccount.adapters.django",
        ],
        LOGGING_CONFIG=None,
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        ROOT_URLCONF="tests.adapters.django_project.urls",
        SECRET_KEY="for tests",
        STATIC_URL="static/",
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                        "django.template.context_processors.request",
                    ]
                },
            }
        ],
        TIME_ZONE="Europe/Berlin",
        USE_TZ=True,
        **more,
    )
    django.setup()


def sqlite(file: Path) -> dict[str, Any]:
    """Describe a SQLite file, in a time zone that is not UTC, as a host may have it."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(file),
        "OPTIONS": {"init_command": FAST},
        "TIME_ZONE": "Europe/Berlin",
    }


def postgres(url: str) -> dict[str, Any]:
    """Describe a PostgreSQL database, with an isolation that is not what units need."""
    where = make_url(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": where.database,
        "HOST": where.host,
        "PORT": where.port,
        "USER": where.username,
        "PASSWORD": where.password,
        "OPTIONS": {"options": "-c default_transaction_isolation=serializable"},
    }


def migrate(alias: str) -> None:
    """Make all tables."""
    from django.core.management import call_command

    call_command("migrate", database=alias, verbosity=0)


def close() -> None:
    """Let go of this thread's connections."""
    from django.db import connections

    connections.close_all()


@attrs.frozen
class Host:
    """What a Django host does on one of its databases."""

    alias: str

    def storage(self, after_commit: Callable[[], object] | None = None) -> DjangoStorage:
        """Return a storage on the database."""
        from custaccount.adapters.django.storage import DjangoStorage

        return DjangoStorage(self.alias, after_commit=after_commit)

    @property
    def connection(self) -> BaseDatabaseWrapper:
        """The thread's connection."""
        from django.db import connections

        return connections[self.alias]

    @property
    def is_postgres(self) -> bool:
        """Whether it is PostgreSQL."""
        return self.alias == POSTGRES

    def atomic(self) -> AbstractContextManager[None]:
        """Open a block of the host's own."""
        from django.db import transaction

        return transaction.atomic(using=self.alias)

    @contextmanager
    def without_autocommit(self) -> Iterator[BaseDatabaseWrapper]:
        """Work as a host that commits by hand."""
        self.connection.set_autocommit(False)
        try:
            yield self.connection
        finally:
            self.connection.rollback()
            self.connection.set_autocommit(True)

    def elsewhere(self, deed: Callable[[], R]) -> R:
        """Do something on another thread, with a connection of its own."""

        def done() -> R:
            try:
                return deed()
            finally:
                close()

        with ThreadPoolExecutor(1) as other:
            return other.submit(done).result(PATIENCE)

    def run(self, sql: str, *params: object) -> list[tuple[Any, ...]]:
        """Run a statement of the host's own."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql, params)
            return list(cursor.fetchall()) if cursor.description else []

    def count(self, table: str) -> int:
        """Count the rows of a table of ours."""
        ((count,),) = self.run(f"SELECT count(*) FROM custaccount_{table}")  # noqa: S608
        return int(count)

    def clear(self) -> None:
        """Empty every table of the app."""
        from django.apps import apps

        for model in apps.get_app_config("custaccount").get_models():
            model._base_manager.using(self.alias).all().delete()
