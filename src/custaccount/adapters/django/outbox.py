"""The outbox in Django."""

import logging
from collections.abc import Iterable
from datetime import datetime

import attrs
from django.db.models import F, QuerySet

from custaccount.adapters import wire
from custaccount.adapters.django import models
from custaccount.adapters.django.gate import Fetched, Gate
from custaccount.facilities.outbox import Posted, PostState
from custaccount.kernel.errors import TryAgain
from custaccount.kernel.ids import RealmId
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
            oldest = due.order_by("at", "ref")[:limit]
            rows = gate.rows(oldest.select_for_update(skip_locked=True))
            if not rows:
                return ()
            taken = due.filter(ref__any_of=[row.ref for row in rows])
            leased = taken.update(due=until, tries=F("tries") + 1, fence=F("fence") + 1)
            if leased < len(rows):
                raise TryAgain
            return _readable(gate, scope.realm, rows)

    def delivered(self, scope: RealmScope, posted: Posted) -> bool:
        """Mark an event done; False if its lease was lost."""
        with self._gate.to_write() as gate:
            return _held(gate, scope, posted).update(state=PostState.DELIVERED) == 1

    def failed(self, scope: RealmScope, posted: Posted, *, again: datetime | None) -> bool:
        """Give an event back for a later try, or keep it as dead; False if its lease was lost."""
        with self._gate.to_write() as gate:
            held = _held(gate, scope, posted)
            if again is None:
                return held.update(state=PostState.DEAD) == 1
            return held.update(due=again) == 1

    def count(self, scope: RealmScope, state: PostState) -> int:
        """Count the events in a state."""
        with self._gate as gate:
            return gate.table(models.Post).filter(realm=scope.realm, state=state).count()


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
    )
