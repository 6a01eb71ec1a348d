"""Staff in a browser: a cookie of their own beside the customer's, on every host alike."""

from __future__ import annotations

import pytest

from custaccount.kernel.access import STAFF_PERMISSIONS
from tests.integrations.ground import ALICE, PASSWORD, PATH, STAFF, Browser, Host, cookies

IDA = "ida@moewenkontor.example"
STAFF_PASSWORD = "drei Dohlen unter Ziegeln"
SESSION, STAFFS = "custaccount_session", "custaccount_staff"

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def handed(host: Host) -> str:
    """Appoint Ida and return the password that is handed over."""
    return host.accounts.staff_desk.appoint(
        STAFF, email=IDA, name="Ida Berg", permissions=STAFF_PERMISSIONS
    ).password


def come_in(browser: Browser, handed: str) -> None:
    """Sign Ida in and choose her password."""
    browser.post("/staff/sign-in", email=IDA, password=handed)
    changed = browser.post("/staff/password", current=handed, new=STAFF_PASSWORD)
    assert changed.text == "changed"


def test_who_is_no_staff_is_led_to_the_staff_sign_in_and_back(
    browser: Browser, handed: str
) -> None:
    """Also who is signed in as a customer; the customers' page is another one."""
    browser.enter(ALICE)
    wanted = f"{PATH}/staff/desk"

    answer = browser.get(wanted)
    assert (answer.status_code, answer.location) == (303, f"{PATH}/staff/sign-in?next={wanted}")
    come_in(browser, handed)

    assert browser.get(wanted).text == "Ida Berg"
    assert browser.get(f"{PATH}/orders").status_code == 200


def test_a_handed_password_leads_to_the_page_where_it_is_changed(
    browser: Browser, handed: str
) -> None:
    """And to nothing else, until it is changed; then the browser goes on with another session."""
    browser.post("/staff/sign-in", email=IDA, password=handed)
    first = browser.kept(STAFFS)

    answer = browser.get(f"{PATH}/staff/desk")
    assert answer.status_code == 303
    assert answer.location.startswith(f"{PATH}/staff/password?next=")
    wrong = browser.post("/staff/password", current=handed, new="kurz")
    assert wrong.status_code == 422
    assert browser.post("/staff/password", current=handed, new=STAFF_PASSWORD).text == "changed"

    assert browser.kept(STAFFS) not in {"", first}
    assert browser.get(f"{PATH}/staff/desk").text == "Ida Berg"


def test_neither_cookie_opens_the_others_door(browser: Browser, handed: str) -> None:
    """A staff session under the customer's name is none, and a customer's under the staff's."""
    come_in(browser, handed)
    browser.enter(ALICE)
    staffs, customers = browser.kept(STAFFS), browser.kept(SESSION)

    browser.plant(STAFFS, customers)
    browser.plant(SESSION, staffs)

    assert browser.get(f"{PATH}/staff/desk").location.startswith(f"{PATH}/staff/sign-in")
    assert browser.get(f"{PATH}/orders").location.startswith(f"{PATH}/sign-in")


def test_each_signs_out_alone(browser: Browser, handed: str) -> None:
    """Staff out, customer in; and the token is dead for whoever has it."""
    come_in(browser, handed)
    browser.enter(ALICE)
    token = browser.kept(STAFFS)

    assert browser.post("/staff/sign-out").text == "out"

    assert browser.kept(STAFFS) == ""
    browser.plant(STAFFS, token)
    assert browser.get(f"{PATH}/staff/desk").status_code == 303
    assert browser.get(f"{PATH}/orders").status_code == 200


def test_customers_and_staff_do_not_share_passwords(browser: Browser, handed: str) -> None:
    """Nothing a customer types is anything at the staff sign-in, nor the other way round."""
    come_in(browser, handed)

    assert browser.post("/staff/sign-in", email=ALICE, password=PASSWORD).text == "wrong"
    assert browser.post("/sign-in", email=IDA, password=STAFF_PASSWORD).text == "wrong"


def test_a_form_shown_before_the_staff_sign_in_does_not_count_after_it(
    browser: Browser, handed: str
) -> None:
    """As for customers: who signs in gets forms of that session."""
    before = browser.shown()
    come_in(browser, handed)

    assert browser.send(f"{PATH}/staff/desk", before).status_code == 403
    assert browser.send(f"{PATH}/staff/desk", browser.shown()).text == "Ida Berg"


def test_the_staff_cookie_keeps_to_the_portal(browser: Browser, handed: str) -> None:
    """Not for scripts, not for other sites, not for the shop's own pages; new at each sign-in."""
    answers = [browser.post("/staff/sign-in", email=IDA, password=handed) for _ in range(2)]

    lines = [cookies(answer)[STAFFS] for answer in answers]
    for line in lines:
        assert "HttpOnly" in line
        assert "SameSite=Lax" in line
        assert f"Path={PATH}" in line
    assert len({line.partition(";")[0] for line in lines}) == 2
