"""What the EasyRMA key-account portal promises: access on request, my password, my data."""

from __future__ import annotations

from datetime import timedelta

import pytest

from custaccount import Conflict, CustAccountError, InvalidInput, Language, NotAllowed, NotFound
from custaccount.credentials import SessionOver, Theme
from custaccount.kernel.access import Permission, SignInTooOld
from custaccount.kernel.ids import MembershipId, OrderId, SessionToken, StaffToken
from custaccount.membership import (
    ADMINISTRATOR,
    BUYER,
    CustomerNotChosen,
    InvitationExpired,
    LastAdministrator,
    MembershipOver,
    MembershipState,
    Standing,
)
from custaccount.portals import ActivationMode, RegistrationMode, return_path
from custaccount.registration import RegistrationClosed
from custaccount.staff import StaffPasswordDue, StaffSessionOver
from tests.house import (
    ALICE,
    BOB,
    IDA,
    OTHER_PASSWORD,
    PASSWORD,
    STAFF_PASSWORD,
    Shop,
    history,
    price,
)
from tests.registration.people import (
    NINA,
    OTTO,
    activate,
    decide,
    letters_to,
    mails_to,
    register,
    waiting,
)


def test_p1_a_portal_is_found_by_its_path(nord: Shop) -> None:
    """``/customer-center`` is the portal's, with or without a slash at the end."""
    portals = nord.house.accounts.portals

    assert portals.at_path("/customer-center").id == nord.portal.id
    assert portals.at_path("/customer-center/").id == nord.portal.id
    for other in ("/customer-centre", "/", "", "customer-center", "/customer-center/orders"):
        with pytest.raises(NotFound):
            portals.at_path(other)


def test_p1_a_deep_link_opened_signed_out_comes_back_after_sign_in(nord: Shop) -> None:
    """Where the visitor wanted to go is kept if it lies in the portal, and nowhere else."""
    within = nord.portal.path
    assert within is not None
    nord.activate(ALICE)

    wanted = return_path("/customer-center/orders/A-7?tab=lines", within=within)
    nord.sign_in(ALICE)

    assert wanted == "/customer-center/orders/A-7?tab=lines"
    assert return_path("//evil.example/customer-center", within=within) is None


# P · Portal -------------------------------------------------------------------------------------


def test_p3_a_language_is_switched_at_any_moment_and_remembered(nord: Shop) -> None:
    """On every device of the person's, and in the mails; another person's stays."""
    nord.activate(ALICE)
    nord.activate(BOB)
    accounts, alice = nord.house.accounts, nord.person(ALICE)

    accounts.profile.prefer(alice, language=Language.SV)

    assert nord.person(ALICE).language is Language.SV
    assert nord.member(ALICE).language is Language.SV
    assert nord.member(BOB).language is Language.EN
    accounts.own_password.change(nord.person(ALICE), PASSWORD, OTHER_PASSWORD)
    accounts.relay()
    assert nord.house.mailer.newest(ALICE).language is Language.SV


def test_p4_light_dark_or_as_the_device_says_is_remembered_per_person(nord: Shop) -> None:
    """At first as the device says; a choice leaves the language as it is."""
    nord.activate(ALICE)
    nord.activate(BOB)
    profile, alice = nord.house.accounts.profile, nord.person(ALICE)
    before = profile.look(alice)

    profile.prefer(alice, theme=Theme.DARK)

    after = profile.look(nord.person(ALICE))
    assert (before.theme, after.theme) == (Theme.AUTO, Theme.DARK)
    assert after.language is before.language
    assert profile.look(nord.person(BOB)).theme is Theme.AUTO


# R · Registration -------------------------------------------------------------------------------


def test_r3_an_open_portal_lets_in_whoever_proves_an_address(shop: Shop) -> None:
    """Nobody decides: the link is mailed at once."""
    register(shop, NINA)

    assert letters_to(shop, NINA) == ["registration.confirm"]
    activate(shop, shop.house.token_for(NINA))
    assert shop.member(NINA)


