"""The Flask glue: from requests to actors, from errors to responses, and nothing let through."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import cast

import attrs
import pytest

pytest.importorskip("flask")

from flask import Blueprint, Flask, redirect, request
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from werkzeug.test import TestResponse

from custaccount.accounts import CustomerAccounts, Delivery
from custaccount.adapters.memory import MemoryCart, MemoryMailer, MemoryStorage
from custaccount.credentials import SignInRefused
from custaccount.credentials.passwords import Hashing
from custaccount.integrations import flask as glue
from custaccount.kernel.access import STAFF_PERMISSIONS, Permission, PermissionMissing, Staff
from custaccount.kernel.errors import (
    Conflict,
    CustAccountError,
    InvalidInput,
    NotAllowed,
    NotFound,
    StorageUnavailable,
    Unavailable,
)
from custaccount.kernel.i18n import Language
from custaccount.kernel.ids import BearerToken, CustomerId, RealmId, StaffId
from custaccount.kernel.money import Currency
from custaccount.orders import ErpUnavailable, OrderNotFound
from custaccount.portals import Portal

PATH = "/customer-center"
PASSWORD = "nine glues, one horse"
ALICE = "alice@acme.example"
BOTH = "both@agency.example"
STAFF = Staff(
    realm=RealmId("moewenkontor"), id=StaffId("ida"), name="Ida", permissions=STAFF_PERMISSIONS
)

pytestmark = pytest.mark.filterwarnings("error")


# A host -----------------------------------------------------------------------------------------

views = Blueprint("pages", __name__)
RAISED: dict[str, CustAccountError] = {
    "invalid": InvalidInput(),
    "refused": NotAllowed(),
    "lacking": PermissionMissing(permission=Permission.SEE_ORDERS),
    "missing": NotFound(),
    "order": OrderNotFound(),
    "changed": Conflict(),
    "later": Unavailable(),
    "erp": ErpUnavailable(),
    "other": CustAccountError(),
}


@views.get("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Show the text a form carries."""
    glue.guest()
    return glue.csrf_token()


@views.post("/sign-in")
def sign_in_now() -> ResponseReturnValue:
    """Sign in."""
    try:
        token = service().sign_in.sign_in(
            glue.guest(), request.form.get("email", ""), request.form.get("password", "")
        )
    except SignInRefused as refusal:
        return "wrong", glue.status_of(refusal)
    glue.begin_session(token)
    return redirect(glue.return_to(request.form.get("next")), 303)


@views.post("/first-sign-in")
def first_sign_in() -> ResponseReturnValue:
    """Ask for the link."""
    service().first_sign_in.request(glue.guest(), request.form["email"])
    return "sent"


@views.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """Sign out."""
    glue.end_session()
    return "out"


@views.route("/orders", methods=["GET", "POST"])
def orders() -> ResponseReturnValue:
    """Say for whom the member acts."""
    return glue.member().customer


@views.route("/company", methods=["GET", "POST"])
def company() -> ResponseReturnValue:
    """Choose a company."""
    if request.method == "POST":
        return glue.choose_company(CustomerId(request.form["customer"])).customer
    choices = service().acting.choices(glue.session())
    return {one.customer_number: one.membership.customer for one in choices}


@views.get("/raise/<name>")
def fail(name: str) -> ResponseReturnValue:
    """Fail as told."""
    raise RAISED[name]


@views.get("/speaks")
def speaks() -> ResponseReturnValue:
    """Say in which language and look the answer is."""
    return f"{glue.language().value} {glue.theme()}"


@views.post("/speaks")
def speak() -> ResponseReturnValue:
    """Choose language and look."""
    glue.remember_language(request.form["language"])
    glue.remember_theme(request.form["theme"])
    return "as you wish"


@views.get("/framed")
def framed() -> ResponseReturnValue:
    """Send a header of the host's own."""
    return "x", {"X-Frame-Options": "SAMEORIGIN"}


def service() -> CustomerAccounts:
    """Return the accounts of the application that answers."""
    from flask import current_app

    return cast("CustomerAccounts", current_app.config["ACCOUNTS"])


@attrs.frozen(kw_only=True)
class Host:
    """A host, its accounts and neighbours."""

    accounts: CustomerAccounts
    mailer: MemoryMailer
    app: Flask
    portal: Portal

    def browser(self) -> FlaskClient:
        """Open a browser of one's own."""
        return self.app.test_client()


