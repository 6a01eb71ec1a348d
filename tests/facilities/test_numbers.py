"""Number ranges: validated, apart from each other, never handing a number out twice (R10)."""

from __future__ import annotations

from collections.abc import Collection

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custaccount import NotAllowed, Staff
from custaccount.adapters.memory import FixedClock, MemoryStorage
from custaccount.facilities.audit import AuditEntry
from custaccount.facilities.number_desk import NumberDesk
from custaccount.facilities.numbering import SKIPS, Numbering
from custaccount.facilities.numbers import (
    HIGHEST,
    NumberRange,
    NumberRangeNotFound,
    NumbersExhausted,
    NumbersOccupied,
    RangeInUse,
    RangesOverlap,
    checked,
)
from custaccount.kernel.access import System
from custaccount.kernel.errors import AlreadyThere, InvalidFields, Stale
from custaccount.kernel.events import Change
from custaccount.kernel.ids import RangeKey
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.text import number_key
from custaccount.storage import Storage, Unit
from tests.house import NORD, SUED, staff_of

STAFF, HERE = staff_of(NORD), RealmScope(NORD)
JOB = System(realm=NORD, job="test")
WEB = RangeKey("web")


@attrs.define
class Office:
    """A desk, and what hands the numbers out; some are in use already."""

    storage: Storage
    used: Collection[str] = ()
    clock: FixedClock = attrs.field(factory=FixedClock)

    @property
    def desk(self) -> NumberDesk:
        """What staff use."""
        return NumberDesk(reading=self.storage.reading, begin=self.storage.begin, clock=self.clock)

    @property
    def numbering(self) -> Numbering[Unit]:
        """What services use."""
        return Numbering(
            begin=self.storage.begin,
            clock=self.clock,
            is_used=lambda _work, _scope, number: number in self.used,
        )

    def reserve(self, **other: object) -> NumberRange:
        """Reserve WEB-00001 to WEB-00010, or otherwise."""
        asked = {"key": "web", "prefix": "WEB-", "width": 5, "first": 1, "last": 10, "warn_at": 2}
        return self.desk.reserve(STAFF, **{**asked, **other})  # type: ignore[arg-type]

    def change(self, kept: NumberRange, **other: object) -> NumberRange:
        """Change some fields of a range."""
        fields = ("prefix", "width", "first", "last", "warn_at", "gapless", "version")
        asked = {name: getattr(kept, name) for name in fields}
        return self.desk.change(STAFF, kept.key, **{**asked, **other})

    def take(self, key: RangeKey = WEB) -> str:
        """Take a number in a unit that is committed."""
        with self.storage.begin(JOB) as work:
            number = self.numbering.take(work, HERE, key)
            work.commit()
        return number

    def kept(self, key: RangeKey = WEB) -> NumberRange:
        """Read a range."""
        with self.storage.reading() as view:
            found = view.numbers.find(HERE, key)
        assert found is not None
        return found

    def told(self, event: str) -> list[AuditEntry]:
        """Read the entries of an event, of which the outbox has as many."""
        with self.storage.reading() as view:
            return [one for one in view.audit.latest(HERE, limit=99) if one.event == event]


@pytest.fixture
def office(storage: Storage) -> Office:
    """Return an office on each back end in turn."""
    return Office(storage)


@pytest.fixture
def small() -> Office:
    """Return an office in memory."""
    return Office(MemoryStorage())


# What a range is --------------------------------------------------------------------------------


def a_range(**other: object) -> NumberRange:
    """Make WEB-00001 to WEB-99999, or otherwise."""
    asked = {"key": "web", "prefix": "WEB-", "width": 5, "first": 1, "last": 99999, "warn_at": 9}
    return NumberRange(**{**asked, "gapless": True, **other})


def test_a_range_that_holds_is_given_back() -> None:
    """Without a prefix, from zero, up to eighteen digits."""
    for new in (
        a_range(),
        a_range(prefix=""),
        a_range(prefix="2026-", first=0),
        a_range(prefix="B2B.X_", width=1),
        a_range(first=HIGHEST, last=HIGHEST, width=18, warn_at=0),
    ):
        assert checked(new) is new


