"""Who is asking, and what they may do."""

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

    MANAGE_PORTALS = "manage portals"
    MANAGE_REGISTER = "manage register"
    MANAGE_PRICES = "manage prices"
    MANAGE_ORDERS = "manage orders"
    READ_AUDIT = "read audit"
    MANAGE_OUTBOX = "manage outbox"


STAFF_PERMISSIONS = frozenset(
    {
        Permission.MANAGE_PORTALS,
        Permission.MANAGE_REGISTER,
        Permission.MANAGE_PRICES,
        Permission.MANAGE_ORDERS,
        Permission.READ_AUDIT,
        Permission.MANAGE_OUTBOX,
    }
)
"""What only the seller's people can be granted."""


@attrs.frozen(kw_only=True)
class PermissionMissing(NotAllowed):
    """The actor lacks the permission the operation requires."""

    code = "access.permission_missing"
    template = N_("You are not allowed to do this.")

    permission: Permission


@attrs.frozen(kw_only=True)
class Guest:
    """A visitor of a portal; nobody is signed in."""

    realm: RealmId
    portal: PortalId
    language: Language

    @property
    def scope(self) -> RealmScope:
        """The realm the visitor is in."""
        return RealmScope(self.realm)


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
    """One of the seller's people; the host vouches for who it is."""

    realm: RealmId
    id: StaffId
    name: str
    permissions: frozenset[Permission]

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


Actor = Guest | Member | Staff | System
