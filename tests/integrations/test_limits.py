"""Tries are limited by whom the host sees, whatever a request says of itself."""

from __future__ import annotations

import pytest
from werkzeug.test import TestResponse

from tests.integrations.ground import ALICE, BOTH, PASSWORD, PATH, Browser, Host, Making, cookies

FORGED = {
    "X-Forwarded-For": "198.51.100.{place}",
    "X-Real-IP": "198.51.100.{place}",
    "X-Client-IP": "198.51.100.{place}",
    "Client-IP": "198.51.100.{place}",
    "True-Client-IP": "198.51.100.{place}",
    "CF-Connecting-IP": "198.51.100.{place}",
    "Forwarded": "for=198.51.100.{place}",
}
REFUSED, WRONG, IN = 429, 403, 303


OFFICE = "203.0.113.7"


def post(
    browser: Browser, page: str, network: str = OFFICE, headers: object = None, **data: str
) -> TestResponse:
    """Post a form from a network address, with headers."""
    environ = {"REMOTE_ADDR": network}
    return browser.send(
        f"{PATH}{page}", browser.shown(), data=data, environ_overrides=environ, headers=headers
    )


def knock(browser: Browser, login: str, **more: object) -> int:
    """Try to sign in with a wrong password."""
    return post(browser, "/sign-in", email=login, password="a wrong guess", **more).status_code


def other(place: int) -> str:
    """Name a login nobody has, another each time."""
    return f"{place}@acme.example"


@pytest.mark.parametrize("header", FORGED)
def test_a_header_that_anybody_can_send_changes_nothing(browser: Browser, header: str) -> None:
    """Thirty failures a minute from one address, however many it claims to have."""
    statuses = [
        knock(browser, other(place), headers={header: FORGED[header].format(place=place)})
        for place in range(32)
    ]

    assert statuses == [WRONG] * 30 + [REFUSED] * 2


def test_another_address_has_tries_of_its_own(browser: Browser) -> None:
    """Negative control: where the address really differs, nobody is refused."""
    statuses = [knock(browser, other(place), network=f"198.51.100.{place}") for place in range(32)]

    assert statuses == [WRONG] * 32


def test_a_proxy_of_the_hosts_own_is_believed(flask_making: Making) -> None:
    """What the host set up to read the header tells the address; ours is the last word before."""
    fix = pytest.importorskip("werkzeug.middleware.proxy_fix")
    host = flask_making()
    shop = host.application
    shop.wsgi_app = fix.ProxyFix(shop.wsgi_app, x_for=1)
    browser = host.browser()

    statuses = [
        knock(
            browser,
            other(place),
            headers={"X-Forwarded-For": f"10.9.8.{place}, 198.51.100.{place % 2}"},
        )
        for place in range(64)
    ]

    assert statuses == [WRONG] * 60 + [REFUSED] * 4


def test_who_is_refused_hears_when_to_come_again(browser: Browser) -> None:
    """A status of its own, and a time: the same for a login that exists and one that does not."""
    heard = []
    for login in (ALICE, "nobody@acme.example"):
        for _ in range(5):
            assert knock(browser, login) == WRONG
        answer = post(browser, "/sign-in", email=login, password=PASSWORD)
        heard.append((answer.status_code, answer.headers["Retry-After"], answer.text))

    assert heard[0] == heard[1]
    assert heard[0][:2] == (REFUSED, "60")


def test_a_known_browser_is_not_locked_out_by_strangers(host: Host) -> None:
    """Whoever guesses elsewhere, the browser the user has signed in with gets in."""
    own, stranger = host.browser(), host.browser()
    assert own.enter().status_code == IN
    own.post("/sign-out")
    for _ in range(8):
        knock(stranger, ALICE)

    assert knock(stranger, ALICE) == REFUSED
    assert own.enter().status_code == IN


def test_the_mark_of_one_user_is_none_of_another(host: Host) -> None:
    """Who has signed in with an own account is a stranger at all others."""
    own = host.browser()
    assert own.enter(BOTH).status_code == IN
    own.post("/sign-out")
    for _ in range(5):
        knock(host.browser(), ALICE)

    assert knock(own, ALICE) == REFUSED


def test_a_mark_outlives_the_session_and_opens_nothing(host: Host) -> None:
    """After sign-out it stays, and alone it shows no page."""
    browser = host.browser()
    browser.enter()
    out = browser.post("/sign-out")

    assert "custaccount_device" not in cookies(out)
    assert browser.get(f"{PATH}/orders").status_code == 303


def test_links_can_not_be_asked_for_without_end(browser: Browser, host: Host) -> None:
    """Five an hour for one address; then the same answer for everybody, and no mail."""
    nobody = "nobody@acme.example"
    post(browser, "/first-sign-in", email=nobody)  # as Alice did to get her login
    host.ground.mailer.sent.clear()
    answers = {
        login: [post(browser, "/first-sign-in", email=login).status_code for _ in range(6)]
        for login in (ALICE, nobody)
    }
    host.ground.accounts.relay()

    assert answers[ALICE] == answers[nobody] == [200] * 4 + [REFUSED] * 2
    assert len(host.ground.mailer.sent) == 1  # the newest link; those before it are dead
