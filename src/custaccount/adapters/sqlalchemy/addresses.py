"""Address books in SQL."""

import attrs
from sqlalchemy import bindparam, delete, select

from custaccount.adapters.sqlalchemy.gate import Asked, Fetched, Gate
from custaccount.adapters.sqlalchemy.saving import Saving
from custaccount.adapters.sqlalchemy.tables import addresses
from custaccount.customers.model import Address, AddressNotFound
from custaccount.kernel.ids import AddressId
from custaccount.kernel.scope import CustomerScope

_OF_CUSTOMER = (
    addresses.c.realm == bindparam("of_realm"),
    addresses.c.customer == bindparam("of_customer"),
)
_THIS = addresses.c.id == bindparam("of_id")

_GET = select(addresses).where(*_OF_CUSTOMER, _THIS)
_OF = select(addresses).where(*_OF_CUSTOMER).order_by(addresses.c.id).limit(bindparam("most"))
_OF_AFTER = _OF.where(addresses.c.id > bindparam("after"))
_SAVING = Saving.of(addresses, kind="address", owner="customer")
_REMOVE = delete(addresses).where(*_OF_CUSTOMER, _THIS)


@attrs.frozen
class SqlAddresses:
    """Looks address books up, and keeps them."""

    _gate: Gate

    def get(self, scope: CustomerScope, address: AddressId) -> Address:
        """Return an address of the customer."""
        with self._gate as gate:
            row = gate.row(_GET, _asked(scope, of_id=address))
            if row is None:
                raise AddressNotFound
            return _address(row)

    def of(
        self, scope: CustomerScope, *, after: AddressId | None, limit: int
    ) -> tuple[Address, ...]:
        """Return the customer's addresses, those after one."""
        with self._gate as gate:
            if after is None:
                rows = gate.rows(_OF, _asked(scope, most=limit))
            else:
                rows = gate.rows(_OF_AFTER, _asked(scope, most=limit, after=after))
            return tuple(map(_address, rows))

    def save(self, scope: CustomerScope, address: Address) -> Address:
        """Keep an address of the customer."""

        def row(one: Address) -> Asked:
            return {
                "customer": scope.customer,
                "name": one.name,
                "addition": one.addition,
                "street": one.street,
                "postal_code": one.postal_code,
                "town": one.town,
                "country": one.country,
                "phone": one.phone,
            }

        with self._gate.to_write() as gate:
            (kept,) = _SAVING.save(gate, scope.realm, [address], row)
            return kept

    def remove(self, scope: CustomerScope, address: AddressId) -> bool:
        """Forget an address; False if there was none."""
        with self._gate.to_write() as gate:
            return gate.change(_REMOVE, _asked(scope, of_id=address)) == 1


def _asked(scope: CustomerScope, **more: object) -> Asked:
    return {"of_realm": scope.realm, "of_customer": scope.customer, **more}


def _address(row: Fetched) -> Address:
    return Address(
        id=row.id,
        realm=row.realm,
        customer=row.customer,
        name=row.name,
        addition=row.addition,
        street=row.street,
        postal_code=row.postal_code,
        town=row.town,
        country=row.country,
        phone=row.phone,
        version=row.version,
    )
