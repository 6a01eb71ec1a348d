"""Processes take numbers from one range at once: none twice, none left out (R10, case 123)."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from custaccount.adapters.sqlalchemy import SqlAlchemyStorage
from custaccount.facilities.number_desk import NumberDesk
from custaccount.facilities.numbers import NumberRange
from custaccount.kernel.sources import utc_now
from tests.house import NORD, staff_of
from tests.processes.numberer import HERE, KEY

ROOT = Path(__file__).parents[2]
PROCESSES, EACH = 8, 200
NAIVE_PROCESSES, NAIVE_EACH = 3, 60
PATIENCE = 180
"""Seconds until a test that hangs fails."""
AT_ONCE = {"READ COMMITTED": 1, "REPEATABLE READ": 5}
"""Numbers in a transaction: at the second level each commit breaks off all that wait for it."""


def reserved(storage: SqlAlchemyStorage) -> NumberRange:
    """Reserve as many numbers as are taken, and warn of the last hundred."""
    desk = NumberDesk(reading=storage.reading, begin=storage.begin, clock=utc_now)
    return desk.reserve(
        staff_of(NORD), key=KEY, width=4, first=9000, last=8999 + PROCESSES * EACH, warn_at=100
    )


def taken(
    url: str, isolation: str, processes: int, each: int, manner: str = "counted"
) -> list[str]:
    """Let processes take so many numbers each, and return what they got."""
    asked = [url, isolation, str(each), str(AT_ONCE[isolation]), manner]
    command = [sys.executable, "-m", "tests.processes.numberer", *asked]
    with ExitStack() as stack:
        running = []
        for _ in range(processes):
            process = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            stack.callback(process.communicate)
            stack.callback(process.kill)
            running.append(process)
        for process in running:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in running:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        told = [process.communicate(timeout=PATIENCE)[0] for process in running]
    return [number for line in told for number in json.loads(line)]


@pytest.mark.parametrize("isolation", AT_ONCE)
def test_eight_processes_take_each_number_once(
    postgres_storage: SqlAlchemyStorage, postgres_url: str, isolation: str
) -> None:
    """8 x 200, a third as many rolled back: every number of the range, once; one warning."""
    kept = reserved(postgres_storage)

    numbers = taken(postgres_url, isolation, PROCESSES, EACH)

    assert sorted(map(int, numbers)) == list(range(kept.first, kept.last + 1))
    with postgres_storage.reading() as view:
        found = view.numbers.find(HERE, KEY)
        events = [entry.event for entry in view.audit.latest(HERE, limit=99)]
    assert found is not None
    assert found.left == 0
    assert sorted(events) == ["numbers.range_reserved", "numbers.run_low", "numbers.run_out"]


def test_processes_that_look_and_then_write_are_found_out(
    postgres_storage: SqlAlchemyStorage, postgres_url: str
) -> None:
    """Negative control: without the condition, at READ COMMITTED, numbers are handed out twice."""
    reserved(postgres_storage)

    numbers = taken(postgres_url, "READ COMMITTED", NAIVE_PROCESSES, NAIVE_EACH, "naive")

    assert len(set(numbers)) < len(numbers) == NAIVE_PROCESSES * NAIVE_EACH
