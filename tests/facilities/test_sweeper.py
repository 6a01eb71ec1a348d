"""The sweeper: what is over goes in small batches, what lives stays, a crash loses nothing."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import attrs
import pytest

from custaccount.chores import CHORES
from custaccount.conformance.samples import (
    a_customer,
    a_draft,
    a_registration,
    a_session,
    a_staff_member,
    a_staff_session,
    a_ticket,
    a_user,
)
from custaccount.credentials.model import SignedIn
from custaccount.facilities import sweeper
from custaccount.facilities.outbox import LEASE, PostState
from custaccount.facilities.sweeper import Sweeper, Swept
from custaccount.kernel.access import Actor, System
from custaccount.kernel.ids import RealmId, UserId
from custaccount.kernel.scope import RealmScope
from custaccount.storage import Storage, Unit
from tests.house import NORD, SUED, House, build, open_nord, open_sued

BATCH, OLD, LIVE = 4, 10, 3
DAY = timedelta(days=1)
LONG_AGO = 100 * DAY
KINDS = (
    "tickets.expired",
    "sessions.over",
    "staff_sessions.over",
    "registrations.expired",
    "drafts.forgotten",
    "outbox.delivered",
)


class Killed(BaseException):
    """The process died here."""


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a few rows be many."""
    monkeypatch.setattr(sweeper, "BATCH", BATCH)


@pytest.fixture
def house(storage: Storage) -> House:
    """Two sellers with no letters on their way."""
    house = build(storage)
    open_nord(house)
    open_sued(house)
    house.accounts.relay()
    return house


def litter(house: House, realm: RealmId = NORD) -> None:
    """Leave things that are over, and things that are not."""
    scope, now = RealmScope(realm), house.clock()
    over = now - LONG_AGO
    with house.storage.begin(System(realm=realm, job="test")) as unit:
        alice = unit.users.save(scope, a_user(scope))
        ida = unit.staff.save(scope, a_staff_member(scope))
        (acme,) = unit.customers.save(scope, [a_customer(scope)])
        for number in range(OLD + LIVE):
            at = over if number < OLD else now
            unit.tickets.add(scope, attrs.evolve(a_ticket(), issued=at - DAY, expires=at))
            unit.sessions.add(scope, attrs.evolve(a_session(scope, alice), begun=at, used=at))
            staffs = attrs.evolve(a_staff_session(scope, ida), begun=at, used=at)
            unit.staff_sessions.add(scope, staffs)
            asked = attrs.evolve(a_registration(scope), asked=at, expires=at + DAY)
            unit.registrations.put(scope, asked)
            unit.drafts.add(acme.scope, attrs.evolve(a_draft(acme.scope, alice.id), kept=at))
            unit.record(SignedIn(at=at, user=UserId(f"old {number}")))
        unit.commit()
    house.accounts.relay()
    with house.storage.begin(System(realm=realm, job="test")) as unit:  # old, but not delivered
        unit.record(SignedIn(at=over, user=UserId("waiting")))
        unit.record(SignedIn(at=over, user=UserId("dead")))
        unit.commit()
    with house.storage.begin(System(realm=realm, job="test")) as unit:
        for posted in unit.outbox.lease(scope, at=now, until=now + LEASE, limit=9):
            if isinstance(posted.event, SignedIn) and posted.event.user == "dead":
                unit.outbox.failed(scope, posted, again=None)
        unit.commit()


def counts(house: House, realm: RealmId = NORD) -> tuple[int, int, int]:
    """Count delivered, waiting and dead events."""
    with house.storage.reading() as view:
        delivered, waiting, dead = (
            view.outbox.count(RealmScope(realm), state)
            for state in (PostState.DELIVERED, PostState.WAITING, PostState.DEAD)
        )
    return delivered, waiting, dead


def swept(done: tuple[Swept, ...]) -> dict[str, int]:
    """Read a report."""
    return {one.chore: one.forgotten for one in done}


def test_what_is_over_goes_and_what_lives_stays(house: House) -> None:
    """In every realm, of every kind; a second run finds nothing."""
    delivered = counts(house)[0]
    litter(house)
    litter(house, SUED)

    done = house.accounts.sweep()

    assert swept(done) == dict.fromkeys(KINDS, 2 * OLD)
    assert counts(house) == (delivered + LIVE, 1, 1)
    assert swept(house.accounts.sweep()) == dict.fromkeys(KINDS, 0)


def test_nothing_goes_before_its_time(house: House) -> None:
    """Kept as long as the chore says, to the microsecond; gone right after."""
    scope, now = RealmScope(NORD), house.clock()
    with house.storage.begin(System(realm=NORD, job="test")) as unit:
        unit.tickets.add(scope, attrs.evolve(a_ticket(), issued=now - DAY, expires=now))
        unit.commit()
    keep = next(chore.keep for chore in CHORES if chore.name == "tickets.expired")

    house.clock.advance(keep)
    assert swept(house.accounts.sweep())["tickets.expired"] == 0
    house.clock.advance(timedelta(microseconds=1))
    assert swept(house.accounts.sweep())["tickets.expired"] == 1


def test_who_waits_is_told_how_far_it_is(house: House) -> None:
    """After each batch, counted up."""
    litter(house)
    told: list[Swept] = []

    house.accounts.sweep(progress=told.append)

    tickets = [one.forgotten for one in told if one.chore == "tickets.expired"]
    assert tickets == [BATCH, 2 * BATCH, OLD]


@pytest.mark.parametrize("number", range(1, 7))
def test_a_crash_at_any_batch_loses_nothing(house: House, number: int) -> None:
    """What was forgotten is forgotten, and the next run forgets the rest."""
    litter(house)
    left = number

    @contextmanager
    def dying(actor: Actor) -> Iterator[Unit]:
        nonlocal left
        with house.storage.begin(actor) as unit:
            yield unit
            left -= 1
            if not left:
                raise Killed

    told: list[Swept] = []
    first = Sweeper(begin=dying, clock=house.clock, chores=CHORES)
    with pytest.raises(Killed):
        first.run([RealmScope(NORD)], progress=told.append)
    assert left == 0

    rest = swept(house.accounts.sweep())
    for kind in KINDS:
        assert rest[kind] <= OLD
    assert swept(house.accounts.sweep()) == dict.fromkeys(KINDS, 0)
    assert counts(house)[1:] == (1, 1)


def test_two_sweepers_at_once_share_the_work(house: House) -> None:
    """Together they forget each thing once, and neither touches what lives."""
    delivered = counts(house)[0]
    litter(house)

    with ThreadPoolExecutor(2) as threads:
        reports = list(threads.map(lambda _: swept(house.accounts.sweep()), range(2)))

    swept_again = swept(house.accounts.sweep())
    for kind in KINDS:
        assert sum(report[kind] for report in reports) + swept_again[kind] == OLD
    assert counts(house) == (delivered + LIVE, 1, 1)
