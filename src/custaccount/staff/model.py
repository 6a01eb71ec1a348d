"""Staff: the seller's people, their grants and sessions; credentials apart from users."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from enum import Enum
from typing import ClassVar

import attrs

from custaccount.credentials.model import PasswordHash
from custaccount.facilities.tickets import Purpose, Ticket
from custaccount.kernel.access import STAFF_PERMISSIONS, Permission, Staff
from custaccount.kernel.clock import utc, utc_if_known
from custaccount.kernel.errors import Conflict, InvalidFields, NotAllowed, NotFound, refuse_unless
from custaccount.kernel.events import Event
from custaccount.kernel.i18n import N_, Language
from custaccount.kernel.ids import PortalId, RealmId, StaffId, TicketId
from custaccount.kernel.text import EmailAddress, is_name
from custaccount.portals.model import Portal

PASSWORD_SHORTEST = 12
"""Code points; where a portal asks its customers for more, staff give more too."""
INITIAL_LIFETIME = timedelta(hours=24)
"""How long a password that was handed over lets its owner in, to choose another."""
RESET_LIFETIME = timedelta(hours=1)
SESSION_IDLE = timedelta(minutes=30)
SESSION_LONGEST = timedelta(hours=12)


class StaffSignInRefused(NotAllowed):
    """Unknown, wrong, blocked or too late: one answer for all of them."""

    code = "staff.sign_in_refused"
    template = N_("Mail address or password is not correct.")


class StaffSessionOver(NotAllowed):
    """The staff session has ended, or never was."""

    code = "staff.session_over"
    template = N_("Please sign in.")


class StaffPasswordDue(NotAllowed):
    """The password was handed over: it has to be changed before anything else."""

    code = "staff.password_due"
    template = N_("Please choose a password of your own first.")


class NothingGranted(NotAllowed):
    """The staff member may do nothing in that realm, if there is one."""

    code = "staff.nothing_granted"


class StaffNotFound(NotFound):
    """No such staff member of this realm."""

    code = "staff.not_found"
    template = N_("There is no such staff member.")


class GrantsChanged(Conflict):
    """What the staff member may do has changed since the call began."""

    code = "staff.grants_changed"


class LastStaffManager(Conflict):
    """Nobody would be left who may manage the realm's staff."""

    code = "staff.last_manager"
    template = N_("Somebody has to be left who manages staff. Appoint another one first.")


class RealmNotFounded(Conflict):
    """The realm has to be founded before it has staff."""

    code = "staff.realm_not_founded"
    template = N_("This seller has to be founded first.")


class StaffInvalid(InvalidFields):
    """What a staff member is to be called or granted does not hold."""

    code = "staff.invalid"


class StaffState(Enum):
    """Whether a staff member may sign in."""

    ACTIVE = "active"
    BLOCKED = "blocked"


@attrs.frozen(kw_only=True)
class Grant:
    """What a staff member may do in one realm."""

    realm: RealmId
    permissions: frozenset[Permission]


def _by_realm(grants: Iterable[Grant]) -> tuple[Grant, ...]:
    return tuple(sorted(grants, key=lambda grant: grant.realm))


