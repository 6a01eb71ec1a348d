"""Staff sign in apart from customers (P6): what is handed over, what follows, what ends it."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from custaccount import Conflict, InvalidInput, NotAllowed, Staff
from custaccount.credentials import PasswordHash, SessionOver, SignInRefused
from custaccount.kernel.access import STAFF_PERMISSIONS, Permission, PermissionMissing, System
from custaccount.kernel.errors import InvalidFields, StorageUnavailable
from custaccount.kernel.ids import SessionToken, StaffToken
from custaccount.portals import PortalNotFound
from custaccount.staff import (
    StaffMember,
    StaffPasswordDue,
    StaffSessionOver,
    StaffSignInRefused,
)
from custaccount.staff.desk import Handed
from custaccount.staff.model import INITIAL_LIFETIME, SESSION_IDLE, SESSION_LONGEST
from tests.house import (
    ALICE,
    EUR,
    IDA,
    OLE,
    OTHER_PASSWORD,
    PASSWORD,
    STAFF_PASSWORD,
    Shop,
    everything_in,
    how_often,
)

TICK = timedelta(microseconds=1)
WRONG = "a wrong guess indeed"


def appointed(shop: Shop, email: str = IDA) -> Handed:
    """Appoint somebody who has not signed in yet."""
    desk = shop.house.accounts.staff_desk
    return desk.appoint(shop.staff, email=email, name="Ida", permissions=STAFF_PERMISSIONS)


def change(shop: Shop, member: StaffMember) -> None:
    """Keep a staff member past all services, as a disaster or an import would."""
    with shop.house.storage.begin(System(realm=shop.realm, job="test")) as work:
        work.staff.save(shop.scope, member)
        work.commit()


# The password that is handed over ---------------------------------------------------------------


def test_with_the_handed_password_nothing_can_be_done_but_change_it(nord: Shop) -> None:
    """Case 12: the session is good for that alone, and is another one afterwards."""
    made, sessions = appointed(nord), nord.house.accounts.staff_sessions
    token = nord.staff_sign_in(IDA, made.password)

    with pytest.raises(StaffPasswordDue):
        sessions.resume(nord.guest, token)
    newer = sessions.change_password(nord.guest, token, made.password, STAFF_PASSWORD)

    assert newer != token
    assert sessions.resume(nord.guest, newer).permissions == STAFF_PERMISSIONS
    with pytest.raises(StaffSessionOver):
        sessions.resume(nord.guest, token)
    with pytest.raises(StaffSignInRefused):
        nord.staff_sign_in(IDA, made.password)
    assert nord.staff_sign_in(IDA, STAFF_PASSWORD)


def test_the_handed_password_is_dead_after_a_day(nord: Shop) -> None:
    """Exactly: it lets in a moment before, and not at the border; nor can it be changed then."""
    made, sessions = appointed(nord), nord.house.accounts.staff_sessions
    nord.house.clock.advance(INITIAL_LIFETIME - TICK)
    token = nord.staff_sign_in(IDA, made.password)

    nord.house.clock.advance(TICK)

    with pytest.raises(StaffSignInRefused):
        nord.staff_sign_in(IDA, made.password)
    with pytest.raises(StaffSignInRefused):
        sessions.change_password(nord.guest, token, made.password, STAFF_PASSWORD)


def test_the_handed_password_can_not_be_kept(nord: Shop) -> None:
    """Case 13: the same again is refused, and so is a weak one; nothing changes."""
    made, sessions = appointed(nord), nord.house.accounts.staff_sessions
    token = nord.staff_sign_in(IDA, made.password)
    before = everything_in(nord.house.storage)

    for wrong in (made.password, "kurz", "password1234", "Portal Nord Ida"):
        with pytest.raises(InvalidFields):
            sessions.change_password(nord.guest, token, made.password, wrong)

    assert everything_in(nord.house.storage) == before


def test_the_handed_password_can_be_renewed(nord: Shop) -> None:
    """Staff hand another one over: the first is dead, every session is over, a day begins again."""
    first, sessions = appointed(nord), nord.house.accounts.staff_sessions
    token = nord.staff_sign_in(IDA, first.password)
    nord.house.clock.advance(INITIAL_LIFETIME)

    second = nord.house.accounts.staff_desk.new_password(nord.staff, first.member.id)

    assert second.password != first.password
    with pytest.raises(StaffSignInRefused):
        nord.staff_sign_in(IDA, first.password)
    with pytest.raises(StaffSessionOver):
        sessions.change_password(nord.guest, token, first.password, STAFF_PASSWORD)
    assert nord.staff_sign_in(IDA, second.password)
    assert how_often(nord.house.storage, "staff.password_handed") == 1


def test_the_password_is_shown_once_and_kept_nowhere(nord: Shop) -> None:
    """Not in what is stored, told or printed."""
    made = appointed(nord)
    nord.house.accounts.relay()

    assert made.password not in repr(made)
    assert made.password not in repr(everything_in(nord.house.storage))
    assert all(made.password not in mail.plain for mail in nord.house.mailer.sent)


# Signing in -------------------------------------------------------------------------------------


def test_staff_and_customers_do_not_share_logins(nord: Shop) -> None:
    """The same address may be both; neither password opens the other's door."""
    nord.activate(ALICE)
    nord.appoint(ALICE)

    with pytest.raises(StaffSignInRefused):
        nord.staff_sign_in(ALICE, PASSWORD)
    with pytest.raises(SignInRefused):
        nord.sign_in(ALICE, STAFF_PASSWORD)
    assert nord.staff_sign_in(ALICE)
    assert nord.sign_in(ALICE)


