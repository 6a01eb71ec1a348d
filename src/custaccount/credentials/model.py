"""People who sign in: users, their passwords and sessions."""

from datetime import datetime, timedelta
from enum import Enum
from typing import ClassVar

import attrs

from custaccount.facilities.tickets import Purpose, Ticket
from custaccount.kernel.access import Person
from custaccount.kernel.clock import utc, utc_if_known
from custaccount.kernel.errors import NotAllowed, NotFound
from custaccount.kernel.events import Event
from custaccount.kernel.i18n import N_, Language
from custaccount.kernel.ids import PortalId, RealmId, SessionId, TicketId, UserId
from custaccount.kernel.text import EmailAddress
from custaccount.portals.model import Portal


class SignInRefused(NotAllowed):
    """Sign-in failed: one answer, whatever the reason."""

    code = "credentials.sign_in_refused"
    template = N_("Mail address or password is wrong.")


class SessionOver(NotAllowed):
    """No such session, or it has ended: sign in again."""

    code = "credentials.session_over"
    template = N_("Please sign in.")


class SessionNotFound(NotFound):
    """No such session of this user, or it is over."""

    code = "credentials.session_not_found"
    template = N_("This sign-in is over already.")


class UserNotFound(NotFound):
    """No such user in this realm."""

    code = "credentials.user_not_found"
    template = N_("This user is not known.")


@attrs.frozen
class PasswordHash:
    """An argon2id hash in PHC text form; never shown."""

    text: str = attrs.field(repr=False)


class Theme(Enum):
    """How pages look to a person."""

    AUTO = "auto"
    """As the device says."""
    LIGHT = "light"
    DARK = "dark"


class UserState(Enum):
    """Whether a user may sign in."""

    ACTIVE = "active"
    BLOCKED = "blocked"


@attrs.frozen(kw_only=True)
class User:
    """A person who can sign in to a realm's portals; belongs to no single customer."""

    id: UserId
    realm: RealmId
    email: EmailAddress | None
    """None for who signs in with a customer number and has told no address."""
    name: str = ""
    phone: str = ""
    """In E.164, or empty."""
    email_proven: datetime | None = attrs.field(default=None, converter=utc_if_known)
    password: PasswordHash | None = attrs.field(default=None, repr=False)
    initial_until: datetime | None = attrs.field(default=None, converter=utc_if_known)
    """Staff gave the password: it has to be changed first, and is dead from then on."""
    state: UserState = UserState.ACTIVE
    language: Language | None = None
    theme: Theme = Theme.AUTO
    epoch: int = 0
    """Grows when password or address change or the user is blocked; older sessions are over."""
    signed_in: datetime | None = attrs.field(default=None, converter=utc_if_known)
    """The last time; reset links issued before it are dead."""
    version: int = 0

    @property
    def password_due(self) -> bool:
        """Whether the password has to be changed before anything else."""
        return self.initial_until is not None

    def may_enter(self, at: datetime) -> bool:
        """Tell whether the right password lets the user in: not blocked, and not too late."""
        in_time = self.initial_until is None or at < self.initial_until
        return self.state is UserState.ACTIVE and in_time

    def with_password(self, password: PasswordHash) -> "User":
        """Set a password of the user's own choice and end every session."""
        return attrs.evolve(self, password=password, initial_until=None, epoch=self.epoch + 1)

    def given_password(self, password: PasswordHash, *, until: datetime) -> "User":
        """Set a password that staff hand over, and end every session; it proves no address."""
        return attrs.evolve(self, password=password, initial_until=until, epoch=self.epoch + 1)

    def with_email(self, email: EmailAddress, *, at: datetime) -> "User":
        """Move to an address that has just been proven, and end every session."""
        return attrs.evolve(self, email=email, email_proven=at, epoch=self.epoch + 1)

    def blocked(self) -> "User":
        """Let the user in nowhere, and end every session."""
        return attrs.evolve(self, state=UserState.BLOCKED, epoch=self.epoch + 1)

    def unblocked(self) -> "User":
        """Let the user in again; no older session comes back."""
        return attrs.evolve(self, state=UserState.ACTIVE, epoch=self.epoch + 1)

    def proven(self, at: datetime) -> "User":
        """Note that the user got a mail at the address, unless that is known already."""
        return attrs.evolve(self, email_proven=self.email_proven or at)

    def may_reset_with(self, ticket: Ticket) -> bool:
        """Tell whether a reset ticket fits: same address, not signed in since, not blocked."""
        return (
            self.state is UserState.ACTIVE
            and self.email is not None
            and ticket.email == self.email
            and (self.signed_in is None or self.signed_in <= ticket.issued)
        )