def test_r3_access_is_requested_and_approved(shop: Shop) -> None:
    """Nothing but a receipt is mailed before; then the link proves the address."""
    decide(shop, registration=RegistrationMode.RELEASED)
    register(shop, NINA)
    assert letters_to(shop, NINA) == ["registration.requested"]
    assert "token=" not in mails_to(shop, NINA)[0].plain

    (asked,) = waiting(shop)
    assert shop.house.accounts.registration_desk.release(shop.staff, asked.id) is None
    activate(shop, shop.house.token_for(NINA))

    assert shop.user(NINA).email_proven is not None
    assert shop.member(NINA)
    assert waiting(shop) == ()


def test_r3_access_is_approved_with_a_password_where_staff_set_it(shop: Shop) -> None:
    """No link: the password is handed over, and the address is not proven."""
    decide(shop, registration=RegistrationMode.RELEASED, activation=ActivationMode.STAFF_PASSWORD)
    register(shop, NINA)

    (asked,) = waiting(shop)
    given = shop.house.accounts.registration_desk.release(shop.staff, asked.id)

    assert given is not None
    assert given.login == NINA
    assert shop.sign_in(NINA, given.password)
    assert shop.user(NINA).email_proven is None
    assert all("token=" not in mail.plain for mail in mails_to(shop, NINA))


def test_r3_who_is_rejected_hears_why_and_may_apply_again(shop: Shop) -> None:
    """The second request is looked at anew."""
    decide(shop, registration=RegistrationMode.RELEASED)
    desk = shop.house.accounts.registration_desk
    register(shop, NINA)

    (first,) = waiting(shop)
    desk.reject(shop.staff, first.id, reason="We only sell to joineries.")
    assert "We only sell to joineries." in mails_to(shop, NINA)[-1].plain
    assert waiting(shop) == ()

    register(shop, NINA, company="New Joinery")
    (second,) = waiting(shop)
    desk.release(shop.staff, second.id)
    activate(shop, shop.house.token_for(NINA))
    assert shop.house.accounts.company.look(shop.member(NINA)).answers["company"] == "New Joinery"


def test_r3_by_invitation_only(nord: Shop) -> None:
    """A visitor can't register; who is invited comes in."""
    with pytest.raises(RegistrationClosed):
        register(nord, NINA)

    accounts, acme = nord.house.accounts, nord.customer("E-ACME").id
    accounts.member_desk.invite(nord.staff, nord.portal.id, acme, email=NINA, name="Nina")
    token = nord.house.token_for(NINA)
    assert accounts.invited.look(nord.guest, token).customer_name == "Acme Ltd"
    accounts.invited.activate(nord.guest, token, PASSWORD)

    assert nord.member(NINA).customer == acme


# L · Sign-in ------------------------------------------------------------------------------------


def test_l2_a_forgotten_password_is_replaced_by_a_link_in_a_mail(nord: Shop) -> None:
    """Ask, open the link, choose a new password: the old one and the old session are over."""
    nord.activate(ALICE)
    accounts, guest = nord.house.accounts, nord.guest
    session = nord.sign_in(ALICE)
    nord.house.clock.advance(timedelta(minutes=1))

    accounts.password_reset.request(guest, ALICE)
    token = nord.house.token_for(ALICE)
    assert accounts.password_reset.look(guest, token).key == ALICE
    accounts.password_reset.set_password(guest, token, OTHER_PASSWORD)

    assert nord.member(ALICE, OTHER_PASSWORD)
    with pytest.raises(NotAllowed):
        nord.sign_in(ALICE, PASSWORD)
    with pytest.raises(NotAllowed):
        accounts.sessions.resume(guest, session)


def test_l2_the_link_is_single_use_and_lives_one_hour(nord: Shop) -> None:
    """Good until just before the hour is over, dead at it, and dead once it was used."""
    nord.activate(ALICE)
    accounts, guest, clock = nord.house.accounts, nord.guest, nord.house.clock
    accounts.password_reset.request(guest, ALICE)
    token = nord.house.token_for(ALICE)

    clock.advance(timedelta(hours=1) - timedelta(microseconds=1))
    accounts.password_reset.look(guest, token)
    clock.advance(timedelta(microseconds=1))
    with pytest.raises(InvalidInput):
        accounts.password_reset.set_password(guest, token, OTHER_PASSWORD)

    accounts.password_reset.request(guest, ALICE)
    fresh = nord.house.token_for(ALICE)
    accounts.password_reset.set_password(guest, fresh, OTHER_PASSWORD)
    with pytest.raises(InvalidInput):
        accounts.password_reset.set_password(guest, fresh, PASSWORD)


