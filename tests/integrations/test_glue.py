"""The glue of every host: from requests to actors, errors to responses, and nothing let through."""

from __future__ import annotations

import re

import pytest

from custaccount.adapters.memory import MemoryStorage
from custaccount.kernel.errors import NotFound, StorageUnavailable
from tests.integrations.ground import (
    ALICE,
    ARTICLE,
    BOTH,
    FALLEN,
    FRONT,
    LOOPBACK,
    LOST,
    PASSWORD,
    PATH,
    RAISED,
    STAFF,
    Browser,
    Host,
    Making,
    cookies,
)

pytestmark = pytest.mark.filterwarnings("error")


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
def test_each_family_has_its_status(browser: Browser, name: str, status: int) -> None:
    """An error that reaches the glue is answered by its family, and says its text."""
    answer = browser.get(f"{PATH}/raise/{name}")

    assert answer.status_code == status
    assert answer.text == f"{RAISED[name]}\n"


def test_who_is_signed_out_is_led_to_sign_in_and_back(browser: Browser) -> None:
    """A deep link opened signed out survives the sign-in, query and all."""
    answer = browser.get(f"{PATH}/orders?cursor=a.b-c_d")

    assert answer.status_code == 303
    wanted = f"{PATH}/orders?cursor=a.b-c_d"
    escaped = wanted.replace("?cursor=", "%3Fcursor%3D")
    assert answer.location in {
        f"{PATH}/sign-in?next={one}" for one in (escaped, escaped.replace("%3F", "?"))
    }

    assert browser.enter(wanted=wanted).location == wanted
    assert browser.get(wanted).status_code == 200


def test_a_change_signed_out_is_not_repeated_after_sign_in(browser: Browser) -> None:
    """What was posted is lost, not kept as an address to come back to."""
    answer = browser.post("/orders")

    assert (answer.status_code, answer.location) == (303, f"{PATH}/sign-in")


def test_who_has_several_companies_is_led_to_the_choice(browser: Browser) -> None:
    """The choice comes after sign-in, keeps the way, and holds until sign-out."""
    browser.enter(BOTH)

    answer = browser.get(f"{PATH}/orders")
    assert answer.status_code == 303
    assert answer.location == f"{PATH}/company?next={PATH}/orders"

    choices = dict(one.split("=") for one in browser.get(f"{PATH}/company").text.split())
    assert sorted(choices) == ["10002", "10003"]
    assert browser.post("/company", customer=choices["10003"]).text == choices["10003"]
    assert browser.get(f"{PATH}/orders").text == choices["10003"]

    browser.post("/sign-out")
    browser.enter(BOTH)
    assert browser.get(f"{PATH}/orders").status_code == 303


def test_somebody_elses_company_can_not_be_chosen(host: Host, browser: Browser) -> None:
    """The choice is checked, and so is the cookie that keeps it."""
    other = host.browser()
    other.enter()
    acme = other.get(f"{PATH}/orders").text
    browser.enter(BOTH)

    assert browser.post("/company", customer=acme).status_code == 403

    browser.plant("custaccount_company", acme)
    answer = browser.get(f"{PATH}/orders")
    assert answer.status_code == 303
    assert answer.location.startswith(f"{PATH}/company")
    assert "Max-Age=0" in cookies(answer)["custaccount_company"]


