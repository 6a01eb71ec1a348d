"""The benchmark can't rot: it runs on little data and says what it should; no time is judged."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

RUN = Path(__file__).with_name("run.py")
KEYS = {"work", "name", "value", "unit", "least", "most", "met", "note"}
COUNTED = {"statements of 50 orders", "statements that differ, unknown and known"}


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


@pytest.mark.parametrize("works", [("W8",), ("W1", "W1b", "W2", "W3", "W4")])
def test_the_benchmark_runs(works: tuple[str, ...]) -> None:
    """Every figure has its keys, a value, and a verdict where it has a target."""
    report = bench(*works)

    assert report.keys() == {"python", "machine", "libraries", "figures"}
    figures = report["figures"]
    assert {figure["work"] for figure in figures} == set(works)
    for figure in figures:
        assert figure.keys() == KEYS
        assert figure["value"] > 0 or not figure["unit"]
        assert (figure["met"] is None) == (figure["most"] is None)


def test_what_is_counted_holds_on_any_machine() -> None:
    """Statements do not depend on the machine: their targets are promises."""
    figures = bench("W1b", "W4")["figures"]

    counted = [one for one in figures if one["name"].rpartition(", ")[0] in COUNTED]
    assert {one["name"].rpartition(", ")[0] for one in counted} == COUNTED
    assert all(one["met"] for one in counted)
