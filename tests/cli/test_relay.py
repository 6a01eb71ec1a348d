"""``relay`` delivers until it is told to stop."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from custaccount.adapters.memory import MemoryStorage
from custaccount.adapters.sqlalchemy import SqlAlchemyStorage
from custaccount.cli.relaying import _loop
from custaccount.kernel.errors import StorageUnavailable
from custaccount.notifications.relay import Delivered
from tests.cli.conftest import Built, Folder, Run
from tests.cli.test_doctor import portal

RELAY = ("-m", "custaccount.cli", "--factory", "shop.build", "relay")
SEND = """
import shop
from custaccount import Currency, Language
from custaccount.kernel.access import STAFF_PERMISSIONS, Staff

accounts = shop.build()
ida = Staff(realm="nord", id="ida", name="Ida", permissions=STAFF_PERMISSIONS)
accounts.portal_desk.create(
    ida, key="trade", name="Trade", languages=[Language.EN], currency=Currency("EUR"), path="/trade"
)
"""


def test_once_delivers_what_is_due(built: Built, run: Run) -> None:
    """A line says how much; where nothing is due, nothing is said."""
    accounts = built()
    portal(accounts)

    assert run(accounts, "relay", "--once").output == "delivered 2\n"
    again = run(accounts, "relay", "--once")
    assert (again.output, again.exit_code) == ("", 0)


def test_once_fails_if_something_was_not_delivered(built: Built, run: Run) -> None:
    """It is tried again by a later run; whoever called should know."""

    def refuse(_: object) -> None:
        raise RuntimeError

    accounts = built(subscribers=[refuse])
    portal(accounts)

    result = run(accounts, "relay", "--once")

    assert result.output == "to be tried again 2\n"
    assert result.exit_code == 1


def test_it_does_not_begin_on_tables_that_are_behind(
    built: Built, run: Run, tmp_path: Path
) -> None:
    """It names the command that helps."""
    storage = SqlAlchemyStorage.connect(f"sqlite:///{tmp_path / 'empty.db'}")

    result = run(built(storage=storage), "relay")

    assert result.exit_code == 1
    assert "Run: custaccount migrate" in result.output
    storage.engine.dispose()


def test_once_says_that_the_storage_is_down(built: Built, run: Run, nobody: int) -> None:
    """In one line, and fails."""
    storage = SqlAlchemyStorage.connect(f"postgresql://shop@127.0.0.1:{nobody}/shop")

    result = run(built(storage=storage), "relay", "--once")

    assert result.exit_code == 1
    assert "StorageUnavailable" in result.output


def test_no_rest_at_all_is_refused(built: Built, run: Run) -> None:
    """A loop without a pause would burn a processor."""
    assert run(built(storage=MemoryStorage()), "relay", "--every", "0").exit_code == 2


def test_an_outage_is_told_when_it_begins_and_ends(capsys: pytest.CaptureFixture[str]) -> None:
    """Not at every look in between; what it delivers afterwards is told as ever."""
    stopped = threading.Event()
    runs: list[Callable[[], Delivered]] = []

    def down() -> Delivered:
        raise StorageUnavailable

    def deliver() -> Delivered:
        stopped.set()
        return Delivered(delivered=1, failed=2, dead=3)

    runs += [Delivered, down, down, down, Delivered, down, deliver]

    def run() -> Delivered:
        return runs.pop(0)()

    _loop(run, stopped, 0.001)

    said = capsys.readouterr()
    assert said.out == "delivered 1, to be tried again 2, given up 3\n"
    assert said.err.count("Trying again every") == 2
    assert said.err.count("Going on.") == 2


def test_a_defect_is_not_an_outage() -> None:
    """What nobody expected ends the process, so that somebody sees it."""

    def broken() -> Delivered:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        _loop(broken, threading.Event(), 0.001)


@pytest.mark.skipif(os.name == "nt", reason="signals as Unix has them")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_well_when_told_to(folder: Folder, number: signal.Signals) -> None:
    """It delivers what comes in, and its end is no failure."""
    assert folder.run(*RELAY[:-1], "migrate").returncode == 0
    relay = folder.start(*RELAY, "--every", "0.05")
    try:
        assert relay.stdout is not None
        assert relay.stderr is not None
        assert relay.stderr.readline() == "Delivering, every 0.05 seconds.\n"
        assert folder.run("-c", SEND).returncode == 0
        assert relay.stdout.readline() == "delivered 1\n"

        relay.send_signal(number)

        out, err = relay.communicate(timeout=30)
    finally:
        relay.kill()
        relay.communicate()
    assert (relay.returncode, out, err) == (0, "", "")


@pytest.mark.skipif(os.name == "nt", reason="signals as Unix has them")
def test_a_second_signal_ends_it_at_once(folder: Folder) -> None:
    """A subscriber that hangs holds nobody up twice."""
    folder.write(
        "hanging.py",
        "import sys, threading, shop\n"
        "def hang(_):\n"
        "    print('hanging', flush=True)\n"
        "    threading.Event().wait(60)\n"
        "def build():\n"
        "    accounts = shop.build()\n"
        "    accounts.relay = lambda: hang(None)\n"
        "    return accounts\n",
    )
    assert folder.run(*RELAY[:-1], "migrate").returncode == 0
    relay = folder.start("-m", "custaccount.cli", "--factory", "hanging.build", "relay")
    try:
        assert relay.stdout is not None
        assert relay.stdout.readline() == "hanging\n"
        relay.send_signal(signal.SIGTERM)
        with pytest.raises(Exception, match="timed out"):
            relay.wait(timeout=0.5)
        relay.send_signal(signal.SIGTERM)
        assert relay.wait(timeout=30) == -signal.SIGTERM
    finally:
        relay.kill()
        relay.communicate()