@pytest.mark.parametrize(
    "prefix",
    ["web-", "W\n-", "=A-", "-A-", "W 1-", "W/", "W*", "A1", "٣-", "Ä-", "A" * 21, " W-", "W-\0"],
)
def test_a_prefix_is_plain_and_ends_in_no_digit(prefix: str) -> None:
    """No formula, wildcard, path, blank or second way to write it; and one reading only."""
    with pytest.raises(InvalidFields) as refused:
        checked(a_range(prefix=prefix))

    assert [problem.field for problem in refused.value.problems] == ["prefix"]


def test_all_fields_are_refused_at_once() -> None:
    """Each by its name, with one code."""
    with pytest.raises(InvalidFields) as refused:
        checked(a_range(key="No Key", prefix="a", width=0, first=-1, last=HIGHEST + 1))

    problems = refused.value.problems
    assert [one.field for one in problems] == ["key", "prefix", "width", "first", "last"]
    assert {one.code for one in problems} == {"numbers.invalid"}


@pytest.mark.parametrize(
    ("field", "wrong"),
    [("width", 19), ("last", 0), ("warn_at", -1), ("warn_at", 99999), ("first", HIGHEST + 1)],
)
def test_a_field_out_of_bounds_is_refused(field: str, wrong: int) -> None:
    """Among others a warning that would come before the first number is taken."""
    with pytest.raises(InvalidFields) as refused:
        checked(a_range(**{field: wrong}))

    assert field in [problem.field for problem in refused.value.problems]


@given(
    st.integers(0, HIGHEST),
    st.integers(1, 18),
    st.from_regex(r"[A-Z0-9][A-Z0-9._-]{0,18}[A-Z._-]", fullmatch=True) | st.just(""),
)
def test_a_number_has_one_reading(number: int, width: int, prefix: str) -> None:
    """What follows the prefix is the number, whole; and searching it folds nothing away."""
    text = checked(a_range(prefix=prefix, width=width)).text(number)

    digits = text.removeprefix(prefix)
    assert int(digits) == number
    assert len(digits) == max(width, len(str(number)))
    assert number_key(text) == text


@given(st.data())
def test_ranges_that_are_apart_share_no_number(data: st.DataObject) -> None:
    """Whatever their prefixes and widths: if they share a text, they overlap."""
    bounds = st.tuples(st.integers(0, 120), st.integers(0, 120)).map(sorted)
    prefixes, widths = st.sampled_from(["", "A", "A-", "A1-", "1-"]), st.integers(1, 4)
    one, other = (
        a_range(prefix=data.draw(prefixes), width=data.draw(widths), first=first, last=last)
        for first, last in (data.draw(bounds), data.draw(bounds))
    )

    def texts(kept: NumberRange) -> set[str]:
        return {kept.text(number) for number in range(kept.first, kept.last + 1)}

    assert one.overlaps(other) == other.overlaps(one)
    assert one.overlaps(other) or not texts(one) & texts(other)


# Reserving --------------------------------------------------------------------------------------


def test_a_range_is_reserved_and_told(office: Office) -> None:
    """With all that staff decided, by whom."""
    kept = office.reserve()

    assert (kept.version, kept.left, kept.gapless) == (1, 10, True)
    assert office.desk.all(STAFF) == (kept,)
    (entry,) = office.told("numbers.range_reserved")
    assert (entry.stamp.by, entry.facts) == (STAFF.id, {"range": "web"})
    assert {(one.field, one.before, one.after) for one in entry.changes} == {
        ("prefix", None, "WEB-"),
        ("width", None, "5"),
        ("first", None, "1"),
        ("last", None, "10"),
        ("warn_at", None, "2"),
        ("gapless", None, "yes"),
    }


def test_ranges_are_listed_by_key_in_their_realm(office: Office) -> None:
    """Another seller has its own, of the same name and with the same numbers."""
    web, post = office.reserve(), office.reserve(key="post", prefix="P-")
    sued = attrs.evolve(web, edition=1)
    theirs = office.desk.reserve(
        staff_of(SUED), key="web", prefix="WEB-", width=5, first=1, last=10, warn_at=2
    )

    assert office.desk.all(STAFF) == (post, web)
    assert theirs == sued


def test_a_key_is_taken_once(office: Office) -> None:
    """A second range needs another one."""
    office.reserve()

    with pytest.raises(AlreadyThere):
        office.reserve(prefix="P-")


