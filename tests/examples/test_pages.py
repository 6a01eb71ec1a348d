"""The customers' pages: what a page says at its borders, beyond what the walk goes through."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import attrs
import pytest

pytest.importorskip("flask", reason="flask is not installed: its pages are not opened")

from custaccount.kernel.ids import RoleId
from custaccount.membership import BUYER
from custaccount.portals import RegistrationMode
from pages.me import device
from pages.views import ROUTES
from tests.examples.near import PASSWORD, House, Near, at
from wholesaler.companies import BRANDHORST, LINDQVIST, Company
from wholesaler.opening import READY, STAFF, customer_of

ANSWERS = {
    "company": "Bootsbau Harms",
    "name": "Nils Harms",
    "street": "Werftweg 2",
    "postal_code": "24340",
    "town": "Eckernförde",
    "country": "DE",
}


@pytest.fixture(scope="module")
def house() -> House:
    """Open the demo once; each test is somebody else in it."""
    return House()


@pytest.fixture
def anna(house: House) -> Near:
    """Sign Anna in, an administrator."""
    return house.signed_in(READY)


def invite(house: House, email: str, company: Company, role: RoleId = BUYER) -> str:
    """Invite somebody, and return the link."""
    customer = customer_of(house.accounts, company)
    house.accounts.member_desk.invite(
        STAFF, house.opened.portal.id, customer.id, email=email, roles=[role]
    )
    return house.link(email)


def member_of(house: House, company: Company, email: str, role: RoleId = BUYER) -> Near:
    """Let somebody accept an invitation, and sign in."""
    browser = house.browser()
    form = browser.get(invite(house, email, company, role)).form(to="/invitation")
    browser.submit(form, press="activate", password=PASSWORD)
    return house.signed_in(email)


def wrong_fields(body: str) -> set[str]:
    """Name the fields that are marked."""
    return set(re.findall(r'name="(\w+)"[^>]*aria-invalid="true"', body))


def labels(body: str) -> list[str]:
    """List what the fields are called."""
    return [unescape(text).strip() for text in re.findall(r"<label>([^<]+)", body)]


# Registration -----------------------------------------------------------------------------------


def test_a_private_person_is_not_asked_for_a_company(house: House) -> None:
    """The fields are those of the kind that is chosen, without a script."""
    browser = house.browser()

    company = labels(browser.get(at("/register")).body)
    personal = labels(browser.get(at("/register?kind=personal")).body)

    assert {"Company", "VAT id", "Your trade"} <= set(company)
    assert not {"Company", "VAT id", "Your trade"} & set(personal)
    assert "Name" in personal


def test_a_field_of_the_sellers_own_speaks_the_visitors_language(house: House) -> None:
    """Labels and choices are the portal's, countries are named as the language names them."""
    browser = Near(house.app)
    page = browser.get(at("/register"), headers={"Accept-Language": "sv"})

    assert "Ert yrke" in labels(page.body)
    assert ">Snickeri</option>" in page.body
    assert ">Tyskland</option>" in page.body


def test_by_invitation_only_is_said_before_anything_is_typed(house: House) -> None:
    """Neither the page nor the form takes anybody, and no way leads there."""
    desk, portal = house.accounts.portal_desk, house.opened.portal
    browser = house.browser()
    form = browser.get(at("/register")).form(to="/register")
    open_to_all = desk.get(STAFF, portal.id)
    closed = attrs.evolve(
        open_to_all.policies,
        registration=RegistrationMode.INVITATION,
        link_existing=False,
        ask_second_proof=False,
    )
    changed = desk.change(STAFF, portal.id, version=open_to_all.version, policies=closed)
    try:
        page = browser.get(at("/register"))
        sent = browser.submit(form, email="nils@harms.example", **ANSWERS)
        sign_in = browser.get(at("/sign-in"))
    finally:
        desk.change(STAFF, portal.id, version=changed.version, policies=open_to_all.policies)

    assert (page.status, sent.status) == (403, 403)
    assert "By invitation only" in page.text
    assert "Become a customer" not in sign_in.text
    assert "Become a customer" in browser.get(at("/sign-in")).text


def test_a_registration_names_no_field_it_did_not_ask(house: House) -> None:
    """What a form has beside the portal's fields is not taken for an answer."""
    form = house.browser().get(at("/register")).form(to="/register")

    assert {name for name, _ in form.fields} >= {"email", "company", "country", "trade"}
    browser = house.browser()
    form = browser.get(at("/register")).form(to="/register")
    done = browser.submit(form, email="ulf@harms.example", customer_number="1", **ANSWERS)
    assert "Look into your mail" in done.text


# Links ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "page",
    ["/activate", "/password", "/register/confirm", "/invitation", "/email", "/email/undo"],
)
def test_a_link_that_is_over_says_so(house: House, page: str) -> None:
    """Opened or sent, with any text for a token: the same page and no way back to nothing."""
    browser = house.browser()

    for token in ("", "x", "a.b.c", "\x00"):
        opened = browser.get(at(f"{page}?token={token!r}"))
        assert opened.status == 422
        assert "This link has expired" in opened.text


def test_declining_uses_an_invitation_up(house: House) -> None:
    """Nobody gets in with it afterwards."""
    browser = house.browser()
    link = invite(house, "declines@brandhorst.example", BRANDHORST)

    done = browser.submit(browser.get(link).form(to="/invitation"), press="decline")

    assert "You have declined the invitation." in done.text
    assert browser.get(link).status == 403


