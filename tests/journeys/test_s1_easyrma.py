"""What the EasyRMA key-account portal promises: its own path, and a forgotten password."""

from __future__ import annotations

from datetime import timedelta

import pytest

from custaccount import CustAccountError, InvalidInput, Language, NotAllowed, NotFound
from custaccount.credentials import SessionOver
from custaccount.kernel.access import Permission
from custaccount.kernel.ids import SessionToken, StaffToken
from custaccount.portals import return_path
from custaccount.staff import StaffPasswordDue, StaffSessionOver
from tests.house import ALICE, BOB, IDA, OTHER_PASSWORD, PASSWORD, STAFF_PASSWORD, Shop


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
