"""``relay``: deliver events and mails, once or until told to stop."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

import click

from custaccount.cli.doors import Host
from custaccount.cli.migrating import refuse_behind, unanswered
from custaccount.kernel.errors import Conflict, Unavailable

if TYPE_CHECKING:
    from custaccount.notifications.relay import Delivered

STOPPING = (signal.SIGTERM, signal.SIGINT)


@click.command()
@click.option("--once", is_flag=True, help="Deliver what is due now, then end.")
@click.option(
    "--every",
    type=click.FloatRange(min=0, min_open=True),
    default=2.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to rest between two looks.",
)
@click.pass_obj
def relay(host: Host, *, once: bool, every: float) -> None:
    """Deliver events and mails; any number of these may run at once.

    Prints a line when something was delivered. Ends well on SIGTERM and Ctrl-C, after what it is
    at; a second signal ends it at once, and another relay delivers what it held. With --once it
    exits with 1 if something could not be delivered.
    """
    accounts = host.accounts()
    refuse_behind(accounts)
    if once:
        try:
            done = accounts.relay()
        except (Unavailable, Conflict) as failure:
            raise click.ClickException(_said(failure)) from failure
        _tell(done)
        click.get_current_context().exit(int(bool(done.failed or done.dead)))
    with _until_stopped() as stopped:
        click.echo(f"Delivering, every {every:g} seconds.", err=True)
        _loop(accounts.relay, stopped, every)
    accounts.close()


def _loop(run: "Callable[[], Delivered]", stopped: threading.Event, every: float) -> None:
    """Run until stopped; an outage is told when it begins and when it is over."""
    out = False
    while not stopped.is_set():
        try:
            done = run()
        except (Unavailable, Conflict) as failure:
            if not out:
                click.echo(f"{_said(failure)} Trying again every {every:g} seconds.", err=True)
            out = True
        else:
            if out:
                click.echo("Going on.", err=True)
            out = False
            _tell(done)
        stopped.wait(every)


def _said(failure: Unavailable | Conflict) -> str:
    return unanswered(failure) if isinstance(failure, Unavailable) else str(failure)


def _tell(done: "Delivered") -> None:
    parts = (
        f"delivered {done.delivered}" if done.delivered else "",
        f"to be tried again {done.failed}" if done.failed else "",
        f"given up {done.dead}" if done.dead else "",
    )
    if any(parts):
        click.echo(", ".join(filter(None, parts)))


@contextmanager
def _until_stopped() -> Iterator[threading.Event]:
    """Turn the first signal into an event; the second does what it always does."""
    stopped = threading.Event()
    before = {number: signal.getsignal(number) for number in STOPPING}

    def put_back() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()
        put_back()

    for number in STOPPING:
        signal.signal(number, stop)
    try:
        yield stopped
    finally:
        put_back()
