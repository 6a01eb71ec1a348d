"""Units of work: a snapshot to read, or one change that happens whole or not at all."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from typing import ParamSpec, Protocol, TypeVar

from custaccount.kernel.access import Actor
from custaccount.kernel.errors import Conflict, TryAgain, UnitMisuse
from custaccount.kernel.events import Event

TRIES = 3

W_co = TypeVar("W_co", covariant=True)
P = ParamSpec("P")
R = TypeVar("R")


class Recording(Protocol):
    """The end of every writing unit: tell what happened, then commit."""

    def record(self, event: Event) -> None:
        """Add an event to the outbox and an entry to the audit trail, both in this unit.

        Raises:
            UnitMisuse: the unit is over, or only reads.
        """
        ...

    def note(self, event: Event) -> None:
        """Add an entry to the audit trail alone; nobody is told.

        For what happens to many things in one unit, which one recorded event tells: a nightly
        import of ten thousand customers is no queue that a letter waits behind.

        Raises:
            UnitMisuse: the unit is over, or only reads.
        """
        ...

    def commit(self) -> None:
        """Make the whole unit true; the last call in it.

        Raises:
            TryAgain: a rival won; nothing of this unit happened.
            UnitMisuse: the unit is over, or only reads.
        """
        ...


class Reading(Protocol[W_co]):
    """Opens a snapshot."""

    def __call__(self) -> AbstractContextManager[W_co]:
        """Open a snapshot; it can neither record nor commit."""
        ...


class Begin(Protocol[W_co]):
    """Opens a writing unit."""

    def __call__(self, actor: Actor) -> AbstractContextManager[W_co]:
        """Open a writing unit for an actor, whose rights are checked again in it.

        Leaving it without ``commit()`` rolls it back.
        """
        ...


def repeatable(method: Callable[P, R]) -> Callable[P, R]:
    """Run a method again when its unit lost against a rival: three tries, then ``Conflict``.

    The method makes no remote call, for that would be repeated too.
    """

    @wraps(method)
    def tried(*args: P.args, **kwargs: P.kwargs) -> R:
        for _ in range(TRIES - 1):
            try:
                return method(*args, **kwargs)
            except TryAgain:
                continue
        try:
            return method(*args, **kwargs)
        except TryAgain as lost:
            raise Conflict from lost

    return tried


class OneUnitAThread:
    """Refuses a unit inside a unit of the same storage, on the same thread."""

    def __init__(self) -> None:
        self._open: set[int] = set()

    @contextmanager
    def enter(self) -> Iterator[None]:
        """Hold the thread's only place.

        Raises:
            UnitMisuse: the thread has a unit open.
        """
        thread = threading.get_ident()
        if thread in self._open:
            message = "units of work do not nest"
            raise UnitMisuse(message)
        self._open.add(thread)
        try:
            yield
        finally:
            self._open.discard(thread)
