"""Handing numbers out, inside a unit or before it."""

from collections.abc import Callable
from typing import Generic, TypeVar

import attrs

from custaccount.facilities.numbers import (
    NumberRangeNotFound,
    NumbersExhausted,
    NumbersOccupied,
    NumbersWork,
    alarms,
)
from custaccount.kernel.access import Actor
from custaccount.kernel.clock import Clock
from custaccount.kernel.ids import RangeKey
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.work import Begin, repeatable

SKIPS = 100
"""Numbers in use already that are passed over in one call; others wait as long."""

W = TypeVar("W", bound=NumbersWork)


@attrs.frozen(kw_only=True)
class Numbering(Generic[W]):
    """Hands numbers out to other services, and passes over what is in use already."""

    _begin: Begin[W] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")
    _is_used: Callable[[W, RealmScope, str], bool] = attrs.field(alias="is_used")
    """Tells, inside a unit, whether something of the realm has this number."""

    def take(self, work: W, scope: RealmScope, key: RangeKey) -> str:
        """Hand a number out in the caller's unit: it is gone when, and only if, that commits.

        Whoever takes from the same range waits for that; so take it last, and commit.

        Raises:
            NumbersExhausted: none is left.
            NumbersOccupied: the next ones are all in use.
            NumberRangeNotFound: there is no such range.
        """
        for _ in range(SKIPS):
            taken = work.numbers.take(scope, key)
            if taken is None:
                raise NumbersExhausted(range=key)
            for event in alarms(taken.before, taken.range, at=self._clock()):
                work.record(event)
            if not self._is_used(work, scope, taken.number):
                return taken.number
        raise NumbersOccupied(range=key, looked_at=SKIPS)

    @repeatable
    def take_ahead(self, actor: Actor, scope: RealmScope, key: RangeKey) -> str | None:
        """Hand a number out in a short unit of its own; it is gone, whatever becomes of it.

        None if the range is gapless: such a number is taken in the unit that uses it.

        Raises:
            NumbersExhausted: none is left.
            NumbersOccupied: the next ones are all in use; they are passed over for good.
            NumberRangeNotFound: there is no such range.
        """
        with self._begin(actor) as work:
            kept = work.numbers.find(scope, key)
            if kept is None:
                raise NumberRangeNotFound
            if kept.gapless:
                return None
            try:
                number = self.take(work, scope, key)
            except NumbersOccupied:
                work.commit()
                raise
            work.commit()
        return number
