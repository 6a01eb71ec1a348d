"""What "Mina sidor" promises: accounts with or without an ERP, own prices, ordering again."""

from __future__ import annotations

import io
from datetime import timedelta
from decimal import Decimal

import pytest

from custaccount import Conflict, InvalidFields, Language, NotAllowed, NotFound
from custaccount.adapters.memory import MemoryMatcher
from custaccount.credentials import SessionOver
from custaccount.customers.address_book import OWN
from custaccount.customers.rows import read_csv, read_json
from custaccount.facilities.numbers import NumbersExhausted
from custaccount.kernel.access import PasswordChangeDue
from custaccount.kernel.ids import ArticleNumber, UserCode
from custaccount.kernel.text import EmailAddress
from custaccount.membership import (
    VIEWER,
    Invitation,
    InvitationReplaced,
    InvitationWithdrawn,
    MembershipOver,
)
from custaccount.ordering import CartLine, Outcome, PlanChanged, Reason
from custaccount.orders import OrderStatus
from custaccount.portals import (
    ActivationMode,
    LoginId,
    NotOffered,
    Policies,
    RegistrationMode,
    return_path,
)
from custaccount.registration import (
    AccountAction,
    AccountState,
    GivenPassword,
    RegisterLine,
    RegisterQuery,
)
from custaccount.registration.accounts_desk import actions_for
from custaccount.storage import Storage
from tests.house import (
    ALICE,
    BOB,
    NORD,
    OTHER_PASSWORD,
    PASSWORD,
    Shop,
    delivered,
    euro,
    order,
    price,
)
from tests.registration.people import (
    ANSWERS,
    DESK,
    NINA,
    OTTO,
    activate,
    arrived,
    decide,
    letters_to,
    mails_to,
    match,
    register,
    registered,
    waiting,
    welcoming,
)

X1, X2, X3, X9 = (ArticleNumber(name) for name in ("X1", "X2", "X3", "X9"))


# P · Portal -------------------------------------------------------------------------------------


def test_p1_a_portal_is_found_by_host_and_language(nord: Shop) -> None:
    """``nord.example/sv/account`` is the portal, in Swedish; a language it lacks is not found."""
    portals = nord.house.accounts.portals

    portal, language = portals.at_host("Nord.Example:443", "/sv/account")
    assert (portal.id, language) == (nord.portal.id, Language.SV)
    assert portals.guest(portal, language).language is Language.SV

    for host, path in (
        ("nord.example", "/fr/account"),
        ("nord.example", "/account"),
        ("nord.example", "/sv/konto"),
        ("other.example", "/sv/account"),
    ):
        with pytest.raises(NotFound):
            portals.at_host(host, path)


def test_p7_no_change_locks_a_user_out_or_ends_what_is_open(nord: Shop) -> None:
    """From mail to customer number, shorter lives, a language less: all that was open goes on."""
    nord.activate(ALICE)
    accounts = nord.house.accounts
    accounts.first_sign_in.request(nord.guest, BOB)
    link = nord.house.token_for(BOB)

    accounts.portal_desk.change(
        nord.staff,
        nord.portal.id,
        version=nord.portal.version,
        languages=[Language.SV],
        policies=Policies(
            login=LoginId.CUSTOMER_NUMBER,
            password_shortest=64,
            activation_lifetime=timedelta(minutes=5),
        ),
    )
    nord.house.clock.advance(timedelta(hours=47))

    assert nord.sign_in(ALICE)
    accounts.first_sign_in.activate(
        nord.guest, link, "vierundsechzig Zeichen sind mehr als genug " * 2
    )


# R · Registration and activation ----------------------------------------------------------------


def line(shop: Shop, erp_id: str) -> RegisterLine:
    """Look at a customer as staff see it."""
    desk = shop.house.accounts.account_desk
    return desk.look(shop.staff, shop.customer(erp_id).id)


def found(shop: Shop, text: str) -> list[RegisterLine]:
    """Search the register."""
    query = RegisterQuery(text=text)
    return list(shop.house.accounts.account_desk.search(shop.staff, query).items)


def numbers_left(shop: Shop) -> int:
    """Count what is left of the range."""
    (web,) = shop.house.accounts.number_desk.all(shop.staff)
    return web.left


def test_r1_what_a_visitor_tells_is_a_customer_once_the_address_is_proven(shop: Shop) -> None:
    """Contact and address data go into the register then, and not a moment before."""
    token = registered(shop, NINA)
    assert found(shop, "New GmbH") == []

    activate(shop, token)

    (new,) = found(shop, "New GmbH")
    customer = new.customer
    assert (customer.name, customer.number) == ("New GmbH", "W00001")
    assert (customer.street, customer.postal_code, customer.town, customer.country) == (
        "Weg 1",
        "20095",
        "Hamburg",
        "DE",
    )
    assert [(one.name, str(one.email)) for one in customer.contacts] == [("Nina New", NINA)]
    assert shop.member(NINA).customer == customer.id


