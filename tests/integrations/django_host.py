"""A Django shop with a URLconf of portals' pages beside it; both are of this module."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.test import override_settings
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from custaccount.integrations import django as glue
from custaccount.kernel.errors import CustAccountError, NotFound
from tests.integrations import ground
from tests.integrations.ground import ARTICLE, FALLEN, FRONT, LOOPBACK, LOST, Host, Making

NAME = "tests.integrations.django_host"

portals: glue.CustAccount
"""The middleware of the newest host: Django's settings are the process's."""


class ShopErrors:
    """The shop's own middleware: answers what its views raise, and nothing else."""

    def __init__(self, get_response: object) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)  # type: ignore[operator]

    def process_exception(self, _: HttpRequest, error: Exception) -> HttpResponse | None:
        """Say that the shop has fallen over."""
        return HttpResponse(FALLEN, status=500) if isinstance(error, CustAccountError) else None


MIDDLEWARE = (
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    f"{NAME}.ShopErrors",
    f"{NAME}.portals",
)


@contextmanager
def making(**settings: object) -> Iterator[Making]:
    """Let hosts be made."""
    told = {
        "ALLOWED_HOSTS": ["*"],
        "CSRF_FAILURE_VIEW": "custaccount.integrations.django.form_refused",
        "MIDDLEWARE": MIDDLEWARE,
        "ROOT_URLCONF": NAME,
        **settings,
    }
    with override_settings(**told):
        yield make


def make(base_url: str = LOOPBACK) -> Host:
    """Make a host; it takes the place of the one before."""
    global portals  # noqa: PLW0603 - found by its path
    made = ground.make_ground(base_url)
    portals = glue.CustAccount(
        made.accounts,
        pages="tests.integrations.django_pages",
        sign_in="sign_in",
        company="company",
        own_password="own_password",
        nobody="nobody",
        staff_sign_in="staff_sign_in",
        staff_password="staff_password",
    )
    return Host(
        ground=made,
        application=WSGIHandler(),
        form_field="csrfmiddlewaretoken",
        browser_cookie="csrftoken",
    )


def show(request: HttpRequest, views: dict[str, ground.View], **values: str) -> HttpResponse:
    """Answer a request for a portal's page."""
    view = views.get(request.method or "")
    if view is None:
        return HttpResponseNotAllowed(views)
    asked = ground.Asked(
        visit=glue.visit(request),
        form=request.POST.dict(),
        token=lambda: get_token(request),
    )
    match view(asked, **values):
        case ground.Leads(to):
            return HttpResponseRedirect(to, status=303)
        case ground.Says(text, status, headers):
            return HttpResponse(text, status=status, headers=dict(headers))


def fallen(_: HttpRequest) -> HttpResponse:
    """Raise one of the core's errors in the shop."""
    raise NotFound


def written(_: HttpRequest, page: str) -> HttpResponse:
    """Show what somebody wrote for the shop, at any path."""
    return HttpResponse(ARTICLE) if page == "imprint" else HttpResponse(LOST, status=404)


def front(_: HttpRequest) -> HttpResponse:
    """Show the front page."""
    return HttpResponse(FRONT)


def article(_: HttpRequest, article: str) -> HttpResponse:  # noqa: ARG001 - in its path
    """Show an article."""
    return HttpResponse(ARTICLE)


urlpatterns = [
    path("", csrf_exempt(front)),
    path("orders", csrf_exempt(front)),
    path("shop/<path:article>", article),
    path("fallen", fallen),
    path("<path:page>", csrf_exempt(written)),
]
