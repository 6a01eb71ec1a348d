"""The benchmark can't rot: it runs on little data and says what it should; no time is judged."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from custaccount.adapters.sqlalchemy import SqlAlchemyStorage
from tests.benchmarks.by_hand import TimedStorage, driver_of, undoing, units_of
from tests.benchmarks.operations import OTHERS, operations
from tests.house import build, everything_in
from tests.security.samples import SAMPLES, three_parties
from tests.security.services import methods_of

RUN = Path(__file__).with_name("run.py")
KEYS = {"work", "name", "value", "unit", "least", "most", "met", "note"}
COUNTED = {
    "paths of a sign-in with more or less than no hash",
    "paths of a sign-in with more or less than one hash",
    "statements of 50 orders",
    "statements of acting",
    "statements of a whole sign-in, by address",
    "statements that differ, unknown and known, by address",
    "statements that differ, unknown and known, by number",
}


def bench(*works: str) -> Mapping[str, Any]:
    """Run some rows of the table, tiny, as a person would."""
    done = subprocess.run(
        [sys.executable, str(RUN), "--tiny", "--only", *works],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found: Mapping[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    "works", [("W8",), ("W1", "W1b", "W2", "W3", "W4", "M2", "R10"), ("limits", "growth")]
)
def test_the_benchmark_runs(works: tuple[str, ...]) -> None:
    """Every figure has its keys, a value, and a verdict where it has a target."""
    report = bench(*works)

    assert report.keys() == {"python", "machine", "libraries", "figures"}
    check(report["figures"], works)


def check(figures: Sequence[Mapping[str, Any]], works: tuple[str, ...]) -> None:
    """Look at what every figure must have."""
    assert {figure["work"] for figure in figures} == set(works)
    for figure in figures:
        assert figure.keys() == KEYS
        assert figure["value"] > 0 or not figure["unit"]
        assert (figure["met"] is None) == (figure["most"] is None)


def test_what_is_counted_holds_on_any_machine() -> None:
    """Statements do not depend on the machine: their targets are promises."""
    figures = bench("W1", "W1b", "W4", "M2")["figures"]

    counted = {counting_of(one["name"]): one["met"] for one in figures if one["unit"] == ""}
    assert counted.keys() >= COUNTED
    assert all(counted[name] for name in COUNTED)


def counting_of(name: str) -> str:
    """Say what is counted, wherever."""
    for backend in (", sqlite", ", postgresql"):
        name = name.removesuffix(backend)
    return name


ASKS_NOTHING = {
    "access_desk.operations",
    "own_password.suggest",
    "reorder.cart",
    "sign_in.mark_device",
}


def test_every_operation_is_taken() -> None:
    """Those that ask the database: a new method is measured once it has a sample."""
    figures = bench("ops")["figures"]

    check(figures, ("ops",))
    names = {figure["name"] for figure in figures}
    taken = {name.removesuffix(", sqlite") for name in names if name.endswith(", sqlite")}
    assert taken == (SAMPLES.keys() | OTHERS.keys()) - ASKS_NOTHING


def test_what_is_measured_leaves_no_trace(sql_storage: SqlAlchemyStorage) -> None:
    """Ours and by hand undo what they wrote: each call finds the same rows."""
    timed = TimedStorage(sql_storage)
    house = build(timed)  # type: ignore[arg-type]
    party, _, _ = three_parties(house)
    work = operations(methods_of(house.accounts))["password_reset.set_password"](party)
    before = everything_in(sql_storage)

    with driver_of(sql_storage.engine) as driver, undoing(sql_storage.engine):
        for _ in range(2):
            driver.again(units_of(timed, work))()
    assert everything_in(sql_storage) == before
    assert timed.seconds > 0

    work()
    assert everything_in(sql_storage) != before, "it would have changed something"
