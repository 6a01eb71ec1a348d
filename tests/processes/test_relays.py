"""Relays in processes of their own: they share the work, and what one dies of is lost to nobody."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import update

from custaccount.adapters.sqlalchemy import SqlAlchemyStorage
from custaccount.adapters.sqlalchemy.tables import outbox
from custaccount.credentials.model import SignedIn
from custaccount.facilities.outbox import LEASE, PostState
from custaccount.kernel.access import System
from custaccount.kernel.ids import EventId, RealmId, UserId
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.sources import utc_now
from custaccount.notifications.relay import BATCH, Delivered
from tests.processes.relayer import Witness, relay_on

ROOT = Path(__file__).parents[2]
NORD = RealmId("nord")
PATIENCE = 60
"""Seconds until a test that hangs fails."""
MANY = 60

Line = tuple[EventId, int, int]
"""An event, the try and the process: what a witness writes."""


@pytest.fixture
def url(sql_storage: SqlAlchemyStorage) -> str:
    """Return the address of an empty database that other processes can reach."""
    return sql_storage.engine.url.render_as_string(hide_password=False)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Name the witness's file."""
    return tmp_path / "witness"


def record(storage: SqlAlchemyStorage, how_many: int) -> None:
    """Record events, one after the other."""
    for number in range(how_many):
        with storage.begin(System(realm=NORD, job="test")) as work:
            work.record(SignedIn(at=utc_now(), user=UserId(f"user {number}")))
            work.commit()


@contextmanager
def relaying(url: str, file: Path, manner: str = "work") -> Iterator[subprocess.Popen[str]]:
    """Start a relay that is ready and waits for a go; kill it at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.processes.relayer", url, str(file), manner],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def go(process: subprocess.Popen[str]) -> None:
    """Let a relay begin."""
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def seen(file: Path) -> list[Line]:
    """Read what the witness wrote."""
    text = file.read_text("utf-8") if file.exists() else ""
    return [tuple(json.loads(line)) for line in text.splitlines()]


def count(storage: SqlAlchemyStorage, state: PostState) -> int:
    """Count events in a state."""
    with storage.reading() as view:
        return view.outbox.count(RealmScope(NORD), state)


def test_two_relays_hand_each_event_over_once(
    sql_storage: SqlAlchemyStorage, url: str, file: Path
) -> None:
    """While leases hold, two processes at once deliver everything, and nothing twice."""
    record(sql_storage, MANY)

    with ExitStack() as stack:
        relays = [stack.enter_context(relaying(url, file)) for _ in range(2)]
        for one in relays:
            go(one)
        told = [one.communicate(timeout=PATIENCE)[0] for one in relays]

    lines = seen(file)
    assert len(lines) == len({name for name, _, _ in lines}) == MANY
    assert sum(map(int, told)) == MANY
    assert count(sql_storage, PostState.DELIVERED) == MANY


def test_two_relays_without_leases_are_found_out(
    sql_storage: SqlAlchemyStorage, url: str, file: Path
) -> None:
    """Negative control: let a lease end at once, and what one process holds another sends too."""
    record(sql_storage, 1)
    with relaying(url, file, "hang") as first, relaying(url, file) as second:
        go(first)
        wait_for_lines(file, 1)
        with sql_storage.engine.begin() as connection:
            connection.execute(update(outbox).values(due=utc_now()))
        go(second)
        second.communicate(timeout=PATIENCE)

    assert len(seen(file)) == 2


def test_a_killed_relay_loses_nothing(sql_storage: SqlAlchemyStorage, url: str, file: Path) -> None:
    """SIGKILL between sending and marking: after the lease it comes again, under the same id.

    So do the other events of its batch, which nobody had; until then nobody else gets them.
    """
    record(sql_storage, BATCH + 1)
    with relaying(url, file, "hang") as process:
        go(process)
        wait_for_lines(file, 1)
        process.send_signal(signal.SIGKILL)
        assert process.wait(PATIENCE) == -signal.SIGKILL
    [(sent, tries, _)] = seen(file)
    assert tries == 1

    early = relay_on(sql_storage, Witness(file), ahead=0)
    assert early.run() == Delivered(delivered=1)  # the one that was not leased
    assert [name for name, _, _ in seen(file)].count(sent) == 1

    late = relay_on(sql_storage, Witness(file), ahead=LEASE.total_seconds() + 1)
    assert late.run() == Delivered(delivered=BATCH)

    lines = seen(file)
    assert [(name, tries) for name, tries, _ in lines if name == sent] == [(sent, 1), (sent, 2)]
    assert len({name for name, _, _ in lines}) == BATCH + 1
    assert len(lines) == BATCH + 2
    assert count(sql_storage, PostState.DELIVERED) == BATCH + 1


def wait_for_lines(file: Path, how_many: int) -> None:
    """Wait until the witness has written; what another process does has no other sign."""
    until = time.monotonic() + PATIENCE
    while len(seen(file)) < how_many:
        assert time.monotonic() < until, "the relay wrote nothing"
        time.sleep(0.01)
