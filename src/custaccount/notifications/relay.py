"""The relay: delivers what the outbox holds, at least once."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import attrs

from custaccount.facilities.outbox import (
    LEASE,
    Outbox,
    Posted,
    ReadOutbox,
    Subscriber,
    pause_after,
)
from custaccount.kernel.access import System
from custaccount.kernel.clock import Clock
from custaccount.kernel.ids import EventId, RealmId
from custaccount.kernel.work import Begin, Reading, Recording, repeatable

LOG = logging.getLogger("custaccount.relay")
BATCH = 5
"""Events leased at once: that many mails of ten seconds each stay within a lease."""
REALMS = 20
"""Realms looked for at once."""
REMEMBERED = 1000
"""Half-delivered events of which is known who had them."""


class RelayReading(Protocol):
    """A snapshot, as the relay sees it."""

    @property
    def outbox(self) -> ReadOutbox:
        """Events on their way out."""
        ...


class RelayWork(Recording, Protocol):
    """A writing unit, as the relay sees it."""

    @property
    def outbox(self) -> Outbox:
        """Events on their way out."""
        ...


@attrs.frozen(kw_only=True)
class Delivered:
    """What one run of the relay did."""

    delivered: int = 0
    failed: int = 0
    """To be tried again later."""
    dead: int = 0
    """Given up after the last try; kept for a person to look at."""

    def __add__(self, other: "Delivered") -> "Delivered":
        """Add another run."""
        return Delivered(
            delivered=self.delivered + other.delivered,
            failed=self.failed + other.failed,
            dead=self.dead + other.dead,
        )


@attrs.frozen(kw_only=True)
class Relay:
    """Hands every event to every subscriber, after the unit that recorded it was committed.

    Two relays never deliver one event at the same moment. What one that died had
    leased is delivered again by another, with the same id; who must not act twice looks at the id.
    A subscriber that raises keeps no other from getting the event, and only it gets it again.
    """

    _reading: Reading[RelayReading] = attrs.field(alias="reading")
    _begin: Begin[RelayWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")
    _subscribers: Sequence[Subscriber] = attrs.field(alias="subscribers")
    _left: dict[EventId, Sequence[Subscriber]] = attrs.field(init=False, factory=dict)
    """Who has yet to get an event that others have got; lost with the process."""

    def run(self) -> Delivered:
        """Deliver everything that is due now, in every realm, and say how it went."""
        done = Delivered()
        while realms := self._due():
            for realm in realms:
                done += self._deliver(System(realm=realm, job="relay"))
        return done

    def _due(self) -> Sequence[RealmId]:
        with self._reading() as view:
            return view.outbox.realms_due(at=self._clock(), limit=REALMS)

    def _deliver(self, actor: System) -> Delivered:
        until = self._clock() + LEASE
        done = Delivered()
        for posted in self._lease(actor, until):
            if self._clock() >= until:  # the rest is anybody's again
                break
            done += self._hand_over(actor, posted)
        return done

    @repeatable
    def _lease(self, actor: System, until: datetime) -> Sequence[Posted]:
        with self._begin(actor) as work:
            taken = work.outbox.lease(actor.scope, at=self._clock(), until=until, limit=BATCH)
            work.commit()
        return taken

    def _hand_over(self, actor: System, posted: Posted) -> Delivered:
        waiting = self._left.pop(posted.id, self._subscribers)
        left = [subscriber for subscriber in waiting if not _took(subscriber, posted)]
        if not left:
            return self._mark(actor, posted)
        pause = pause_after(posted.tries)
        if pause is None:
            return self._give_back(actor, posted, None)
        if len(self._left) >= REMEMBERED:
            self._left.clear()
        self._left[posted.id] = left
        return self._give_back(actor, posted, self._clock() + pause)

    @repeatable
    def _mark(self, actor: System, posted: Posted) -> Delivered:
        with self._begin(actor) as work:
            held = work.outbox.delivered(actor.scope, posted)
            work.commit()
        return Delivered(delivered=int(held))

    @repeatable
    def _give_back(self, actor: System, posted: Posted, again: datetime | None) -> Delivered:
        with self._begin(actor) as work:
            held = work.outbox.failed(actor.scope, posted, again=again)
            work.commit()
        dead = held and again is None
        return Delivered(failed=int(held and not dead), dead=int(dead))


def _took(subscriber: Subscriber, posted: Posted) -> bool:
    try:
        subscriber(posted)
    except Exception as failure:  # noqa: BLE001 - it may raise anything; others go on
        facts = {"event": posted.event.name, "id": posted.id, "tries": posted.tries}
        LOG.warning("delivery_failed", extra=facts | {"failure": type(failure).__name__})
        return False
    return True
