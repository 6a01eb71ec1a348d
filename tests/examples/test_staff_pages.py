"""The staff's pages: what a page says at its borders, beyond what the walk goes through."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import attrs
import pytest

pytest.importorskip("flask", reason="flask is not installed: its pages are not opened")

from browser import Answer
from custaccount.kernel.access import STAFF_PERMISSIONS, Permission
from custaccount.kernel.ids import CustomerId
from custaccount.portals import Portal, RegistrationMode
from pages.staff import ROUTES
from tests.examples.near import BASE, PASSWORD, House, Near, at
from wholesaler.companies import BRANDHORST, LINDQVIST, PETERSEN
from wholesaler.opening import PARTNERS_PATH, STAFF, customer_of
from wholesaler.staff import ANSWERS, ASKING, GRETE, OVE, employ, fill_queue

OUTSIDE = {
    "staff_sign_in",
    "staff_sign_out",
    "staff_own_password",
    "staff_forgotten",
    "staff_mail_sent",
    "staff_password",
}
"""Pages without a staff session."""
SETTINGS = "policies.registration"


@pytest.fixture
def house() -> House:
    """Open the demo, with people at work in it and one who asks for access."""
    house = House()
    fill_queue(house.accounts, house.opened.partners)
    employ(house.accounts, STAFF, house.opened.portal, lambda: PASSWORD)
    return house


def partners(path: str) -> str:
    """Write an address in the partners' portal."""
    return f"{BASE}{PARTNERS_PATH}{path}"


def at_work(house: House, email: str = OVE, *, door: str = at("/staff/sign-in")) -> Near:
    """Sign a staff member in."""
    browser = house.browser()
    page = browser.submit(browser.get(door).form(to="/language"), press="en")
    browser.submit(page.form(to="/staff/sign-in"), email=email, password=PASSWORD)
    return browser


def looks_after(house: House, *permissions: Permission) -> Near:
    """Let Ove do only this, and sign him in."""
    desk = house.accounts.staff_desk
    ove = next(one for one in desk.all(STAFF) if one.email.text == OVE)
    boss = desk.appoint(
        STAFF, email="boss@moewenkontor.example", name="Boss", permissions=STAFF_PERMISSIONS
    )
    desk.grant(STAFF, ove.id, permissions)
    assert boss.member.manages
    return at_work(house)


def waiting(browser: Near) -> Answer:
    """Open the first registration in the queue."""
    queue = browser.get(at("/staff/queue"))
    return browser.get(next(link for link in queue.links if at("/staff/queue/") in link))


def customer_page(browser: Near, customer: CustomerId) -> Answer:
    """Open a customer's page."""
    return browser.get(at(f"/staff/customers/{customer}"))


@contextmanager
def deciding(house: House, portal: Portal, **policies: object) -> Iterator[None]:
    """Let a portal decide something else."""
    desk = house.accounts.portal_desk
    kept = desk.get(STAFF, portal.id)
    wanted = attrs.evolve(kept.policies, **policies)
    desk.change(STAFF, portal.id, version=kept.version, policies=wanted)
    yield


# Coming in --------------------------------------------------------------------------------------


def test_every_staff_page_asks_for_staff(house: House) -> None:
    """Without a staff session each leads to the staff sign-in, and keeps where one wanted to go."""
    browser = house.browser()
    for route in ROUTES:
        if route.name in OUTSIDE or route.show is None:
            continue
        path = re.sub(r"<\w+>", "x", route.path)
        page = browser.get(at(path))
        assert page.path.endswith("/staff/sign-in"), route.name
        wanted = dict(page.form(to="/staff/sign-in").fields)["next"]
        assert wanted.endswith(path), route.name


def test_every_staff_page_asks_for_a_permission(house: House) -> None:
    """Who may do nothing sees the desk, and is told kindly why there is no more."""
    browser = looks_after(house)

    assert "You may not do anything here yet" in browser.get(at("/staff")).text
    for route in ROUTES:
        if route.name in OUTSIDE or route.show is None or route.name == "staff":
            continue
        page = browser.get(at(re.sub(r"<\w+>", "x", route.path)))
        assert page.status == 403, route.name
        assert "one needs the permission" in page.text, route.name


