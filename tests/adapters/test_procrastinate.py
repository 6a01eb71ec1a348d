"""The relay as a job: asked for after a commit, once however often, and every minute anyhow."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import attrs
import pytest

from custaccount.accounts import CustomerAccounts, Delivery
from custaccount.credentials.passwords import Hashing
from tests import backends
from tests.house import ALICE, BASE_URL, KEY, House, NoLimits, Shop, build, open_nord

procrastinate = pytest.importorskip("procrastinate")
from procrastinate.testing import InMemoryConnector  # noqa: E402 - an optional neighbour

from custaccount.adapters.procrastinate import (  # noqa: E402
    EVERY_MINUTE,
    EVERY_NIGHT,
    QUEUE,
    RELAY,
    SWEEP,
    Nudge,
    add_jobs,
)


@attrs.frozen
class Host:
    """A host whose web process defers and whose worker runs."""

    app: procrastinate.App
    house: House
    shop: Shop

    @property
    def waiting(self) -> list[str]:
        """What waits in the queue."""
        jobs = self.app.connector.jobs.values()
        return [job["task_name"] for job in jobs if job["status"] == "todo"]

    def work(self) -> None:
        """Run the worker until the queue is empty."""
        self.app.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)


def host_of(app: procrastinate.App) -> Host:
    """Build the host."""
    house = build()
    shop = open_nord(house)
    house.accounts.relay()
    house.accounts = CustomerAccounts(
        storage=house.storage,
        mailer=house.mailer,
        cart=house.cart,
        secret_keys=[KEY],
        base_url=BASE_URL,
        delivery=Delivery.BY_RELAY,
        after_commit=Nudge(app),
        hashing=Hashing.cheap(),
        limits=NoLimits(),
        testing=True,
        clock=house.clock,
    )
    add_jobs(app, house.accounts)
    return Host(app, house, shop)


@pytest.fixture
def host() -> Iterator[Host]:
    """Run a host with a queue in memory."""
    with procrastinate.App(connector=InMemoryConnector()).open() as app:
        yield host_of(app)


def test_a_commit_asks_for_one_job(host: Host) -> None:
    """Ten commits before the worker comes are one job, which delivers all of them."""
    for _ in range(10):
        host.house.accounts.first_sign_in.request(host.shop.guest, ALICE)
    assert host.waiting == [RELAY]
    assert host.house.mailer.sent == []

    host.work()

    assert host.waiting == []
    assert len(host.house.mailer.sent) == 1
    host.house.accounts.first_sign_in.request(host.shop.guest, ALICE)
    assert host.waiting == [RELAY]


def test_the_jobs_run_without_being_asked_for(host: Host) -> None:
    """What failed is tried again in the minute it is due; sweeping is for the night."""
    tasks = host.app.periodic_registry.periodic_tasks.values()

    assert {(one.task.name, one.cron, one.task.queue) for one in tasks} == {
        (RELAY, EVERY_MINUTE, QUEUE),
        (SWEEP, EVERY_NIGHT, QUEUE),
    }
    for one in tasks:
        one.task(timestamp=1)


def test_a_queue_that_is_away_stops_nobody(
    host: Host, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call succeeds, the event is kept, and the next job delivers it."""

    def fail(*_: object, **__: object) -> None:
        message = "queue away"
        raise ConnectionError(message)

    with monkeypatch.context() as away, caplog.at_level(logging.ERROR):
        away.setattr(procrastinate.App, "configure_task", fail)
        host.house.accounts.first_sign_in.request(host.shop.guest, ALICE)
    assert [line.getMessage() for line in caplog.records] == ["after_commit_failed"]

    host.house.accounts.relay()
    assert len(host.house.mailer.sent) == 1


@pytest.fixture
def conninfo() -> Iterator[str]:
    """Create a PostgreSQL database of its own, for procrastinate's tables."""
    server = backends.find_postgres()
    if isinstance(server, backends.Missing):
        pytest.skip(server.why)
    with backends.database(server) as url:
        yield url.replace("+psycopg", "")


def test_a_real_queue(conninfo: str) -> None:
    """On PostgreSQL, through procrastinate's own tables, from the commit to the mail."""
    app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=conninfo))
    with app.open():
        app.schema_manager.apply_schema()
        host = host_of(app)
        for _ in range(3):
            host.house.accounts.first_sign_in.request(host.shop.guest, ALICE)
        jobs = list(app.job_manager.list_jobs(queue=QUEUE))
        assert [job.task_name for job in jobs] == [RELAY]

    with app.replace_connector(procrastinate.PsycopgConnector(conninfo=conninfo)) as working:
        working.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)

    assert len(host.house.mailer.sent) == 1
