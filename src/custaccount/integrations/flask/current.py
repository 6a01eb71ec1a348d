"""The visit of the current request, and what an application was told."""

from typing import cast

import attrs
from flask import Flask, g, request

from custaccount.accounts import CustomerAccounts
from custaccount.integrations.visit import Visit, written
from custaccount.portals import Entrance

NAME = "custaccount"
FOUND = "custaccount.found"
"""Where a portal was found, or the error that kept it from being looked up; in the environ."""


def accounts_of(portal: Flask) -> CustomerAccounts:
    """Return the accounts an application was connected to."""
    return cast("CustomerAccounts", portal.extensions[NAME])


def begin_visit(accounts: CustomerAccounts) -> None:
    """Begin the visit of the current request."""
    found = request.environ.get(FOUND)
    g.custaccount = Visit(
        accounts=accounts,
        entrance=found if isinstance(found, Entrance) else None,
        root=request.root_path,
        here=written(request.root_path + request.path, request.query_string.decode("latin-1")),
        wishes=request.headers.get("Accept-Language", ""),
        sent=request.cookies,
    )


def visit() -> Visit:
    """Return the visit of the current request."""
    return cast("Visit", g.custaccount)
