"""What the outbox promises."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import attrs
import pytest

from custaccount.conformance.events import EVENTS
from custaccount.conformance.samples import HOUR, NOON, TICK
from custaccount.conformance.suite import StorageSuite
from custaccount.conformance.units import Meet, change, race
from custaccount.credentials.model import SignedIn
from custaccount.facilities.outbox import LEASE, Posted, PostState
from custaccount.kernel.events import Event
from custaccount.kernel.ids import UserId
from custaccount.kernel.scope import RealmScope
from custaccount.storage import Storage

MANY = 10_000


def signed_in(number: int) -> SignedIn:
    """Return the event of a minute."""
    return SignedIn(at=NOON + timedelta(minutes=number), user=UserId(str(number)))


class OutboxSuite(StorageSuite):
    """Events leave at least once; one relay holds one at a time."""

    @pytest.fixture
    def events(self, storage: Storage, here: RealmScope) -> list[SignedIn]:
        """Return three events that wait, the oldest first."""
        events = [signed_in(number) for number in range(3)]
        for event in events:
            _record(storage, here, event)
        return events

    @pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.name)
    def test_an_event_comes_out_as_it_went_in(
        self, storage: Storage, here: RealmScope, event: Event
    ) -> None:
        """Whatever it carries."""
        _record(storage, here, event)

        [posted] = _lease(storage, here, at=NOON + HOUR)

        assert posted.event == event
        assert type(posted.event) is type(event)
        assert (posted.realm, posted.tries) == (here.realm, 1)

    def test_the_oldest_leave_first(
        self, storage: Storage, here: RealmScope, events: list[SignedIn]
    ) -> None:
        """As many as asked for, each with an id of its own."""
        first = _lease(storage, here, at=NOON + HOUR, limit=2)
        rest = _lease(storage, here, at=NOON + HOUR, limit=2)

        assert [one.event for one in (*first, *rest)] == events
        assert len({one.id for one in (*first, *rest)}) == len(events)

    def test_a_lease_holds_until_it_ends(
        self, storage: Storage, here: RealmScope, events: list[SignedIn]
    ) -> None:
        """Before its end nobody else gets the event, at its end anybody does, the same id."""
        at = NOON + HOUR
        held = _lease(storage, here, at=at)
        assert not _lease(storage, here, at=at + LEASE - TICK)

        again = _lease(storage, here, at=at + LEASE)

        assert [one.id for one in again] == [one.id for one in held]
        assert [one.tries for one in again] == [2] * len(events)
        assert all(new.fence > old.fence for new, old in zip(again, held, strict=True))

    def test_what_is_delivered_is_done(
        self, storage: Storage, here: RealmScope, events: list[SignedIn]
    ) -> None:
        """It never leaves again, and is counted."""
        for posted in _lease(storage, here, at=NOON + HOUR):
            with change(storage, here) as unit:
                assert unit.outbox.delivered(here, posted)

        assert not _lease(storage, here, at=NOON + 9 * HOUR)
        assert _counts(storage, here) == (0, len(events), 0)

    def test_what_failed_comes_back_when_its_time_has_come(
        self, storage: Storage, here: RealmScope, events: list[SignedIn]
    ) -> None:
        """Not before, also if its lease would have ended earlier; the others are not held up."""
        at, later = NOON + HOUR, NOON + 5 * HOUR
        posted = _lease(storage, here, at=at)
        with change(storage, here) as unit:
            assert unit.outbox.failed(here, posted[0], again=later)

        assert [one.event for one in _lease(storage, here, at=later - TICK)] == events[1:]
        assert [one.event for one in _lease(storage, here, at=later)][:1] == events[:1]

    def test_who_had_it_is_kept(
        self, storage: Storage, here: RealmScope, events: list[SignedIn]
    ) -> None:
        """What a failed try says is there at the next, also after it was given up and revived."""
        at, later = NOON + HOUR, NOON + 5 * HOUR
        posted = _lease(storage, here, at=at, limit=1)[0]
        assert posted.event == events[0]
        assert posted.had == frozenset()

        had = frozenset({"custaccount.post", 'a "list", of: müll#2'})
        with change(storage, here) as unit:
            assert unit.outbox.failed(here, attrs.evolve(posted, had=had), again=at)
        again = _lease(storage, here, at=at, limit=1)[0]
        assert (again.id, again.had) == (posted.id, had)

        more = had | {"another"}
        with change(storage, here) as unit:
            assert unit.outbox.failed(here, attrs.evolve(again, had=more), again=None)
        with change(storage, here) as unit:
            assert unit.outbox.revive(here, posted.id, at=later)
        assert _lease(storage, here, at=later, limit=1)[0].had == more

    def test_what_was_given_up_is_listed(
        self, storage: Storage, here: RealmScope, elsewhere: RealmScope, events: list[SignedIn]
    ) -> None:
        """The oldest first, as many as asked for, here only."""
        posted = _lease(storage, here, at=NOON + HOUR)
        with change(storage, here) as unit:
            for one in reversed(posted):
                unit.outbox.failed(here, one, again=None)

        with storage.reading() as view:
            dead = view.outbox.dead(here, limit=9)
            assert [one.id for one in view.outbox.dead(here, limit=2)] == [
                one.id for one in posted[:2]
            ]
            assert not view.outbox.dead(elsewhere, limit=9)
        assert [(one.id, one.event, one.at, one.tries) for one in dead] == [
            (one.id, event.name, event.at, 1) for one, event in zip(posted, events, strict=True)
        ]

    def test_what_was_given_up_can_be_revived(
        self, storage: Storage, here: RealmScope, elsewhere: RealmScope, events: list[SignedIn]
    ) -> None:
        """Once, from its realm: it waits again under its id, with all its tries before it."""
        at, later = NOON + HOUR, NOON + 5 * HOUR
        posted = _lease(storage, here, at=at)
        with change(storage, here) as unit:
            assert not unit.outbox.revive(here, posted[0].id, at=later)
            assert unit.outbox.failed(here, posted[0], again=None)
            assert unit.outbox.delivered(here, posted[1])
            assert unit.outbox.delivered(here, posted[2])

        with change(storage, elsewhere) as unit:
            assert not unit.outbox.revive(elsewhere, posted[0].id, at=later)
        with change(storage, here) as unit:
            assert unit.outbox.revive(here, posted[0].id, at=later)
            assert not unit.outbox.revive(here, posted[0].id, at=later)
            assert not unit.outbox.revive(here, posted[1].id, at=later)
        assert _counts(storage, here) == (1, 2, 0)
        assert not _lease(storage, here, at=later - TICK)
        [again] = _lease(storage, here, at=later)
        assert (again.id, again.event, again.tries) == (posted[0].id, events[0], 1)
        assert again.fence > posted[0].fence

    def test_old_deliveries_are_purged(
        self, storage: Storage, here: RealmScope, elsewhere: RealmScope, events: list[SignedIn]
    ) -> None:
        """A few at a time, those recorded before the moment; what waits or was given up stays."""
        more = [signed_in(number) for number in range(3, 6)]
        for event in more:
            _record(storage, here, event)
        waiting, dead, *done = _lease(storage, here, at=NOON + HOUR)
        with change(storage, here) as unit:
            unit.outbox.failed(here, waiting, again=NOON + HOUR)
            unit.outbox.failed(here, dead, again=None)
            for posted in done:
                unit.outbox.delivered(here, posted)

        def purge(scope: RealmScope, before: datetime) -> int:
            with change(storage, scope) as unit:
                return unit.outbox.purge(scope, recorded_before=before, limit=2)

        assert purge(elsewhere, NOON + HOUR) == 0
        assert [purge(here, more[2].at) for _ in range(3)] == [2, 1, 0]
        assert _counts(storage, here) == (1, 1, 1)
        assert [purge(here, more[2].at + TICK) for _ in range(2)] == [1, 0]
        assert [one.event for one in _lease(storage, here, at=NOON + HOUR)] == events[:1]

    def test_the_next_moment_is_known(
        self, storage: Storage, here: RealmScope, events: list[SignedIn]
    ) -> None:
        """When something waiting may be leased, were it in the middle of a pause or of a lease."""

        def due() -> datetime | None:
            with storage.reading() as view:
                return view.outbox.next_due()

        def earliest(moment: datetime) -> bool:
            found = due()
            return found is not None and found <= moment

        assert earliest(events[0].at)
        posted = _lease(storage, here, at=NOON + HOUR)
        assert earliest(NOON + HOUR + LEASE)
        with change(storage, here) as unit:
            unit.outbox.failed(here, posted[0], again=NOON + 2 * HOUR)
            unit.outbox.delivered(here, posted[1])
            unit.outbox.failed(here, posted[2], again=None)
        assert earliest(NOON + 2 * HOUR)
        before = due()
        with change(storage, here) as unit:
            again = unit.outbox.lease(here, at=NOON + 2 * HOUR, until=NOON + 3 * HOUR, limit=9)
            for one in again:
                unit.outbox.delivered(here, one)
        after = due()
        assert before is not None
        assert after is None or after >= before

    def test_what_failed_for_good_is_kept_as_dead(
        self, storage: Storage, here: RealmScope, events: list[SignedIn]
    ) -> None:
        """It never leaves again, and is counted."""
        posted = _lease(storage, here, at=NOON + HOUR)
        with change(storage, here) as unit:
            assert unit.outbox.failed(here, posted[0], again=None)

        assert _counts(storage, here) == (len(events) - 1, 0, 1)
        later = _lease(storage, here, at=NOON + 9 * HOUR)
        assert [one.event for one in later] == events[1:]

    def test_a_relay_that_comes_late_changes_nothing(
        self, storage: Storage, here: RealmScope, events: list[SignedIn]
    ) -> None:
        """Its lease has ended and another relay holds the event: the old fence is refused."""
        late = _lease(storage, here, at=NOON + HOUR)[0]
        held = _lease(storage, here, at=NOON + HOUR + LEASE)[0]

        with change(storage, here) as unit:
            assert not unit.outbox.delivered(here, late)
            assert not unit.outbox.failed(here, late, again=None)
            assert not unit.outbox.failed(here, late, again=NOON)
        assert not _lease(storage, here, at=NOON + HOUR + LEASE)
        with change(storage, here) as unit:
            assert unit.outbox.delivered(here, held)
            assert not unit.outbox.delivered(here, held)
        assert _counts(storage, here) == (len(events) - 1, 1, 0)

    def test_two_relays_never_hold_one_event(
        self, storage: Storage, here: RealmScope, events: list[SignedIn]
    ) -> None:
        """Both are inside their units before one leases."""

        def lease(meet: Meet) -> Sequence[Posted]:
            with change(storage, here) as unit:
                meet()
                return unit.outbox.lease(here, at=NOON + HOUR, until=NOON + HOUR + LEASE, limit=2)

        held = [
            posted.event
            for outcome in race(lease, lease)
            if not isinstance(outcome, Exception)
            for posted in outcome
        ]

        assert len(held) == len(set(held)) >= 2  # noqa: PLR2004 - one relay's share
        assert set(held) <= set(events)

    def test_realms_with_something_due_are_named(
        self, storage: Storage, here: RealmScope, elsewhere: RealmScope, events: list[SignedIn]
    ) -> None:
        """Once each, while something waits whose time has come."""
        assert events

        def due(at: datetime, limit: int = MANY) -> Sequence[str]:
            with storage.reading() as view:
                return [
                    one
                    for one in view.outbox.realms_due(at=at, limit=limit)
                    if one in {here.realm, elsewhere.realm}
                ]

        _record(storage, elsewhere, signed_in(0))
        assert sorted(due(NOON + HOUR)) == sorted([here.realm, elsewhere.realm])
        assert len(due(NOON + HOUR, limit=1)) <= 1

        _lease(storage, here, at=NOON + HOUR)
        assert due(NOON + HOUR) == [elsewhere.realm]
        assert len(due(NOON + HOUR + LEASE)) == 2  # noqa: PLR2004 - the lease is over

        for posted in _lease(storage, elsewhere, at=NOON + HOUR):
            with change(storage, elsewhere) as unit:
                unit.outbox.delivered(elsewhere, posted)
        assert due(NOON + HOUR + LEASE) == [here.realm]

    def test_another_realms_events_are_like_none(
        self, storage: Storage, here: RealmScope, elsewhere: RealmScope, events: list[SignedIn]
    ) -> None:
        """They can't be leased, settled or counted from another realm."""
        assert not _lease(storage, elsewhere, at=NOON + HOUR)
        posted = _lease(storage, here, at=NOON + HOUR)[0]

        with change(storage, elsewhere) as unit:
            assert not unit.outbox.delivered(elsewhere, posted)
            assert not unit.outbox.failed(elsewhere, posted, again=None)
        assert _counts(storage, elsewhere) == (0, 0, 0)
        assert _counts(storage, here) == (len(events), 0, 0)


def _record(storage: Storage, scope: RealmScope, event: Event) -> None:
    with change(storage, scope) as unit:
        unit.record(event)


def _lease(
    storage: Storage, scope: RealmScope, *, at: datetime, limit: int = 9
) -> Sequence[Posted]:
    with change(storage, scope) as unit:
        return unit.outbox.lease(scope, at=at, until=at + LEASE, limit=limit)


def _counts(storage: Storage, scope: RealmScope) -> tuple[int, ...]:
    with storage.reading() as view:
        states = (PostState.WAITING, PostState.DELIVERED, PostState.DEAD)
        return tuple(view.outbox.count(scope, state) for state in states)
