"""What is Flask's alone: its form texts, and where the application of pages is put."""

from __future__ import annotations

import hashlib
import hmac

import pytest

pytest.importorskip("flask")

from flask import Flask

from custaccount.integrations import flask as glue
from custaccount.integrations.flask.current import mounted
from custaccount.kernel.errors import NotFound
from tests.integrations.ground import FRONT, PATH, STAFF, Making, make_ground

pytestmark = pytest.mark.filterwarnings("error")


def test_an_application_knows_its_own_accounts_only(flask_making: Making) -> None:
    """Several applications in one process do not mix."""
    one, other = flask_making(), flask_making()
    other.accounts.portal_desk.close(STAFF, other.ground.portal.id)
    first, second = one.browser(), other.browser()

    first.enter()
    session = first.kept("custaccount_session")
    assert first.get(f"{PATH}/orders").status_code == 200
    assert second.get(f"{PATH}/orders").status_code == 404
    other.accounts.portal_desk.open(STAFF, other.ground.portal.id)
    second.plant("custaccount_session", session)
    assert second.get(f"{PATH}/orders").status_code == 303


def test_a_text_that_can_be_computed_is_no_proof(flask_making: Making) -> None:
    """An empty or short browser cookie signs nothing, though its text could be computed."""
    browser = flask_making().browser(cookies=False)

    for planted in ("", "short"):
        computed = hmac.new(planted.encode(), b"form ", hashlib.sha256).hexdigest()
        kept = {"Cookie": f"custaccount_browser={planted}"}
        assert browser.send(f"{PATH}/sign-in", computed, headers=kept).status_code == 403


@pytest.mark.parametrize(
    ("settings", "base_url"),
    [
        ({"subdomain_matching": True}, "http://shop.example"),
        ({"host_matching": True, "static_host": "shop.example"}, "http://shop.example"),
    ],
)
def test_a_shop_that_routes_by_host_keeps_its_pages(
    settings: dict[str, object], base_url: str
) -> None:
    """What is the shop's is asked of its own routes, hosts and all."""
    portal, shop = Flask("portal", static_folder=None), Flask("shop", **settings)
    shop.config["SERVER_NAME"] = "shop.example"
    where = {"host": "shop.example"} if settings.get("host_matching") else {}
    shop.add_url_rule("/sign-in", view_func=lambda: FRONT, endpoint="front", **where)
    accounts = make_ground().accounts
    glue.CustAccount(accounts, sign_in="sign_in", company="company").init_app(portal)
    portal.add_url_rule("/sign-in", "sign_in", lambda: "a portal's")
    glue.mount(portal, beside=shop)
    client = shop.test_client()

    assert client.get("/sign-in", base_url=base_url).text == FRONT
    assert client.get(f"{PATH}/sign-in", base_url=base_url).text == "a portal's"


def test_a_page_for_another_method_is_the_shops_too(flask_making: Making) -> None:
    """What the shop answers with 405, or by leading elsewhere, is not looked up as a portal."""
    browser = flask_making().browser()

    answer = browser.client.post("/fallen")
    assert answer.status_code == 405
    assert "Content-Security-Policy" not in answer.headers


def test_pages_that_are_mounted_nowhere_are_no_portals() -> None:
    """Asked directly, the application of pages is outside of any portal."""
    portal = Flask("portal", static_folder=None)
    accounts = make_ground().accounts
    glue.CustAccount(accounts, sign_in="sign_in", company="company").init_app(portal)
    portal.add_url_rule("/home", "home", lambda: glue.visit().return_to("/anywhere"))
    portal.add_url_rule("/name", "name", lambda: glue.visit().portal.name)
    client = portal.test_client()

    assert client.get("/home").text == "/"
    assert client.get("/name").status_code == 404


def test_both_applications_know_the_accounts() -> None:
    """Commands find them, whichever of the two is loaded; one without them says what to do."""
    portal, shop, other = Flask("portal"), Flask("shop"), Flask("other")
    accounts = make_ground().accounts
    glue.CustAccount(accounts, sign_in="sign_in", company="company").init_app(portal)
    glue.mount(portal, beside=shop)

    assert (mounted(portal), mounted(shop), mounted(other)) == (accounts, accounts, None)
    with pytest.raises(LookupError, match=r"other has no accounts yet: call CustAccount"):
        glue.mount(other, beside=shop)


def test_a_host_may_answer_before_us() -> None:
    """Who answers in a function of its own before ours still gets the headers."""
    portal, shop = Flask("portal"), Flask("shop")
    portal.before_request(lambda: ("closed for today", 503))
    accounts = make_ground().accounts
    glue.CustAccount(accounts, sign_in="sign_in", company="company").init_app(portal)
    glue.mount(portal, beside=shop)

    answer = shop.test_client().get(f"{PATH}/orders")
    assert (answer.status_code, answer.text) == (503, "closed for today")
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_an_error_page_of_the_host_is_shown() -> None:
    """It gets the error and its status."""
    portal, shop = Flask("portal"), Flask("shop")
    glue.CustAccount(
        make_ground().accounts,
        sign_in="sign_in",
        company="company",
        error_page=lambda error, status: (f"{status} {type(error).__name__}", status),
    ).init_app(portal)
    glue.mount(portal, beside=shop)

    answer = shop.test_client().get(f"{PATH}/nothing")
    assert (answer.status_code, answer.text) == (404, f"404 {NotFound.__name__}")