def test_r2_a_first_order_belongs_to_the_account_once_it_is_active(shop: Shop) -> None:
    """As the host wrote it down; it is handed over once."""
    register(shop, NINA, draft="cart:7")
    activate(shop, shop.house.token_for(NINA))
    drafts, nina = shop.house.accounts.drafts, shop.member(NINA)

    (draft,) = drafts.mine(nina)
    assert drafts.take(nina, draft.id).text == "cart:7"

    assert drafts.mine(nina) == ()
    with pytest.raises(NotFound):
        drafts.take(nina, draft.id)


def test_r2_a_first_order_is_nobodys_before(shop: Shop) -> None:
    """No mail tells it, and whoever registers the same address again begins without it."""
    register(shop, NINA, draft="cart:7")
    assert "cart:7" not in mails_to(shop, NINA)[0].plain

    register(shop, NINA)
    activate(shop, shop.house.token_for(NINA))

    assert shop.house.accounts.drafts.mine(shop.member(NINA)) == ()


@pytest.fixture
def handing(nord: Shop) -> Shop:
    """The first seller, whose staff hand first passwords over; one signs in by number."""
    decide(nord, activation=ActivationMode.STAFF_PASSWORD, login=LoginId.CUSTOMER_NUMBER)
    return nord


def give(shop: Shop, erp_id: str = "E-ACME", email: str = "") -> GivenPassword:
    """Let staff make somebody an account."""
    return shop.house.accounts.account_desk.give_password(
        shop.staff, shop.portal.id, shop.customer(erp_id).id, name="Ann Ash", email=email
    )


def test_r7_staff_set_a_first_password_and_the_account_is_active_at_once(handing: Shop) -> None:
    """No mail address is needed; the number and the password are handed over by hand."""
    assert line(handing, "E-ACME").state is AccountState.NONE

    given = give(handing)

    assert (given.login, given.user_code) == ("1001", "")
    assert line(handing, "E-ACME").state is AccountState.ACTIVE
    assert handing.sign_in("1001", given.password)
    assert mails_to(handing, ALICE) == []


def test_r7_a_first_password_is_changed_before_anything_else(handing: Shop) -> None:
    """Until then there is nothing to see; afterwards the first one is dead."""
    given, accounts = give(handing), handing.house.accounts
    token = handing.sign_in("1001", given.password)
    with pytest.raises(PasswordChangeDue):
        accounts.acting.member(accounts.sessions.resume(handing.guest, token))

    person = accounts.sessions.person(handing.guest, token)
    token = accounts.own_password.change(person, given.password, PASSWORD)

    member = accounts.acting.member(accounts.sessions.resume(handing.guest, token))
    assert member.customer == handing.customer("E-ACME").id
    with pytest.raises(NotAllowed):
        handing.sign_in("1001", given.password)
    assert handing.sign_in("1001")


@pytest.mark.parametrize("days", [1, 30])
def test_r7_a_first_password_lives_as_long_as_the_portal_says(handing: Shop, days: int) -> None:
    """24 hours unless it says otherwise: good until just before, dead at the end."""
    lifetime = timedelta(days=days)
    if days != 1:
        decide(handing, staff_password_lifetime=lifetime)
    given, clock = give(handing), handing.house.clock

    clock.advance(lifetime - timedelta(microseconds=1))
    assert handing.sign_in("1001", given.password)
    assert line(handing, "E-ACME").state is AccountState.ACTIVE

    clock.advance(timedelta(microseconds=1))
    with pytest.raises(NotAllowed):
        handing.sign_in("1001", given.password)
    assert line(handing, "E-ACME").state is AccountState.NONE


def test_r7_no_portal_lets_a_first_password_live_longer_than_thirty_days(handing: Shop) -> None:
    """It is refused when the policy is made."""
    with pytest.raises(InvalidFields):
        decide(handing, staff_password_lifetime=timedelta(days=30, seconds=1))


def test_r7_a_first_password_is_renewed(handing: Shop) -> None:
    """With a new end; the one before is dead. Nobody's own is replaced who can be mailed a link."""
    given, desk = give(handing, email=NINA), handing.house.accounts.account_desk
    acme, clock = handing.customer("E-ACME").id, handing.house.clock
    clock.advance(timedelta(days=2))

    renewed = desk.renew_password(handing.staff, handing.portal.id, acme, given.user)

    assert renewed.until == clock() + timedelta(days=1)
    with pytest.raises(NotAllowed):
        handing.sign_in("1001", given.password)
    person = handing.person("1001", renewed.password)
    handing.house.accounts.own_password.change(person, renewed.password, PASSWORD)
    with pytest.raises(NotOffered):
        desk.renew_password(handing.staff, handing.portal.id, acme, given.user)


def test_r7_who_has_no_address_gets_a_first_password_again(handing: Shop) -> None:
    """There is no other way to help who has forgotten the own one; its sessions are over."""
    given, accounts = give(handing), handing.house.accounts
    person = handing.person("1001", given.password)
    token = accounts.own_password.change(person, given.password, PASSWORD)

    again = accounts.account_desk.renew_password(
        handing.staff, handing.portal.id, handing.customer("E-ACME").id, given.user
    )

    with pytest.raises(SessionOver):
        accounts.sessions.resume(handing.guest, token)
    with pytest.raises(NotAllowed):
        handing.sign_in("1001", PASSWORD)
    assert handing.person("1001", again.password).password_due


