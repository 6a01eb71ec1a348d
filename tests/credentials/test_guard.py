"""Guessing is slow, for whoever guesses; the owner of an account is not locked out."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from datetime import timedelta

import attrs
import pytest

from custaccount import Guest, Language
from custaccount.adapters.memory import FixedClock
from custaccount.credentials import User
from custaccount.credentials.devices import mark, marked
from custaccount.credentials.guard import Attempt, SignInGuard, SignInLimits
from custaccount.facilities.limits import Limiter, TooManyTries
from custaccount.facilities.process_limits import ProcessLimits
from custaccount.facilities.signing import Keyring
from custaccount.kernel.errors import InvalidFields
from custaccount.kernel.ids import DeviceToken, PortalId, RealmId, UserId
from custaccount.kernel.sources import new_secret
from custaccount.kernel.text import EmailAddress
from tests.house import ALICE, BOB, KEY, NEWER_KEY, NORD, SUED

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
OFFICE, ELSEWHERE = "203.0.113.7", "198.51.100.9"
KEYRING = Keyring([KEY])


def user(name: str, *, epoch: int = 3, realm: RealmId = NORD) -> User:
    """Make a user."""
    return User(id=UserId(name), realm=realm, email=EmailAddress.parse(ALICE), epoch=epoch)


ALICE_HERSELF = user("alice")


@attrs.define
class Door:
    """A guard with its clock, and who knocks."""

    clock: FixedClock = attrs.field(factory=FixedClock)
    limits: SignInLimits = attrs.field(factory=SignInLimits)
    guard: SignInGuard = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Build the guard."""
        store = ProcessLimits(self.clock)
        limiter = Limiter(limits=store, instead=ProcessLimits(self.clock), keyring=KEYRING)
        self.guard = SignInGuard(limiter=limiter, keyring=KEYRING, limits=self.limits)

    def admit(
        self,
        login: str = ALICE,
        *,
        network: str = "",
        device: DeviceToken | None = None,
        of: User | None = ALICE_HERSELF,
        realm: RealmId = NORD,
    ) -> Attempt:
        """Knock once; the login turns out to be somebody's or nobody's."""
        guest = Guest(realm=realm, portal=PortalId("p"), language=Language.EN, network=network)
        self.guard.admit(guest)
        return self.guard.count(guest, login, of, device)

    def lets_in(self, login: str = ALICE, **more: object) -> bool:
        """Knock once."""
        try:
            self.admit(login, **more)  # type: ignore[arg-type]
        except TooManyTries:
            return False
        return True

    def waits(self, login: str = ALICE, **more: object) -> timedelta:
        """Knock every second until it opens, and say how long that took."""
        begun = self.clock()
        while not self.lets_in(login, **more):
            self.clock.advance(timedelta(seconds=1))
        return self.clock() - begun


@pytest.fixture
def door() -> Door:
    """A door nobody has knocked at."""
    return Door()


# One login --------------------------------------------------------------------------------------


def test_five_tries_need_not_wait(door: Door) -> None:
    """The sixth is refused."""
    assert [door.lets_in() for _ in range(7)] == [True] * 5 + [False] * 2


def test_the_tries_after_them_wait_longer_and_longer(door: Door) -> None:
    """A minute, two, four, eight, and a quarter of an hour from then on."""
    for _ in range(5):
        door.admit()

    waits = [door.waits() / MINUTE for _ in range(7)]

    assert waits == [1, 2, 4, 8, 15, 15, 15]


def test_a_day_of_guessing_is_a_hundred_tries_at_most(door: Door) -> None:
    """However patient the guesser is."""
    end = door.clock() + DAY
    tries = 0
    while door.clock() < end:
        tries += door.lets_in()
        door.clock.advance(timedelta(seconds=30))

    assert 90 < tries <= 100


def test_after_a_hundred_in_a_row_waiting_does_not_help(door: Door) -> None:
    """Only a new password does; the refusal names no time."""
    for _ in range(110):
        door.lets_in()
        door.clock.advance(15 * MINUTE)
    door.clock.advance(DAY)

    with pytest.raises(TooManyTries) as refusal:
        door.admit()

    assert refusal.value.wait is None
    assert not door.lets_in()
    assert door.lets_in(of=user("alice", epoch=4))


def test_who_keeps_knocking_waits_no_longer(door: Door) -> None:
    """A refused try counts nowhere."""
    for _ in range(5):
        door.admit()
    for _ in range(59):
        assert not door.lets_in()
        door.clock.advance(timedelta(seconds=1))
    door.clock.advance(timedelta(seconds=1))

    assert door.lets_in()


