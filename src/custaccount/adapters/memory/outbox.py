"""Events on their way out, in memory."""

from collections.abc import Callable
from datetime import datetime

import attrs

from custaccount.adapters.memory.gate import Gate
from custaccount.adapters.memory.tables import Post, Tables
from custaccount.facilities.outbox import Posted, PostState
from custaccount.kernel.events import Event
from custaccount.kernel.ids import EventId, RealmId
from custaccount.kernel.scope import RealmScope


def post(tables: Tables, *, realm: RealmId, id: EventId, event: Event) -> None:
    """Put an event into the outbox, due at once."""
    tables.posts.add((realm, id), Post(id=id, realm=realm, event=event, due=event.at))


@attrs.frozen
class MemoryOutbox:
    """Leases events to relays."""

    _gate: Gate

    def realms_due(self, *, at: datetime, limit: int) -> tuple[RealmId, ...]:
        """Name realms that have something to deliver."""
        return self._gate.ask(
            lambda tables: tuple(
                dict.fromkeys(one.realm for one in tables.posts if _is_due(one, at))
            )[:limit]
        )

    def lease(
        self, scope: RealmScope, *, at: datetime, until: datetime, limit: int
    ) -> tuple[Posted, ...]:
        """Take waiting events whose time has come, oldest first."""

        def leased(tables: Tables) -> tuple[Posted, ...]:
            waiting = tables.posts.marked("state", scope.realm, PostState.WAITING)
            due = sorted((one for one in waiting if _is_due(one, at)), key=_age)
            return tuple(_lease(tables, one, until) for one in due[:limit])

        return self._gate.change(leased)

    def delivered(self, scope: RealmScope, posted: Posted) -> bool:
        """Mark an event done; False if its lease was lost."""
        return self._settle(scope, posted, lambda one: attrs.evolve(one, state=PostState.DELIVERED))

    def failed(self, scope: RealmScope, posted: Posted, *, again: datetime | None) -> bool:
        """Give an event back for a later try, or keep it as dead; False if its lease was lost."""
        if again is None:
            return self._settle(scope, posted, lambda one: attrs.evolve(one, state=PostState.DEAD))
        return self._settle(scope, posted, lambda one: attrs.evolve(one, due=again))

    def count(self, scope: RealmScope, state: PostState) -> int:
        """Count the events in a state."""
        return self._gate.ask(lambda tables: len(tables.posts.marked("state", scope.realm, state)))

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
    return Posted(id=one.id, realm=one.realm, event=one.event, tries=taken.tries, fence=taken.fence)


def _is_due(one: Post, at: datetime) -> bool:
    return one.state is PostState.WAITING and one.due <= at


def _age(one: Post) -> datetime:
    return one.event.at
