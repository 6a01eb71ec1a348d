"""The relay and the sweeper as jobs of procrastinate, for hosts that have its queue and workers.

The events stay in our outbox; a job only says that there is something to deliver. So a job that is
lost, repeated or late loses and repeats nothing: the one of the next minute delivers.
"""

from contextlib import suppress
from typing import Protocol

from procrastinate import App
from procrastinate.exceptions import AlreadyEnqueued

QUEUE = "custaccount"
RELAY, SWEEP = "custaccount.relay", "custaccount.sweep"
EVERY_MINUTE, EVERY_NIGHT = "* * * * *", "17 3 * * *"
"""When the jobs run without being asked for, in UTC."""


class Workable(Protocol):
    """What the jobs are about: ``CustomerAccounts``."""

    def relay(self) -> object:
        """Deliver what is due."""
        ...

    def sweep(self) -> object:
        """Forget what has been over for long."""
        ...


def add_jobs(app: App, accounts: Workable) -> None:
    """Give the jobs to an app, for its workers.

    Delivery once a minute, for what is to be tried again; sweeping once a night.
    """

    @app.periodic(cron=EVERY_MINUTE)
    @app.task(name=RELAY, queue=QUEUE, queueing_lock=RELAY)
    def relay(timestamp: int = 0) -> None:  # noqa: ARG001 - a periodic job is told its minute
        accounts.relay()

    @app.periodic(cron=EVERY_NIGHT)
    @app.task(name=SWEEP, queue=QUEUE, queueing_lock=SWEEP)
    def sweep(timestamp: int = 0) -> None:  # noqa: ARG001 - likewise
        accounts.sweep()


class Nudge:
    """Asks for delivery after each commit: ``CustomerAccounts(after_commit=Nudge(app), …)``.

    However many commits, one job waits; who comes while it runs gets another. The app is open.
    """

    def __init__(self, app: App) -> None:
        self._app = app

    def __call__(self) -> None:
        """See that a relay job waits."""
        job = self._app.configure_task(RELAY, queue=QUEUE, queueing_lock=RELAY)
        with suppress(AlreadyEnqueued):
            job.defer()
