"""Poison: events nobody can read, ahead of all others, stop neither a lease nor a run."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from custaccount.adapters.sqlalchemy import SqlAlchemyStorage
from custaccount.adapters.sqlalchemy.tables import outbox
from custaccount.credentials.model import SignedIn
from custaccount.facilities.outbox import Posted, PostState
from custaccount.kernel.access import System
from custaccount.kernel.ids import RealmId, UserId
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.sources import utc_now
from custaccount.notifications.relay import BATCH, Delivered, Relay

NORD = RealmId("nord")


def record(storage: SqlAlchemyStorage, how_many: int) -> None:
    """Record events of one realm."""
    with storage.begin(System(realm=NORD, job="test")) as work:
        for number in range(how_many):
            work.record(SignedIn(at=utc_now(), user=UserId(f"user {number}")))
        work.commit()


@pytest.mark.parametrize("spoil", [{"event": "of.tomorrow"}, {"body": "{}"}, {"body": "no JSON"}])
def test_unreadable_events_stop_nobody(
    sql_storage: SqlAlchemyStorage, spoil: dict[str, str]
) -> None:
    """More than a batch of them is kept as dead, listed, and the rest is delivered in that run."""
    heard: list[Posted] = []
    record(sql_storage, BATCH * 2 + 1)
    with sql_storage.engine.begin() as connection:
        connection.execute(update(outbox).values(**spoil))
    record(sql_storage, 3)
    relay = Relay(
        reading=sql_storage.reading,
        begin=sql_storage.begin,
        clock=utc_now,
        subscribers=(heard.append,),
    )

    assert relay.run() == Delivered(delivered=3)

    with sql_storage.reading() as view:
        scope = RealmScope(NORD)
        assert view.outbox.count(scope, PostState.DEAD) == BATCH * 2 + 1
        dead = view.outbox.dead(scope, limit=99)
    assert {one.event for one in dead} == {spoil.get("event", SignedIn.name)}
    assert not {one.id for one in dead} & {one.id for one in heard}
