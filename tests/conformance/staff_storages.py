"""Storages with one defect each, in what they keep of staff: memory, written carelessly."""

from datetime import datetime

import attrs

from custaccount.adapters.memory import MemorySnapshot
from custaccount.adapters.memory.staff import MemoryStaff, MemoryStaffSessions
from custaccount.adapters.memory.tables import Tables
from custaccount.kernel.ids import StaffId
from custaccount.kernel.scope import RealmScope
from custaccount.staff.model import StaffMember
from tests.conformance.storages import Spoiled


class ForgetsGrantsElsewhere(Spoiled):
    """Keeps what is granted in the home realm, and nothing else."""

    class Staff(MemoryStaff):
        """Careless staff."""

        def save(self, scope: RealmScope, member: StaffMember) -> StaffMember:
            """Drop the grants of other realms."""
            own = [grant for grant in member.grants if grant.realm == scope.realm]
            kept = super().save(scope, attrs.evolve(member, grants=own))
            return attrs.evolve(kept, grants=member.grants)

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the staff."""
        view.staff = self.Staff(view.staff._gate)


class ForgetsTheRealmOfStaff(Spoiled):
    """Finds a staff member by the id alone."""

    class Staff(MemoryStaff):
        """Careless staff."""

        def get(self, scope: RealmScope, staff: StaffId) -> StaffMember:
            """Look in all realms."""

            def found(tables: Tables) -> StaffMember | None:
                return next((one for one in tables.staff if one.id == staff), None)

            return self._gate.ask(found) or super().get(scope, staff)

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the staff."""
        view.staff = self.Staff(view.staff._gate)


class KeepsOneTableOfSessions(Spoiled):
    """Ends whatever session has the digest, a user's too."""

    class StaffSessions(MemoryStaffSessions):
        """Careless sessions."""

        def end(self, scope: RealmScope, digest: str) -> bool:
            """Look in both tables."""
            key = (scope.realm, digest)
            ended = super().end(scope, digest)
            return self._gate.change(lambda tables: tables.sessions.drop(key)) or ended

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the sessions."""
        view.staff_sessions = self.StaffSessions(view.staff_sessions._gate)


class TurnsStaffBackInTime(Spoiled):
    """Writes the moment of use whatever it was."""

    class StaffSessions(MemoryStaffSessions):
        """Careless sessions."""

        def touch(self, scope: RealmScope, digest: str, *, at: datetime) -> None:
            """Write without a condition."""
            key = (scope.realm, digest)
            found = self.find(scope, digest)
            if found is not None:
                used = attrs.evolve(found[0], used=at)
                self._gate.change(lambda tables: tables.staff_sessions.put(key, used))

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the sessions."""
        view.staff_sessions = self.StaffSessions(view.staff_sessions._gate)