def make_host(base_url: str = "http://127.0.0.1:8000") -> Host:
    """Make a host with an open portal, a closed one, and two customers."""
    mailer = MemoryMailer()
    accounts = CustomerAccounts(
        storage=MemoryStorage(),
        mailer=mailer,
        cart=MemoryCart(),
        secret_keys=["kqX0c3-vB7_zR2mT9wLp5nYd8hGfJs4uEa6i"],
        base_url=base_url,
        delivery=Delivery.BY_RELAY,
        hashing=Hashing.cheap(),
        testing=True,
    )
    accounts.portal_desk.found_realm(STAFF, "Möwenkontor")
    portal = accounts.portal_desk.create(
        STAFF,
        key="main",
        name="Möwenkontor",
        languages=[Language.EN, Language.DE, Language.SV],
        currency=Currency("EUR"),
        path=PATH,
        number="00815",
        host="shop.example",
    )
    portal = accounts.portal_desk.open(STAFF, portal.id)
    accounts.portal_desk.create(
        STAFF,
        key="closed",
        name="Outlet",
        languages=[Language.EN],
        currency=Currency("EUR"),
        path="/outlet",
        number="00816",
    )
    contacts = [{"name": "Alice", "email": ALICE}]
    agency = [{"name": "Both", "email": BOTH}]
    accounts.register_desk.import_rows(
        STAFF,
        [
            {"erp_id": "1", "number": "10001", "name": "Acme", "contacts": contacts},
            {"erp_id": "2", "number": "10002", "name": "Beta", "contacts": agency},
            {"erp_id": "3", "number": "10003", "name": "Gamma", "contacts": agency},
        ],
    )
    guest = accounts.portals.guest(portal)
    for email in (ALICE, BOTH):
        accounts.first_sign_in.request(guest, email)
        accounts.relay()
        token = mailer.newest_link(email).rpartition("token=")[2]
        accounts.first_sign_in.activate(guest, BearerToken(token), PASSWORD)

    app = Flask("host")
    app.config["ACCOUNTS"] = accounts
    app.add_url_rule("/", "front", lambda: "the shop's front page", methods=["GET", "POST"])
    glue.CustAccount(
        accounts, base_url=base_url, sign_in="pages.sign_in", company="pages.company"
    ).init_app(app)
    app.register_blueprint(views)
    return Host(accounts=accounts, mailer=mailer, app=app, portal=portal)


@pytest.fixture
def host() -> Host:
    """Give a host on this machine."""
    return make_host()


@pytest.fixture
def browser(host: Host) -> Iterator[FlaskClient]:
    """Give a browser."""
    with host.browser() as client:
        yield client


def post(browser: FlaskClient, page: str, **fields: str) -> TestResponse:
    """Post a form of our own page, as it was shown to this browser."""
    token = browser.get(f"{PATH}/sign-in").text
    return browser.post(f"{PATH}{page}", data={"csrf_token": token, **fields})


def enter(browser: FlaskClient, email: str = ALICE, wanted: str = "") -> TestResponse:
    """Sign in."""
    return post(browser, "/sign-in", email=email, password=PASSWORD, next=wanted)


def cookies(answer: TestResponse) -> dict[str, str]:
    """List the cookies an answer sets, with their flags."""
    return {line.partition("=")[0]: line for line in answer.headers.getlist("Set-Cookie")}


# Errors and responses ---------------------------------------------------------------------------

STATUSES = {
    "invalid": 422,
    "refused": 403,
    "lacking": 403,
    "missing": 404,
    "order": 404,
    "changed": 409,
    "later": 503,
    "erp": 503,
    "other": 500,
}


@pytest.mark.parametrize(("name", "status"), STATUSES.items())
def test_each_family_has_its_status(browser: FlaskClient, name: str, status: int) -> None:
    """An error that reaches the glue is answered by its family, and says its text."""
    answer = browser.get(f"{PATH}/raise/{name}")

    assert answer.status_code == status
    assert answer.text == f"{RAISED[name]}\n"


def test_who_is_signed_out_is_led_to_sign_in_and_back(browser: FlaskClient) -> None:
    """A deep link opened signed out survives the sign-in, query and all."""
    answer = browser.get(f"{PATH}/orders?cursor=a.b-c_d")

    assert answer.status_code == 303
    wanted = f"{PATH}/orders?cursor=a.b-c_d"
    assert answer.location == f"{PATH}/sign-in?next={wanted}".replace("?cursor=", "?cursor%3D")

    assert enter(browser, wanted=wanted).location == wanted
    assert browser.get(wanted).status_code == 200


def test_a_change_signed_out_is_not_repeated_after_sign_in(browser: FlaskClient) -> None:
    """What was posted is lost, not kept as an address to come back to."""
    answer = post(browser, "/orders")

    assert (answer.status_code, answer.location) == (303, f"{PATH}/sign-in")


