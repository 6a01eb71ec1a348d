"""Who acts for whom, in SQL."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

import attrs
from sqlalchemy import and_, bindparam, or_, select, update

from custaccount.adapters.sqlalchemy.gate import Asked, Fetched, Gate
from custaccount.adapters.sqlalchemy.lists import any_of
from custaccount.adapters.sqlalchemy.role_books import roles_of
from custaccount.adapters.sqlalchemy.saving import Saving
from custaccount.adapters.sqlalchemy.tables import (
    customer_groups,
    customers,
    grouped_customers,
    memberships,
    role_books,
    users,
)
from custaccount.kernel.ids import CustomerId, UserCode, UserId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.kernel.text import EmailAddress
from custaccount.membership.model import MemberLine, Membership
from custaccount.membership.standing import GroupSwitches, Standing

_GROUP = and_(  # only one that has switched something: the others' rows say nothing
    customer_groups.c.realm == grouped_customers.c.realm,
    customer_groups.c.id == grouped_customers.c.group,
    customer_groups.c.features != {},
)

_STANDING = (
    select(
        memberships,
        customers.c.name.label("customer_name"),
        customers.c.number.label("customer_number"),
        customers.c.kind.label("customer_kind"),
        customers.c.status.label("customer_status"),
        customers.c.erp_id,
        customers.c.features,
        role_books.c.roles.label("own_roles"),
        role_books.c.epoch.label("roles_epoch"),
        customer_groups.c.id.label("group"),
        customer_groups.c.name.label("group_name"),
        customer_groups.c.features.label("group_features"),
        users.c.state.label("user_state"),
        users.c.initial_until,
    )
    .join(
        customers,
        (customers.c.realm == memberships.c.realm) & (customers.c.id == memberships.c.customer),
    )
    .join(users, (users.c.realm == memberships.c.realm) & (users.c.id == memberships.c.user))
    .outerjoin(
        role_books,
        (role_books.c.realm == memberships.c.realm)
        & (role_books.c.customer == memberships.c.customer),
    )
    .outerjoin(
        grouped_customers,
        (grouped_customers.c.realm == memberships.c.realm)
        & (grouped_customers.c.customer == memberships.c.customer),
    )
    .outerjoin(customer_groups, _GROUP)
    .where(memberships.c.realm == bindparam("of_realm"))
    .order_by(grouped_customers.c.position)  # not by number: SQLite would walk through the realm
)
"""A row a group of the customer; one, if it has none."""
_OF_USER = _STANDING.where(memberships.c.user == bindparam("of_user"))
_FIND = _OF_USER.where(memberships.c.customer == bindparam("of_customer"))
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
_NOTE = (
    update(memberships)
    .where(
        memberships.c.realm == bindparam("of_realm"),
        memberships.c.customer == bindparam("of_customer"),
        memberships.c.user == bindparam("of_user"),
        or_(memberships.c.acted.is_(None), memberships.c.acted < bindparam("at")),
    )
    .values(acted=bindparam("at"))
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
            return tuple(sorted(_standings(rows), key=lambda one: one.customer_number))

    def find(self, scope: CustomerScope, user: UserId) -> Standing | None:
        """Return the user's membership of this customer, or None."""
        asked = {"of_realm": scope.realm, "of_customer": scope.customer, "of_user": user}
        with self._gate as gate:
            return next(_standings(gate.rows(_FIND, asked)), None)

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
                "roles": tuple(sorted(one.roles)),
                "state": one.state,
                "user_code": one.user_code,
                "reason": one.reason,
                "epoch": one.epoch,
                **({} if one.version else {"acted": one.acted}),
            }

        with self._gate.to_write() as gate:
            (kept,) = _SAVING.save(gate, scope.realm, [membership], row)
            return kept

    def note_acting(self, scope: CustomerScope, user: UserId, *, at: datetime) -> None:
        """Note that a user begins to act for the customer, never moving back in time."""
        named = {"of_realm": scope.realm, "of_customer": scope.customer, "of_user": user}
        with self._gate.to_write() as gate:
            gate.change(_NOTE, {**named, "at": at})


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
        acted=row.acted,
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


def _standings(rows: Iterable[Fetched]) -> Iterator[Standing]:
    """Make one of all rows of a membership."""
    each: dict[str, list[Fetched]] = {}
    for one in rows:
        each.setdefault(one.id, []).append(one)
    for row, *more in each.values():
        yield Standing(
            membership=_membership(row),
            customer_name=row.customer_name,
            customer_number=row.customer_number,
            customer_kind=row.customer_kind,
            customer_status=row.customer_status,
            erp_id=row.erp_id,
            features=row.features,
            groups=tuple(_group(one) for one in (row, *more) if one.group is not None),
            own_roles=roles_of(row.own_roles),
            roles_epoch=row.roles_epoch or 0,
            user_state=row.user_state,
            password_due=row.initial_until is not None,
        )


def _group(row: Fetched) -> GroupSwitches:
    return GroupSwitches(group=row.group, name=row.group_name, features=row.group_features)
