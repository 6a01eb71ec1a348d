"""The courier: runs the relay in the background after each commit, for hosts without a worker."""

import logging
import os
import threading
from collections.abc import Callable
from datetime import timedelta

import attrs

LOG = logging.getLogger("custaccount.courier")
SOONEST = timedelta(seconds=1)
"""Before the next run that nobody nudged."""
LATEST = timedelta(hours=1)
AFTER_FAILURE = timedelta(minutes=1)
"""When to look again if it is not known when something is due, because the run failed."""


@attrs.define
class Courier:
    """Runs a job on one thread of its own, as often as it was nudged since the last run began.

    Whoever nudges never waits for the job, so that a call that mails takes no longer than one that
    does not. The thread lives while there is work; a forked process gets one of its own. The job
    says how long it has nothing to do; then a timer nudges, which keeps no process from ending.
    """

    _run: Callable[[], timedelta | None] = attrs.field(alias="run")
    _lock: threading.Lock = attrs.field(init=False, factory=threading.Lock)
    _thread: threading.Thread | None = attrs.field(init=False, default=None)
    _nudged: bool = attrs.field(init=False, default=False)
    _closed: bool = attrs.field(init=False, default=False)
    _timer: threading.Timer | None = attrs.field(init=False, default=None)
    _awake_in: int = attrs.field(init=False, default=0)

    def wake(self) -> None:
        """Nudge, but only once in each process: for what another one has left behind."""
        process = os.getpid()
        if self._awake_in != process:
            self._awake_in = process
            self.nudge()

    def nudge(self) -> None:
        """See that the job runs once more, soon; after ``close`` this does nothing."""
        with self._lock:
            if self._closed:
                return
            self._nudged = True
            if self._thread is None or not self._thread.is_alive():
                self._start()

    def close(self) -> None:
        """Finish what was nudged, then stop."""
        with self._lock:
            self._closed = True
            self._wait(None)
            thread = self._thread
        if thread is not None:
            thread.join()

    def _start(self) -> None:
        thread = threading.Thread(target=self._work, name="custaccount-courier")
        try:
            thread.start()
        except RuntimeError:  # no thread left, or the process ends; the events are kept
            LOG.exception("courier_not_started")
            return
        self._thread = thread

    def _work(self) -> None:
        pause: timedelta | None = None
        while self._take(pause):
            try:
                pause = self._run()
            except Exception:
                LOG.exception("relay_failed")
                pause = AFTER_FAILURE

    def _take(self, pause: timedelta | None) -> bool:
        with self._lock:
            taken, self._nudged = self._nudged, False
            if not taken:
                self._thread = None
                self._wait(None if self._closed else pause)
        return taken

    def _wait(self, pause: timedelta | None) -> None:
        """Wake up after a pause instead of whenever was said before; the lock is held."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if pause is None:
            return
        timer = threading.Timer(min(max(pause, SOONEST), LATEST).total_seconds(), self.nudge)
        timer.daemon = True
        try:
            timer.start()
        except RuntimeError:  # as above; the next commit nudges
            LOG.exception("courier_not_started")
            return
        self._timer = timer
