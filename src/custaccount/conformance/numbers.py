"""What keeping number ranges promises."""

import threading

import attrs
import pytest

from custaccount.conformance.samples import a_range
from custaccount.conformance.suite import StorageSuite
from custaccount.conformance.units import PATIENCE, Meet, change, job, race
from custaccount.facilities.numbers import HIGHEST, NumberRange, NumberRangeNotFound, Taken
from custaccount.kernel.errors import AlreadyThere, Stale, TryAgain, Unavailable
from custaccount.kernel.ids import RangeKey
from custaccount.kernel.scope import RealmScope
from custaccount.storage import Storage

RIVALS, EACH = 8, 20
EVERY = 3
"""Of so many units that take a number, one is left without a commit."""


class NumbersSuite(StorageSuite):
    """Each number is handed out once, and none is left out."""

    @pytest.fixture
    def web(self, storage: Storage, here: RealmScope) -> NumberRange:
        """Return a range that is kept, from 100 to 399."""
        with change(storage, here) as unit:
            return unit.numbers.save(here, a_range())

    def test_a_range_comes_back_as_it_was(self, storage: Storage, here: RealmScope) -> None:
        """Down to the last of eighteen digits, with its first version."""
        highest = attrs.evolve(a_range(), first=HIGHEST - 1, last=HIGHEST, warn_at=1, gapless=False)

        with change(storage, here) as unit:
            kept = unit.numbers.save(here, highest)

        assert kept == attrs.evolve(highest, version=1)
        with storage.reading() as view:
            assert view.numbers.find(here, highest.key) == kept
            assert view.numbers.find(here, RangeKey("none")) is None

    def test_ranges_are_listed_by_key(self, storage: Storage, here: RealmScope) -> None:
        """All of the realm, in whatever order they were kept."""
        keys = ["web", "a-1", "shop-2", "shop-10"]
        with change(storage, here) as unit:
            for edition, key in enumerate(keys):
                new = attrs.evolve(a_range(), key=RangeKey(key), edition=edition)
                unit.numbers.save(here, new)

        with storage.reading() as view:
            assert [one.key for one in view.numbers.all(here)] == sorted(keys)

    def test_a_key_is_taken_once(
        self, storage: Storage, here: RealmScope, elsewhere: RealmScope, web: NumberRange
    ) -> None:
        """In one realm; another may have a range of the same name."""
        again = attrs.evolve(a_range(), key=web.key, edition=web.edition + 1)
        with pytest.raises(AlreadyThere), change(storage, here) as unit:
            unit.numbers.save(here, again)

        with change(storage, elsewhere) as unit:
            assert unit.numbers.save(elsewhere, again).version == 1

    def test_of_rivals_for_an_edition_one_wins(self, storage: Storage, here: RealmScope) -> None:
        """Two who reserve different ranges, neither of which the other sees: one is refused."""

        def reserve(meet: Meet) -> bool:
            with change(storage, here) as unit:
                unit.numbers.all(here)
                meet()
                unit.numbers.save(here, a_range())
            return True

        outcomes = race(reserve, reserve)

        assert outcomes.count(True) == 1
        assert sum(isinstance(one, AlreadyThere) for one in outcomes) == 1
        with storage.reading() as view:
            assert len(view.numbers.all(here)) == 1

    def test_an_older_version_is_not_kept(
        self, storage: Storage, here: RealmScope, web: NumberRange
    ) -> None:
        """Who read a range before it was changed has to read it again."""
        newer = attrs.evolve(web, last=web.last + 1, edition=web.edition + 1)
        with change(storage, here) as unit:
            unit.numbers.save(here, newer)

        with pytest.raises(Stale), change(storage, here) as unit:
            unit.numbers.save(here, attrs.evolve(web, edition=web.edition + 2))

    def test_a_number_taken_since_is_not_given_back(
        self, storage: Storage, here: RealmScope, web: NumberRange
    ) -> None:
        """Who saves a range as it was read leaves its count as it is now."""
        with change(storage, here) as unit:
            unit.numbers.take(here, web.key)
        with change(storage, here) as unit:
            unit.numbers.save(here, attrs.evolve(web, warn_at=7, edition=web.edition + 1))

        with storage.reading() as view:
            kept = view.numbers.find(here, web.key)
        assert kept is not None
        assert (kept.warn_at, kept.taken, kept.version) == (7, 1, 2)

    def test_numbers_follow_each_other_to_the_last(
        self, storage: Storage, here: RealmScope
    ) -> None:
        """First and last are handed out, then no more, however often one asks."""
        few = attrs.evolve(a_range(), first=9, last=11)
        with change(storage, here) as unit:
            unit.numbers.save(here, few)

        got = []
        for _ in range(5):
            with change(storage, here) as unit:
                got.append(unit.numbers.take(here, few.key))

        assert [one and one.range.taken for one in got] == [1, 2, 3, None, None]
        assert [one.number for one in got if one] == ["WEB-00009", "WEB-00010", "WEB-00011"]
        with storage.reading() as view:
            kept = view.numbers.find(here, few.key)
        assert kept == attrs.evolve(few, taken=3, version=1)

    def test_a_unit_may_take_several(
        self, storage: Storage, here: RealmScope, web: NumberRange
    ) -> None:
        """It sees what it took, and gets another number each time."""
        with change(storage, here) as unit:
            got = [unit.numbers.take(here, web.key) for _ in range(3)]

        assert [one.range.next - 1 for one in got if one] == [100, 101, 102]

    def test_no_number_comes_of_no_range(self, storage: Storage, here: RealmScope) -> None:
        """An unknown key is refused."""
        with pytest.raises(NumberRangeNotFound), change(storage, here) as unit:
            unit.numbers.take(here, RangeKey("none"))

    def test_a_rollback_gives_the_number_back(
        self, storage: Storage, here: RealmScope, web: NumberRange
    ) -> None:
        """The next unit gets the number of one that was left."""
        with storage.begin(job(here)) as unit:
            lost = unit.numbers.take(here, web.key)

        with change(storage, here) as unit:
            assert unit.numbers.take(here, web.key) == lost

    def test_another_realms_range_is_like_none(
        self, storage: Storage, here: RealmScope, elsewhere: RealmScope, web: NumberRange
    ) -> None:
        """Asked from another realm it can't be found, held, listed or taken from."""
        with storage.reading() as view:
            assert view.numbers.find(elsewhere, web.key) is None
            assert not view.numbers.all(elsewhere)
        with change(storage, elsewhere) as unit:
            assert unit.numbers.hold(elsewhere, web.key) is None
        with pytest.raises(NumberRangeNotFound), change(storage, elsewhere) as unit:
            unit.numbers.take(elsewhere, web.key)
        with pytest.raises(Stale), change(storage, elsewhere) as unit:
            unit.numbers.save(elsewhere, web)

        with storage.reading() as view:
            assert view.numbers.find(here, web.key) == web

    def test_rivals_get_different_numbers(
        self, storage: Storage, here: RealmScope, web: NumberRange
    ) -> None:
        """All are inside their units, and saw the same next number, before one takes it."""

        def take(meet: Meet) -> Taken | None:
            with change(storage, here) as unit:
                unit.numbers.find(here, web.key)
                meet()
                return unit.numbers.take(here, web.key)

        outcomes = race(*[take] * 4)

        numbers = sorted(one.range.next - 1 for one in outcomes if isinstance(one, Taken))
        assert numbers == [100, 101, 102, 103]

    def test_the_last_number_goes_to_one(self, storage: Storage, here: RealmScope) -> None:
        """Rivals for it who come too late get none; no number lies beyond the last."""
        one = attrs.evolve(a_range(), first=7, last=7, warn_at=0)
        with change(storage, here) as unit:
            unit.numbers.save(here, one)

        def take(meet: Meet) -> bool:
            with change(storage, here) as unit:
                unit.numbers.find(here, one.key)
                meet()
                return unit.numbers.take(here, one.key) is not None

        assert sorted(race(*[take] * 4), key=bool) == [False, False, False, True]

    def test_committed_units_have_numbers_without_a_gap(
        self, storage: Storage, here: RealmScope, web: NumberRange
    ) -> None:
        """Eight threads take twenty each, and every third unit is left without a commit."""

        def take(*, commits: bool) -> int:
            with storage.begin(job(here)) as unit:
                taken = unit.numbers.take(here, web.key)
                assert taken is not None
                if commits:
                    unit.commit()
            return taken.range.next - 1

        def take_patiently(*, commits: bool) -> int:
            while True:
                try:
                    return take(commits=commits)
                except (TryAgain, Unavailable):
                    continue

        def take_twenty(_: Meet) -> list[int]:
            kept: list[int] = []
            while len(kept) < EACH:
                take_patiently(commits=False)
                kept += [take_patiently(commits=True) for _ in range(EVERY - 1)]
            return kept

        outcomes = race(*[take_twenty] * RIVALS)

        kept = [number for one in outcomes if isinstance(one, list) for number in one]
        assert sorted(kept) == list(range(100, 100 + RIVALS * EACH))

    def test_a_range_that_is_held_is_decided_on_as_it_is(
        self, storage: Storage, here: RealmScope, web: NumberRange
    ) -> None:
        """Who closes a range behind the last number it saw cuts off no number of a rival."""
        took = threading.Event()

        def close(meet: Meet) -> bool:
            with change(storage, here) as unit:
                held = unit.numbers.hold(here, web.key)
                assert held is not None
                meet()
                took.wait(PATIENCE)
                ended = attrs.evolve(held, last=held.next, edition=held.edition + 1)
                unit.numbers.save(here, ended)
            return True

        def take_two(meet: Meet) -> bool:
            meet()
            with change(storage, here) as unit:
                got = [unit.numbers.take(here, web.key) for _ in range(2)]
            took.set()
            return None not in got

        assert race(close, take_two)[0] is True
        with storage.reading() as view:
            kept = view.numbers.find(here, web.key)
        assert kept is not None
        assert kept.left >= 0
