"""What every page shows around its own facts: who is here, for whom, and the ways on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from custaccount.integrations.visit import Visit
from custaccount.kernel.access import Member
from custaccount.kernel.errors import CustAccountError
from custaccount.kernel.i18n import Language
from custaccount.membership import Standing
from pages import words
from pages.menu import ASKED, opens, opens_to, start
from pages.views import page_at, url

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
        "companies": (),
        "opens": _nothing,
    }


def address(root: str, name: str, **values: str) -> str:
    """Write the address of a page, as the templates name them."""
    return f"{STATIC}/{values['file']}" if name == "static" else url(root, name, **values)


def who(visit: Visit) -> dict[str, object]:
    """Tell the head of the page who is here and for whom, and what opens."""
    try:
        choices = visit.accounts.acting.choices(visit.session())
    except CustAccountError:
        return {"opens": partial(opens_to, visit.guest())}
    known: dict[str, object] = {"signed_in": True}
    try:
        member = visit.member()
    except CustAccountError:  # no company is chosen yet, or there is none
        return known
    standing = next((one for one in choices if one.membership.customer == member.customer), None)
    return {
        **known,
        "standing": standing,
        "companies": tuple(ways(visit, choices)) if len(choices) > 1 else (),
        "opens": partial(opens, visit.accounts, member),
    }


def ways(visit: Visit, choices: tuple[Standing, ...]) -> Iterator[Mapping[str, object]]:
    """Say for each company where to go on in it: to this page, if it is about nothing of the other.

    A page that does not open there is left for the one that company begins with.
    """
    asked, accounts, portal = page_at(visit), visit.accounts, visit.portal
    here = asked.name if asked and "<" not in asked.path and asked.name in ASKED else ""
    for one in choices:
        member: Member = one.member(portal, accounts.features, visit.language())
        stays = here and opens(accounts, member, here)
        then = here if stays else start(accounts, member)
        yield {"standing": one, "next": url(visit.root, then)}


def _nothing(_: str) -> bool:
    return False
