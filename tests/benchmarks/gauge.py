"""How a ratio is taken, and what is said of it."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import attrs
from sqlalchemy import Engine, event

TRANSACTION = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "START ", "SET ", "PRAGMA")

Work = Callable[[], object]


@attrs.frozen(kw_only=True)
class Sizes:
    """How much data, and how often."""

    users: int = 100_000
    grown: tuple[int, ...] = (1_000, 100_000, 1_000_000)
    """How many users there are in each of the databases that are compared."""
    orders: int = 10_000
    articles: int = 30_000
    rounds: int = 15
    runs: int = 40
    warm: int = 20
    """Runs before anything is judged: a plan that goes generic does so on the 11th."""
    imports: int = 15


TINY = Sizes(
    users=200, grown=(20, 200), orders=120, articles=120, rounds=1, runs=2, warm=1, imports=1
)


@attrs.frozen(kw_only=True)
class Figure:
    """A measured figure and the target it is held against; a lower value is better."""

    work: str
    """Which row of the table of targets it belongs to: ``W1``."""
    name: str
    value: float
    unit: str = "x"
    least: float | None = None
    most: float | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None if there is none."""
        if self.most is None:
            return None
        return (self.least is None or self.value >= self.least) and self.value <= self.most

    @property
    def target(self) -> str:
        """The target, for people."""
        if self.most is None:
            return ""
        return f"<= {self.most:g}" if self.least is None else f"{self.least:g} .. {self.most:g}"


def ratio(ours: Work, limit: Work, sizes: Sizes) -> tuple[float, str]:
    """Run both in turn; return the median of the rounds' ratios, and the times of a run in a note.

    A round's ratio is that of its two medians, so that an interrupted run counts little.
    """
    return compared(rounds(lambda: (seconds(ours), seconds(limit)), sizes))


def compared(found: Sequence[Sequence[float]]) -> tuple[float, str]:
    """Take the median ratio of pairs; the note has both times, and the rounds' quartiles.

    How far those are apart tells how noisy the machine was.
    """
    ratios = sorted(mine / theirs for mine, theirs in found)
    mine, theirs = (statistics.median(times) for times in zip(*found, strict=True))
    low, high = ratios[len(ratios) // 4], ratios[-1 - len(ratios) // 4]
    note = f"{mine * 1e6:.0f} us against {theirs * 1e6:.0f}, rounds {low:.2f} to {high:.2f}"
    return statistics.median(ratios), note


def rounds(sample: Callable[[], Sequence[float]], sizes: Sizes) -> list[tuple[float, ...]]:
    """Take times that belong together again and again; return the medians of each round."""
    for _ in range(sizes.warm):
        sample()
    return [_round(sample, sizes.runs) for _ in range(sizes.rounds)]


def _round(sample: Callable[[], Sequence[float]], runs: int) -> tuple[float, ...]:
    gc.collect()
    gc.disable()
    try:
        samples = [sample() for _ in range(runs)]
    finally:
        gc.enable()
    return tuple(statistics.median(times) for times in zip(*samples, strict=True))


def seconds(work: Work) -> float:
    """Take the time of one run."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


@contextmanager
def settled() -> Iterator[None]:
    """Let the collector leave alone what is there already, so that each round's is quick."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """Collect what is asked of a database, transactions' begin and end left out."""
    seen: list[str] = []

    def note(*args: Any) -> None:  # noqa: ANN401 - SQLAlchemy hands over six things
        if not args[2].upper().startswith(TRANSACTION):
            seen.append(args[2])

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)
