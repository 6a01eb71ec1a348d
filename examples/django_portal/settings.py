"""What the host sets: as in any settings module, but for what each start makes anew."""

from __future__ import annotations

import secrets
from pathlib import Path

import pages


def written(database: Path, base_url: str) -> dict[str, object]:
    """Write the settings for a database and an address."""
    return {
        "ALLOWED_HOSTS": ["127.0.0.1", "localhost"],
        "CSRF_COOKIE_HTTPONLY": True,
        "CSRF_FAILURE_VIEW": "custaccount.integrations.django.form_refused",
        "CUSTACCOUNT_FACTORY": "django_portal.shop.build",
        "DATABASES": {
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(database),
                "OPTIONS": {"init_command": "PRAGMA journal_mode = WAL", "timeout": 20},
            }
        },
        "INSTALLED_APPS": [
            "custaccount.adapters.django",
            "django.contrib.admin",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.messages",
            "django.contrib.sessions",
            "django.contrib.staticfiles",
        ],
        "MIDDLEWARE": [
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django_portal.portal.portals",  # last
        ],
        "ROOT_URLCONF": "django_portal.urls",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "SHOP_URL": base_url,
        "STATICFILES_DIRS": [pages.STATIC],
        "STATIC_URL": "/static/",
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.jinja2.Jinja2",
                "DIRS": [pages.TEMPLATES],
                "OPTIONS": {"environment": "pages.environment", "undefined": pages.UNDEFINED},
            },
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",  # the admin's
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                        "django.template.context_processors.request",
                    ]
                },
            },
        ],
        "TIME_ZONE": "Europe/Berlin",
        "USE_TZ": True,
    }
