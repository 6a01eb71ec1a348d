"""Who is asking, and what they may do."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import Enum

import attrs

from custaccount.kernel.errors import NotAllowed
from custaccount.kernel.i18n import N_, Language
from custaccount.kernel.ids import (
    CustomerId,
    ErpCustomerId,
    FeatureKey,
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
    MANAGE_USERS = "manage users"
    MANAGE_ROLES = "manage roles"
    SEE_TRAIL = "see trail"

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
MEMBER_PERMISSIONS = frozenset(Permission) - STAFF_PERMISSIONS
"""What a customer's roles can hold."""


class Depth(Enum):
    """How far a permission reaches; each reaches what those before it do."""

    NONE = "none"
    OWN = "own"
    """What the member made."""
    CUSTOMER = "customer"
    """All of the customer's."""
    SUBTREE = "with subsidiaries"

    def reaches(self, needed: "Depth") -> bool:
        """Tell whether this is as far as is needed."""
        return _DEPTHS.index(self) >= _DEPTHS.index(needed)


_DEPTHS = tuple(Depth)

Grants = Mapping[Permission, Depth]
"""What is allowed, each permission as far as it reaches."""


def deepest(grants: Iterable[Grants]) -> Grants:
    """Add grants up: of each permission the one that reaches farthest counts."""
    found: dict[Permission, Depth] = {}
    for grant in grants:
        for permission, depth in grant.items():
            if not found.get(permission, Depth.NONE).reaches(depth):
                found[permission] = depth
    return found


def cover(held: Grants, wanted: Grants) -> bool:
    """Tell whether what is held reaches as far as all that is wanted."""
    return all(held.get(one, Depth.NONE).reaches(depth) for one, depth in wanted.items())


@attrs.frozen(kw_only=True)
class Requirement:
    """What an operation asks of its actor."""

    permission: Permission | None = None
    depth: Depth = Depth.CUSTOMER
    feature: FeatureKey | None = None


@attrs.frozen(kw_only=True)
class PermissionMissing(NotAllowed):
    """The actor lacks the permission the operation requires."""

    code = "access.permission_missing"
    template = N_("You are not allowed to do this.")

    permission: Permission


@attrs.frozen(kw_only=True)
class FeatureOff(NotAllowed):
    """The function is switched off here, for this customer or for guests."""

    code = "access.feature_off"
    template = N_("This is not offered here.")

    feature: FeatureKey


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
    features: frozenset[FeatureKey] = frozenset()
    """What the portal offers to guests."""

    @property
    def scope(self) -> RealmScope:
        """The realm the visitor is in."""
        return RealmScope(self.realm)

    def meet(self, asked: Requirement) -> None:
        """Refuse unless the visitor is offered what is asked for.

        Raises:
            PermissionMissing: guests hold no permission.
            FeatureOff: it is not.
        """
        if asked.permission is not None:
            raise PermissionMissing(permission=asked.permission)
        _offered(self.features, asked)


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
    permissions: Grants
    """What the roles allow, less what the customer's status switches off."""
    features: frozenset[FeatureKey]
    """What is switched on for the customer at this portal."""
    language: Language
    currency: Currency
    """The portal's: prices are shown in it."""

    @property
    def scope(self) -> CustomerScope:
        """The customer the user acts for."""
        return CustomerScope(self.realm, self.customer)

    def reach(self, permission: Permission) -> Depth:
        """Tell how far a permission reaches."""
        return self.permissions.get(permission, Depth.NONE)

    def require(self, permission: Permission, depth: Depth = Depth.CUSTOMER) -> None:
        """Refuse unless the permission is held, and reaches far enough.

        Raises:
            PermissionMissing: it does not.
        """
        if not self.reach(permission).reaches(depth):
            raise PermissionMissing(permission=permission)

    def meet(self, asked: Requirement) -> None:
        """Refuse unless both the function is offered and the roles allow it.

        Raises:
            PermissionMissing: the roles do not.
            FeatureOff: the function is switched off.
        """
        if asked.permission is not None:
            self.require(asked.permission, asked.depth)
        _offered(self.features, asked)


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

    def meet(self, asked: Requirement) -> None:
        """Refuse unless the permission is held in this realm.

        Raises:
            PermissionMissing: it is not.
        """
        if asked.permission is not None:
            self.require(asked.permission)


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


def _offered(features: frozenset[FeatureKey], asked: Requirement) -> None:
    if asked.feature is not None and asked.feature not in features:
        raise FeatureOff(feature=asked.feature)
