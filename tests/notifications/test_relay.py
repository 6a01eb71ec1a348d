"""The relay: at least once, after the truth, in spite of whoever raises, stops or dies."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import attrs
import pytest

from custaccount.adapters.memory import FixedClock, MemoryStorage
from custaccount.adapters.memory.outbox import MemoryOutbox
from custaccount.adapters.memory.queue import Queue
from custaccount.facilities.outbox import LEASE, TRIES, Posted, PostState, Subscriber
from custaccount.kernel.access import PermissionMissing, System
from custaccount.kernel.errors import NotFound
from custaccount.kernel.ids import PortalId, RealmId
from custaccount.kernel.scope import RealmScope
from custaccount.notifications import relay as module
from custaccount.notifications.desk import OutboxDesk
from custaccount.notifications.model import DeliveryGivenUp
from custaccount.notifications.relay import BATCH, REALMS, Delivered, Relay, names_of
from custaccount.portals.model import PortalOpened
from tests.house import staff_of

NORD = RealmId("nord")
SECRET = "not for logs"

Record = Callable[..., None]


@attrs.define
class Ear:
    """A subscriber that keeps what it hears, and does something first."""

    first: Callable[[Posted], object] = lambda _: None
    heard: list[Posted] = attrs.field(factory=list)
    name: str | None = None

    def __call__(self, posted: Posted) -> None:
        """Hear an event."""
        self.first(posted)
        self.heard.append(posted)

    @property
    def names(self) -> list[str]:
        """What it heard, by the portal each event is about."""
        return [
            posted.event.portal for posted in self.heard if isinstance(posted.event, PortalOpened)
        ]


class Killed(BaseException):
    """The process died here."""


def fail(_: Posted) -> None:
    """Fail as a neighbour does, with something in the message."""
    raise RuntimeError(SECRET)


def fail_for(portal: str) -> Callable[[Posted], None]:
    """Fail for one event only."""

    def choosy(posted: Posted) -> None:
        if isinstance(posted.event, PortalOpened) and posted.event.portal == portal:
            fail(posted)

    return choosy


@pytest.fixture
def record(storage: MemoryStorage, clock: FixedClock) -> Record:
    """Record events, one unit each, a second apart."""

    def told(*portals: str, realm: RealmId = NORD) -> None:
        for portal in portals:
            with storage.begin(System(realm=realm, job="test")) as work:
                work.record(PortalOpened(at=clock(), portal=PortalId(portal)))
                work.commit()
            clock.advance(timedelta(seconds=1))

    return told


@pytest.fixture
def relay(storage: MemoryStorage, clock: FixedClock) -> Callable[..., Relay]:
    """Make relays of this house, as each process has its own."""

    def made(*subscribers: Subscriber) -> Relay:
        return Relay(
            reading=storage.reading, begin=storage.begin, clock=clock, subscribers=subscribers
        )

    return made


def count(storage: MemoryStorage, state: PostState, realm: RealmId = NORD) -> int:
    """Count events in a state."""
    with storage.reading() as view:
        return view.outbox.count(RealmScope(realm), state)


# As it should be --------------------------------------------------------------------------------


def test_every_event_reaches_every_subscriber_once(
    record: Record, relay: Callable[..., Relay]
) -> None:
    """Each gets each, oldest first; a second run finds nothing."""
    one, other = Ear(), Ear()
    record("a", "b", "c")

    done = relay(one, other).run()

    assert done == Delivered(delivered=3)
    assert one.names == other.names == ["a", "b", "c"]
    assert relay(one, other).run() == Delivered()
    assert len({posted.id for posted in one.heard}) == 3


def test_what_was_rolled_back_is_not_told(
    storage: MemoryStorage, clock: FixedClock, relay: Callable[..., Relay]
) -> None:
    """A unit left without commit sends nothing."""
    ear = Ear()
    with storage.begin(System(realm=NORD, job="test")) as work:
        work.record(PortalOpened(at=clock(), portal=PortalId("a")))

    assert relay(ear).run() == Delivered()
    assert ear.heard == []


def test_all_realms_and_more_than_a_batch(record: Record, relay: Callable[..., Relay]) -> None:
    """One run empties every realm, however many there are and however much is due."""
    ear = Ear()
    record(*map(str, range(BATCH * 3 + 1)))
    for number in range(REALMS + 1):
        record("x", realm=RealmId(f"realm {number}"))

    done = relay(ear).run()

    assert done.delivered == len(ear.heard) == BATCH * 3 + 1 + REALMS + 1
    assert {posted.realm for posted in ear.heard} > {NORD, RealmId("realm 0")}


def test_an_event_recorded_by_a_subscriber_is_delivered_too(
    record: Record, relay: Callable[..., Relay]
) -> None:
    """What a delivery causes leaves in the same run."""

    def echo(posted: Posted) -> None:
        if isinstance(posted.event, PortalOpened) and posted.event.portal == "a":
            record("echo")

    ear = Ear(echo)
    record("a")

    assert relay(ear).run().delivered == 2
    assert ear.names == ["a", "echo"]


# Subscribers that fail --------------------------------------------------------------------------


def test_a_failed_delivery_is_tried_again_later_and_later(
    record: Record, relay: Callable[..., Relay], clock: FixedClock, storage: MemoryStorage
) -> None:
    """Pauses grow from ten seconds to an hour; after the last try, in three hours, it is dead."""

    def fail_but_for_the_last_word(posted: Posted) -> None:
        if isinstance(posted.event, PortalOpened):
            tried.append(posted.tries)
            fail(posted)

    tried: list[int] = []
    ear = Ear(fail_but_for_the_last_word)
    running = relay(ear)
    record("a")
    pauses = []

    while not count(storage, PostState.DEAD):
        before = len(tried)
        waited = timedelta(0)
        while running.run() == Delivered():
            waited += timedelta(seconds=1)
            clock.advance(timedelta(seconds=1))
        pauses.append(waited.total_seconds())
        assert len(tried) == before + 1

    assert tried == list(range(1, TRIES + 1))
    assert pauses == [0, 10, 40, 160, 640, 2560, 3600, 3600]
    assert count(storage, PostState.DEAD) == 1
    clock.advance(timedelta(days=30))
    assert running.run() == Delivered()


def test_a_run_says_how_it_went(
    record: Record, relay: Callable[..., Relay], clock: FixedClock
) -> None:
    """Delivered, to be tried again and given up are counted apart."""
    running = relay(Ear(fail_for("poison")))
    record("poison", "b")

    assert running.run() == Delivered(delivered=1, failed=1)
    for _ in range(TRIES - 2):
        clock.advance(timedelta(hours=1))
        assert running.run() == Delivered(failed=1)
    clock.advance(timedelta(hours=1))
    assert running.run() == Delivered(delivered=1, dead=1)  # that it was given up is told


def test_a_poisoned_event_stops_nobody(record: Record, relay: Callable[..., Relay]) -> None:
    """The first row always raises; all others of all realms are delivered in the same run."""
    ear = Ear(fail_for("poison"))
    record("poison", *map(str, range(BATCH * 2)))
    record("x", realm=RealmId("other"))

    done = relay(ear).run()

    assert done == Delivered(delivered=BATCH * 2 + 1, failed=1)


def test_one_subscribers_trouble_is_its_own(
    record: Record, relay: Callable[..., Relay], clock: FixedClock
) -> None:
    """Others get the event at once and once, before and after it in line; it gets it later."""
    before, after = Ear(), Ear()
    troubled = Ear(fail)
    running = relay(before, troubled, after)
    record("a")

    assert running.run() == Delivered(failed=1)
    troubled.first = lambda _: None
    clock.advance(timedelta(minutes=1))
    assert running.run() == Delivered(delivered=1)

    assert before.names == troubled.names == after.names == ["a"]


def test_a_new_process_knows_who_had_an_event(
    record: Record, relay: Callable[..., Relay], clock: FixedClock, storage: MemoryStorage
) -> None:
    """Who had it is kept with the event: a restart repeats it to nobody who took it."""
    steady, troubled = Ear(), Ear(fail)
    steady.name, troubled.name = "steady", "troubled"
    record("a")
    relay(steady, troubled).run()
    clock.advance(timedelta(minutes=1))
    troubled.first = lambda _: None

    assert relay(troubled, steady).run() == Delivered(delivered=1)

    assert steady.names == troubled.names == ["a"]
    assert count(storage, PostState.DELIVERED) == 1


def test_a_subscriber_that_is_gone_is_waited_for_no_more(
    record: Record, relay: Callable[..., Relay], clock: FixedClock
) -> None:
    """A new version without the one that failed has nothing left to do."""
    steady, troubled = Ear(), Ear(fail)
    steady.name, troubled.name = "steady", "troubled"
    record("a")
    relay(steady, troubled).run()
    clock.advance(timedelta(minutes=1))

    assert relay(steady).run() == Delivered(delivered=1)
    assert steady.names == ["a"]


def test_a_subscriber_is_named_by_itself_or_by_where_it_is_from() -> None:
    """An attribute, a function's place, or its class's; several of one name are numbered."""
    one, other, third = Ear(), Ear(), Ear()
    third.name = "third"

    named = names_of([one, fail, other, third, one.__call__])

    place = __name__
    assert list(named) == [
        f"{place}.Ear",
        f"{place}.fail",
        f"{place}.Ear#2",
        "third",
        f"{place}.Ear.__call__",
    ]
    assert named[f"{place}.Ear#2"] is other


def test_what_was_given_up_is_told(
    record: Record, relay: Callable[..., Relay], clock: FixedClock, storage: MemoryStorage
) -> None:
    """With its id, its kind and who did not take it; giving that up is told no more."""
    steady, troubled = Ear(), Ear(fail)
    steady.name, troubled.name = "steady", "troubled"
    running = relay(steady, troubled)
    record("a")

    for _ in range(3 * TRIES):
        running.run()
        clock.advance(timedelta(hours=1))

    dead = steady.heard[0]
    (told,) = [one.event for one in steady.heard if isinstance(one.event, DeliveryGivenUp)]
    assert (told.event, told.kind, told.left) == (dead.id, "portals.opened", ("troubled",))
    assert len(steady.heard) == 2
    assert (count(storage, PostState.DEAD), count(storage, PostState.WAITING)) == (2, 0)


def test_what_staff_revive_is_delivered_to_who_lacks_it(
    record: Record, relay: Callable[..., Relay], clock: FixedClock, storage: MemoryStorage
) -> None:
    """Listed, tried again with the same id, and told to nobody twice."""
    steady, troubled = Ear(), Ear(fail_for("a"))
    steady.name, troubled.name = "steady", "troubled"
    running = relay(steady, troubled)
    desk = OutboxDesk(reading=storage.reading, begin=storage.begin, clock=clock)
    staff = staff_of(NORD)
    record("a")
    for _ in range(TRIES):
        running.run()
        clock.advance(timedelta(hours=1))

    [dead] = desk.dead(staff)
    assert (dead.event, dead.tries) == ("portals.opened", TRIES)
    troubled.first = lambda _: None
    desk.try_again(staff, dead.id)
    running.run()

    assert steady.names == troubled.names == ["a"]
    assert troubled.heard[-2].id == dead.id or troubled.heard[-1].id == dead.id
    assert desk.dead(staff) == ()
    with pytest.raises(NotFound):
        desk.try_again(staff, dead.id)
    with pytest.raises(PermissionMissing):
        desk.dead(attrs.evolve(staff, permissions=frozenset()))


def test_a_rival_that_holds_everything_is_not_waited_for(
    record: Record, relay: Callable[..., Relay], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is due but can't be leased this very moment ends the run instead of spinning."""
    asked: list[int] = []

    def nothing(_: object, *_args: object, **_kwargs: object) -> tuple[Posted, ...]:
        asked.append(1)
        return ()

    record("a")
    monkeypatch.setattr(MemoryOutbox, "lease", nothing)

    assert relay(Ear()).run() == Delivered()
    assert asked == [1]