def test_who_has_a_login_accepts_with_it(house: House) -> None:
    """Signed out, the way leads through the sign-in and back to the invitation."""
    email = "both@agency.example"
    member_of(house, BRANDHORST, email)
    link = invite(house, email, LINDQVIST)
    browser = house.browser()
    way = next(one for one in browser.get(link).links if "/sign-in?next=" in one)
    form = browser.get(way).form(to="/sign-in")

    back = browser.submit(form, login=email, password=PASSWORD)
    browser.submit(back.form(to="/language"), press="en")
    done = browser.submit(browser.get(link).form(to="/invitation"), press="accept")

    assert back.url == link
    assert "Lindqvist Bygg AB" in done.text


# My data ----------------------------------------------------------------------------------------


def test_a_mail_change_asks_for_the_password_again_and_keeps_what_was_typed(
    house: House, anna: Near
) -> None:
    """Only after a while; a wrong password is said beside its field."""
    house.pass_time(timedelta(minutes=16))
    form = anna.get(at("/my-data/email")).form(to="/my-data/email")

    asked = anna.submit(form, email="anna@moved.example")
    wrong = anna.submit(asked.form(to="/my-data/email"), password="not this one")
    done = anna.submit(wrong.form(to="/my-data/email"), password=PASSWORD)

    assert asked.status == wrong.status == 403
    assert "password again" in asked.text
    assert wrong_fields(wrong.body) == {"password"}
    assert 'value="anna@moved.example"' in wrong.body
    assert "We have sent a link to the new address." in done.text


def test_a_mail_change_right_after_sign_in_asks_for_nothing_more(anna: Near) -> None:
    """Negative control."""
    form = anna.get(at("/my-data/email")).form(to="/my-data/email")

    assert "We have sent a link" in anna.submit(form, email="anna@other.example").text


def test_who_may_not_change_the_company_reads_it(house: House) -> None:
    """No form for a buyer; one that is sent all the same is refused."""
    buyer = member_of(house, BRANDHORST, "buyer@brandhorst.example")

    page = buyer.get(at("/my-data/company"))

    assert "An administrator of your company can change this." in page.text
    with pytest.raises(LookupError):
        page.form(to="/my-data/company")
    forged = attrs.evolve(page.form(to="/language"), action=at("/my-data/company"))
    assert buyer.submit(forged, company="Mine", country="DE", version="1").status == 403


def test_a_company_that_somebody_else_has_changed_is_shown_with_both(
    house: House, anna: Near
) -> None:
    """Field by field; saving again keeps what was typed."""
    other = house.signed_in(READY)
    form = anna.get(at("/my-data/company")).form(to="/my-data/company")
    theirs = other.get(at("/my-data/company")).form(to="/my-data/company")
    other.submit(theirs, town="Plön", country="DK", postal_code="6400")

    late = anna.submit(form, street="Werftbahnstraße 10")

    assert late.status == 409
    assert "Now: Plön" in late.text
    assert "Now: Denmark" in late.text
    assert "Saved." in anna.submit(late.form(to="/my-data/company")).text


def test_more_addresses_than_a_page_shows_are_continued(anna: Near) -> None:
    """50 a page, and the company's own only on the first."""
    form = anna.get(at("/my-data/addresses/new")).form(to="/new")
    for number in range(51):
        anna.submit(form, company=f"Site {number}", street="x", town="Kiel", postal_code="24103")

    first = anna.get(at("/my-data/addresses"))
    more = next(link for link in first.links if "cursor=" in link)
    second = anna.get(more)

    assert "The company's own" in first.text
    assert "The company's own" not in second.text
    assert "Site 50" in second.text
    assert "Site 50" not in first.text


def test_somebody_elses_address_looks_unknown(house: House, anna: Near) -> None:
    """Opened or changed: as one that never was."""
    lars = member_of(house, LINDQVIST, "lars@lindqvist.example")
    known = next(
        link for link in anna.get(at("/my-data/addresses")).links if "/addresses/0" in link
    )

    assert anna.get(known).status == 200
    for address in (known, at("/my-data/addresses/never")):
        form = attrs.evolve(lars.get(at("/my-data/addresses/new")).form(to="/new"), action=address)
        answers = (lars.get(address), lars.submit(form, **ANSWERS), lars.submit(form, do="remove"))
        assert [one.status for one in answers] == [404, 404, 404]
    assert anna.get(known).status == 200


@pytest.mark.parametrize(
    ("browser", "named"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36 Edg/140.0",
         "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
         "Safari, iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
         "Firefox, Linux"),
        ("curl/8.5", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_a_device_is_named_as_people_do(browser: str, named: str) -> None:
    """Browser and system; what is neither is not guessed."""
    assert device(browser) == named


# All of them ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "route",
    [
        one
        for one in ROUTES
        if one.show and "<" not in one.path and not one.name.startswith("staff")
    ],
    ids=lambda route: route.name,
)
def test_every_page_opens_for_everybody(house: House, anna: Near, route: object) -> None:
    """Signed in or not, a page is shown, leads on, or says why not; none falls over."""
    for browser in (house.browser(), anna):
        page = browser.get(at(route.path))  # type: ignore[attr-defined]
        assert page.status in {200, 403, 404, 422}, page.body
        assert page.headers["content-security-policy"].startswith("default-src 'self'")
        assert "<script" not in page.body
