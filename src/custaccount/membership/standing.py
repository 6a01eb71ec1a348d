"""Where a user stands with a customer at a portal: what allows, and what refuses."""

from collections.abc import Iterator, Mapping
from enum import Enum

import attrs

from custaccount.credentials.model import UserState
from custaccount.customers.model import Customer, CustomerGroup
from custaccount.kernel.access import (
    Grants,
    Member,
    PasswordChangeDue,
    Permission,
    cover,
)
from custaccount.kernel.features import Feature, Features, Switched
from custaccount.kernel.i18n import Language, Text
from custaccount.kernel.ids import (
    CustomerGroupId,
    CustomerNumber,
    ErpCustomerId,
    FeatureKey,
)
from custaccount.membership.model import Membership, MembershipOver, MembershipState
from custaccount.membership.roles import Role, granted_by
from custaccount.portals.model import AccountKind, Policies, Portal
from custaccount.portals.statuses import CustomerStatus, Switches

FOR_COMPANIES = frozenset({Permission.MANAGE_USERS, Permission.MANAGE_ROLES})
"""What a personal account has no use for: it is one person's."""

SWITCHED_BY: Mapping[Permission, str] = {
    Permission.SEE_PRICES: "see_prices",
    Permission.PLACE_ORDERS: "order",
    Permission.SEE_ORDERS: "see_documents",
}
"""The permissions that a customer's status can switch off, each with its switch."""


@attrs.frozen(kw_only=True)
class GroupSwitches:
    """What a customer group has switched."""

    group: CustomerGroupId
    name: str
    features: Switched


def switches_of(
    customer: Customer, groups: Mapping[CustomerGroupId, CustomerGroup]
) -> tuple[GroupSwitches, ...]:
    """List which of a customer's groups have switched something, in the order staff gave."""
    named = (groups[id_] for id_ in customer.groups if id_ in groups)
    return tuple(
        GroupSwitches(group=one.id, name=one.name, features=one.features)
        for one in named
        if one.features
    )


class Level(Enum):
    """Who decided whether a function is on; what stands first here counts first."""

    CUSTOMER = "customer"
    GROUP = "group"
    PORTAL = "portal"
    DEFAULT = "default"


@attrs.frozen(kw_only=True)
class FeatureAnswer:
    """Whether a function is on for a customer, and who says so."""

    feature: FeatureKey
    name: str
    on: bool
    level: Level
    group: str | None = None
    """The group's name, if one decided."""

    @property
    def called(self) -> Text:
        """The function's name, ready to be put into the reader's language."""
        return Text(self.name.replace("%", "%%"))


def answer_of(
    feature: Feature, *, customer: Switched, groups: tuple[GroupSwitches, ...], portal: Switched
) -> FeatureAnswer:
    """Say whether a function is on: whoever is nearest to the customer and says something decides.

    First the customer's own switch, then its groups' in the order staff gave, then the portal's,
    and where nobody switched it, what the function itself says.
    """
    said = (
        (Level.CUSTOMER, None, customer),
        *((Level.GROUP, one.name, one.features) for one in groups),
        (Level.PORTAL, None, portal),
        (Level.DEFAULT, None, {feature.key: feature.on}),
    )
    level, group, switched = next(one for one in said if feature.key in one[2])
    return FeatureAnswer(
        feature=feature.key,
        name=feature.name,
        on=switched[feature.key],
        level=level,
        group=group,
    )


@attrs.frozen(kw_only=True)
class Standing:
    """A membership with all that decides what it allows right now."""

    membership: Membership
    customer_name: str
    customer_number: CustomerNumber
    customer_kind: AccountKind
    customer_status: CustomerStatus
    erp_id: ErpCustomerId | None
    features: Switched
    """What the customer itself has switched."""
    groups: tuple[GroupSwitches, ...]
    """Its groups that have switched something, in the order staff gave."""
    own_roles: tuple[Role, ...]
    """The roles the customer made."""
    roles_epoch: int
    """Of its role book."""
    user_state: UserState
    password_due: bool = False
    """Whether the user has to change a password that staff gave before anything else."""

    @property
    def epoch(self) -> int:
        """What cursors and plans carry: it grows with the membership's and the role book's."""
        return self.membership.epoch + self.roles_epoch

    @property
    def granted(self) -> Grants:
        """What the roles grant, whatever the customer's status."""
        return granted_by(self.membership.roles, self.own_roles)

    def switches(self, policies: Policies) -> Switches:
        """Return what the customer's status allows at a portal."""
        return policies.switches_of(self.customer_status)

    def counts(self, policies: Policies) -> bool:
        """Whether the user may come in for this customer at all."""
        return (
            self.membership.state is MembershipState.ACTIVE
            and self.user_state is UserState.ACTIVE
            and self.switches(policies).sign_in
        )

    def permissions(self, policies: Policies) -> Grants:
        """Return what the roles grant, less what the customer's status and kind switch off."""
        switches = self.switches(policies)
        off = {one for one, switch in SWITCHED_BY.items() if not getattr(switches, switch)}
        if self.customer_kind is AccountKind.PERSONAL:
            off |= FOR_COMPANIES
        return {one: depth for one, depth in self.granted.items() if one not in off}

    def answers(self, policies: Policies, features: Features) -> Iterator[FeatureAnswer]:
        """Say of each function whether it is on, and who says so."""
        for feature in features:
            yield answer_of(
                feature,
                customer=self.features,
                groups=self.groups,
                portal=policies.features,
            )

    def offered(self, policies: Policies, features: Features) -> frozenset[FeatureKey]:
        """Return the functions that are on."""
        return frozenset(one.feature for one in self.answers(policies, features) if one.on)

    def member(self, portal: Portal, features: Features, language: Language | None) -> Member:
        """Make the actor for this call, in a language the portal offers.

        Raises:
            PasswordChangeDue: the user has to choose a password first.
            MembershipOver: it does not count.
        """
        if self.password_due:
            raise PasswordChangeDue
        if not self.counts(portal.policies):
            raise MembershipOver
        return Member(
            realm=self.membership.realm,
            portal=portal.id,
            user=self.membership.user,
            customer=self.membership.customer,
            membership=self.membership.id,
            erp_id=self.erp_id,
            epoch=self.epoch,
            permissions=self.permissions(portal.policies),
            features=self.offered(portal.policies, features),
            language=portal.language(language),
            currency=portal.currency,
        )

    def confirm(self, member: Member, portal: Portal, features: Features) -> None:
        """Check again, inside the writing unit, that the actor still is what it was made as.

        Raises:
            MembershipOver: removed, suspended, changed or switched off since.
        """
        same = self.membership.id == member.membership and self.epoch == member.epoch
        holds = cover(self.permissions(portal.policies), member.permissions)
        offered = member.features <= self.offered(portal.policies, features)
        if not (same and holds and offered and self.counts(portal.policies)) or self.password_due:
            raise MembershipOver