def test_a_permission_opens_its_pages_alone(house: House) -> None:
    """Who looks after portals finds these, and nobody's accounts."""
    browser = looks_after(house, Permission.MANAGE_PORTALS)

    desk = browser.get(at("/staff"))
    assert at("/staff/portals") in desk.links
    assert at("/staff/customers") not in desk.links
    assert "What waits for you" not in desk.text
    assert browser.get(at("/staff/portals")).status == 200
    assert browser.get(at("/staff/customers")).status == 403


def test_staff_sign_out(house: House) -> None:
    """The session is over, and its pages ask to sign in again."""
    browser = at_work(house)
    done = browser.submit(browser.get(at("/staff")).form(to="/staff/sign-out"))

    assert "You are signed out." in done.text
    assert browser.get(at("/staff")).path.endswith("/staff/sign-in")


def test_a_forged_form_does_nothing(house: House) -> None:
    """Without the text of our page no decision is made."""
    browser = at_work(house)
    page = waiting(browser)
    forged = browser.send(page.form(having="customer"), [("do", "release"), ("customer", "")])

    assert forged.status == 403
    assert house.accounts.waiting.waiting(STAFF).registrations == 1


# The queue --------------------------------------------------------------------------------------


def test_a_released_registration_is_mailed_a_link(house: House) -> None:
    """Where links are mailed, exactly that happens: no password is shown."""
    with deciding(
        house,
        house.opened.portal,
        registration=RegistrationMode.RELEASED,
        link_existing=False,
        ask_second_proof=False,
    ):
        guest = house.accounts.portals.guest(house.accounts.portals.at_path("/customer-center"))
        house.accounts.registering.register(guest, email="nora@harms.example", answers=ANSWERS)
    house.accounts.relay()
    browser = at_work(house)
    queue = browser.get(at("/staff/queue"))
    pages = [browser.get(link) for link in queue.links if at("/staff/queue/") in link]
    page = next(page for page in pages if "nora@harms.example" in page.text)
    done = browser.submit(page.form(to=page.path, having="do"), press="release")

    assert "Released: a link is on its way." in done.text
    assert "/register/confirm?token=" in house.link("nora@harms.example")


def test_a_rejection_needs_a_reason(house: House) -> None:
    """Without one nothing happens; with one the person reads it."""
    browser = at_work(house)
    page = waiting(browser)
    refused = browser.submit(page.form(having="reason"), reason=" ")

    assert refused.status == 422
    assert 'aria-invalid="true"' in refused.body
    assert house.accounts.waiting.waiting(STAFF).registrations == 1

    done = browser.submit(page.form(having="reason"), reason="We sell to boat builders only.")
    house.accounts.relay()

    assert "Not released." in done.text
    assert "Nobody waits." in done.text
    mail = house.shop.inbox.sent[-1]
    assert mail.to.text == ASKING
    assert "We sell to boat builders only." in mail.plain


def test_what_was_decided_is_not_decided_again(house: House) -> None:
    """Who was slower than a colleague is told so, and nothing is done twice."""
    first, second = at_work(house), at_work(house)
    page, other = waiting(first), waiting(second)
    first.submit(page.form(having="reason"), reason="No.")
    slow = second.submit(other.form(having="customer"), press="release")

    assert "Somebody has decided about this one already." in slow.text
    assert "Password" not in slow.text


def test_a_release_links_to_a_customer_that_staff_find(house: House) -> None:
    """Words find customers to choose from; the number handed over is that customer's."""
    browser = at_work(house)
    page = waiting(browser)
    found = browser.submit(page.form(having="q"), q="petersen")
    petersen = customer_of(house.accounts, PETERSEN)
    done = browser.submit(found.form(having="customer"), customer=petersen.id)

    assert "Werkstatt Petersen 10815 , Kappeln has 1 user already" in found.text
    assert "Login 10815 User code 2 Password" in done.text


# Customers --------------------------------------------------------------------------------------


