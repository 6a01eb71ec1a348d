"""The demo: Django on a fresh SQLite file, full of sample data, with a login for its staff."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

from django_portal.settings import written
from serving import Made
from wholesaler.shop import readable


@contextmanager
def making(database: Path, base_url: str) -> Iterator[Made]:
    """Make the host; once a process, for Django's settings are the process's."""
    settings.configure(**written(database, base_url))
    django.setup()
    call_command("migrate", verbosity=0)

    from django.contrib.staticfiles.handlers import StaticFilesHandler  # noqa: PLC0415 - now
    from django.core.wsgi import get_wsgi_application  # noqa: PLC0415 - settings first
    from django.db import connections  # noqa: PLC0415 - settings first

    from django_portal.shop import opened  # noqa: PLC0415 - settings first

    shop, what = opened()
    try:
        application = StaticFilesHandler(get_wsgi_application())
        yield Made(application=application, opened=what, more=staff_told(base_url))
    finally:
        shop.accounts.close()
        connections.close_all()


def staff_told(base_url: str) -> str:
    """Make a login that may look at every table, and say so."""
    from django.contrib.auth.models import Permission, User  # noqa: PLC0415 - apps first

    name, password = "ove", readable()
    ove = User.objects.create_user(name, password=password, is_staff=True)
    looking = {"content_type__app_label": "custaccount", "codename__startswith": "view_"}
    ove.user_permissions.set(Permission.objects.filter(**looking))
    return f"""
  Staff look at the tables, and change none, at
  {base_url}/admin/
    {name}
    {password}
"""
