"""Address books in memory."""

from itertools import islice

import attrs

from custaccount.adapters.memory.gate import Gate
from custaccount.adapters.memory.table import save
from custaccount.adapters.memory.tables import Tables
from custaccount.customers.model import Address, AddressNotFound
from custaccount.kernel.ids import AddressId
from custaccount.kernel.scope import CustomerScope


@attrs.frozen
class MemoryAddresses:
    """Looks address books up, and keeps them."""

    _gate: Gate

    def get(self, scope: CustomerScope, address: AddressId) -> Address:
        """Return an address of the customer."""

        def found(tables: Tables) -> Address:
            row = tables.addresses.find((scope.realm, scope.customer, address))
            if row is None:
                raise AddressNotFound
            return row

        return self._gate.ask(found)

    def of(
        self, scope: CustomerScope, *, after: AddressId | None, limit: int
    ) -> tuple[Address, ...]:
        """Return the customer's addresses by id, those after one."""
        rows = self._gate.ask(
            lambda tables: tables.addresses.marked("customer", scope.realm, scope.customer)
        )
        later = (row for row in rows if after is None or row.id > after)
        return tuple(islice(sorted(later, key=lambda row: row.id), limit))

    def save(self, scope: CustomerScope, address: Address) -> Address:
        """Keep an address of the customer."""
        key = (scope.realm, scope.customer, address.id)
        return self._gate.change(
            lambda tables: save(tables.addresses, key, address, kind="address")
        )

    def remove(self, scope: CustomerScope, address: AddressId) -> bool:
        """Forget an address; False if there was none."""
        key = (scope.realm, scope.customer, address)
        return self._gate.change(lambda tables: tables.addresses.drop(key))
