"""Number ranges: where new numbers come from, each handed out once."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar, Protocol

import attrs

from custaccount.kernel.errors import (
    Conflict,
    InvalidInput,
    NotFound,
    Unavailable,
    refuse_unless,
)
from custaccount.kernel.events import Event
from custaccount.kernel.i18n import N_
from custaccount.kernel.ids import RangeKey
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.work import Recording

WIDEST = 18
"""Digits; so many fit the integers of every storage."""
HIGHEST = 10**WIDEST - 1

_KEY = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_PREFIX = re.compile(r"|(?=[A-Z0-9])[A-Z0-9._-]{0,19}[A-Z._-]")
"""In capitals, for numbers are compared that way; no sign that a table or a path would read."""


class NumberRangeNotFound(NotFound):
    """No such number range in this realm."""

    code = "numbers.not_found"
    template = N_("This number range is not known.")


@attrs.frozen(kw_only=True)
class NumbersExhausted(Unavailable):
    """The range has no number left; once staff extend it, the same call succeeds."""

    code = "numbers.exhausted"
    template = N_("There is no number left at the moment. Please try again later.")

    range: RangeKey


@attrs.frozen(kw_only=True)
class NumbersOccupied(Unavailable):
    """Too many of the next numbers are in use already; staff have to reserve another range."""

    code = "numbers.occupied"
    template = N_("There is no free number at the moment. Please try again later.")

    range: RangeKey
    looked_at: int


@attrs.frozen(kw_only=True)
class RangesOverlap(InvalidInput):
    """Another range of the realm has some of these numbers."""

    code = "numbers.overlap"
    template = N_("The number range %(range)s has some of these numbers already.")

    range: RangeKey
    """The other one."""


@attrs.frozen(kw_only=True)
class RangeInUse(Conflict):
    """Numbers of the range were handed out, so this can't change any more."""

    code = "numbers.in_use"
    template = N_("Numbers up to %(latest)s have been handed out. Please reload.")

    range: RangeKey
    fields: tuple[str, ...]
    """What was to be changed."""
    latest: str


@attrs.frozen(kw_only=True)
class NumberRange:
    """Numbers from a first to a last, set aside for what is made here, and how many are gone."""

    key: RangeKey
    """Names it within its realm, in lower case."""
    prefix: str
    """What stands before the digits; it ends in none, so that a number has one reading."""
    width: int
    """Digits at least, filled up with zeros in front; what is longer stays whole."""
    first: int
    last: int
    warn_at: int
    """How many are left when a warning comes; with 0 only the end is told."""
    gapless: bool
    """Whether no number may be skipped, or those are lost of what was broken off."""
    taken: int = 0
    """How many were handed out; only ``take`` counts."""
    edition: int = 0
    """Which change of all the realm's ranges it came with: no two changes are of one edition."""
    version: int = 0

    @property
    def id(self) -> str:
        """What it is kept under: its key."""
        return self.key

    @property
    def next(self) -> int:
        """The number that is handed out next, if one is left."""
        return self.first + self.taken

    @property
    def left(self) -> int:
        """How many can be handed out."""
        return self.last + 1 - self.next

    def text(self, number: int) -> str:
        """Write a number as it is handed out."""
        return f"{self.prefix}{number:0{self.width}}"

    def overlaps(self, other: "NumberRange") -> bool:
        """Tell whether both have a number; zeros in front make none of its own.

        An ERP that reads numbers as integers takes 0815 and 00815 for one.
        """
        same = self.prefix == other.prefix
        return same and self.first <= other.last and other.first <= self.last


@attrs.frozen
class Taken:
    """A number nobody else gets."""

    range: NumberRange
    """As it is from now on."""

    @property
    def before(self) -> NumberRange:
        """The range, as it was."""
        return attrs.evolve(self.range, taken=self.range.taken - 1)

    @property
    def number(self) -> str:
        """The number, as it is written."""
        return self.range.text(self.range.next - 1)


AUDITED = ("prefix", "width", "first", "last", "warn_at", "gapless")
"""What staff decide of a range; the audit trail tells it, before and after."""
UNTIL_USED = ("prefix", "width", "first", "gapless")
"""What may change until the first number is handed out."""


@attrs.frozen(kw_only=True)
class NumberRangeReserved(Event):
    """Numbers have been set aside."""

    name: ClassVar[str] = "numbers.range_reserved"

    range: RangeKey


@attrs.frozen(kw_only=True)
class NumberRangeChanged(Event):
    """Staff changed a range."""

    name: ClassVar[str] = "numbers.range_changed"

    range: RangeKey