def test_a_staff_session_is_no_customers_and_a_customers_no_staffs(nord: Shop) -> None:
    """Neither token is anything at the other's service, and trying ends nothing."""
    nord.activate(ALICE)
    nord.appoint(IDA)
    accounts, guest = nord.house.accounts, nord.guest
    staffs, customers = nord.staff_sign_in(IDA), nord.sign_in(ALICE)

    with pytest.raises(SessionOver):
        accounts.sessions.resume(guest, SessionToken(staffs))
    with pytest.raises(StaffSessionOver):
        accounts.staff_sessions.resume(guest, StaffToken(customers))
    with pytest.raises(StaffSessionOver):
        accounts.staff_sessions.change_password(
            guest, StaffToken(customers), PASSWORD, OTHER_PASSWORD
        )
    accounts.sessions.end(guest, SessionToken(staffs))
    accounts.staff_sessions.end(guest, StaffToken(customers))

    assert accounts.staff_sessions.resume(guest, staffs)
    assert accounts.sessions.resume(guest, customers)


def test_whatever_is_wrong_is_one_answer(nord: Shop) -> None:
    """Case 42: unknown, wrong, blocked, too late, no password, no address."""
    nord.appoint(IDA)
    late, blocked = appointed(nord, OLE), nord.appoint("eva@nord.example")
    nord.house.accounts.staff_desk.block(nord.staff, blocked.id)
    change(nord, attrs.evolve(nord.colleague(OLE), password=None))
    nord.activate(ALICE)

    answers = set()
    for email, password in (
        (IDA, WRONG),
        (IDA, ""),
        (IDA, "x" * 1000),
        ("nobody@nord.example", STAFF_PASSWORD),
        ("eva@nord.example", STAFF_PASSWORD),
        (OLE, late.password),
        (ALICE, PASSWORD),
        ("no address", STAFF_PASSWORD),
        ("", STAFF_PASSWORD),
    ):
        with pytest.raises(NotAllowed) as refused:
            nord.staff_sign_in(email, password)
        answers.add((type(refused.value), refused.value.code, str(refused.value)))

    assert len(answers) == 1


def test_staff_of_another_realm_are_unknown(nord: Shop, sued: Shop) -> None:
    """Home is where one signs in; the same address elsewhere is somebody else."""
    nord.appoint(IDA)
    token = nord.staff_sign_in(IDA)

    with pytest.raises(StaffSignInRefused):
        sued.staff_sign_in(IDA)
    with pytest.raises(StaffSessionOver):
        sued.house.accounts.staff_sessions.resume(sued.guest, token)


def test_any_portal_of_the_realm_lets_staff_in(nord: Shop) -> None:
    """Unlike a customer's, the session is good at all of them; at a closed one nobody comes in."""
    nord.appoint(IDA)
    accounts = nord.house.accounts
    made = accounts.portal_desk.create(
        nord.staff, key="b", name="B", languages=nord.portal.languages, currency=EUR, path="/b"
    )
    other = accounts.portals.guest(accounts.portal_desk.open(nord.staff, made.id))

    token = accounts.staff_sign_in.sign_in(other, IDA, STAFF_PASSWORD)
    assert accounts.staff_sessions.resume(nord.guest, token)
    accounts.portal_desk.close(nord.staff, made.id)

    with pytest.raises(PortalNotFound):
        accounts.staff_sign_in.sign_in(other, IDA, STAFF_PASSWORD)


