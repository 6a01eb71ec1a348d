"""Errors become responses here, and nowhere else."""

from collections.abc import Callable

from flask import Response, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from custaccount.integrations.answers import SAFE_METHODS, Ways, headers_of, status_of
from custaccount.integrations.flask.current import visit
from custaccount.kernel.errors import CustAccountError

ErrorPage = Callable[[CustAccountError, int], ResponseReturnValue]


def answer(error: CustAccountError, *, ways: Ways, page: ErrorPage) -> ResponseReturnValue:
    """Answer an error: some of them lead to a page where the visitor can go on, all others say so.

    Where the visitor wanted to go is kept, if it was a page to look at.
    """
    way_on = ways.on_from(error)
    if way_on is None:
        response = make_response(page(error, status_of(error)))
        for name, value in headers_of(error).items():
            response.headers.setdefault(name, value)
        return response
    wanted = visit().here if request.method in SAFE_METHODS else None
    return redirect(url_for(way_on, next=wanted), 303)


def plain_page(error: CustAccountError, status: int) -> ResponseReturnValue:
    """Say what is wrong as plain text, for hosts without a page of their own."""
    return Response(f"{error}\n", status, mimetype="text/plain")
