"""Guessing and flooding are slow, whoever does it, and tell nothing about who has an account."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta

import attrs
import pytest

from custaccount import Guest
from custaccount.adapters.memory import FixedClock, MemoryStorage
from custaccount.adapters.sqlalchemy import SqlAlchemyStorage, SqlLimits
from custaccount.credentials import SignInRefused
from custaccount.credentials.guard import Attempt, SignInGuard, SignInLimits
from custaccount.facilities.limits import INSTEAD_MOST, LimitsUnavailable, TooManyTries
from custaccount.kernel.access import Person
from custaccount.kernel.errors import CustAccountError
from custaccount.storage import Storage
from tests.house import ALICE, BOB, OTHER_PASSWORD, PASSWORD, STAFF_PASSWORD, Shop, build, open_nord
from tests.security.spies import CountingHasher, counting

UNKNOWN = "nobody@acme.example"
WRONG = "a wrong guess indeed"
OFFICE = "203.0.113.7"
MINUTE = timedelta(minutes=1)


@attrs.frozen
class Counted:
    """A shop whose hashes are counted."""

    shop: Shop
    hasher: CountingHasher

    def guess(self, login: str = ALICE, password: str = WRONG, *, network: str = "") -> object:
        """Try to sign in; returns what was answered."""
        guest = attrs.evolve(self.shop.guest, network=network)
        return answered(lambda: self.shop.house.accounts.sign_in.sign_in(guest, login, password))


def answered(call: Callable[[], object]) -> object:
    """Make a call and return all it tells, and "done" where it is done."""
    try:
        call()
    except CustAccountError as error:
        return type(error), str(error), dict(error.facts)
    return "done"


def counted(storage: Storage | None = None, **more: object) -> Counted:
    """Open a shop with one user, and begin to count."""
    hashing, hasher = counting()
    shop = open_nord(build(storage, hashing=hashing, **more))  # type: ignore[arg-type]
    shop.activate(ALICE)
    shop.house.clock.advance(timedelta(days=2))  # what was asked for on the way is forgotten
    hasher.forget()
    return Counted(shop, hasher)


@pytest.fixture
def watched() -> Counted:
    """A shop in memory."""
    return counted()


# Sign-in ----------------------------------------------------------------------------------------


def test_known_and_unknown_logins_get_the_same_answers(watched: Counted) -> None:
    """Case 34: the same sequence, with the same times, and as many hashes."""

    def hammered(login: str) -> tuple[Sequence[object], int]:
        watched.hasher.forget()
        told = []
        for _ in range(30):
            told.append(watched.guess(login))
            watched.shop.house.clock.advance(timedelta(seconds=40))
        return told, watched.hasher.calls

    known, unknown, unborn = map(hammered, (ALICE, UNKNOWN, BOB))

    assert known == unknown == unborn
    assert {answer[0] for answer in known[0]} == {SignInRefused, TooManyTries}  # type: ignore[index]


def test_refusals_cost_no_hash(watched: Counted) -> None:
    """Who is refused is refused before anything is computed, the right password too."""
    for _ in range(5):
        watched.guess()
    watched.hasher.forget()

    assert watched.guess(password=PASSWORD)[0] is TooManyTries  # type: ignore[index]
    assert watched.hasher.calls == 0


def test_spellings_of_a_login_share_their_tries(watched: Counted) -> None:
    """Counted is what is looked up, not what was typed."""
    spellings = [ALICE, ALICE.upper(), f" {ALICE} ", ALICE.title(), f"{ALICE}\t"]
    for spelling in spellings:
        watched.guess(spelling.strip())

    assert watched.guess(ALICE)[0] is TooManyTries  # type: ignore[index]


def test_success_clears_the_login_and_not_the_network(watched: Counted) -> None:
    """Case 21 of the table: an own account between guesses buys no more of them."""
    for place in range(30):
        watched.guess(f"{place}@acme.example", network=OFFICE)
        if place % 4 == 0 and place < 29:
            assert watched.guess(ALICE, PASSWORD, network=OFFICE) == "done"

    assert watched.guess(ALICE, PASSWORD, network=OFFICE)[0] is TooManyTries  # type: ignore[index]
    assert watched.guess(ALICE, PASSWORD) == "done"


def test_a_reset_lets_in_who_was_locked_out(watched: Counted) -> None:
    """By mail one always gets a new password, and a new password begins new counts."""
    shop = watched.shop
    for _ in range(110):
        watched.guess()
        shop.house.clock.advance(15 * MINUTE)
    shop.house.clock.advance(timedelta(days=1))
    assert watched.guess(password=PASSWORD) == answered(_raise(TooManyTries()))

    reset = shop.house.accounts.password_reset
    reset.request(shop.guest, ALICE)
    reset.set_password(shop.guest, shop.house.token_for(ALICE), OTHER_PASSWORD)

    assert watched.guess(password=OTHER_PASSWORD) == "done"


def _raise(error: CustAccountError) -> Callable[[], object]:
    def raising() -> object:
        raise error

    return raising


def test_a_known_device_gets_in_while_strangers_guess(watched: Counted) -> None:
    """The owner's mark has tries of its own, until the password is another one."""
    shop, accounts = watched.shop, watched.shop.house.accounts
    person = accounts.sessions.person(shop.guest, shop.sign_in(ALICE))
    own = accounts.sign_in.mark_device(person)
    for _ in range(20):
        watched.guess()

    assert watched.guess(password=PASSWORD)[0] is TooManyTries  # type: ignore[index]
    assert accounts.sign_in.sign_in(shop.guest, ALICE, PASSWORD, device=own)

    shop.house.clock.advance(timedelta(seconds=1))
    accounts.password_reset.request(shop.guest, ALICE)
    accounts.password_reset.set_password(shop.guest, shop.house.token_for(ALICE), OTHER_PASSWORD)
    for _ in range(5):
        watched.guess()
    with pytest.raises(TooManyTries):
        accounts.sign_in.sign_in(shop.guest, ALICE, OTHER_PASSWORD, device=own)


