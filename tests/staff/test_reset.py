"""A new staff password by mail: once, for an hour, and nothing shows who is staff."""

from __future__ import annotations

from datetime import timedelta

import pytest

from custaccount.facilities.signing import TokenInvalid
from custaccount.kernel.errors import InvalidFields
from custaccount.kernel.ids import BearerToken
from custaccount.kernel.text import EmailInvalid
from custaccount.staff import StaffSessionOver, StaffSignInRefused
from custaccount.staff.model import RESET_LIFETIME
from tests.house import (
    ALICE,
    IDA,
    OLE,
    OTHER_PASSWORD,
    PASSWORD,
    STAFF_PASSWORD,
    Shop,
    everything_in,
    how_often,
)

SECOND, TICK = timedelta(seconds=1), timedelta(microseconds=1)


@pytest.fixture
def nord_of_ida(nord: Shop) -> Shop:
    """The first seller, where Ida is staff and Alice a customer."""
    nord.appoint(IDA)
    nord.appoint(OLE)
    nord.activate(ALICE)
    nord.house.accounts.relay()
    nord.house.mailer.sent.clear()
    nord.house.clock.advance(SECOND)
    return nord


def asked(shop: Shop, email: str = IDA) -> BearerToken:
    """Ask for a new staff password and open the mail."""
    shop.house.accounts.staff_password_reset.request(shop.guest, email)
    return shop.house.token_for(email)


def test_a_forgotten_staff_password_is_replaced_by_a_link(nord_of_ida: Shop) -> None:
    """It signs nobody in, ends every session, and works once; the page is the staff's."""
    shop, reset = nord_of_ida, nord_of_ida.house.accounts.staff_password_reset
    session = shop.staff_sign_in(IDA)
    shop.house.clock.advance(SECOND)
    token = asked(shop)

    assert reset.look(shop.guest, token).key == IDA
    assert "/customer-center/staff/password?token=" in shop.house.link_to(IDA)
    reset.set_password(shop.guest, token, OTHER_PASSWORD)

    with pytest.raises(StaffSessionOver):
        shop.house.accounts.staff_sessions.resume(shop.guest, session)
    with pytest.raises(TokenInvalid):
        reset.set_password(shop.guest, token, STAFF_PASSWORD)
    with pytest.raises(StaffSignInRefused):
        shop.staff_sign_in(IDA, STAFF_PASSWORD)
    assert shop.staff_sign_in(IDA, OTHER_PASSWORD)


def test_the_link_lives_one_hour(nord_of_ida: Shop) -> None:
    """Good until just before, dead at it."""
    shop, reset = nord_of_ida, nord_of_ida.house.accounts.staff_password_reset
    token = asked(shop)

    shop.house.clock.advance(RESET_LIFETIME - TICK)
    reset.look(shop.guest, token)
    shop.house.clock.advance(TICK)
    with pytest.raises(TokenInvalid):
        reset.set_password(shop.guest, token, OTHER_PASSWORD)


def test_only_staff_get_a_mail_and_the_answer_is_the_same(nord_of_ida: Shop) -> None:
    """A customer's address, nobody's and a blocked one's: no mail, and as many events."""
    shop = nord_of_ida
    shop.house.accounts.staff_desk.block(shop.staff, shop.colleague(OLE).id)

    for email in (IDA, ALICE, OLE, "nobody@nord.example"):
        assert shop.house.accounts.staff_password_reset.request(shop.guest, email) is None
    shop.house.accounts.relay()

    assert [mail.to.key for mail in shop.house.mailer.sent] == [IDA]
    assert how_often(shop.house.storage, "staff.reset_requested") == 4
    with pytest.raises(EmailInvalid):
        shop.house.accounts.staff_password_reset.request(shop.guest, "no address")


@pytest.mark.parametrize(
    "event", ["a sign-in", "a newer link", "a block", "a password handed over", "a new password"]
)
def test_a_link_dies_with_what_it_was_about(nord_of_ida: Shop, event: str) -> None:
    """Whatever makes it needless or wrong ends it."""
    shop, accounts = nord_of_ida, nord_of_ida.house.accounts
    session = shop.staff_sign_in(IDA)
    shop.house.clock.advance(SECOND)
    token, member = asked(shop), shop.colleague(IDA).id
    shop.house.clock.advance(SECOND)
    match event:
        case "a sign-in":
            shop.staff_sign_in(IDA)
        case "a newer link":
            asked(shop)
        case "a block":
            accounts.staff_desk.block(shop.staff, member)
        case "a password handed over":
            accounts.staff_desk.new_password(shop.staff, member)
        case _:
            accounts.staff_sessions.change_password(
                shop.guest, session, STAFF_PASSWORD, OTHER_PASSWORD
            )

    with pytest.raises(TokenInvalid):
        accounts.staff_password_reset.set_password(shop.guest, token, PASSWORD)


def test_a_reset_does_not_unblock(nord_of_ida: Shop) -> None:
    """A link asked for before the block is dead; unblocked, the password is still the old one."""
    shop, desk = nord_of_ida, nord_of_ida.house.accounts.staff_desk
    token, member = asked(shop), shop.colleague(IDA)
    desk.block(shop.staff, member.id)
    before = everything_in(shop.house.storage)

    with pytest.raises(TokenInvalid):
        shop.house.accounts.staff_password_reset.set_password(shop.guest, token, OTHER_PASSWORD)

    assert everything_in(shop.house.storage) == before


def test_a_refused_password_leaves_the_link_good(nord_of_ida: Shop) -> None:
    """Nothing half done: the person types another one."""
    shop, reset = nord_of_ida, nord_of_ida.house.accounts.staff_password_reset
    token = asked(shop)

    for weak in ("kurz", "password1234", IDA):
        with pytest.raises(InvalidFields):
            reset.set_password(shop.guest, token, weak)

    reset.set_password(shop.guest, token, OTHER_PASSWORD)


def test_a_link_is_good_in_its_realm_and_for_its_kind_only(nord_of_ida: Shop, sued: Shop) -> None:
    """A customer's link sets no staff password, and a staff link no customer's."""
    shop, accounts = nord_of_ida, nord_of_ida.house.accounts
    token = asked(shop)
    accounts.password_reset.request(shop.guest, ALICE)
    customers = shop.house.token_for(ALICE)

    with pytest.raises(TokenInvalid):
        accounts.staff_password_reset.set_password(sued.guest, token, OTHER_PASSWORD)
    with pytest.raises(TokenInvalid):
        accounts.password_reset.set_password(shop.guest, token, OTHER_PASSWORD)
    with pytest.raises(TokenInvalid):
        accounts.first_sign_in.activate(shop.guest, token, OTHER_PASSWORD)
    with pytest.raises(TokenInvalid):
        accounts.staff_password_reset.set_password(shop.guest, customers, OTHER_PASSWORD)

    accounts.staff_password_reset.set_password(shop.guest, token, OTHER_PASSWORD)
    accounts.password_reset.set_password(shop.guest, customers, OTHER_PASSWORD)
