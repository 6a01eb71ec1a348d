"""Errors become responses here, and nowhere else."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.views.csrf import csrf_failure

from custaccount.integrations.answers import (
    SAFE_METHODS,
    FormRefused,
    Ways,
    headers_of,
    status_of,
)
from custaccount.integrations.django.current import standing, visit
from custaccount.kernel.errors import CustAccountError

ErrorPage = Callable[[HttpRequest, CustAccountError, int], HttpResponseBase]


def answer(
    request: HttpRequest, error: CustAccountError, *, ways: Ways, page: ErrorPage
) -> HttpResponseBase:
    """Answer an error: some of them lead to a page where the visitor can go on, all others say so.

    Where the visitor wanted to go is kept, if it was a page to look at.
    """
    way_on = ways.on_from(error)
    if way_on is None:
        response = page(request, error, status_of(error))
        for name, value in headers_of(error).items():
            response.headers.setdefault(name, value)
        return response
    address = reverse(way_on)
    if request.method in SAFE_METHODS:
        address += "?" + urlencode({"next": visit(request).here}, safe="/")
    return HttpResponseRedirect(address, status=303)


def plain_page(_: HttpRequest, error: CustAccountError, status: int) -> HttpResponseBase:
    """Say what is wrong as plain text, for hosts without a page of their own."""
    return HttpResponse(f"{error}\n", status=status, content_type="text/plain; charset=utf-8")


def form_refused(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """Answer a form without Django's token as any other error; for ``CSRF_FAILURE_VIEW``.

    The host's own forms are answered as Django does.
    """
    where = standing(request)
    return where.answer(request, FormRefused()) if where else csrf_failure(request, reason)
