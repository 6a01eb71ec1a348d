"""Number series under attack and under load (R10, cases 123 to 126)."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custaccount import CustAccountError
from custaccount.adapters.memory import FixedClock, MemoryStorage
from custaccount.adapters.memory.numbers import MemoryNumbers
from custaccount.conformance.samples import a_customer
from custaccount.facilities import number_desk
from custaccount.facilities.number_desk import NumberDesk
from custaccount.facilities.numbering import Numbering
from custaccount.facilities.numbers import (
    NumberRange,
    NumbersExhausted,
    Taken,
)
from custaccount.kernel.access import System
from custaccount.kernel.errors import (
    Conflict,
    StorageUnavailable,
)
from custaccount.kernel.ids import CustomerNumber, RangeKey
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.work import repeatable
from custaccount.storage import Storage, Unit
from tests import backends
from tests.house import NORD, everything_in, staff_of
from tests.security.spies import FailAt, Meet, WatchedStorage, together

STAFF, HERE = staff_of(NORD), RealmScope(NORD)
JOB = System(realm=NORD, job="test")
WEB = RangeKey("web")
THREADS, EACH, EVERY = 8, 20, 3


@pytest.fixture(params=(*backends.BACKENDS, *backends.DJANGO))
def storage(request: pytest.FixtureRequest) -> Storage:
    """Return an empty storage, on each back end in turn."""
    found: Storage = request.getfixturevalue(f"{request.param.replace('-', '_')}_storage")
    return found


def is_customer(work: Unit, scope: RealmScope, number: str) -> bool:
    """Tell whether the register has a number."""
    return bool(work.customers.with_numbers(scope, [CustomerNumber(number)]))


@attrs.define
class Register:
    """Where new customers get their numbers."""

    storage: Storage

    @property
    def desk(self) -> NumberDesk:
        """What staff use."""
        begin = self.storage.begin
        return NumberDesk(reading=self.storage.reading, begin=begin, clock=FixedClock())

    @property
    def numbering(self) -> Numbering[Unit]:
        """What hands the numbers out."""
        return Numbering(begin=self.storage.begin, clock=FixedClock(), is_used=is_customer)

    def reserve(self, **other: object) -> NumberRange:
        """Reserve W9001 to W9999, or otherwise."""
        asked = {"key": "web", "prefix": "W-", "width": 4, "first": 9001, "last": 9999}
        return self.desk.reserve(STAFF, **{"warn_at": 9, **asked, **other})  # type: ignore[arg-type]

    @repeatable
    def add(self, *keys: RangeKey) -> tuple[str, ...]:
        """Add a customer for each of some ranges, in their order, in one unit."""
        numbers = []
        with self.storage.begin(JOB) as work:
            for key in keys:
                number = self.numbering.take(work, HERE, key)
                work.customers.save(HERE, [a_customer(HERE, number)])
                numbers.append(number)
            work.commit()
        return tuple(numbers)

    def begun(self) -> str:
        """Add a customer, but for the commit."""
        with self.storage.begin(JOB) as work:
            number = self.numbering.take(work, HERE, WEB)
            work.customers.save(HERE, [a_customer(HERE, number)])
        return number

    def told(self, event: str) -> int:
        """Count the entries of an event."""
        with self.storage.reading() as view:
            return sum(one.event == event for one in view.audit.latest(HERE, limit=999))


def patiently(deed: Callable[[], object]) -> object:
    """Do something again while others are faster."""
    while True:
        try:
            return deed()
        except (Conflict, StorageUnavailable):
            continue


# 123: many at once ------------------------------------------------------------------------------


def test_numbers_taken_at_once_are_contiguous_after_random_rollbacks(storage: Storage) -> None:
    """8 threads add 20 customers each, and break off every third time: no gap, no number twice."""
    register = Register(storage)
    register.reserve(last=9000 + THREADS * EACH, warn_at=50)

    def work(seed: int) -> list[object]:
        chance = random.Random(seed)  # noqa: S311 - to be repeated
        got: list[object] = []
        while len(got) < EACH:
            if chance.randrange(EVERY) == 0:
                patiently(register.begun)
            else:
                got += patiently(lambda: register.add(WEB))  # type: ignore[call-overload]
        return got

    answers = together(*[lambda seed=seed: work(seed) for seed in range(THREADS)])  # type: ignore[misc]

    got = [number for answer in answers for number in answer]  # type: ignore[attr-defined]
    wanted = [f"W-{number}" for number in range(9001, 9001 + THREADS * EACH)]
    assert sorted(got, key=lambda one: int(str(one)[2:])) == wanted
    with storage.reading() as view:
        assert set(view.customers.with_numbers(HERE, wanted)) == set(wanted)  # type: ignore[arg-type]
    assert (register.told("numbers.run_low"), register.told("numbers.run_out")) == (1, 1)
    with pytest.raises(NumbersExhausted):
        register.add(WEB)


def test_a_series_that_looks_and_then_writes_is_found_out(
    memory_storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: two see the same next number, and the register refuses one of them."""

    def naive(self: MemoryNumbers, scope: RealmScope, key: RangeKey) -> Taken:
        row = self.find(scope, key)
        assert row is not None
        after = attrs.evolve(row, taken=row.taken + 1)
        self._gate.change(lambda tables: tables.ranges.put((scope.realm, key), after))
        return Taken(after)

    watched = WatchedStorage(memory_storage)
    register = Register(watched)  # type: ignore[arg-type]
    register.reserve()
    monkeypatch.setattr(MemoryNumbers, "take", naive)
    monkeypatch.setattr(
        Register, "numbering", Numbering(begin=None, clock=FixedClock(), is_used=lambda *_: False)
    )  # type: ignore[arg-type]
    watched.watch = Meet("commit")

    def take() -> str:
        with watched.begin(JOB) as work:
            number = register.numbering.take(work, HERE, WEB)  # type: ignore[arg-type]
            work.commit()  # type: ignore[attr-defined]
        return number

    assert together(take, take) == ["W-9001", "W-9001"]


