"""What staff do with number ranges."""

import attrs

from custaccount.facilities.audit import changes_of
from custaccount.facilities.numbers import (
    AUDITED,
    NumberRange,
    NumberRangeChanged,
    NumberRangeNotFound,
    NumberRangeReserved,
    NumbersReading,
    NumbersWork,
    alarms,
    apart,
    changed,
    checked,
)
from custaccount.kernel.access import Permission, Staff
from custaccount.kernel.clock import Clock
from custaccount.kernel.errors import AlreadyThere, Stale, TryAgain
from custaccount.kernel.ids import RangeKey
from custaccount.kernel.operations import requires
from custaccount.kernel.work import Begin, Reading, repeatable

KIND = "number range"


@attrs.frozen(kw_only=True)
class NumberDesk:
    """Reserves number ranges and extends what runs out."""

    _reading: Reading[NumbersReading] = attrs.field(alias="reading")
    _begin: Begin[NumbersWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")

    @requires(Permission.MANAGE_PORTALS)
    @repeatable
    def reserve(
        self,
        staff: Staff,
        *,
        key: str,
        prefix: str = "",
        width: int,
        first: int,
        last: int,
        warn_at: int,
        gapless: bool = True,
    ) -> NumberRange:
        """Set numbers aside for what is made here.

        Raises:
            InvalidFields: with every field that does not hold.
            AlreadyThere: the key is taken.
            RangesOverlap: another range has some of the numbers.
        """
        new = checked(
            NumberRange(
                key=RangeKey(key),
                prefix=prefix,
                width=width,
                first=first,
                last=last,
                warn_at=warn_at,
                gapless=gapless,
            )
        )
        with self._begin(staff) as work:
            others = work.numbers.all(staff.scope)
            if any(one.key == new.key for one in others):
                raise AlreadyThere(kind=KIND)
            kept = _save(work, staff, apart(new, others))
            changes = changes_of(None, kept, shown=AUDITED)
            work.record(NumberRangeReserved(at=self._clock(), range=kept.key, changes=changes))
            work.commit()
        return kept

    @requires(Permission.MANAGE_PORTALS)
    @repeatable
    def change(
        self,
        staff: Staff,
        key: RangeKey,
        *,
        prefix: str,
        width: int,
        first: int,
        last: int,
        warn_at: int,
        gapless: bool,
        version: int,
    ) -> NumberRange:
        """Change a range: its end and its warning at any time, the rest until it is first used.

        Args:
            staff: Who changes it.
            key: Which range.
            prefix: As for a new one.
            width: As for a new one.
            first: As for a new one.
            last: As for a new one; not before what was handed out.
            warn_at: As for a new one; a range that has fewer left now warns at once.
            gapless: As for a new one.
            version: Of the range as it was shown.

        Raises:
            InvalidFields: with every field that does not hold.
            NumberRangeNotFound: there is none in this realm.
            Stale: somebody changed it since it was shown.
            RangeInUse: numbers were handed out that the change would make anew.
            RangesOverlap: another range has some of the numbers.
        """
        wanted = checked(
            NumberRange(
                key=key,
                prefix=prefix,
                width=width,
                first=first,
                last=last,
                warn_at=warn_at,
                gapless=gapless,
                version=version,
            )
        )
        with self._begin(staff) as work:
            before = work.numbers.hold(staff.scope, key)
            if before is None:
                raise NumberRangeNotFound
            if before.version != version:
                raise Stale(kind=KIND, id=key, version=version)
            after = changed(
                before, attrs.evolve(wanted, taken=before.taken, edition=before.edition)
            )
            if after == before:
                return before
            kept = _save(work, staff, apart(after, work.numbers.all(staff.scope)))
            changes = changes_of(before, kept, shown=AUDITED)
            now = self._clock()
            work.record(NumberRangeChanged(at=now, range=key, changes=changes))
            for event in alarms(before, kept, at=now):
                work.record(event)
            work.commit()
        return kept

    @requires(Permission.MANAGE_PORTALS)
    def all(self, staff: Staff) -> tuple[NumberRange, ...]:
        """List the realm's ranges by key, with how many numbers each has left."""
        with self._reading() as view:
            return tuple(view.numbers.all(staff.scope))


def _save(work: NumbersWork, staff: Staff, range: NumberRange) -> NumberRange:
    """Keep a range whose edition is taken only if a rival changed the ranges meanwhile."""
    try:
        return work.numbers.save(staff.scope, range)
    except AlreadyThere as lost:
        raise TryAgain from lost