@attrs.frozen(kw_only=True)
class Session:
    """A user signed in on one device; what the device carries is stored as a digest only."""

    id: SessionId
    """Names it in the user's list; nobody gets in with it."""
    digest: str = attrs.field(repr=False)
    realm: RealmId
    portal: PortalId
    user: UserId
    epoch: int
    """The user's epoch at sign-in."""
    begun: datetime = attrs.field(converter=utc)
    authenticated: datetime = attrs.field(converter=utc)
    """When the password was last given."""
    used: datetime = attrs.field(converter=utc)
    language: Language
    browser: str = ""
    """What the browser calls itself, shortened; for the user's own list."""

    def person(self, user: User) -> Person:
        """Make the actor for what concerns the login itself, for this call."""
        return Person(
            realm=self.realm,
            portal=self.portal,
            user=self.user,
            session=self.digest,
            epoch=self.epoch,
            authenticated=self.authenticated,
            password_due=user.password_due,
            language=user.language or self.language,
        )

    def is_of(self, person: Person, user: User) -> bool:
        """Tell whether a person made of it still may act: neither blocked nor changed since."""
        same = self.user == person.user == user.id and user.epoch == self.epoch == person.epoch
        return same and user.state is UserState.ACTIVE

    def stands(self, at: datetime, user: User, *, idle: timedelta, longest: timedelta) -> bool:
        """Tell whether it still holds for its user."""
        return (
            user.state is UserState.ACTIVE
            and user.epoch == self.epoch
            and at < self.used + idle
            and at < self.begun + longest
        )


@attrs.frozen(kw_only=True)
class ResetRequested(Event):
    """Somebody asked for a new password; the ticket stands only if the address has a user."""

    name: ClassVar[str] = "credentials.reset_requested"
    ticket: TicketId


@attrs.frozen(kw_only=True)
class PasswordSet(Event):
    """A user has a new password; all sessions are over."""

    name: ClassVar[str] = "credentials.password_set"
    user: UserId
    portal: PortalId


@attrs.frozen(kw_only=True)
class SignedIn(Event):
    """A user signed in."""

    name: ClassVar[str] = "credentials.signed_in"
    user: UserId


@attrs.frozen(kw_only=True)
class SignedOut(Event):
    """A user signed out."""

    name: ClassVar[str] = "credentials.signed_out"
    user: UserId


@attrs.frozen(kw_only=True)
class SessionsEnded(Event):
    """A user ended sessions on other devices."""

    name: ClassVar[str] = "credentials.sessions_ended"
    user: UserId
    count: int


@attrs.frozen(kw_only=True)
class PasswordConfirmed(Event):
    """A user gave the password again, for something sensitive."""

    name: ClassVar[str] = "credentials.password_confirmed"
    user: UserId


@attrs.frozen(kw_only=True)
class ProfileChanged(Event):
    """A user changed what is known of the person."""

    name: ClassVar[str] = "credentials.profile_changed"
    user: UserId


@attrs.frozen(kw_only=True)
class EmailChangeRequested(Event):
    """A user wants to move to another address; the ticket stands only if it is nobody's."""

    name: ClassVar[str] = "credentials.email_change_requested"
    ticket: TicketId


@attrs.frozen(kw_only=True)
class EmailChanged(Event):
    """A user moved to another address; the ticket lets the old one undo it."""

    name: ClassVar[str] = "credentials.email_changed"
    user: UserId
    undo: TicketId | None


@attrs.frozen(kw_only=True)
class EmailChangeUndone(Event):
    """The old address took a change back; the password is gone with it."""

    name: ClassVar[str] = "credentials.email_change_undone"
    user: UserId


@attrs.frozen(kw_only=True)
class UserBlocked(Event):
    """Staff blocked a login: nobody signs in with it, for no customer."""

    name: ClassVar[str] = "credentials.user_blocked"
    user: UserId
    reason: str


@attrs.frozen(kw_only=True)
class UserUnblocked(Event):
    """Staff let a login in again."""

    name: ClassVar[str] = "credentials.user_unblocked"
    user: UserId


@attrs.frozen(kw_only=True)
class SignInFailed(Event):
    """Somebody failed to sign in; what was typed is kept as a keyed digest only."""

    name: ClassVar[str] = "credentials.sign_in_failed"
    login: str
    user: UserId | None


@attrs.frozen(kw_only=True)
class StoredHashUnusable(Event):
    """A user's stored hash is corrupt or absurdly costly: the user can't sign in until a reset."""

    name: ClassVar[str] = "credentials.stored_hash_unusable"
    user: UserId


def reset_ticket(
    user: User | None,
    *,
    id: TicketId,
    key: str,
    at: datetime,
    portal: Portal,
    language: Language,
    asked: str,
) -> Ticket:
    """Make the ticket for a new password; one nobody can use if there is no user to reset."""
    fits = user is not None and user.state is UserState.ACTIVE
    return Ticket(
        id=id,
        purpose=Purpose.RESET_PASSWORD,
        subject=user.id if user and fits else asked,
        portal=portal.id,
        email=user.email if user and fits else None,
        language=portal.language((user.language if user else None) or language),
        key=key,
        issued=at,
        expires=at + portal.policies.reset_lifetime,
    )
