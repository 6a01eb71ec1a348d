"""How repositories reach the tables: questions see the unit's own view, changes can be replayed."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from custaccount.adapters.memory.tables import Tables
from custaccount.kernel.errors import Conflict, TryAgain, UnitMisuse

R = TypeVar("R")


class Gate(Protocol):
    """The only way to the tables."""

    def ask(self, question: Callable[[Tables], R]) -> R:
        """Answer from the view.

        Raises:
            UnitMisuse: the unit is over.
        """
        ...

    def change(self, change: Callable[[Tables], R]) -> R:
        """Apply a change to the view: a pure function of the tables, for it may run again.

        Raises:
            UnitMisuse: the unit is over, or only reads.
        """
        ...


class ReadingGate:
    """Answers from one state; refuses changes."""

    def __init__(self, state: Tables) -> None:
        self._state: Tables | None = state

    def ask(self, question: Callable[[Tables], R]) -> R:
        """Answer from the state as it was when the unit was opened."""
        if self._state is None:
            message = "this snapshot is over"
            raise UnitMisuse(message)
        return question(self._state)

    def change(self, change: Callable[[Tables], R]) -> R:  # noqa: ARG002
        """Refuse: a snapshot only reads."""
        message = "a snapshot can't be written to"
        raise UnitMisuse(message)

    def close(self) -> None:
        """End it."""
        self._state = None


class WritingGate:
    """Keeps every change with its answer, so that it can be replayed on a newer state."""

    def __init__(self, base: Tables) -> None:
        self._base = base
        self._view: Tables | None = base.fork()
        self._done: list[tuple[Callable[[Tables], object], object]] = []

    def ask(self, question: Callable[[Tables], R]) -> R:
        """Answer from the unit's own view; an error ends the unit."""
        if self._view is None:
            message = "this unit is over: it was committed, left, or met an error"
            raise UnitMisuse(message)
        try:
            return question(self._view)
        except BaseException:
            self.close()
            raise

    def change(self, change: Callable[[Tables], R]) -> R:
        """Apply a change to the unit's own view and remember it; an error ends the unit."""
        answer = self.ask(change)
        self._done.append((change, answer))
        return answer

    def merged(self, current: Tables) -> Tables:
        """Return the state with this unit in it, and end the unit.

        Raises:
            TryAgain: on the current state, a change fails or answers otherwise than it did.
        """
        view = self.ask(lambda tables: tables)
        self.close()
        if current is self._base:
            return view
        newer = current.fork()
        for change, answer in self._done:
            try:
                again = change(newer)
            except Conflict as lost:
                raise TryAgain from lost
            if again != answer:
                raise TryAgain
        return newer

    def close(self) -> None:
        """End it; what it changed is forgotten."""
        self._view = None