def test_l2_the_answer_is_the_same_for_an_unknown_address(nord: Shop) -> None:
    """Nothing shows whether there is an account; only who has one gets a mail."""
    nord.activate(ALICE)
    nord.house.mailer.sent.clear()
    reset = nord.house.accounts.password_reset

    for address in (ALICE, "nobody@acme.example", BOB):
        assert reset.request(nord.guest, address) is None

    nord.house.accounts.relay()
    assert [mail.to.key for mail in nord.house.mailer.sent] == [ALICE]


def test_l2_the_owner_is_told_that_the_password_has_changed(nord: Shop) -> None:
    """Whoever set it, the mail address hears of it, in the user's language."""
    nord.activate(ALICE)
    accounts = nord.house.accounts
    accounts.password_reset.request(nord.guest, ALICE)
    accounts.password_reset.set_password(nord.guest, nord.house.token_for(ALICE), OTHER_PASSWORD)
    accounts.relay()

    told = nord.house.mailer.newest(ALICE)
    assert "token=" not in told.plain
    assert ALICE in told.plain
    assert told.language is Language.DE


def test_l3_a_link_for_a_new_password_is_sent_to_oneself(nord: Shop) -> None:
    """From "My data", without the current password; every session is over then."""
    nord.activate(ALICE)
    accounts, guest = nord.house.accounts, nord.guest
    here, there = nord.sign_in(ALICE), nord.sign_in(ALICE)
    nord.house.clock.advance(timedelta(minutes=1))

    accounts.own_password.mail_link(accounts.sessions.person(guest, here))
    token = nord.house.token_for(ALICE)
    accounts.password_reset.set_password(guest, token, OTHER_PASSWORD)

    for session in (here, there):
        with pytest.raises(SessionOver):
            accounts.sessions.resume(guest, session)
    assert nord.sign_in(ALICE, OTHER_PASSWORD)


# C · My data ------------------------------------------------------------------------------------


def test_c1_a_person_sees_and_changes_its_profile(nord: Shop) -> None:
    """Name and telephone; two windows do not overwrite each other."""
    nord.activate(ALICE)
    profile, alice = nord.house.accounts.profile, nord.person(ALICE)
    seen = profile.look(alice)

    kept = profile.change(alice, name="Alice Ash", phone="+49 40 123456", version=seen.version)

    assert (kept.name, kept.phone) == ("Alice Ash", "+4940123456")
    assert profile.look(alice) == kept
    with pytest.raises(Conflict):
        profile.change(alice, name="Late", phone="", version=seen.version)
    with pytest.raises(InvalidInput):
        profile.change(alice, name="", phone="call me", version=kept.version)


def test_c1_a_new_mail_address_is_proven_before_it_counts(nord: Shop) -> None:
    """The link goes to the new address; then one signs in with that, and no longer the old one."""
    nord.activate(ALICE)
    accounts, guest = nord.house.accounts, nord.guest

    accounts.email_change.request(nord.person(ALICE), NINA)
    assert nord.sign_in(ALICE)
    accounts.email_change.confirm(guest, nord.house.token_for(NINA))

    assert nord.sign_in(NINA)
    with pytest.raises(NotAllowed):
        nord.sign_in(ALICE)


def test_c1_the_old_address_can_take_the_change_back(nord: Shop) -> None:
    """It is told, with a link that undoes it; whoever knew the password needs a new one."""
    nord.activate(ALICE)
    accounts, guest = nord.house.accounts, nord.guest
    accounts.email_change.request(nord.person(ALICE), OTTO)
    accounts.email_change.confirm(guest, nord.house.token_for(OTTO))

    undo = nord.house.token_for(ALICE)
    assert accounts.email_change.look_undo(guest, undo).key == ALICE
    accounts.email_change.undo(guest, undo)

    for address in (OTTO, ALICE):
        with pytest.raises(NotAllowed):
            nord.sign_in(address)
    accounts.password_reset.set_password(guest, nord.house.token_for(ALICE), OTHER_PASSWORD)
    assert nord.sign_in(ALICE, OTHER_PASSWORD)


