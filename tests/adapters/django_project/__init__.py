"""A Django host for tests: settings made in the process, a database for each back end."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

SQLITE, POSTGRES = "default", "postgres"
WAL = "PRAGMA journal_mode = WAL"


def configure(databases: Mapping[str, Mapping[str, Any]], **more: Any) -> None:
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
        "OPTIONS": {"init_command": WAL},
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
