"""Asking why: for who was refused, and for staff who are asked."""

from collections.abc import Callable, Mapping, Sequence

import attrs

from custaccount.kernel.access import Member, Permission, Requirement, Staff
from custaccount.kernel.features import Features
from custaccount.kernel.ids import CustomerId, OperationName, PortalId, UserId
from custaccount.kernel.operations import requires
from custaccount.kernel.scope import CustomerScope
from custaccount.kernel.work import Reading
from custaccount.membership.explaining import Explanation, OperationUnknown, explain
from custaccount.membership.ports import MembershipReading
from custaccount.membership.standing import FeatureAnswer, answer_of, switches_of

Operations = Mapping[OperationName, Sequence[Requirement]]
"""What each operation of a customer's users asks, by its name: ``orders.newest``."""


@attrs.frozen(kw_only=True)
class MyAccess:
    """Tells a member what allows or refuses an operation, and whom to ask."""

    _reading: Reading[MembershipReading] = attrs.field(alias="reading")
    _operations: Callable[[], Operations] = attrs.field(alias="operations")
    _features: Features = attrs.field(alias="features", factory=Features)

    @requires()
    def explain_access(
        self, member: Member, operation: OperationName, *, author: UserId | None = None
    ) -> Explanation:
        """Say which membership, role, permission, function or status allows an operation, or not.

        Args:
            member: Who asks, about herself.
            operation: Its name; see ``AccessDesk.operations``.
            author: Whose the thing is that it is about.

        Raises:
            OperationUnknown: there is no such operation of a customer's users.
        """
        asked = _asked(self._operations(), operation)
        with self._reading() as view:
            portal = view.portals.get(member.scope.of_realm, member.portal)
            standing = view.memberships.find(member.scope, member.user)
        return explain(
            operation, asked, standing, portal, self._features, author=author, to_staff=False
        )

    @requires()
    def administrators(self, member: Member) -> tuple[str, ...]:
        """Name the active administrators of the company, who can give other roles, by name."""
        with self._reading() as view:
            lines = view.memberships.of_customer(member.scope)
        return tuple(sorted(one.called for one in lines if one.membership.administers))


@attrs.frozen(kw_only=True)
class AccessDesk:
    """Tells staff why a customer's user may do something, or may not."""

    _reading: Reading[MembershipReading] = attrs.field(alias="reading")
    _operations: Callable[[], Operations] = attrs.field(alias="operations")
    _features: Features = attrs.field(alias="features", factory=Features)

    @requires(Permission.MANAGE_ACCOUNTS)
    def operations(
        self,
        staff: Staff,  # noqa: ARG002 - who asks is checked before
    ) -> tuple[OperationName, ...]:
        """List the operations that can be explained, by name."""
        return tuple(sorted(self._operations()))

    @requires(Permission.MANAGE_ACCOUNTS)
    def explain_access(
        self,
        staff: Staff,
        user: UserId,
        operation: OperationName,
        customer: CustomerId,
        *,
        portal: PortalId,
        author: UserId | None = None,
    ) -> Explanation:
        """Say which membership, role, permission, function or status allows an operation, or not.

        Args:
            staff: Who asks.
            user: Whose operation it would be.
            operation: A service of ``CustomerAccounts`` and its method: ``orders.newest``.
            customer: For whom the user would act.
            portal: Where.
            author: Whose the thing is that it is about.

        Raises:
            OperationUnknown: there is no such operation of a customer's users.
            CustomerNotFound: there is no such customer.
            PortalNotFound: there is no such portal.
        """
        asked = _asked(self._operations(), operation)
        scope = CustomerScope(staff.realm, customer)
        with self._reading() as view:
            view.customers.get(scope)
            place = view.portals.get(staff.scope, portal)
            standing = view.memberships.find(scope, user)
        return explain(
            operation, asked, standing, place, self._features, author=author, to_staff=True
        )

    @requires(Permission.MANAGE_REGISTER)
    def features(
        self, staff: Staff, portal: PortalId, customer: CustomerId
    ) -> tuple[FeatureAnswer, ...]:
        """Say of each function whether it is on for a customer at a portal, and who decided it.

        Raises:
            CustomerNotFound: there is no such customer.
            PortalNotFound: there is no such portal.
        """
        with self._reading() as view:
            place = view.portals.get(staff.scope, portal)
            found = view.customers.get(CustomerScope(staff.realm, customer))
            groups = {one.id: one for one in view.customers.groups(staff.scope)}
        switched = switches_of(found, groups)
        return tuple(
            answer_of(
                feature,
                customer=found.features,
                groups=switched,
                portal=place.policies.features,
            )
            for feature in self._features
        )


def _asked(operations: Operations, operation: OperationName) -> Sequence[Requirement]:
    asked = operations.get(operation)
    if asked is None:
        raise OperationUnknown
    return asked
