"""The applications: the portals' pages, and the shop they are mounted beside."""

from __future__ import annotations

from functools import partial

from flask import Flask, Response, current_app, redirect, request
from flask.typing import ResponseReturnValue
from jinja2 import Environment

import pages
from custaccount.integrations import flask as glue
from custaccount.integrations.visit import preferred
from custaccount.kernel.errors import CustAccountError
from custaccount.kernel.i18n import Language
from pages import frame, views
from pages.asking import Asked, Page, View
from wholesaler.opening import PATH
from wholesaler.shop import Shop

LARGEST = 1 << 20
"""Bytes of a form."""


def create_portal(shop: Shop) -> Flask:
    """Make the application with the portals' pages."""
    portal = Flask("portal", static_folder=None)
    portal.config["MAX_CONTENT_LENGTH"] = LARGEST
    portal.extensions["pages"] = pages.environment()
    glue.CustAccount(shop.accounts, **views.WAYS, error_page=error_page).init_app(portal)
    for route in views.ROUTES:
        served = route.serves()
        portal.add_url_rule(
            route.path, route.name, partial(show, shop, served), methods=list(served)
        )
    return portal


def create_shop(shop: Shop, portal: Flask) -> Flask:
    """Make the shop: a front door, the inbox, styles, and the portals beside them."""
    app = Flask("shop", static_folder=pages.STATIC, static_url_path=frame.STATIC)
    app.extensions["pages"] = pages.environment()
    app.add_url_rule("/", "front", partial(redirect, PATH, 303))
    app.add_url_rule(frame.INBOX, "inbox", partial(inbox, shop))
    glue.mount(portal, beside=app)
    return app


def show(shop: Shop, served: dict[str, View], **values: str) -> ResponseReturnValue:
    """Ask the view, and answer as Flask does."""
    method = "GET" if request.method == "HEAD" else request.method
    asked = Asked(shop=shop, visit=glue.visit(), query=request.args, form=request.form)
    answer = served[method](asked, **values)
    if isinstance(answer, Page):
        return rendered(answer)
    return redirect(views.address(glue.visit(), answer), 303)


def rendered(page: Page) -> ResponseReturnValue:
    """Render a page of the portal."""
    guard = {"csrf_field": "csrf_token", "csrf_token": glue.csrf_token()}
    return written(page, {**frame.inside(glue.visit()), **guard})


def error_page(error: CustAccountError, status: int) -> ResponseReturnValue:
    """Say what went wrong, in the portal's look if there is one."""
    page = views.refused(glue.visit(), error, status)
    return rendered(page) if glue.visit().entrance else written(page, frame.outside(spoken()))


def inbox(shop: Shop) -> ResponseReturnValue:
    """Show the mails, which are no portal's."""
    return written(views.inbox(shop), frame.outside(spoken()))


def written(page: Page, around: dict[str, object]) -> ResponseReturnValue:
    """Write a page with what is around it."""
    environment: Environment = current_app.extensions["pages"]
    text = environment.get_template(page.template).render({**around, **page.facts})
    return Response(text, page.status)


def spoken() -> Language:
    """Return the language of pages outside of any portal."""
    wishes = request.headers.get("Accept-Language", "")
    return preferred(wishes, tuple(Language)) or Language.EN
