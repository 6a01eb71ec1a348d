"""What every page shows around its own facts: who is here, for whom, and the ways on."""

from __future__ import annotations

from functools import partial

from custaccount.integrations.visit import Visit
from custaccount.kernel.errors import CustAccountError
from custaccount.kernel.i18n import Language
from custaccount.membership import Standing
from pages import words
from pages.views import url

INBOX = "/dev/inbox"
STATIC = "/static"
STAFF = "staff_sign_in"
"""The page where staff sign in, apart from customers."""


def inside(visit: Visit) -> dict[str, object]:
    """Give the frame of a portal's page, with words in the visitor's language."""
    portal = visit.portal
    return {
        **outside(visit.language(), time_zone=portal.time_zone),
        "staff_url": url(visit.root, STAFF),
        "url": partial(address, visit.root),
        "portal": portal,
        "here": visit.here,
        "theme": visit.theme,
        **who(visit),
    }


def outside(language: Language, *, time_zone: str = "UTC") -> dict[str, object]:
    """Give the frame of a page that is no portal's."""
    return {
        **words(language, time_zone),
        "url": partial(address, ""),
        "portal": None,
        "here": "",
        "theme": "auto",
        "csrf_field": "",
        "csrf_token": "",
        "staff_url": None,
        "inbox_url": INBOX,
        "signed_in": False,
        "standing": None,
        "several": False,
    }


def address(root: str, name: str, **values: str) -> str:
    """Write the address of a page, as the templates name them."""
    return f"{STATIC}/{values['file']}" if name == "static" else url(root, name, **values)


def who(visit: Visit) -> dict[str, object]:
    """Tell the head of the page who is here and for whom."""
    try:
        choices = visit.accounts.acting.choices(visit.session())
    except CustAccountError:
        return {}
    return {
        "signed_in": True,
        "standing": acting_for(visit, choices),
        "several": len(choices) > 1,
    }


def acting_for(visit: Visit, choices: tuple[Standing, ...]) -> Standing | None:
    """Find for whom the signed-in user acts; None before a company is chosen."""
    try:
        customer = visit.member().customer
    except CustAccountError:
        return None
    return next((one for one in choices if one.membership.customer == customer), None)
