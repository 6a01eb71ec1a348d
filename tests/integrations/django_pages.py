"""The URLconf of the portals' pages."""

from __future__ import annotations

from functools import partial

from django.urls import path

from tests.integrations.django_host import show
from tests.integrations.ground import PAGES

urlpatterns = [
    path(address.removeprefix("/"), partial(show, views=views), name=name)
    for name, address, views in PAGES
]
