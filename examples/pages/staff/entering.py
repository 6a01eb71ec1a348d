"""Staff come in: apart from customers, with a session and passwords of their own."""

from __future__ import annotations

from collections.abc import Sequence

from custaccount.facilities.signing import TokenInvalid
from custaccount.integrations.answers import status_of
from custaccount.kernel.access import Staff
from custaccount.kernel.errors import InvalidFields, InvalidInput
from custaccount.kernel.ids import BearerToken
from custaccount.staff import StaffPasswordDue, StaffSignInRefused
from custaccount.staff.model import PASSWORD_SHORTEST
from pages.asking import Answer, Asked, Back, Filled, Route, go, page
from pages.staff.asked import framed


def sign_in(asked: Asked) -> Answer:
    """Ask for address and password."""
    said = asked.said("signed_out", "password_set")
    return _sign_in(asked.named("next"), Filled(), said)


def sign_in_now(asked: Asked) -> Answer:
    """Begin a staff session; a customer's beside it stays what it is."""
    visit, wanted, email = asked.visit, asked.field("next"), asked.field("email")
    try:
        token = asked.shop.accounts.staff_sign_in.sign_in(
            visit.guest(), email, asked.field("password")
        )
    except StaffSignInRefused as error:
        return _sign_in(wanted, Filled(typed={"email": email}, error=error))
    visit.begin_staff_session(token)
    return _on(wanted)


def _sign_in(wanted: str, form: Filled, said: str = "") -> Answer:
    shown = page("staff_sign_in.html", form.status, next=wanted, form=form, said=said)
    return framed(shown, None)


def _on(wanted: str) -> Answer:
    return Back(wanted) if wanted else go("staff")


def sign_out(asked: Asked) -> Answer:
    """End the staff session."""
    asked.visit.end_staff_session()
    return go("staff_sign_in", said="signed_out")


# Passwords --------------------------------------------------------------------------------------


def own_password(asked: Asked) -> Answer:
    """Ask for the current password and a new one."""
    return _own_password(asked, asked.named("next"), Filled())


def own_password_now(asked: Asked) -> Answer:
    """Change it, and go on to where the staff member wanted to be."""
    wanted = asked.field("next")
    try:
        asked.visit.change_staff_password(asked.field("current"), asked.field("password"))
    except (StaffSignInRefused, InvalidFields) as error:
        return _own_password(asked, wanted, Filled(error=error))
    return Back(wanted) if wanted else go("staff", said="password_set")


def _own_password(asked: Asked, wanted: str, form: Filled) -> Answer:
    staff = _who(asked)
    shown = page(
        "staff_own_password.html",
        form.status,
        form=form,
        next=wanted,
        due=staff is None,
        shortest=_shortest(asked),
    )
    return framed(shown, staff)


def _who(asked: Asked) -> Staff | None:
    """Return who is signed in; None is one whose password was handed over, and has to go first."""
    try:
        return asked.visit.staff()
    except StaffPasswordDue:
        return None


def _shortest(asked: Asked) -> int:
    return max(asked.visit.portal.policies.password_shortest, PASSWORD_SHORTEST)


def forgotten(_: Asked) -> Answer:
    """Ask for the address one signs in with."""
    return _forgotten(Filled())


def forgotten_now(asked: Asked) -> Answer:
    """Mail a link, if the address is a staff member's."""
    email = asked.field("email")
    try:
        asked.shop.accounts.staff_password_reset.request(asked.visit.guest(), email)
    except InvalidInput as error:
        return _forgotten(Filled(typed={"email": email}, error=error))
    return go("staff_mail_sent")


def _forgotten(form: Filled) -> Answer:
    return framed(page("staff_forgotten.html", form.status, form=form), None)


def mail_sent(_: Asked) -> Answer:
    """Say the same to everybody."""
    return framed(page("staff_mail_sent.html"), None)


def password(asked: Asked) -> Answer:
    """Choose another password behind a link; opening the page uses nothing up."""
    return _choose(asked, BearerToken(asked.named("token")))


def password_now(asked: Asked) -> Answer:
    """Set it; every session of before is over."""
    return _choose(asked, BearerToken(asked.field("token")), sent=True)


def _choose(asked: Asked, token: BearerToken, *, sent: bool = False) -> Answer:
    service, guest, form = asked.shop.accounts.staff_password_reset, asked.visit.guest(), Filled()
    try:
        email = service.look(guest, token)
        if sent:
            service.set_password(guest, token, asked.field("password"))
            return go("staff_sign_in", said="password_set")
    except InvalidFields as error:
        form = Filled(error=error)
    except TokenInvalid as over:
        return framed(page("staff_link_over.html", status_of(over), error=over), None)
    shown = page(
        "staff_password.html",
        form.status,
        form=form,
        token=token,
        email=email,
        shortest=_shortest(asked),
    )
    return framed(shown, None)


ROUTES: Sequence[Route] = (
    Route(name="staff_sign_in", path="/staff/sign-in", show=sign_in, do=sign_in_now),
    Route(name="staff_sign_out", path="/staff/sign-out", do=sign_out),
    Route(
        name="staff_own_password",
        path="/staff/own-password",
        show=own_password,
        do=own_password_now,
    ),
    Route(name="staff_forgotten", path="/staff/forgotten", show=forgotten, do=forgotten_now),
    Route(name="staff_mail_sent", path="/staff/mail-sent", show=mail_sent),
    Route(name="staff_password", path="/staff/password", show=password, do=password_now),
)
