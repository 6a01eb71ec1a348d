"""Events on their way out, in memory."""

from collections.abc import Callable
from datetime import datetime
from itertools import islice

import attrs

from custaccount.adapters.memory.gate import Gate
from custaccount.adapters.memory.queue import Post
from custaccount.adapters.memory.tables import Tables
from custaccount.facilities.outbox import Posted, PostState, Undelivered
from custaccount.kernel.events import Event
from custaccount.kernel.ids import EventId, RealmId
from custaccount.kernel.scope import RealmScope


def post(tables: Tables, *, realm: RealmId, id: EventId, event: Event) -> None:
    """Put an event into the outbox, due at once."""
    place = len(tables.posts)
    tables.posts.add((realm, id), Post(id=id, realm=realm, event=event, due=event.at, place=place))


@attrs.frozen
class MemoryOutbox:
    """Leases events to relays."""

    _gate: Gate

    def realms_due(self, *, at: datetime, limit: int) -> tuple[RealmId, ...]:
        """Name realms that have something to deliver."""
        return self._gate.ask(lambda tables: tuple(islice(tables.posts.realms_due(at), limit)))

    def next_due(self) -> datetime | None:
        """Say when the next waiting event may be leased; None if none waits."""
        return self._gate.ask(lambda tables: tables.posts.next_due())

    def lease(
        self, scope: RealmScope, *, at: datetime, until: datetime, limit: int
    ) -> tuple[Posted, ...]:
        """Take waiting events whose time has come, oldest first."""

        def leased(tables: Tables) -> tuple[Posted, ...]:
            due = tables.posts.take(scope.realm, at=at, limit=limit)
            return tuple(_lease(tables, one, until) for one in due)

        return self._gate.change(leased)

    def delivered(self, scope: RealmScope, posted: Posted) -> bool:
        """Mark an event done; False if its lease was lost."""
        return self._settle(scope, posted, lambda one: attrs.evolve(one, state=PostState.DELIVERED))

    def failed(self, scope: RealmScope, posted: Posted, *, again: datetime | None) -> bool:
        """Give an event back for a later try, or keep it as dead; False if its lease was lost."""

        def settled(one: Post) -> Post:
            if again is None:
                return attrs.evolve(one, state=PostState.DEAD, had=posted.had)
            return attrs.evolve(one, due=again, had=posted.had)

        return self._settle(scope, posted, settled)

    def revive(self, scope: RealmScope, event: EventId, *, at: datetime) -> bool:
        """Let an event that was given up wait again; False if it is not dead."""
        key = (scope.realm, event)

        def revived(tables: Tables) -> bool:
            one = tables.posts.find(key)
            if one is None or one.state is not PostState.DEAD:
                return False
            tables.posts.put(key, attrs.evolve(one, state=PostState.WAITING, due=at, tries=0))
            return True

        return self._gate.change(revived)

    def purge(self, scope: RealmScope, *, recorded_before: datetime, limit: int) -> int:
        """Forget delivered events recorded before a moment; returns how many."""

        def purged(tables: Tables) -> int:
            old = tables.posts.delivered(scope.realm, recorded_before=recorded_before, limit=limit)
            for one in old:
                tables.posts.drop((scope.realm, one.id))
            return len(old)

        return self._gate.change(purged)

    def count(self, scope: RealmScope, state: PostState) -> int:
        """Count the events in a state."""
        return self._gate.ask(lambda tables: tables.posts.count(scope.realm, state))

    def dead(self, scope: RealmScope, *, limit: int) -> tuple[Undelivered, ...]:
        """Return the events that were given up, the oldest first."""
        rows = self._gate.ask(lambda tables: tables.posts.marked("dead", scope.realm))
        oldest = sorted(rows, key=lambda one: (one.event.at, one.place))[:limit]
        return tuple(
            Undelivered(id=one.id, event=one.event.name, at=one.event.at, tries=one.tries)
            for one in oldest
        )

    def _settle(self, scope: RealmScope, posted: Posted, settled: Callable[[Post], Post]) -> bool:
        key = (scope.realm, posted.id)

        def settle(tables: Tables) -> bool:
            one = tables.posts.find(key)
            if one is None or one.state is not PostState.WAITING or one.fence != posted.fence:
                return False
            tables.posts.put(key, settled(one))
            return True

        return self._gate.change(settle)


def _lease(tables: Tables, one: Post, until: datetime) -> Posted:
    taken = attrs.evolve(one, due=until, tries=one.tries + 1, fence=one.fence + 1)
    tables.posts.put((one.realm, one.id), taken)
    return Posted(
        id=one.id,
        realm=one.realm,
        event=one.event,
        tries=taken.tries,
        fence=taken.fence,
        had=taken.had,
    )