def test_a_success_makes_the_tries_forgotten(door: Door) -> None:
    """Of this login, in this realm; slow ones too."""
    for _ in range(5):
        door.admit()
    door.clock.advance(MINUTE)
    attempt = door.admit()
    assert not door.lets_in()

    door.guard.succeeded(attempt)

    assert [door.lets_in() for _ in range(6)] == [True] * 5 + [False]
    assert door.waits() == MINUTE


def test_tries_are_forgotten_after_a_day(door: Door) -> None:
    """Who mistyped yesterday begins anew."""
    while door.waits() < 15 * MINUTE:
        pass
    door.clock.advance(DAY)

    assert [door.lets_in() for _ in range(6)] == [True] * 5 + [False]
    assert door.waits() == MINUTE


def test_logins_and_realms_are_apart(door: Door) -> None:
    """What is tried at one says nothing about another."""
    for _ in range(5):
        door.admit(ALICE)

    assert not door.lets_in(ALICE)
    assert door.lets_in(BOB)
    assert door.lets_in("1001\n")
    assert door.lets_in("1001\n2")
    assert door.lets_in(ALICE, realm=SUED)


def test_a_login_nobody_has_answers_as_one_that_exists() -> None:
    """The same sequence of answers, with the same times to wait."""

    def answers(of: User | None) -> list[object]:
        door, told = Door(), []
        for _ in range(40):
            try:
                attempt = door.admit(network=OFFICE, of=of)
            except TooManyTries as refusal:
                told.append(refusal.wait)
            else:
                told.append(door.guard.failed(attempt, at=door.clock()))
            door.clock.advance(timedelta(seconds=20))
        return told

    assert answers(ALICE_HERSELF) == answers(None)


def test_a_new_password_begins_new_counts(door: Door) -> None:
    """By whatever way it came: reset, staff, invitation; and so does an account that was none."""
    for _ in range(9):
        door.lets_in()
        door.lets_in(BOB, of=None)

    assert door.lets_in(of=user("alice", epoch=4))
    assert door.lets_in(BOB, of=user("bob", epoch=0))
    assert not door.lets_in()
    assert not door.lets_in(BOB, of=None)


# Known devices ----------------------------------------------------------------------------------


def device(of: User = ALICE_HERSELF, *, realm: RealmId = NORD, key: str = KEY) -> DeviceToken:
    """Mark a browser."""
    return mark(Keyring([key]), realm, of.id, epoch=of.epoch, new_secret=new_secret)


def test_strangers_do_not_lock_a_known_device_out(door: Door) -> None:
    """Whatever happened to the login, the owner's browser has its five tries."""
    for _ in range(50):
        door.lets_in()
    own = device()

    assert [door.lets_in(device=own) for _ in range(6)] == [True] * 5 + [False]
    assert door.waits(device=own) == MINUTE


def test_a_known_device_uses_up_nobody_elses_tries(door: Door) -> None:
    """Neither a stranger's nor those of another device; a success clears its own alone."""
    first, second = device(), device()
    for _ in range(5):
        attempt = door.admit(device=first)
        door.admit()
    assert door.lets_in(device=second)

    door.guard.succeeded(attempt)

    assert door.lets_in(device=first)
    assert not door.lets_in()


@pytest.mark.parametrize(
    "stranger",
    [
        device(user("bob")),
        device(user("alice", epoch=2)),
        device(realm=SUED),
        device(key=NEWER_KEY),
        DeviceToken(""),
        DeviceToken("forged"),
        DeviceToken(device() + "x"),
        DeviceToken("x" * 100_000),
    ],
    ids=["another's", "older password", "realm", "key", "empty", "forged", "longer", "long"],
)
def test_any_other_mark_is_a_strangers(door: Door, stranger: DeviceToken) -> None:
    """Its tries are those of the login, so that nobody gets more by bringing marks."""
    for _ in range(5):
        door.admit(device=stranger)

    assert not door.lets_in()
    assert not door.lets_in(device=stranger)


def test_marks_for_a_login_nobody_has_are_strangers(door: Door) -> None:
    """A mark makes no login out of nothing."""
    for _ in range(5):
        door.admit(device=device(), of=None)

    assert not door.lets_in(device=device(), of=None)


