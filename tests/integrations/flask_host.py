"""A Flask shop with an application of portals' pages beside it."""

from __future__ import annotations

from functools import partial

from flask import Flask, Response, redirect, request
from flask.typing import ResponseReturnValue

from custaccount.integrations import flask as glue
from custaccount.kernel.errors import NotFound
from tests.integrations import ground
from tests.integrations.ground import ARTICLE, FALLEN, FRONT, LOOPBACK, LOST, PAGES, Host


def make(base_url: str = LOOPBACK) -> Host:
    """Make a host."""
    made = ground.make_ground(base_url)
    portal = Flask("portal", static_folder=None)
    glue.CustAccount(
        made.accounts,
        sign_in="sign_in",
        company="company",
        own_password="own_password",
        nobody="nobody",
        staff_sign_in="staff_sign_in",
        staff_password="staff_password",
    ).init_app(portal)
    for name, path, views in PAGES:
        portal.add_url_rule(path, name, partial(show, views), methods=list(views))
    shop = make_shop()
    glue.mount(portal, beside=shop)
    return Host(
        ground=made,
        application=shop,
        form_field="csrf_token",
        browser_cookie="custaccount_browser",
    )


def show(views: dict[str, ground.View], **values: str) -> ResponseReturnValue:
    """Answer a request for a portal's page."""
    view = views[request.method]
    asked = ground.Asked(visit=glue.visit(), form=request.form, token=glue.csrf_token)
    match view(asked, **values):
        case ground.Leads(to):
            return redirect(to, 303)
        case ground.Says(text, status, headers):
            return text, status, dict(headers)


def make_shop() -> Flask:
    """Make a shop with pages of its own, some at the paths of the portals' pages."""
    shop = Flask("shop", static_folder=None)
    shop.add_url_rule("/", "front", lambda: FRONT, methods=["GET", "POST"])
    shop.add_url_rule("/orders", "orders", lambda: FRONT, methods=["GET", "POST"])
    shop.add_url_rule("/shop/<path:article>", "article", article)
    shop.add_url_rule("/fallen", "fallen", fallen)
    shop.add_url_rule("/<path:page>", "written", written)
    shop.register_error_handler(404, lambda _: (LOST, 404))
    shop.register_error_handler(NotFound, lambda _: (FALLEN, 500))
    return shop


def article(article: str) -> ResponseReturnValue:  # noqa: ARG001 - in its path
    """Show an article."""
    return ARTICLE


def fallen() -> ResponseReturnValue:
    """Raise one of the core's errors in the shop."""
    raise NotFound


def written(page: str) -> ResponseReturnValue:
    """Show what somebody wrote for the shop, at any path."""
    return Response(ARTICLE) if page == "imprint" else (LOST, 404)
