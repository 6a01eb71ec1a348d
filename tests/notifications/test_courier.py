"""The courier: in the background, as often as needed, and to the end."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

import attrs
import pytest

from custaccount.notifications.courier import Courier

PATIENCE = 10
"""Seconds until a test that hangs fails."""


@attrs.define
class Job:
    """Work whose beginning can be seen and whose end is held back."""

    begun: threading.Semaphore = attrs.field(factory=lambda: threading.Semaphore(0))
    go: threading.Event = attrs.field(factory=threading.Event)
    runs: int = 0

    def __call__(self) -> None:
        """Run once it may."""
        self.begun.release()
        assert self.go.wait(PATIENCE)
        self.runs += 1


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