def test_who_has_several_companies_is_led_to_the_choice(browser: FlaskClient) -> None:
    """The choice comes after sign-in, keeps the way, and holds until sign-out."""
    enter(browser, BOTH)

    answer = browser.get(f"{PATH}/orders")
    assert answer.status_code == 303
    assert answer.location == f"{PATH}/company?next={PATH}/orders"

    choices = cast("dict[str, str]", browser.get(f"{PATH}/company").json)
    assert sorted(choices) == ["10002", "10003"]
    assert post(browser, "/company", customer=choices["10003"]).text == choices["10003"]
    assert browser.get(f"{PATH}/orders").text == choices["10003"]

    post(browser, "/sign-out")
    enter(browser, BOTH)
    assert browser.get(f"{PATH}/orders").status_code == 303


def test_somebody_elses_company_can_not_be_chosen(host: Host, browser: FlaskClient) -> None:
    """The choice is checked, and so is the cookie that keeps it."""
    with host.browser() as other:
        enter(other)
        acme = other.get(f"{PATH}/orders").text
    enter(browser, BOTH)

    assert post(browser, "/company", customer=acme).status_code == 403

    browser.set_cookie("custaccount_company", acme, path=PATH)
    answer = browser.get(f"{PATH}/orders")
    assert answer.status_code == 303
    assert answer.location.startswith(f"{PATH}/company")
    assert "Max-Age=0" in cookies(answer)["custaccount_company"]


def test_a_storage_that_is_away_is_said_so(
    host: Host, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even the portal can be looked up: the answer is "later", not a stack trace."""

    def away(*_: object) -> None:
        raise StorageUnavailable

    away_all = SimpleNamespace(at_path=away, at_number=away, at_host=away)
    monkeypatch.setattr(host.accounts, "portals", away_all)

    assert browser.get(f"{PATH}/orders").status_code == 503


# Portals ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [PATH, "/00815"])
def test_a_portal_is_mounted_at_its_addresses(browser: FlaskClient, address: str) -> None:
    """By path and by number the same pages answer, and their links stay under the address."""
    answer = browser.get(f"{address}/orders")

    assert answer.status_code == 303
    assert answer.location == f"{address}/sign-in?next={address}/orders"


def test_a_portal_at_a_host_speaks_the_language_of_its_address(browser: FlaskClient) -> None:
    """``/<language>/account`` finds the portal, and the language stands in it."""
    headers = {"Host": "shop.example", "Accept-Language": "de"}

    assert browser.get("/sv/account/speaks", headers=headers).text == "sv auto"
    assert browser.get("/fr/account/speaks", headers=headers).status_code == 404


def test_closed_and_unknown_portals_look_alike(browser: FlaskClient) -> None:
    """The same status, body, headers and cookies, whatever keeps a portal from being there."""
    paths = ("/outlet", "/00816", "/815", "/nowhere", "/no/such/place", "/%ff", "/Customer-Center")
    answers = [browser.get(f"{path}{page}") for path in paths for page in ("/orders", "/x", "")]
    answers += [browser.get("/orders"), browser.get("/sign-in"), browser.post("/orders")]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.data for answer in answers}) == 1
    assert len({tuple(sorted(answer.headers)) for answer in answers}) == 1


def test_what_is_no_portals_is_left_alone(browser: FlaskClient) -> None:
    """The host's own pages need none of our texts."""
    assert browser.get("/").text == "the shop's front page"
    assert browser.post("/").status_code == 200
    assert "Cache-Control" not in browser.get("/").headers


def test_an_application_knows_its_own_accounts_only() -> None:
    """Several applications in one process do not mix."""
    one, other = make_host(), make_host()
    other.accounts.portal_desk.close(STAFF, other.portal.id)

    with one.browser() as first, other.browser() as second:
        enter(first)
        session = first.get_cookie("custaccount_session", path=PATH)
        assert session is not None
        assert first.get(f"{PATH}/orders").status_code == 200
        assert second.get(f"{PATH}/orders").status_code == 404
        other.accounts.portal_desk.open(STAFF, other.portal.id)
        second.set_cookie("custaccount_session", session.value, path=PATH)
        assert second.get(f"{PATH}/orders").status_code == 303


# Forms ------------------------------------------------------------------------------------------


def test_a_form_from_elsewhere_is_refused(host: Host, browser: FlaskClient) -> None:
    """Without our text, or with another browser's, nothing is done."""
    with host.browser() as other:
        enter(other)
        foreign = other.get(f"{PATH}/sign-in").text
    enter(browser)
    good = browser.get(f"{PATH}/sign-in").text

    for forged in ("", "x", "ü", good[:-1], good.upper(), foreign):
        assert browser.post(f"{PATH}/sign-out", data={"csrf_token": forged}).status_code == 403
    assert browser.post(f"{PATH}/sign-out").status_code == 403
    assert browser.post(f"{PATH}/sign-out?csrf_token={good}").status_code == 403
    assert browser.get(f"{PATH}/orders").status_code == 200

    assert browser.post(f"{PATH}/sign-out", data={"csrf_token": good}).text == "out"


def test_a_form_shown_before_sign_in_does_not_count_after_it(browser: FlaskClient) -> None:
    """The text is bound to the session: a planted browser cookie forges nothing after it."""
    before = browser.get(f"{PATH}/sign-in").text
    enter(browser)

    assert browser.post(f"{PATH}/sign-out", data={"csrf_token": before}).status_code == 403


def test_a_browser_without_its_cookie_is_refused(host: Host) -> None:
    """An empty or short browser cookie signs nothing, though its text could be computed."""
    import hashlib
    import hmac

    for planted in ("", "short"):
        computed = hmac.new(planted.encode(), b"form ", hashlib.sha256).hexdigest()
        client = host.app.test_client(use_cookies=False)
        answer = client.post(
            f"{PATH}/sign-in",
            data={"csrf_token": computed},
            headers={"Cookie": f"custaccount_browser={planted}"},
        )
        assert answer.status_code == 403


# Cookies and headers ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base_url", "secure"), [("http://127.0.0.1:8000", False), ("https://shop.example", True)]
)
def test_cookies_keep_to_themselves(base_url: str, secure: bool) -> None:  # noqa: FBT001
    """HttpOnly, SameSite=Lax, Secure under https; the session is the portal's, and only a token."""
    with make_host(base_url).browser() as browser:
        form = browser.get(f"{PATH}/sign-in", base_url=base_url)
        data = {"csrf_token": form.text, "email": ALICE, "password": PASSWORD}
        answer = browser.post(f"{PATH}/sign-in", data=data, base_url=base_url)
    set_ = {**cookies(form), **cookies(answer)}

    assert set(set_) == {"custaccount_browser", "custaccount_session", "custaccount_company"}
    for line in set_.values():
        assert "HttpOnly" in line
        assert "SameSite=Lax" in line
        assert ("Secure" in line) is secure
        assert "Domain" not in line
    assert f"Path={PATH}" in set_["custaccount_session"]
    assert "Max-Age" not in set_["custaccount_session"]
    assert re.match(r"custaccount_session=[\w-]{43};", set_["custaccount_session"])


