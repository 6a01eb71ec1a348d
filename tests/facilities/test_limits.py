"""Limits hold, whoever asks, in whatever form, and whether or not their store answers."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import timedelta

import attrs
import pytest

from custaccount import conformance
from custaccount.adapters.memory import FixedClock
from custaccount.conformance.limits import FIVE, ONE, passed_of_rivals
from custaccount.facilities.limits import (
    INSTEAD_MOST,
    Limit,
    Limiter,
    Limits,
    LimitsUnavailable,
    TooManyTries,
    subscriber_of,
)
from custaccount.facilities.process_limits import ProcessLimits
from custaccount.facilities.signing import Keyring
from custaccount.kernel.errors import InvalidFields, Unavailable
from custaccount.kernel.ids import RealmId
from custaccount.kernel.scope import RealmScope
from tests.house import KEY, NEWER_KEY

HERE, ELSEWHERE = RealmScope(RealmId("here")), RealmScope(RealmId("elsewhere"))
MINUTE = timedelta(minutes=1)


# In one process ---------------------------------------------------------------------------------


class TestOfOneProcess(conformance.LimitsSuite):
    """Limits of one process keep every promise of a store."""

    @pytest.fixture
    def clock(self) -> FixedClock:
        """Return a clock that stands still."""
        return FixedClock()

    @pytest.fixture
    def limits(self, clock: FixedClock) -> ProcessLimits:
        """Return limits nobody has used."""
        return ProcessLimits(clock)


class LooksThenAdds(ProcessLimits):
    """Careless: counts, then adds, as if nobody came between."""

    def take(self, scope: RealmScope, limit: Limit, key: str) -> bool:
        """Count a use in two steps."""
        if self.used(scope, limit, key) >= limit.amount:
            return False
        return super().take(scope, attrs.evolve(limit, amount=1000), key)


@pytest.fixture
def hasty_threads() -> Callable[[], None]:
    """Let threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("hasty_threads")
def test_the_race_sees_limits_that_look_first() -> None:
    """Negative control: those that look and then add let more pass than may."""
    careless = LooksThenAdds()

    assert any(passed_of_rivals(careless, HERE, FIVE) > FIVE.amount for _ in range(50))


def test_what_a_process_remembers_is_bounded() -> None:
    """Beyond its room the keys used longest ago are forgotten; what is over goes by itself."""
    clock = FixedClock()
    limits = ProcessLimits(clock, most=3)
    for key in "abcd":
        limits.take(HERE, FIVE, key)
        clock.advance(timedelta(seconds=1))

    assert [limits.used(HERE, FIVE, key) for key in "abcd"] == [0, 1, 1, 1]
    clock.advance(FIVE.per)
    for key in "xyz":
        limits.take(HERE, FIVE, key)
    assert len(limits._buckets) == 3


# For services -----------------------------------------------------------------------------------


@attrs.define
class ScriptedLimits:
    """A store that writes down what it is asked, and is down when told."""

    inner: Limits
    down: bool = False
    asked: list[tuple[str, str, str]] = attrs.field(factory=list)

    def take(self, scope: RealmScope, limit: Limit, key: str) -> bool:
        """Count a use."""
        self._ask(scope, limit, key)
        return self.inner.take(scope, limit, key)

    def used(self, scope: RealmScope, limit: Limit, key: str) -> int:
        """Say how many count."""
        self._ask(scope, limit, key)
        return self.inner.used(scope, limit, key)

    def forget(self, scope: RealmScope, limit: Limit, key: str) -> None:
        """Count from nothing."""
        self._ask(scope, limit, key)
        self.inner.forget(scope, limit, key)

    def _ask(self, scope: RealmScope, limit: Limit, key: str) -> None:
        self.asked.append((scope.realm, limit.name, key))
        if self.down:
            raise LimitsUnavailable


