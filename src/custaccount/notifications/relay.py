"""The relay: delivers what the outbox holds, at least once."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count
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
from custaccount.notifications.model import DeliveryGivenUp

LOG = logging.getLogger("custaccount.relay")
BATCH = 5
"""Events leased at once: that many mails of ten seconds each stay within a lease."""
REALMS = 20
"""Realms looked for at once."""
ROUNDS = 100
"""Batches of each realm before it is asked again which realms there are."""


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


def names_of(subscribers: Sequence[Subscriber]) -> Mapping[str, Subscriber]:
    """Find each subscriber's name; of several with one name, all but the first are numbered."""
    named: dict[str, Subscriber] = {}
    for one in subscribers:
        name = _name(one)
        if name in named:
            name = next(new for number in count(2) if (new := f"{name}#{number}") not in named)
        named[name] = one
    return named


def _name(subscriber: Subscriber) -> str:
    given = getattr(subscriber, "name", None)
    if isinstance(given, str):
        return given
    made = subscriber if hasattr(subscriber, "__qualname__") else type(subscriber)
    return f"{made.__module__}.{made.__qualname__}"


@attrs.frozen(kw_only=True)
class Relay:
    """Hands every event to every subscriber, after the unit that recorded it was committed.

    Two relays never deliver one event at the same moment. What one that died had
    leased is delivered again by another, with the same id; who must not act twice looks at the id.

    A subscriber that raises keeps no other from getting the event, and only it gets it again, from
    whichever process: who had it is kept with the event.
    """

    _reading: Reading[RelayReading] = attrs.field(alias="reading")
    _begin: Begin[RelayWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")
    _subscribers: Mapping[str, Subscriber] = attrs.field(alias="subscribers", converter=names_of)

    def run(self) -> Delivered:
        """Deliver everything that is due now, in every realm, and say how it went.

        What is due but held by another relay this very moment is left to it.
        """
        done, moving = Delivered(), True
        while moving and (realms := self._due()):
            moving = False
            for _ in range(ROUNDS):
                told = {realm: self._deliver(System(realm=realm, job="relay")) for realm in realms}
                realms = [realm for realm, one in told.items() if one is not None]
                if not realms:
                    break
                moving = True
                done = sum((one for one in told.values() if one is not None), done)
        return done

    def pause(self) -> timedelta | None:
        """Say how long nothing will be due; None if nothing waits at all."""
        with self._reading() as view:
            due = view.outbox.next_due()
        return None if due is None else max(due - self._clock(), timedelta(0))

    def _due(self) -> Sequence[RealmId]:
        with self._reading() as view:
            return view.outbox.realms_due(at=self._clock(), limit=REALMS)

    def _deliver(self, actor: System) -> Delivered | None:
        until = self._clock() + LEASE
        leased = self._lease(actor, until)
        if not leased:
            return None
        done = Delivered()
        for posted in leased:
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
        taken = {
            name
            for name, subscriber in self._subscribers.items()
            if name not in posted.had and _took(name, subscriber, posted)
        }
        posted = attrs.evolve(posted, had=posted.had | taken)
        if posted.had >= self._subscribers.keys():
            return self._mark(actor, posted)
        pause = pause_after(posted.tries)
        return self._give_back(actor, posted, None if pause is None else self._clock() + pause)

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
            dead = held and again is None
            if dead and not isinstance(posted.event, DeliveryGivenUp):  # else without an end
                work.record(self._given_up(posted))
            work.commit()
        return Delivered(failed=int(held and not dead), dead=int(dead))

    def _given_up(self, posted: Posted) -> DeliveryGivenUp:
        return DeliveryGivenUp(
            at=self._clock(),
            event=posted.id,
            kind=posted.event.name,
            left=tuple(name for name in self._subscribers if name not in posted.had),
        )


def _took(name: str, subscriber: Subscriber, posted: Posted) -> bool:
    try:
        subscriber(posted)
    except Exception as failure:  # noqa: BLE001 - it may raise anything; others go on
        facts = {"event": posted.event.name, "id": posted.id, "tries": posted.tries, "to": name}
        LOG.warning("delivery_failed", extra=facts | {"failure": type(failure).__name__})
        return False
    return True
