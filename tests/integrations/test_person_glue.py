"""A person in a browser: a password to be changed, a language that follows, nobody to act for."""

from __future__ import annotations

import pytest

from custaccount.integrations.answers import NobodyToActFor, Ways
from custaccount.kernel.access import PasswordChangeDue
from custaccount.kernel.ids import CustomerId
from custaccount.portals import ActivationMode, Policies
from tests.integrations.ground import (
    ALICE,
    BOTH,
    PASSWORD,
    PATH,
    STAFF,
    Browser,
    Host,
    cookies,
)

JAN = "jan@acme.example"
SESSION, COMPANY, DEVICE = "custaccount_session", "custaccount_company", "custaccount_device"
NEW = "eleven clamps, one vice"

pytestmark = pytest.mark.filterwarnings("error")


def customer_of(host: Host, email: str) -> CustomerId:
    """Find the only customer a user acts for."""
    browser = host.browser()
    browser.enter(email)
    return CustomerId(browser.get(f"{PATH}/orders").text)


@pytest.fixture
def given(host: Host) -> str:
    """Let staff hand Jan a password, and return it."""
    accounts, portal = host.accounts, host.ground.portal
    acme = customer_of(host, ALICE)
    handed = Policies(activation=ActivationMode.STAFF_PASSWORD)
    accounts.portal_desk.change(STAFF, portal.id, version=portal.version, policies=handed)
    given = accounts.account_desk.give_password(STAFF, portal.id, acme, name="Jan", email=JAN)
    return given.password


# A password from staff --------------------------------------------------------------------------


def come_in(browser: Browser, password: str) -> None:
    """Sign Jan in."""
    assert browser.post("/sign-in", email=JAN, password=password).status_code == 303


def test_a_password_from_staff_leads_to_the_page_where_it_is_changed(
    browser: Browser, given: str
) -> None:
    """From every page, with the way back; then the page opens, in a session of another token."""
    come_in(browser, given)
    first = browser.kept(SESSION)

    answer = browser.get(f"{PATH}/orders")
    wanted = f"{PATH}/own-password?next={PATH}/orders"
    assert (answer.status_code, answer.location) == (303, wanted)
    assert browser.post("/own-password", current=given, new=NEW).text == "changed"

    assert browser.kept(SESSION) not in {"", first}
    assert browser.get(f"{PATH}/orders").status_code == 200


def test_a_form_that_is_sent_too_early_is_not_done(browser: Browser, given: str) -> None:
    """Nothing is done with such a password, and no way back leads to a form that was sent."""
    come_in(browser, given)

    answer = browser.post("/orders")

    assert (answer.status_code, answer.location) == (303, f"{PATH}/own-password")


def test_a_refused_password_changes_neither_cookie_nor_session(
    browser: Browser, given: str
) -> None:
    """Too short, or the wrong current one: the page is asked for as before."""
    come_in(browser, given)

    short = browser.post("/own-password", current=given, new="kurz")
    wrong = browser.post("/own-password", current="not it", new=NEW)

    assert (short.status_code, wrong.status_code) == (422, 403)
    assert SESSION not in {*cookies(short), *cookies(wrong)}
    assert browser.get(f"{PATH}/orders").location.startswith(f"{PATH}/own-password")


def test_a_browser_is_marked_anew_once_the_password_is_the_persons_own(
    browser: Browser, given: str
) -> None:
    """The mark it got with the password staff know is worth nothing any more."""
    come_in(browser, given)
    before = browser.kept(DEVICE)

    browser.post("/own-password", current=given, new=NEW)

    assert browser.kept(DEVICE) not in {"", before}


# A new password ---------------------------------------------------------------------------------


