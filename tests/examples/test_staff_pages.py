"""The staff's pages: what a page says at its borders, beyond what the walk goes through."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

import attrs
import pytest

pytest.importorskip("flask", reason="flask is not installed: its pages are not opened")

from browser import Answer
from custaccount.customers import CustomerGroup
from custaccount.kernel.access import STAFF_PERMISSIONS, Permission
from custaccount.kernel.events import Event
from custaccount.kernel.features import ORDER_HISTORY, PRICES, REORDER
from custaccount.kernel.i18n import Language
from custaccount.kernel.ids import CustomerId
from custaccount.membership import MemberLine, limits
from custaccount.portals import SWITCHES, CustomerStatus, Portal, RegistrationMode
from pages.happened import EVENTS, happened
from pages.staff import ROUTES, customers, users
from pages.staff.access import OPERATIONS
from tests.examples.near import BASE, PASSWORD, House, Near, at
from wholesaler.companies import BRANDHORST, LINDQVIST, LORENZEN, PETERSEN, RIVIERE, Company
from wholesaler.opening import (
    INVITED,
    JOINING,
    PARTNERS_PATH,
    READY,
    SHARED,
    STAFF,
    customer_of,
)
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
DOING: Mapping[str, Iterable[str]] = {
    "staff_customer": customers.ACTIONS,
    "staff_user": users.ACTIONS,
    "staff_portal": ("open", "close", "save"),
    "staff_registration": ("release", "link", "found", "refuse", "reject"),
    "staff_member": ("password", "block", "unblock", "grant"),
}
"""The buttons of forms that have several."""
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


def waiting(browser: Near, *, address: Callable[[str], str] = at, named: str = ASKING) -> Answer:
    """Open the registration of an address in the queue."""
    queue = browser.get(address("/staff/queue"))
    pages = (browser.get(link) for link in queue.links if address("/staff/queue/") in link)
    return next(page for page in pages if named in page.text)


def waits(house: House, named: str = ASKING) -> bool:
    """Tell whether an address is in the queue."""
    queue = house.accounts.registration_desk.queue(STAFF)
    return any(one.email.text == named for one in queue.items)


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


def test_every_form_of_staff_asks_for_a_permission(house: House) -> None:
    """Who may do nothing is refused by the service, whatever a page would have offered."""
    browser = looks_after(house)
    form = browser.get(at("/staff")).form(to="/theme")
    token = [pair for pair in form.fields if pair[0] != "next"]

    for route in ROUTES:
        if route.name in OUTSIDE or route.do is None:
            continue
        action = at(re.sub(r"<\w+>", "x", route.path))
        for do in DOING.get(route.name, ("",)):
            page = browser.send(attrs.evolve(form, action=action), [*token, ("do", do)])
            assert page.status == 403, (route.name, do)
            assert "one needs the permission" in page.text, (route.name, do)


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
    assert waits(house)


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
    page = waiting(browser, named="nora@harms.example")
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
    assert waits(house)

    done = browser.submit(page.form(having="reason"), reason="We sell to boat builders only.")
    house.accounts.relay()

    assert "Not released." in done.text
    assert not waits(house)
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


def test_who_asks_to_join_a_company_is_said_to_wait_for_it_too(house: House) -> None:
    """In the list and on the page: the company's administrators may decide first."""
    browser = at_work(house)
    queue = browser.get(at("/staff/queue"))

    assert "The company is asked, too." in queue.text
    assert "administrators are asked, too" in waiting(browser, named=JOINING).text
    assert "administrators are asked, too" not in waiting(browser).text


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
    house.accounts.member_desk.invite(
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
    form = page.form(having="address")
    refused = browser.submit(
        attrs.evolve(form, buttons=[("do", "give password")]), name="Lars", address="l@x.example"
    )

    assert [value for _, value in form.buttons] == ["invite"]
    assert refused.status == 409
    assert "This portal works in another way." in refused.text

    handing = at_work(house, door=partners("/staff/sign-in"))
    page = handing.get(partners(f"/staff/customers/{lindqvist.id}"))
    assert "Hand a password over" in page.text
    assert "Invite somebody" not in page.text


def test_who_has_a_login_is_invited_instead_of_given_a_second_one(house: House) -> None:
    """The refusal brings the form of the invitation, filled in with what was typed."""
    lindqvist = customer_of(house.accounts, LINDQVIST)
    browser = at_work(house, door=partners("/staff/sign-in"))
    page = browser.get(partners(f"/staff/customers/{lindqvist.id}"))
    refused = browser.submit(page.form(press="give password"), name="Katja", address=SHARED)
    form = refused.form(press="invite")
    invited = browser.submit(form)

    assert refused.status == 409
    assert "This mail address has a login already." in refused.text
    assert {("address", SHARED), ("name", "Katja"), ("role", "administrator")} <= {*form.fields}
    assert "The invitation is on its way." in invited.text


def test_an_invitation_names_person_and_roles(house: House) -> None:
    """What does not hold is said beside its field; several may be invited at once."""
    brandhorst = customer_of(house.accounts, BRANDHORST)
    browser = at_work(house)
    form = customer_page(browser, brandhorst.id).form(press="invite")
    nobody = browser.submit(form, address="nobody")
    without = [pair for pair in form.fields if pair[0] not in {"role", "address"}]
    roleless = browser.send(form, [*without, ("address", "x@brandhorst.example"), ("do", "invite")])
    unknown = browser.submit(form, address="x@brandhorst.example", role="owner")
    member = browser.submit(form, address=READY)
    named = [*without, ("address", "x@brandhorst.example"), ("do", "invite")]
    done = browser.send(form, [*named, ("role", "buyer"), ("role", "accountant")])

    assert dict(form.fields)["role"] == "buyer"
    assert nobody.status == roleless.status == unknown.status == 422
    assert re.search(r'name="address"[^>]*aria-invalid="true"', nobody.body)
    assert "Choose at least one role." in roleless.text
    assert "This role is not known." in unknown.text
    assert member.status == 409
    assert "This person acts for the company already." in member.text
    assert "The invitation is on its way." in done.text
    assert re.search(r"x@brandhorst\.example.* Buyer Accountant", done.text)
    assert INVITED in done.text
    assert len(house.accounts.member_desk.invitations(STAFF, brandhorst.id)) == 2


def test_an_invitation_that_is_over_is_not_touched(house: House) -> None:
    """A colleague was faster: it is neither sent nor withdrawn again."""
    brandhorst = customer_of(house.accounts, BRANDHORST)
    browser = at_work(house)
    form = customer_page(browser, brandhorst.id).form(having="invitation")
    done = browser.submit(form, press="withdraw")

    assert "its link is dead" in done.text
    for press in ("resend", "withdraw"):
        slow = browser.submit(form, press=press)
        assert slow.status == 404
        assert "This invitation is not open any more." in slow.text


def test_who_invites_too_often_is_told_so_on_the_customers_page(house: House) -> None:
    """The page stays, and says to wait."""
    brandhorst = customer_of(house.accounts, BRANDHORST)
    browser = at_work(house)
    form = customer_page(browser, brandhorst.id).form(having="invitation")
    pages = [browser.submit(form, press="resend") for _ in range(limits.INVITED.amount + 1)]

    assert pages[0].status == 200
    assert pages[-1].status == 429
    assert "Too many tries." in pages[-1].text
    assert "Open invitations" in pages[-1].text


# One user ---------------------------------------------------------------------------------------


def user_of(house: House, company: Company, email: str) -> MemberLine:
    """Find one of a company's users."""
    lines = house.accounts.member_desk.users(STAFF, customer_of(house.accounts, company).id)
    return next(one for one in lines if one.email and one.email.text == email)


def user_page(browser: Near, line: MemberLine, *, address: Callable[[str], str] = at) -> Answer:
    """Open the page of a user."""
    of = line.membership
    return browser.get(address(f"/staff/customers/{of.customer}/users/{of.id}"))


def test_a_password_nobody_has_changed_is_renewed(house: House) -> None:
    """The older one is dead, and the new one is shown with number and code."""
    petersen = customer_of(house.accounts, PETERSEN)
    (line,) = house.accounts.member_desk.users(STAFF, petersen.id)
    browser = at_work(house, door=partners("/staff/sign-in"))
    page = user_page(browser, line, address=partners)
    done = browser.submit(page.form(press="renew"))
    anna = user_page(browser, user_of(house, BRANDHORST, READY), address=partners)
    forged = attrs.evolve(anna.form(press="block"), buttons=[("do", "renew")])
    refused = browser.submit(forged)

    assert "has to change the password" in page.text
    assert "Login 10815 Password" in done.text
    assert house.opened.given.password not in done.text
    assert refused.status == 409
    assert "This portal works in another way." in refused.text


def test_a_user_is_removed_with_a_reason(house: House) -> None:
    """The person is told, does not act for the customer any more, and stays in the list."""
    line = user_of(house, BRANDHORST, SHARED)
    browser = at_work(house)
    form = user_page(browser, line).form(press="remove")
    refused = browser.submit(form, reason="")
    done = browser.submit(form, reason="Has left the company.")
    again = browser.submit(form, reason="Has left the company.")
    house.accounts.relay()

    assert refused.status == 422
    assert "Between 1 and 500 printable characters." in refused.text
    assert "does not act for this customer any more" in done.text
    assert "✕ removed" in done.text
    assert "An invitation brings it back." in done.text
    assert "Suspend" not in done.text
    assert again.status == 404
    mails = [mail for mail in house.shop.inbox.sent if mail.to.text == SHARED]
    assert str(BRANDHORST.row["name"]) in mails[-1].plain
    other = user_page(browser, user_of(house, LORENZEN, SHARED))
    assert "● active" in other.text


def test_roles_are_ticked(house: House) -> None:
    """Those that are shipped and the company's own; one at least, and only those there are."""
    line = user_of(house, BRANDHORST, SHARED)
    browser = at_work(house)
    page = user_page(browser, line)
    form = page.form(press="roles")
    token = [pair for pair in form.fields if pair[0] != "role"]
    none = browser.send(form, [*token, ("do", "roles")])
    unknown = browser.send(form, [*token, ("role", "owner"), ("do", "roles")])
    both = [("role", "buyer"), ("role", "viewer"), ("do", "roles")]
    done = browser.send(form, [*token, *both])

    assert "Bauleitung made by the company" in page.text
    assert none.status == unknown.status == 422
    assert "Choose at least one role." in none.text
    assert "This role is not known." in unknown.text
    assert "Saved. It counts at once." in done.text
    assert user_of(house, BRANDHORST, SHARED).membership.roles == {"buyer", "viewer"}
    assert user_of(house, LORENZEN, SHARED).membership.roles == {"administrator"}


def test_the_last_administrator_stays_one(house: House) -> None:
    """As long as there are other users none can be taken away: the page says what to do first."""
    browser = at_work(house)
    page = user_page(browser, user_of(house, BRANDHORST, READY))
    suspended = browser.submit(page.form(press="suspend"))
    removed = browser.submit(page.form(press="remove"), reason="Left.")
    bought = browser.submit(page.form(press="roles"), role="buyer")

    for refused in (suspended, removed, bought):
        assert refused.status == 409
        assert "Somebody has to be left who is an administrator." in refused.text
    assert dict(bought.form(press="roles").fields)["role"] == "buyer"
    assert user_of(house, BRANDHORST, READY).administers


def test_a_user_is_suspended_for_one_company(house: House) -> None:
    """It acts for the others as before, and here again once it may."""
    browser = at_work(house)
    page = user_page(browser, user_of(house, BRANDHORST, SHARED))
    suspended = browser.submit(page.form(press="suspend"))

    assert "‖ suspended" in suspended.text
    assert "‖ suspended" not in user_page(browser, user_of(house, LORENZEN, SHARED)).text

    resumed = browser.submit(suspended.form(press="resume"))
    assert "The person acts for this customer again." in resumed.text
    assert "● active" in resumed.text


def test_a_blocked_login_concerns_the_person_everywhere_and_nobody_else(house: House) -> None:
    """The page says so before; after it no company lets the person in, and all others come in."""
    browser = at_work(house)
    page = user_page(browser, user_of(house, BRANDHORST, SHARED))
    refused = browser.submit(page.form(press="block"), reason=" ")
    blocked = browser.submit(page.form(press="block"), reason="Letters came back.")

    assert "This concerns the person everywhere, not only here" in page.text
    assert "No company is blocked by it, and nobody else." in page.text
    assert refused.status == 422
    assert "Between 1 and 500 printable characters." in refused.text
    assert "■ login blocked" in blocked.text
    assert "■ login blocked" in user_page(browser, user_of(house, LORENZEN, SHARED)).text
    assert house.signed_in(SHARED).get(at("/orders")).path.endswith("/sign-in")
    assert house.signed_in(READY).get(at("/orders")).status == 200

    unblocked = browser.submit(blocked.form(press="unblock"))
    assert "The person may sign in again" in unblocked.text
    assert not house.signed_in(SHARED).get(at("/my-data")).path.endswith("/sign-in")


def test_a_company_without_an_administrator_is_marked_and_given_one(house: House) -> None:
    """The mark is gone with the next step, and the person keeps the other roles."""
    browser = at_work(house)
    brandhorst = customer_of(house.accounts, BRANDHORST)
    page = user_page(browser, user_of(house, BRANDHORST, READY))
    before = customer_page(browser, brandhorst.id)
    browser.submit(page.form(press="block"), reason="Stolen telephone.")
    marked = customer_page(browser, brandhorst.id)
    appointed = browser.submit(marked.form(press="appoint"))

    assert "This company has no administrator" not in before.text
    assert "This company has no administrator" in marked.text
    assert dict(marked.form(press="invite").fields)["role"] == "administrator"
    assert "The company has an administrator now." in appointed.text
    assert "This company has no administrator" not in appointed.text
    katja = user_of(house, BRANDHORST, SHARED)
    assert katja.administers
    assert len(katja.membership.roles) == 2


def test_nobody_is_found_by_anothers_customer(house: House) -> None:
    """A customer that is not there, and a user of another one, look alike: not found."""
    browser = at_work(house)
    line = user_of(house, BRANDHORST, READY)
    lorenzen = customer_of(house.accounts, LORENZEN).id
    form = user_page(browser, line).form(press="block")
    foreign = at(f"/staff/customers/{lorenzen}/users/{line.membership.id}")

    for path in ("", "/status", "/access", f"/users/{line.membership.id}"):
        assert browser.get(at(f"/staff/customers/{line.membership.user}{path}")).status == 404, path
    assert browser.get(foreign).status == 404
    for press in users.ACTIONS:
        sent = attrs.evolve(form, action=foreign, buttons=[("do", press)])
        assert browser.submit(sent, reason="Forged.", role="buyer").status == 404, press
    appoint = attrs.evolve(
        form, action=at(f"/staff/customers/{lorenzen}"), buttons=[("do", "appoint")]
    )
    assert browser.submit(appoint, membership=line.membership.id).status == 404
    assert user_of(house, BRANDHORST, READY) == line


# Why --------------------------------------------------------------------------------------------


def why(browser: Near, line: MemberLine, operation: str, author: str = "") -> Answer:
    """Ask why a user may do something, or may not."""
    page = browser.get(at(f"/staff/customers/{line.membership.customer}/access"))
    form = page.form(to="/access")
    return browser.submit(form, user=line.membership.user, operation=operation, author=author)


def test_why_somebody_may_do_something_is_explained(house: House) -> None:
    """With every condition, and for what refuses who could change it and where."""
    browser = at_work(house)
    katja, anna = user_of(house, BRANDHORST, SHARED), user_of(house, BRANDHORST, READY)
    allowed = why(browser, katja, "orders.newest")
    refused = why(browser, katja, "users.invite")
    others = why(browser, katja, "orders.get", author=anna.membership.user)

    assert "Allowed: Katja Voss (katja@voss-einkauf.example) may “See the orders”." in allowed.text
    assert "By: Bauleitung" in allowed.text
    assert "Refused: Katja Voss" in refused.text
    assert (
        "No role that was given allows “Manage users”. Would allow it: Administrator"
        in refused.text
    )
    of = katja.membership
    assert at(f"/staff/customers/{of.customer}/users/{of.id}") in refused.links
    assert "Whose it is ✕ no It was made by somebody else." in others.text


def test_a_refusal_of_the_sellers_leads_to_where_it_is_switched(house: House) -> None:
    """Status and functions to the customer's page, a blocked login to the user's."""
    browser = at_work(house)
    katja = user_of(house, BRANDHORST, SHARED)
    kept = house.accounts.customer_desk.look(STAFF, katja.membership.customer)
    house.accounts.customer_desk.change(
        STAFF,
        kept.id,
        version=kept.version,
        status=CustomerStatus.ON_HOLD,
        features={ORDER_HISTORY: False},
    )
    house.accounts.login_desk.block(STAFF, katja.membership.user, reason="Lost.")
    page = why(browser, katja, "orders.newest")
    ordering = why(browser, katja, "checkout.form")

    assert "“Order history” is switched off for this customer." in page.text
    assert "The seller has blocked the login. You can change that." in page.text
    assert at(f"/staff/customers/{kept.id}/status") in page.links
    assert "The customer's status (on hold) switches “Place orders” off." in ordering.text


def test_what_nobody_knows_is_not_explained(house: House) -> None:
    """An operation there is none of is not found; who never acted for the customer never did."""
    browser = at_work(house)
    anna = user_of(house, BRANDHORST, READY)

    assert why(browser, anna, "orders.steal").status == 404
    stranger = browser.get(
        at(f"/staff/customers/{anna.membership.customer}/access?user=x&operation=orders.get")
    )
    assert "Refused: somebody else may not “Open an order”." in stranger.text
    assert "There is no membership, and never was one." in stranger.text


def test_every_operation_and_every_event_has_words(house: House) -> None:
    """What the library has is said as people say it; a host's own goes by its name."""
    asked = house.accounts.access_desk.operations(STAFF)
    events = {one.name for one in events_below(Event) if one.__module__.startswith("custaccount.")}

    assert set(asked) == OPERATIONS.keys()
    assert {name for name in events if "." in name} == EVENTS.keys()
    assert happened("shop.fair_opened", Language.EN) == "shop.fair_opened"


def events_below(kind: type[Event]) -> Iterator[type[Event]]:
    """List all events of a kind."""
    for one in kind.__subclasses__():
        yield one
        yield from events_below(one)


# Status, groups, functions ----------------------------------------------------------------------


def standing(browser: Near, customer: CustomerId) -> Answer:
    """Open where a customer stands."""
    return browser.get(at(f"/staff/customers/{customer}/status"))


def group_named(house: House, key: str) -> CustomerGroup:
    """Find a group."""
    return next(one for one in house.accounts.group_desk.all(STAFF) if one.key == key)


def test_saving_where_a_customer_stands_as_it_is_changes_nothing(house: House) -> None:
    """Status, groups in their order and switches go through the form and come back."""
    browser = at_work(house)
    riviere = customer_of(house.accounts, RIVIERE)
    saved = browser.submit(standing(browser, riviere.id).form(having="status"))

    assert "Saved." in saved.text
    assert house.accounts.customer_desk.look(STAFF, riviere.id) == riviere


def test_a_status_says_what_it_switches_and_bites_at_once(house: House) -> None:
    """Who orders for a customer on hold finds that switched off at the next step."""
    browser = at_work(house)
    brandhorst = customer_of(house.accounts, BRANDHORST)
    anna = house.signed_in(READY)
    page = standing(browser, brandhorst.id)
    saved = browser.submit(page.form(having="status"), status="on hold")
    unknown = browser.submit(saved.form(having="status"), status="asleep")

    assert "on hold ✓ sign in ✓ see prices ✕ no orders ✓ see documents" in page.text
    assert "closed ✕ no sign-in ✕ no prices ✕ no orders ✕ no documents" in page.text
    assert "Saved." in saved.text
    assert anna.get(at("/orders")).status == 200
    assert anna.get(at("/checkout")).status == 403
    assert "Saved." in unknown.text
    kept = house.accounts.customer_desk.look(STAFF, brandhorst.id)
    assert kept.status is CustomerStatus.ON_HOLD


def test_groups_count_in_the_order_of_their_numbers(house: House) -> None:
    """The first one that switches a function decides; one without a number comes last."""
    browser = at_work(house)
    trade, export = group_named(house, "trade"), group_named(house, "export")
    fair = house.accounts.group_desk.make(STAFF, key="fair", name="Fair")
    for group, on in ((trade, False), (export, True)):
        house.accounts.group_desk.change(
            STAFF, group.id, version=group.version, features={REORDER: on}
        )
    riviere = customer_of(house.accounts, RIVIERE)
    page = standing(browser, riviere.id)
    form = page.form(having="status")
    turned = {f"place.{trade.id}": "2", f"place.{export.id}": "1", f"group.{fair.id}": "on"}
    saved = browser.submit(form, **turned)

    assert "“Reorder” is switched off for the customer group “trade”." in page.text
    assert "“Reorder” is switched on for the customer group “export”." in saved.text
    kept = house.accounts.customer_desk.look(STAFF, riviere.id)
    assert kept.groups == (export.id, trade.id, fair.id)


def test_a_place_is_a_number_of_its_own(house: House) -> None:
    """What is none, and what another group has, is said beside it; nothing is saved."""
    browser = at_work(house)
    trade, export = group_named(house, "trade"), group_named(house, "export")
    riviere = customer_of(house.accounts, RIVIERE)
    form = standing(browser, riviere.id).form(having="status")
    for typed, said in (("first", "A number from 1 on."), ("1", "has this place already")):
        refused = browser.submit(form, status="closed", **{f"place.{export.id}": typed})
        assert refused.status == 422
        assert said in refused.text
        marked = re.findall(r'name="(place[^"]+)"[^>]*aria-invalid="true"', refused.body)
        assert marked == [f"place.{trade.id}" if typed == "1" else f"place.{export.id}"]
        assert dict(refused.form(having="status").fields)["status"] == "closed"
    assert house.accounts.customer_desk.look(STAFF, riviere.id) == riviere


def test_a_function_is_switched_for_a_customer_alone(house: House) -> None:
    """On, off, or left to group and portal; the page says who decides now, and the trail when."""
    browser = at_work(house)
    brandhorst = customer_of(house.accounts, BRANDHORST)
    page = standing(browser, brandhorst.id)
    off = browser.submit(page.form(having="status"), **{"feature.reorder": "off"})
    kept = house.accounts.customer_desk.look(STAFF, brandhorst.id)
    left = browser.submit(off.form(having="status"), **{"feature.reorder": ""})
    forged = browser.submit(left.form(having="status"), **{"feature.reorder": "maybe"})

    assert "Reorder ● on “Reorder” is on unless somebody switches it off." in page.text
    assert "Reorder ○ off “Reorder” is switched off for this customer." in off.text
    assert kept.features == {REORDER: False}
    assert "“Reorder” is on unless" in left.text
    assert "“Reorder” is on unless" in forged.text
    trail = browser.get(at(f"/staff/audit?about={brandhorst.id}"))
    assert "The customer was changed Ove Hansen features.reorder: – → off" in trail.text


def test_who_was_slower_sees_what_a_colleague_made_of_a_customer(house: House) -> None:
    """Status, group, place and function, each with what is kept now."""
    browser = at_work(house)
    trade, export = group_named(house, "trade"), group_named(house, "export")
    brandhorst = customer_of(house.accounts, BRANDHORST)
    mine = standing(browser, brandhorst.id).form(having="status")
    theirs = {"status": "closed", "feature.prices": "off"}
    placed = {f"group.{export.id}": "on", f"place.{export.id}": "1", f"place.{trade.id}": "2"}
    browser.submit(mine, **theirs, **placed)
    slow = browser.submit(mine, status="on hold")

    assert slow.status == 409
    for said in ("A colleague has chosen this one.", "Now: on", "Now: off", "Now: 1", "Now: 2"):
        assert said in slow.text, said
    assert dict(slow.form(having="status").fields)["status"] == "on hold"
    again = browser.submit(slow.form(having="status"))
    assert "Saved." in again.text
    kept = house.accounts.customer_desk.look(STAFF, brandhorst.id)
    assert (kept.status, kept.groups, kept.features) == (
        CustomerStatus.ON_HOLD,
        (trade.id,),
        {},
    )


def test_groups_are_made_and_renamed(house: House) -> None:
    """Name and key are checked, a key is there once, and who is in a group is a step away."""
    browser = at_work(house)
    page = browser.get(at("/staff/groups"))
    form = page.form(having="key")
    wrong = browser.submit(form, key=" ", name="")
    taken = browser.submit(form, key="trade", name="Trade")
    made = browser.submit(form, key="fair", name="Fair")
    group = browser.get(at(f"/staff/groups/{group_named(house, 'fair').id}"))
    empty = browser.submit(group.form(having="name"), name=" ")
    renamed = browser.submit(group.form(having="name"), name="Trade fair")

    assert wrong.status == 422
    marked = set(re.findall(r'name="(\w+)"[^>]*aria-invalid="true"', wrong.body))
    assert marked == {"key", "name"}
    assert taken.status == 409
    assert "There is one already." in taken.text
    assert "Fair fair" in made.text
    assert empty.status == 422
    assert "Group Trade fair" in renamed.text
    listed = browser.get(at(f"/staff/customers?group={group_named(house, 'trade').id}"))
    assert at(f"/staff/customers?group={group_named(house, 'trade').id}") in page.links
    assert "Tischlerei Brandhorst" in listed.text
    assert browser.get(at("/staff/groups/unknown")).status == 404


def test_a_function_is_switched_for_a_group(house: House) -> None:
    """All who are in it feel it; who was slower than a colleague sees what is kept now."""
    browser = at_work(house)
    trade = group_named(house, "trade")
    form = browser.get(at(f"/staff/groups/{trade.id}")).form(having="name")
    saved = browser.submit(form, **{"feature.checkout": "off"})
    slow = browser.submit(form, name="Craft", **{"feature.checkout": "on"})

    assert "Saved." in saved.text
    assert house.signed_in(READY).get(at("/checkout")).status == 403
    assert "Checkout from the account ○ off" in browser.get(at("/staff/groups")).text
    assert slow.status == 409
    assert "Now: off" in slow.text
    assert "Now: trade" in slow.text
    assert group_named(house, "trade").name == "trade"


def test_looking_after_the_register_opens_status_and_groups_alone(house: House) -> None:
    """Accounts are another colleague's: no way leads there, and none is open."""
    brandhorst = customer_of(house.accounts, BRANDHORST)
    browser = looks_after(house, Permission.MANAGE_REGISTER)
    page = standing(browser, brandhorst.id)

    assert "Saved." in browser.submit(page.form(having="status"), status="on hold").text
    assert at("/staff/groups") in page.links
    assert at(f"/staff/customers/{brandhorst.id}") not in page.links
    assert customer_page(browser, brandhorst.id).status == 403
    assert browser.get(at(f"/staff/customers/{brandhorst.id}/access")).status == 403


def test_looking_after_accounts_opens_no_status(house: House) -> None:
    """The customer's page shows the status, and no way to change it."""
    brandhorst = customer_of(house.accounts, BRANDHORST)
    browser = looks_after(house, Permission.MANAGE_ACCOUNTS)
    page = customer_page(browser, brandhorst.id)

    assert "Status active" in page.text
    assert at(f"/staff/customers/{brandhorst.id}/status") not in page.links
    assert standing(browser, brandhorst.id).status == 403
    assert browser.get(at("/staff/groups")).status == 403


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
            "feature.prices": "off",
            "switch.closed.sign_in": "on",
        },
    )
    slow = browser.submit(mine, press="save")

    assert slow.status == 409
    for said in (
        "Now: Partner shop",
        "A colleague has chosen this one.",
        "Now: 30 minutes",
        "A colleague has changed this.",
        "Now: off",
        "closed A colleague has changed this.",
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


def test_a_portal_switches_functions_and_what_a_status_allows(house: House) -> None:
    """Both hold at once, and the trail tells them; who is active may do everything."""
    browser, portal = at_work(house), house.opened.portal
    form = settings(browser, portal).form(having=SETTINGS)
    kept = [pair for pair in form.fields if pair[0] != "switch.on_hold.see_prices"]
    kept += [("switch.active.order", ""), ("switch.closed.sign_in", "on"), ("do", "save")]
    saved = browser.send(
        form, [*(pair for pair in kept if pair[0] != "feature.prices"), ("feature.prices", "off")]
    )
    policies = house.accounts.portal_desk.get(STAFF, portal.id).policies

    assert "Saved." in saved.text
    assert policies.features == {PRICES: False}
    assert policies.switches_of(CustomerStatus.ACTIVE) == SWITCHES[CustomerStatus.ACTIVE]
    assert policies.switches == {
        CustomerStatus.ON_HOLD: attrs.evolve(SWITCHES[CustomerStatus.ON_HOLD], see_prices=False),
        CustomerStatus.CLOSED: attrs.evolve(SWITCHES[CustomerStatus.CLOSED], sign_in=True),
    }
    assert house.signed_in(READY).get(at("/prices")).status == 403
    trail = browser.get(at(f"/staff/audit?about={portal.id}"))
    for said in (
        "policies.features.prices: – → off",
        "policies.switches.on hold.see_prices: yes → no",
        "policies.switches.closed.sign_in: no → yes",
    ):
        assert said in trail.text


def test_what_numbers_are_made_of_is_settled_once_one_is_out(house: House) -> None:
    """A form that says otherwise changes end and warning alone."""
    browser = at_work(house, door=partners("/staff/sign-in"))
    page = waiting(browser, address=partners)
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
    browser.submit(page.form(press="invite"), address="lars@lindqvist-bygg.example")
    way = next(link for link in page.links if at("/staff/audit?about=") in link)

    about = browser.get(way)
    assert way.endswith(lindqvist.id)
    assert "Somebody was invited Ove Hansen" in about.text
    assert "A colleague signed in" not in about.text
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
