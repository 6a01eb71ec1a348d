"""The visit of a request, and who answers for it."""

from collections.abc import Callable

import attrs
from django.http import HttpRequest, HttpResponseBase

from custaccount.integrations.visit import Visit
from custaccount.kernel.errors import CustAccountError
from custaccount.portals import PortalNotFound


@attrs.frozen(kw_only=True)
class Standing:
    """Where a request is."""

    visit: Visit
    answer: Callable[[HttpRequest, CustAccountError], HttpResponseBase]


def stand(request: HttpRequest, standing: Standing) -> None:
    """Let a request be in a portal."""
    request.custaccount = standing  # type: ignore[attr-defined]


def standing(request: HttpRequest) -> Standing | None:
    """Return where a request is, or None outside of any portal."""
    found = getattr(request, "custaccount", None)
    return found if isinstance(found, Standing) else None


def visit(request: HttpRequest) -> Visit:
    """Return the visit of a request.

    Raises:
        PortalNotFound: the request is for one of the host's own pages.
    """
    found = standing(request)
    if found is None:
        raise PortalNotFound
    return found.visit