@pytest.mark.parametrize(
    "other",
    [
        {"first": 10, "last": 20},
        {"first": 5, "last": 5, "warn_at": 0},
        {"first": 0, "last": 1, "warn_at": 0},
        {"first": 0, "last": 900, "width": 3},
    ],
)
def test_a_range_that_overlaps_is_refused(small: Office, other: dict[str, object]) -> None:
    """By one number, also where only the zeros in front differ; the other range is named."""
    small.reserve()

    with pytest.raises(RangesOverlap) as refused:
        small.reserve(key="again", **other)

    assert refused.value.range == "web"
    assert len(small.desk.all(STAFF)) == 1


def test_ranges_side_by_side_are_fine(small: Office) -> None:
    """Directly before and after, and anything under another prefix."""
    small.reserve(first=10, last=20)
    small.reserve(key="before", first=1, last=9)
    small.reserve(key="after", first=21, last=30)
    small.reserve(key="bare", prefix="", first=10, last=20)

    assert len(small.desk.all(STAFF)) == 4


def test_a_range_is_for_staff_who_may(small: Office) -> None:
    """Without the permission there is nothing to see and nothing to do."""
    nobody: Staff = attrs.evolve(STAFF, permissions=frozenset())
    kept = small.reserve()

    with pytest.raises(NotAllowed):
        small.desk.reserve(nobody, key="n", width=5, first=1, last=9, warn_at=0)
    with pytest.raises(NotAllowed):
        small.desk.all(nobody)
    with pytest.raises(NotAllowed):
        small.desk.change(
            nobody,
            kept.key,
            prefix="",
            width=5,
            first=1,
            last=9,
            warn_at=0,
            gapless=True,
            version=1,
        )


# Changing ---------------------------------------------------------------------------------------


def test_all_changes_until_the_first_number_is_gone(office: Office) -> None:
    """Where it begins too; the next number follows."""
    kept = office.reserve()

    kept = office.change(kept, prefix="W-", width=3, first=700, last=799, gapless=False)

    assert office.take() == "W-700"
    (entry,) = office.told("numbers.range_changed")
    assert Change(field="first", before="1", after="700") in entry.changes
    assert len(entry.changes) == 5


@pytest.mark.parametrize(
    ("field", "value"),
    [("prefix", "W-"), ("width", 4), ("first", 0), ("gapless", False), ("last", 2)],
)
def test_a_used_range_keeps_what_its_numbers_are_made_of(
    office: Office, field: str, value: object
) -> None:
    """And does not end before what was handed out; what hinders is named."""
    kept = office.reserve()
    for _ in range(3):
        office.take()

    with pytest.raises(RangeInUse) as refused:
        office.change(kept, **{field: value, "warn_at": 0})

    assert (refused.value.fields, refused.value.latest) == ((field,), "WEB-00003")
    assert office.take() == "WEB-00004"


def test_a_used_range_is_extended_and_shortened_at_its_end(office: Office) -> None:
    """Down to the number handed out last; extended, it goes on where it was."""
    kept = office.reserve()
    for _ in range(3):
        office.take()

    kept = office.change(kept, last=3)
    with pytest.raises(NumbersExhausted):
        office.take()
    kept = office.change(kept, last=5)

    assert (office.take(), office.kept().left) == ("WEB-00004", 1)


def test_an_extended_range_overlaps_no_other(small: Office) -> None:
    """What was free when it was reserved may be reserved by now."""
    kept = small.reserve()
    small.reserve(key="next", first=11, last=20)

    with pytest.raises(RangesOverlap):
        small.change(kept, last=11)


def test_an_older_version_changes_nothing(small: Office) -> None:
    """Two staff members had the same form open; the second one reloads."""
    kept = small.reserve()
    small.change(kept, last=20)

    with pytest.raises(Stale):
        small.change(kept, last=30)


def test_a_change_of_nothing_is_none(small: Office) -> None:
    """It is not told, and the version stays."""
    kept = small.reserve()

    assert small.change(kept) == kept
    assert small.told("numbers.range_changed") == []


def test_a_range_nobody_reserved_is_not_found(small: Office) -> None:
    """Neither for staff nor for who takes from it."""
    unknown = a_range(version=1)
    with pytest.raises(NumberRangeNotFound):
        small.change(unknown)
    with pytest.raises(NumberRangeNotFound):
        small.take()
    with pytest.raises(NumberRangeNotFound):
        small.numbering.take_ahead(JOB, HERE, WEB)


# Taking -----------------------------------------------------------------------------------------