def test_a_failed_sign_in_is_remembered_without_what_was_typed(nord: Shop) -> None:
    """Case 50: a keyed digest only; known or not."""
    nord.appoint(IDA)
    for email in (IDA, "hunter2@typed.example"):
        with pytest.raises(StaffSignInRefused):
            nord.staff_sign_in(email, WRONG)

    assert how_often(nord.house.storage, "staff.sign_in_failed") == 2
    assert "hunter2" not in repr(everything_in(nord.house.storage))


@pytest.mark.parametrize("stored", ["", "!", "$argon2id$..", "$2b$12$abcdefghijklmnopqrstuv"])
def test_a_corrupt_hash_is_a_failed_sign_in_and_told(nord: Shop, stored: str) -> None:
    """Case 46: one answer, and the trail says that nobody gets in until a reset."""
    nord.appoint(IDA)
    change(nord, attrs.evolve(nord.colleague(IDA), password=PasswordHash(stored)))

    with pytest.raises(StaffSignInRefused):
        nord.staff_sign_in(IDA)

    for event in ("staff.sign_in_failed", "staff.stored_hash_unusable"):
        assert how_often(nord.house.storage, event) == 1


# Sessions ---------------------------------------------------------------------------------------


def test_a_session_is_over_when_idle_and_after_its_longest_life(nord: Shop) -> None:
    """Thirty minutes and twelve hours, whatever the portal allows its customers."""
    nord.appoint(IDA)
    sessions, clock, token = (
        nord.house.accounts.staff_sessions,
        nord.house.clock,
        nord.staff_sign_in(IDA),
    )
    end = clock() + SESSION_LONGEST

    while clock() + SESSION_IDLE - TICK < end:
        clock.advance(SESSION_IDLE - TICK)
        assert sessions.resume(nord.guest, token)
    clock.set(end)
    with pytest.raises(StaffSessionOver):
        sessions.resume(nord.guest, token)
    idle = nord.staff_sign_in(IDA)
    clock.advance(SESSION_IDLE)
    with pytest.raises(StaffSessionOver):
        sessions.resume(nord.guest, idle)


def test_signing_out_ends_one_session_once(nord: Shop) -> None:
    """Another device stays signed in; a second time, or nonsense, is no error and not told."""
    nord.appoint(IDA)
    sessions = nord.house.accounts.staff_sessions
    one, two = nord.staff_sign_in(IDA), nord.staff_sign_in(IDA)

    for token in (one, one, "", "x" * 500, "ü", None):
        sessions.end(nord.guest, token)  # type: ignore[arg-type]

    with pytest.raises(StaffSessionOver):
        sessions.resume(nord.guest, one)
    assert sessions.resume(nord.guest, two)
    assert how_often(nord.house.storage, "staff.signed_out") == 1


@pytest.mark.parametrize("token", ["", " ", "x", "x" * 1000, "\N{SNOWMAN}", None, 7, b"x"])
def test_nonsense_is_no_session(nord: Shop, token: object) -> None:
    """One typed answer."""
    with pytest.raises(StaffSessionOver):
        nord.house.accounts.staff_sessions.resume(nord.guest, token)  # type: ignore[arg-type]


def test_a_new_password_ends_the_other_sessions(nord: Shop) -> None:
    """Case 136: the one that changed it goes on under a new token; open links are dead."""
    nord.appoint(IDA)
    sessions = nord.house.accounts.staff_sessions
    here, there = nord.staff_sign_in(IDA), nord.staff_sign_in(IDA)
    nord.house.accounts.staff_password_reset.request(nord.guest, IDA)
    link = nord.house.token_for(IDA)

    with pytest.raises(StaffSignInRefused):
        sessions.change_password(nord.guest, here, WRONG, OTHER_PASSWORD)
    newer = sessions.change_password(nord.guest, here, STAFF_PASSWORD, OTHER_PASSWORD)

    for over in (here, there):
        with pytest.raises(StaffSessionOver):
            sessions.resume(nord.guest, over)
    assert sessions.resume(nord.guest, newer)
    with pytest.raises(InvalidInput):
        nord.house.accounts.staff_password_reset.look(nord.guest, link)