def test_r7_a_first_password_proves_no_address(handing: Shop) -> None:
    """Not when it is given, not when it is used, not when it is changed."""
    given = give(handing, email=NINA)
    person = handing.person("1001", given.password)

    handing.house.accounts.own_password.change(person, given.password, PASSWORD)

    assert handing.user(NINA).email_proven is None


def test_r7_the_action_offered_to_staff_differs_by_mode(handing: Shop) -> None:
    """Hand a password over, or mail a link; the other way is refused."""
    desk, acme = handing.house.accounts.member_desk, handing.customer("E-ACME").id

    def invite() -> Invitation:
        return desk.invite(handing.staff, handing.portal.id, acme, email=NINA)

    assert actions_for(line(handing, "E-ACME"), ActivationMode.STAFF_PASSWORD) == (
        AccountAction.GIVE_PASSWORD,
    )
    with pytest.raises(NotOffered):
        invite()

    decide(handing, activation=ActivationMode.MAILED_LINK)

    assert actions_for(line(handing, "E-ACME"), ActivationMode.MAILED_LINK) == (
        AccountAction.INVITE,
    )
    with pytest.raises(NotOffered):
        give(handing)
    assert invite().email.key == NINA


@pytest.fixture
def reseller(shop: Shop) -> Shop:
    """The first seller, who links whom the register knows; Acme has prices of its own."""
    decide(shop, link_existing=True)
    own = shop.price_list("acme", [price("X1", "7.00")])
    desk = shop.house.accounts.price_desk
    desk.attach_to_customer(shop.staff, own, shop.customer("E-ACME").id)
    return shop


def test_r9_a_proven_address_links_the_existing_customer(reseller: Shop) -> None:
    """With its number and its price list; none is taken from the range."""
    before = numbers_left(reseller)

    arrived(reseller, ALICE)

    alice = reseller.member(ALICE)
    assert alice.customer == reseller.customer("E-ACME").id
    (quote,) = reseller.house.accounts.prices.quotes(alice, [X1])
    assert quote.price == euro("7.00")
    assert numbers_left(reseller) == before


def test_r9_nothing_is_linked_before_the_address_is_proven(reseller: Shop) -> None:
    """To type somebody's address is no proof."""
    register(reseller, ALICE)

    assert line(reseller, "E-ACME").users == 0


def test_r9_no_match_is_a_new_customer(reseller: Shop) -> None:
    """With a number of the range, and no prices of anybody's."""
    arrived(reseller, NINA)

    nina = reseller.member(NINA)
    (choice,) = reseller.house.accounts.acting.choices(reseller.session(NINA))
    assert choice.customer_number == "W00001"
    (quote,) = reseller.house.accounts.prices.quotes(nina, [X1])
    assert quote.price is None


def test_r9_a_portal_that_does_not_link_makes_a_new_customer(shop: Shop) -> None:
    """The logic is switched per portal."""
    arrived(shop, ALICE)

    assert shop.member(ALICE).customer != shop.customer("E-ACME").id


def test_r9_of_several_matches_a_person_decides(reseller: Shop) -> None:
    """The login is there and acts for nobody; staff see who may be meant, and link one."""
    reseller.change("E-BETA", contact="Alice", email=ALICE)
    arrived(reseller, ALICE)
    with pytest.raises(MembershipOver):
        reseller.member(ALICE)

    (claim,) = waiting(reseller)
    beta = reseller.customer("E-BETA").id
    assert {one.customer for one in claim.candidates} == {reseller.customer("E-ACME").id, beta}
    reseller.house.accounts.registration_desk.link(reseller.staff, claim.id, beta)

    assert reseller.member(ALICE).customer == beta
    assert waiting(reseller) == ()


def test_r9_a_person_may_decide_for_a_new_customer_or_for_none(reseller: Shop) -> None:
    """A new one takes a number of the range; who is refused hears why."""
    for erp_id, email in (("E-ACME", NINA), ("E-BETA", OTTO)):
        reseller.change(erp_id, contact="Ann", email=email, status="closed")
        arrived(reseller, email)
    desk = reseller.house.accounts.registration_desk
    nina, otto = waiting(reseller)

    desk.found(reseller.staff, nina.id)
    desk.refuse(reseller.staff, otto.id, reason="Please call us.")

    assert reseller.member(NINA)
    assert numbers_left(reseller) == 99_998
    assert "Please call us." in mails_to(reseller, OTTO)[-1].plain
    with pytest.raises(MembershipOver):
        reseller.member(OTTO)


def asks_to_join(reseller: Shop) -> None:
    """Let somebody arrive whose address is that of a company with an administrator."""
    reseller.activate(ALICE)
    acme = {"erp_id": "E-ACME", "number": "1001", "name": "Acme Ltd"}
    reseller.house.accounts.register_desk.import_rows(
        reseller.staff, [{**acme, "contact": "Nina", "email": NINA}]
    )
    arrived(reseller, NINA)