def test_a_mark_says_whose_it_is_and_nothing_is_kept() -> None:
    """User, epoch and a random name; two marks of one user differ."""
    first, second = (marked(KEYRING, NORD, device()) for _ in range(2))

    assert first is not None
    assert second is not None
    assert (first.user, first.epoch) == (second.user, second.epoch) == ("alice", 3)
    assert first.id != second.id
    assert marked(KEYRING, NORD, None) is None


# Networks ---------------------------------------------------------------------------------------


def test_a_network_has_three_hundred_tries_a_minute(door: Door) -> None:
    """Whatever logins they are for; another network has its own."""
    passed = sum(door.lets_in(f"{place}@acme.example", network=OFFICE) for place in range(400))

    assert passed == 300
    assert door.lets_in("new@acme.example", network=ELSEWHERE)
    door.clock.advance(MINUTE)
    assert door.lets_in("new@acme.example", network=OFFICE)


def test_a_network_has_thirty_failures_a_minute(door: Door) -> None:
    """Then it waits, whatever logins it tries, with a known device too."""
    for place in range(30):
        attempt = door.admit(f"{place}@acme.example", network=OFFICE)
        door.guard.failed(attempt, at=door.clock())

    assert not door.lets_in(network=OFFICE)
    assert not door.lets_in(network=OFFICE, device=device())
    assert door.lets_in(network=ELSEWHERE)
    door.clock.advance(MINUTE)
    assert door.lets_in(network=OFFICE)


def test_no_success_clears_a_networks_failures(door: Door) -> None:
    """Who signs in with an own account between guesses gains nothing by it."""
    for place in range(30):
        guess = door.admit(f"{place}@acme.example", network=OFFICE)
        door.guard.failed(guess, at=door.clock())
        if place < 29:
            door.guard.succeeded(door.admit(BOB, network=OFFICE))

    assert not door.lets_in(BOB, network=OFFICE)


# Alarm ------------------------------------------------------------------------------------------


def test_an_attack_on_a_realm_is_told_once_a_window() -> None:
    """Beyond so many failures; again if it goes on."""
    door = Door(limits=SignInLimits(alarm=20))

    def told(failures: int) -> int:
        attempts = [door.admit(f"{place}@acme.example") for place in range(failures)]
        events = [door.guard.failed(one, at=door.clock()) for one in attempts]
        return sum(event is not None for event in events)

    assert told(20) == 0
    assert told(5) == 1
    assert told(5) == 0
    door.clock.advance(5 * MINUTE)
    assert told(20) == 0
    assert told(5) == 1


# All at once ------------------------------------------------------------------------------------


@pytest.fixture
def hasty_threads() -> Callable[[], None]:
    """Let threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("hasty_threads")
@pytest.mark.parametrize("own", [None, device()], ids=["stranger", "known device"])
def test_a_hundred_guesses_at_once_are_five(own: DeviceToken | None) -> None:
    """No order of threads lets a sixth through, nor a second one of a slow lane."""
    for _ in range(10):
        door = Door()
        assert _at_once(lambda door=door: door.lets_in(device=own)) == 5
        door.clock.advance(MINUTE)
        assert _at_once(lambda door=door: door.lets_in(device=own)) == 1


def _at_once(knock: Callable[[], bool]) -> int:
    start, passed = threading.Barrier(100), []

    def rival() -> None:
        start.wait(30)
        if knock():
            passed.append(1)

    threads = [threading.Thread(target=rival) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return len(passed)


# Values -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weak", "field"),
    [
        ({"quick": 0}, "quick"),
        ({"quick": 50, "in_a_row": 20}, "quick"),
        ({"in_a_row": 101}, "in_a_row"),
        ({"network_a_minute": 0}, "network_a_minute"),
        ({"network_failures_a_minute": -1}, "network_failures_a_minute"),
        ({"alarm": 100_000}, "alarm"),
        ({"alarm_within": timedelta(0)}, "alarm_within"),
        ({"delays": ()}, "delays"),
        ({"delays": (2 * MINUTE, MINUTE)}, "delays"),
        ({"delays": (timedelta(0),)}, "delays"),
        ({"delays": (2 * DAY,)}, "delays"),
    ],
)
def test_limits_that_protect_nobody_are_refused(weak: dict[str, object], field: str) -> None:
    """With the field that is wrong."""
    with pytest.raises(InvalidFields) as refusal:
        SignInLimits(**weak)  # type: ignore[arg-type]

    assert field in [problem.field for problem in refusal.value.problems]
