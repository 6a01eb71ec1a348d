"""The outbox: events leave at least once, after they are true, with a stable id."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol

import attrs

from custaccount.kernel.clock import utc
from custaccount.kernel.events import Event
from custaccount.kernel.ids import EventId, RealmId
from custaccount.kernel.scope import RealmScope

LEASE = timedelta(seconds=60)
TRIES = 8
FIRST_PAUSE = timedelta(seconds=10)
GROWTH = 4
LONGEST_PAUSE = timedelta(hours=1)
"""All pauses together are three hours: a mail server may be away for that long."""


class PostState(Enum):
    """Where an event is on its way out."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


@attrs.frozen(kw_only=True)
class Posted:
    """An event leased to one relay for a while."""

    id: EventId
    realm: RealmId
    event: Event
    tries: int
    """How often its delivery has begun, this time included."""
    fence: int
    """Grows with every lease; a relay that comes back late has an old one."""
    had: frozenset[str] = frozenset()
    """The names of the subscribers that took it on an earlier try: they do not get it again."""


@attrs.frozen(kw_only=True)
class Undelivered:
    """An event that was given up, without what it carries: that may be unreadable."""

    id: EventId
    event: str
    """Which kind it is: ``credentials.reset_requested``."""
    at: datetime = attrs.field(converter=utc)
    """When it happened."""
    tries: int


Subscriber = Callable[[Posted], None]
"""Gets every event at least once, after commit; where it raises, it gets it again later.

What others have had is kept under their names: the attribute ``name``, or where a function or class
was defined. A subscriber whose name changed gets events that are half delivered once more.
"""


class ReadOutbox(Protocol):
    """Looks at what is on its way out."""

    def realms_due(self, *, at: datetime, limit: int) -> Sequence[RealmId]:
        """Name realms that have something to deliver now; for relays only, so without scope."""
        ...

    def next_due(self) -> datetime | None:
        """Say when the next waiting event of any realm may be leased; None if none waits.

        For relays only, so without scope; the moment may be over.
        """
        ...

    def count(self, scope: RealmScope, state: PostState) -> int:
        """Count the events in a state."""
        ...

    def dead(self, scope: RealmScope, *, limit: int) -> Sequence[Undelivered]:
        """Return the events that were given up, the oldest first."""
        ...


class Outbox(ReadOutbox, Protocol):
    """Leases events to relays. Recording them is part of every writing unit."""

    def lease(
        self, scope: RealmScope, *, at: datetime, until: datetime, limit: int
    ) -> Sequence[Posted]:
        """Take waiting events whose time has come, oldest first; nobody else gets them until then.

        Atomic: two relays never hold one event at the same moment. Nothing is returned only where
        nothing can be leased: what this version can't read is kept as dead, and the next is taken.
        """
        ...

    def delivered(self, scope: RealmScope, posted: Posted) -> bool:
        """Mark an event done; False if its lease was lost to another relay."""
        ...

    def failed(self, scope: RealmScope, posted: Posted, *, again: datetime | None) -> bool:
        """Give an event back for a later try, or keep it as dead; False if its lease was lost.

        Kept with it is who had it: ``posted.had``.
        """
        ...

    def revive(self, scope: RealmScope, event: EventId, *, at: datetime) -> bool:
        """Let an event that was given up wait again, due then, with all its tries before it.

        Who had it stays kept. False if it is not dead.
        """
        ...

    def purge(self, scope: RealmScope, *, recorded_before: datetime, limit: int) -> int:
        """Forget delivered events recorded before a moment; returns how many, at most the limit.

        What waits or was given up stays.
        """
        ...


def pause_after(tries: int) -> timedelta | None:
    """Say how long to wait after so many tries; None if that was the last."""
    if tries >= TRIES:
        return None
    pause = FIRST_PAUSE
    for _ in range(tries - 1):
        pause = min(pause * GROWTH, LONGEST_PAUSE)
    return pause