def test_r9_a_company_that_has_members_is_asked(reseller: Shop) -> None:
    """Nobody joins a company unasked: its administrators decide, and so may staff."""
    asks_to_join(reseller)

    with pytest.raises(MembershipOver):
        reseller.member(NINA)
    assert [str(one.email) for one in waiting(reseller)] == [NINA]
    assert line(reseller, "E-ACME").users == 1
    assert letters_to(reseller, ALICE)[-1] == "registration.join_request"
    (request,) = reseller.house.accounts.join_requests.waiting(reseller.member(ALICE))

    reseller.house.accounts.join_requests.approve(
        reseller.member(ALICE), request.id, roles=[VIEWER]
    )

    assert reseller.member(NINA).customer == reseller.customer("E-ACME").id
    assert letters_to(reseller, NINA)[-1] == "registration.welcome"
    assert waiting(reseller) == ()


def test_r9_whom_a_company_does_not_know_hears_why(reseller: Shop) -> None:
    """The login stays, and acts for nobody."""
    asks_to_join(reseller)
    accounts, alice = reseller.house.accounts, reseller.member(ALICE)
    (request,) = accounts.join_requests.waiting(alice)

    accounts.join_requests.decline(alice, request.id, reason="We don't know you.")

    assert "We don't know you." in mails_to(reseller, NINA)[-1].plain
    assert accounts.join_requests.waiting(alice) == ()
    with pytest.raises(MembershipOver):
        reseller.member(NINA)


def test_r9_a_closed_customer_is_left_to_a_person(reseller: Shop) -> None:
    """Its address opens no account again."""
    reseller.change("E-ACME", status="closed")

    arrived(reseller, ALICE)

    with pytest.raises(MembershipOver):
        reseller.member(ALICE)
    assert len(waiting(reseller)) == 1


def test_r9_a_second_proof_is_a_customer_number_and_an_invoice(reseller: Shop) -> None:
    """Where the portal asks for it; a wrong pair changes nothing."""
    decide(reseller, ask_second_proof=True)
    clock = reseller.house.clock
    bought = delivered(order("acme-1", clock=clock), clock=clock, quantity="1")
    reseller.keep_orders(reseller.customer("E-ACME"), [bought])
    arrived(reseller, ALICE)
    proof, alice = reseller.house.accounts.second_proof, reseller.person(ALICE)
    invoice = bought.invoices[0].number

    assert proof.wanted(alice)
    for number, paper in (("1002", invoice), ("1001", "R-4711")):
        with pytest.raises(NotAllowed):
            proof.prove(alice, customer_number=number, invoice_number=paper)
    proof.prove(alice, customer_number="1001", invoice_number=invoice)

    assert reseller.member(ALICE).customer == reseller.customer("E-ACME").id
    assert not proof.wanted(alice)


def test_r9_the_erp_is_asked_again_until_it_answers(storage: Storage) -> None:
    """The account is active though the ERP is down; it is linked once that is up again."""
    erp = MemoryMatcher()
    erp.know(NORD, match("E-ACME", "1001", NINA))
    shop = welcoming(storage, matcher=erp, limited=True, link_existing=True)
    erp.down = True
    arrived(shop, NINA)
    assert shop.sign_in(NINA)
    with pytest.raises(MembershipOver):
        shop.member(NINA)

    erp.down = False
    shop.house.clock.advance(timedelta(hours=1))
    shop.house.accounts.relay()

    assert shop.member(NINA).customer == shop.customer("E-ACME").id
    assert numbers_left(shop) == 99_999


def test_r10_new_customers_get_a_number_of_the_reserved_range(shop: Shop) -> None:
    """With its prefix and its width, one after the other."""
    arrived(shop, NINA)
    arrived(shop, OTTO)

    assert [one.customer.number for one in found(shop, "New GmbH")] == ["W00001", "W00002"]


def test_r10_a_range_warns_before_it_is_exhausted_and_then_says_so(storage: Storage) -> None:
    """Staff are told in time; nobody's link is lost, for staff extend the range."""
    shop = welcoming(storage, limited=True, last=2, tell_staff=(EmailAddress.parse(DESK),))
    arrived(shop, NINA)
    assert letters_to(shop, DESK) == ["registration.numbers_low"]
    arrived(shop, OTTO)
    assert letters_to(shop, DESK)[-1] == "registration.numbers_out"

    token = registered(shop, "late@new.example")
    with pytest.raises(NumbersExhausted):
        activate(shop, token)

    numbers = shop.house.accounts.number_desk
    (web,) = numbers.all(shop.staff)
    numbers.change(
        shop.staff,
        web.key,
        prefix="W",
        width=5,
        first=1,
        last=9,
        warn_at=1,
        gapless=True,
        version=web.version,
    )
    activate(shop, token)
    assert [one.customer.number for one in found(shop, "New GmbH")][-1] == "W00003"


def invite(shop: Shop, email: str, erp_id: str = "E-ACME") -> Invitation:
    """Let staff invite somebody."""
    desk = shop.house.accounts.member_desk
    return desk.invite(shop.staff, shop.portal.id, shop.customer(erp_id).id, email=email)


