"""The visit a request belongs to: at which portal, in which language, by whom. Of no framework."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Literal, Protocol
from urllib.parse import quote

import attrs

from custaccount.accounts import CustomerAccounts
from custaccount.credentials import Session, SessionOver, Theme
from custaccount.integrations.answers import HEADERS, CompanySwitched, NobodyToActFor
from custaccount.kernel.access import Guest, Member, PasswordChangeDue, Person, Staff
from custaccount.kernel.i18n import Language
from custaccount.kernel.ids import CustomerId, DeviceToken, RealmId, SessionToken, StaffToken
from custaccount.membership import CustomerNotChosen, MembershipOver
from custaccount.portals import Entrance, Portal, PortalNotFound, return_path

SESSION_COOKIE = "custaccount_session"
STAFF_COOKIE = "custaccount_staff"
COMPANY_COOKIE = "custaccount_company"
DEVICE_COOKIE = "custaccount_device"
LANGUAGE_COOKIE = "custaccount_language"
THEME_COOKIE = "custaccount_theme"

THEMES = tuple(theme.value for theme in Theme)

NO_TOKEN = SessionToken("")

LONG = 365 * 24 * 3600
"""Seconds a choice of look or language is remembered."""

WISHES_LONGEST = 500
"""Characters of a browser's wishes that are read."""

_WEIGHT = re.compile(r"q\s*=\s*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")
"""RFC 9110, 12.4.2."""


class Headers(Protocol):
    """An answer's headers."""

    def setdefault(self, key: str, value: str, /) -> object:
        """Set a header where there is none."""
        ...


class Response(Protocol):
    """An answer, as Flask's and Django's are."""

    @property
    def headers(self) -> Headers:
        """Its headers."""
        ...

    def set_cookie(
        self,
        key: str,
        value: str,
        *,
        max_age: int | None,
        path: str,
        secure: bool,
        httponly: bool,
        samesite: Literal["Lax"],
    ) -> None:
        """Set a cookie."""
        ...


@attrs.frozen(kw_only=True)
class Cookie:
    """What a browser is to keep."""

    value: str = attrs.field(repr=False)
    age: int | None = None
    """Seconds; without it the cookie ends with the browser, and 0 forgets it."""
    whole: bool = False
    """For the whole host, not for the portal's pages alone."""


