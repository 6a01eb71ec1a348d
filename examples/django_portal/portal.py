"""The middleware that leads to the portals' pages, and how they are answered."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render

from custaccount.integrations import django as glue
from custaccount.integrations.visit import preferred
from custaccount.kernel.errors import CustAccountError
from custaccount.kernel.i18n import Language
from django_portal.shop import build, shop
from pages import frame, views
from pages.asking import Asked, Page, View


def show(request: HttpRequest, served: Mapping[str, View], /, **values: str) -> HttpResponse:
    """Ask the view, and answer as Django does."""
    view = served.get("GET" if request.method == "HEAD" else request.method or "")
    if view is None:
        return HttpResponseNotAllowed(served)
    visit = glue.visit(request)
    asked = Asked(shop=shop(), visit=visit, query=request.GET, form=request.POST)
    answer = view(asked, **values)
    if isinstance(answer, Page):
        return rendered(request, answer)
    return HttpResponseRedirect(views.address(visit, answer), status=303)


def rendered(request: HttpRequest, page: Page) -> HttpResponse:
    """Render a page of the portal; the token of its forms is Django's."""
    around = frame.inside(glue.visit(request))
    return written(request, page, {**around, "csrf_field": "csrfmiddlewaretoken"})


def error_page(request: HttpRequest, error: CustAccountError, status: int) -> HttpResponse:
    """Say what went wrong, in the portal's look if there is one."""
    page = views.refused(glue.visit(request), error, status)
    if glue.visit(request).entrance:
        return rendered(request, page)
    return written(request, page, frame.outside(spoken(request)))


def inbox(request: HttpRequest) -> HttpResponse:
    """Show the mails, which are no portal's."""
    return written(request, views.inbox(shop()), frame.outside(spoken(request)))


def written(request: HttpRequest, page: Page, around: Mapping[str, object]) -> HttpResponse:
    """Write a page with what is around it."""
    return render(request, page.template, {**around, **page.facts}, status=page.status)


def spoken(request: HttpRequest) -> Language:
    """Return the language of pages outside of any portal."""
    wishes = request.headers.get("Accept-Language", "")
    return preferred(wishes, tuple(Language)) or Language.EN


portals = glue.CustAccount(
    build(),
    pages="django_portal.portal_urls",
    **views.WAYS,
    error_page=error_page,
)
