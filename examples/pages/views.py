"""All pages in one list: a host registers ``ROUTES`` as its framework does.

It makes an ``Asked`` of each request, and answers with the ``Page`` it gets or goes on to the
``address`` of the answer. Errors pass through to the host's glue.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlencode

from custaccount.integrations.visit import Visit
from custaccount.kernel.access import FeatureOff, PermissionMissing
from custaccount.kernel.errors import CustAccountError
from custaccount.membership import MembershipOver
from pages import (
    companies,
    company,
    entering,
    guests,
    me,
    ordering,
    registering,
    roles,
    staff,
    trail,
    users,
)
from pages.asking import Back, Go, Page, Route, failed, page
from pages.denied import denied
from wholesaler.shop import Shop

ROUTES: Sequence[Route] = (
    *entering.ROUTES,
    *registering.ROUTES,
    *me.ROUTES,
    *companies.ROUTES,
    *company.ROUTES,
    *users.ROUTES,
    *roles.ROUTES,
    *trail.ROUTES,
    *ordering.ROUTES,
    *guests.ROUTES,
    *staff.ROUTES,
)

WAYS: Mapping[str, str] = {
    "sign_in": "sign_in",
    "company": "company",
    "own_password": "own_password",
    "nobody": "prepared",
    "staff_sign_in": "staff_sign_in",
    "staff_password": "staff_own_password",
}
"""Where the glue leads who can't go on, by its own names."""


def url(root: str, name: str, **values: str) -> str:
    """Write the address of a page; what its path does not name becomes the query."""
    path = next(route.path for route in ROUTES if route.name == name)
    for key in [key for key in values if f"<{key}>" in path]:
        path = path.replace(f"<{key}>", quote(values.pop(key), safe=""))
    query = f"?{urlencode(values)}" if values else ""
    return f"{root}{path}{query}"


def address(visit: Visit, answer: Go | Back) -> str:
    """Write where an answer leads."""
    if isinstance(answer, Back):
        return visit.return_to(answer.wanted)
    return url(visit.root, answer.name, **answer.values)


def page_at(visit: Visit) -> Route | None:
    """Find the page a visit asks for, or None."""
    path = visit.here.partition("?")[0].removeprefix(visit.root)
    fits = (route for route in ROUTES if re.fullmatch(re.sub("<[^>]+>", "[^/]+", route.path), path))
    return next(fits, None)


def refused(visit: Visit, error: CustAccountError, status: int) -> Page:
    """Say what went wrong; whom something was refused is told why, and what to do about it."""
    if visit.entrance and isinstance(error, PermissionMissing | FeatureOff | MembershipOver):
        asked = page_at(visit)
        return denied(visit, error, status, at=asked.name if asked else "")
    return failed(error, status)


def inbox(shop: Shop) -> Page:
    """Show what would have been mailed. Development only: its links are secrets."""
    return page("inbox.html", mails=shop.inbox.sent[::-1])
