"""My data: the person, whatever company it acts for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from custaccount.credentials import SignInRefused
from custaccount.credentials.profile import PROFILE, Profile
from custaccount.facilities.signing import TokenInvalid
from custaccount.integrations.answers import status_of
from custaccount.kernel.access import SignInTooOld
from custaccount.kernel.errors import CustAccountError, InvalidFields, InvalidInput, Stale
from custaccount.kernel.ids import BearerToken, SessionId
from pages.asking import Answer, Asked, Filled, Route, back, go, keys, page, typed

BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


# Profile ----------------------------------------------------------------------------------------


def profile(asked: Asked) -> Answer:
    """Show what is known of the person."""
    known = asked.shop.accounts.profile.look(asked.visit.person())
    return _profile(asked, known, Filled(typed=_fields_of(known)), asked.said("saved"))


def profile_now(asked: Asked) -> Answer:
    """Change it; what another window has changed in the meantime is shown first."""
    visit, service = asked.visit, asked.shop.accounts.profile
    person = visit.person()
    answers = typed(asked, (*keys(PROFILE), "language", "theme"))
    try:
        service.change(
            person, name=answers["name"], phone=answers["phone"], version=asked.number("version")
        )
    except (InvalidFields, Stale) as error:
        known = service.look(person)
        now = _fields_of(known) if isinstance(error, Stale) else {}
        return _profile(asked, known, Filled(typed=answers, error=error, now=now))
    visit.remember_language(answers["language"])
    visit.remember_theme(answers["theme"])
    return go("me", said="saved")


def _fields_of(known: Profile) -> dict[str, str]:
    return {
        "name": known.name,
        "phone": known.phone,
        "language": known.language.value if known.language else "",
        "theme": known.theme.value,
    }


def _profile(asked: Asked, known: Profile, form: Filled, said: str = "") -> Answer:
    spoken = asked.visit.language().value
    return page(
        "me.html",
        form.status,
        schema=PROFILE,
        form=form,
        version=known.version if isinstance(form.error, Stale) else _version(asked, known),
        email=known.email,
        chosen_language=form.value("language") or spoken,
        said=said,
    )


def _version(asked: Asked, known: Profile) -> int:
    """Keep the version a refused form was shown with."""
    sent = asked.number("version")
    return known.version if sent < 0 else sent


# Password ---------------------------------------------------------------------------------------


def my_password(asked: Asked) -> Answer:
    """Ask for the current password and a new one."""
    return _password(asked, "my_password", said=asked.said("saved", "mailed"))


def my_password_now(asked: Asked) -> Answer:
    """Change the password, suggest one, or mail a link."""
    if asked.field("do") == "mail":
        asked.shop.accounts.own_password.mail_link(asked.visit.person())
        return go("my_password", said="mailed")
    return _change(asked, "my_password") or go("my_password", said="saved")


def own_password(asked: Asked) -> Answer:
    """Ask who got a password from staff for one of the person's own, before anything else."""
    return _password(asked, "own_password", wanted=asked.named("next"))


def own_password_now(asked: Asked) -> Answer:
    """Set it, and go on to where the person wanted to be."""
    return _change(asked, "own_password") or back(asked)


def _change(asked: Asked, name: str) -> Answer | None:
    """Change the password; an answer if there is something to say first."""
    wanted = asked.field("next")
    if asked.field("do") == "suggest":
        suggested = asked.shop.accounts.own_password.suggest(asked.visit.guest())
        return _password(asked, name, wanted=wanted, suggested=suggested)
    try:
        asked.visit.change_password(asked.field("current"), asked.field("password"))
    except (SignInRefused, InvalidFields) as error:
        return _password(asked, name, wanted=wanted, error=error)
    return None


def _password(
    asked: Asked,
    name: str,
    *,
    wanted: str = "",
    suggested: str = "",
    said: str = "",
    error: CustAccountError | None = None,
) -> Answer:
    person, form = asked.visit.person(), Filled(error=error)
    known = None if person.password_due else asked.shop.accounts.profile.look(person)
    return page(
        f"{name}.html",
        form.status,
        purpose=name,
        form=form,
        next=wanted,
        suggested=suggested,
        said=said,
        email=known.email if known else None,
        shortest=asked.visit.portal.policies.password_shortest,
    )