def test_an_exhausted_range_is_a_clear_error(office: Office) -> None:
    """After the last number, each time, until it is extended."""
    kept = office.reserve(last=2, warn_at=0)

    assert [office.take(), office.take()] == ["WEB-00001", "WEB-00002"]
    for _ in range(2):
        with pytest.raises(NumbersExhausted) as refused:
            office.take()
        assert refused.value.range == WEB
    office.change(kept, last=3)
    assert office.take() == "WEB-00003"


def test_a_warning_comes_once_and_before_the_end(office: Office) -> None:
    """When as few are left as were named; and once when none is."""
    office.reserve(last=5, warn_at=2)
    seen = []
    for _ in range(5):
        office.take()
        seen.append((len(office.told("numbers.run_low")), len(office.told("numbers.run_out"))))
    with pytest.raises(NumbersExhausted):
        office.take()

    assert seen == [(0, 0), (0, 0), (1, 0), (1, 0), (1, 1)]
    assert office.told("numbers.run_low")[0].facts == {"range": "web", "left": "2"}
    assert len(office.told("numbers.run_out")) == 1


def test_an_extended_range_warns_again(small: Office) -> None:
    """Each time it comes down to it."""
    kept = small.reserve(last=4, warn_at=2)
    small.take()
    small.take()
    small.change(kept, last=6)
    small.take()
    small.take()

    assert len(small.told("numbers.run_low")) == 2


def test_a_change_that_crosses_the_line_warns_at_once(small: Office) -> None:
    """Whoever asks to be warned earlier than it is already, or ends a range."""
    kept = small.reserve(last=10, warn_at=2)
    for _ in range(5):
        small.take()

    kept = small.change(kept, warn_at=5)
    kept = small.change(kept, warn_at=6)
    assert len(small.told("numbers.run_low")) == 1
    small.change(kept, last=5, warn_at=4)
    assert len(small.told("numbers.run_out")) == 1


def test_what_was_broken_off_has_not_warned(small: Office) -> None:
    """The warning belongs to the unit that takes the number, like the number."""
    small.reserve(last=3, warn_at=2)
    with small.storage.begin(JOB) as work:
        small.numbering.take(work, HERE, WEB)
    assert small.told("numbers.run_low") == []

    small.take()
    assert len(small.told("numbers.run_low")) == 1


def test_a_number_in_use_is_passed_over(office: Office) -> None:
    """The register may have it from the ERP, or from before the range was reserved."""
    office.reserve()
    office.used = {"WEB-00001", "WEB-00002", "WEB-00004"}

    assert [office.take(), office.take()] == ["WEB-00003", "WEB-00005"]


def test_passing_over_has_an_end(small: Office) -> None:
    """Then nothing of the unit happened, so that staff can still let the range begin elsewhere."""
    kept = small.reserve(last=999)
    small.used = {kept.text(number) for number in range(1, SKIPS + 2)}

    with pytest.raises(NumbersOccupied):
        small.take()

    assert small.kept() == kept
    small.change(kept, first=SKIPS + 2)
    assert small.take() == kept.text(SKIPS + 2)


# Before a unit ----------------------------------------------------------------------------------


def test_a_number_taken_ahead_is_gone(office: Office) -> None:
    """Whatever becomes of who took it."""
    office.reserve(gapless=False)
    numbering = office.numbering

    assert [numbering.take_ahead(JOB, HERE, WEB) for _ in range(2)] == ["WEB-00001", "WEB-00002"]


def test_a_gapless_range_gives_nothing_ahead(office: Office) -> None:
    """Its numbers are taken in the unit that uses them."""
    kept = office.reserve(gapless=True)

    assert office.numbering.take_ahead(JOB, HERE, WEB) is None
    assert office.kept() == kept


def test_what_is_in_use_is_passed_over_for_good_ahead(small: Office) -> None:
    """The same call gets further the next time."""
    kept = small.reserve(last=999, gapless=False)
    small.used = {kept.text(number) for number in range(1, SKIPS + 2)}

    with pytest.raises(NumbersOccupied):
        small.numbering.take_ahead(JOB, HERE, WEB)

    assert small.numbering.take_ahead(JOB, HERE, WEB) == kept.text(SKIPS + 2)


def test_exhausted_is_exhausted_ahead_too(small: Office) -> None:
    """The same error."""
    small.reserve(last=1, warn_at=0, gapless=False)
    small.numbering.take_ahead(JOB, HERE, WEB)

    with pytest.raises(NumbersExhausted):
        small.numbering.take_ahead(JOB, HERE, WEB)
