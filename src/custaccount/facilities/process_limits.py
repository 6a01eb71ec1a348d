"""Limits of one process: counted in its memory, apart from all others."""

import threading
from collections import OrderedDict
from datetime import datetime
from typing import ClassVar

import attrs

from custaccount.facilities.limits import Limit
from custaccount.kernel.clock import Clock
from custaccount.kernel.ids import RealmId
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.sources import utc_now

BUCKETS_MOST = 50_000
"""Keys that are remembered; beyond, those used longest ago are forgotten."""

_Name = tuple[RealmId, str, str]


@attrs.frozen
class _Bucket:
    uses: tuple[datetime, ...]
    over: datetime
    """When the last use stops counting."""


class ProcessLimits:
    """Counts in this process: exact for a host of one process, and for its tests.

    Several processes let pass several times as much: they need a store they share. Memory is
    bounded; to push a key out of it takes as many others as it has room for, each used since.
    """

    process_local: ClassVar[bool] = True
    """Others do not see what is counted here; ``doctor`` says so."""

    def __init__(self, clock: Clock = utc_now, *, most: int = BUCKETS_MOST) -> None:
        self._clock = clock
        self._most = most
        self._turn = threading.Lock()
        self._buckets: OrderedDict[_Name, _Bucket] = OrderedDict()

    def take(self, scope: RealmScope, limit: Limit, key: str) -> bool:
        """See ``Limits``."""
        name = (scope.realm, limit.name, key)
        with self._turn:
            now = self._clock()
            seen = self._buckets.get(name)
            uses = limit.with_one_more(seen.uses if seen else (), at=now)
            if uses is None:
                return False
            self._buckets[name] = _Bucket(uses, now + limit.per)
            self._buckets.move_to_end(name)
            self._make_room(now)
            return True

    def used(self, scope: RealmScope, limit: Limit, key: str) -> int:
        """See ``Limits``."""
        with self._turn:
            seen = self._buckets.get((scope.realm, limit.name, key))
            return len(limit.counted(seen.uses, at=self._clock())) if seen else 0

    def forget(self, scope: RealmScope, limit: Limit, key: str) -> None:
        """See ``Limits``."""
        with self._turn:
            self._buckets.pop((scope.realm, limit.name, key), None)

    def _make_room(self, now: datetime) -> None:
        """Forget what is over at the front, a little with every use, and what is too much."""
        for _ in range(2):
            name, oldest = next(iter(self._buckets.items()))
            if oldest.over > now and len(self._buckets) <= self._most:
                return
            del self._buckets[name]