# Mail address -----------------------------------------------------------------------------------


def my_email(asked: Asked) -> Answer:
    """Ask for the new address."""
    return _email(asked, said=asked.said("mailed"))


def my_email_now(asked: Asked) -> Answer:
    """Mail a link to the new address; the password is asked for again if it was given long ago."""
    accounts, person = asked.shop.accounts, asked.visit.person()
    email, password = asked.field("email"), asked.field("password")
    try:
        if password:
            accounts.sessions.confirm(person, password)
            person = asked.visit.person()
        accounts.email_change.request(person, email)
    except (InvalidInput, SignInTooOld, SignInRefused) as error:
        return _email(asked, Filled(typed={"email": email}, error=error))
    return go("my_email", said="mailed")


def _email(asked: Asked, form: Filled | None = None, said: str = "") -> Answer:
    form = form or Filled()
    return page(
        "my_email.html",
        form.status,
        form=form,
        known=asked.shop.accounts.profile.look(asked.visit.person()).email,
        again=isinstance(form.error, SignInTooOld | SignInRefused),
        said=said,
    )


def email(asked: Asked) -> Answer:
    """Ask whether the address of a link is to be the new one; opening the page changes nothing."""
    return _moving(asked, "email", asked.shop.accounts.email_change.look)


def email_now(asked: Asked) -> Answer:
    """Move to it."""
    change = asked.shop.accounts.email_change
    return _moved(asked, "email_changed", change.confirm)


def undo_email(asked: Asked) -> Answer:
    """Ask whether the old address is to be the one again; opening the page changes nothing."""
    return _moving(asked, "undo_email", asked.shop.accounts.email_change.look_undo)


def undo_email_now(asked: Asked) -> Answer:
    """Go back to it."""
    return _moved(asked, "email_undone", asked.shop.accounts.email_change.undo)


def _moving(asked: Asked, name: str, look: Callable[..., object]) -> Answer:
    token = BearerToken(asked.named("token"))
    try:
        address = look(asked.visit.guest(), token)
    except TokenInvalid as over:
        return _over(over)
    return page("move_email.html", purpose=name, token=token, email=address)


def _moved(asked: Asked, said: str, move: Callable[..., None]) -> Answer:
    try:
        move(asked.visit.guest(), BearerToken(asked.field("token")))
    except TokenInvalid as over:
        return _over(over)
    return go("sign_in", said=said)


def _over(over: TokenInvalid) -> Answer:
    return page("link_over.html", status_of(over), error=over, again=None)


# Where one is signed in -------------------------------------------------------------------------


def sessions(asked: Asked) -> Answer:
    """List where the person is signed in."""
    found = asked.shop.accounts.sessions.mine(asked.visit.person())
    rows = [{"session": one, "device": device(one.browser)} for one in found]
    return page("sessions.html", rows=rows, said=asked.said("ended"))


def end_session(asked: Asked) -> Answer:
    """End one of them, or all but this one."""
    service, person = asked.shop.accounts.sessions, asked.visit.person()
    one = asked.field("session")
    if one:
        service.end_one(person, SessionId(one))
    else:
        service.end_others(person)
    return go("sessions", said="ended")


def device(browser: str) -> str:
    """Name browser and system as people do; empty if neither is known."""
    names = (
        next((name for mark, name in known if mark in browser), "") for known in (BROWSERS, SYSTEMS)
    )
    return ", ".join(name for name in names if name)


ROUTES: Sequence[Route] = (
    Route(name="me", path="/my-data", show=profile, do=profile_now),
    Route(name="my_password", path="/my-data/password", show=my_password, do=my_password_now),
    Route(name="my_email", path="/my-data/email", show=my_email, do=my_email_now),
    Route(name="sessions", path="/my-data/sign-ins", show=sessions, do=end_session),
    Route(name="own_password", path="/own-password", show=own_password, do=own_password_now),
    Route(name="email", path="/email", show=email, do=email_now),
    Route(name="undo_email", path="/email/undo", show=undo_email, do=undo_email_now),
)