def test_a_storage_that_is_away_is_said_so(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even the portal can be looked up: "later", and no shop page is touched by it."""

    def away(*_: object) -> None:
        raise StorageUnavailable

    monkeypatch.setattr(MemoryStorage, "reading", away)
    answer = browser.get(f"{PATH}/orders")

    assert (answer.status_code, answer.text) == (503, f"{StorageUnavailable()}\n")
    assert answer.headers["Cache-Control"] == "no-store"
    assert browser.get("/").text == FRONT


# Portals ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [PATH, "/00815"])
def test_a_portal_is_mounted_at_its_addresses(browser: Browser, address: str) -> None:
    """By path and by number the same pages answer, and their links stay under the address."""
    answer = browser.get(f"{address}/orders")

    assert answer.status_code == 303
    assert answer.location == f"{address}/sign-in?next={address}/orders"


def test_a_portal_at_a_host_speaks_the_language_of_its_address(browser: Browser) -> None:
    """``/<language>/account`` finds the portal, and the language stands in it."""
    headers = {"Host": "shop.example", "Accept-Language": "de"}

    assert browser.get("/sv/account/speaks", headers=headers).text == "sv auto"
    assert browser.get("/fr/account/speaks", headers=headers).status_code == 404


def test_closed_and_unknown_portals_look_alike(browser: Browser) -> None:
    """Whatever keeps a portal from being there, the shop has no such page, and says it its way."""
    paths = ("/outlet", "/00816", "/815", "/nowhere", "/no/such/place", "/%ff", "/Customer-Center")
    answers = [browser.get(f"{path}{page}") for path in paths for page in ("/orders", "/x", "")]
    answers += [browser.get("/sign-in"), browser.get("/speaks")]

    assert {answer.status_code for answer in answers} == {404}
    assert {answer.text for answer in answers} == {LOST}
    assert len({tuple(sorted(answer.headers)) for answer in answers}) == 1


def test_a_portal_that_opens_is_there_at_once(host: Host, browser: Browser) -> None:
    """Nothing remembers that there was none, nor that there was one."""
    host.accounts.portal_desk.close(STAFF, host.ground.portal.id)
    assert browser.get(f"{PATH}/sign-in").text == LOST

    host.accounts.portal_desk.open(STAFF, host.ground.portal.id)
    assert browser.get(f"{PATH}/sign-in").status_code == 200


def test_a_page_the_portal_does_not_have_is_the_portals_to_say(browser: Browser) -> None:
    """Inside a portal its own error page answers, not the shop's."""
    answer = browser.get(f"{PATH}/nothing")

    assert (answer.status_code, answer.text) == (404, f"{NotFound()}\n")


# The shop ---------------------------------------------------------------------------------------


def test_the_shops_own_pages_stay_the_shops(browser: Browser) -> None:
    """No header, cookie or form of ours, not even where a portal has a page of that path."""
    for path in ("/", "/orders"):
        for answer in (browser.get(path), browser.client.post(path)):
            assert (answer.status_code, answer.text) == (200, FRONT)
            ours = {"Cache-Control", "Content-Security-Policy"} & set(answer.headers.keys())
            assert not ours
            assert not cookies(answer)
    assert browser.get("/imprint").text == ARTICLE


def test_the_shops_errors_stay_the_shops(browser: Browser) -> None:
    """Neither a page it does not have nor an error in one is answered by the portal."""
    assert browser.get("/no-such-page").text == LOST
    assert browser.get("/fallen").text == FALLEN


def test_the_shops_pages_are_no_portals(browser: Browser) -> None:
    """Under a portal's address there are the portal's pages only."""
    browser.enter()

    for path in ("/shop/1", "/imprint", "/fallen", "/"):
        assert browser.get(f"{PATH}{path}").status_code == 404
    assert browser.get(f"{PATH}/orders").text != FRONT


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note each snapshot that is opened."""
    seen: list[str] = []
    real = MemoryStorage.reading

    def reading(storage: MemoryStorage) -> object:
        seen.append("a snapshot")
        return real(storage)

    monkeypatch.setattr(MemoryStorage, "reading", reading)
    return seen


@pytest.mark.parametrize(
    ("path", "snapshots"),
    [
        ("/", 0),
        ("/orders", 0),
        ("/shop/a/b/c", 0),
        ("/wp-login.php", 0),
        ("/Imprint", 0),
        ("/imprint", 1),
        ("/a/b/c/d/e", 1),
        ("/815", 1),
        (f"{PATH}/sign-in", 1),
        ("/00815/sign-in", 1),
        (f"{PATH}/raise/other", 1),
    ],
)
def test_finding_a_portal_costs_one_snapshot_at_most(
    making: Making, asked: list[str], path: str, snapshots: int
) -> None:
    """And none where the shop names the page, or the path can be no portal's."""
    browser = making().browser()
    asked.clear()

    browser.get(path)

    assert len(asked) == snapshots


# Forms ------------------------------------------------------------------------------------------


def test_a_form_from_elsewhere_is_refused(host: Host, browser: Browser) -> None:
    """Without our text, or with another browser's, nothing is done."""
    other = host.browser()
    other.enter()
    foreign = other.shown()
    browser.enter()
    good = browser.shown()

    for forged in (None, "", "x", "ü", good[:-1], foreign):
        answer = browser.send(f"{PATH}/sign-out", forged)
        assert answer.status_code == 403
        assert answer.text.startswith("This form has expired.")
    named = f"{PATH}/sign-out?{host.form_field}={good}"
    assert browser.send(named).status_code == 403
    assert browser.get(f"{PATH}/orders").status_code == 200

    assert browser.send(f"{PATH}/sign-out", good).text == "out"


def test_a_form_shown_before_sign_in_does_not_count_after_it(browser: Browser) -> None:
    """The text is bound to the session: a planted browser cookie forges nothing after it."""
    before = browser.shown()
    browser.enter()

    assert browser.send(f"{PATH}/sign-out", before).status_code == 403


@pytest.mark.parametrize("planted", ["", "short", "x" * 5000])
def test_a_browser_without_its_cookie_is_refused(host: Host, planted: str) -> None:
    """An empty, short or endless browser cookie proves nothing."""
    browser = host.browser(cookies=False)
    answer = browser.send(
        f"{PATH}/sign-in", planted, headers={"Cookie": f"{host.browser_cookie}={planted}"}
    )

    assert answer.status_code == 403


# Cookies and headers ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base_url", "secure"), [(LOOPBACK, False), ("https://shop.example", True)]
)
def test_cookies_keep_to_themselves(making: Making, base_url: str, secure: bool) -> None:  # noqa: FBT001
    """HttpOnly, SameSite=Lax, Secure under https; the session is the portal's, and only a token."""
    host = making(base_url)
    browser = host.browser()
    with_form = browser.get(f"{PATH}/sign-in", base_url=base_url)
    data = {"email": ALICE, "password": PASSWORD}
    referred = {"Referer": f"{base_url}{PATH}/sign-in"}
    answer = browser.send(
        f"{PATH}/sign-in", with_form.text, data=data, base_url=base_url, headers=referred
    )
    set_ = {**cookies(with_form), **cookies(answer)}

    ours = {f"custaccount_{name}" for name in ("session", "company", "device", "language")}
    assert set(set_) == {host.browser_cookie, *ours}
    for name, line in set_.items():
        if name.startswith("custaccount_"):  # another is Django's own, as its settings say
            assert "HttpOnly" in line
            assert ("Secure" in line) is secure
        assert "SameSite=Lax" in line
        assert "Domain" not in line
    assert f"Path={PATH}" in set_["custaccount_session"]
    assert "Max-Age" not in set_["custaccount_session"]
    assert re.match(r"custaccount_session=[\w-]{43};", set_["custaccount_session"])
    assert f"Path={PATH}" in set_["custaccount_device"]
    assert "Max-Age=31536000" in set_["custaccount_device"]