def test_a_new_password_keeps_this_browser_with_its_company_and_ends_all_others(
    host: Host, browser: Browser
) -> None:
    """The session goes on under another token: the old one is dead for whoever has it."""
    other = host.browser()
    for one in (browser, other):
        one.enter(BOTH)
        listed = one.get(f"{PATH}/company").text.split()
        one.post("/company", customer=listed[-1].partition("=")[2])
    acting, old = browser.get(f"{PATH}/orders").text, browser.kept(SESSION)

    assert browser.post("/own-password", current=PASSWORD, new=NEW).text == "changed"

    assert browser.get(f"{PATH}/orders").text == acting
    assert other.get(f"{PATH}/orders").location.startswith(f"{PATH}/sign-in")
    browser.plant(SESSION, old)
    assert browser.get(f"{PATH}/orders").location.startswith(f"{PATH}/sign-in")


def test_a_form_shown_before_a_new_password_does_not_count_after_it(browser: Browser) -> None:
    """As after sign-in: it was of another session."""
    browser.enter()
    before = browser.shown()
    browser.post("/own-password", current=PASSWORD, new=NEW)

    assert browser.send(f"{PATH}/orders", before).status_code == 403
    assert browser.send(f"{PATH}/orders", browser.shown()).status_code == 200


# Language and look ------------------------------------------------------------------------------


def test_language_and_look_follow_the_person(host: Host, browser: Browser) -> None:
    """Chosen while signed in, they are there after the next sign-in, in any browser."""
    browser.enter()
    browser.post("/speaks", language="sv", theme="dark")

    other = host.browser()
    assert other.get(f"{PATH}/speaks").text == "en auto"
    other.enter()

    assert other.get(f"{PATH}/speaks").text == "sv dark"


def test_what_is_chosen_signed_out_is_the_browsers_alone(host: Host, browser: Browser) -> None:
    """Nothing of it gets into a profile; signing in brings one's own back."""
    browser.enter()
    browser.post("/speaks", language="sv", theme="dark")
    browser.post("/sign-out")
    browser.post("/speaks", language="de", theme="light")
    assert browser.get(f"{PATH}/speaks").text == "de light"

    other = host.browser()
    other.enter()
    assert other.get(f"{PATH}/speaks").text == "sv dark"
    browser.enter()
    assert browser.get(f"{PATH}/speaks").text == "sv dark"


def test_the_next_person_at_a_browser_gets_ones_own(browser: Browser) -> None:
    """A shared browser does not show one person's choice to another who has signed in."""
    browser.enter()
    browser.post("/speaks", language="sv", theme="dark")
    browser.post("/sign-out")

    browser.enter(BOTH)

    assert browser.get(f"{PATH}/speaks").text == "en auto"


def test_what_is_no_choice_changes_no_profile(host: Host, browser: Browser) -> None:
    """A language the portal does not offer, and a look that is none."""
    browser.enter()
    browser.post("/speaks", language="nl", theme="<script>")

    other = host.browser()
    other.enter()

    assert other.get(f"{PATH}/speaks").text == "en auto"


# Nobody to act for ------------------------------------------------------------------------------


def test_who_acts_for_nobody_is_led_to_a_page_that_says_so(host: Host, browser: Browser) -> None:
    """And stays signed in."""
    acme = customer_of(host, ALICE)
    (line,) = host.accounts.member_desk.users(STAFF, acme)
    user = line.membership.user
    browser.enter()
    portal = host.ground.portal
    host.accounts.member_desk.remove(
        STAFF, portal.id, acme, line.membership.id, reason="left the company"
    )

    answer = browser.get(f"{PATH}/orders")

    assert (answer.status_code, answer.location) == (303, f"{PATH}/nobody?next={PATH}/orders")
    assert browser.get(f"{PATH}/nobody").text == f"nobody's {user}"


def test_a_person_has_to_be_signed_in(browser: Browser) -> None:
    """As a member has."""
    assert browser.get(f"{PATH}/nobody").location == f"{PATH}/sign-in?next={PATH}/nobody"
    assert browser.post("/own-password", current="x", new="y").location == f"{PATH}/sign-in"


@pytest.mark.parametrize("error", [PasswordChangeDue(), NobodyToActFor()])
def test_a_host_without_such_a_page_shows_the_error(error: Exception) -> None:
    """Nobody is led to a page that is not there."""
    assert Ways(sign_in="in", company="for").on_from(error) is None
