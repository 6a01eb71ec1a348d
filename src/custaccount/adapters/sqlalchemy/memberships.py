"""Who acts for whom, in SQL."""

from collections.abc import Collection

import attrs
from sqlalchemy import bindparam, select

from custaccount.adapters.sqlalchemy.gate import Asked, Fetched, Gate
from custaccount.adapters.sqlalchemy.lists import any_of
from custaccount.adapters.sqlalchemy.saving import Saving
from custaccount.adapters.sqlalchemy.tables import customers, memberships, users
from custaccount.kernel.ids import CustomerId, UserCode, UserId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.kernel.text import EmailAddress
from custaccount.membership.model import MemberLine, Membership, Standing

_STANDING = (
    select(
        memberships,
        customers.c.name.label("customer_name"),
        customers.c.number.label("customer_number"),
        customers.c.status.label("customer_status"),
        customers.c.erp_id,
        users.c.state.label("user_state"),
        users.c.initial_until,
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
_OF_CUSTOMER = (
    select(
        memberships,
        users.c.name,
        users.c.email,
        users.c.email_key,
        users.c.state.label("user_state"),
        users.c.initial_until,
        users.c.signed_in,
    )
    .join(users, (users.c.realm == memberships.c.realm) & (users.c.id == memberships.c.user))
    .where(
        memberships.c.realm == bindparam("of_realm"),
        memberships.c.customer == bindparam("of_customer"),
    )
    .order_by(memberships.c.user)
)
_CODES = select(memberships.c.user_code).where(
    memberships.c.realm == bindparam("of_realm"),
    memberships.c.customer == bindparam("of_customer"),
    memberships.c.user_code.is_not(None),
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

    def of_customer(self, scope: CustomerScope) -> tuple[MemberLine, ...]:
        """Return the customer's users, those removed too, by user id."""
        asked = {"of_realm": scope.realm, "of_customer": scope.customer}
        with self._gate as gate:
            return tuple(map(_line, gate.rows(_OF_CUSTOMER, asked)))

    def codes(self, scope: CustomerScope) -> frozenset[UserCode]:
        """Return the user codes the customer's members have."""
        asked = {"of_realm": scope.realm, "of_customer": scope.customer}
        with self._gate as gate:
            return frozenset(code for (code,) in gate.rows(_CODES, asked))

    def save(self, scope: CustomerScope, membership: Membership) -> Membership:
        """Keep a membership of the customer."""

        def row(one: Membership) -> Asked:
            return {
                "customer": scope.customer,
                "user": one.user,
                "roles": tuple(sorted(one.roles, key=lambda role: role.value)),
                "state": one.state,
                "user_code": one.user_code,
                "reason": one.reason,
                "epoch": one.epoch,
            }

        with self._gate.to_write() as gate:
            (kept,) = _SAVING.save(gate, scope.realm, [membership], row)
            return kept


def _membership(row: Fetched) -> Membership:
    return Membership(
        id=row.id,
        realm=row.realm,
        user=row.user,
        customer=row.customer,
        roles=frozenset(row.roles),
        state=row.state,
        user_code=row.user_code,
        reason=row.reason,
        epoch=row.epoch,
        version=row.version,
    )


def _line(row: Fetched) -> MemberLine:
    return MemberLine(
        membership=_membership(row),
        name=row.name,
        email=None if row.email_key is None else EmailAddress(row.email, row.email_key),
        user_state=row.user_state,
        password_due=row.initial_until is not None,
        signed_in=row.signed_in,
    )


def _standing(row: Fetched) -> Standing:
    return Standing(
        membership=_membership(row),
        customer_name=row.customer_name,
        customer_number=row.customer_number,
        customer_status=row.customer_status,
        erp_id=row.erp_id,
        user_state=row.user_state,
        password_due=row.initial_until is not None,
    )
