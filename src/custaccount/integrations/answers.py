"""What every host answers alike: a status by family, the way on after some errors, and headers."""

from collections.abc import Mapping, Sequence
from math import ceil

import attrs

from custaccount.credentials import SessionOver
from custaccount.facilities.limits import TooManyTries
from custaccount.kernel.access import PasswordChangeDue
from custaccount.kernel.errors import (
    Conflict,
    CustAccountError,
    InvalidInput,
    NotAllowed,
    NotFound,
    Unavailable,
)
from custaccount.kernel.i18n import N_
from custaccount.membership import CustomerNotChosen, MembershipOver
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


class NobodyToActFor(MembershipOver):
    """Who is signed in acts for no customer: not yet, or not any more."""

    code = "integrations.nobody_to_act_for"
    template = N_("Your login is not connected with any customer.")


class CompanySwitched(Conflict):
    """A form was made for another company than the one its sender acts for by now."""

    code = "integrations.company_switched"
    template = N_("You act for another company now. Nothing was done; please look again.")


STATUSES: Sequence[tuple[type[CustAccountError], int]] = (
    (TooManyTries, 429),
    (InvalidInput, 422),
    (NotAllowed, 403),
    (NotFound, 404),
    (Conflict, 409),
    (Unavailable, 503),
)
"""Of each family, and of the one error HTTP has a status of its own for; the first that fits."""


def status_of(error: CustAccountError) -> int:
    """Map a family to a status: the one place where the core's errors meet HTTP."""
    return next((status for family, status in STATUSES if isinstance(error, family)), 500)


def headers_of(error: CustAccountError) -> Mapping[str, str]:
    """Say beside an error when to come again, where it is known."""
    if isinstance(error, TooManyTries) and error.wait is not None:
        return {"Retry-After": str(ceil(error.wait.total_seconds()))}
    return {}


@attrs.frozen(kw_only=True)
class Ways:
    """The host's pages where a visitor can go on after an error, by the framework's names.

    Where a host has none, the error itself is shown.
    """

    sign_in: str
    """Gets ``next``, as the others do: where the visitor wanted to go."""
    company: str
    """Where a company is chosen."""
    own_password: str | None = None
    """Where who got a password from staff chooses another, before anything else."""
    nobody: str | None = None
    """Where who acts for no customer, or not yet, is told so."""
    staff_sign_in: str | None = None
    staff_password: str | None = None
    """Where staff choose a password of their own."""

    def on_from(self, error: CustAccountError) -> str | None:
        """Name the page where the visitor can go on; most errors have none and are shown."""
        ways: Sequence[tuple[type[CustAccountError], str | None]] = (
            (StaffSessionOver, self.staff_sign_in),
            (StaffPasswordDue, self.staff_password),
            (SessionOver, self.sign_in),
            (PasswordChangeDue, self.own_password),
            (CustomerNotChosen, self.company),
            (NobodyToActFor, self.nobody),
        )
        return next((name for kind, name in ways if isinstance(error, kind)), None)