def test_an_attack_is_recorded_once() -> None:
    """In the trail and in the outbox, with no word of who was tried."""
    watched = counted(sign_in_limits=SignInLimits(alarm=20))
    for place in range(30):
        watched.guess(f"{place}@acme.example")

    entries = watched.shop.house.accounts.audit.latest(watched.shop.staff)
    alarms = [one for one in entries.items if one.event == "credentials.many_sign_ins_failed"]
    assert [alarm.facts for alarm in alarms] == [{"failures": "20"}]


def test_who_is_signed_in_guesses_slowly_too(watched: Counted) -> None:
    """The password that is asked for again, and the current one when it is changed."""
    shop, accounts = watched.shop, watched.shop.house.accounts
    person = accounts.sessions.person(shop.guest, shop.sign_in(ALICE))

    def guesses(guess: Callable[[Person], object]) -> list[object]:
        return [answered(lambda: guess(person))[0] for _ in range(6)]  # type: ignore[index]

    assert guesses(lambda one: accounts.sessions.confirm(one, WRONG)) == [
        *[SignInRefused] * 5,
        TooManyTries,
    ]
    shop.house.clock.advance(timedelta(days=1))
    assert guesses(lambda one: accounts.own_password.change(one, WRONG, OTHER_PASSWORD)) == [
        *[SignInRefused] * 5,
        TooManyTries,
    ]
    assert watched.guess(password=PASSWORD) == "done"


def test_staff_are_guarded_alike_and_apart(watched: Counted) -> None:
    """Five tries, known or not; a customer of the same address has others."""
    shop, accounts = watched.shop, watched.shop.house.accounts
    shop.appoint(ALICE)

    def guesses(email: str) -> list[object]:
        return [
            answered(lambda: accounts.staff_sign_in.sign_in(shop.guest, email, WRONG))
            for _ in range(6)
        ]

    assert guesses(ALICE) == guesses("nobody@staff.example")
    with pytest.raises(TooManyTries):
        shop.staff_sign_in(ALICE, STAFF_PASSWORD)
    assert watched.guess(password=PASSWORD) == "done"


# All at once ------------------------------------------------------------------------------------


class NoGuard(SignInGuard):
    """Lets everybody try."""

    def admit(self, guest: Guest) -> None:
        """Count nothing."""

    def count(self, guest: Guest, *_: object) -> Attempt:
        """Count nothing."""
        return Attempt(scope=guest.scope, network="", counted=("nothing",))