def test_the_owner_is_told_of_a_new_password(nord: Shop) -> None:
    """By mail, without any link."""
    nord.appoint(IDA)
    nord.house.accounts.relay()

    told = nord.house.mailer.newest(IDA)
    assert told.subject == "Your staff password has been changed"
    assert "token=" not in told.plain


# Actors, checked again in the unit --------------------------------------------------------------


def test_staff_do_what_is_granted_and_nothing_else(nord: Shop) -> None:
    """An actor of a session meets the same rules as one the host vouches for."""
    nord.appoint(IDA, Permission.MANAGE_PRICES)
    staff = nord.acting_staff(IDA)

    assert nord.house.accounts.price_desk.create_list(staff, key="k", name="K")
    with pytest.raises(PermissionMissing):
        nord.house.accounts.portal_desk.all(staff)


@pytest.mark.parametrize("end", ["blocked", "new password", "signed out", "handed password"])
def test_a_staff_member_whose_session_ended_writes_nothing(
    nord: Shop, ida: Staff, end: str
) -> None:
    """Between making the actor and the write: nothing is written."""
    accounts, member = nord.house.accounts, nord.colleague(IDA)
    match end:
        case "blocked":
            nord.appoint(OLE)
            accounts.staff_desk.block(nord.staff, member.id)
        case "new password":
            change(nord, member.with_password(PasswordHash("$argon2id$x")))
        case "handed password":
            accounts.staff_desk.new_password(nord.staff, member.id)
        case _:
            token = nord.staff_sign_in(IDA)
            ida = accounts.staff_sessions.resume(nord.guest, token)
            accounts.staff_sessions.end(nord.guest, token)
    before = everything_in(nord.house.storage)

    with pytest.raises(StaffSessionOver):
        accounts.price_desk.create_list(ida, key="k", name="K")

    assert everything_in(nord.house.storage) == before


def test_a_grant_that_changed_bites_in_the_same_call(nord: Shop, ida: Staff) -> None:
    """Taken away or added since the actor was made: reload; the next call knows."""
    desk = nord.house.accounts.staff_desk
    nord.appoint(OLE)
    desk.grant(nord.staff, ida.id, [Permission.MANAGE_PRICES])

    with pytest.raises(Conflict):
        nord.house.accounts.price_desk.create_list(ida, key="k", name="K")
    again = nord.acting_staff(IDA)

    assert nord.house.accounts.price_desk.create_list(again, key="k", name="K")
    with pytest.raises(PermissionMissing):
        desk.all(again)


def test_who_is_what_it_was_writes(nord: Shop, ida: Staff) -> None:
    """Negative control; and who the host vouches for is trusted, for nobody else knows it."""
    desk = nord.house.accounts.price_desk

    assert ida.session is not None
    assert desk.create_list(ida, key="k", name="K")
    assert nord.staff.session is None
    assert desk.create_list(nord.staff, key="v", name="V")


def test_acting_elsewhere_needs_a_grant_there(nord: Shop, sued: Shop) -> None:
    """With it, in that realm only what it says; the trail of that realm names who did it."""
    accounts = nord.house.accounts
    nord.appoint(IDA)
    member = nord.colleague(IDA)
    elsewhere = frozenset({Permission.MANAGE_PRICES, Permission.READ_AUDIT})
    change(nord, member.granting(sued.realm, elsewhere))
    token = nord.staff_sign_in(IDA)

    there = accounts.staff_sessions.resume(nord.guest, token, realm=sued.realm)

    made = accounts.price_desk.create_list(there, key="k", name="K")
    assert accounts.price_desk.find_list(sued.staff, "k") == made
    assert accounts.audit.latest(there).items[0].stamp.by == member.id
    with pytest.raises(PermissionMissing):
        accounts.portal_desk.all(there)
    change(nord, nord.colleague(IDA).granting(sued.realm, ()))
    with pytest.raises(Conflict):
        accounts.price_desk.create_list(there, key="l", name="L")
    with pytest.raises(NotAllowed):
        accounts.staff_sessions.resume(nord.guest, token, realm=sued.realm)


def test_a_storage_that_fails_to_note_a_use_takes_no_session_away(nord: Shop) -> None:
    """The page can be shown; the use is simply not noted."""
    nord.appoint(IDA)
    token = nord.staff_sign_in(IDA)
    nord.house.clock.advance(timedelta(minutes=2))
    sessions = nord.house.accounts.staff_sessions

    def fails(*_: object) -> object:
        raise StorageUnavailable

    broken = attrs.evolve(sessions, begin=fails)

    assert broken.resume(nord.guest, token)
