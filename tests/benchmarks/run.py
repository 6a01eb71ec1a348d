"""The benchmark: our side and the layer below in one process, as ratios.

    python tests/benchmarks/run.py                 everything
    python tests/benchmarks/run.py --only W8 W2    some rows of the table
    python tests/benchmarks/run.py --tiny          a few runs on little data, to see that it runs

JSON goes to standard output, a table for people to standard error. A target is met when the median
ratio of several rounds meets it. Servers are measured where the tests would find them. ``ops`` is
every operation's units against the same SQL by hand: see ``operations.py`` for what is compared.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
from collections.abc import Collection, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[0] = str(ROOT)  # run as a script, whose folder would hide Python's own modules

from tests.benchmarks import (  # noqa: E402 - after the path is set
    acting,
    growth,
    imports,
    limiting,
    links,
    lists,
    operations,
    ranges,
    signing_in,
)
from tests.benchmarks.gauge import TINY, Figure, Sizes  # noqa: E402
from tests.benchmarks.ground import grounds  # noqa: E402

LIBRARIES = ("attrs", "argon2-cffi", "itsdangerous", "sqlalchemy", "psycopg")
WORKS = ("W1", "W1b", "W2", "W3", "W4", "W8", "M2", "R10", "limits", "growth", "ops")
ALONE = (
    ("W8", imports.measure),
    ("limits", limiting.measure),
    ("growth", growth.measure),
    ("ops", operations.measure),
)
"""What brings databases of its own, or needs none."""
ONCE = (("W1", signing_in.hashes), ("W2", links.issued))
"""What is measured once, for databases change nothing in it."""
EACH = (*acting.FIGURES, *signing_in.FIGURES, *links.FIGURES, *lists.FIGURES, *ranges.FIGURES)
"""What is measured on each database."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what is asked for and print it."""
    parser = argparse.ArgumentParser(description="Measure against the layer below, as ratios.")
    parser.add_argument("--tiny", action="store_true", help="little data, few runs")
    parser.add_argument("--only", nargs="+", choices=WORKS, default=WORKS, metavar="W1")
    asked = parser.parse_args(arguments)
    figures = []
    for figure in measured(TINY if asked.tiny else Sizes(), asked.only):
        figures.append(figure)
        tell(figure)
    missed = sum(figure.met is False for figure in figures)
    sys.stderr.write(f"{len(figures)} figures, {missed} above target\n")
    json.dump(report(figures), sys.stdout, indent=2)
    sys.stdout.write("\n")


def measured(sizes: Sizes, works: Collection[str]) -> Iterator[Figure]:
    """Take all figures of some rows of the table."""
    for work, measure in ALONE:
        if work in works:
            yield from measure(sizes)
    if set(works) <= {work for work, _ in ALONE}:
        return
    with tempfile.TemporaryDirectory() as folder, grounds(sizes, Path(folder)) as built:
        for place, ground in enumerate(built):
            for work, measure in (*(ONCE if place == 0 else ()), *EACH):
                if work in works:
                    yield from measure(ground)


def tell(figure: Figure) -> None:
    """Write a line of the table."""
    verdict = {True: "ok", False: "ABOVE", None: ""}[figure.met]
    value = f"{figure.value:.2f} {figure.unit}" if figure.unit else f"{figure.value:g}"
    sys.stderr.write(
        f"{figure.work:4} {figure.name:62} {value:>8} {figure.target:>12} {verdict:6}"
        f" {figure.note[:60]}\n"
    )
    sys.stderr.flush()


def report(figures: Sequence[Figure]) -> dict[str, object]:
    """Put the figures into plain values, with what they were taken with."""
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "libraries": {name: version(name) for name in LIBRARIES},
        "figures": [
            {
                "work": figure.work,
                "name": figure.name,
                "value": round(figure.value, 4),
                "unit": figure.unit,
                "least": figure.least,
                "most": figure.most,
                "met": figure.met,
                "note": figure.note,
            }
            for figure in figures
        ],
    }


if __name__ == "__main__":
    main()
