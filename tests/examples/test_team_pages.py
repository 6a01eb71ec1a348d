"""The pages about who acts for a company: what they say at their borders, beyond the walk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import attrs
import pytest

pytest.importorskip("flask", reason="flask is not installed: its pages are not opened")

from browser import Answer
from custaccount.accounts import TOLD_TO_COMPANIES
from custaccount.kernel.features import GUEST_ORDERS, ORDER_HISTORY, USERS
from custaccount.kernel.ids import CustomerId, FeatureKey
from custaccount.membership import ADMINISTRATOR, VIEWER
from custaccount.portals import CustomerStatus, LoginId
from pages.happened import EVENTS
from tests.examples.near import PASSWORD, House, Near, at
from tests.examples.test_pages import invite, member_of
from wholesaler.companies import BRANDHORST, LINDQVIST, LORENZEN, RIVIERE
from wholesaler.opening import READY, SHARED, STAFF, customer_of
from wholesaler.people import SUSPENDED


@pytest.fixture(scope="module")
def house() -> House:
    """Open the demo once; each test is somebody else in it."""
    return House()


@pytest.fixture
def anna(house: House) -> Near:
    """Sign Anna in, an administrator."""
    return house.signed_in(READY)


@contextmanager
def changed(
    house: House,
    customer: CustomerId,
    *,
    status: CustomerStatus = CustomerStatus.ACTIVE,
    off: FeatureKey | None = None,
) -> Iterator[None]:
    """Let staff change a customer for a while."""
    desk = house.accounts.customer_desk
    switched = {} if off is None else {off: False}
    now = desk.look(STAFF, customer)
    desk.change(STAFF, customer, version=now.version, status=status, features=switched)
    yield
    now = desk.look(STAFF, customer)
    desk.change(STAFF, customer, version=now.version, status=CustomerStatus.ACTIVE, features={})


def brandhorst(house: House) -> CustomerId:
    """Find the company Anna administers."""
    return customer_of(house.accounts, BRANDHORST).id


def row_of(page: Answer, text: str) -> Answer:
    """Keep of a page the row of a table with a text."""
    row = next(one for one in page.body.split("<tr>") if text in one)
    return attrs.evolve(page, body=row.partition("</tr>")[0])


def user_page(browser: Near, email: str) -> Answer:
    """Open the page of a user."""
    return browser.get(row_of(browser.get(at("/users")), f"{email}<").links[0])


# Access denied ----------------------------------------------------------------------------------


def test_a_role_that_is_missing_names_those_that_would_do(house: House) -> None:
    """And whom of the company to ask for one of them."""
    viewer = member_of(house, BRANDHORST, "viewer@brandhorst.example", VIEWER)

    page = viewer.get(at("/cart"))

    assert page.status == 403
    assert "No role that was given allows “Place orders”." in page.text
    assert "Roles that allow it: Administrator, Buyer, Bauleitung" in page.text
    assert "Anna Brandhorst" in page.text
    assert at("/cart") not in page.links


def test_a_function_that_is_off_is_the_sellers_to_switch(house: House, anna: Near) -> None:
    """No administrator is asked in vain, and no menu leads there."""
    with changed(house, brandhorst(house), off=USERS):
        page = anna.get(at("/users"))

    assert page.status == 403
    assert "“Users” is off for your company." in page.text
    assert "Ask Möwenkontor" in page.text
    assert "Ask an administrator" not in page.text
    assert at("/users") not in page.links
    assert at("/users/roles") in page.links


def test_a_customer_on_hold_is_told_why_nothing_can_be_ordered(house: House, anna: Near) -> None:
    """The status is named, and the seller can change it."""
    with changed(house, brandhorst(house), status=CustomerStatus.ON_HOLD):
        page = anna.get(at("/cart"))
        orders = anna.get(at("/orders"))

    assert page.status == 403
    assert "status (on hold) switches “Place orders” off" in page.text
    assert "Ask Möwenkontor" in page.text
    assert orders.status == 200
    assert at("/cart") not in orders.links


def test_why_is_told_in_the_readers_language(house: House) -> None:
    """Reasons, remedies and what roles are called."""
    viewer = member_of(house, BRANDHORST, "leser@brandhorst.example", VIEWER)
    page = viewer.get(at("/orders"))
    viewer.submit(page.form(to="/language"), press="de")

    refused = viewer.get(at("/cart"))

    assert '<html lang="de"' in refused.body
    assert refused.status == 403


def test_one_begins_with_what_is_open(house: House, anna: Near) -> None:
    """Who may not see orders is not led to them."""
    with changed(house, brandhorst(house), off=ORDER_HISTORY):
        page = anna.get(at("/"))

    assert page.path.endswith("/prices")
    assert at("/orders") not in page.links


def test_guests_get_no_cart_where_none_is_offered(house: House) -> None:
    """Neither a way nor a page, and what was counted is not taken."""
    desk, portal = house.accounts.portal_desk, house.opened.portal
    browser = house.browser()
    form = browser.get(at("/articles")).form(to="/articles")
    was = desk.get(STAFF, portal.id)
    off = attrs.evolve(was.policies, features={GUEST_ORDERS: False})
    now = desk.change(STAFF, portal.id, version=was.version, policies=off)
    try:
        page = browser.get(at("/articles"))
        answers = [browser.get(at("/cart")), browser.get(at("/checkout")), browser.submit(form)]
    finally:
        desk.change(STAFF, portal.id, version=now.version, policies=was.policies)

    assert page.status == 200
    assert at("/cart") not in page.links
    assert [one.status for one in answers] == [403, 403, 403]
    assert "This is not offered here." in answers[0].text
    assert browser.get(at("/cart")).status == 200


# Invitations ------------------------------------------------------------------------------------


def test_an_expired_invitation_can_be_mailed_again(house: House, anna: Near) -> None:
    """The invited one is told whom to ask; the list says that it has expired."""
    form = anna.get(at("/users/new")).form(to="/users/new")
    anna.submit(form, address="late@brandhorst.example", roles="buyer")
    link = house.link("late@brandhorst.example")
    house.pass_time(timedelta(days=8))
    anna = house.signed_in(READY)

    over = house.browser().get(link)
    listed = row_of(anna.get(at("/users")), "late@brandhorst.example<")
    anna.submit(listed.form(to="/users", having="invitation"), press="resend")

    assert over.status == 403
    assert "Ask who invited you to mail it again" in over.text
    assert "◌ expired on" in listed.text
    assert house.browser().get(house.link("late@brandhorst.example")).status == 200


def test_an_invitation_of_who_may_not_invite_any_more_says_so(house: House, anna: Near) -> None:
    """The rights of who invited count when it is accepted."""
    boss = member_of(house, BRANDHORST, "boss@brandhorst.example", ADMINISTRATOR)
    form = boss.get(at("/users/new")).form(to="/users/new")
    boss.submit(form, address="friend@brandhorst.example", roles="administrator")
    link = house.link("friend@brandhorst.example")
    page = user_page(anna, "boss@brandhorst.example")
    fields = [pair for pair in page.form(having="roles").fields if pair[0] != "roles"]
    anna.send(page.form(having="roles"), [*fields, ("roles", "viewer"), ("do", "roles")])

    over = house.browser().get(link)

    assert over.status == 403
    assert "Please ask the company to invite again." in over.text


def test_somebody_elses_invitation_is_not_accepted(house: House, anna: Near) -> None:
    """A form that is sent all the same shows the way out."""
    link = invite(house, "other@brandhorst.example", BRANDHORST)
    form = house.browser().get(link).form(to="/invitation")
    own = dict(anna.get(at("/orders")).form(to="/language").fields)

    refused = anna.submit(form, press="accept", do="accept", csrf_token=own["csrf_token"])

    assert refused.status == 403
    assert "This invitation is for somebody else." in refused.text
    assert "Sign out and go on" in refused.body


def test_a_new_user_of_a_portal_with_customer_numbers_is_told_the_code(house: House) -> None:
    """Beside the number of the company it signs in."""
    desk, portal = house.accounts.portal_desk, house.opened.portal
    was = desk.get(STAFF, portal.id)
    by_number = attrs.evolve(was.policies, login=LoginId.CUSTOMER_NUMBER)
    now = desk.change(STAFF, portal.id, version=was.version, policies=by_number)
    browser = house.browser()
    try:
        link = invite(house, "kai@lorenzen.example", LORENZEN)
        form = browser.get(link).form(to="/invitation")
        done = browser.submit(form, press="activate", password=PASSWORD)
        form = browser.get(at("/sign-in")).form(to="/sign-in")
        page = browser.submit(form, login="10958", user_code="2", password=PASSWORD)
    finally:
        desk.change(STAFF, portal.id, version=now.version, policies=was.policies)

    assert '<output class="ca-secret">2</output>' in done.body
    assert page.path.endswith("/orders")


def test_somebody_who_is_a_user_already_is_told_of_and_not_invited(anna: Near) -> None:
    """Who invites sees its users anyway; what was typed stays."""
    form = anna.get(at("/users/new")).form(to="/users/new")

    refused = anna.submit(form, address=SUSPENDED, name="Piet", roles="buyer")

    assert refused.status == 409
    assert "acts for the company already" in refused.text
    assert 'value="Piet"' in refused.body


def test_an_invitation_that_is_answered_meanwhile_is_not_withdrawn(
    house: House, anna: Near
) -> None:
    """The list is shown again with what happened."""
    form = anna.get(at("/users/new")).form(to="/users/new")
    page = anna.submit(form, address="quick@brandhorst.example", roles="buyer")
    button = row_of(page, "quick@brandhorst.example<").form(to="/users", having="invitation")
    browser = house.browser()
    link = house.link("quick@brandhorst.example")
    browser.submit(browser.get(link).form(to="/invitation"), press="activate", password=PASSWORD)

    late = anna.submit(button, press="withdraw")

    assert late.status == 404
    assert "This invitation is not open any more." in late.text
    assert "● active" in row_of(late, "quick@brandhorst.example<").text


# Users and roles --------------------------------------------------------------------------------


def test_nobody_changes_the_own_membership(house: House, anna: Near) -> None:
    """There is no form for it; one that is sent all the same is refused beside it."""
    page = anna.get(at("/users"))
    other = user_page(anna, SUSPENDED)
    me = house.accounts.users.all(acting(house)).users
    mine = next(one for one in me if one.me).membership

    own = anna.get(at(f"/users/all/{mine}"))
    form = attrs.evolve(other.form(having="roles"), action=at(f"/users/all/{mine}"))
    forged = anna.submit(form, press="suspend", do="suspend")

    assert not row_of(page, f"{READY}<").links
    assert "This is you." in own.text
    assert forged.status == 403
    assert "You can't do this to yourself." in forged.text


def acting(house: House) -> object:
    """Act as Anna without a browser."""
    guest = house.accounts.portals.guest(house.opened.portal)
    session = house.accounts.sign_in.sign_in(guest, READY, PASSWORD)
    return house.accounts.acting.member(house.accounts.sessions.resume(guest, session))


def test_a_user_without_any_role_is_refused(anna: Near) -> None:
    """Said beside the roles."""
    page = user_page(anna, SUSPENDED)
    form = page.form(having="roles")
    fields = [pair for pair in form.fields if pair[0] != "roles"]

    refused = anna.send(form, [*fields, ("do", "roles")])

    assert refused.status == 422
    assert "Choose at least one role." in refused.text
    assert 'id="roles-wrong"' in refused.body


def test_users_of_another_company_look_unknown(house: House, anna: Near) -> None:
    """Shown, changed or removed: as ones that never were."""
    lars = member_of(house, LINDQVIST, "lars@lindqvist.example", ADMINISTRATOR)
    theirs = user_page(anna, SUSPENDED).url

    for address in (theirs, f"{theirs}/remove", at("/users/all/never"), at("/users/requests/x")):
        own = lars.get(at("/orders")).form(to="/language")
        form = attrs.evolve(own, action=address)
        answers = (lars.get(address), lars.submit(form, do="suspend"))
        assert [one.status for one in answers] == [404, 404]
    assert user_page(anna, SUSPENDED).status == 200


def test_a_role_that_somebody_else_has_changed_is_shown_with_both(house: House, anna: Near) -> None:
    """How far each permission reaches now; saving again keeps what was chosen."""
    other = house.signed_in(READY)
    form = anna.get(at("/users/roles/new")).form(to="/new")
    page = anna.submit(form, name="Counter", **{"grant.see_prices": "customer"})
    way = row_of(page, "Counter").links[0]
    mine, theirs = (one.get(way).form(having="epoch") for one in (anna, other))
    other.submit(theirs, press="save", **{"grant.see_orders": "own"})

    late = anna.submit(mine, press="save", name="Front counter")

    assert late.status == 409
    assert "Now: Counter" in late.text
    assert "Now: one's own" in late.text
    saved = anna.submit(late.form(having="epoch"), press="save")
    assert "Front counter" in saved.text


def test_a_role_offers_only_what_who_makes_it_may_do(house: House, anna: Near) -> None:
    """Nothing beyond, in the list or in a form that is sent all the same."""
    form = anna.get(at("/users/roles/new")).form(to="/new")
    grants = {"grant.manage_roles": "customer", "grant.see_trail": "customer"}
    listed = anna.submit(form, name="Role maker", **grants)
    assert "Role maker" in listed.text
    link = invite(house, "maker@brandhorst.example", BRANDHORST)
    browser = house.browser()
    browser.submit(browser.get(link).form(to="/invitation"), press="activate", password=PASSWORD)
    page = user_page(anna, "maker@brandhorst.example")
    found = re.search(r'value="([^"]+)">\s*<span>Role maker', page.body)
    assert found
    fields = [pair for pair in page.form(having="roles").fields if pair[0] != "roles"]
    anna.send(page.form(having="roles"), [*fields, ("roles", found[1]), ("do", "roles")])
    maker = house.signed_in("maker@brandhorst.example")

    editor = maker.get(at("/users/roles/new"))
    forged = maker.submit(editor.form(to="/new"), name="More", **{"grant.see_prices": "customer"})

    assert maker.get(at("/")).path.endswith("/users/roles")
    assert {name for name in editor.form(to="/new").names() if name.startswith("grant.")} == {
        "grant.manage_roles",
        "grant.see_trail",
    }
    assert forged.status == 422
    assert "You can't grant what you don't hold yourself." in forged.text


# Companies --------------------------------------------------------------------------------------


def test_a_company_one_does_not_act_for_can_t_be_chosen(house: House, anna: Near) -> None:
    """It says so, and how to go on; one goes on acting for the own one."""
    form = attrs.evolve(anna.get(at("/orders")).form(to="/language"), action=at("/company"))
    foreign = customer_of(house.accounts, RIVIERE).id

    refused = anna.submit(form, customer=foreign)

    assert refused.status == 403
    assert "You can't act for this customer." in refused.text
    assert "Tischlerei Brandhorst" in anna.get(at("/orders")).text


def test_a_switch_goes_on_where_the_other_company_opens(house: House) -> None:
    """On the same page, or where one begins."""
    katja = house.signed_in(SHARED)
    chooser = katja.get(at("/company"))
    katja.submit(chooser.form(to="/company", having="customer"), press=lorenzen(house))
    users, prices = katja.get(at("/users")), katja.get(at("/prices?range=bolts"))

    assert users.status == 200
    assert wanted(users, "Brandhorst").endswith("/orders")
    assert wanted(prices, "Brandhorst").endswith("/prices")


def lorenzen(house: House) -> str:
    """Find the company Katja administers."""
    return customer_of(house.accounts, LORENZEN).id


def test_a_form_of_one_company_is_not_carried_out_for_another(house: House) -> None:
    """Switched to in another window: nothing is done, and the page says so."""
    katja = house.signed_in(SHARED)
    chooser = katja.get(at("/company"))
    katja.submit(chooser.form(to="/company", having="customer"), press=lorenzen(house))
    open_form = katja.get(at("/users/new")).form(to="/users/new")
    katja.submit(chooser.form(to="/company", having="customer"), press=brandhorst(house))

    refused = katja.submit(open_form, address="late@lorenzen.example", roles="buyer")

    assert refused.status == 409
    assert "You act for another company now." in refused.text
    katja.submit(chooser.form(to="/company", having="customer"), press=lorenzen(house))
    assert "late@lorenzen.example" not in katja.get(at("/users")).text
    done = katja.submit(open_form, address="late@lorenzen.example", roles="buyer")
    assert done.status == 200
    assert "late@lorenzen.example" in katja.get(at("/users")).text


def wanted(page: Answer, company: str) -> str:
    """Read where a switch to a company goes on."""
    part = next(one for one in page.body.split("<form")[1:] if company in one)
    form = attrs.evolve(page, body=f"<form{part}").form(to="/company")
    return dict(form.fields)["next"]


def test_who_acts_for_one_company_sees_no_switch(anna: Near) -> None:
    """There is nothing to choose."""
    page = anna.get(at("/orders"))

    assert "Change the company" not in page.text
    assert "Tischlerei Brandhorst GmbH 10417" in page.text


# What happened ----------------------------------------------------------------------------------


def test_all_a_company_is_told_has_words() -> None:
    """No code is shown in place of a sentence."""
    assert not TOLD_TO_COMPANIES - EVENTS.keys()


def test_more_than_fifty_entries_are_continued(house: House, anna: Near) -> None:
    """50 a page, each once."""
    form = anna.get(at("/my-data/addresses/new")).form(to="/new")
    for number in range(51):
        house.pass_time(timedelta(seconds=1))
        anna.submit(form, company=f"Site {number}", street="x", town="Kiel", postal_code="24103",
                    country="DE")  # fmt: skip

    first = anna.get(at("/users/trail"))
    second = anna.get(next(link for link in first.links if "cursor=" in link))

    assert first.body.count("<tr>") == 51
    assert second.status == 200
    assert not set(moments(first)) & set(moments(second))


def moments(page: Answer) -> list[str]:
    """List when what is shown happened."""
    return re.findall(r"<td data-label=\"When\"[^>]*>([^<]+)", page.body)