def test_pages_are_not_kept_framed_or_told_on(browser: Browser) -> None:
    """Every answer of a portal carries the headers, refusals and redirects too."""
    for answer in (
        browser.get(f"{PATH}/sign-in"),
        browser.get(f"{PATH}/orders"),
        browser.get(f"{PATH}/nothing"),
        browser.send(f"{PATH}/sign-out"),
        browser.send(f"{PATH}/raise/other", browser.shown()),
    ):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Frame-Options"] == "DENY"


def test_a_header_of_the_host_stays(browser: Browser) -> None:
    """Where a host has set one, its own counts."""
    assert browser.get(f"{PATH}/framed").headers["X-Frame-Options"] == "SAMEORIGIN"


# Sessions ---------------------------------------------------------------------------------------


def test_sign_in_begins_a_session_of_its_own(host: Host, browser: Browser) -> None:
    """A session planted before is not used, and each sign-in makes another."""
    browser.plant("custaccount_session", "p" * 43)
    browser.enter()
    first = browser.kept("custaccount_session")
    browser.enter()
    second = browser.kept("custaccount_session")

    assert len({first, second, "p" * 43, ""}) == 4

    browser.post("/sign-out")
    stale = host.browser()
    stale.plant("custaccount_session", second)
    assert stale.get(f"{PATH}/orders").status_code == 303


