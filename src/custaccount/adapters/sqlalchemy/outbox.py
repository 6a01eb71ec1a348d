"""The outbox in SQL."""

import logging
from collections.abc import Iterable
from datetime import datetime

import attrs
from sqlalchemy import bindparam, func, select, update

from custaccount.adapters import wire
from custaccount.adapters.sqlalchemy.gate import Fetched, Gate
from custaccount.adapters.sqlalchemy.lists import any_of
from custaccount.adapters.sqlalchemy.tables import outbox
from custaccount.facilities.outbox import Posted, PostState
from custaccount.kernel.ids import RealmId
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
_OLDEST = (
    select(outbox)
    .where(_IN_REALM, _WAITING, _DUE)
    .order_by(outbox.c.at, outbox.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_LEASE = (
    update(outbox)
    .where(_IN_REALM, any_of(outbox.c.id, "ids"), _WAITING, _DUE)
    .values(due=bindparam("until"), tries=outbox.c.tries + 1, fence=outbox.c.fence + 1)
)
_SETTLE = update(outbox).where(*_HELD).values(state=bindparam("to"))
_GIVE_BACK = update(outbox).where(*_HELD).values(due=bindparam("again"))
_BURY = update(outbox).where(_IN_REALM, any_of(outbox.c.id, "ids")).values(state=PostState.DEAD)
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

    def lease(
        self, scope: RealmScope, *, at: datetime, until: datetime, limit: int
    ) -> tuple[Posted, ...]:
        """Take waiting events whose time has come, oldest first.

        Those of other relays are skipped, not waited for. An event this version cannot read is kept
        as dead, so that it does not stand in the way of the others.
        """
        asked = {"of_realm": scope.realm, "now": at}
        with self._gate.to_write() as gate:
            rows = gate.rows(_OLDEST, {**asked, "most": limit})
            if not rows:
                return ()
            taken = {**asked, "until": until, "ids": [row.id for row in rows]}
            gate.change(_LEASE, taken)
            return _readable(gate, scope.realm, rows)

    def delivered(self, scope: RealmScope, posted: Posted) -> bool:
        """Mark an event done; False if its lease was lost."""
        return self._settle(scope, posted, PostState.DELIVERED)

    def failed(self, scope: RealmScope, posted: Posted, *, again: datetime | None) -> bool:
        """Give an event back for a later try, or keep it as dead; False if its lease was lost."""
        if again is None:
            return self._settle(scope, posted, PostState.DEAD)
        with self._gate.to_write() as gate:
            return gate.change(_GIVE_BACK, {**_held(scope, posted), "again": again}) == 1

    def count(self, scope: RealmScope, state: PostState) -> int:
        """Count the events in a state."""
        with self._gate as gate:
            asked = {"of_realm": scope.realm, "of_state": state}
            ((count,),) = gate.rows(_COUNT, asked)
            return int(count)

    def _settle(self, scope: RealmScope, posted: Posted, state: PostState) -> bool:
        with self._gate.to_write() as gate:
            return gate.change(_SETTLE, {**_held(scope, posted), "to": state}) == 1


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
    )