def test_a_run_says_when_the_next_is_due(
    record: Record, relay: Callable[..., Relay], clock: FixedClock
) -> None:
    """The pause of what failed, nothing if nothing waits, never less than none."""
    running = relay(Ear(fail))
    assert running.pause() is None

    record("a")
    running.run()
    assert running.pause() == timedelta(seconds=10)
    clock.advance(timedelta(minutes=1))
    assert running.pause() == timedelta(0)


def test_more_than_all_rounds_is_delivered(
    record: Record, relay: Callable[..., Relay], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A realm with much to tell is asked for again, after the others."""
    monkeypatch.setattr(module, "ROUNDS", 2)
    ear = Ear()
    record(*map(str, range(BATCH * 5)))
    record("x", realm=RealmId("other"))

    assert relay(ear).run() == Delivered(delivered=BATCH * 5 + 1)
    assert ear.names.index("x") == BATCH


def test_a_clock_behind_takes_nothing_early(
    record: Record, relay: Callable[..., Relay], clock: FixedClock, storage: MemoryStorage
) -> None:
    """What a relay whose clock is ahead has seen come due is not due for the others."""
    ear = Ear()
    record("a", *map(str, range(BATCH)))
    scope, at = RealmScope(NORD), clock()
    with storage.begin(System(realm=NORD, job="test")) as work:
        (first,) = work.outbox.lease(scope, at=at, until=at + LEASE, limit=1)
        work.outbox.failed(scope, first, again=at + timedelta(hours=1))
        work.commit()
    with storage.begin(System(realm=NORD, job="test")) as work:
        ahead = work.outbox.lease(scope, at=at + timedelta(hours=2), until=at, limit=0)
        work.commit()
    assert ahead == ()

    assert relay(ear).run() == Delivered(delivered=BATCH)
    assert "a" not in ear.names
    clock.advance(timedelta(hours=1))
    assert relay(ear).run() == Delivered(delivered=1)
    assert ear.names[-1] == "a"


def test_a_long_line_is_not_walked_for_every_event(
    record: Record, relay: Callable[..., Relay]
) -> None:
    """In memory, who is next is known: four times the events look at four times as many rows."""
    looks = [0]
    find = Queue.find

    def counted(queue: Queue, key: tuple[str, ...]) -> object:
        looks[0] += 1
        return find(queue, key)

    costs = []
    for many in (100, 400):
        record(*map(str, range(many)))
        looks[0] = 0
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(Queue, "find", counted)
            assert relay(Ear()).run().delivered == many
        costs.append(looks[0])

    assert costs[1] < costs[0] * 6


def test_a_failure_is_logged_without_what_it_said(
    record: Record, relay: Callable[..., Relay], caplog: pytest.LogCaptureFixture
) -> None:
    """The log names event, id, try and kind of failure; a message may hold a link."""
    record("a")

    with caplog.at_level(logging.DEBUG):
        relay(Ear(fail)).run()

    (line,) = caplog.records
    assert (line.name, line.getMessage()) == ("custaccount.relay", "delivery_failed")
    assert line.__dict__["event"] == "portals.opened"
    assert line.__dict__["failure"] == "RuntimeError"
    assert SECRET not in str(line.__dict__)


# Processes that die or hang ---------------------------------------------------------------------


def test_a_death_before_the_mark_repeats_the_same_id(
    record: Record, relay: Callable[..., Relay], clock: FixedClock
) -> None:
    """Killed after sending: once the lease is over another relay sends again, same id."""
    sent: list[Posted] = []

    def send_and_die(posted: Posted) -> None:
        sent.append(posted)
        raise Killed

    record("a")
    with pytest.raises(Killed):
        relay(send_and_die).run()

    other = Ear()
    assert relay(other).run() == Delivered()
    clock.advance(LEASE)
    assert relay(other).run() == Delivered(delivered=1)
    assert [posted.id for posted in other.heard] == [posted.id for posted in sent]
    assert other.heard[0].tries == 2


def test_what_is_leased_is_nobody_elses(record: Record, relay: Callable[..., Relay]) -> None:
    """While one relay delivers, another finds nothing to do."""
    other = Ear()
    meanwhile: list[Delivered] = []
    busy = Ear(lambda _: meanwhile.append(relay(other).run()))
    record("a", "b")

    assert relay(busy).run() == Delivered(delivered=2)

    assert meanwhile == [Delivered(), Delivered()]
    assert other.heard == []


def test_who_comes_back_late_changes_nothing(
    record: Record, relay: Callable[..., Relay], clock: FixedClock, storage: MemoryStorage
) -> None:
    """A relay that hung past its lease marks and gives back nothing, and stops its batch."""
    other = Ear()

    def hang(_: Posted) -> None:
        clock.advance(LEASE)
        relay(other).run()

    slow, slow_and_failing = Ear(hang), Ear(lambda posted: (hang(posted), fail(posted)))
    record("a", "b", "c")
    assert relay(slow).run() == Delivered()
    record("d", "e")
    assert relay(slow_and_failing).run() == Delivered()

    assert slow.names == ["a"]
    assert other.names == ["a", "b", "c", "d", "e"]
    assert count(storage, PostState.DELIVERED) == 5


def test_who_comes_back_late_declares_nothing_dead(
    record: Record, relay: Callable[..., Relay], clock: FixedClock, storage: MemoryStorage
) -> None:
    """A last try that failed after another relay delivered is no death."""
    running = relay(Ear(fail))
    record("a")
    for _ in range(TRIES - 1):
        running.run()
        clock.advance(timedelta(hours=1))
    other = Ear()

    def hang_and_fail(posted: Posted) -> None:
        clock.advance(LEASE)
        relay(other).run()
        fail(posted)

    assert relay(hang_and_fail).run() == Delivered()
    assert other.names == ["a"]
    assert count(storage, PostState.DEAD) == 0


def test_two_relays_share_the_work(record: Record, relay: Callable[..., Relay]) -> None:
    """Two at once, in threads of their own: every event reaches one of them, once."""
    ear = Ear()
    start = threading.Barrier(2, timeout=10)
    record(*map(str, range(60)))

    def run() -> Delivered:
        start.wait()
        return relay(ear).run()

    with ThreadPoolExecutor(2) as threads:
        one, other = threads.map(lambda _: run(), range(2))

    assert sorted(map(int, ear.names)) == list(range(60))
    assert (one + other) == Delivered(delivered=60)


def test_a_storage_that_fails_at_the_mark_repeats_the_event(
    record: Record, storage: MemoryStorage, clock: FixedClock
) -> None:
    """Sent but not marked counts as not sent: the event comes again."""
    from contextlib import contextmanager

    from custaccount.kernel.access import Actor
    from custaccount.kernel.errors import StorageUnavailable

    ear = Ear(lambda _: begun.append(1))
    begun: list[int] = []

    @contextmanager
    def failing(actor: Actor) -> Iterator[object]:
        if begun:
            raise StorageUnavailable
        with storage.begin(actor) as work:
            yield work

    relay = Relay(reading=storage.reading, begin=failing, clock=clock, subscribers=(ear,))  # type: ignore[arg-type]
    record("a")
    with pytest.raises(StorageUnavailable):
        relay.run()
    begun.clear()
    ear.first = lambda _: None
    clock.advance(LEASE)

    assert relay.run() == Delivered(delivered=1)
    assert ear.heard[0].id == ear.heard[1].id
