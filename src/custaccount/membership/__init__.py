"""Who acts for whom."""

from custaccount.membership.model import (
    PERMISSIONS,
    CustomerNotChosen,
    MemberAdded,
    Membership,
    MembershipOver,
    MembershipState,
    Role,
    Standing,
)
from custaccount.membership.ports import (
    KeepMemberships,
    MembershipReading,
    MembershipWork,
    ReadMemberships,
)

__all__ = [
    "PERMISSIONS",
    "CustomerNotChosen",
    "KeepMemberships",
    "MemberAdded",
    "Membership",
    "MembershipOver",
    "MembershipReading",
    "MembershipState",
    "MembershipWork",
    "ReadMemberships",
    "Role",
    "Standing",
]
