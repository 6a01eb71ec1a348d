"""The outbox in Django."""

import json
import logging
from collections.abc import Iterable
from datetime import datetime

import attrs
from django.db.models import F, QuerySet

from custaccount.adapters import wire
from custaccount.adapters.django import models
from custaccount.adapters.django.gate import Fetched, Gate
from custaccount.facilities.outbox import Posted, PostState, Undelivered
from custaccount.kernel.ids import EventId, RealmId
from custaccount.kernel.scope import RealmScope

_LOG = logging.getLogger("custaccount.outbox")


@attrs.frozen
class DjangoOutbox:
    """Leases events to relays."""

    _gate: Gate

    def realms_due(self, *, at: datetime, limit: int) -> tuple[RealmId, ...]:
        """Name realms that have something to deliver."""
        with self._gate as gate:
            due = gate.table(models.Post).filter(state=PostState.WAITING, due__lte=at)
            return tuple(gate.rows(due.values_list("realm", flat=True).distinct()[:limit]))

    def next_due(self) -> datetime | None:
        """Say when the next waiting event may be leased; None if none waits."""
        with self._gate as gate:
            waiting = gate.table(models.Post).filter(state=PostState.WAITING)
            return gate.row(waiting.order_by("due").values_list("due", flat=True)[:1])

    def lease(
        self, scope: RealmScope, *, at: datetime, until: datetime, limit: int
    ) -> tuple[Posted, ...]:
        """Take waiting events whose time has come, oldest first.

        Those of other relays are skipped, not waited for. An event this version cannot read is kept
        as dead, so that it does not stand in the way of the others.
        """
        with self._gate.to_write() as gate:
            due = gate.table(models.Post).filter(
                realm=scope.realm, state=PostState.WAITING, due__lte=at
            )
            oldest = due.order_by("at", "ref").select_for_update(skip_locked=True)
            while rows := gate.rows(oldest[:limit]):
                taken = due.filter(ref__any_of=[row.ref for row in rows])
                taken.update(due=until, tries=F("tries") + 1, fence=F("fence") + 1)
                if leased := _readable(gate, scope.realm, rows):
                    return leased
            return ()

    def delivered(self, scope: RealmScope, posted: Posted) -> bool:
        """Mark an event done; False if its lease was lost."""
        with self._gate.to_write() as gate:
            return _held(gate, scope, posted).update(state=PostState.DELIVERED) == 1

    def failed(self, scope: RealmScope, posted: Posted, *, again: datetime | None) -> bool:
        """Give an event back for a later try, or keep it as dead; False if its lease was lost."""
        had = json.dumps(sorted(posted.had))
        with self._gate.to_write() as gate:
            held = _held(gate, scope, posted)
            if again is None:
                return held.update(state=PostState.DEAD, had=had) == 1
            return held.update(due=again, had=had) == 1

    def revive(self, scope: RealmScope, event: EventId, *, at: datetime) -> bool:
        """Let an event that was given up wait again; False if it is not dead."""
        with self._gate.to_write() as gate:
            dead = gate.table(models.Post).filter(
                realm=scope.realm, ref=event, state=PostState.DEAD
            )
            return dead.update(state=PostState.WAITING, due=at, tries=0) == 1

    def purge(self, scope: RealmScope, *, recorded_before: datetime, limit: int) -> int:
        """Forget delivered events recorded before a moment; returns how many."""
        with self._gate.to_write() as gate:
            arrived = gate.table(models.Post).filter(
                realm=scope.realm, state=PostState.DELIVERED, at__lt=recorded_before
            )
            return gate.forget_some(arrived.order_by("at", "ref"), "ref", limit=limit)

    def count(self, scope: RealmScope, state: PostState) -> int:
        """Count the events in a state."""
        with self._gate as gate:
            return gate.table(models.Post).filter(realm=scope.realm, state=state).count()

    def dead(self, scope: RealmScope, *, limit: int) -> tuple[Undelivered, ...]:
        """Return the events that were given up, the oldest first."""
        with self._gate as gate:
            dead = gate.table(models.Post).filter(realm=scope.realm, state=PostState.DEAD)
            rows = dead.order_by("at", "ref").values_list("ref", "event", "at", "tries")
            return tuple(
                Undelivered(id=ref, event=event, at=at, tries=tries)
                for ref, event, at, tries in gate.rows(rows[:limit])
            )


def _held(gate: Gate, scope: RealmScope, posted: Posted) -> QuerySet[models.Post, Fetched]:
    return gate.table(models.Post).filter(
        realm=scope.realm, ref=posted.id, fence=posted.fence, state=PostState.WAITING
    )


def _readable(gate: Gate, realm: RealmId, rows: Iterable[Fetched]) -> tuple[Posted, ...]:
    read, unread = [], []
    for row in rows:
        try:
            read.append(_posted(row))
        except wire.EventUnknown:
            _LOG.exception("event unreadable", extra={"event": row.event, "id": row.ref})
            unread.append(row.ref)
    if unread:
        dead = gate.table(models.Post).filter(realm=realm, ref__any_of=unread)
        dead.update(state=PostState.DEAD)
    return tuple(read)


def _posted(row: Fetched) -> Posted:
    return Posted(
        id=row.ref,
        realm=row.realm,
        event=wire.read_event(row.event, row.body),
        tries=row.tries + 1,
        fence=row.fence + 1,
        had=frozenset(json.loads(row.had)),
    )
