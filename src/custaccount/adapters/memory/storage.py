"""The memory storage: snapshots, units that happen whole or not at all, no file and no server."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import ClassVar

from custaccount.adapters.memory import outbox
from custaccount.adapters.memory.addresses import MemoryAddresses
from custaccount.adapters.memory.audit import MemoryAudit, enter
from custaccount.adapters.memory.customers import MemoryCustomers
from custaccount.adapters.memory.drafts import MemoryDrafts
from custaccount.adapters.memory.gate import Gate, ReadingGate, WritingGate
from custaccount.adapters.memory.invitations import MemoryInvitations
from custaccount.adapters.memory.memberships import MemoryMemberships
from custaccount.adapters.memory.numbers import MemoryNumbers
from custaccount.adapters.memory.orders import MemoryOrders
from custaccount.adapters.memory.portals import MemoryPortals
from custaccount.adapters.memory.prices import MemoryPrices
from custaccount.adapters.memory.register import MemoryRegister
from custaccount.adapters.memory.registrations import MemoryRegistrations
from custaccount.adapters.memory.role_books import MemoryRoleBooks
from custaccount.adapters.memory.sessions import MemorySessions
from custaccount.adapters.memory.staff import MemoryStaff, MemoryStaffSessions
from custaccount.adapters.memory.tables import Tables
from custaccount.adapters.memory.tickets import MemoryTickets
from custaccount.adapters.memory.users import MemoryUsers
from custaccount.facilities.audit import AuditEntry, entry_of, stamp
from custaccount.kernel.access import Actor
from custaccount.kernel.events import Event
from custaccount.kernel.ids import AuditEntryId, EventId, NewId
from custaccount.kernel.sources import new_id as uuid
from custaccount.kernel.work import OneUnitAThread


class MemorySnapshot:
    """Everything, as it was when the snapshot was opened."""

    def __init__(self, gate: Gate) -> None:
        self.portals = MemoryPortals(gate)
        self.customers = MemoryCustomers(gate)
        self.users = MemoryUsers(gate)
        self.sessions = MemorySessions(gate)
        self.staff = MemoryStaff(gate)
        self.staff_sessions = MemoryStaffSessions(gate)
        self.tickets = MemoryTickets(gate)
        self.numbers = MemoryNumbers(gate)
        self.memberships = MemoryMemberships(gate)
        self.role_books = MemoryRoleBooks(gate)
        self.invitations = MemoryInvitations(gate)
        self.addresses = MemoryAddresses(gate)
        self.registrations = MemoryRegistrations(gate)
        self.drafts = MemoryDrafts(gate)
        self.register = MemoryRegister(gate)
        self.prices = MemoryPrices(gate)
        self.orders = MemoryOrders(gate)
        self.outbox = outbox.MemoryOutbox(gate)
        self.audit = MemoryAudit(gate)


class MemoryUnit(MemorySnapshot):
    """A writing unit; serialised against all others when it commits."""

    def __init__(
        self, storage: "MemoryStorage", gate: WritingGate, actor: Actor, new_id: NewId
    ) -> None:
        super().__init__(gate)
        self._storage = storage
        self._gate = gate
        self._stamp = stamp(actor)
        self._new_id = new_id

    def record(self, event: Event) -> None:
        """Add an event to the outbox and an entry to the audit trail."""
        self.note(event)
        self._gate.change(
            partial(outbox.post, realm=self._stamp.realm, id=EventId(self._new_id()), event=event)
        )

    def note(self, event: Event) -> None:
        """Add an entry to the audit trail alone."""
        entry = self._gate.ask(lambda _: self._entry(event))  # what can't be told ends the unit
        self._gate.change(partial(enter, entry=entry))

    def commit(self) -> None:
        """Make the whole unit true, or nothing of it."""
        self._storage.merge(self._gate)

    def _entry(self, event: Event) -> AuditEntry:
        return entry_of(event, self._stamp, id=AuditEntryId(self._new_id()))


class MemoryStorage:
    """Keeps everything in this process: for tests, demos and trying things out.

    It behaves like an SQL storage that serialises: a unit sees a snapshot and itself, and is
    refused at commit with ``TryAgain`` if a rival made one of its changes impossible or answer
    otherwise.
    """

    stand_in: ClassVar[bool] = True
    """Everything is gone with the process; ``doctor`` says so."""

    def __init__(self, *, new_id: NewId = uuid) -> None:
        self._new_id = new_id
        self._state = Tables()
        self._merging = threading.Lock()
        self._places = OneUnitAThread()

    @contextmanager
    def reading(self) -> Iterator[MemorySnapshot]:
        """Open a snapshot; takes the same moment however much is kept."""
        with self._places.enter():
            gate = ReadingGate(self._state)
            try:
                yield MemorySnapshot(gate)
            finally:
                gate.close()

    @contextmanager
    def begin(self, actor: Actor) -> Iterator[MemoryUnit]:
        """Open a writing unit; leaving it without ``commit()`` rolls it back."""
        with self._places.enter():
            gate = WritingGate(self._state)
            try:
                yield MemoryUnit(self, gate, actor, self._new_id)
            finally:
                gate.close()

    def merge(self, gate: WritingGate) -> None:
        """Make a unit's changes part of the state; units call this, nobody else."""
        with self._merging:
            self._state = gate.merged(self._state)
