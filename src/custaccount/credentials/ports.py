"""What sign-in asks of a storage."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from custaccount.credentials.model import PasswordHash, Session, User
from custaccount.facilities.tickets import KeepTickets, ReadTickets
from custaccount.kernel.ids import CustomerNumber, SessionId, UserCode, UserId
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.text import EmailAddress
from custaccount.kernel.work import Recording
from custaccount.portals.ports import ReadPortals


class ReadUsers(Protocol):
    """Looks users up."""

    def get(self, scope: RealmScope, user: UserId) -> User:
        """Return a user.

        Raises:
            UserNotFound: there is none in this realm.
        """
        ...

    def find_by_email(self, scope: RealmScope, email: EmailAddress) -> User | None:
        """Return the user with this address, or None; one indexed question."""
        ...

    def find_by_number(
        self, scope: RealmScope, number: CustomerNumber, code: UserCode
    ) -> User | None:
        """Return who signs in with this customer's number and user code, or None; one question.

        A membership that was suspended still names its user; one that was removed does not.
        """
        ...


class KeepUsers(ReadUsers, Protocol):
    """Keeps users."""

    def save(self, scope: RealmScope, user: User) -> User:
        """Keep a user and return it with its new version.

        Once a user is kept, its last sign-in is written by ``note_sign_in`` alone: a save leaves
        it as it is, so that one noted since the user was read is not undone.

        Raises:
            Stale: a newer version is kept.
            AlreadyThere: the address has a user.
        """
        ...

    def note_sign_in(
        self, scope: RealmScope, user: UserId, *, at: datetime, seen: PasswordHash
    ) -> bool:
        """Note a sign-in if the user is active and the password still is the one that was seen.

        Atomic; leaves the version as it is.
        """
        ...

    def rehash(
        self, scope: RealmScope, user: UserId, *, seen: PasswordHash, now: PasswordHash
    ) -> bool:
        """Replace a hash by a stronger one of the same password, if it is still the one seen.

        Atomic; leaves version and epoch as they are.
        """
        ...


class ReadSessions(Protocol):
    """Looks sessions up."""

    def find(self, scope: RealmScope, digest: str) -> tuple[Session, User] | None:
        """Return the session with its user, or None; one question."""
        ...

    def of_user(self, scope: RealmScope, user: UserId) -> Sequence[Session]:
        """Return a user's sessions, over or not, the one used last first."""
        ...


class KeepSessions(ReadSessions, Protocol):
    """Keeps sessions."""

    def add(self, scope: RealmScope, session: Session) -> None:
        """Keep a new session.

        Raises:
            AlreadyThere: its digest is taken.
        """
        ...

    def touch(self, scope: RealmScope, digest: str, *, at: datetime) -> None:
        """Note that the session was used, never moving back in time."""
        ...

    def end(self, scope: RealmScope, digest: str) -> bool:
        """Forget a session; False if there was none."""
        ...

    def confirm(self, scope: RealmScope, digest: str, *, at: datetime) -> bool:
        """Note that the password was given again, never moving back in time; False if it is gone.

        Atomic.
        """
        ...

    def end_one(self, scope: RealmScope, user: UserId, session: SessionId) -> bool:
        """Forget one session of a user by its name; False if the user has no such session."""
        ...

    def end_others(self, scope: RealmScope, user: UserId, *, keep: str | None) -> int:
        """Forget a user's sessions, all but the one with this digest; returns how many."""
        ...

    def purge(self, scope: RealmScope, *, begun_before: datetime, limit: int) -> int:
        """Forget sessions begun before a moment; returns how many, at most the limit."""
        ...


class CredentialsReading(Protocol):
    """A snapshot, as sign-in sees it."""

    @property
    def portals(self) -> ReadPortals:
        """Realms and portals."""
        ...

    @property
    def users(self) -> ReadUsers:
        """Users."""
        ...

    @property
    def sessions(self) -> ReadSessions:
        """Sessions."""
        ...

    @property
    def tickets(self) -> ReadTickets:
        """Tickets."""
        ...


class CredentialsWork(Recording, Protocol):
    """A writing unit, as sign-in sees it."""

    @property
    def portals(self) -> ReadPortals:
        """Realms and portals."""
        ...

    @property
    def users(self) -> KeepUsers:
        """Users."""
        ...

    @property
    def sessions(self) -> KeepSessions:
        """Sessions."""
        ...

    @property
    def tickets(self) -> KeepTickets:
        """Tickets."""
        ...
