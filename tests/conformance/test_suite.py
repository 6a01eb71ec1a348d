"""A promise can be broken aloud, not silently."""

from __future__ import annotations

import pytest

from custaccount.conformance import Suite, TicketsSuite
from custaccount.conformance.events import EVENTS
from custaccount.kernel.events import Event


class Promises(Suite):
    """A suite of one promise."""

    def test_one(self) -> None:
        """Hold."""


def test_a_promise_is_not_redefined() -> None:
    """Overriding a promised test is refused when the class is made, however far down."""

    class Host(Promises):
        """A host's subclass."""

    with pytest.raises(TypeError, match="Ours redefines what is promised: test_one"):
        type("Ours", (Host,), {"test_one": lambda _self: None})


def test_a_host_may_promise_more() -> None:
    """New tests beside the promised ones are welcome."""
    more = type("More", (Promises,), {"test_two": lambda _self: None})

    assert {name for name in dir(more) if name.startswith("test_")} == {"test_one", "test_two"}


@pytest.mark.parametrize("deviations", [{"test_none": "why"}, {"test_one": " "}])
def test_a_deviation_names_a_promise_and_a_reason(deviations: dict[str, str]) -> None:
    """What is not promised can't be deviated from, and nothing without a reason."""
    with pytest.raises(TypeError, match="deviates from no promise, or without a reason"):
        type("Ours", (Promises,), {"deviations": deviations})


def test_a_deviation_is_the_hosts_own() -> None:
    """Declared in one subclass, it does not reach the suite nor another subclass."""
    type("Ours", (Promises,), {"deviations": {"test_one": "not yet"}})

    assert not hasattr(Promises.test_one, "pytestmark")


def test_every_promise_says_what_it_promises() -> None:
    """The docstring of a test is the promise, so each has one."""
    suites = Suite.__subclasses__()
    for suite in suites:
        suites += suite.__subclasses__()
    promises = {
        promise
        for suite in suites
        if suite.__module__.startswith("custaccount.")
        for name, promise in vars(suite).items()
        if name.startswith("test_")
    }

    assert TicketsSuite.test_a_ticket_is_consumed_once in promises
    assert [promise.__qualname__ for promise in promises if not promise.__doc__] == []


def test_the_samples_have_one_of_every_event() -> None:
    """What an outbox may have to keep is tried with every event of the house."""
    kinds = {one for one in Event.__subclasses__() if one.__module__.startswith("custaccount.")}

    assert {type(event) for event in EVENTS} == {one for one in kinds if one.__module__}
