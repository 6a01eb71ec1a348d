"""The portals' pages: a URLconf of their own, as if there were one portal, at the root."""

from functools import partial

from django.urls import path

from django_portal.portal import show
from pages.asking import View
from pages.views import ROUTES


def served_by(views: dict[str, View]) -> partial:
    """Make Django's view of some of ours."""
    return lambda request, **values: show(request, views, **values)


urlpatterns = [
    path(route.path.removeprefix("/"), served_by(route.serves()), name=route.name)
    for route in ROUTES
]
