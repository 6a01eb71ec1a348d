"""The limits library keeps every promise of limits but one tick, in Redis as in memory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

pytest.importorskip("limits")
time_machine = pytest.importorskip("time_machine")

import limits as library  # noqa: E402 - an optional neighbour

from custaccount import conformance  # noqa: E402
from custaccount.adapters.limits import SharedLimits  # noqa: E402
from custaccount.conformance.limits import FIVE, ONE  # noqa: E402
from custaccount.facilities.limits import LimitsUnavailable  # noqa: E402
from custaccount.kernel.ids import RealmId  # noqa: E402
from custaccount.kernel.scope import RealmScope  # noqa: E402

HERE = RealmScope(RealmId("here"))
TICK_LONGER = {
    "test_a_use_is_over_at_the_end_of_its_window": "the library counts a use a tick longer"
}


class MachineClock:
    """The machine's clock, which the library asks, in the test's hands."""

    def __init__(self, traveller: time_machine.Traveller) -> None:
        self._traveller = traveller

    def advance(self, by: timedelta) -> None:
        """Move on."""
        self._traveller.shift(by)


class OfLibrary:
    """Gives the suite a clock."""

    @pytest.fixture
    def clock(self) -> Iterator[MachineClock]:
        """Stop the machine's clock, but today: Redis drops what is old by its own."""
        now = datetime.now(UTC).replace(microsecond=0)
        with time_machine.travel(now, tick=False) as traveller:
            yield MachineClock(traveller)


class TestInMemory(OfLibrary, conformance.LimitsSuite):
    """The library's own memory."""

    deviations = TICK_LONGER

    @pytest.fixture
    def limits(self) -> SharedLimits:
        """Return an empty store."""
        return SharedLimits.connect("memory://")


class TestInRedis(OfLibrary, conformance.LimitsSuite):
    """Redis."""

    deviations = TICK_LONGER

    @pytest.fixture
    def limits(self, redis_url: str) -> SharedLimits:
        """Return a store others may use too."""
        return SharedLimits.connect(redis_url)


@pytest.fixture
def nowhere() -> SharedLimits:
    """A store at an address where nobody listens."""
    return SharedLimits.connect("redis://127.0.0.1:1/0", patience=timedelta(seconds=0.2))


def test_a_store_that_is_down_is_unavailable(nowhere: SharedLimits) -> None:
    """Whatever is asked of it; making it asked nothing."""
    pytest.importorskip("redis")
    for ask in (nowhere.take, nowhere.used, nowhere.forget):
        with pytest.raises(LimitsUnavailable):
            ask(HERE, ONE, "a")


def test_what_is_kept_names_nobody(redis_url: str) -> None:
    """Neither the realm nor the key can be read in Redis."""
    redis = pytest.importorskip("redis")
    shared = SharedLimits.connect(redis_url)
    shared.take(RealmScope(RealmId("realm-in-clear")), FIVE, "key-in-clear")

    with redis.Redis.from_url(redis_url) as server:
        keys = b" ".join(server.scan_iter("*custaccount*"))

    assert keys
    assert b"clear" not in keys


def test_a_store_without_moving_windows_is_refused() -> None:
    """Before anything is counted."""

    class Fixed(library.storage.Storage):
        """A store of fixed windows."""

        STORAGE_SCHEME = None
        base_exceptions = ValueError
        check = clear = get = get_expiry = incr = reset = lambda *_: None

    with pytest.raises(ValueError, match="Fixed keeps no moving windows"):
        SharedLimits(Fixed())


@pytest.mark.parametrize("address", ["nosuch://there", "async+memory://", "there"])
def test_an_address_the_library_has_no_store_for_is_refused(address: str) -> None:
    """With the library's own words, or ours."""
    with pytest.raises(ValueError, match=r"scheme|asynchronous"):
        SharedLimits.connect(address)


def test_only_memory_is_of_one_process(redis_url: str) -> None:
    """So that doctor can say so."""
    assert SharedLimits.connect("memory://").process_local
    assert not SharedLimits.connect(redis_url).process_local
