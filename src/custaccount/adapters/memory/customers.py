"""The customer register in memory."""

from collections.abc import Collection, Mapping, Sequence

import attrs

from custaccount.adapters.memory.gate import Gate
from custaccount.adapters.memory.table import apart, save
from custaccount.adapters.memory.tables import Tables
from custaccount.customers.model import Customer, CustomerGroup, CustomerNotFound
from custaccount.kernel.ids import CustomerId, CustomerNumber, ErpCustomerId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.kernel.text import EmailAddress


@attrs.frozen
class MemoryCustomers:
    """Looks the register up, and keeps it."""

    _gate: Gate

    def get(self, scope: CustomerScope) -> Customer:
        """Return the customer."""

        def found(tables: Tables) -> Customer:
            row = tables.customers.find((scope.realm, scope.customer))
            if row is None:
                raise CustomerNotFound
            return row

        return self._gate.ask(found)

    def with_contact(self, scope: RealmScope, email: EmailAddress) -> tuple[Customer, ...]:
        """Return the customers with a contact of this address, by number."""
        rows = self._gate.ask(
            lambda tables: tables.customers.marked("contact", scope.realm, email.key)
        )
        return tuple(sorted(rows, key=lambda customer: customer.number))

    def with_erp_ids(
        self, scope: RealmScope, erp_ids: Collection[ErpCustomerId]
    ) -> Mapping[ErpCustomerId, Customer]:
        """Return those the register has, by their ERP id."""

        def found(tables: Tables) -> Mapping[ErpCustomerId, Customer]:
            rows = {
                erp_id: tables.customers.only("erp id", scope.realm, erp_id) for erp_id in erp_ids
            }
            return {erp_id: row for erp_id, row in rows.items() if row is not None}

        return self._gate.ask(found)

    def with_numbers(
        self, scope: RealmScope, numbers: Collection[CustomerNumber]
    ) -> Mapping[CustomerNumber, CustomerId]:
        """Return who has these customer numbers."""

        def found(tables: Tables) -> Mapping[CustomerNumber, CustomerId]:
            rows = {
                number: tables.customers.only("number", scope.realm, number) for number in numbers
            }
            return {number: row.id for number, row in rows.items() if row is not None}

        return self._gate.ask(found)

    def groups(self, scope: RealmScope) -> tuple[CustomerGroup, ...]:
        """Return the realm's customer groups by key."""
        rows = self._gate.ask(lambda tables: tables.groups.of_realm(scope.realm))
        return tuple(sorted(rows, key=lambda group: group.key))

    def save(self, scope: RealmScope, customers: Sequence[Customer]) -> tuple[Customer, ...]:
        """Keep customers."""
        new = [
            attrs.evolve(one, details=apart(one.details), features=apart(one.features))
            for one in customers
        ]

        def kept(tables: Tables) -> tuple[Customer, ...]:
            return tuple(
                save(tables.customers, (scope.realm, one.id), one, kind="customer") for one in new
            )

        return self._gate.change(kept)

    def save_groups(
        self, scope: RealmScope, groups: Sequence[CustomerGroup]
    ) -> tuple[CustomerGroup, ...]:
        """Keep customer groups."""
        new = [attrs.evolve(one, features=apart(one.features)) for one in groups]

        def kept(tables: Tables) -> tuple[CustomerGroup, ...]:
            return tuple(
                save(tables.groups, (scope.realm, one.id), one, kind="customer group")
                for one in new
            )

        return self._gate.change(kept)