def test_c1_moving_to_another_address_takes_a_fresh_password(nord: Shop) -> None:
    """A quarter of an hour after signing in it is asked for again."""
    nord.activate(ALICE)
    accounts, token = nord.house.accounts, nord.sign_in(ALICE)
    nord.house.clock.advance(timedelta(minutes=15))
    alice = accounts.sessions.person(nord.guest, token)

    with pytest.raises(SignInTooOld):
        accounts.email_change.request(alice, NINA)

    accounts.sessions.confirm(alice, PASSWORD)
    accounts.email_change.request(accounts.sessions.person(nord.guest, token), NINA)
    assert nord.house.token_for(NINA)


# P · Staff --------------------------------------------------------------------------------------


def test_p6_staff_sign_in_apart_from_customers(nord: Shop) -> None:
    """Appointed with a password for the first day, changed at once; no customer's login is one."""
    accounts, guest = nord.house.accounts, nord.guest
    nord.activate(ALICE)
    made = accounts.staff_desk.appoint(
        nord.staff, email=IDA, name="Ida Berg", permissions=[Permission.MANAGE_PRICES]
    )

    first = accounts.staff_sign_in.sign_in(guest, IDA, made.password)
    with pytest.raises(StaffPasswordDue):
        accounts.staff_sessions.resume(guest, first)
    token = accounts.staff_sessions.change_password(guest, first, made.password, STAFF_PASSWORD)

    ida = accounts.staff_sessions.resume(guest, token)
    assert ida.name == "Ida Berg"
    assert accounts.price_desk.create_list(ida, key="spring", name="Spring")
    with pytest.raises(NotAllowed):
        accounts.portal_desk.all(ida)
    for email, password in ((ALICE, PASSWORD), (IDA, made.password)):
        with pytest.raises(NotAllowed):
            accounts.staff_sign_in.sign_in(guest, email, password)
    with pytest.raises(NotAllowed):
        nord.sign_in(IDA, STAFF_PASSWORD)


def test_p6_a_staff_session_is_never_a_customers(nord: Shop) -> None:
    """In one browser both may be signed in; neither is the other, and each ends by itself."""
    accounts, guest = nord.house.accounts, nord.guest
    nord.activate(ALICE)
    nord.appoint(IDA)
    staffs, customers = nord.staff_sign_in(IDA), nord.sign_in(ALICE)

    with pytest.raises(SessionOver):
        accounts.sessions.resume(guest, SessionToken(staffs))
    with pytest.raises(StaffSessionOver):
        accounts.staff_sessions.resume(guest, StaffToken(customers))

    accounts.staff_sessions.end(guest, staffs)
    assert accounts.sessions.resume(guest, customers)
    with pytest.raises(StaffSessionOver):
        accounts.staff_sessions.resume(guest, staffs)


def test_p6_who_is_blocked_or_loses_a_right_loses_it_at_once(nord: Shop) -> None:
    """In the call that is under way, and in every one after it."""
    accounts, guest = nord.house.accounts, nord.guest
    nord.appoint(IDA, Permission.MANAGE_PRICES)
    token = nord.staff_sign_in(IDA)
    ida = accounts.staff_sessions.resume(guest, token)

    accounts.staff_desk.grant(nord.staff, ida.id, [Permission.READ_AUDIT])
    with pytest.raises(CustAccountError):
        accounts.price_desk.create_list(ida, key="spring", name="Spring")
    ida = accounts.staff_sessions.resume(guest, token)
    assert accounts.audit.latest(ida).items

    accounts.staff_desk.block(nord.staff, ida.id)
    with pytest.raises(StaffSessionOver):
        accounts.staff_sessions.resume(guest, token)


def test_p6_a_forgotten_staff_password_is_replaced_by_a_link_in_a_mail(nord: Shop) -> None:
    """For staff only, once, within an hour."""
    accounts, guest = nord.house.accounts, nord.guest
    nord.appoint(IDA)
    nord.house.clock.advance(timedelta(minutes=1))

    accounts.staff_password_reset.request(guest, IDA)
    token = nord.house.token_for(IDA)
    accounts.staff_password_reset.set_password(guest, token, OTHER_PASSWORD)

    assert nord.staff_sign_in(IDA, OTHER_PASSWORD)
    with pytest.raises(InvalidInput):
        accounts.staff_password_reset.set_password(guest, token, STAFF_PASSWORD)


