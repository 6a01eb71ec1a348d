"""The visit a request belongs to: at which portal, in which language, by whom."""

from typing import cast
from urllib.parse import quote

import attrs
from flask import g, request

from custaccount.accounts import CustomerAccounts
from custaccount.credentials import Session, SessionOver
from custaccount.integrations.flask.mounting import FOUND, Found
from custaccount.kernel.access import Guest, Member
from custaccount.kernel.i18n import Language
from custaccount.kernel.ids import CustomerId, SessionToken
from custaccount.membership import MembershipOver
from custaccount.portals import Portal, PortalNotFound, return_path

SESSION_COOKIE = "custaccount_session"
COMPANY_COOKIE = "custaccount_company"
LANGUAGE_COOKIE = "custaccount_language"
THEME_COOKIE = "custaccount_theme"

THEMES = ("auto", "light", "dark")

NO_TOKEN = SessionToken("")

LONG = 365 * 24 * 3600
"""Seconds a choice of look or language is remembered."""


@attrs.define
class Visit:
    """What one request has found out, and which cookies its answer sets."""

    accounts: CustomerAccounts
    cookies: dict[str, tuple[str, int | None]] = attrs.field(factory=dict)
    """Name to value and age; an empty value forgets the cookie."""
    token: SessionToken = NO_TOKEN
    session: Session | None = None

    def cookie(self, name: str) -> str:
        """Read a cookie, as this request has set it or else as it came."""
        return self.cookies[name][0] if name in self.cookies else request.cookies.get(name, "")


def begin_visit(accounts: CustomerAccounts) -> Visit:
    """Begin the visit of the current request."""
    visit = Visit(accounts)
    visit.token = SessionToken(visit.cookie(SESSION_COOKIE))
    g.custaccount_visit = visit
    return visit


def current() -> Visit:
    """Return the visit of the current request."""
    return cast("Visit", g.custaccount_visit)


# Where and who ----------------------------------------------------------------------------------


def found() -> Found | None:
    """Return where the request is, or None outside of any portal."""
    place = request.environ.get(FOUND)
    return place if isinstance(place, Found) else None


def portal() -> Portal:
    """Return the portal the request is for.

    Raises:
        PortalNotFound: there is none at this address, or it is switched off.
    """
    place = found()
    if place is None:
        raise PortalNotFound
    return place.portal


def guest() -> Guest:
    """Return the visitor, in the language chosen, else the address's, else the browser's.

    Raises:
        PortalNotFound: there is no portal at this address.
    """
    here = portal()
    return current().accounts.portals.guest(here, _chosen_language() or _accepted(here))


def session() -> Session:
    """Return the session the browser's cookie stands for.

    Raises:
        SessionOver: there is none, or it is over; the sign-in page answers that.
    """
    visit, visitor = current(), guest()
    if visit.session is None:
        visit.session = visit.accounts.sessions.resume(visitor, visit.token)
    return visit.session


def member() -> Member:
    """Return the signed-in user, acting for the company chosen.

    Raises:
        SessionOver: nobody is signed in.
        CustomerNotChosen: there are several companies, and none was chosen.
        MembershipOver: the user acts for nobody.
    """
    visit, signed_in = current(), session()
    acting, chosen = visit.accounts.acting, CustomerId(visit.cookie(COMPANY_COOKIE))
    if chosen:
        try:
            return acting.member(signed_in, chosen, language=language())
        except MembershipOver:
            forget(COMPANY_COOKIE)  # chosen earlier, over since: begin as if nothing was chosen
    return acting.member(signed_in, language=language())


def language() -> Language:
    """Return the language of the answer: as chosen, else the session's, else the guest's."""
    spoken = guest().language
    chosen = _chosen_language()
    if chosen is not None:
        return spoken
    try:
        return portal().language(session().language)
    except SessionOver:
        return spoken


def _chosen_language() -> Language | None:
    place = found()
    named = current().cookie(LANGUAGE_COOKIE)
    if place is not None and place.language is not None:
        return place.language
    return next((one for one in Language if one.value == named), None)


def _accepted(portal: Portal) -> Language | None:
    best = request.accept_languages.best_match([one.value for one in portal.languages])
    return Language(best) if best else None


# Changes ----------------------------------------------------------------------------------------


def begin_session(token: SessionToken) -> None:
    """Give the browser a new session; nothing of an older one stays."""
    visit = current()
    visit.token, visit.session = token, None
    remember(SESSION_COOKIE, token)
    forget(COMPANY_COOKIE)


def end_session() -> None:
    """Sign out: the session is over for whoever has its token, and the browser forgets it."""
    visit = current()
    visit.accounts.sessions.end(guest(), visit.token)
    visit.token, visit.session = NO_TOKEN, None
    forget(SESSION_COOKIE)
    forget(COMPANY_COOKIE)


def choose_company(customer: CustomerId) -> Member:
    """Act for a company from now on.

    Raises:
        MembershipOver: the user does not act for it.
    """
    chosen = current().accounts.acting.member(session(), customer, language=language())
    remember(COMPANY_COOKIE, customer)
    return chosen


def remember_language(chosen: str) -> None:
    """Answer in a language from now on; one the portal does not offer changes nothing."""
    if chosen in {one.value for one in portal().languages}:
        remember(LANGUAGE_COOKIE, chosen, age=LONG)


def theme() -> str:
    """Return the look that was chosen: ``light``, ``dark`` or, as the device says, ``auto``."""
    chosen = current().cookie(THEME_COOKIE)
    return chosen if chosen in THEMES else THEMES[0]


def remember_theme(chosen: str) -> None:
    """Answer in a look from now on; one that is none changes nothing."""
    if chosen in THEMES:
        remember(THEME_COOKIE, chosen, age=LONG)


def remember(name: str, value: str, *, age: int | None = None) -> None:
    """Set a cookie with the answer; without an age it ends with the browser."""
    current().cookies[name] = (value, age)


def forget(name: str) -> None:
    """Delete a cookie with the answer."""
    current().cookies[name] = ("", 0)


# Ways -------------------------------------------------------------------------------------------


def here() -> str:
    """Write the path of this request, to come back to it; never with a host."""
    query = request.query_string.decode("ascii", "replace")
    path = quote(request.root_path + request.path, safe="/:@,;+=&~")
    return f"{path}?{query}" if query else path


def return_to(wanted: object) -> str:
    """Choose where to go on: to what was wanted, if that is in the portal, else to its home."""
    place = found()
    if place is None:
        raise PortalNotFound
    return return_path(wanted, within=place.prefix) or place.prefix + "/"
