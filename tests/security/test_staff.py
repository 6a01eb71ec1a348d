"""Staff sign-in tells nothing: not who is staff, nor why one is refused, nor what was typed."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from custaccount import CustAccountError, NotAllowed
from custaccount.kernel.access import System
from custaccount.storage import Storage
from tests.house import ALICE, IDA, OLE, OTHER_PASSWORD, STAFF_PASSWORD, build, everything_in
from tests.house import open_nord as opened
from tests.security.spies import Log, RunBefore, WatchedStorage, counting
from tests.security.test_enumeration import Watched, Work, same

WRONG = "a wrong guess indeed"
LATE, BARE, NOBODY = "eva@nord.example", "bare@nord.example", "nobody@nord.example"
EVERYBODY = (IDA, OLE, LATE, BARE, ALICE, NOBODY)


@pytest.fixture
def watched(storage: Storage) -> Watched:
    """A seller with every kind of staff: active, blocked, too late, without a password."""
    hashing, hasher = counting()
    log = Log()
    shop = opened(build(WatchedStorage(storage, log), hashing=hashing))  # type: ignore[arg-type]
    desk = shop.house.accounts.staff_desk
    for email in (IDA, OLE):
        shop.appoint(email)
    desk.block(shop.staff, shop.colleague(OLE).id)
    for email in (LATE, BARE):
        desk.appoint(shop.staff, email=email, name="Eva", permissions=[])
    bare = attrs.evolve(shop.colleague(BARE), password=None, initial_until=None)
    with storage.begin(System(realm=shop.realm, job="test")) as work:
        work.staff.save(shop.scope, bare)
        work.commit()
    shop.activate(ALICE)
    shop.house.clock.advance(timedelta(days=2))
    return Watched(shop, log, hasher, storage)


def works_of(watched: Watched, password: str) -> list[Work]:
    """Let everybody sign in with a password, and count the work."""
    sign_in = watched.shop.house.accounts.staff_sign_in.sign_in
    guest = watched.shop.guest
    return [watched.of(lambda one: sign_in(guest, one, password), email) for email in EVERYBODY]


def test_a_failed_staff_sign_in_is_the_same_for_everybody(watched: Watched) -> None:
    """Case 42: active, blocked, too late, without a password, a customer, nobody: one hash each."""
    works = works_of(watched, WRONG)

    assert same(works)
    assert works[0].hashes == 1


def test_the_right_password_helps_nobody_who_may_not_enter(watched: Watched) -> None:
    """Case 42: a blocked member's own password is refused with the same work as a wrong one."""
    _, blocked, *_, nobody = works_of(watched, STAFF_PASSWORD)

    assert same([blocked, nobody])


def test_a_password_beyond_length_is_not_hashed(watched: Watched) -> None:
    """Case 44: 1 MB for known and unknown: refused before any hash, with the same work."""
    works = works_of(watched, "x" * 1_000_000)

    assert same(works)
    assert works[0].hashes == 0


def test_asking_for_a_staff_link_is_the_same_for_everybody(watched: Watched) -> None:
    """Once, and again when it replaces a link or seems to."""
    request = watched.shop.house.accounts.staff_password_reset.request
    guest = watched.shop.guest

    for _ in range(2):
        works = [watched.of(lambda one: request(guest, one), email) for email in EVERYBODY]
        assert same(works)
        assert works[0].hashes == 0


def test_counting_sees_what_is_different(watched: Watched) -> None:
    """Negative control: who comes in is told apart from who does not."""
    came_in, *_, nobody = works_of(watched, STAFF_PASSWORD)

    assert not same([came_in, nobody])


def test_no_secret_of_staff_is_kept_or_shown(memory_storage: Storage) -> None:
    """Case 62: passwords, tokens and digests: not in any row, mail or error but the link's own."""
    shop = opened(build(memory_storage))
    accounts = shop.house.accounts
    made = accounts.staff_desk.appoint(shop.staff, email=IDA, name="Ida", permissions=[])
    first = shop.staff_sign_in(IDA, made.password)
    token = accounts.staff_sessions.change_password(
        shop.guest, first, made.password, STAFF_PASSWORD
    )
    with pytest.raises(NotAllowed) as refused:
        shop.staff_sign_in(IDA, WRONG)
    staff = accounts.staff_sessions.resume(shop.guest, token)
    accounts.relay()

    shown = repr(
        (everything_in(memory_storage), shop.house.mailer.sent, made, staff, refused.value.facts)
    )
    for secret in (made.password, STAFF_PASSWORD, WRONG, first, token):
        assert secret not in shown
    assert str(staff.session) not in repr(staff)


def test_an_older_staff_password_is_never_resurrected(memory_storage: Storage) -> None:
    """Case 48: a password that was changed while its sign-in was hashed lets nobody in."""
    watched = WatchedStorage(memory_storage)
    shop = opened(build(watched))  # type: ignore[arg-type]
    shop.appoint(IDA)
    token, sessions = shop.staff_sign_in(IDA), shop.house.accounts.staff_sessions
    rival = RunBefore(
        "staff.note_sign_in",
        lambda: sessions.change_password(shop.guest, token, STAFF_PASSWORD, OTHER_PASSWORD),
    )
    watched.watch = rival

    with pytest.raises(CustAccountError):
        shop.staff_sign_in(IDA, STAFF_PASSWORD)

    assert isinstance(rival.answers[0], str), rival.answers
    assert shop.staff_sign_in(IDA, OTHER_PASSWORD)