# M · The users of a company ---------------------------------------------------------------------


def joined(shop: Shop, by: str, email: str, name: str = "") -> MembershipId:
    """Let an administrator add somebody, who accepts with a password; returns the membership."""
    accounts = shop.house.accounts
    accounts.users.invite(shop.member(by), email=email, name=name, roles=[BUYER])
    accounts.invited.activate(shop.guest, shop.house.token_for(email), PASSWORD)
    return shop.member(email).membership


def test_m1_an_administrator_adds_a_user_who_gets_a_mail_and_signs_in(nord: Shop) -> None:
    """In one operation; the person chooses a password, or has one made."""
    nord.activate(ALICE)
    accounts, alice = nord.house.accounts, nord.member(ALICE)

    accounts.users.invite(alice, email=OTTO, name="Otto", roles=[BUYER])
    (asked,) = accounts.users.all(alice).invitations
    assert (asked.email.text, asked.name, asked.issued) == (OTTO, "Otto", nord.house.clock())
    assert letters_to(nord, OTTO) == ["registration.invitation"]

    made = accounts.own_password.suggest(nord.guest)
    accounts.invited.activate(nord.guest, nord.house.token_for(OTTO), made)
    accounts.acting.enter(nord.session(OTTO, made))

    listed = accounts.users.all(alice)
    assert listed.invitations == ()
    otto = next(one for one in listed.users if not one.me)
    assert (otto.name, otto.state, otto.signed_in) == (
        "Otto",
        MembershipState.ACTIVE,
        nord.house.clock(),
    )
    assert [role.id for role in otto.roles] == [BUYER]


def test_m1_adding_looks_the_same_whether_the_person_has_a_login(nord: Shop) -> None:
    """Who has one accepts with it, signed in as nobody else."""
    for email in (ALICE, BOB):
        nord.activate(email)
    accounts, alice = nord.house.accounts, nord.member(ALICE)

    known = accounts.users.invite(alice, email=BOB, roles=[BUYER])
    unknown = accounts.users.invite(alice, email=OTTO, roles=[BUYER])

    assert (known.email.text, known.roles, known.state) == (BOB, unknown.roles, unknown.state)
    token = nord.house.token_for(BOB)
    with pytest.raises(NotAllowed):
        accounts.invited.activate(nord.guest, token, OTHER_PASSWORD)
    with pytest.raises(NotAllowed):
        accounts.invited.accept(nord.person(ALICE), token)
    accounts.invited.accept(nord.person(BOB), token)
    assert len(accounts.acting.choices(nord.session(BOB))) == 2


def test_m1_an_offer_ends_in_time_and_is_renewed(nord: Shop) -> None:
    """Seven days unless the portal says otherwise; sent again it stands anew."""
    nord.activate(ALICE)
    accounts = nord.house.accounts
    asked = accounts.users.invite(nord.member(ALICE), email=OTTO, roles=[BUYER])
    older = nord.house.token_for(OTTO)

    nord.house.clock.advance(timedelta(days=7))
    with pytest.raises(InvitationExpired):
        accounts.invited.look(nord.guest, older)
    accounts.users.resend(nord.member(ALICE), asked.id)
    accounts.invited.activate(nord.guest, nord.house.token_for(OTTO), PASSWORD)

    assert nord.member(OTTO).customer == nord.member(ALICE).customer


def test_m1_an_administrator_removes_a_user(nord: Shop) -> None:
    """At once, though the user is signed in; what the user did stays."""
    nord.activate(ALICE)
    joined(nord, ALICE, OTTO)
    session, otto = nord.session(OTTO), nord.member(OTTO)
    accounts = nord.house.accounts
    nord.house.accounts.address_book.add(otto, ADDRESS)

    accounts.users.remove(nord.member(ALICE), otto.membership)

    with pytest.raises(MembershipOver):
        accounts.acting.member(session)
    with pytest.raises(MembershipOver):
        accounts.address_book.add(otto, ADDRESS)
    assert len(accounts.address_book.all(nord.member(ALICE)).items) == 1
    assert letters_to(nord, OTTO)[-1] == "registration.removed"
    with pytest.raises(LastAdministrator):
        accounts.users.leave(nord.member(ALICE))


