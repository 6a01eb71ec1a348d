"""The customer register in Django."""

from collections.abc import Collection, Iterable, Mapping, Sequence

import attrs

from custaccount.adapters import wire
from custaccount.adapters.django import models
from custaccount.adapters.django.gate import Asked, Fetched, Gate
from custaccount.adapters.django.saving import Saving
from custaccount.customers.model import (
    Contact,
    Customer,
    CustomerGroup,
    CustomerNotFound,
    search_text,
)
from custaccount.kernel.features import Switched
from custaccount.kernel.ids import (
    CustomerGroupId,
    CustomerId,
    CustomerNumber,
    ErpCustomerId,
    FeatureKey,
    RealmId,
)
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.kernel.text import EmailAddress

_SAVING = Saving(models.Customer, kind="customer")
_SAVING_GROUPS = Saving(models.CustomerGroup, kind="customer group")
_PLACED = ("customer", "position")


@attrs.frozen
class DjangoCustomers:
    """Looks the register up, and keeps it."""

    _gate: Gate

    def get(self, scope: CustomerScope) -> Customer:
        """Return the customer."""
        with self._gate as gate:
            rows = gate.table(models.Customer).filter(realm=scope.realm, ref=scope.customer)
            found = whole(gate, scope.realm, gate.rows(rows))
            if not found:
                raise CustomerNotFound
            return found[0]

    def with_contact(self, scope: RealmScope, email: EmailAddress) -> tuple[Customer, ...]:
        """Return the customers with a contact of this address, by number."""
        with self._gate as gate:
            contacts = gate.table(models.Contact).filter(realm=scope.realm, email_key=email.key)
            customers = gate.table(models.Customer).filter(
                realm=scope.realm, ref__in=contacts.values("customer")
            )
            return whole(gate, scope.realm, gate.rows(customers.order_by("number")))

    def with_erp_ids(
        self, scope: RealmScope, erp_ids: Collection[ErpCustomerId]
    ) -> Mapping[ErpCustomerId, Customer]:
        """Return those the register has, by their ERP id."""
        with self._gate as gate:
            rows = gate.table(models.Customer).filter(realm=scope.realm, erp_id__any_of=erp_ids)
            found = whole(gate, scope.realm, gate.rows(rows))
            return {one.erp_id: one for one in found if one.erp_id is not None}

    def with_numbers(
        self, scope: RealmScope, numbers: Collection[CustomerNumber]
    ) -> Mapping[CustomerNumber, CustomerId]:
        """Return who has these customer numbers."""
        with self._gate as gate:
            rows = gate.table(models.Customer).filter(realm=scope.realm, number__any_of=numbers)
            return dict(gate.rows(rows.values_list("number", "ref")))

    def groups(self, scope: RealmScope) -> tuple[CustomerGroup, ...]:
        """Return the realm's customer groups by key."""
        with self._gate as gate:
            groups = gate.table(models.CustomerGroup).filter(realm=scope.realm).order_by("key")
            return tuple(map(_group, gate.rows(groups)))

    def save(self, scope: RealmScope, customers: Sequence[Customer]) -> tuple[Customer, ...]:
        """Keep customers with their contacts and groups."""
        changed = [one.id for one in customers if one.version]
        with self._gate.to_write() as gate:
            kept = _SAVING.save(gate, scope.realm, customers, _row)
            if changed:
                for part in (models.Contact, models.GroupedCustomer):
                    rows = gate.table(part).filter(realm=scope.realm, customer__any_of=changed)
                    gate.forget(rows)
            gate.insert(models.Contact, _contact_rows(scope.realm, customers))
            gate.insert(models.GroupedCustomer, _group_rows(scope.realm, customers))
            return kept

    def save_groups(
        self, scope: RealmScope, groups: Sequence[CustomerGroup]
    ) -> tuple[CustomerGroup, ...]:
        """Keep customer groups, new or changed."""

        def row(one: CustomerGroup) -> Asked:
            return {"key": one.key, "name": one.name, "features": wire.write(one.features)}

        with self._gate.to_write() as gate:
            return _SAVING_GROUPS.save(gate, scope.realm, groups, row)


def whole(gate: Gate, realm: RealmId, found: Sequence[Fetched]) -> tuple[Customer, ...]:
    """Read customers with their contacts and groups, however many in two more statements."""
    if not found:
        return ()
    asked = {"realm": realm, "customer__any_of": [row.ref for row in found]}
    people: dict[CustomerId, list[Contact]] = {}
    for row in gate.rows(gate.table(models.Contact).filter(**asked).order_by(*_PLACED)):
        people.setdefault(row.customer, []).append(_contact(row))
    grouped: dict[CustomerId, list[CustomerGroupId]] = {}
    for row in gate.rows(gate.table(models.GroupedCustomer).filter(**asked).order_by(*_PLACED)):
        grouped.setdefault(row.customer, []).append(row.group)
    return tuple(
        _customer(row, tuple(people.get(row.ref, ())), tuple(grouped.get(row.ref, ())))
        for row in found
    )


def switched(features: str) -> Switched:
    """Read which functions somebody switched."""
    return wire.read(features, dict[FeatureKey, bool])


def _row(customer: Customer) -> Asked:
    return {
        "number": customer.number,
        "erp_id": customer.erp_id,
        "name": customer.name,
        "kind": customer.kind,
        "status": customer.status,
        "language": customer.language,
        "street": customer.street,
        "postal_code": customer.postal_code,
        "town": customer.town,
        "country": customer.country,
        "phone": customer.phone,
        "email": customer.email.text if customer.email else None,
        "email_key": customer.email.key if customer.email else None,
        "vat_id": customer.vat_id,
        "details": wire.write(customer.details),
        "billing": customer.billing,
        "delivery": customer.delivery,
        "features": wire.write(customer.features),
        "search": search_text(customer),
    }


def _customer(
    row: Fetched, people: tuple[Contact, ...], groups: tuple[CustomerGroupId, ...]
) -> Customer:
    return Customer(
        id=row.ref,
        realm=row.realm,
        number=row.number,
        name=row.name,
        erp_id=row.erp_id,
        kind=row.kind,
        status=row.status,
        language=row.language,
        street=row.street,
        postal_code=row.postal_code,
        town=row.town,
        country=row.country,
        phone=row.phone,
        email=None if row.email_key is None else EmailAddress(row.email, row.email_key),
        vat_id=row.vat_id,
        details=wire.read(row.details, dict[str, str]),
        billing=row.billing,
        delivery=row.delivery,
        contacts=people,
        groups=groups,
        features=switched(row.features),
        version=row.version,
    )


def _group(row: Fetched) -> CustomerGroup:
    return CustomerGroup(
        id=row.ref,
        key=row.key,
        name=row.name,
        features=switched(row.features),
        version=row.version,
    )


def _contact(row: Fetched) -> Contact:
    email = None if row.email_key is None else EmailAddress(row.email, row.email_key)
    return Contact(name=row.name, email=email)


def _contact_rows(realm: RealmId, customers: Iterable[Customer]) -> list[Asked]:
    return [
        {
            "realm": realm,
            "customer": customer.id,
            "position": position,
            "name": contact.name,
            "email": contact.email.text if contact.email else None,
            "email_key": contact.email.key if contact.email else None,
        }
        for customer in customers
        for position, contact in enumerate(customer.contacts)
    ]


def _group_rows(realm: RealmId, customers: Iterable[Customer]) -> list[Asked]:
    return [
        {"realm": realm, "customer": customer.id, "position": position, "group": group}
        for customer in customers
        for position, group in enumerate(customer.groups)
    ]
