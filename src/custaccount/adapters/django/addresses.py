"""Address books in Django."""

import attrs

from custaccount.adapters.django import models
from custaccount.adapters.django.gate import Asked, Fetched, Gate
from custaccount.adapters.django.saving import Saving
from custaccount.customers.model import Address, AddressNotFound
from custaccount.kernel.ids import AddressId
from custaccount.kernel.scope import CustomerScope

_SAVING = Saving(models.Address, kind="address", owner="customer")


@attrs.frozen
class DjangoAddresses:
    """Looks address books up, and keeps them."""

    _gate: Gate

    def get(self, scope: CustomerScope, address: AddressId) -> Address:
        """Return an address of the customer."""
        with self._gate as gate:
            row = gate.row(gate.table(models.Address).filter(**_scoped(scope), ref=address))
            if row is None:
                raise AddressNotFound
            return _address(row)

    def of(
        self, scope: CustomerScope, *, after: AddressId | None, limit: int
    ) -> tuple[Address, ...]:
        """Return the customer's addresses, those after one."""
        with self._gate as gate:
            addresses = gate.table(models.Address).filter(**_scoped(scope))
            if after is not None:
                addresses = addresses.filter(ref__gt=after)
            return tuple(map(_address, gate.rows(addresses.order_by("ref")[:limit])))

    def save(self, scope: CustomerScope, address: Address) -> Address:
        """Keep an address of the customer."""

        def row(one: Address) -> Asked:
            return {"customer": scope.customer, **_row(one)}

        with self._gate.to_write() as gate:
            (kept,) = _SAVING.save(gate, scope.realm, [address], row)
            return kept

    def remove(self, scope: CustomerScope, address: AddressId) -> bool:
        """Forget an address; False if there was none."""
        with self._gate.to_write() as gate:
            addresses = gate.table(models.Address).filter(**_scoped(scope), ref=address)
            return gate.forget(addresses) == 1


def _scoped(scope: CustomerScope) -> Asked:
    return {"realm": scope.realm, "customer": scope.customer}


def _row(address: Address) -> Asked:
    return {
        "name": address.name,
        "addition": address.addition,
        "street": address.street,
        "postal_code": address.postal_code,
        "town": address.town,
        "country": address.country,
        "phone": address.phone,
    }


def _address(row: Fetched) -> Address:
    return Address(
        id=row.ref,
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
