"""Sessions: idle and longest life, one portal, ended by the person."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import timedelta

import attrs
import pytest

from custaccount import Conflict, CustAccountError, Language
from custaccount.credentials import SessionOver
from custaccount.credentials.sessions import TOUCH_EVERY
from custaccount.kernel.access import Actor
from custaccount.kernel.errors import Stale, StorageUnavailable, TryAgain
from custaccount.kernel.ids import SessionToken
from custaccount.kernel.work import TRIES
from custaccount.portals import Policies, PortalNotFound
from custaccount.storage import Storage
from tests.house import ALICE, EUR, Shop, build, everything_in, how_often, open_nord

TICK = timedelta(microseconds=1)


@pytest.fixture
def alice(nord: Shop) -> Shop:
    """The first seller, where Alice has a login."""
    nord.activate(ALICE)
    return nord


def test_an_idle_session_is_over_at_the_border(alice: Shop) -> None:
    """Sixty minutes after its last use, exactly."""
    sessions, token = alice.house.accounts.sessions, alice.sign_in(ALICE)

    alice.house.clock.advance(alice.portal.policies.session_idle - TICK)
    assert sessions.resume(alice.guest, token)
    alice.house.clock.advance(alice.portal.policies.session_idle - TICK)
    assert sessions.resume(alice.guest, token)
    alice.house.clock.advance(alice.portal.policies.session_idle)
    with pytest.raises(SessionOver):
        sessions.resume(alice.guest, token)


def test_a_session_in_use_is_over_after_its_longest_life(alice: Shop) -> None:
    """Twelve hours, however busy; the password has to be given again."""
    sessions, token = alice.house.accounts.sessions, alice.sign_in(ALICE)
    end = alice.house.clock() + alice.portal.policies.session_longest

    while alice.house.clock() + timedelta(minutes=50) < end:
        alice.house.clock.advance(timedelta(minutes=50))
        assert sessions.resume(alice.guest, token)
    alice.house.clock.set(end - TICK)
    assert sessions.resume(alice.guest, token)
    alice.house.clock.set(end)
    with pytest.raises(SessionOver):
        sessions.resume(alice.guest, token)


def test_a_session_in_use_is_written_once_a_minute_at_most(alice: Shop) -> None:
    """A page of twenty requests costs no twenty writes, and use is no event."""
    sessions, token = alice.house.accounts.sessions, alice.sign_in(ALICE)
    before = everything_in(alice.house.storage)

    alice.house.clock.advance(timedelta(seconds=59))
    sessions.resume(alice.guest, token)
    assert everything_in(alice.house.storage) == before

    alice.house.clock.advance(timedelta(seconds=1))
    sessions.resume(alice.guest, token)
    after = everything_in(alice.house.storage)
    changed = {name for name in before if before[name] != after[name]}
    assert changed in ({"sessions"}, {"custaccount_sessions"})


@attrs.define
class Failing:
    """A storage that can be read and, while it has a reason, not written to."""

    inner: Storage
    why: CustAccountError | None = None
    begun: int = 0

    def reading(self) -> AbstractContextManager[object]:
        """Open a snapshot."""
        return self.inner.reading()

    def begin(self, actor: Actor) -> AbstractContextManager[object]:
        """Open a writing unit, or fail."""
        self.begun += 1
        if self.why is not None:
            raise self.why
        return self.inner.begin(actor)


@pytest.fixture
def failing(storage: Storage) -> tuple[Shop, Failing]:
    """The first seller, where Alice has a login and the storage may fail."""
    failing = Failing(storage)
    nord = open_nord(build(failing))  # type: ignore[arg-type]
    nord.activate(ALICE)
    return nord, failing


@pytest.mark.parametrize(
    ("why", "times"),
    [
        (StorageUnavailable(), 1),
        (Conflict(), 1),
        (Stale(kind="session", id="s", version=1), 1),
        (TryAgain(), TRIES),
    ],
    ids=["unavailable", "conflict", "stale", "lost"],
)
def test_a_session_whose_use_cannot_be_noted_is_resumed(
    failing: tuple[Shop, Failing], why: CustAccountError, times: int
) -> None:
    """The page can be shown: a storage that only reads, or a rival, takes nobody's session away."""
    nord, storage = failing
    sessions, token = nord.house.accounts.sessions, nord.sign_in(ALICE)
    nord.house.clock.advance(TOUCH_EVERY)
    before, storage.why, storage.begun = everything_in(storage), why, 0

    session = sessions.resume(nord.guest, token)

    assert session.user == nord.user(ALICE).id
    assert storage.begun == times, "it was tried, and the failure was met"
    assert everything_in(storage) == before

    storage.why = None
    sessions.resume(nord.guest, token)
    assert everything_in(storage) != before


