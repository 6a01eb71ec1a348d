"""Rivals meet, whatever the scheduler does, and nobody waits for ever."""

from __future__ import annotations

import threading

from custaccount.conformance.units import Meet, race
from custaccount.kernel.errors import AlreadyThere, TryAgain


def test_rivals_meet_before_one_goes_on() -> None:
    """A counter that is read and then written loses a step every time, not now and then."""
    for _ in range(20):
        counter = [0]

        def count(meet: Meet, counter: list[int] = counter) -> None:
            seen = counter[0]
            meet()
            counter[0] = seen + 1

        race(count, count)

        assert counter == [1]


def test_a_guarded_counter_loses_nothing() -> None:
    """The same rivals with a lock around reading and writing: patience ends and both count."""
    counter, lock = [0], threading.Lock()

    def count(meet: Meet) -> None:
        with lock:
            seen = counter[0]
            meet()
            counter[0] = seen + 1

    race(count, count, patience=0.01)

    assert counter == [2]


def test_who_lost_tries_again_and_does_not_meet_twice() -> None:
    """``TryAgain`` is what a repeatable method would have repeated."""
    tries = []

    def lose_first(meet: Meet) -> str:
        meet()
        tries.append(1)
        if len(tries) == 1:
            raise TryAgain
        return "won"

    def win(meet: Meet) -> str:
        meet()
        return "won"

    assert race(lose_first, win) == ["won", "won"]
    assert len(tries) == 2


def test_a_refusal_is_an_outcome() -> None:
    """It is returned in its place, for the promise to judge."""

    def refuse(meet: Meet) -> str:
        meet()
        raise AlreadyThere(kind="user")

    [outcome] = race(refuse)

    assert isinstance(outcome, AlreadyThere)