def test_the_register_is_shown_fifty_at_a_time(house: House) -> None:
    """With what was looked for kept on the way, each customer once."""
    rows = [
        {"erp_id": f"E{count}", "number": f"3{count:04}", "name": f"Werft {count}"}
        for count in range(60)
    ]
    house.accounts.register_desk.import_rows(STAFF, rows)
    browser = at_work(house)

    first = browser.get(at("/staff/customers?q=werft"))
    more = next(link for link in first.links if "cursor=" in link)
    second = browser.get(more)
    listed = [
        [link for link in page.links if at("/staff/customers/") in link] for page in (first, second)
    ]
    assert "q=werft" in more
    assert [len(links) for links in listed] == [50, 10]
    assert not {*listed[0]} & {*listed[1]}
    assert not any("cursor=" in link for link in second.links)


def test_an_invitation_says_since_when_and_that_it_has_expired(house: House) -> None:
    """In words and with a sign of its own, in the list and on the customer's page."""
    lindqvist = customer_of(house.accounts, LINDQVIST)
    house.accounts.account_desk.invite(
        STAFF, house.opened.portal.id, lindqvist.id, email="lars@lindqvist-bygg.example"
    )
    browser = at_work(house)
    assert "◐ invited on Nov 22, 2026" in customer_page(browser, lindqvist.id).text

    house.pass_time(timedelta(days=8))
    browser = at_work(house)
    page = customer_page(browser, lindqvist.id)
    listed = browser.get(at("/staff/customers?account=invited"))

    assert "◌ invited on Nov 22, 2026, expired" in page.text
    assert "Lindqvist Bygg AB Göteborg active ◌ invited on Nov 22, 2026, expired" in listed.text
    again = browser.submit(page.form(having="invitation"), press="resend")
    assert "◐ invited on Nov 22, 2026" in again.text


def test_who_waits_is_marked_in_the_register(house: House) -> None:
    """A customer one of whose contacts asks for access is marked, whatever its account is."""
    guest = house.accounts.portals.guest(house.opened.partners)
    answers = {**ANSWERS, "company": "Lindqvist"}
    house.accounts.registering.register(guest, email="lars@lindqvist-bygg.example", answers=answers)
    listed = at_work(house).get(at("/staff/customers?q=lindqvist"))

    assert "○ none ▲ waits for you" in listed.text


def test_a_portal_offers_what_it_does(house: House) -> None:
    """Where links are mailed nobody is given a password, whatever a form says."""
    lindqvist = customer_of(house.accounts, LINDQVIST)
    browser = at_work(house)
    page = customer_page(browser, lindqvist.id)
    form = page.form(having="email")
    refused = browser.submit(
        attrs.evolve(form, buttons=[("do", "give password")]), name="Lars", email="l@x.example"
    )

    assert [value for _, value in form.buttons] == ["invite"]
    assert refused.status == 409
    assert "This portal works in another way." in refused.text

    handing = at_work(house, door=partners("/staff/sign-in"))
    page = handing.get(partners(f"/staff/customers/{lindqvist.id}"))
    assert "Hand a password over" in page.text
    assert "Invite somebody" not in page.text


def test_a_password_nobody_has_changed_is_renewed(house: House) -> None:
    """The older one is dead, and the new one is shown with number and code."""
    petersen = customer_of(house.accounts, PETERSEN)
    browser = at_work(house, door=partners("/staff/sign-in"))
    page = browser.get(partners(f"/staff/customers/{petersen.id}"))
    done = browser.submit(page.form(having="user"), press="renew password")

    assert "has to change the password" in page.text
    assert "Login 10815 Password" in done.text
    assert house.opened.given.password not in done.text


def test_a_link_is_undone_with_a_reason(house: House) -> None:
    """The person is told, does not act for the customer any more, and stays in the list."""
    brandhorst = customer_of(house.accounts, BRANDHORST)
    browser = at_work(house)
    page = customer_page(browser, brandhorst.id)
    form = page.form(having="reason")
    refused = browser.submit(form, reason="")
    done = browser.submit(form, reason="Has left the company.")

    assert refused.status == 422
    assert "Between 1 and 500 printable characters." in refused.text
    assert "does not act for this customer any more" in done.text
    assert "✕ removed" in done.text


