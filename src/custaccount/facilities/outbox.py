"""The outbox: events leave at least once, after they are true, with a stable id."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol

import attrs

from custaccount.kernel.events import Event
from custaccount.kernel.ids import EventId, RealmId
from custaccount.kernel.scope import RealmScope

LEASE = timedelta(seconds=60)
TRIES = 8
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=1)


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


Subscriber = Callable[[Posted], None]
"""Gets every event at least once, after commit; where it raises, it gets it again later."""


class ReadOutbox(Protocol):
    """Looks at what is on its way out."""

    def realms_due(self, *, at: datetime, limit: int) -> Sequence[RealmId]:
        """Name realms that have something to deliver now; for relays only, so without scope."""
        ...

    def count(self, scope: RealmScope, state: PostState) -> int:
        """Count the events in a state."""
        ...


class Outbox(ReadOutbox, Protocol):
    """Leases events to relays. Recording them is part of every writing unit."""

    def lease(
        self, scope: RealmScope, *, at: datetime, until: datetime, limit: int
    ) -> Sequence[Posted]:
        """Take waiting events whose time has come, oldest first; nobody else gets them until then.

        Atomic: two relays never hold one event at the same moment.
        """
        ...

    def delivered(self, scope: RealmScope, posted: Posted) -> bool:
        """Mark an event done; False if its lease was lost to another relay."""
        ...

    def failed(self, scope: RealmScope, posted: Posted, *, again: datetime | None) -> bool:
        """Give an event back for a later try, or keep it as dead; False if its lease was lost."""
        ...


def pause_after(tries: int) -> timedelta | None:
    """Say how long to wait after so many tries; None if that was the last."""
    if tries >= TRIES:
        return None
    return min(FIRST_PAUSE * (1 << (tries - 1)), LONGEST_PAUSE)