@pytest.mark.parametrize("planted", ["", "ü", "x" * 5000, '"quoted"', "a b", "%00"])
def test_a_nonsense_session_is_none(host: Host, planted: str) -> None:
    """Whatever the cookie holds, the visitor is led to sign-in."""
    sent = f"custaccount_session={planted}".encode().decode("latin-1")
    answer = host.browser(cookies=False).get(f"{PATH}/orders", headers={"Cookie": sent})

    assert answer.status_code == 303


def test_known_and_unknown_are_answered_alike(browser: Browser) -> None:
    """A wrong password, an unknown address, a megabyte and no text at all: one answer each."""
    for password in ("wrong password", "", "x" * 1_000_000, "\0", "é" * 300):
        token = browser.shown()
        answers = [
            browser.send(f"{PATH}/sign-in", token, data={"email": email, "password": password})
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


def test_nobody_is_led_out_of_the_portal(browser: Browser) -> None:
    """Whatever a link says to go on to after sign-in, it is the portal or its home."""
    led = {wanted: browser.enter(wanted=wanted) for wanted in ASTRAY}

    ended = {wanted: one.location for wanted, one in led.items()}
    assert ended == dict.fromkeys(ASTRAY, f"{PATH}/")
    assert {one.status_code for one in led.values()} == {303}


@pytest.mark.parametrize("wanted", [PATH, f"{PATH}/orders", f"{PATH}/orders?cursor=a.b-c&q=%20x"])
def test_ways_inside_the_portal_are_kept(browser: Browser, wanted: str) -> None:
    """The guard lets through what it is for."""
    assert browser.enter(wanted=wanted).location == wanted


def test_a_host_below_a_path_keeps_to_it(browser: Browser) -> None:
    """Where the whole host is mounted somewhere, addresses, cookies and ways back begin there."""
    below = {"SCRIPT_NAME": "/b2b"}
    answer = browser.get(f"{PATH}/orders", environ_overrides=below)
    assert answer.location == f"/b2b{PATH}/sign-in?next=/b2b{PATH}/orders"

    token = browser.shown(environ_overrides=below)
    person = {"email": ALICE, "password": PASSWORD, "next": f"/b2b{PATH}/orders"}
    answer = browser.send(f"{PATH}/sign-in", token, data=person, environ_overrides=below)
    assert answer.location == f"/b2b{PATH}/orders"
    assert f"Path=/b2b{PATH};" in f"{cookies(answer)['custaccount_session']};"


def test_a_forged_host_poisons_neither_mails_nor_redirects(host: Host, browser: Browser) -> None:
    """Links in mails are made of configuration; redirects name no host at all."""
    forged = {
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "host=evil.example",
    }
    for email in (ALICE, "\N{LATIN SMALL LETTER DOTLESS I}da@acme.example"):
        token = browser.shown(headers=forged)
        cookie = browser.client.get_cookie(host.browser_cookie, domain="evil.example")
        kept = {"Cookie": f"{host.browser_cookie}={cookie.value}"} if cookie else {}
        browser.send(
            f"{PATH}/first-sign-in", token, data={"email": email}, headers={**forged, **kept}
        )
    host.accounts.relay()

    sent = host.ground.mailer.sent[2:]
    assert [mail.to.text for mail in sent] == [ALICE]
    link = host.ground.mailer.newest_link(ALICE)
    assert link.startswith(f"{LOOPBACK}{PATH}/password?token=")
    assert all("evil.example" not in mail.plain for mail in sent)
    assert browser.get(f"{PATH}/orders", headers=forged).location.startswith(f"{PATH}/sign-in")


def test_language_and_look_are_as_chosen(browser: Browser) -> None:
    """What was chosen counts before the browser's wish; what is not offered changes nothing."""
    german = {"Accept-Language": "fr, de-AT;q=0.9, sv;q=0.5"}
    assert browser.get(f"{PATH}/speaks").text == "en auto"
    assert browser.get(f"{PATH}/speaks", headers=german).text == "de auto"

    answer = browser.post("/speaks", language="sv", theme="dark")
    assert "Max-Age=31536000" in cookies(answer)["custaccount_language"]
    assert browser.get(f"{PATH}/speaks", headers=german).text == "sv dark"

    browser.post("/speaks", language="nl", theme="<script>")
    assert browser.get(f"{PATH}/speaks", headers=german).text == "sv dark"