def test_pages_are_not_kept_framed_or_told_on(browser: FlaskClient) -> None:
    """Every answer of a portal carries the headers, refusals and redirects too."""
    for answer in (
        browser.get(f"{PATH}/sign-in"),
        browser.get(f"{PATH}/orders"),
        browser.get(f"{PATH}/nothing"),
        browser.post(f"{PATH}/sign-out"),
    ):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Frame-Options"] == "DENY"


def test_a_header_of_the_host_stays(browser: FlaskClient) -> None:
    """Where a host has set one, its own counts."""
    assert browser.get(f"{PATH}/framed").headers["X-Frame-Options"] == "SAMEORIGIN"


# Sessions ---------------------------------------------------------------------------------------


def test_sign_in_begins_a_session_of_its_own(host: Host, browser: FlaskClient) -> None:
    """A session planted before is not used, and each sign-in makes another."""
    browser.set_cookie("custaccount_session", "p" * 43, path=PATH)
    enter(browser)
    first = browser.get_cookie("custaccount_session", path=PATH)
    enter(browser)
    second = browser.get_cookie("custaccount_session", path=PATH)

    assert first is not None
    assert second is not None
    assert len({first.value, second.value, "p" * 43}) == 3

    post(browser, "/sign-out")
    with host.browser() as stale:
        stale.set_cookie("custaccount_session", second.value, path=PATH)
        assert stale.get(f"{PATH}/orders").status_code == 303


@pytest.mark.parametrize("planted", ["", "ü", "x" * 5000, '"quoted"', "a b", "%00"])
def test_a_nonsense_session_is_none(host: Host, planted: str) -> None:
    """Whatever the cookie holds, the visitor is led to sign-in."""
    client = host.app.test_client(use_cookies=False)
    answer = client.get(
        f"{PATH}/orders",
        headers={"Cookie": f"custaccount_session={planted}".encode().decode("latin-1")},
    )

    assert answer.status_code == 303


