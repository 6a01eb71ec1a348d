"""Units of work: three tries, and never one inside another."""

from __future__ import annotations

import threading

import pytest

from custaccount import Conflict
from custaccount.kernel.errors import Stale, TryAgain, UnitMisuse
from custaccount.kernel.work import TRIES, OneUnitAThread, repeatable


class Attempt:
    """Fails so many times before it succeeds."""

    def __init__(self, failures: int, error: Exception) -> None:
        self.failures, self.error, self.made = failures, error, 0

    @repeatable
    def run(self, answer: str) -> str:
        """Answer, if it is time."""
        self.made += 1
        if self.made <= self.failures:
            raise self.error
        return answer


@pytest.mark.parametrize("failures", range(TRIES))
def test_a_unit_that_lost_runs_again(failures: int) -> None:
    """Two losses are forgotten; the answer is the last run's."""
    attempt = Attempt(failures, TryAgain())

    assert attempt.run("done") == "done"
    assert attempt.made == failures + 1


def test_a_unit_that_loses_three_times_is_a_conflict() -> None:
    """Not ``TryAgain``: trying again was tried."""
    attempt = Attempt(TRIES, TryAgain())

    with pytest.raises(Conflict) as lost:
        attempt.run("never")

    assert type(lost.value) is Conflict
    assert attempt.made == TRIES


def test_nothing_else_is_tried_again() -> None:
    """A newer version is no accident: the caller has to look."""
    attempt = Attempt(1, Stale(kind="user", id="u", version=1))

    with pytest.raises(Stale):
        attempt.run("never")

    assert attempt.made == 1


def test_a_repeatable_method_keeps_its_signature() -> None:
    """The decorator shows in no signature and no name."""
    assert Attempt.run.__name__ == "run"
    assert Attempt.run.__wrapped__.__annotations__ == {"answer": "str", "return": "str"}  # type: ignore[attr-defined]


def test_units_do_not_nest_on_one_thread() -> None:
    """A second one is the caller's defect; after the first is over there is room again."""
    places = OneUnitAThread()

    with places.enter(), pytest.raises(UnitMisuse), places.enter():
        pytest.fail("nested")
    with places.enter():
        pass


def test_units_of_two_threads_are_two() -> None:
    """Another thread's unit is no nesting."""
    places, entered = OneUnitAThread(), []

    def other() -> None:
        with places.enter():
            entered.append(1)

    with places.enter():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()

    assert entered == [1]
