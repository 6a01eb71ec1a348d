"""Who acts for whom, in SQL."""

from collections.abc import Collection

import attrs
from sqlalchemy import bindparam, select

from custaccount.adapters.sqlalchemy.gate import Asked, Fetched, Gate
from custaccount.adapters.sqlalchemy.lists import any_of
from custaccount.adapters.sqlalchemy.saving import Saving
from custaccount.adapters.sqlalchemy.tables import customers, memberships, users
from custaccount.kernel.ids import CustomerId, UserId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.membership.model import Membership, Standing

_STANDING = (
    select(
        memberships,
        customers.c.name.label("customer_name"),
        customers.c.number.label("customer_number"),
        customers.c.status.label("customer_status"),
        customers.c.erp_id,
        users.c.state.label("user_state"),
    )
    .join(
        customers,
        (customers.c.realm == memberships.c.realm) & (customers.c.id == memberships.c.customer),
    )
    .join(users, (users.c.realm == memberships.c.realm) & (users.c.id == memberships.c.user))
    .where(memberships.c.realm == bindparam("of_realm"))
)
_OF_USER = _STANDING.where(memberships.c.user == bindparam("of_user")).order_by(customers.c.number)
_FIND = _STANDING.where(
    memberships.c.customer == bindparam("of_customer"), memberships.c.user == bindparam("of_user")
)
_TAKEN = (
    select(memberships.c.customer)
    .where(
        memberships.c.realm == bindparam("of_realm"), any_of(memberships.c.customer, "customers")
    )
    .distinct()
)
_SAVING = Saving.of(memberships, kind="membership", owner="customer")


@attrs.frozen
class SqlMemberships:
    """Looks up who acts for whom, and keeps it."""

    _gate: Gate

    def of_user(self, scope: RealmScope, user: UserId) -> tuple[Standing, ...]:
        """Return the user's memberships in every state, by customer number."""
        with self._gate as gate:
            rows = gate.rows(_OF_USER, {"of_realm": scope.realm, "of_user": user})
            return tuple(map(_standing, rows))

    def find(self, scope: CustomerScope, user: UserId) -> Standing | None:
        """Return the user's membership of this customer, or None."""
        asked = {"of_realm": scope.realm, "of_customer": scope.customer, "of_user": user}
        with self._gate as gate:
            row = gate.row(_FIND, asked)
            return None if row is None else _standing(row)

    def taken(self, scope: RealmScope, customers: Collection[CustomerId]) -> frozenset[CustomerId]:
        """Return which of these customers have, or have had, a member."""
        with self._gate as gate:
            rows = gate.rows(_TAKEN, {"of_realm": scope.realm, "customers": customers})
            return frozenset(customer for (customer,) in rows)

    def save(self, scope: CustomerScope, membership: Membership) -> Membership:
        """Keep a membership of the customer."""

        def row(one: Membership) -> Asked:
            return {
                "customer": scope.customer,
                "user": one.user,
                "roles": tuple(sorted(one.roles, key=lambda role: role.value)),
                "state": one.state,
                "epoch": one.epoch,
            }

        with self._gate.to_write() as gate:
            (kept,) = _SAVING.save(gate, scope.realm, [membership], row)
            return kept


def _standing(row: Fetched) -> Standing:
    membership = Membership(
        id=row.id,
        realm=row.realm,
        user=row.user,
        customer=row.customer,
        roles=frozenset(row.roles),
        state=row.state,
        epoch=row.epoch,
        version=row.version,
    )
    return Standing(
        membership=membership,
        customer_name=row.customer_name,
        customer_number=row.customer_number,
        customer_status=row.customer_status,
        erp_id=row.erp_id,
        user_state=row.user_state,
    )