def test_r11_staff_see_whether_an_account_is_active_invited_or_none(nord: Shop) -> None:
    """What is true now: it is nowhere kept."""
    assert line(nord, "E-ACME").state is AccountState.NONE

    invite(nord, NINA)
    assert line(nord, "E-ACME").state is AccountState.INVITED

    token = nord.house.token_for(NINA)
    nord.house.accounts.invited.activate(nord.guest, token, PASSWORD)
    assert line(nord, "E-ACME").state is AccountState.ACTIVE

    acme, nina = nord.customer("E-ACME").id, nord.member(NINA).membership
    nord.house.accounts.member_desk.remove(
        nord.staff, nord.portal.id, acme, nina, reason="She left."
    )
    assert line(nord, "E-ACME").state is AccountState.NONE


def test_r11_an_invitation_shows_since_when_and_whether_it_expired(nord: Shop) -> None:
    """It stays an invitation, marked; sent again it stands, and is as old as before."""
    clock, sent = nord.house.clock, nord.house.clock()
    invitation = invite(nord, NINA)

    clock.advance(timedelta(days=7) - timedelta(microseconds=1))
    assert not line(nord, "E-ACME").invitation_over(clock())
    clock.advance(timedelta(microseconds=1))
    seen = line(nord, "E-ACME")
    assert (seen.state, seen.invited, seen.invitation_over(clock())) == (
        AccountState.INVITED,
        sent,
        True,
    )

    nord.house.accounts.member_desk.resend(nord.staff, invitation.id)
    seen = line(nord, "E-ACME")
    assert (seen.invited, seen.invitation_over(clock())) == (sent, False)


def test_r11_an_invitation_is_sent_again_or_withdrawn(nord: Shop) -> None:
    """The link before is dead either way."""
    accounts, invitation = nord.house.accounts, invite(nord, NINA)
    older = nord.house.token_for(NINA)

    accounts.member_desk.resend(nord.staff, invitation.id)
    newer = nord.house.token_for(NINA)
    with pytest.raises(InvitationReplaced):
        accounts.invited.look(nord.guest, older)
    assert accounts.invited.look(nord.guest, newer).email.key == NINA

    accounts.member_desk.withdraw(nord.staff, invitation.id)
    with pytest.raises(InvitationWithdrawn):
        accounts.invited.activate(nord.guest, newer, PASSWORD)
    assert line(nord, "E-ACME").state is AccountState.NONE


def test_r11_a_registration_that_waits_is_marked(shop: Shop) -> None:
    """On the customer whose contact asks for access."""
    decide(shop, registration=RegistrationMode.RELEASED)

    register(shop, BOB)

    assert line(shop, "E-BETA").waiting
    assert line(shop, "E-BETA").state is AccountState.NONE
    assert not line(shop, "E-ACME").waiting


# L · Sign-in ------------------------------------------------------------------------------------


@pytest.fixture
def numbered(nord: Shop) -> Shop:
    """The first seller, whose customers sign in with their numbers."""
    decide(nord, login=LoginId.CUSTOMER_NUMBER)
    return nord


def accept(shop: Shop, email: str, password: str) -> UserCode | None:
    """Let somebody be invited to act for Acme and accept; returns the user code."""
    invite(shop, email)
    token = shop.house.token_for(email)
    return shop.house.accounts.invited.activate(shop.guest, token, password).user_code


def test_l1_the_bare_customer_number_is_the_first_users(numbered: Shop) -> None:
    """Each further user has a code, told with the account; nobody's sign-in changes by it."""
    assert accept(numbered, NINA, PASSWORD) == ""
    assert numbered.member("1001").user == numbered.user(NINA).id

    assert accept(numbered, OTTO, OTHER_PASSWORD) == "2"

    assert "Kundennummer 1001 und dem Benutzercode 2" in mails_to(numbered, OTTO)[-1].plain
    sign_in = numbered.house.accounts.sign_in.sign_in
    assert sign_in(numbered.guest, "1001", OTHER_PASSWORD, user_code="2")
    assert numbered.member("1001").user == numbered.user(NINA).id
    for password, code in ((OTHER_PASSWORD, ""), (PASSWORD, "2"), (OTHER_PASSWORD, "3")):
        with pytest.raises(NotAllowed):
            sign_in(numbered.guest, "1001", password, user_code=code)


def test_l1_a_mail_address_is_never_taken_for_a_customer_number(numbered: Shop) -> None:
    """Though a customer's number reads like one: each login is one person's."""
    numbered.change("E-BETA", number=NINA)
    given = numbered.customer("E-BETA")
    assert given.number == NINA
    accept(numbered, OTTO, PASSWORD)
    invite(numbered, BOB, "E-BETA")
    token = numbered.house.token_for(BOB)
    numbered.house.accounts.invited.activate(numbered.guest, token, OTHER_PASSWORD)

    with pytest.raises(NotAllowed):
        numbered.sign_in(NINA, OTHER_PASSWORD)

    assert numbered.member(OTTO).customer == numbered.customer("E-ACME").id


