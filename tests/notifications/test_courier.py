"""The courier: in the background, as often as needed, and to the end."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import attrs
import pytest

from custaccount.accounts import CustomerAccounts, Delivery
from custaccount.adapters.memory import MemoryMailer
from custaccount.credentials.passwords import Hashing
from custaccount.notifications import courier as module
from custaccount.notifications.courier import AFTER_FAILURE, LATEST, SOONEST, Courier
from tests.house import ALICE, BASE_URL, KEY, build, open_nord

PATIENCE = 10
"""Seconds until a test that hangs fails."""


@attrs.define
class Job:
    """Work whose beginning can be seen and whose end is held back."""

    begun: threading.Semaphore = attrs.field(factory=lambda: threading.Semaphore(0))
    go: threading.Event = attrs.field(factory=threading.Event)
    runs: int = 0
    pause: timedelta | None = None
    """What it says how long it has nothing to do."""

    def __call__(self) -> timedelta | None:
        """Run once it may."""
        self.begun.release()
        assert self.go.wait(PATIENCE)
        self.runs += 1
        return self.pause


@pytest.fixture
def job() -> Iterator[Job]:
    """Give a job; it may end when the test does."""
    given = Job()
    yield given
    given.go.set()


def test_who_nudges_does_not_wait(job: Job) -> None:
    """A nudge returns while the job is still held back."""
    courier = Courier(job)

    courier.nudge()

    assert job.begun.acquire(timeout=PATIENCE)
    assert job.runs == 0
    job.go.set()
    courier.close()
    assert job.runs == 1


def test_nudges_during_a_run_become_one(job: Job) -> None:
    """However many commits a run misses, one more run sees them all."""
    courier = Courier(job)
    courier.nudge()
    assert job.begun.acquire(timeout=PATIENCE)

    for _ in range(50):
        courier.nudge()
    job.go.set()
    courier.close()

    assert job.runs == 2


def test_closing_finishes_what_was_nudged(job: Job) -> None:
    """The last mail of a process leaves before it ends."""
    courier = Courier(job)
    job.go.set()

    courier.nudge()
    courier.close()

    assert job.runs == 1


def test_closed_is_closed(job: Job) -> None:
    """A nudge after the end does nothing; closing twice is fine."""
    courier = Courier(job)
    courier.close()

    courier.nudge()
    courier.close()

    assert job.runs == 0
    assert not job.begun.acquire(blocking=False)


def test_no_commit_is_missed() -> None:
    """A run begins after the last nudge, whatever the threads' order."""
    committed = 0
    seen = 0
    counting = threading.Lock()

    def look() -> None:
        nonlocal seen
        with counting:
            seen = committed

    courier = Courier(look)
    start = threading.Barrier(8, timeout=PATIENCE)

    def commit() -> None:
        nonlocal committed
        start.wait()
        for _ in range(50):
            with counting:
                committed += 1
            courier.nudge()

    threads = [threading.Thread(target=commit) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    courier.close()

    assert seen == committed == 400


def test_only_one_thread_works() -> None:
    """Runs never overlap."""
    inside = threading.Semaphore(1)
    overlaps: list[bool] = []

    def work() -> None:
        alone = inside.acquire(blocking=False)
        overlaps.append(not alone)
        if alone:
            inside.release()

    courier = Courier(work)
    for _ in range(200):
        courier.nudge()
    courier.close()

    assert overlaps
    assert not any(overlaps)


def test_a_failed_run_is_logged_and_not_the_last(
    job: Job, caplog: pytest.LogCaptureFixture
) -> None:
    """A storage that is away for a while does not end delivery."""
    failures = [RuntimeError("storage away")]

    def run() -> None:
        job()
        if failures:
            raise failures.pop()

    courier = Courier(run)
    courier.nudge()
    assert job.begun.acquire(timeout=PATIENCE)
    courier.nudge()
    with caplog.at_level(logging.ERROR):
        job.go.set()
        courier.close()

    assert job.runs == 2
    assert [line.getMessage() for line in caplog.records] == ["relay_failed"]


def test_an_idle_courier_keeps_no_thread(job: Job) -> None:
    """Nothing runs between bursts, and the next nudge starts anew."""
    courier = Courier(job)
    job.go.set()
    courier.nudge()
    if (thread := courier._thread) is not None:
        thread.join(PATIENCE)
    assert courier._thread is None

    courier.nudge()
    courier.close()

    assert job.runs == 2


def test_a_forked_process_gets_a_thread_of_its_own(job: Job) -> None:
    """A thread that exists in the parent only is not waited for."""
    courier = Courier(job)
    courier._thread = threading.Thread()  # never started: as dead as after a fork
    courier._nudged = True
    job.go.set()

    courier.nudge()
    courier.close()

    assert job.runs == 1


def test_without_a_thread_the_call_succeeds(
    job: Job, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What was committed stays true if no thread can be started; a later nudge delivers."""

    def refuse(_: threading.Thread) -> None:
        message = "can't start new thread"
        raise RuntimeError(message)

    courier = Courier(job)
    job.go.set()
    with monkeypatch.context() as narrow:
        narrow.setattr(threading.Thread, "start", refuse)
        courier.nudge()
    assert [line.getMessage() for line in caplog.records] == ["courier_not_started"]

    courier.nudge()
    courier.close()

    assert job.runs == 1


# Waking up ---------------------------------------------------------------------------------------


@attrs.define
class Timer:
    """A timer whose time comes when the test says so."""

    seconds: float
    ring: Callable[[], None]
    daemon: bool = False
    started: bool = False
    cancelled: bool = False

    def start(self) -> None:
        """Begin to wait."""
        self.started = True

    def cancel(self) -> None:
        """Wait no longer."""
        self.cancelled = True


@pytest.fixture
def timers(monkeypatch: pytest.MonkeyPatch) -> list[Timer]:
    """Give every timer that is set, the newest last."""
    made: list[Timer] = []

    def make(seconds: float, ring: Callable[[], None]) -> Timer:
        made.append(Timer(seconds, ring))
        return made[-1]

    monkeypatch.setattr(module.threading, "Timer", make)
    return made


def settle(courier: Courier) -> None:
    """Wait until nothing runs."""
    if (thread := courier._thread) is not None:
        thread.join(PATIENCE)
    assert courier._thread is None


def test_what_is_due_later_wakes_the_courier(job: Job, timers: list[Timer]) -> None:
    """A retry needs no commit: after the pause the job says, it runs again."""
    courier = Courier(job)
    job.go.set()
    job.pause = timedelta(seconds=40)
    courier.nudge()
    settle(courier)
    (timer,) = timers
    assert (timer.seconds, timer.daemon, timer.started) == (40, True, True)

    job.pause = None
    timer.ring()
    settle(courier)

    assert job.runs == 2
    assert len(timers) == 1
    courier.close()


def test_an_idle_courier_sets_no_timer(job: Job, timers: list[Timer]) -> None:
    """Where nothing waits, nothing wakes."""
    courier = Courier(job)
    job.go.set()
    courier.nudge()
    courier.close()

    assert timers == []


@pytest.mark.parametrize(
    ("pause", "waited"), [(timedelta(0), SOONEST), (timedelta(days=9), LATEST)]
)
def test_a_pause_is_neither_too_short_nor_too_long(
    job: Job, timers: list[Timer], pause: timedelta, waited: timedelta
) -> None:
    """Due now but not deliverable is no busy loop; a far day is asked for again."""
    courier = Courier(job)
    job.go.set()
    job.pause = pause
    courier.nudge()
    settle(courier)
    courier.close()

    assert timers[-1].seconds == waited.total_seconds()


def test_a_newer_pause_replaces_an_older_one(job: Job, timers: list[Timer]) -> None:
    """One timer at a time; closing ends it."""
    courier = Courier(job)
    job.go.set()
    for seconds in (40, 10):
        job.pause = timedelta(seconds=seconds)
        courier.nudge()
        settle(courier)

    older, newer = timers
    assert (older.cancelled, newer.cancelled) == (True, False)
    courier.close()
    assert newer.cancelled
    newer.ring()
    assert job.runs == 2


def test_a_failed_run_is_tried_again_in_a_minute(timers: list[Timer]) -> None:
    """Storage away: nobody knows what is due, so the courier looks again."""

    def fail() -> None:
        message = "storage away"
        raise RuntimeError(message)

    courier = Courier(fail)
    courier.nudge()
    settle(courier)
    courier.close()

    assert timers[-1].seconds == AFTER_FAILURE.total_seconds()


def test_without_a_timer_the_next_commit_delivers(
    job: Job, timers: list[Timer], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """No thread left for a timer: told in the log, and nothing breaks."""

    def refuse(_: Timer) -> None:
        message = "can't start new thread"
        raise RuntimeError(message)

    monkeypatch.setattr(Timer, "start", refuse)
    courier = Courier(job)
    job.go.set()
    job.pause = timedelta(seconds=40)
    for _ in range(2):
        courier.nudge()
        settle(courier)
    courier.close()

    assert {line.getMessage() for line in caplog.records} == {"courier_not_started"}
    assert job.runs == len(timers) == 2


def test_a_process_looks_once_at_what_is_there(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an earlier process left is delivered at the first use, in a forked one too."""
    courier = Courier(job)
    job.go.set()
    for _ in range(3):
        courier.wake()
        settle(courier)
    assert job.runs == 1

    monkeypatch.setattr(os, "getpid", lambda: -1)
    courier.wake()
    courier.close()

    assert job.runs == 2


def test_a_timer_keeps_no_process_from_ending() -> None:
    """A retry due in an hour does not hold up the end of a script."""
    script = (
        "from datetime import timedelta\n"
        "from custaccount.notifications.courier import Courier\n"
        "Courier(lambda: timedelta(hours=1)).nudge()\n"
    )

    subprocess.run([sys.executable, "-c", script], check=True, timeout=30)


def test_a_house_delivers_what_was_left_without_a_commit() -> None:
    """Killed between commit and delivery: the next process's first look sends the mail."""
    before = build()
    nord = open_nord(before)
    before.accounts.first_sign_in.request(nord.guest, ALICE)

    mailer = MemoryMailer()
    after = CustomerAccounts(
        storage=before.storage,
        mailer=mailer,
        cart=before.cart,
        secret_keys=[KEY],
        base_url=BASE_URL,
        delivery=Delivery.AFTER_COMMIT,
        hashing=Hashing.cheap(),
        testing=True,
        clock=before.clock,
    )
    assert mailer.sent == []
    after.portals.at_path(nord.portal.path)
    after.close()

    assert [mail.to.text for mail in mailer.sent] == [ALICE]