def test_a_session_that_is_over_stays_over_while_the_storage_fails(
    failing: tuple[Shop, Failing],
) -> None:
    """What can't be noted does not prolong: the last use that was written counts."""
    nord, storage = failing
    sessions, token = nord.house.accounts.sessions, nord.sign_in(ALICE)
    storage.why = StorageUnavailable()
    half = nord.portal.policies.session_idle / 2

    nord.house.clock.advance(half)
    assert sessions.resume(nord.guest, token)
    nord.house.clock.advance(half)
    with pytest.raises(SessionOver):
        sessions.resume(nord.guest, token)


def test_only_a_failing_storage_is_looked_past(failing: tuple[Shop, Failing]) -> None:
    """Negative control: another refusal of the unit reaches the caller."""
    nord, storage = failing
    token = nord.sign_in(ALICE)
    nord.house.clock.advance(TOUCH_EVERY)
    storage.why = PortalNotFound()

    with pytest.raises(PortalNotFound):
        nord.house.accounts.sessions.resume(nord.guest, token)


def test_each_sign_in_is_a_new_session(alice: Shop) -> None:
    """No fixation: nothing the browser had before becomes a session."""
    one, two = alice.sign_in(ALICE), alice.sign_in(ALICE)
    sessions = alice.house.accounts.sessions

    assert one != two
    assert len(one) >= 43
    sessions.end(alice.guest, one)
    with pytest.raises(SessionOver):
        sessions.resume(alice.guest, one)
    assert sessions.resume(alice.guest, two)


def test_signing_out_twice_is_no_error(alice: Shop) -> None:
    """And is told once."""
    sessions, token = alice.house.accounts.sessions, alice.sign_in(ALICE)

    for _ in range(2):
        sessions.end(alice.guest, token)
    for nonsense in ("", "x" * 500, "ü", None):
        sessions.end(alice.guest, nonsense)  # type: ignore[arg-type]

    assert how_often(alice.house.storage, "credentials.signed_out") == 1


def test_a_session_is_good_at_its_own_portal_only(alice: Shop) -> None:
    """Another portal of the same realm has policies of its own."""
    accounts = alice.house.accounts
    made = accounts.portal_desk.create(
        alice.staff,
        key="second",
        name="Second",
        languages=[Language.DE],
        currency=EUR,
        path="/second",
        policies=Policies(session_idle=timedelta(minutes=5)),
    )
    other = accounts.portals.guest(accounts.portal_desk.open(alice.staff, made.id))
    token = alice.sign_in(ALICE)

    with pytest.raises(SessionOver):
        accounts.sessions.resume(other, token)
    assert accounts.sessions.resume(
        other, accounts.sign_in.sign_in(other, ALICE, "vier Schwalben am Dach")
    )


@pytest.mark.parametrize(
    "token", ["", " ", "x", "x" * 1_000_000, "\N{SNOWMAN}", "\ud800", None, 7, b"x"]
)
def test_nonsense_is_no_session(nord: Shop, token: object) -> None:
    """One typed answer, bounded."""
    if nord.house.storage.__class__.__name__ != "MemoryStorage" and token not in {"", "x"}:
        return  # what no store decides is tried in memory alone
    with pytest.raises(SessionOver):
        nord.house.accounts.sessions.resume(nord.guest, SessionToken(token))  # type: ignore[arg-type]
