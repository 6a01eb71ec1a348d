"""The courier: runs the relay in the background after each commit, for hosts without a worker."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import attrs

LOG = logging.getLogger("custaccount.courier")


@attrs.define
class Courier:
    """Runs a job on one thread of its own, as often as it was nudged since the last run began.

    Whoever nudges never waits, so that a call that mails takes no longer than one that does not.
    """

    _run: Callable[[], object] = attrs.field(alias="run")
    _thread: ThreadPoolExecutor = attrs.field(
        init=False, factory=lambda: ThreadPoolExecutor(1, "custaccount-courier")
    )
    _nudged: threading.Event = attrs.field(init=False, factory=threading.Event)
    _closed: bool = attrs.field(init=False, default=False)

    def nudge(self) -> None:
        """See that the job runs once more, soon."""
        if not self._closed and not self._nudged.is_set():
            self._nudged.set()
            self._thread.submit(self._once)

    def close(self) -> None:
        """Finish what was nudged, then stop."""
        self._closed = True
        self._thread.shutdown(wait=True)

    def _once(self) -> None:
        self._nudged.clear()
        try:
            self._run()
        except Exception:
            LOG.exception("relay_failed")
