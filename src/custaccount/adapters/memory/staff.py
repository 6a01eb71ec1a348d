"""Staff and their sessions in memory."""

from collections.abc import Callable
from datetime import datetime
from itertools import islice

import attrs

from custaccount.adapters.memory.gate import Gate
from custaccount.adapters.memory.table import save
from custaccount.adapters.memory.tables import Tables
from custaccount.credentials.model import PasswordHash
from custaccount.kernel.ids import StaffId
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.text import EmailAddress
from custaccount.staff.model import StaffMember, StaffNotFound, StaffSession, StaffState


@attrs.frozen
class MemoryStaff:
    """Looks staff up, and keeps them."""

    _gate: Gate

    def get(self, scope: RealmScope, staff: StaffId) -> StaffMember:
        """Return a staff member of the realm."""

        def found(tables: Tables) -> StaffMember:
            row = tables.staff.find((scope.realm, staff))
            if row is None:
                raise StaffNotFound
            return row

        return self._gate.ask(found)

    def find_by_email(self, scope: RealmScope, email: EmailAddress) -> StaffMember | None:
        """Return the staff member with this address, or None."""
        return self._gate.ask(lambda tables: tables.staff.only("email", scope.realm, email.key))

    def of_realm(self, scope: RealmScope) -> tuple[StaffMember, ...]:
        """Return all staff of the realm by the key of their address."""
        rows = self._gate.ask(lambda tables: tables.staff.of_realm(scope.realm))
        return tuple(sorted(rows, key=lambda member: member.email.key))

    def save(self, scope: RealmScope, member: StaffMember) -> StaffMember:
        """Keep a staff member."""
        key = (scope.realm, member.id)

        def kept(tables: Tables) -> StaffMember:
            before = tables.staff.find(key)
            after = save(tables.staff, key, member, kind="staff member")
            if before is not None:
                tables.staff.put(key, attrs.evolve(after, signed_in=before.signed_in))
            return after

        return self._gate.change(kept)

    def note_sign_in(
        self, scope: RealmScope, staff: StaffId, *, at: datetime, seen: PasswordHash
    ) -> bool:
        """Note a sign-in if the member is active and the password still the one seen."""

        def fits(row: StaffMember) -> bool:
            return row.state is StaffState.ACTIVE and row.password == seen

        return self._change_if(scope, staff, fits, lambda row: attrs.evolve(row, signed_in=at))

    def rehash(
        self, scope: RealmScope, staff: StaffId, *, seen: PasswordHash, now: PasswordHash
    ) -> bool:
        """Replace a hash if it is still the one seen."""

        def fits(row: StaffMember) -> bool:
            return row.password == seen

        return self._change_if(scope, staff, fits, lambda row: attrs.evolve(row, password=now))

    def _change_if(
        self,
        scope: RealmScope,
        staff: StaffId,
        fits: Callable[[StaffMember], bool],
        changed: Callable[[StaffMember], StaffMember],
    ) -> bool:
        key = (scope.realm, staff)

        def decide(tables: Tables) -> bool:
            row = tables.staff.find(key)
            if row is None or not fits(row):
                return False
            tables.staff.put(key, changed(row))
            return True

        return self._gate.change(decide)


@attrs.frozen
class MemoryStaffSessions:
    """Looks staff sessions up, and keeps them."""

    _gate: Gate

    def find(self, scope: RealmScope, digest: str) -> tuple[StaffSession, StaffMember] | None:
        """Return the session with its staff member, or None."""

        def found(tables: Tables) -> tuple[StaffSession, StaffMember] | None:
            session = tables.staff_sessions.find((scope.realm, digest))
            member = tables.staff.find((scope.realm, session.staff)) if session else None
            return (session, member) if session and member else None

        return self._gate.ask(found)

    def add(self, scope: RealmScope, session: StaffSession) -> None:
        """Keep a new session."""
        key = (scope.realm, session.digest)
        self._gate.change(lambda tables: tables.staff_sessions.add(key, session))

    def touch(self, scope: RealmScope, digest: str, *, at: datetime) -> None:
        """Note that the session was used, never moving back in time."""
        key = (scope.realm, digest)

        def touched(tables: Tables) -> None:
            session = tables.staff_sessions.find(key)
            if session is not None and session.used < at:
                tables.staff_sessions.put(key, attrs.evolve(session, used=at))

        self._gate.change(touched)

    def end(self, scope: RealmScope, digest: str) -> bool:
        """Forget a session; False if there was none."""
        key = (scope.realm, digest)
        return self._gate.change(lambda tables: tables.staff_sessions.drop(key))

    def purge(self, scope: RealmScope, *, begun_before: datetime, limit: int) -> int:
        """Forget sessions begun before a moment; returns how many."""

        def purged(tables: Tables) -> int:
            rows = tables.staff_sessions.of_realm(scope.realm)
            old = list(islice((one for one in rows if one.begun < begun_before), limit))
            for session in old:
                tables.staff_sessions.drop((scope.realm, session.digest))
            return len(old)

        return self._gate.change(purged)
