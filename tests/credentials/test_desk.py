"""What staff do about one login: block it, and let it in again."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest

from custaccount import Member, Permission
from custaccount.credentials import SessionOver, SignInRefused, UserState
from custaccount.credentials.desk import Login
from custaccount.credentials.model import UserNotFound
from custaccount.facilities.signing import TokenInvalid
from custaccount.kernel.access import STAFF_PERMISSIONS, PermissionMissing
from custaccount.kernel.errors import InvalidFields
from custaccount.kernel.events import Change
from custaccount.kernel.ids import UserId
from custaccount.membership import MembershipOver
from tests.house import ALICE, BOB, OTHER_PASSWORD, Shop, everything_in, how_often

CARL, MOVED = "carl@acme.example", "alice@moved.example"


@pytest.fixture
def alice(nord: Shop) -> Member:
    """Acme's first user, who acts for Beta as well."""
    for email in (ALICE, BOB):
        nord.activate(email)
    nord.colleague_of(nord.member(BOB), ALICE)
    return nord.member(ALICE, customer=nord.customer("E-ACME").id)


def block(shop: Shop, user: UserId, reason: str = "stolen") -> Login:
    """Let staff block a login."""
    return shop.house.accounts.login_desk.block(shop.staff, user, reason=reason)


def test_every_session_of_a_blocked_user_is_over(nord: Shop, alice: Member) -> None:
    """At once, for every company; the password is right and lets nobody in."""
    accounts, token, session = nord.house.accounts, nord.sign_in(ALICE), nord.session(ALICE)

    found = block(nord, alice.user)

    assert found == Login(
        user=alice.user, name="Alice", email=nord.user(ALICE).email, state=UserState.BLOCKED
    )
    with pytest.raises(SessionOver):
        accounts.sessions.resume(nord.guest, token)
    assert accounts.acting.choices(session) == ()
    with pytest.raises(SignInRefused):
        nord.sign_in(ALICE)
    with pytest.raises(MembershipOver):
        accounts.users.leave(alice)


def test_every_link_that_was_mailed_is_dead(nord: Shop, alice: Member) -> None:
    """To reset the password, and to confirm another address; let in again they stay dead."""
    accounts = nord.house.accounts
    accounts.password_reset.request(nord.guest, ALICE)
    reset = nord.house.token_for(ALICE)
    accounts.email_change.request(nord.person(ALICE), MOVED)
    change = nord.house.token_for(MOVED)

    block(nord, alice.user)
    accounts.login_desk.unblock(nord.staff, alice.user)

    with pytest.raises(TokenInvalid):
        accounts.password_reset.set_password(nord.guest, reset, OTHER_PASSWORD)
    with pytest.raises(TokenInvalid):
        accounts.email_change.confirm(nord.guest, change)
    assert nord.sign_in(ALICE)


def test_nobody_else_and_no_company_is_touched(nord: Shop, alice: Member) -> None:
    """Memberships stay as they are, of the blocked user too; other users' sessions go on."""
    carl = nord.colleague_of(alice, CARL)
    session, line = nord.session(CARL), nord.line(alice.customer, ALICE)

    block(nord, alice.user)

    assert nord.house.accounts.acting.member(session) == carl
    assert nord.line(alice.customer, ALICE).membership == line.membership
    assert nord.member(BOB)


def test_let_in_again_everything_is_as_it_was(nord: Shop, alice: Member) -> None:
    """With the password it had, for the same companies; sessions from before stay over."""
    token = nord.sign_in(ALICE)
    block(nord, alice.user)

    found = nord.house.accounts.login_desk.unblock(nord.staff, alice.user)

    assert found.state is UserState.ACTIVE
    with pytest.raises(SessionOver):
        nord.house.accounts.sessions.resume(nord.guest, token)
    assert nord.member(ALICE, customer=alice.customer) == alice
    assert len(nord.house.accounts.acting.choices(nord.session(ALICE))) == 2


def test_both_are_told_once_with_the_reason(nord: Shop, alice: Member) -> None:
    """Twice is once: whoever is blocked stays so, and who is in stays in."""
    desk = nord.house.accounts.login_desk
    for _ in range(2):
        block(nord, alice.user, "  stolen laptop ")
    blocked = nord.house.accounts.audit.latest(nord.staff, about=alice.user).items[0]
    for _ in range(2):
        desk.unblock(nord.staff, alice.user)

    assert blocked.facts["reason"] == "stolen laptop"
    assert blocked.changes == (Change(field="state", before="active", after="blocked"),)
    assert how_often(nord.house.storage, "credentials.user_blocked") == 1
    assert how_often(nord.house.storage, "credentials.user_unblocked") == 1
    assert desk.look(nord.staff, alice.user).state is UserState.ACTIVE


@pytest.mark.parametrize("reason", ["", " ", "x" * 501, "a\0b"])
def test_a_block_has_a_reason(nord: Shop, alice: Member, reason: str) -> None:
    """Nothing happens without one."""
    before = everything_in(nord.house.storage)

    with pytest.raises(InvalidFields):
        block(nord, alice.user, reason)

    assert everything_in(nord.house.storage) == before


def calls(shop: Shop, user: UserId) -> tuple[Callable[[], object], ...]:
    """List every verb of the desk."""
    desk, staff = shop.house.accounts.login_desk, shop.staff
    return (
        lambda: desk.look(staff, user),
        lambda: desk.block(staff, user, reason="so"),
        lambda: desk.unblock(staff, user),
    )


def test_another_sellers_login_is_not_found(nord: Shop, sued: Shop, alice: Member) -> None:
    """Nor one of nobody's."""
    for shop, user in ((sued, alice.user), (nord, UserId("nobody"))):
        for call in calls(shop, user):
            with pytest.raises(UserNotFound):
                call()
    assert nord.sign_in(ALICE)


def test_only_who_manages_accounts_blocks_a_login(nord: Shop, alice: Member) -> None:
    """Every other permission of staff together is not enough."""
    others = STAFF_PERMISSIONS - {Permission.MANAGE_ACCOUNTS}
    nord.staff = attrs.evolve(nord.staff, permissions=others)

    for call in calls(nord, alice.user):
        with pytest.raises(PermissionMissing):
            call()
