"""Who acts for whom, in memory."""

from collections.abc import Collection, Iterator
from datetime import datetime

import attrs

from custaccount.adapters.memory.gate import Gate
from custaccount.adapters.memory.role_books import role_book
from custaccount.adapters.memory.table import save
from custaccount.adapters.memory.tables import Tables
from custaccount.customers.model import Customer
from custaccount.kernel.errors import Stale
from custaccount.kernel.ids import CustomerId, UserCode, UserId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.membership.model import MemberLine, Membership
from custaccount.membership.standing import GroupSwitches, Standing


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

    def of_customer(self, scope: CustomerScope) -> tuple[MemberLine, ...]:
        """Return the customer's users, those removed too, by user id."""

        def found(tables: Tables) -> tuple[MemberLine, ...]:
            rows = tables.memberships.marked("customer", scope.realm, scope.customer)
            lines = (_line(tables, row) for row in sorted(rows, key=lambda row: row.user))
            return tuple(line for line in lines if line is not None)

        return self._gate.ask(found)

    def codes(self, scope: CustomerScope) -> frozenset[UserCode]:
        """Return the user codes the customer's members have."""
        rows = self._gate.ask(
            lambda tables: tables.memberships.marked("customer", scope.realm, scope.customer)
        )
        return frozenset(row.user_code for row in rows if row.user_code is not None)

    def save(self, scope: CustomerScope, membership: Membership) -> Membership:
        """Keep a membership of the customer."""
        key = (scope.realm, membership.id)

        def kept(tables: Tables) -> Membership:
            current = tables.memberships.find(key)
            if membership.version and current and current.customer != scope.customer:
                raise Stale(kind="membership", id=membership.id, version=membership.version)
            after = save(tables.memberships, key, membership, kind="membership")
            if current is not None:
                tables.memberships.put(key, attrs.evolve(after, acted=current.acted))
            return after

        return self._gate.change(kept)

    def note_acting(self, scope: CustomerScope, user: UserId, *, at: datetime) -> None:
        """Note that a user begins to act for the customer, never moving back in time."""

        def noted(tables: Tables) -> None:
            row = tables.memberships.only("pair", scope.realm, user, scope.customer)
            if row is not None and (row.acted is None or row.acted < at):
                tables.memberships.put((scope.realm, row.id), attrs.evolve(row, acted=at))

        self._gate.change(noted)


def _standing(tables: Tables, scope: RealmScope, row: Membership) -> Standing | None:
    customer = tables.customers.find((scope.realm, row.customer))
    user = tables.users.find((scope.realm, row.user))
    if customer is None or user is None:
        return None
    book = role_book(tables, row.scope)
    return Standing(
        membership=row,
        customer_name=customer.name,
        customer_number=customer.number,
        customer_kind=customer.kind,
        customer_status=customer.status,
        erp_id=customer.erp_id,
        features=customer.features,
        groups=tuple(_switching(tables, customer)),
        own_roles=book.roles,
        roles_epoch=book.epoch,
        user_state=user.state,
        password_due=user.password_due,
    )


def _switching(tables: Tables, customer: Customer) -> Iterator[GroupSwitches]:
    for one in customer.groups:
        group = tables.groups.find((customer.realm, one))
        if group is not None and group.features:
            yield GroupSwitches(group=one, name=group.name, features=group.features)


def _line(tables: Tables, row: Membership) -> MemberLine | None:
    user = tables.users.find((row.realm, row.user))
    if user is None:
        return None
    return MemberLine(
        membership=row,
        name=user.name,
        email=user.email,
        user_state=user.state,
        password_due=user.password_due,
        signed_in=user.signed_in,
    )