def limiter_on(store: Limits, clock: FixedClock, *keys: str) -> Limiter:
    """Make a limiter."""
    return Limiter(limits=store, instead=ProcessLimits(clock), keyring=Keyring(keys or (KEY,)))


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands still."""
    return FixedClock()


@pytest.fixture
def store(clock: FixedClock) -> ScriptedLimits:
    """A store that can be down."""
    return ScriptedLimits(ProcessLimits(clock))


@pytest.fixture
def limiter(store: ScriptedLimits, clock: FixedClock) -> Limiter:
    """A limiter on the store."""
    return limiter_on(store, clock)


def test_a_use_beyond_the_limit_is_refused(limiter: Limiter) -> None:
    """With the time after which it works again at the latest."""
    limiter.require(HERE, ONE, "alice@acme.example")

    with pytest.raises(TooManyTries) as refusal:
        limiter.require(HERE, ONE, "alice@acme.example")

    assert refusal.value.wait == ONE.per
    assert isinstance(refusal.value, Unavailable)
    assert refusal.value.code == "limits.too_many"


def test_the_store_sees_no_name_and_no_address(limiter: Limiter, store: ScriptedLimits) -> None:
    """Keyed digests only, which differ from realm to realm and from limit to limit."""
    for scope, limit in [(HERE, ONE), (ELSEWHERE, ONE), (HERE, FIVE)]:
        limiter.take(scope, limit, "alice@acme.example")
        limiter.require_of_network(scope, limit, "203.0.113.7")

    keys = [key for _, _, key in store.asked]
    assert len(set(keys)) == 6
    assert not any("alice" in key or "203" in key for key in keys)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("a", "b/c"), ("a/b", "c")),
        (("a", "b"), ("a,b",)),
        (("a", ""), ("a",)),
        (('a", "b',), ("a", "b")),
        (("a\nb",), ("a", "b")),
    ],
)
def test_no_separator_makes_two_subjects_one(
    limiter: Limiter, one: tuple[str, ...], other: tuple[str, ...]
) -> None:
    """What is counted about (a, b/c) is not counted about (a/b, c)."""
    assert limiter.take(HERE, ONE, *one)
    assert limiter.take(HERE, ONE, *other)
    assert not limiter.take(HERE, ONE, *one)


def test_a_store_that_is_down_leaves_a_small_limit(limiter: Limiter, store: ScriptedLimits) -> None:
    """Each process counts for itself then: never without a limit, never with a larger one."""
    store.down = True
    many = Limit(name="test.many", amount=300, per=MINUTE)

    assert sum(limiter.take(HERE, many, "a") for _ in range(50)) == INSTEAD_MOST
    assert sum(limiter.take(HERE, FIVE, "a") for _ in range(50)) == FIVE.amount
    assert limiter.used(HERE, FIVE, "a") == FIVE.amount
    limiter.forget(HERE, FIVE, "a")
    assert limiter.used(HERE, FIVE, "a") == 0

    store.down = False
    assert limiter.take(HERE, FIVE, "a")


def test_a_new_signing_key_begins_new_counts(store: ScriptedLimits, clock: FixedClock) -> None:
    """The key that signs now is what digests are made with."""
    assert limiter_on(store, clock, KEY).take(HERE, ONE, "a")
    assert not limiter_on(store, clock, KEY).take(HERE, ONE, "a")
    assert limiter_on(store, clock, KEY, NEWER_KEY).take(HERE, ONE, "a")


def test_a_network_the_host_does_not_know_is_not_counted(limiter: Limiter) -> None:
    """All visitors would share it."""
    for _ in range(3):
        limiter.require_of_network(HERE, ONE, "")


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ("203.0.113.7", "203.0.113.7"),
        (" 203.0.113.7 ", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unix:", "unix:"),
        ("", ""),
        ("x" * 500, "x" * 200),
    ],
)
def test_a_subscriber_is_named_in_one_way(given: str, named: str) -> None:
    """An IPv4 address, however it is written; of an IPv6 one the part a subscriber does not own."""
    assert subscriber_of(given) == named


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({"name": ""}, ["name"]),
        ({"name": "x" * 65}, ["name"]),
        ({"amount": 0}, ["amount"]),
        ({"amount": True}, ["amount"]),
        ({"amount": 10_001}, ["amount"]),
        ({"per": timedelta(0)}, ["per"]),
        ({"per": timedelta(seconds=1.5)}, ["per"]),
        ({"per": timedelta(days=400)}, ["per"]),
        ({"name": "", "amount": -1, "per": timedelta(days=-1)}, ["name", "amount", "per"]),
    ],
)
def test_a_limit_nobody_could_count_is_refused(wrong: dict[str, object], fields: list[str]) -> None:
    """With everything that is wrong with it."""
    with pytest.raises(InvalidFields) as refusal:
        attrs.evolve(FIVE, **wrong)

    assert [problem.field for problem in refusal.value.problems] == fields
