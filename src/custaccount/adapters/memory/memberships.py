"""Who acts for whom, in memory."""

from collections.abc import Collection

import attrs

from custaccount.adapters.memory.gate import Gate
from custaccount.adapters.memory.table import save
from custaccount.adapters.memory.tables import Tables
from custaccount.kernel.errors import Stale
from custaccount.kernel.ids import CustomerId, UserId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.membership.model import Membership, Standing


@attrs.frozen
class MemoryMemberships:
    """Looks up who acts for whom, and keeps it."""

    _gate: Gate

    def of_user(self, scope: RealmScope, user: UserId) -> tuple[Standing, ...]:
        """Return the user's memberships in every state, by customer number."""

        def found(tables: Tables) -> tuple[Standing, ...]:
            rows = tables.memberships.marked("user", scope.realm, user)
            standings = (_standing(tables, scope, row) for row in rows)
            return tuple(
                sorted(
                    (one for one in standings if one is not None),
                    key=lambda standing: standing.customer_number,
                )
            )

        return self._gate.ask(found)

    def find(self, scope: CustomerScope, user: UserId) -> Standing | None:
        """Return the user's membership of this customer, or None."""

        def found(tables: Tables) -> Standing | None:
            row = tables.memberships.only("pair", scope.realm, user, scope.customer)
            return _standing(tables, RealmScope(scope.realm), row) if row else None

        return self._gate.ask(found)

    def taken(self, scope: RealmScope, customers: Collection[CustomerId]) -> frozenset[CustomerId]:
        """Return which of these customers have, or have had, a member."""
        return self._gate.ask(
            lambda tables: frozenset(
                customer
                for customer in customers
                if tables.memberships.marked("customer", scope.realm, customer)
            )
        )

    def save(self, scope: CustomerScope, membership: Membership) -> Membership:
        """Keep a membership of the customer."""
        key = (scope.realm, membership.id)

        def kept(tables: Tables) -> Membership:
            current = tables.memberships.find(key)
            if membership.version and current and current.customer != scope.customer:
                raise Stale(kind="membership", id=membership.id, version=membership.version)
            return save(tables.memberships, key, membership, kind="membership")

        return self._gate.change(kept)


def _standing(tables: Tables, scope: RealmScope, row: Membership) -> Standing | None:
    customer = tables.customers.find((scope.realm, row.customer))
    user = tables.users.find((scope.realm, row.user))
    if customer is None or user is None:
        return None
    return Standing(
        membership=row,
        customer_name=customer.name,
        customer_number=customer.number,
        customer_status=customer.status,
        erp_id=customer.erp_id,
        user_state=user.state,
    )
