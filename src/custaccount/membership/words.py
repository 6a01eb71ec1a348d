"""What permissions, depths and statuses are called where people read them."""

from collections.abc import Mapping

from custaccount.kernel.access import Depth, Permission
from custaccount.kernel.i18n import N_
from custaccount.portals.statuses import CustomerStatus

PERMISSIONS: Mapping[Permission, str] = {
    Permission.SEE_PRICES: N_("See prices"),
    Permission.SEE_ORDERS: N_("See orders"),
    Permission.PLACE_ORDERS: N_("Place orders"),
    Permission.SEE_CUSTOMER: N_("See company data"),
    Permission.CHANGE_CUSTOMER: N_("Change company data"),
    Permission.CHANGE_ADDRESSES: N_("Change addresses"),
    Permission.MANAGE_USERS: N_("Manage users"),
    Permission.MANAGE_ROLES: N_("Manage roles"),
    Permission.SEE_TRAIL: N_("See the audit trail"),
}
"""Those a customer's roles can hold."""

DEPTHS: Mapping[Depth, str] = {
    Depth.NONE: N_("not at all"),
    Depth.OWN: N_("one's own"),
    Depth.CUSTOMER: N_("the whole company's"),
    Depth.SUBTREE: N_("with subsidiaries"),
}

STATUSES: Mapping[CustomerStatus, str] = {
    CustomerStatus.REQUESTED: N_("requested"),
    CustomerStatus.ACTIVE: N_("active"),
    CustomerStatus.ON_HOLD: N_("on hold"),
    CustomerStatus.CLOSED: N_("closed"),
    CustomerStatus.REJECTED: N_("rejected"),
}
