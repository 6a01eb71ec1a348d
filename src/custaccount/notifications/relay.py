"""The relay: delivers what the outbox holds, at least once."""

import logging
from collections.abc import Sequence
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
from custaccount.kernel.ids import RealmId
from custaccount.kernel.work import Begin, Reading, Recording, repeatable

LOG = logging.getLogger("custaccount.relay")
BATCH = 20


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
    """

    _reading: Reading[RelayReading] = attrs.field(alias="reading")
    _begin: Begin[RelayWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")
    _subscribers: Sequence[Subscriber] = attrs.field(alias="subscribers")

    def run(self) -> Delivered:
        """Deliver everything that is due now, in every realm, and say how it went."""
        done = Delivered()
        while realms := self._due():
            for realm in realms:
                done += self._deliver(realm)
        return done

    def _due(self) -> Sequence[RealmId]:
        with self._reading() as view:
            return view.outbox.realms_due(at=self._clock(), limit=BATCH)

    def _deliver(self, realm: RealmId) -> Delivered:
        actor = System(realm=realm, job="relay")
        done = Delivered()
        for posted in self._lease(actor):
            done += self._hand_over(actor, posted)
        return done

    @repeatable
    def _lease(self, actor: System) -> Sequence[Posted]:
        now = self._clock()
        with self._begin(actor) as work:
            taken = work.outbox.lease(actor.scope, at=now, until=now + LEASE, limit=BATCH)
            work.commit()
        return taken

    def _hand_over(self, actor: System, posted: Posted) -> Delivered:
        try:
            for subscriber in self._subscribers:
                subscriber(posted)
        except Exception as failure:  # noqa: BLE001 - a subscriber may raise anything; others go on
            facts = {"event": posted.event.name, "id": posted.id, "tries": posted.tries}
            LOG.warning("delivery_failed", extra=facts | {"failure": type(failure).__name__})
            return self._give_back(actor, posted)
        return self._mark(actor, posted)

    @repeatable
    def _mark(self, actor: System, posted: Posted) -> Delivered:
        with self._begin(actor) as work:
            held = work.outbox.delivered(actor.scope, posted)
            work.commit()
        return Delivered(delivered=int(held))

    @repeatable
    def _give_back(self, actor: System, posted: Posted) -> Delivered:
        pause = pause_after(posted.tries)
        again = None if pause is None else self._clock() + pause
        with self._begin(actor) as work:
            work.outbox.failed(actor.scope, posted, again=again)
            work.commit()
        return Delivered(failed=int(again is not None), dead=int(again is None))