@attrs.frozen(kw_only=True)
class NumbersRunLow(Event):
    """A range has as few numbers left as it warns at; told once, not with each one after it."""

    name: ClassVar[str] = "numbers.run_low"

    range: RangeKey
    left: int


@attrs.frozen(kw_only=True)
class NumbersRunOut(Event):
    """The last number of a range is gone."""

    name: ClassVar[str] = "numbers.run_out"

    range: RangeKey


def checked(new: NumberRange) -> NumberRange:
    """Return a range whose every field holds.

    Raises:
        InvalidFields: with every one that does not.
    """
    fits = 0 <= new.first <= new.last
    refuse_unless(
        (
            (
                "key",
                _KEY.fullmatch(new.key),
                N_("Use 1 to 64 lower-case letters, digits and hyphens."),
            ),
            (
                "prefix",
                _PREFIX.fullmatch(new.prefix),
                N_("Use up to 20 capital letters, digits and -._, with no digit at the end."),
            ),
            ("width", 1 <= new.width <= WIDEST, N_("Use 1 to 18 digits.")),
            ("first", 0 <= new.first <= HIGHEST, N_("Use 0 or more, of up to 18 digits.")),
            (
                "last",
                new.first <= new.last <= HIGHEST,
                N_("Use the first number or a higher one, of up to 18 digits."),
            ),
            (
                "warn_at",
                not fits or 0 <= new.warn_at <= new.last - new.first,
                N_("Use 0 or more, and fewer than there are numbers."),
            ),
        ),
        code="numbers.invalid",
    )
    return new


def apart(new: NumberRange, others: Sequence[NumberRange]) -> NumberRange:
    """Return a range that has no number of another one, with the edition that comes next.

    Args:
        new: The range.
        others: All of its realm; what is kept under its own key is left out.

    Raises:
        RangesOverlap: another one has some of its numbers.
    """
    for other in others:
        if other.key != new.key and new.overlaps(other):
            raise RangesOverlap(range=other.key)
    return attrs.evolve(new, edition=max((one.edition for one in others), default=0) + 1)


def changed(before: NumberRange, after: NumberRange) -> NumberRange:
    """Return a changed range that can't hand a number out again.

    Raises:
        RangeInUse: numbers were handed out, and what they are made of or how they are counted is
            to change, or the range is to end before them.
    """
    if not before.taken:
        return after
    fields = [name for name in UNTIL_USED if getattr(before, name) != getattr(after, name)]
    if after.last < before.next - 1:
        fields.append("last")
    if fields:
        raise RangeInUse(
            range=before.key, fields=tuple(fields), latest=before.text(before.next - 1)
        )
    return after


def alarms(before: NumberRange, after: NumberRange, *, at: datetime) -> Iterator[Event]:
    """Tell what staff have to know: that few numbers are left now, or none."""
    if after.left == 0:
        if before.left > 0:
            yield NumbersRunOut(at=at, range=after.key)
    elif after.left <= after.warn_at and before.left > before.warn_at:
        yield NumbersRunLow(at=at, range=after.key, left=after.left)


class ReadNumbers(Protocol):
    """Looks number ranges up."""

    def find(self, scope: RealmScope, key: RangeKey) -> NumberRange | None:
        """Return the range, or None."""
        ...

    def all(self, scope: RealmScope) -> Sequence[NumberRange]:
        """Return the realm's ranges by key."""
        ...


class KeepNumbers(ReadNumbers, Protocol):
    """Keeps number ranges, and counts what they hand out by one conditional statement."""

    def hold(self, scope: RealmScope, key: RangeKey) -> NumberRange | None:
        """Return the range, or None; nobody takes from it until this unit ends.

        A storage that can't make others wait refuses, at the end, the unit that was overtaken.
        """
        ...

    def save(self, scope: RealmScope, range: NumberRange) -> NumberRange:
        """Keep a range and return it with its new version.

        Once a range is kept, ``take`` alone counts its numbers: a save leaves the count as it is.

        Raises:
            Stale: a newer version is kept.
            AlreadyThere: its key is taken, or its edition.
        """
        ...

    def take(self, scope: RealmScope, key: RangeKey) -> Taken | None:
        """Hand the next number out; None if none is left.

        Atomic: no two units that commit get the same number. One that is left gives its number
        back, so that committed units have them without a gap.

        Raises:
            NumberRangeNotFound: there is no such range.
        """
        ...


class NumbersReading(Protocol):
    """A snapshot, as who looks after ranges sees it."""

    @property
    def numbers(self) -> ReadNumbers:
        """Number ranges."""
        ...


class NumbersWork(Recording, Protocol):
    """A writing unit, as who takes numbers sees it."""

    @property
    def numbers(self) -> KeepNumbers:
        """Number ranges."""
        ...
