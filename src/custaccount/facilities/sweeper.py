"""The sweeper: forgets what is over, a little at a time."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import attrs

from custaccount.kernel.access import System
from custaccount.kernel.clock import Clock
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.work import Begin, Recording, repeatable

BATCH = 500
"""Rows forgotten in one unit: few enough that nobody waits for it."""

W = TypeVar("W", bound=Recording)


@attrs.frozen(kw_only=True)
class Chore(Generic[W]):
    """One kind of thing that is over some time."""

    name: str
    """Whose things and which: ``tickets.expired``."""
    keep: timedelta
    """How long they are kept all the same."""
    purge: Callable[[W, RealmScope, datetime, int], int]
    """Forgets what was over before a moment, so many at most; says how many there were."""


@attrs.frozen(kw_only=True)
class ChoreApart:
    """One kind of thing that is kept elsewhere, in transactions of its own."""

    name: str
    keep: timedelta
    purge: Callable[[RealmScope, datetime, int], int]
    """Forgets what was over before a moment, so many at most; says how many there were."""


@attrs.frozen(kw_only=True)
class Swept:
    """What was forgotten of one kind, in all realms."""

    chore: str
    forgotten: int


@attrs.frozen(kw_only=True)
class Sweeper(Generic[W]):
    """Does every chore in every realm, each batch in a unit of its own.

    Whoever stops it in the middle has lost nothing: the next run goes on. Two may run at once.
    """

    _begin: Begin[W] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")
    _chores: Sequence[Chore[W]] = attrs.field(alias="chores")
    _apart: Sequence[ChoreApart] = attrs.field(alias="apart", default=())

    def run(
        self, realms: Iterable[RealmScope], *, progress: Callable[[Swept], None] | None = None
    ) -> tuple[Swept, ...]:
        """Sweep realms and say what was forgotten.

        Args:
            realms: Where.
            progress: Told after each batch how many of a kind are forgotten by now.
        """
        chores: tuple[Chore[W] | ChoreApart, ...] = (*self._chores, *self._apart)
        done = {chore.name: 0 for chore in chores}
        for scope in realms:
            for chore in chores:
                before = self._clock() - chore.keep
                while count := self._forgotten(scope, chore, before):
                    done[chore.name] += count
                    if progress is not None:
                        progress(Swept(chore=chore.name, forgotten=done[chore.name]))
        return tuple(Swept(chore=name, forgotten=count) for name, count in done.items())

    def _forgotten(self, scope: RealmScope, chore: Chore[W] | ChoreApart, before: datetime) -> int:
        if isinstance(chore, ChoreApart):
            return chore.purge(scope, before, BATCH)
        return self._batch(scope, chore, before)

    @repeatable
    def _batch(self, scope: RealmScope, chore: Chore[W], before: datetime) -> int:
        with self._begin(System(realm=scope.realm, job="sweeper")) as work:
            count = chore.purge(work, scope, before, BATCH)
            work.commit()
        return count