def test_l3_the_password_is_changed_with_the_current_one(nord: Shop) -> None:
    """The session goes on, every other one ends; without the current password nothing happens."""
    nord.activate(ALICE)
    accounts, guest = nord.house.accounts, nord.guest
    here, there = nord.sign_in(ALICE), nord.sign_in(ALICE)
    alice = accounts.sessions.person(guest, here)
    with pytest.raises(NotAllowed):
        accounts.own_password.change(alice, "not the current one", OTHER_PASSWORD)

    here = accounts.own_password.change(alice, PASSWORD, OTHER_PASSWORD)

    assert accounts.sessions.resume(guest, here)
    with pytest.raises(SessionOver):
        accounts.sessions.resume(guest, there)
    assert nord.sign_in(ALICE, OTHER_PASSWORD)


# C · My data ------------------------------------------------------------------------------------

DEPOT = {
    "company": "Depot",
    "street": "Tor 2",
    "postal_code": "1010",
    "town": "Wien",
    "country": "AT",
}


def test_c1_the_companys_contact_data_are_seen_and_changed(shop: Shop) -> None:
    """Checked as at registration, all problems at once; two windows overwrite nothing."""
    arrived(shop, NINA)
    company, nina = shop.house.accounts.company, shop.member(NINA)
    seen = company.look(nina)
    assert (seen.number, seen.answers["street"]) == ("W00001", "Weg 1")

    kept = company.change(
        nina, {**seen.answers, "street": "Kai 3", "phone": "040 123456"}, version=seen.version
    )

    assert (kept.answers["street"], kept.answers["phone"]) == ("Kai 3", "+4940123456")
    with pytest.raises(Conflict):
        company.change(nina, seen.answers, version=seen.version)
    with pytest.raises(InvalidFields) as refused:
        company.change(
            nina, {**kept.answers, "company": "", "postal_code": "1"}, version=kept.version
        )
    assert [one.field for one in refused.value.problems] == ["company", "postal_code"]


def test_c1_the_address_book_has_addresses_for_invoices_and_deliveries(shop: Shop) -> None:
    """Add one, use it, change it, remove it: then the company's own is used again."""
    arrived(shop, NINA)
    book, nina = shop.house.accounts.address_book, shop.member(NINA)
    assert (book.defaults(nina).billing, book.defaults(nina).delivery) == (OWN, OWN)

    depot = book.add(nina, DEPOT)
    book.use(nina, delivery=depot.id)
    book.change(nina, depot.id, {**DEPOT, "addition": "Gate 4"}, version=depot.version)
    assert (book.defaults(nina).billing, book.defaults(nina).delivery) == (OWN, depot.id)
    assert [one.addition for one in book.all(nina).items] == ["Gate 4"]

    book.remove(nina, depot.id)
    assert book.all(nina).items == ()
    assert book.defaults(nina).delivery == OWN


def test_c1_an_address_is_checked_by_its_country(shop: Shop) -> None:
    """A postal code of one country is none of another's; each error stands at its field."""
    arrived(shop, NINA)
    book, nina = shop.house.accounts.address_book, shop.member(NINA)

    for wrong, field in (({"country": "DE"}, "postal_code"), ({"country": "XX"}, "country")):
        with pytest.raises(InvalidFields) as refused:
            book.add(nina, {**DEPOT, **wrong})
        assert field in {one.field for one in refused.value.problems}


def test_c2_a_checkout_is_filled_in_from_the_account(shop: Shop) -> None:
    """Who orders, for whom, and where to: one call."""
    arrived(shop, NINA, phone="040 123456")
    accounts, nina = shop.house.accounts, shop.member(NINA)
    depot = accounts.address_book.add(nina, DEPOT)
    accounts.address_book.use(nina, delivery=depot.id)

    form = accounts.checkout.form(nina)

    assert (form.person, str(form.email), form.phone) == ("Nina New", NINA, "+4940123456")
    assert (form.company, form.customer_number) == ("New GmbH", "W00001")
    assert (form.billing.street, form.delivery.street) == ("Weg 1", "Tor 2")
    assert form.addresses == (depot,)


def test_c2_a_guests_cart_goes_on_after_signing_in(nord: Shop) -> None:
    """Back at the same step, with own prices; what was merged twice is there once."""
    nord.activate(ALICE)
    accounts = nord.house.accounts
    own = nord.price_list("acme", [price("X1", "7.00")])
    accounts.price_desk.attach_to_customer(nord.staff, own, nord.customer("E-ACME").id)
    line = CartLine(article=X1, text="Article X1", quantity=Decimal(2), price=euro("9.00"))
    within = nord.portal.path
    assert within is not None

    step = return_path("/customer-center/checkout/delivery", within=within)
    alice = nord.member(ALICE)
    for _ in range(2):
        accounts.guest_cart.merge(alice, [line], key="guest-4711")

    assert step == "/customer-center/checkout/delivery"
    assert [(one.quantity, one.price) for one in accounts.reorder.cart(alice)] == [
        (Decimal(2), euro("7.00"))
    ]


