"""The visit of the current request, and what an application was told."""

from typing import cast

from flask import Flask, current_app, g, request

from custaccount.accounts import CustomerAccounts
from custaccount.integrations.visit import Visit, written
from custaccount.portals import Entrance

NAME = "custaccount"
FOUND = "custaccount.found"
"""Where a portal was found, or the error that kept it from being looked up; in the environ."""


def connect(app: Flask, accounts: CustomerAccounts) -> None:
    """Let an application know its accounts."""
    app.extensions[NAME] = accounts


def mounted(app: Flask) -> CustomerAccounts | None:
    """Return the accounts of a portals' application, or of the shop beside it."""
    return cast("CustomerAccounts | None", app.extensions.get(NAME))


def accounts_of(app: Flask) -> CustomerAccounts:
    """Return the accounts of an application that has some.

    Raises:
        LookupError: ``init_app`` was not called.
    """
    accounts = mounted(app)
    if accounts is None:
        message = f"{app.name} has no accounts yet: call CustAccount(accounts, …).init_app first."
        raise LookupError(message)
    return accounts


def visit() -> Visit:
    """Return the visit of the current request."""
    if "custaccount" not in g:
        found = request.environ.get(FOUND)
        g.custaccount = Visit(
            accounts=accounts_of(current_app),
            entrance=found if isinstance(found, Entrance) else None,
            root=request.root_path,
            here=written(request.root_path + request.path, request.query_string.decode("latin-1")),
            wishes=request.headers.get("Accept-Language", ""),
            sent=request.cookies,
            network=request.remote_addr or "",
            browser=request.headers.get("User-Agent", ""),
        )
    return cast("Visit", g.custaccount)