ADDRESS = {
    "company": "Branch",
    "street": "Weg 2",
    "postal_code": "20095",
    "town": "Hamburg",
    "country": "DE",
}


def test_m2_who_is_removed_from_one_company_keeps_the_others(nord: Shop) -> None:
    """The login stays, and so do the other companies; adding again restores the one."""
    nord.change("E-BETA", contact="Alice", email=ALICE)
    nord.activate(ALICE)
    accounts, session = nord.house.accounts, nord.session(ALICE)
    acme, beta = nord.customer("E-ACME").id, nord.customer("E-BETA").id
    before = accounts.acting.member(session, acme)
    accounts.member_desk.invite(nord.staff, nord.portal.id, acme, email=OTTO)
    accounts.invited.activate(nord.guest, nord.house.token_for(OTTO), PASSWORD)

    accounts.users.remove(nord.member(OTTO), before.membership)

    with pytest.raises(MembershipOver):
        accounts.acting.member(session, acme)
    assert accounts.acting.member(session).customer == beta
    assert accounts.orders.newest(nord.member(ALICE)).items == ()

    accounts.users.invite(nord.member(OTTO), email=ALICE, roles=[ADMINISTRATOR])
    accounts.invited.accept(nord.person(ALICE), nord.house.token_for(ALICE))
    again = accounts.acting.member(session, acme)
    assert (again.membership, again.user) == (before.membership, before.user)
    assert again.epoch > before.epoch


# L4 · One login, several companies ----------------------------------------------------------------


def named(choices: tuple[Standing, ...]) -> list[str]:
    """Name the companies of a chooser."""
    return [one.customer_name for one in choices]


def test_l4_one_company_needs_no_chooser(nord: Shop) -> None:
    """Who signs in is straight in."""
    nord.activate(ALICE)

    entered = nord.house.accounts.acting.enter(nord.session(ALICE))

    assert entered is not None
    assert entered.customer == nord.customer("E-ACME").id


def test_l4_several_companies_are_chosen_from_and_the_last_one_is_remembered(nord: Shop) -> None:
    """On every device; another choice needs no new sign-in."""
    nord.change("E-BETA", contact="Alice", email=ALICE)
    nord.activate(ALICE)
    acting, session = nord.house.accounts.acting, nord.session(ALICE)
    acme, beta = nord.customer("E-ACME"), nord.customer("E-BETA")
    assert acting.enter(session) is None
    with pytest.raises(CustomerNotChosen):
        acting.member(session)
    assert named(acting.choices(session)) == [acme.name, beta.name]

    assert acting.choose(session, beta.id).customer == beta.id

    elsewhere = nord.session(ALICE)
    assert named(acting.choices(elsewhere)) == [beta.name, acme.name]
    nord.house.clock.advance(timedelta(seconds=1))
    assert acting.choose(elsewhere, acme.id).customer == acme.id
    assert named(acting.choices(session)) == [acme.name, beta.name]


def test_l4_cart_and_lists_are_kept_per_person_and_company(nord: Shop) -> None:
    """Switching shows the other company's alone, and a place in a list is good for its own."""
    nord.change("E-BETA", contact="Alice", email=ALICE)
    nord.activate(ALICE)
    accounts, session = nord.house.accounts, nord.session(ALICE)
    acme, beta = nord.customer("E-ACME"), nord.customer("E-BETA")
    for customer, name in ((acme, "acme"), (beta, "beta")):
        nord.keep_orders(customer, history(name, 51, clock=nord.house.clock))
    listed = nord.price_list("all", [price("X1", "1")])
    accounts.price_desk.attach_to_portal(nord.staff, listed, nord.portal.id)

    for_acme = accounts.acting.choose(session, acme.id)
    accounts.reorder.commit(for_acme, accounts.reorder.plan(for_acme, OrderId("id-acme-0")).token)
    more = accounts.orders.newest(for_acme).more
    for_beta = accounts.acting.choose(session, beta.id)

    assert accounts.reorder.cart(for_beta) == ()
    assert accounts.reorder.cart(for_acme)
    assert accounts.orders.newest(for_acme, more).items
    with pytest.raises(InvalidInput):
        accounts.orders.newest(for_beta, more)