@attrs.frozen(kw_only=True)
class StaffMember:
    """One of the seller's people, who signs in apart from customers."""

    id: StaffId
    realm: RealmId
    """The home realm: where the sign-in is."""
    email: EmailAddress
    name: str
    password: PasswordHash | None = attrs.field(default=None, repr=False)
    initial_until: datetime | None = attrs.field(default=None, converter=utc_if_known)
    """The password was handed over: it has to be changed first, and is dead from then on."""
    state: StaffState = StaffState.ACTIVE
    grants: tuple[Grant, ...] = attrs.field(default=(), converter=_by_realm)
    """At most one a realm."""
    language: Language | None = None
    epoch: int = 0
    """Grows when the password changes or the member is blocked; older sessions are over."""
    signed_in: datetime | None = attrs.field(default=None, converter=utc_if_known)
    """The last time; reset links issued before it are dead."""
    version: int = 0

    @property
    def password_due(self) -> bool:
        """Whether the password has to be changed before anything else."""
        return self.initial_until is not None

    @property
    def granted(self) -> tuple[str, ...]:
        """All that is granted, in words for the audit trail: those of another realm name it."""
        return tuple(
            word if grant.realm == self.realm else f"{word} ({grant.realm})"
            for grant in sorted(self.grants, key=lambda one: one.realm != self.realm)
            for word in sorted(permission.value for permission in grant.permissions)
        )

    @property
    def manages(self) -> bool:
        """Whether the member can look after the staff of the home realm."""
        active = self.state is StaffState.ACTIVE
        return active and Permission.MANAGE_STAFF in self.permissions_in(self.realm)

    def permissions_in(self, realm: RealmId) -> frozenset[Permission]:
        """Return what is granted in a realm: there, and nowhere else."""
        found = (grant.permissions for grant in self.grants if grant.realm == realm)
        return next(found, frozenset())

    def may_enter(self, at: datetime) -> bool:
        """Tell whether the right password lets the member in: not blocked, and not too late."""
        in_time = self.initial_until is None or at < self.initial_until
        return self.state is StaffState.ACTIVE and in_time

    def may_reset_with(self, ticket: Ticket) -> bool:
        """Tell whether a reset ticket fits: same address, not signed in since, not blocked."""
        return (
            self.state is StaffState.ACTIVE
            and ticket.email == self.email
            and (self.signed_in is None or self.signed_in <= ticket.issued)
        )

    def with_password(self, password: PasswordHash) -> "StaffMember":
        """Set a password of the member's own choice and end every session."""
        return attrs.evolve(self, password=password, initial_until=None, epoch=self.epoch + 1)

    def handed(self, password: PasswordHash, *, until: datetime) -> "StaffMember":
        """Set a password that is handed over, and end every session."""
        return attrs.evolve(self, password=password, initial_until=until, epoch=self.epoch + 1)

    def granting(self, realm: RealmId, permissions: Collection[Permission]) -> "StaffMember":
        """Let the member do exactly this in a realm; other realms stay as they are."""
        others = tuple(grant for grant in self.grants if grant.realm != realm)
        new = (Grant(realm=realm, permissions=frozenset(permissions)),) if permissions else ()
        return attrs.evolve(self, grants=(*others, *new))

    def blocked(self) -> "StaffMember":
        """Keep the member out, and end every session."""
        if self.state is StaffState.BLOCKED:
            return self
        return attrs.evolve(self, state=StaffState.BLOCKED, epoch=self.epoch + 1)

    def unblocked(self) -> "StaffMember":
        """Let the member in again; sessions of before stay over."""
        return attrs.evolve(self, state=StaffState.ACTIVE)


@attrs.frozen(kw_only=True)
class StaffSession:
    """A staff member signed in on one device; what it carries is stored as a digest only."""

    digest: str = attrs.field(repr=False)
    realm: RealmId
    staff: StaffId
    epoch: int
    """The member's epoch at sign-in."""
    begun: datetime = attrs.field(converter=utc)
    """When the password was last given."""
    used: datetime = attrs.field(converter=utc)
    language: Language

    def stands(self, at: datetime, member: StaffMember) -> bool:
        """Tell whether it still holds for its member."""
        return (
            member.state is StaffState.ACTIVE
            and member.epoch == self.epoch
            and at < self.used + SESSION_IDLE
            and at < self.begun + SESSION_LONGEST
        )

    def actor(self, member: StaffMember, realm: RealmId) -> Staff:
        """Make the actor for this call, with what is granted in the realm it acts in.

        Raises:
            StaffPasswordDue: the password was handed over and has to be changed first.
            NothingGranted: it is another realm than the session's, and nothing is granted there.
        """
        if member.password_due:
            raise StaffPasswordDue
        permissions = member.permissions_in(realm)
        if not permissions and realm != self.realm:
            raise NothingGranted
        return Staff(
            realm=realm,
            id=member.id,
            name=member.name,
            permissions=permissions,
            session=self.digest,
            home=self.realm,
            language=member.language or self.language,
        )

    def confirm(self, member: StaffMember, staff: Staff) -> None:
        """Refuse unless the actor still is what it was made as.

        Raises:
            StaffSessionOver: the member was blocked or has a new password.
            GrantsChanged: something was granted or taken away.
        """
        same = staff.id == member.id and member.epoch == self.epoch
        if not same or member.state is not StaffState.ACTIVE or member.password_due:
            raise StaffSessionOver
        if member.permissions_in(staff.realm) != staff.permissions:
            raise GrantsChanged


