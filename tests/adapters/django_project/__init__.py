"""A Django host for tests: settings made in the process, a database for each back end."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

SQLITE, POSTGRES = "default", "postgres"
FAST = "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF"


def configure(databases: Mapping[str, Mapping[str, Any]], **more: object) -> None:
    """Set Django up, once a process; other tests in it see nothing of it."""
    import django
    from django.conf import settings

    settings.configure(
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


def clear(alias: str) -> None:
    """Empty every table of the app."""
    from django.apps import apps

    for model in apps.get_app_config("custaccount").get_models():
        model._base_manager.using(alias).all().delete()


def close() -> None:
    """Let go of this thread's connections."""
    from django.db import connections

    connections.close_all()
