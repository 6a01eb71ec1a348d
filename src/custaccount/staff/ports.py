"""What staff ask of a storage."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from custaccount.credentials.model import PasswordHash
from custaccount.facilities.tickets import KeepTickets, ReadTickets
from custaccount.kernel.ids import StaffId
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.text import EmailAddress
from custaccount.kernel.work import Recording
from custaccount.portals.ports import KeepPortals, ReadPortals
from custaccount.staff.model import StaffMember, StaffSession


class ReadStaff(Protocol):
    """Looks staff up, in their home realm."""

    def get(self, scope: RealmScope, staff: StaffId) -> StaffMember:
        """Return a staff member.

        Raises:
            StaffNotFound: there is none in this realm.
        """
        ...

    def find_by_email(self, scope: RealmScope, email: EmailAddress) -> StaffMember | None:
        """Return the staff member with this address, or None; one indexed question."""
        ...

    def of_realm(self, scope: RealmScope) -> Sequence[StaffMember]:
        """Return all staff of the realm by the key of their address; one question."""
        ...


class KeepStaff(ReadStaff, Protocol):
    """Keeps staff."""

    def save(self, scope: RealmScope, member: StaffMember) -> StaffMember:
        """Keep a staff member and return it with its new version.

        Once one is kept, its last sign-in is written by ``note_sign_in`` alone: a save leaves it
        as it is, so that one noted since the member was read is not undone.

        Raises:
            Stale: a newer version is kept.
            AlreadyThere: the address has a staff member.
        """
        ...

    def note_sign_in(
        self, scope: RealmScope, staff: StaffId, *, at: datetime, seen: PasswordHash
    ) -> bool:
        """Note a sign-in if the member is active and the password still is the one seen.

        Atomic; leaves the version as it is.
        """
        ...

    def rehash(
        self, scope: RealmScope, staff: StaffId, *, seen: PasswordHash, now: PasswordHash
    ) -> bool:
        """Replace a hash by a stronger one of the same password, if it is still the one seen.

        Atomic; leaves version and epoch as they are.
        """
        ...


class ReadStaffSessions(Protocol):
    """Looks staff sessions up."""

    def find(self, scope: RealmScope, digest: str) -> tuple[StaffSession, StaffMember] | None:
        """Return the session with its staff member, or None; one question."""
        ...


class KeepStaffSessions(ReadStaffSessions, Protocol):
    """Keeps staff sessions."""

    def add(self, scope: RealmScope, session: StaffSession) -> None:
        """Keep a new session.

        Raises:
            AlreadyThere: the digest is taken.
        """
        ...

    def touch(self, scope: RealmScope, digest: str, *, at: datetime) -> None:
        """Note that the session was used, never moving back in time; gone is gone."""
        ...

    def end(self, scope: RealmScope, digest: str) -> bool:
        """Forget a session; False if there was none."""
        ...

    def purge(self, scope: RealmScope, *, begun_before: datetime, limit: int) -> int:
        """Forget sessions begun before a moment; returns how many, at most the limit."""
        ...


class StaffReading(Protocol):
    """A snapshot, as staff see it."""

    @property
    def portals(self) -> ReadPortals:
        """Realms and portals."""
        ...

    @property
    def staff(self) -> ReadStaff:
        """Staff."""
        ...

    @property
    def staff_sessions(self) -> ReadStaffSessions:
        """Staff sessions."""
        ...

    @property
    def tickets(self) -> ReadTickets:
        """Tickets."""
        ...


class StaffWork(Recording, Protocol):
    """A writing unit, as staff see it."""

    @property
    def portals(self) -> KeepPortals:
        """Realms and portals."""
        ...

    @property
    def staff(self) -> KeepStaff:
        """Staff."""
        ...

    @property
    def staff_sessions(self) -> KeepStaffSessions:
        """Staff sessions."""
        ...

    @property
    def tickets(self) -> KeepTickets:
        """Tickets."""
        ...