def test_c4_without_an_erp_the_register_grows_by_itself(shop: Shop) -> None:
    """From registrations, and from what guests order: each once, with a number of the range."""
    assert shop.house.erp is None
    arrived(shop, NINA)
    bought = {**ANSWERS, "company": "Otto & Söhne", "name": "Otto"}
    new = shop.house.accounts.new_customers

    otto = new.from_order(shop.guest, email=OTTO, answers=bought)
    again = new.from_order(shop.guest, email=OTTO, answers=bought)

    assert again == otto
    assert [one.customer.number for one in found(shop, "new.example")] == ["W00001", "W00002"]
    assert [one.state for one in found(shop, "new.example")] == [
        AccountState.ACTIVE,
        AccountState.NONE,
    ]


# C · The register -------------------------------------------------------------------------------


def test_c3_the_register_is_imported_by_erp_id(nord: Shop) -> None:
    """The first part of C3: rows create and change customers by the ERP's id, and twice is once."""
    desk = nord.house.accounts.register_desk
    file = (
        "erp_id;number;name;groups;contact;email\n"
        "E-ACME;1001;Acme International;dealers|crafts;Alice;alice@acme.example\n"
        "E-NEW;1003;Neu & Söhne;;Ünal;uenal@neu.example\n"
    )
    before = nord.customer("E-ACME")

    dry = desk.import_rows(nord.staff, read_csv(io.StringIO(file)), dry_run=True)
    assert (dry.created, dry.changed) == (1, 1)
    assert nord.customer("E-ACME") == before

    wet = desk.import_rows(nord.staff, read_csv(io.StringIO(file)))
    again = desk.import_rows(nord.staff, read_csv(io.StringIO(file)))

    assert (wet.created, wet.changed, wet.refused) == (1, 1, 0)
    assert (again.created, again.changed, again.unchanged) == (0, 0, 2)
    assert nord.customer("E-ACME").id == before.id
    assert nord.customer("E-ACME").name == "Acme International"
    assert nord.customer("E-NEW").name == "Neu & Söhne"
    assert nord.customer("E-BETA").name == "Beta plc"


def test_c3_a_row_in_error_hinders_no_other(nord: Shop) -> None:
    """A bad mail address keeps the customer; a row without a name is refused, both with reasons."""
    file = io.StringIO(
        '[{"erp_id": "E-1", "number": "3001", "name": "Eins", "email": "jörg@eins.example"},'
        ' {"erp_id": "E-2", "number": "3002"},'
        ' {"erp_id": "E-3", "number": "3003", "name": "Drei", "email": "info@drei.example"}]'
    )

    report = nord.house.accounts.register_desk.import_rows(nord.staff, read_json(file))

    assert (report.created, report.refused) == (2, 1)
    assert [(one.row, one.kept) for one in report.problems] == [(1, True), (2, False)]
    assert nord.customer("E-1").contacts[0].email is None
    assert nord.customer("E-3").contacts[0].email is not None


# Q · Prices -------------------------------------------------------------------------------------


def test_q1_the_customers_list_comes_before_its_groups_and_the_portals(nord: Shop) -> None:
    """Own list first, then the group's default list, then the portal's."""
    nord.activate(ALICE)
    nord.activate(BOB)
    desk = nord.house.accounts.price_desk
    own = nord.price_list("acme", [price("X1", "7.00")])
    group = nord.price_list("dealers", [price("X1", "8.00"), price("X2", "18.00")])
    portal = nord.price_list("all", [price("X1", "9"), price("X2", "19"), price("X3", "29")])
    desk.attach_to_customer(nord.staff, own, nord.customer("E-ACME").id)
    desk.attach_to_group(nord.staff, group, nord.group("dealers"))
    desk.attach_to_portal(nord.staff, portal, nord.portal.id)
    prices = nord.house.accounts.prices

    acme = prices.quotes(nord.member(ALICE), [X1, X2, X3])
    beta = prices.quotes(nord.member(BOB), [X1, X2, X3])

    assert [quote.price for quote in acme] == [euro("7.00"), euro("18.00"), euro("29")]
    assert [quote.price for quote in beta] == [euro("9"), euro("19"), euro("29")]


def test_q1_groups_count_in_the_order_staff_gave(nord: Shop) -> None:
    """A customer in two groups gets the first one's price, whatever is cheaper."""
    nord.activate(ALICE)
    desk = nord.house.accounts.price_desk
    nord.change("E-ACME", groups="crafts|dealers")
    dear = nord.price_list("dear", [price("X1", "20")])
    cheap = nord.price_list("cheap", [price("X1", "10")])
    desk.attach_to_group(nord.staff, dear, nord.group("crafts"))
    desk.attach_to_group(nord.staff, cheap, nord.group("dealers"))
    member = nord.member(ALICE)

    (quote,) = nord.house.accounts.prices.quotes(member, [X1])
    assert quote.price == euro("20")

    nord.change("E-ACME", groups="dealers|crafts")
    (quote,) = nord.house.accounts.prices.quotes(member, [X1])
    assert quote.price == euro("10")


