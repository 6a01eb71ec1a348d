"""Coming in: sign-in, links by mail, language and look."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs

from custaccount.credentials import SignInRefused
from custaccount.facilities.signing import TokenInvalid
from custaccount.integrations.answers import status_of
from custaccount.kernel.access import Guest
from custaccount.kernel.errors import InvalidFields, InvalidInput
from custaccount.kernel.ids import BearerToken
from custaccount.kernel.text import EmailAddress
from custaccount.portals import LoginId
from pages.asking import Answer, Asked, Back, Filled, Route, back, go, page, typed
from pages.guests import take_along
from pages.menu import start

SAID = ("signed_out", "password_set", "email_changed", "email_undone", "declined")


def home(asked: Asked) -> Answer:
    """Begin with the first page that opens."""
    return go(start(asked.shop.accounts, asked.visit.member()))


def sign_in(asked: Asked) -> Answer:
    """Ask for login and password."""
    return _sign_in(asked, asked.named("next"), Filled(), asked.said(*SAID))


def sign_in_now(asked: Asked) -> Answer:
    """Begin a session and go on to where the visitor wanted to be."""
    visit, wanted = asked.visit, asked.field("next")
    try:
        visit.sign_in(
            asked.field("login"), asked.field("password"), user_code=asked.field("user_code")
        )
    except SignInRefused as error:
        filled = Filled(typed=typed(asked, ("login", "user_code")), error=error)
        return _sign_in(asked, wanted, filled)
    take_along(asked)
    return Back(wanted)


def _sign_in(asked: Asked, wanted: str, form: Filled, said: str = "") -> Answer:
    policies = asked.visit.portal.policies
    return page(
        "sign_in.html",
        form.status,
        next=wanted,
        form=form,
        said=said,
        by_number=policies.login is LoginId.CUSTOMER_NUMBER,
        registration=policies.registration.value,
    )


def sign_out(asked: Asked) -> Answer:
    """End the session; who wanted to go somewhere without it goes there."""
    asked.visit.end_session()
    return back(asked) if asked.field("next") else go("sign_in", said="signed_out")


# Links by mail ----------------------------------------------------------------------------------


def first_sign_in(_: Asked) -> Answer:
    """Ask for the address the register knows."""
    return _ask_for_link("first_sign_in")


def first_sign_in_now(asked: Asked) -> Answer:
    """Mail a link to a customer the register knows."""
    return _mail_link(asked, "first_sign_in", asked.shop.accounts.first_sign_in.request)


def forgotten(_: Asked) -> Answer:
    """Ask for the address one signs in with."""
    return _ask_for_link("forgotten")


def forgotten_now(asked: Asked) -> Answer:
    """Mail a link for a new password."""
    return _mail_link(asked, "forgotten", asked.shop.accounts.password_reset.request)


def _ask_for_link(purpose: str, email: str = "", error: InvalidInput | None = None) -> Answer:
    status = status_of(error) if error else 200
    return page("ask_for_link.html", status, purpose=purpose, email=email, error=error)


def _mail_link(asked: Asked, purpose: str, request: Callable[..., None]) -> Answer:
    email = asked.field("email")
    try:
        request(asked.visit.guest(), email)
    except InvalidInput as error:
        return _ask_for_link(purpose, email, error)
    return go("mail_sent")


def mail_sent(_: Asked) -> Answer:
    """Say the same to everybody."""
    return page("mail_sent.html")


# Passwords behind a link ------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Link:
    """A page where a mailed link is redeemed with a password; opening it uses nothing up."""

    name: str
    again: str
    """The page where one asks for another link."""
    look: Callable[[Asked], Callable[[Guest, BearerToken], EmailAddress]]
    redeem: Callable[[Asked], Callable[[Guest, BearerToken, str], object]]

    def show(self, asked: Asked) -> Answer:
        """Ask for a password."""
        return self._answer(asked, BearerToken(asked.named("token")))

    def do(self, asked: Asked) -> Answer:
        """Set it, or suggest one."""
        return self._answer(asked, BearerToken(asked.field("token")), sent=True)

    def _answer(self, asked: Asked, token: BearerToken, *, sent: bool = False) -> Answer:
        guest = asked.visit.guest()
        error: InvalidInput | None = None
        suggested = ""
        try:
            email = self.look(asked)(guest, token)
            if sent and asked.field("do") == "suggest":
                suggested = asked.shop.accounts.own_password.suggest(guest)
            elif sent:
                self.redeem(asked)(guest, token, asked.field("password"))
                return go("sign_in", said="password_set")
        except InvalidFields as refused:
            error = refused
        except TokenInvalid as over:
            return page("link_over.html", status_of(over), error=over, again=self.again)
        return page(
            "set_password.html",
            status_of(error) if error else 200,
            purpose=self.name,
            token=token,
            email=email,
            suggested=suggested,
            error=error,
            shortest=asked.visit.portal.policies.password_shortest,
        )


ACTIVATE = Link(
    name="activate",
    again="first_sign_in",
    look=lambda asked: asked.shop.accounts.first_sign_in.look,
    redeem=lambda asked: asked.shop.accounts.first_sign_in.activate,
)
RESET = Link(
    name="password",
    again="forgotten",
    look=lambda asked: asked.shop.accounts.password_reset.look,
    redeem=lambda asked: asked.shop.accounts.password_reset.set_password,
)


# How ----------------------------------------------------------------------------------------------


def language(asked: Asked) -> Answer:
    """Speak another language from now on."""
    asked.visit.remember_language(asked.field("language"))
    return back(asked)


def theme(asked: Asked) -> Answer:
    """Look light, dark, or as the device says, from now on."""
    asked.visit.remember_theme(asked.field("theme"))
    return back(asked)


ROUTES: Sequence[Route] = (
    Route(name="home", path="/", show=home),
    Route(name="sign_in", path="/sign-in", show=sign_in, do=sign_in_now),
    Route(name="sign_out", path="/sign-out", do=sign_out),
    Route(name="first_sign_in", path="/first-sign-in", show=first_sign_in, do=first_sign_in_now),
    Route(name="forgotten", path="/forgotten", show=forgotten, do=forgotten_now),
    Route(name="mail_sent", path="/mail-sent", show=mail_sent),
    Route(name="activate", path="/activate", show=ACTIVATE.show, do=ACTIVATE.do),
    Route(name="password", path="/password", show=RESET.show, do=RESET.do),
    Route(name="language", path="/language", do=language),
    Route(name="theme", path="/theme", do=theme),
)
