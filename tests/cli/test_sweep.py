"""``sweep`` forgets what is over, and says what that was."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from custaccount.adapters.memory import FixedClock
from custaccount.adapters.sqlalchemy import SqlAlchemyStorage
from custaccount.chores import CHORES
from tests.cli.conftest import Built, Run
from tests.cli.test_doctor import portal


def test_it_tells_what_it_has_forgotten(built: Built, run: Run) -> None:
    """A line for each kind, also where there was nothing."""
    accounts = built()
    portal(accounts)
    assert run(accounts, "relay", "--once").exit_code == 0

    result = run(accounts, "sweep")

    assert result.exit_code == 0
    for chore in CHORES:
        assert f"{chore.name}: forgotten 0" in result.output


def test_it_forgets(built: Built, run: Run) -> None:
    """What was delivered a month ago is gone, and a second run finds nothing."""
    clock = FixedClock()
    accounts = built(clock=clock)
    portal(accounts)
    assert run(accounts, "relay", "--once").output == "delivered 2\n"
    clock.advance(timedelta(days=31))

    first, second = run(accounts, "sweep"), run(accounts, "sweep")

    assert "outbox.delivered: forgotten 2" in first.output
    assert "outbox.delivered: forgotten 0" in second.output


def test_it_can_be_quiet(built: Built, run: Run) -> None:
    """For a scheduled job, whose every word is mailed to somebody."""
    accounts = built()
    portal(accounts)

    result = run(accounts, "sweep", "--quiet")

    assert (result.output, result.exit_code) == ("", 0)


def test_it_does_not_begin_on_tables_that_are_behind(
    built: Built, run: Run, tmp_path: Path
) -> None:
    """It names the command that helps."""
    storage = SqlAlchemyStorage.connect(f"sqlite:///{tmp_path / 'empty.db'}")

    result = run(built(storage=storage), "sweep")

    assert result.exit_code == 1
    assert "Run: custaccount migrate" in result.output
    storage.engine.dispose()
