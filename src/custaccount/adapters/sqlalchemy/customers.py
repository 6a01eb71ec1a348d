"""The customer register in SQL."""

from collections.abc import Collection, Iterable, Mapping, Sequence

import attrs
from sqlalchemy import bindparam, insert, select

from custaccount.adapters.sqlalchemy.gate import Asked, Fetched, Gate
from custaccount.adapters.sqlalchemy.lists import any_of, delete_any
from custaccount.adapters.sqlalchemy.saving import Saving
from custaccount.adapters.sqlalchemy.tables import (
    contacts,
    customer_groups,
    customers,
    grouped_customers,
)
from custaccount.customers.model import (
    Contact,
    Customer,
    CustomerGroup,
    CustomerNotFound,
    search_text,
)
from custaccount.kernel.ids import (
    CustomerGroupId,
    CustomerId,
    CustomerNumber,
    ErpCustomerId,
    RealmId,
)
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.kernel.text import EmailAddress

CUSTOMER = tuple(column for column in customers.c if column is not customers.c.search)
"""The columns ``whole`` reads."""

_IN_REALM = customers.c.realm == bindparam("realm")

_GET = select(*CUSTOMER).where(_IN_REALM, customers.c.id == bindparam("customer"))
_WITH_CONTACT = (
    select(*CUSTOMER)
    .where(
        _IN_REALM,
        customers.c.id.in_(
            select(contacts.c.customer).where(
                contacts.c.realm == bindparam("realm"),
                contacts.c.email_key == bindparam("email_key"),
            )
        ),
    )
    .order_by(customers.c.number)
)
_WITH_ERP_IDS = select(*CUSTOMER).where(_IN_REALM, any_of(customers.c.erp_id, "erp_ids"))
_WITH_NUMBERS = select(customers.c.number, customers.c.id).where(
    _IN_REALM, any_of(customers.c.number, "numbers")
)
_CONTACTS = (
    select(contacts)
    .where(contacts.c.realm == bindparam("realm"), any_of(contacts.c.customer, "customers"))
    .order_by(contacts.c.customer, contacts.c.position)
)
_GROUPED = (
    select(grouped_customers.c.customer, grouped_customers.c.group)
    .where(
        grouped_customers.c.realm == bindparam("realm"),
        any_of(grouped_customers.c.customer, "customers"),
    )
    .order_by(grouped_customers.c.customer, grouped_customers.c.position)
)
_GROUPS = (
    select(customer_groups)
    .where(customer_groups.c.realm == bindparam("realm"))
    .order_by(customer_groups.c.key)
)

_SAVING = Saving.of(customers, kind="customer")
_FORGET = tuple(
    delete_any(part, part.c.realm == bindparam("realm"), any_of(part.c.customer, "customers"))
    for part in (contacts, grouped_customers)
)
_ADD_CONTACTS = insert(contacts)
_ADD_GROUPED = insert(grouped_customers)
_SAVING_GROUPS = Saving.of(customer_groups, kind="customer group")


@attrs.frozen
class SqlCustomers:
    """Looks the register up, and keeps it."""

    _gate: Gate

    def get(self, scope: CustomerScope) -> Customer:
        """Return the customer."""
        with self._gate as gate:
            rows = gate.rows(_GET, {"realm": scope.realm, "customer": scope.customer})
            found = whole(gate, scope.realm, rows)
            if not found:
                raise CustomerNotFound
            return found[0]

    def with_contact(self, scope: RealmScope, email: EmailAddress) -> tuple[Customer, ...]:
        """Return the customers with a contact of this address, by number."""
        with self._gate as gate:
            rows = gate.rows(_WITH_CONTACT, {"realm": scope.realm, "email_key": email.key})
            return whole(gate, scope.realm, rows)

    def with_erp_ids(
        self, scope: RealmScope, erp_ids: Collection[ErpCustomerId]
    ) -> Mapping[ErpCustomerId, Customer]:
        """Return those the register has, by their ERP id."""
        with self._gate as gate:
            rows = gate.rows(_WITH_ERP_IDS, {"realm": scope.realm, "erp_ids": erp_ids})
            found = whole(gate, scope.realm, rows)
            return {one.erp_id: one for one in found if one.erp_id is not None}

    def with_numbers(
        self, scope: RealmScope, numbers: Collection[CustomerNumber]
    ) -> Mapping[CustomerNumber, CustomerId]:
        """Return who has these customer numbers."""
        with self._gate as gate:
            rows = gate.rows(_WITH_NUMBERS, {"realm": scope.realm, "numbers": numbers})
            return {row.number: row.id for row in rows}

    def groups(self, scope: RealmScope) -> tuple[CustomerGroup, ...]:
        """Return the realm's customer groups by key."""
        with self._gate as gate:
            rows = gate.rows(_GROUPS, {"realm": scope.realm})
            return tuple(map(_group, rows))

    def save(self, scope: RealmScope, customers: Sequence[Customer]) -> tuple[Customer, ...]:
        """Keep customers with their contacts and groups."""
        changed = [one.id for one in customers if one.version]
        with self._gate.to_write() as gate:
            kept = _SAVING.save(gate, scope.realm, customers, _row)
            for forget in _FORGET if changed else ():
                gate.change(forget, {"realm": scope.realm, "customers": changed})
            gate.each(_ADD_CONTACTS, _contact_rows(scope.realm, customers))
            gate.each(_ADD_GROUPED, _group_rows(scope.realm, customers))
            return kept

    def save_groups(
        self, scope: RealmScope, groups: Sequence[CustomerGroup]
    ) -> tuple[CustomerGroup, ...]:
        """Keep customer groups."""

        def row(one: CustomerGroup) -> Asked:
            return {"key": one.key, "name": one.name, "features": one.features}

        with self._gate.to_write() as gate:
            return _SAVING_GROUPS.save(gate, scope.realm, groups, row)


def whole(gate: Gate, realm: RealmId, found: Sequence[Fetched]) -> tuple[Customer, ...]:
    """Read customers with their contacts and groups, however many in two more statements.

    None takes as many as some: no time tells whether the register knows an address.
    """
    asked = {"realm": realm, "customers": [row.id for row in found]}
    people: dict[CustomerId, list[Contact]] = {}
    for row in gate.rows(_CONTACTS, asked):
        people.setdefault(row.customer, []).append(_contact(row))
    grouped: dict[CustomerId, list[CustomerGroupId]] = {}
    for customer, group in gate.rows(_GROUPED, asked):
        grouped.setdefault(customer, []).append(group)
    return tuple(
        _customer(row, tuple(people.get(row.id, ())), tuple(grouped.get(row.id, ())))
        for row in found
    )


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
        "details": customer.details,
        "billing": customer.billing,
        "delivery": customer.delivery,
        "features": customer.features,
        "search": search_text(customer),
    }


def _customer(
    row: Fetched, people: tuple[Contact, ...], groups: tuple[CustomerGroupId, ...]
) -> Customer:
    return Customer(
        id=row.id,
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
        details=row.details,
        billing=row.billing,
        delivery=row.delivery,
        contacts=people,
        groups=groups,
        features=row.features,
        version=row.version,
    )


def _group(row: Fetched) -> CustomerGroup:
    return CustomerGroup(
        id=row.id, key=row.key, name=row.name, features=row.features, version=row.version
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
