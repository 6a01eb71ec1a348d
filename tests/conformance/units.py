"""Storages whose units have one defect each: memory, written carelessly."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from custaccount.adapters.memory import MemorySnapshot, MemoryStorage, MemoryUnit, outbox
from custaccount.adapters.memory.gate import WritingGate
from custaccount.kernel.access import Actor
from custaccount.kernel.events import Event
from custaccount.kernel.ids import EventId
from tests.conformance.storages import Spoiled


class _TellsTheOutboxOnly(MemoryUnit):
    def record(self, event: Event) -> None:
        """Put the event into the outbox, and leave the trail out."""
        row = partial(outbox.post, realm=self._stamp.realm, id=EventId(self._new_id()), event=event)
        self._gate.change(row)


class ForgetsTheTrail(MemoryStorage):
    """Commits without writing the audit entry."""

    @contextmanager
    def begin(self, actor: Actor) -> Iterator[MemoryUnit]:
        """Open a unit that records half."""
        with self._places.enter():
            gate = WritingGate(self._state)
            try:
                yield _TellsTheOutboxOnly(self, gate, actor, self._new_id)
            finally:
                gate.close()


class TellsAtOnce(Spoiled):
    """Tells an event when it is recorded, not when it is true."""

    def spoil(self, view: MemorySnapshot) -> None:
        """Give the unit a way to record past its own end."""
        if isinstance(view, MemoryUnit):
            unit = view
            view.record = partial(self._tell, unit)  # type: ignore[method-assign]

    def _tell(self, unit: MemoryUnit, event: Event) -> None:
        MemoryUnit.record(unit, event)
        gate = WritingGate(self._state)
        row = partial(outbox.post, realm=unit._stamp.realm, id=EventId(self._new_id()), event=event)
        gate.change(row)
        self.merge(gate)


class CommitsOnLeaving(MemoryStorage):
    """Takes leaving for agreeing."""

    @contextmanager
    def begin(self, actor: Actor) -> Iterator[MemoryUnit]:
        """Commit at the end, asked or not."""
        with super().begin(actor) as unit:
            yield unit
            if unit._gate._view is not None:
                unit.commit()


class _LivesOn(WritingGate):
    """Goes on after an error."""

    def close(self) -> None:
        """Stay open."""


class SurvivesErrors(MemoryStorage):
    """Lets a unit go on after a port raised, and after its commit."""

    @contextmanager
    def begin(self, actor: Actor) -> Iterator[MemoryUnit]:
        """Open a unit that never ends."""
        with self._places.enter():
            yield MemoryUnit(self, _LivesOn(self._state), actor, self._new_id)


class Nests(MemoryStorage):
    """Opens a unit inside a unit."""

    @contextmanager
    def begin(self, actor: Actor) -> Iterator[MemoryUnit]:
        """Open a unit, wherever."""
        gate = WritingGate(self._state)
        try:
            yield MemoryUnit(self, gate, actor, self._new_id)
        finally:
            gate.close()


class SnapshotMoves(MemoryStorage):
    """Reads what is committed now, not what was when the snapshot was opened."""

    @contextmanager
    def reading(self) -> Iterator[MemorySnapshot]:
        """Look at the newest state each time."""
        with super().reading() as view:
            gate = view.users._gate
            gate.ask = lambda question: question(self._state)  # type: ignore[method-assign]
            yield view


class LosesRivals(MemoryStorage):
    """Swaps states without looking whether a rival was faster."""

    def merge(self, gate: WritingGate) -> None:
        """Let the last one win."""
        self._state = gate.merged(gate._base)
