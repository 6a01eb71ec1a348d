"""What every host answers alike: a status by family, the way on after two errors, and headers."""

import attrs

from custaccount.credentials import SessionOver
from custaccount.kernel.errors import (
    Conflict,
    CustAccountError,
    InvalidInput,
    NotAllowed,
    NotFound,
    Unavailable,
)
from custaccount.kernel.i18n import N_
from custaccount.membership import CustomerNotChosen
from custaccount.staff import StaffPasswordDue, StaffSessionOver

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
"""Of each answer of a portal, where the host has set none."""


@attrs.frozen(kw_only=True)
class FormRefused(NotAllowed):
    """A form without the text our pages put into it, or with that of another browser or session."""

    code = "integrations.form_refused"
    template = N_("This form has expired. Please go back, reload the page and try again.")


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


def leads_to(
    error: CustAccountError,
    *,
    sign_in: str,
    company: str,
    staff_sign_in: str | None = None,
    staff_password: str | None = None,
) -> str | None:
    """Name the page where the visitor can go on; most errors have none and are shown."""
    match error:
        case StaffSessionOver():
            return staff_sign_in
        case StaffPasswordDue():
            return staff_password
        case SessionOver():
            return sign_in
        case CustomerNotChosen():
            return company
        case _:
            return None