def guesses_at_once(watched: Counted, many: int) -> list[object]:
    """Let many guess at the same moment; the answers, in any order."""
    start, told = threading.Barrier(many), []

    def guess() -> None:
        start.wait(30)
        told.append(watched.guess())

    threads = [threading.Thread(target=guess) for _ in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return told


def test_of_a_hundred_guesses_at_once_five_are_verified(watched: Counted) -> None:
    """Case 39: a try counts before its hash."""
    told = guesses_at_once(watched, 100)

    assert len(told) == 100
    assert watched.hasher.calls <= 5


@pytest.mark.parametrize("storage", ["sqlite", "postgres", "mariadb"], indirect=True)
def test_of_many_guesses_at_once_five_are_verified_whatever_the_store(
    storage: SqlAlchemyStorage,
) -> None:
    """Counted in SQL, as several processes would."""
    clock = FixedClock()
    watched = counted(storage, clock=clock, limits=SqlLimits(storage, clock=clock))

    guesses_at_once(watched, 24)

    assert watched.hasher.calls <= 5


def test_the_race_sees_a_door_without_a_guard(watched: Counted) -> None:
    """Negative control: where nothing is counted, more are verified."""
    accounts = watched.shop.house.accounts
    guard = accounts.sign_in._guard
    open_door = NoGuard(limiter=guard._limiter, keyring=guard._keyring, limits=guard._limits)
    accounts.sign_in = attrs.evolve(accounts.sign_in, guard=open_door)

    guesses_at_once(watched, 100)

    assert watched.hasher.calls > 5


# Without the store ------------------------------------------------------------------------------


class Down:
    """A store that answers nobody."""

    def take(self, *_: object) -> bool:
        """Fail."""
        raise LimitsUnavailable

    def used(self, *_: object) -> int:
        """Fail."""
        raise LimitsUnavailable

    def forget(self, *_: object) -> None:
        """Fail."""
        raise LimitsUnavailable


def test_without_a_store_there_are_small_limits_and_never_none() -> None:
    """Case 40: five tries of a login, ten of a network a minute, in each process."""
    watched = counted(limits=Down())

    assert [watched.guess()[0] for _ in range(6)] == [SignInRefused] * 5 + [TooManyTries]  # type: ignore[index]
    assert watched.hasher.calls == 5
    told = [watched.guess(f"{place}@acme.example", network=OFFICE) for place in range(20)]
    passed = [answer for answer in told if answer[0] is SignInRefused]  # type: ignore[index]
    assert len(passed) == INSTEAD_MOST


def test_without_a_store_the_right_password_still_gets_in() -> None:
    """Nobody is locked out because a cache is down."""
    watched = counted(limits=Down())

    assert [watched.guess(password=PASSWORD) for _ in range(3)] == ["done"] * 3


# Links ------------------------------------------------------------------------------------------

ASKS = ["password_reset", "first_sign_in", "staff_password_reset"]


@pytest.mark.parametrize("service", ASKS)
def test_an_address_gets_five_links_an_hour_and_ten_a_day(watched: Counted, service: str) -> None:
    """Case 65: from however many networks; known and unknown are answered alike."""
    shop = watched.shop
    request = getattr(shop.house.accounts, service).request

    def asked(email: str) -> list[object]:
        told = []
        for hour in range(4):
            for place in range(7):
                guest = attrs.evolve(shop.guest, network=f"198.51.{hour}.{place}")
                told.append(answered(lambda guest=guest: request(guest, email)))
            shop.house.clock.advance(timedelta(hours=1))
        return told

    known = asked(ALICE)
    shop.house.clock.advance(timedelta(days=1))

    assert known == asked(UNKNOWN)
    assert [answer == "done" for answer in known] == [
        *[True] * 5,
        *[False] * 2,
        *[True] * 5,
        *[False] * 2,
        *[False] * 14,
    ]


def test_a_refused_request_mails_nothing_and_kills_no_link(watched: Counted) -> None:
    """The newest link that was mailed still works."""
    shop, accounts = watched.shop, watched.shop.house.accounts
    for _ in range(5):
        accounts.password_reset.request(shop.guest, ALICE)
    token = shop.house.token_for(ALICE)
    mails = len(shop.house.mailer.sent)
    for _ in range(5):
        with pytest.raises(TooManyTries):
            accounts.password_reset.request(shop.guest, ALICE)
    accounts.relay()

    assert len(shop.house.mailer.sent) == mails
    accounts.password_reset.set_password(shop.guest, token, OTHER_PASSWORD)


def test_both_kinds_of_links_are_counted_together(watched: Counted) -> None:
    """Who has a login gets the same mail by either."""
    shop, accounts = watched.shop, watched.shop.house.accounts
    for service in (accounts.password_reset, accounts.first_sign_in, accounts.password_reset) * 2:
        told = answered(lambda service=service: service.request(shop.guest, ALICE))

    assert told[0] is TooManyTries  # type: ignore[index]


def test_a_network_asks_for_twenty_links_a_minute(watched: Counted) -> None:
    """Whatever addresses they are for."""
    shop = watched.shop
    guest = attrs.evolve(shop.guest, network=OFFICE)
    request = shop.house.accounts.password_reset.request

    told = [
        answered(lambda place=place: request(guest, f"{place}@acme.example")) for place in range(22)
    ]

    assert told[:20] == ["done"] * 20
    assert "done" not in told[20:]


# Kept -------------------------------------------------------------------------------------------


def test_no_network_address_is_kept(memory_storage: MemoryStorage) -> None:
    """Neither in the storage nor in what a guest shows of itself."""
    watched = counted(memory_storage)
    for _ in range(3):
        watched.guess(network=OFFICE)
    watched.guess(password=PASSWORD, network=OFFICE)

    assert OFFICE not in repr(attrs.evolve(watched.shop.guest, network=OFFICE))
    with memory_storage.reading() as view:
        entries = view.audit.latest(watched.shop.scope, limit=100)
        assert entries
        assert OFFICE not in repr(entries)