AUDITED = ("state", "granted")
"""What may change of a staff member; the audit trail tells it, before and after."""


@attrs.frozen(kw_only=True)
class StaffAppointed(Event):
    """Somebody became a staff member."""

    name: ClassVar[str] = "staff.appointed"
    staff: StaffId


@attrs.frozen(kw_only=True)
class StaffGrantsChanged(Event):
    """What a staff member may do in a realm was changed."""

    name: ClassVar[str] = "staff.grants_changed"
    staff: StaffId
    where: RealmId


@attrs.frozen(kw_only=True)
class StaffBlocked(Event):
    """A staff member was blocked; all its sessions are over."""

    name: ClassVar[str] = "staff.blocked"
    staff: StaffId


@attrs.frozen(kw_only=True)
class StaffUnblocked(Event):
    """A staff member may sign in again."""

    name: ClassVar[str] = "staff.unblocked"
    staff: StaffId


@attrs.frozen(kw_only=True)
class StaffPasswordHanded(Event):
    """A staff member was given a password to begin with; all sessions are over."""

    name: ClassVar[str] = "staff.password_handed"
    staff: StaffId
    until: datetime = attrs.field(converter=utc)


@attrs.frozen(kw_only=True)
class StaffSignedIn(Event):
    """A staff member signed in."""

    name: ClassVar[str] = "staff.signed_in"
    staff: StaffId


@attrs.frozen(kw_only=True)
class StaffSignInFailed(Event):
    """Somebody failed to sign in as staff; what was typed is kept as a keyed digest only."""

    name: ClassVar[str] = "staff.sign_in_failed"
    login: str
    staff: StaffId | None


@attrs.frozen(kw_only=True)
class StaffHashUnusable(Event):
    """A staff member's stored hash is corrupt or absurdly costly: nobody gets in until a reset."""

    name: ClassVar[str] = "staff.stored_hash_unusable"
    staff: StaffId


@attrs.frozen(kw_only=True)
class StaffSignedOut(Event):
    """A staff member signed out."""

    name: ClassVar[str] = "staff.signed_out"
    staff: StaffId


@attrs.frozen(kw_only=True)
class StaffResetRequested(Event):
    """Somebody asked for a new staff password; the ticket stands only if the address has one."""

    name: ClassVar[str] = "staff.reset_requested"
    ticket: TicketId


@attrs.frozen(kw_only=True)
class StaffPasswordSet(Event):
    """A staff member chose a password; all other sessions are over."""

    name: ClassVar[str] = "staff.password_set"
    staff: StaffId
    portal: PortalId


def checked_member(member: StaffMember) -> StaffMember:
    """Return the staff member if everything about it holds.

    Raises:
        StaffInvalid: with every field that does not.
    """
    granted = [permission for grant in member.grants for permission in grant.permissions]
    rules = (
        ("name", is_name(member.name), N_("Between 1 and 100 printable characters.")),
        (
            "permissions",
            STAFF_PERMISSIONS.issuperset(granted),
            N_("Staff can't be granted what only customers do."),
        ),
    )
    refuse_unless(rules, code="staff.invalid", error=StaffInvalid)
    return member


def lacking(wanted: Iterable[Grant], held: Collection[Grant]) -> Permission | None:
    """Name a permission that is wanted and not held in the same realm; None if all are held."""
    for want in wanted:
        has = frozenset[Permission]().union(
            *(grant.permissions for grant in held if grant.realm == want.realm)
        )
        for permission in sorted(want.permissions - has, key=lambda one: one.value):
            return permission
    return None


def staff_reset_ticket(
    member: StaffMember | None,
    *,
    id: TicketId,
    key: str,
    at: datetime,
    portal: Portal,
    language: Language,
    asked: str,
) -> Ticket:
    """Make the ticket for a new staff password; one nobody can use if there is nobody to reset."""
    fits = member is not None and member.state is StaffState.ACTIVE
    return Ticket(
        id=id,
        purpose=Purpose.STAFF_PASSWORD,
        subject=member.id if member and fits else asked,
        portal=portal.id,
        email=member.email if member and fits else None,
        language=portal.language((member.language if member else None) or language),
        key=key,
        issued=at,
        expires=at + RESET_LIFETIME,
    )