@attrs.define(kw_only=True)
class Visit:
    """What one request has found out, and which cookies its answer sets."""

    accounts: CustomerAccounts = attrs.field(repr=False)
    entrance: Entrance | None
    """None where no portal could be found."""
    root: str
    """The portal's address as the browser writes it; its pages lie below."""
    here: str
    """The path of this request, to come back to it; never with a host."""
    wishes: str
    """The languages the browser asks for: its ``Accept-Language``."""
    sent: Mapping[str, str] = attrs.field(repr=False)
    """The cookies that came."""
    network: str = attrs.field(default="", repr=False)
    """The network address the request came from, as the host saw it; for limits."""
    browser: str = attrs.field(default="", repr=False)
    """What the browser calls itself: its ``User-Agent``."""
    _cookies: dict[str, Cookie] = attrs.field(factory=dict, init=False)
    _session: Session | None = attrs.field(default=None, init=False, repr=False)
    _meant: str = attrs.field(default="", init=False, repr=False)
    """The company the form that was sent was made for; empty if it does not say."""
    _over: str = attrs.field(default="", init=False, repr=False)
    """The company that was chosen and is over: this request is about no other."""

    # Where and who ------------------------------------------------------------------------------

    @property
    def portal(self) -> Portal:
        """The portal the request is for.

        Raises:
            PortalNotFound: there is none at this address, or it is switched off.
        """
        if self.entrance is None:
            raise PortalNotFound
        return self.entrance.portal

    def guest(self) -> Guest:
        """Return the visitor, in the language chosen, else the address's, else the browser's.

        Raises:
            PortalNotFound: there is no portal at this address.
        """
        portal = self.portal
        wanted = self._chosen_language() or preferred(self.wishes, portal.languages)
        return self.accounts.portals.guest(portal, wanted, network=self.network)

    def session(self) -> Session:
        """Return the session the browser's cookie stands for.

        Raises:
            SessionOver: there is none, or it is over; the sign-in page answers that.
        """
        visitor = self.guest()
        if self._session is None:
            self._session = self.accounts.sessions.resume(visitor, self._token)
        return self._session

    def person(self) -> Person:
        """Return the signed-in user, for what concerns the login itself.

        Raises:
            SessionOver: nobody is signed in.
        """
        return self.accounts.sessions.person(self.guest(), self._token)

    def member(self) -> Member:
        """Return the signed-in user, acting for the company chosen.

        Raises:
            SessionOver: nobody is signed in.
            CustomerNotChosen: there are several companies, and none was chosen; or the one that was
                is over: what a page of it asks is never done for another.
            CompanySwitched: the form was made for another one; see ``expect``.
            NobodyToActFor: not for a single one.
        """
        acting, signed_in = self.accounts.acting, self.session()
        chosen = CustomerId(self.cookie(COMPANY_COOKIE) or self._over)
        try:
            found = acting.member(signed_in, chosen or None, language=self.language())
        except MembershipOver:
            self._over = chosen
            self.forget(COMPANY_COOKIE)
            if chosen and acting.choices(signed_in):
                raise CustomerNotChosen from None
            raise NobodyToActFor from None
        if self._meant not in {"", found.customer}:
            raise CompanySwitched
        return found

    def expect(self, customer: str) -> None:
        """Say for which company the form that was sent was made: it is carried out for no other.

        Somebody may have switched in another window since it was shown. Put the id into each form
        of a member's page, and call this before anything is done; text that is empty says nothing.
        """
        self._meant = customer

    def staff(self, realm: RealmId | None = None) -> Staff:
        """Return the staff member the browser's staff cookie stands for; no customer's opens it.

        Args:
            realm: Where to act, if not in the portal's realm: with what is granted there.

        Raises:
            StaffSessionOver: there is none, or it is over; the staff sign-in page answers that.
            StaffPasswordDue: the password was handed over and has to be changed first.
        """
        return self.accounts.staff_sessions.resume(self.guest(), self._staff_token, realm=realm)

    def language(self) -> Language:
        """Return the language of the answer: as chosen, else the session's, else the guest's."""
        spoken = self.guest().language
        if self._chosen_language() is not None:
            return spoken
        try:
            return self.portal.language(self.session().language)
        except SessionOver:
            return spoken

    def _chosen_language(self) -> Language | None:
        if self.entrance is not None and self.entrance.language is not None:
            return self.entrance.language
        named = self.cookie(LANGUAGE_COOKIE)
        return next((one for one in Language if one.value == named), None)

    @property
    def _token(self) -> SessionToken:
        return SessionToken(self.cookie(SESSION_COOKIE))

    @property
    def _staff_token(self) -> StaffToken:
        return StaffToken(self.cookie(STAFF_COOKIE))

    # Changes ------------------------------------------------------------------------------------

    def sign_in(self, login: str, password: str, *, user_code: str = "") -> None:
        """Sign in and give the browser the session; one that is known has tries of its own.

        Raises:
            SignInRefused: for whatever reason.
            TooManyTries: this login, or this network, was tried too often.
            TooBusy: too many are signing in.
        """
        token = self.accounts.sign_in.sign_in(
            self.guest(),
            login,
            password,
            user_code=user_code,
            browser=self.browser,
            device=self.device,
        )
        self.begin_session(token)
        with suppress(PasswordChangeDue, MembershipOver):  # first a password, or over by now
            self.enter()

    def enter(self) -> Member | None:
        """Begin to act where there is nothing to choose; else None: a chooser follows.

        Raises:
            SessionOver: nobody is signed in.
            PasswordChangeDue: the user has to choose a password first.
        """
        entered = self.accounts.acting.enter(self.session(), language=self.language())
        if entered is not None:
            self.remember(COMPANY_COOKIE, entered.customer)
        return entered

    @property
    def device(self) -> DeviceToken | None:
        """The mark the browser was given after an earlier sign-in."""
        kept = self.cookie(DEVICE_COOKIE)
        return DeviceToken(kept) if kept else None

    def begin_session(self, token: SessionToken) -> None:
        """Give the browser a new session, and a mark to be known by; nothing older stays.

        It speaks and looks from now on as the person chose, wherever that was.
        """
        self._go_on_with(token)
        self._over = ""
        self.forget(COMPANY_COOKIE)

    def change_password(self, current: str, new: str) -> None:
        """Choose a password of one's own; the browser goes on with a new session, alone.

        Raises:
            SessionOver: nobody is signed in (any more).
            SignInRefused: the current password is wrong.
            InvalidFields: the new one does not keep the portal's policy, or is the current one.
            TooManyTries: the current password was wrong too often.
            TooBusy: too many passwords are being hashed.
        """
        self._go_on_with(self.accounts.own_password.change(self.person(), current, new))

    def _go_on_with(self, token: SessionToken) -> None:
        self._session = None
        self.remember(SESSION_COOKIE, token)
        with suppress(SessionOver, PasswordChangeDue):  # over already, or not quite in yet
            person = self.person()
            self.remember(DEVICE_COOKIE, self.accounts.sign_in.mark_device(person), age=LONG)
            profile = self.accounts.profile.look(person)
            if profile.theme.value != self.theme:
                self.remember(THEME_COOKIE, profile.theme.value, age=LONG)
            if profile.language is not None:
                self.remember(LANGUAGE_COOKIE, profile.language.value, age=LONG)

    def end_session(self) -> None:
        """Sign out: the session is over for whoever has its token, and the browser forgets it."""
        self.accounts.sessions.end(self.guest(), self._token)
        self._session = None
        self.forget(SESSION_COOKIE)
        self.forget(COMPANY_COOKIE)

    def begin_staff_session(self, token: StaffToken) -> None:
        """Give the browser a new staff session; a customer's beside it stays what it is."""
        self.remember(STAFF_COOKIE, token)

    def end_staff_session(self) -> None:
        """Sign staff out: the session is over for whoever has its token, and the browser forgets.

        A customer's session beside it goes on.
        """
        self.accounts.staff_sessions.end(self.guest(), self._staff_token)
        self.forget(STAFF_COOKIE)

    def change_staff_password(self, current: str, new: str) -> None:
        """Choose a staff password; the browser goes on with a new session, all others are over.

        Raises:
            StaffSessionOver: there is no staff session, or it is over.
            StaffSignInRefused: the current password is wrong.
            InvalidFields: the new one does not keep the policy, or is the current one.
        """
        change = self.accounts.staff_sessions.change_password
        self.begin_staff_session(change(self.guest(), self._staff_token, current, new))

    @property
    def changes_session(self) -> bool:
        """Whether the answer begins a session or ends one, of a customer or of staff."""
        return not self._cookies.keys().isdisjoint({SESSION_COOKIE, STAFF_COOKIE})

    def choose_company(self, customer: CustomerId) -> Member:
        """Act for a company from now on, without signing in again.

        Raises:
            MembershipOver: the user does not act for it.
        """
        chosen = self.accounts.acting.choose(self.session(), customer, language=self.language())
        self.remember(COMPANY_COOKIE, customer)
        return chosen

    def remember_language(self, chosen: str) -> None:
        """Answer in a language from now on; one the portal does not offer changes nothing.

        Who is signed in is answered in it from the next sign-in on every other browser, too.
        """
        named = {one.value: one for one in self.portal.languages}
        if chosen in named:
            self.remember(LANGUAGE_COOKIE, chosen, age=LONG)
            with suppress(SessionOver):
                self.accounts.profile.prefer(self.person(), language=named[chosen])

    @property
    def theme(self) -> str:
        """The look that was chosen: ``light``, ``dark`` or, as the device says, ``auto``."""
        chosen = self.cookie(THEME_COOKIE)
        return chosen if chosen in THEMES else THEMES[0]

    def remember_theme(self, chosen: str) -> None:
        """Answer in a look from now on; one that is none changes nothing.

        Who is signed in gets it from the next sign-in on every other browser, too.
        """
        if chosen in THEMES:
            self.remember(THEME_COOKIE, chosen, age=LONG)
            with suppress(SessionOver):
                self.accounts.profile.prefer(self.person(), theme=Theme(chosen))

    def return_to(self, wanted: object) -> str:
        """Choose where to go on: to what was wanted, if that is in the portal, else to its home."""
        home = f"{self.root}/"
        return home if self.entrance is None else return_path(wanted, within=self.root) or home

    # Cookies and headers ------------------------------------------------------------------------

    def cookie(self, name: str) -> str:
        """Read a cookie, as this request has set it or else as it came."""
        kept = self._cookies.get(name)
        return self.sent.get(name, "") if kept is None else kept.value

    def remember(
        self, name: str, value: str, *, age: int | None = None, whole: bool = False
    ) -> None:
        """Set a cookie with the answer."""
        self._cookies[name] = Cookie(value=value, age=age, whole=whole)

    def forget(self, name: str) -> None:
        """Delete a cookie with the answer."""
        self._cookies[name] = Cookie(value="", age=0)

    def finish(self, response: Response) -> None:
        """Give an answer of the portal its headers, where it has none, and its cookies."""
        for header, value in HEADERS.items():
            response.headers.setdefault(header, value)
        for name, cookie in self._cookies.items():
            response.set_cookie(
                name,
                cookie.value,
                max_age=cookie.age,
                path="/" if cookie.whole else self.root or "/",
                secure=self.accounts.base_url.startswith("https:"),
                httponly=True,
                samesite="Lax",
            )


def written(path: str, query: str) -> str:
    """Write a request's path and query as an address of this host."""
    kept = quote(path, safe="/:@,;+=&~")
    return f"{kept}?{query}" if query else kept


def preferred(wishes: str, offered: Sequence[Language]) -> Language | None:
    """Choose what a browser asks for most, of what is offered; ``de-AT`` is content with ``de``."""
    named = {one.value: one for one in offered}
    best: tuple[float, Language] | None = None
    for wish in wishes[:WISHES_LONGEST].split(","):
        tag, _, weight = wish.partition(";")
        language = named.get(tag.strip().lower().partition("-")[0])
        degree = _degree(weight)
        if language is not None and degree > (best[0] if best else 0):
            best = degree, language
    return best[1] if best else None


def _degree(weight: str) -> float:
    """Read ``q=0.8``; nothing is 1, and nonsense 0."""
    if not weight.strip():
        return 1
    read = _WEIGHT.fullmatch(weight.strip())
    return float(read[1]) if read else 0