def test_known_and_unknown_are_answered_alike(browser: FlaskClient) -> None:
    """A wrong password, an unknown address, a megabyte and no text at all: one answer each."""
    for password in ("wrong password", "", "x" * 1_000_000, "\0", "é" * 300):
        token = browser.get(f"{PATH}/sign-in").text
        answers = [
            browser.post(
                f"{PATH}/sign-in",
                data={"csrf_token": token, "email": email, "password": password},
            )
            for email in (ALICE, "nobody@nowhere.example", "no address")
        ]
        assert {answer.status_code for answer in answers} == {403}
        assert len({(answer.data, str(answer.headers)) for answer in answers}) == 1


# Ways -------------------------------------------------------------------------------------------

ASTRAY = (
    "//evil.example",
    "///evil.example",
    "////evil.example/%2f..",
    "http://evil.example",
    "https:evil.example",
    "https:/evil.example",
    "HTTP://evil.example/customer-center/",
    "javascript:alert(1)",
    "data:text/html,x",
    "\\\\evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "/%09/evil.example",
    "\t//evil.example",
    " //evil.example",
    "\x00//evil.example",
    "/%5cevil.example",
    f"http://127.0.0.1:8000{PATH}/orders",
    f"{PATH}@evil.example",
    f"{PATH}.evil.example/orders",
    f"{PATH}/../outlet",
    f"{PATH}/%2e%2e/outlet",
    f"{PATH}/.%2E/outlet",
    f"{PATH}//evil.example",
    f"{PATH}/\\evil.example",
    f"{PATH}/\r\nSet-Cookie: a=b",
    f"{PATH}/orders\nX: y",
    f"{PATH}/orders#//evil.example",
    f"{PATH}/ü",
    "/outlet/orders",
    "/customer-centers/orders",
    "/",
    "orders",
    "?next=/",
    "",
    PATH + "/" + "a" * 2000,
)


@pytest.mark.parametrize("wanted", ASTRAY)
def test_nobody_is_led_out_of_the_portal(browser: FlaskClient, wanted: str) -> None:
    """Whatever a link says to go on to after sign-in, it is the portal or its home."""
    answer = enter(browser, wanted=wanted)

    assert (answer.status_code, answer.location) == (303, f"{PATH}/")


@pytest.mark.parametrize("wanted", [PATH, f"{PATH}/orders", f"{PATH}/orders?cursor=a.b-c&q=%20x"])
def test_ways_inside_the_portal_are_kept(browser: FlaskClient, wanted: str) -> None:
    """The guard lets through what it is for."""
    assert enter(browser, wanted=wanted).location == wanted


def test_a_forged_host_poisons_neither_mails_nor_redirects(
    host: Host, browser: FlaskClient
) -> None:
    """Links in mails are made of configuration; redirects name no host at all."""
    forged = {
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "host=evil.example",
    }
    for email in (ALICE, "\N{LATIN SMALL LETTER DOTLESS I}da@acme.example"):
        token = browser.get(f"{PATH}/sign-in", headers=forged).text
        data = {"csrf_token": token, "email": email}
        cookie = browser.get_cookie("custaccount_browser", domain="evil.example")
        kept = {"Cookie": f"custaccount_browser={cookie.value}"} if cookie else {}
        browser.post(f"{PATH}/first-sign-in", data=data, headers={**forged, **kept})
    host.accounts.relay()

    sent = host.mailer.sent[2:]
    assert [mail.to.text for mail in sent] == [ALICE]
    assert host.mailer.newest_link(ALICE).startswith(f"http://127.0.0.1:8000{PATH}/password?token=")
    assert all("evil.example" not in mail.plain for mail in sent)
    assert browser.get(f"{PATH}/orders", headers=forged).location.startswith(f"{PATH}/sign-in")


def test_language_and_look_are_as_chosen(browser: FlaskClient) -> None:
    """What was chosen counts before the browser's wish; what is not offered changes nothing."""
    german = {"Accept-Language": "fr, de;q=0.9, sv;q=0.5"}
    assert browser.get(f"{PATH}/speaks").text == "en auto"
    assert browser.get(f"{PATH}/speaks", headers=german).text == "de auto"

    answer = post(browser, "/speaks", language="sv", theme="dark")
    assert "Max-Age=31536000" in cookies(answer)["custaccount_language"]
    assert browser.get(f"{PATH}/speaks", headers=german).text == "sv dark"

    post(browser, "/speaks", language="nl", theme="<script>")
    assert browser.get(f"{PATH}/speaks", headers=german).text == "sv dark"