# Settings ---------------------------------------------------------------------------------------


def settings(browser: Near, portal: Portal) -> Answer:
    """Open the settings of a portal."""
    return browser.get(at(f"/staff/portals/{portal.id}"))


def test_saving_what_is_shown_changes_nothing(house: House) -> None:
    """Every setting goes through the form and comes back as it was, on each portal."""
    browser = at_work(house)
    for portal in (house.opened.portal, house.opened.partners):
        before = house.accounts.portal_desk.get(STAFF, portal.id)
        page = settings(browser, portal)
        saved = browser.submit(page.form(having=SETTINGS), press="save")

        assert "Saved." in saved.text
        assert house.accounts.portal_desk.get(STAFF, portal.id) == before


def test_all_that_is_wrong_is_said_at_once(house: House) -> None:
    """What can't be read and what does not hold, each beside its field; nothing is saved."""
    browser = at_work(house)
    before = house.accounts.portal_desk.get(STAFF, house.opened.portal.id)
    form = settings(browser, before).form(having=SETTINGS)
    wrong = {
        "name": "",
        "time_zone": "Mars/Olympus",
        "policies.tell_staff": "office",
        "policies.reset_lifetime": "soon",
        "policies.password_shortest": "7",
    }
    refused = browser.submit(form, press="save", **wrong)
    marked = set(re.findall(r'name="([\w.]+)"[^>]*aria-invalid="true"', refused.body))

    assert refused.status == 422
    assert marked == set(wrong)
    assert {**dict(refused.form(having=SETTINGS).fields), **wrong} == dict(
        refused.form(having=SETTINGS).fields
    )
    assert house.accounts.portal_desk.get(STAFF, before.id) == before


def test_who_was_slower_sees_each_field_a_colleague_changed(house: House) -> None:
    """Ticks, choices, lifetimes and texts; saving again keeps one's own."""
    browser, portal = at_work(house), house.opened.partners
    mine = settings(browser, portal).form(having=SETTINGS)
    theirs = settings(browser, portal).form(having=SETTINGS)
    browser.submit(
        theirs,
        press="save",
        **{
            "name": "Partner shop",
            "policies.registration": "invitation",
            "policies.reset_lifetime": "30",
            "policies.reset_lifetime.unit": "minutes",
            "asked.vat_id": "on",
        },
    )
    slow = browser.submit(mine, press="save")

    assert slow.status == 409
    for said in (
        "Now: Partner shop",
        "A colleague has chosen this one.",
        "Now: 30 minutes",
        "A colleague has changed this.",
    ):
        assert said in slow.text
    again = browser.submit(slow.form(having=SETTINGS), press="save")
    assert "Saved." in again.text
    assert house.accounts.portal_desk.get(STAFF, portal.id).name == portal.name


def test_nobody_switches_off_the_portal_under_their_feet(house: House) -> None:
    """The button is not there, and a form that says so does not do it either."""
    browser, portal = at_work(house), house.opened.portal
    page = settings(browser, portal)
    form = page.form(having=SETTINGS)
    browser.send(form, [*form.fields, ("do", "close")])

    assert "Switch it off from another one." in page.text
    assert house.accounts.portal_desk.get(STAFF, portal.id).open


def test_what_numbers_are_made_of_is_settled_once_one_is_out(house: House) -> None:
    """A form that says otherwise changes end and warning alone."""
    browser = at_work(house, door=partners("/staff/sign-in"))
    queue = browser.get(partners("/staff/queue"))
    page = browser.get(next(link for link in queue.links if partners("/staff/queue/") in link))
    browser.submit(page.form(having="customer"), press="release")
    form = browser.get(partners("/staff/numbers/web")).form(having="version")
    browser.submit(form, last="30000", width="9", first="1", prefix="X")

    (kept,) = house.accounts.number_desk.all(STAFF)
    assert {name for name, _ in form.fields} >= {"last", "warn_at", "version"}
    assert not {name for name, _ in form.fields} & {"prefix", "width", "first"}
    assert (kept.prefix, kept.width, kept.first, kept.last) == ("", 5, 20001, 30000)


