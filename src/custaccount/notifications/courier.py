"""The courier: runs the relay in the background after each commit, for hosts without a worker."""

import logging
import threading
from collections.abc import Callable

import attrs

LOG = logging.getLogger("custaccount.courier")


@attrs.define
class Courier:
    """Runs a job on one thread of its own, as often as it was nudged since the last run began.

    Whoever nudges never waits for the job, so that a call that mails takes no longer than one that
    does not. The thread lives while there is work; a forked process gets one of its own.
    """

    _run: Callable[[], object] = attrs.field(alias="run")
    _lock: threading.Lock = attrs.field(init=False, factory=threading.Lock)
    _thread: threading.Thread | None = attrs.field(init=False, default=None)
    _nudged: bool = attrs.field(init=False, default=False)
    _closed: bool = attrs.field(init=False, default=False)

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
        while self._take():
            try:
                self._run()
            except Exception:
                LOG.exception("relay_failed")

    def _take(self) -> bool:
        with self._lock:
            taken, self._nudged = self._nudged, False
            if not taken:
                self._thread = None
        return taken
