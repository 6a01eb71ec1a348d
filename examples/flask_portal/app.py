"""The application: a host's own part of a portal, which is not much."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, cast

import attrs
from flask import Flask, current_app, make_response, request, url_for
from flask.typing import ResponseReturnValue
from jinja2 import Environment

import pages
from custaccount.accounts import CustomerAccounts
from custaccount.facilities.letters import Mail
from custaccount.integrations import flask as glue
from custaccount.kernel.errors import CustAccountError
from custaccount.kernel.i18n import Language
from custaccount.membership import Standing
from custaccount.portals import Portal, PortalNotFound
from wholesaler.articles import Range


class Inbox(Protocol):
    """Mails that were never sent, to look at."""

    @property
    def sent(self) -> list[Mail]:
        """All of them, the oldest first."""
        ...


@attrs.frozen(kw_only=True)
class Shop:
    """What the host knows beside the accounts: its catalogue, and here its mails."""

    accounts: CustomerAccounts
    base_url: str
    ranges: Mapping[str, Range]
    inbox: Inbox | None = None
    """Shows what would have been mailed; for development only."""


def create_app(shop: Shop) -> Flask:
    """Make the application."""
    from flask_portal.views import inbox, portal_pages  # noqa: PLC0415 - they need this module

    app = Flask("flask_portal", static_folder=pages.STATIC)
    app.config["MAX_CONTENT_LENGTH"] = 1 << 20  # bytes of a form
    app.extensions["shop"] = shop
    app.extensions["pages"] = pages.environment()
    glue.CustAccount(
        shop.accounts,
        base_url=shop.base_url,
        sign_in="pages.sign_in",
        company="pages.company",
        error_page=error_page,
    ).init_app(app)
    app.register_blueprint(portal_pages)
    if shop.inbox is not None:
        app.register_blueprint(inbox)
    return app


def shop() -> Shop:
    """Return the shop of the current application."""
    return cast("Shop", current_app.extensions["shop"])


# Rendering --------------------------------------------------------------------------------------


def page(template: str, status: int = 200, /, **facts: object) -> ResponseReturnValue:
    """Render one of the pages."""
    portal = portal_or_none()
    known: dict[str, object] = {
        **pages.words(language_of(portal), portal.time_zone if portal else "UTC"),
        "url": url,
        "portal": portal,
        "here": glue.here(),
        "theme": glue.theme(),
        "csrf_token": glue.csrf_token() if portal else "",
        "staff_url": None,
        "inbox_url": url("inbox") if shop().inbox is not None else None,
        **who(portal),
        **facts,
    }
    environment: Environment = current_app.extensions["pages"]
    return make_response(environment.get_template(template).render(known), status)


def error_page(error: CustAccountError, status: int) -> ResponseReturnValue:
    """Say what went wrong."""
    return page("error.html", status, error=error, status=status)


def url(name: str, **values: str) -> str:
    """Write the address of a page, as the templates name them."""
    if name == "static":
        return f"{current_app.static_url_path}/{values['file']}"
    if name == "inbox":
        return "/dev/inbox"
    return url_for(f"pages.{name}", **values)  # type: ignore[arg-type] # none is a setting


def portal_or_none() -> Portal | None:
    """Return the portal, or None outside of any."""
    try:
        return glue.portal()
    except PortalNotFound:
        return None


def language_of(portal: Portal | None) -> Language:
    """Return the language of the page; outside of a portal it is what the browser wants."""
    if portal is not None:
        return glue.language()
    named = request.accept_languages.best_match([one.value for one in Language], "en")
    return Language(named)


def who(portal: Portal | None) -> dict[str, object]:
    """Tell the head of the page who is here and for whom."""
    nobody: dict[str, object] = {"signed_in": False, "standing": None, "several": False}
    if portal is None:
        return nobody
    try:
        choices = shop().accounts.acting.choices(glue.session())
    except CustAccountError:
        return nobody
    return {"signed_in": True, "standing": acting_for(choices), "several": len(choices) > 1}


def acting_for(choices: tuple[Standing, ...]) -> Standing | None:
    """Find for whom the signed-in user acts; None before a company is chosen."""
    try:
        customer = glue.member().customer
    except CustAccountError:
        return None
    return next((one for one in choices if one.membership.customer == customer), None)
