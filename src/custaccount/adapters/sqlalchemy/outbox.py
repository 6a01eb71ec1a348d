"""The outbox in SQL."""

import json
import logging
from collections.abc import Iterable
from datetime import datetime

import attrs
from sqlalchemy import bindparam, func, select, update

from custaccount.adapters import wire
from custaccount.adapters.sqlalchemy.gate import Fetched, Gate
from custaccount.adapters.sqlalchemy.lists import any_of, delete_any, update_any
from custaccount.adapters.sqlalchemy.tables import outbox
from custaccount.facilities.outbox import Posted, PostState, Undelivered
from custaccount.kernel.ids import EventId, RealmId
from custaccount.kernel.scope import RealmScope

_LOG = logging.getLogger("custaccount.outbox")

_IN_REALM = outbox.c.realm == bindparam("of_realm")
_WAITING = outbox.c.state == PostState.WAITING
_DUE = outbox.c.due <= bindparam("now")
_HELD = (
    _IN_REALM,
    outbox.c.id == bindparam("of_id"),
    outbox.c.fence == bindparam("of_fence"),
    _WAITING,
)

_REALMS_DUE = select(outbox.c.realm).where(_WAITING, _DUE).distinct().limit(bindparam("most"))
_NEXT_DUE = select(func.min(outbox.c.due)).where(_WAITING)
_OLDEST = (
    select(outbox)
    .where(_IN_REALM, _WAITING, _DUE)
    .order_by(outbox.c.at, outbox.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_LEASE = (
    update_any(outbox, outbox.c.id, "ids")
    .where(_IN_REALM, _WAITING, _DUE)
    .values(due=bindparam("until"), tries=outbox.c.tries + 1, fence=outbox.c.fence + 1)
)
_SETTLE = update(outbox).where(*_HELD).values(state=PostState.DELIVERED)
_GIVE_BACK = update(outbox).where(*_HELD).values(due=bindparam("again"), had=bindparam("names"))
_GIVE_UP = update(outbox).where(*_HELD).values(state=PostState.DEAD, had=bindparam("names"))
_BURY = update_any(outbox, outbox.c.id, "ids").where(_IN_REALM).values(state=PostState.DEAD)
_DEAD = (
    select(outbox.c.id, outbox.c.event, outbox.c.at, outbox.c.tries)
    .where(_IN_REALM, outbox.c.state == PostState.DEAD)
    .order_by(outbox.c.at, outbox.c.id)
    .limit(bindparam("most"))
)
_REVIVE = (
    update(outbox)
    .where(_IN_REALM, outbox.c.id == bindparam("of_id"), outbox.c.state == PostState.DEAD)
    .values(state=PostState.WAITING, due=bindparam("again"), tries=0)
)
_ARRIVED = (
    select(outbox.c.id)
    .where(
        _IN_REALM, outbox.c.state == PostState.DELIVERED, outbox.c.at < bindparam("recorded_before")
    )
    .order_by(outbox.c.at, outbox.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_FORGET = delete_any(outbox, _IN_REALM, any_of(outbox.c.id, "ids"))
_COUNT = (
    select(func.count())
    .select_from(outbox)
    .where(_IN_REALM, outbox.c.state == bindparam("of_state"))
)


@attrs.frozen
class SqlOutbox:
    """Leases events to relays."""

    _gate: Gate

    def realms_due(self, *, at: datetime, limit: int) -> tuple[RealmId, ...]:
        """Name realms that have something to deliver."""
        with self._gate as gate:
            rows = gate.rows(_REALMS_DUE, {"now": at, "most": limit})
            return tuple(realm for (realm,) in rows)

    def next_due(self) -> datetime | None:
        """Say when the next waiting event may be leased; None if none waits."""
        with self._gate as gate:
            ((due,),) = gate.rows(_NEXT_DUE, {})
            found: datetime | None = due
            return found

    def lease(
        self, scope: RealmScope, *, at: datetime, until: datetime, limit: int
    ) -> tuple[Posted, ...]:
        """Take waiting events whose time has come, oldest first.

        Those of other relays are skipped, not waited for. An event this version cannot read is kept
        as dead, so that it does not stand in the way of the others.
        """
        asked = {"of_realm": scope.realm, "now": at}
        with self._gate.to_write() as gate:
            while rows := gate.rows(_OLDEST, {**asked, "most": limit}):
                gate.change(_LEASE, {**asked, "until": until, "ids": [row.id for row in rows]})
                if leased := _readable(gate, scope.realm, rows):
                    return leased
            return ()

    def delivered(self, scope: RealmScope, posted: Posted) -> bool:
        """Mark an event done; False if its lease was lost."""
        with self._gate.to_write() as gate:
            return gate.change(_SETTLE, _held(scope, posted)) == 1

    def failed(self, scope: RealmScope, posted: Posted, *, again: datetime | None) -> bool:
        """Give an event back for a later try, or keep it as dead; False if its lease was lost."""
        settled = {**_held(scope, posted), "names": json.dumps(sorted(posted.had))}
        with self._gate.to_write() as gate:
            if again is None:
                return gate.change(_GIVE_UP, settled) == 1
            return gate.change(_GIVE_BACK, {**settled, "again": again}) == 1

    def revive(self, scope: RealmScope, event: EventId, *, at: datetime) -> bool:
        """Let an event that was given up wait again; False if it is not dead."""
        asked = {"of_realm": scope.realm, "of_id": event, "again": at}
        with self._gate.to_write() as gate:
            return gate.change(_REVIVE, asked) == 1

    def purge(self, scope: RealmScope, *, recorded_before: datetime, limit: int) -> int:
        """Forget delivered events recorded before a moment; returns how many."""
        asked = {"of_realm": scope.realm, "recorded_before": recorded_before, "most": limit}
        with self._gate.to_write() as gate:
            ids = [name for (name,) in gate.rows(_ARRIVED, asked)]
            return gate.change(_FORGET, {"of_realm": scope.realm, "ids": ids}) if ids else 0

    def count(self, scope: RealmScope, state: PostState) -> int:
        """Count the events in a state."""
        with self._gate as gate:
            asked = {"of_realm": scope.realm, "of_state": state}
            ((count,),) = gate.rows(_COUNT, asked)
            return int(count)

    def dead(self, scope: RealmScope, *, limit: int) -> tuple[Undelivered, ...]:
        """Return the events that were given up, the oldest first."""
        with self._gate as gate:
            rows = gate.rows(_DEAD, {"of_realm": scope.realm, "most": limit})
            return tuple(
                Undelivered(id=row.id, event=row.event, at=row.at, tries=row.tries) for row in rows
            )


def _held(scope: RealmScope, posted: Posted) -> dict[str, object]:
    return {"of_realm": scope.realm, "of_id": posted.id, "of_fence": posted.fence}


def _readable(gate: Gate, realm: RealmId, rows: Iterable[Fetched]) -> tuple[Posted, ...]:
    read, unread = [], []
    for row in rows:
        try:
            read.append(_posted(row))
        except wire.EventUnknown:
            _LOG.exception("event unreadable", extra={"event": row.event, "id": row.id})
            unread.append(row.id)
    if unread:
        gate.change(_BURY, {"of_realm": realm, "ids": unread})
    return tuple(read)


def _posted(row: Fetched) -> Posted:
    return Posted(
        id=row.id,
        realm=row.realm,
        event=wire.read_event(row.event, row.body),
        tries=row.tries + 1,
        fence=row.fence + 1,
        had=frozenset(json.loads(row.had)),
    )