def test_q2_a_page_of_articles_is_one_question_in_the_order_asked(nord: Shop) -> None:
    """A signed-in member gets its prices for a whole page; no price is said, not guessed."""
    nord.activate(ALICE)
    rows = [price(f"P{number}", f"{number}.10") for number in range(1, 101)]
    rows.append(price("P7", "6.05", quantity="10"))
    listed = nord.price_list("dealers", rows)
    nord.house.accounts.price_desk.attach_to_group(nord.staff, listed, nord.group("dealers"))
    page = [ArticleNumber(f"P{number}") for number in range(100, 0, -1)]

    quotes = nord.house.accounts.prices.quotes(nord.member(ALICE), [*page, X9])

    assert [quote.article for quote in quotes] == [*page, X9]
    assert quotes[-1].price is None
    seven = quotes[93]
    assert seven.price == euro("7.10")
    assert seven.price_for(Decimal(9)) == euro("7.10")
    assert seven.price_for(Decimal(10)) == euro("6.05")


# H · Orders -------------------------------------------------------------------------------------


def test_h8_orders_kept_by_the_shop_are_shown_with_their_status(nord: Shop) -> None:
    """Without an ERP the customer sees what the shop keeps, earlier and current."""
    nord.activate(ALICE)
    clock = nord.house.clock
    open_one = order("acme-1", clock=clock, days_ago=1)
    done = order("acme-2", clock=clock, days_ago=400, status=OrderStatus.DELIVERED)
    nord.keep_orders(nord.customer("E-ACME"), [done, open_one])
    nord.keep_orders(nord.customer("E-BETA"), [order("beta-1", clock=clock)])

    page = nord.house.accounts.orders.newest(nord.member(ALICE))

    assert page.items == (open_one.summary, done.summary)
    assert not page.has_more


# O · Ordering again -----------------------------------------------------------------------------


def list_for_dealers(nord: Shop, *rows: tuple[str, str]) -> None:
    """Give Acme prices for some articles."""
    listed = nord.price_list("dealers", [price(article, amount) for article, amount in rows])
    nord.house.accounts.price_desk.attach_to_group(nord.staff, listed, nord.group("dealers"))


def test_o1_a_whole_order_is_copied_into_the_cart_at_todays_prices(nord: Shop) -> None:
    """A plan says one outcome per line; the commit puts exactly that into the cart."""
    nord.activate(ALICE)
    list_for_dealers(nord, ("X1", "9.90"))
    earlier = order("acme-1", clock=nord.house.clock, articles={"X1": "12", "X2": "1"})
    nord.keep_orders(nord.customer("E-ACME"), [earlier])
    member, reorder = nord.member(ALICE), nord.house.accounts.reorder

    plan = reorder.plan(member, earlier.summary.id)

    assert [line.outcome for line in plan.lines] == [Outcome.ADDED, Outcome.SKIPPED]
    assert plan.lines[1].reasons == (Reason.NO_PRICE,)
    assert sum(plan.count(outcome) for outcome in Outcome) == len(earlier.lines)
    assert reorder.cart(member) == ()

    put = reorder.commit(member, plan.token)

    assert [(line.article, line.quantity, line.price) for line in put] == [
        (X1, Decimal(12), euro("9.90"))
    ]
    assert reorder.cart(member) == put


def test_o1_chosen_lines_are_copied_and_twice_is_once(nord: Shop) -> None:
    """Only what was chosen goes in; a second click on the same plan adds nothing."""
    nord.activate(ALICE)
    list_for_dealers(nord, ("X1", "9.90"), ("X2", "2.00"))
    earlier = order("acme-1", clock=nord.house.clock, articles={"X1": "12", "X2": "1"})
    nord.keep_orders(nord.customer("E-ACME"), [earlier])
    member, reorder = nord.member(ALICE), nord.house.accounts.reorder

    plan = reorder.plan(member, earlier.summary.id, [earlier.lines[1].id])
    first, second = reorder.commit(member, plan.token), reorder.commit(member, plan.token)

    assert (second, reorder.cart(member)) == ((), first)
    assert [(line.article, line.quantity) for line in first] == [(X2, Decimal(1))]


def test_o1_a_price_that_changed_since_the_plan_is_shown_before_it_is_paid(nord: Shop) -> None:
    """The commit refuses, hands over the plan as it is now, and leaves the cart alone."""
    nord.activate(ALICE)
    listed = nord.price_list("dealers", [price("X1", "9.90")])
    desk = nord.house.accounts.price_desk
    desk.attach_to_group(nord.staff, listed, nord.group("dealers"))
    earlier = order("acme-1", clock=nord.house.clock, articles={"X1": "12"})
    nord.keep_orders(nord.customer("E-ACME"), [earlier])
    member, reorder = nord.member(ALICE), nord.house.accounts.reorder
    plan = reorder.plan(member, earlier.summary.id)

    desk.replace_prices(nord.staff, listed, [price("X1", "11.00")])
    with pytest.raises(PlanChanged) as changed:
        reorder.commit(member, plan.token)

    assert isinstance(changed.value, Conflict)
    assert reorder.cart(member) == ()
    (line,) = reorder.commit(member, changed.value.plan.token)
    assert line.price == euro("11.00")
