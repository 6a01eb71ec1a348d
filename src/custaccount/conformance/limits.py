"""What a store of limits promises."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Protocol

import pytest

from custaccount.conformance.suite import Suite
from custaccount.facilities.limits import Limit, Limits
from custaccount.kernel.ids import RealmId
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.sources import new_id

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
FIVE = Limit(name="conformance.five", amount=5, per=5 * MINUTE)
ONE = Limit(name="conformance.one", amount=1, per=MINUTE)
MANY = Limit(name="conformance.many", amount=40, per=5 * MINUTE)
RIVALS = 100


class MovableClock(Protocol):
    """The store's clock, in the test's hands."""

    def advance(self, by: timedelta) -> object:
        """Move on."""
        ...


def passed_of_rivals(limits: Limits, scope: RealmScope, limit: Limit) -> int:
    """Let a hundred threads use a limit at once; return how many were let through."""
    key = new_id()
    start = threading.Barrier(RIVALS)

    def rival(_: int) -> bool:
        start.wait(30)
        return limits.take(scope, limit, key)

    with ThreadPoolExecutor(RIVALS) as threads:
        return sum(threads.map(rival, range(RIVALS)))


class LimitsSuite(Suite):
    """What is used too often is refused, however it is asked for.

    The store may be shared by tests: each lives in realms of its own.
    """

    @pytest.fixture
    def limits(self) -> Limits:
        """Return the store under test: override this one."""
        message = "override the fixture `limits` to return the store under test"
        raise NotImplementedError(message)

    @pytest.fixture
    def clock(self) -> MovableClock:
        """Return the store's clock: override this one."""
        message = "override the fixture `clock` to return the clock of the store under test"
        raise NotImplementedError(message)

    @pytest.fixture
    def here(self) -> RealmScope:
        """Return the realm a test lives in."""
        return RealmScope(RealmId(new_id()))

    @pytest.fixture
    def elsewhere(self) -> RealmScope:
        """Return another realm of the same store."""
        return RealmScope(RealmId(new_id()))

    def test_as_many_pass_as_may(self, limits: Limits, here: RealmScope) -> None:
        """The amount, and not one more."""
        assert [limits.take(here, FIVE, "a") for _ in range(7)] == [True] * 5 + [False] * 2
        assert [limits.take(here, ONE, "a") for _ in range(3)] == [True, False, False]

    def test_uses_are_counted(self, limits: Limits, here: RealmScope) -> None:
        """Nothing before the first; counting uses nothing up."""
        counts = []
        for _ in range(3):
            counts.append(limits.used(here, FIVE, "a"))
            counts.append(limits.used(here, FIVE, "a"))
            limits.take(here, FIVE, "a")

        assert counts == [0, 0, 1, 1, 2, 2]

    def test_a_refused_use_is_not_counted(
        self, limits: Limits, here: RealmScope, clock: MovableClock
    ) -> None:
        """Who hammers does not push the end of the window further away."""
        for _ in range(5):
            limits.take(here, FIVE, "a")
        clock.advance(3 * MINUTE)
        for _ in range(20):
            limits.take(here, FIVE, "a")
        assert limits.used(here, FIVE, "a") == FIVE.amount

        clock.advance(2 * MINUTE + SECOND)

        assert limits.used(here, FIVE, "a") == 0
        assert limits.take(here, FIVE, "a")

    def test_a_use_counts_until_before_its_window_is_over(
        self, limits: Limits, here: RealmScope, clock: MovableClock
    ) -> None:
        """A second before the end it still does."""
        limits.take(here, ONE, "a")
        clock.advance(MINUTE - SECOND)

        assert limits.used(here, ONE, "a") == 1
        assert not limits.take(here, ONE, "a")

    def test_a_use_is_over_at_the_end_of_its_window(
        self, limits: Limits, here: RealmScope, clock: MovableClock
    ) -> None:
        """At the very moment."""
        limits.take(here, ONE, "a")
        clock.advance(MINUTE)

        assert limits.used(here, ONE, "a") == 0
        assert limits.take(here, ONE, "a")

    def test_a_use_is_over_after_its_window(
        self, limits: Limits, here: RealmScope, clock: MovableClock
    ) -> None:
        """A second later at the latest."""
        limits.take(here, ONE, "a")
        clock.advance(MINUTE + SECOND)

        assert limits.used(here, ONE, "a") == 0
        assert limits.take(here, ONE, "a")

    def test_windows_move(self, limits: Limits, here: RealmScope, clock: MovableClock) -> None:
        """There is no border around which twice as many pass: uses end one by one."""
        for _ in range(5):
            assert limits.take(here, FIVE, "a")
            clock.advance(MINUTE)
        clock.advance(SECOND)  # the first is over, the others are not

        assert limits.used(here, FIVE, "a") == FIVE.amount - 1
        assert [limits.take(here, FIVE, "a") for _ in range(2)] == [True, False]

    def test_of_rivals_no_more_pass_than_may(self, limits: Limits, here: RealmScope) -> None:
        """A hundred threads at once: exactly as many as the limit has, few or many."""
        for limit in (ONE, FIVE, MANY):
            assert passed_of_rivals(limits, here, limit) == limit.amount

    def test_what_is_forgotten_begins_anew(
        self, limits: Limits, here: RealmScope, elsewhere: RealmScope
    ) -> None:
        """Of this realm, limit and key; twice is no error."""
        for scope, limit, key in [(here, ONE, "a"), (here, ONE, "b"), (elsewhere, ONE, "a")]:
            limits.take(scope, limit, key)
        limits.take(here, FIVE, "a")

        limits.forget(here, ONE, "a")
        limits.forget(here, ONE, "a")

        assert limits.used(here, ONE, "a") == 0
        assert limits.used(here, ONE, "b") == 1
        assert limits.used(elsewhere, ONE, "a") == 1
        assert limits.used(here, FIVE, "a") == 1
        assert limits.take(here, ONE, "a")

    def test_keys_are_counted_apart(self, limits: Limits, here: RealmScope) -> None:
        """Exactly as they are, whatever is in them."""
        keys = [
            "a",
            "A",
            "a ",
            " a",
            "",
            "a/b",
            "a/b/c",
            "a:b",
            "ä",
            "a\u0308",
            "%",
            "_",
            "x" * 100,
        ]

        assert all(limits.take(here, ONE, key) for key in keys)
        assert [limits.used(here, ONE, key) for key in keys] == [1] * len(keys)

    def test_no_separator_makes_two_keys_one(self, limits: Limits) -> None:
        """Realm, limit and key are never run together into the same text."""
        pairs = [("r", "a", "b/c"), ("r", "a/b", "c"), ("r/a", "b", "c"), ("r", "a:b", "c")]
        run = new_id()
        for realm, name, key in pairs:
            limit = Limit(name=name, amount=1, per=MINUTE)
            assert limits.take(RealmScope(RealmId(f"{run}{realm}")), limit, key)

    def test_realms_are_counted_apart(
        self, limits: Limits, here: RealmScope, elsewhere: RealmScope
    ) -> None:
        """What one realm uses up is not missing in another."""
        assert limits.take(here, ONE, "a")
        assert limits.take(elsewhere, ONE, "a")
        assert not limits.take(here, ONE, "a")

    def test_limits_are_counted_apart(self, limits: Limits, here: RealmScope) -> None:
        """The same key under another limit is another count."""
        other = Limit(name="conformance.other", amount=1, per=MINUTE)

        assert limits.take(here, ONE, "a")
        assert limits.take(here, other, "a")