def test_ranges_reserved_at_once_are_apart(storage: Storage) -> None:
    """Neither of two staff members sees the other's range; one of them is refused."""
    watched = WatchedStorage(storage)
    register = Register(watched)  # type: ignore[arg-type]
    watched.watch = Meet("numbers.save")

    answers = together(
        lambda: register.reserve(key="one", first=9001, last=9500),
        lambda: register.reserve(key="two", first=9400, last=9999),
    )

    watched.watch = lambda _, step: step()
    assert sorted(type(one).__name__ for one in answers) == ["NumberRange", "RangesOverlap"]
    assert len(register.desk.all(STAFF)) == 1


def test_without_editions_ranges_reserved_at_once_overlap(
    memory_storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: each looks, sees nothing, and reserves."""
    editions = iter(range(1, 9))

    def careless(new: NumberRange, others: object) -> NumberRange:
        assert others == (), "they did not meet"
        return attrs.evolve(new, edition=next(editions))

    monkeypatch.setattr(number_desk, "apart", careless)
    watched = WatchedStorage(memory_storage)
    register = Register(watched)  # type: ignore[arg-type]
    watched.watch = Meet("numbers.save")

    together(
        lambda: register.reserve(key="one", first=9001, last=9500),
        lambda: register.reserve(key="two", first=9400, last=9999),
    )

    watched.watch = lambda _, step: step()
    one, two = register.desk.all(STAFF)
    assert one.overlaps(two)


def test_a_range_that_is_changed_while_numbers_are_taken_gives_none_twice(
    storage: Storage,
) -> None:
    """Staff let a range begin again at the moment its first number is taken: one of them wins."""
    watched = WatchedStorage(storage)
    register = Register(watched)  # type: ignore[arg-type]
    kept = register.reserve()
    watched.watch = Meet("numbers.save")

    def restart() -> NumberRange:
        return register.desk.change(
            STAFF, WEB, prefix="W-", width=4, first=9500, last=9999, warn_at=9, gapless=True,
            version=kept.version,
        )  # fmt: skip

    changed, added = together(restart, lambda: patiently(lambda: Register(storage).add(WEB)))

    watched.watch = lambda _, step: step()
    if isinstance(changed, NumberRange):
        assert added == ("W-9500",)
        assert register.add(WEB) == ("W-9501",)
    else:
        assert isinstance(changed, Conflict), changed
        assert added == ("W-9001",)
        assert register.add(WEB) == ("W-9002",)


# 124: no dead-lock ------------------------------------------------------------------------------


def test_two_series_in_opposite_order_do_not_wait_for_ever(storage: Storage) -> None:
    """Each unit has one series and wants the other: both are done within three tries."""
    watched = WatchedStorage(storage)
    register = Register(watched)  # type: ignore[arg-type]
    one, two = WEB, RangeKey("shop")
    register.reserve()
    register.reserve(key=two, prefix="S-")
    watched.watch = Meet("customers.save")

    answers = together(lambda: register.add(one, two), lambda: register.add(two, one))

    watched.watch = lambda _, step: step()
    got = {number for answer in answers for number in answer}  # type: ignore[attr-defined]
    assert got == {"W-9001", "W-9002", "S-9001", "S-9002"}


# 125: what is broken off ------------------------------------------------------------------------


def test_a_number_is_gone_only_with_its_customer(storage: Storage) -> None:
    """Whichever write fails: nothing happened, and the next customer gets the number."""
    watched = WatchedStorage(storage)
    register = Register(watched)  # type: ignore[arg-type]
    register.reserve(last=9002, warn_at=1)  # so that it warns, too
    before = everything_in(storage)
    failed = 0

    for n in range(1, 9):
        watched.watch = FailAt(n)
        try:
            numbers = register.add(WEB)
        except StorageUnavailable:
            failed += 1
            assert everything_in(storage) == before, f"write {n} was half done"
        else:
            break

    watched.watch = lambda _, step: step()
    assert failed >= 3
    assert numbers == ("W-9001",)
    assert register.add(WEB) == ("W-9002",)


def test_no_number_ever_comes_back() -> None:
    """There is no way to give one back: a customer that is closed keeps its number."""
    verbs = {name for name in vars(MemoryNumbers) if not name.startswith("_")}

    assert verbs == {"find", "all", "hold", "save", "take"}


# 126: formats -----------------------------------------------------------------------------------


def test_the_width_grows_and_nothing_is_cut(storage: Storage) -> None:
    """After 9999 comes 10000."""
    register = Register(storage)
    register.reserve(first=9998, last=10001, warn_at=0)

    numbers = [register.add(WEB) for _ in range(4)]

    assert numbers == [("W-9998",), ("W-9999",), ("W-10000",), ("W-10001",)]


def test_a_new_year_gets_a_range_of_its_own(storage: Storage) -> None:
    """The format of a used range stands; another range has another prefix, and all are unique."""
    register = Register(storage)
    register.reserve(prefix="2026-", first=1, last=99)
    (old,) = register.add(WEB)
    register.reserve(key="web-2027", prefix="2027-", first=1, last=99)

    (new,) = register.add(RangeKey("web-2027"))

    assert (old, new) == ("2026-0001", "2027-0001")


FIELDS = {
    "prefix": st.sampled_from(["", "W-", "X-"]),
    "width": st.integers(1, 3),
    "first": st.integers(0, 20),
    "last": st.integers(0, 25),
    "warn_at": st.integers(0, 3),
    "gapless": st.booleans(),
}
TAKE = st.tuples(st.just("take"), st.sampled_from(["a", "b", "c"]), st.fixed_dictionaries({}))
EDIT = st.tuples(
    st.sampled_from(["reserve", "change"]),
    st.sampled_from(["a", "b", "c"]),
    st.fixed_dictionaries(FIELDS),
)


@given(st.lists(TAKE | TAKE | EDIT, min_size=10, max_size=60))
@settings(max_examples=150, deadline=None)
def test_whatever_staff_change_no_number_is_handed_out_twice(
    deeds: list[tuple[str, str, dict[str, object]]],
) -> None:
    """Ranges are reserved, moved, cut and extended at will, and numbers taken in between."""
    register = Register(MemoryStorage())
    nothing = Numbering[Unit](
        begin=register.storage.begin, clock=FixedClock(), is_used=lambda *_: False
    )
    got: list[str] = []

    def take(key: RangeKey) -> None:
        with register.storage.begin(JOB) as work:
            got.append(nothing.take(work, HERE, key))
            work.commit()

    for verb, name, fields in deeds:
        key = RangeKey(name)
        versions = {one.key: one.version for one in register.desk.all(STAFF)}
        try:
            if verb == "take":
                take(key)
            elif verb == "reserve":
                register.desk.reserve(STAFF, key=key, **fields)  # type: ignore[arg-type]
            else:
                version = versions.get(key, 1)
                register.desk.change(STAFF, key, version=version, **fields)  # type: ignore[arg-type]
        except CustAccountError:
            continue

    read = {(one.rstrip("0123456789"), int(re.sub(r"^\D+", "", one))) for one in got}
    assert len(read) == len(got)