def test_a_low_range_waits_on_the_desk(house: House) -> None:
    """With a way to extend it for who may, and without one for who may not."""
    house.accounts.number_desk.reserve(STAFF, key="low", width=5, first=1, last=2, warn_at=1)
    with deciding(house, house.opened.partners, number_range="low"):
        browser = at_work(house)
        page = waiting(browser)
        browser.submit(page.form(having="customer"), press="release")

    desk = browser.get(at("/staff"))
    assert "Number range low: ▲ 1 left" in desk.text
    assert at("/staff/numbers/low") in desk.links
    there = looks_after(house, Permission.MANAGE_ACCOUNTS).get(at("/staff"))
    assert "Number range low: ▲ 1 left" in there.text
    assert at("/staff/numbers/low") not in there.links


# Colleagues and the trail -----------------------------------------------------------------------


def test_nobody_gives_what_they_lack(house: House) -> None:
    """The box can't be ticked, and a form that ticks it is refused beside the others."""
    browser = looks_after(house, Permission.MANAGE_STAFF)
    page = browser.get(at("/staff/people"))
    form = page.form(having="email")
    refused = browser.submit(
        form, name="Tom", email="tom@moewenkontor.example", permission="manage prices"
    )

    assert 'value="manage prices" disabled' in page.body
    assert refused.status == 403
    assert "tom@moewenkontor.example" not in browser.get(at("/staff/people")).text


def test_somebody_is_left_who_manages_staff(house: House) -> None:
    """The last one can't be blocked, by himself neither."""
    browser = at_work(house)
    people = browser.get(at("/staff/people"))
    links = [link for link in people.links if at("/staff/people/") in link]
    ove = next(page for page in map(browser.get, links) if OVE in page.text)
    form = ove.form(having="permission")
    kept = [pair for pair in form.fields if pair[0] != "permission"]
    refused = browser.send(form, [*kept, ("do", "block")])

    assert refused.status == 409
    assert "Somebody has to be left who manages staff." in refused.text


def test_a_handed_password_is_named_once(house: House) -> None:
    """Neither the colleague's page nor the trail tells it again."""
    browser = at_work(house)
    people = browser.get(at("/staff/people"))
    links = [link for link in people.links if at("/staff/people/") in link]
    grete = next(page for page in map(browser.get, links) if GRETE in page.text)
    form = grete.form(having="permission")
    kept = [pair for pair in form.fields if pair[0] != "permission"]
    handed = browser.send(form, [*kept, ("do", "password")])
    found = re.search(r"Password (\S+) Good until", handed.text)
    password = found[1] if found else ""

    assert password
    assert handed.headers["cache-control"] == "no-store"
    for path in ("/staff/people", "/staff/audit", grete.path.removeprefix("/customer-center")):
        assert password not in browser.get(at(path)).body


def test_the_trail_tells_who_did_what(house: House) -> None:
    """By name for colleagues; about one thing; older entries on the next page."""
    browser = at_work(house)
    lindqvist = customer_of(house.accounts, LINDQVIST)
    page = customer_page(browser, lindqvist.id)
    browser.submit(page.form(having="email"), email="lars@lindqvist-bygg.example", press="invite")

    about = browser.get(at(f"/staff/audit?about={lindqvist.id}"))
    assert "membership.member_invited Ove Hansen" in about.text
    assert "staff.signed_in" not in about.text
    everything = browser.get(at("/staff/audit"))
    more = next((link for link in everything.links if "cursor=" in link), None)
    if more is not None:
        assert browser.get(more).status == 200


def test_a_list_is_not_continued_by_a_made_up_cursor(house: House) -> None:
    """It is refused within the staff's pages, for every list."""
    browser = at_work(house)
    for path in ("customers", "queue", "audit"):
        page = browser.get(at(f"/staff/{path}?cursor=made-up"))
        assert page.status == 422
        assert "start again from its first page" in page.text
