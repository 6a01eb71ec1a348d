"""Who is asking, and what they may do."""

from datetime import datetime, timedelta
from enum import Enum

import attrs

from custaccount.kernel.errors import NotAllowed
from custaccount.kernel.i18n import N_, Language
from custaccount.kernel.ids import (
    CustomerId,
    ErpCustomerId,
    MembershipId,
    PortalId,
    RealmId,
    StaffId,
    UserId,
)
from custaccount.kernel.money import Currency
from custaccount.kernel.scope import CustomerScope, RealmScope


class Permission(Enum):
    """Everything one may be allowed to do, as verb and resource; a closed set."""

    SEE_PRICES = "see prices"
    SEE_ORDERS = "see orders"
    PLACE_ORDERS = "place orders"
    SEE_CUSTOMER = "see customer"
    CHANGE_CUSTOMER = "change customer"
    CHANGE_ADDRESSES = "change addresses"

    MANAGE_PORTALS = "manage portals"
    MANAGE_REGISTER = "manage register"
    MANAGE_PRICES = "manage prices"
    MANAGE_ORDERS = "manage orders"
    READ_AUDIT = "read audit"
    MANAGE_OUTBOX = "manage outbox"
    MANAGE_STAFF = "manage staff"
    MANAGE_ACCOUNTS = "manage accounts"


STAFF_PERMISSIONS = frozenset(
    {
        Permission.MANAGE_PORTALS,
        Permission.MANAGE_REGISTER,
        Permission.MANAGE_PRICES,
        Permission.MANAGE_ORDERS,
        Permission.READ_AUDIT,
        Permission.MANAGE_OUTBOX,
        Permission.MANAGE_STAFF,
        Permission.MANAGE_ACCOUNTS,
    }
)
"""What only the seller's people can be granted."""


@attrs.frozen(kw_only=True)
class PermissionMissing(NotAllowed):
    """The actor lacks the permission the operation requires."""

    code = "access.permission_missing"
    template = N_("You are not allowed to do this.")

    permission: Permission


class PasswordChangeDue(NotAllowed):
    """The password was given by staff: it has to be changed before anything else."""

    code = "access.password_change_due"
    template = N_("Please choose a password of your own first.")


class SignInTooOld(NotAllowed):
    """What is asked for is sensitive, and the password was given too long ago: give it again."""

    code = "access.sign_in_too_old"
    template = N_("Please enter your password again.")


@attrs.frozen(kw_only=True)
class Guest:
    """A visitor of a portal; nobody is signed in."""

    realm: RealmId
    portal: PortalId
    language: Language
    network: str = attrs.field(default="", repr=False)
    """The network address the host saw, for limits; empty where it can't tell. Kept nowhere."""

    @property
    def scope(self) -> RealmScope:
        """The realm the visitor is in."""
        return RealmScope(self.realm)


@attrs.frozen(kw_only=True)
class Person:
    """A signed-in user, acting for no customer: for what concerns the login itself."""

    realm: RealmId
    portal: PortalId
    user: UserId
    session: str = attrs.field(repr=False)
    """The digest of the session."""
    epoch: int
    """The user's epoch when the session began."""
    authenticated: datetime
    """When the password was last given."""
    password_due: bool
    """Whether the password has to be changed before anything else."""
    language: Language

    @property
    def scope(self) -> RealmScope:
        """The realm the user is in."""
        return RealmScope(self.realm)

    def require_own_password(self) -> None:
        """Refuse while the password is one that staff gave.

        Raises:
            PasswordChangeDue: it is.
        """
        if self.password_due:
            raise PasswordChangeDue

    def require_fresh(self, at: datetime, *, within: timedelta) -> None:
        """Refuse what is sensitive unless the password was given not long ago.

        Raises:
            PasswordChangeDue: the password is one that staff gave.
            SignInTooOld: it was given too long ago, or later than now.
        """
        self.require_own_password()
        if not timedelta(0) <= at - self.authenticated < within:
            raise SignInTooOld


@attrs.frozen(kw_only=True)
class Member:
    """A user acting for a customer, made by ``Acting`` for this call only."""

    realm: RealmId
    portal: PortalId
    user: UserId
    customer: CustomerId
    erp_id: ErpCustomerId | None
    """The customer, as an ERP knows it."""
    membership: MembershipId
    epoch: int
    """The membership's epoch when the actor was made."""
    permissions: frozenset[Permission]
    language: Language
    currency: Currency
    """The portal's: prices are shown in it."""

    @property
    def scope(self) -> CustomerScope:
        """The customer the user acts for."""
        return CustomerScope(self.realm, self.customer)

    def require(self, permission: Permission) -> None:
        """Refuse unless the permission is held.

        Raises:
            PermissionMissing: it is not.
        """
        if permission not in self.permissions:
            raise PermissionMissing(permission=permission)


@attrs.frozen(kw_only=True)
class Staff:
    """One of the seller's people, acting in one realm; the host may vouch for who it is."""

    realm: RealmId
    id: StaffId
    name: str
    permissions: frozenset[Permission]
    """What is granted in this realm."""
    session: str | None = attrs.field(default=None, repr=False)
    """The digest of the session it was made of; None where the host vouches for it."""
    home: RealmId | None = None
    """Where a session of one who acts in another realm is kept."""
    language: Language | None = None

    @property
    def scope(self) -> RealmScope:
        """The realm the grants are for."""
        return RealmScope(self.realm)

    def require(self, permission: Permission) -> None:
        """Refuse unless the permission is held.

        Raises:
            PermissionMissing: it is not.
        """
        if permission not in self.permissions:
            raise PermissionMissing(permission=permission)


@attrs.frozen(kw_only=True)
class System:
    """A job of the house itself: relay, sweeper, sync."""

    realm: RealmId
    job: str

    @property
    def scope(self) -> RealmScope:
        """The realm the job works in."""
        return RealmScope(self.realm)


Actor = Guest | Person | Member | Staff | System
