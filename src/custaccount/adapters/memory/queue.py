"""The table of events on their way out, which knows who is next without asking everybody."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Self

import attrs

from custaccount.adapters.memory.heap import Heap, pushed
from custaccount.adapters.memory.table import Table
from custaccount.facilities.outbox import PostState
from custaccount.kernel.events import Event
from custaccount.kernel.ids import EventId, RealmId

Key = tuple[str, ...]
Due = tuple[datetime, datetime, int, Key]
"""When an event's time comes, when it happened, as which it was kept, and its key."""
Age = tuple[datetime, int, Key, datetime]
"""The same, the oldest first."""


@attrs.frozen(kw_only=True)
class Post:
    """An event on its way out, with all a relay must not know."""

    id: EventId
    realm: RealmId
    event: Event
    due: datetime
    """When it may be leased: at once, after a pause, or when its lease is over."""
    place: int = 0
    """As which it was kept, for those of one moment."""
    state: PostState = PostState.WAITING
    tries: int = 0
    fence: int = 0
    had: frozenset[str] = frozenset()


@attrs.frozen
class Line:
    """Who waits in a realm. An event that has gone on since is still in it, and passed over."""

    ready: Heap[Age] | None = None
    """Whose time had come when somebody last took one."""
    later: Heap[Due] | None = None
    counts: Mapping[PostState, int] = attrs.field(factory=dict)


@attrs.define(eq=False)
class Queue(Table[Key, Post]):
    """Events by key; each realm has its line."""

    _lines: Mapping[str, Line] = attrs.field(factory=dict, kw_only=True)

    @classmethod
    def empty(cls) -> Self:
        """Make one in which nobody waits."""
        return cls("event", marks=_dead)

    def put(self, key: Key, row: Post) -> None:
        """Keep a row; one that waits gets into line."""
        before = self.find(key)
        super().put(key, row)
        line = self._counted(key, before, row)
        if row.state is PostState.WAITING:
            due = (row.due, row.event.at, row.place, key)
            line = attrs.evolve(line, later=pushed(line.later, due))
        self._set(key[0], line)

    def drop(self, key: Key) -> bool:
        """Forget a row; False if there was none."""
        before = self.find(key)
        if before is not None:
            self._set(key[0], self._counted(key, before, None))
        return super().drop(key)

    def count(self, realm: str, state: PostState) -> int:
        """Count the events in a state."""
        return self._line(realm).counts.get(state, 0)

    def take(self, realm: str, *, at: datetime, limit: int) -> list[Post]:
        """Take from the line whose time has come, oldest first; who takes one puts it back."""
        line = self._called(realm, at)
        taken: dict[Key, Post] = {}
        early: list[Due] = []
        ready = line.ready
        while ready is not None and len(taken) < limit:
            happened, place, key, due = ready.least
            row = self._waits(key, due)
            if row is not None and due > at:  # called up by somebody whose clock is ahead
                early.append((due, happened, place, key))
            elif row is not None:
                taken[key] = row
            ready = ready.rest
        later = line.later
        for one in early:
            later = pushed(later, one)
        self._set(realm, attrs.evolve(line, ready=ready, later=later))
        return list(taken.values())

    def realms_due(self, at: datetime) -> Iterator[RealmId]:
        """Name the realms where somebody's time has come."""
        for realm in self._lines:
            if any(due <= at for due in self._dues(realm)):
                yield RealmId(realm)

    def next_due(self) -> datetime | None:
        """Say when the next one's time comes."""
        return min((due for realm in self._lines for due in self._dues(realm)), default=None)

    def delivered(self, realm: str, *, recorded_before: datetime, limit: int) -> list[Post]:
        """Return old events that have arrived."""
        old = (
            row
            for row in self
            if row.realm == realm
            and row.state is PostState.DELIVERED
            and row.event.at < recorded_before
        )
        return list(islice(old, limit))

    def _line(self, realm: str) -> Line:
        return self._lines.get(realm) or Line()

    def _set(self, realm: str, line: Line) -> None:
        self._lines = {**self._lines, realm: line}

    def _counted(self, key: Key, before: Post | None, after: Post | None) -> Line:
        line = self._line(key[0])
        counts = dict(line.counts)
        for row, change in ((before, -1), (after, 1)):
            if row is not None:
                counts[row.state] = counts.get(row.state, 0) + change
        return attrs.evolve(line, counts=counts)

    def _waits(self, key: Key, due: datetime) -> Post | None:
        row = self.find(key)
        waits = row is not None and row.state is PostState.WAITING and row.due == due
        return row if waits else None

    def _called(self, realm: str, at: datetime) -> Line:
        """Let those whose time has come stand by their age."""
        line = self._line(realm)
        ready, later = line.ready, line.later
        while later is not None and later.least[0] <= at:
            due, happened, place, key = later.least
            if self._waits(key, due):
                ready = pushed(ready, (happened, place, key, due))
            later = later.rest
        return attrs.evolve(line, ready=ready, later=later)

    def _dues(self, realm: str) -> Iterator[datetime]:
        """Say when each one's time came that was called up, and when the next one's comes."""
        line = self._line(realm)
        ready, later = line.ready, line.later
        while ready is not None:
            *_, key, due = ready.least
            if self._waits(key, due):
                yield due
            ready = ready.rest
        while later is not None and not self._waits(later.least[3], later.least[0]):
            later = later.rest
        if later is not None:
            yield later.least[0]


def _dead(key: Key, row: Post) -> tuple[tuple[object, ...], ...]:
    return (("dead", key[0]),) if row.state is PostState.DEAD else ()
