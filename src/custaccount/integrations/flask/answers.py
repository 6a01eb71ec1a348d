"""Errors become responses here, and nowhere else."""

from collections.abc import Callable

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from custaccount.credentials import SessionOver
from custaccount.integrations.flask.forms import SAFE_METHODS
from custaccount.integrations.flask.visit import here
from custaccount.kernel.errors import (
    Conflict,
    CustAccountError,
    InvalidInput,
    NotAllowed,
    NotFound,
    Unavailable,
)
from custaccount.membership import CustomerNotChosen

ErrorPage = Callable[[CustAccountError, int], ResponseReturnValue]

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def status_of(error: CustAccountError) -> int:
    """Map a family to a status: the one place where the core's errors meet HTTP."""
    match error:
        case InvalidInput():
            return 422
        case NotAllowed():
            return 403
        case NotFound():
            return 404
        case Conflict():
            return 409
        case Unavailable():
            return 503
        case _:
            return 500


def answer(
    error: CustAccountError, *, sign_in: str, company: str, page: ErrorPage
) -> ResponseReturnValue:
    """Answer an error: two of them lead to a page where the visitor can go on, all others say so.

    Where the visitor wanted to go is kept, if it was a page to look at.
    """
    wanted = here() if request.method in SAFE_METHODS else None
    match error:
        case SessionOver():
            return redirect(url_for(sign_in, next=wanted), 303)
        case CustomerNotChosen():
            return redirect(url_for(company, next=wanted), 303)
        case _:
            return page(error, status_of(error))


def plain_page(error: CustAccountError, status: int) -> ResponseReturnValue:
    """Say what is wrong as plain text, for hosts without a page of their own."""
    return Response(f"{error}\n", status, mimetype="text/plain")
