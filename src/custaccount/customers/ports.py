"""What the register asks of a storage."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from custaccount.customers.model import Address, Customer, CustomerGroup
from custaccount.kernel.ids import AddressId, CustomerId, CustomerNumber, ErpCustomerId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.kernel.text import EmailAddress
from custaccount.kernel.work import Recording


class ReadCustomers(Protocol):
    """Looks the register up."""

    def get(self, scope: CustomerScope) -> Customer:
        """Return the customer.

        Raises:
            CustomerNotFound: there is none.
        """
        ...

    def with_contact(self, scope: RealmScope, email: EmailAddress) -> Sequence[Customer]:
        """Return the customers one of whose contacts has exactly this address, by number."""
        ...

    def with_erp_ids(
        self, scope: RealmScope, erp_ids: Collection[ErpCustomerId]
    ) -> Mapping[ErpCustomerId, Customer]:
        """Return those the register has, by their ERP id; any number in one question."""
        ...

    def with_numbers(
        self, scope: RealmScope, numbers: Collection[CustomerNumber]
    ) -> Mapping[CustomerNumber, CustomerId]:
        """Return who has these customer numbers; any number of them in one question."""
        ...

    def groups(self, scope: RealmScope) -> Sequence[CustomerGroup]:
        """Return the realm's customer groups by key."""
        ...


class KeepCustomers(ReadCustomers, Protocol):
    """Keeps the register."""

    def save(self, scope: RealmScope, customers: Sequence[Customer]) -> Sequence[Customer]:
        """Keep customers and return them with their new versions; any number in few statements.

        Raises:
            Stale: a newer version of one is kept.
            AlreadyThere: an ERP id or a customer number is taken.
        """
        ...

    def save_groups(
        self, scope: RealmScope, groups: Sequence[CustomerGroup]
    ) -> Sequence[CustomerGroup]:
        """Keep customer groups and return them with their new versions.

        Raises:
            Stale: a newer version of one is kept.
            AlreadyThere: a key is taken.
        """
        ...


class ReadAddresses(Protocol):
    """Looks address books up."""

    def get(self, scope: CustomerScope, address: AddressId) -> Address:
        """Return an address of the customer.

        Raises:
            AddressNotFound: it has none of this id.
        """
        ...

    def of(self, scope: CustomerScope, *, after: AddressId | None, limit: int) -> Sequence[Address]:
        """Return the customer's addresses by id, those after one: ids grow in time by default."""
        ...


class KeepAddresses(ReadAddresses, Protocol):
    """Keeps address books."""

    def save(self, scope: CustomerScope, address: Address) -> Address:
        """Keep an address and return it with its new version.

        Raises:
            Stale: a newer version is kept, or it is gone.
            AlreadyThere: its id is taken.
        """
        ...

    def remove(self, scope: CustomerScope, address: AddressId) -> bool:
        """Forget an address; False if there was none."""
        ...


class CustomersReading(Protocol):
    """A snapshot, as the register sees it."""

    @property
    def customers(self) -> ReadCustomers:
        """The register."""
        ...

    @property
    def addresses(self) -> ReadAddresses:
        """Address books."""
        ...


class CustomersWork(Recording, Protocol):
    """A writing unit, as the register sees it."""

    @property
    def customers(self) -> KeepCustomers:
        """The register."""
        ...

    @property
    def addresses(self) -> KeepAddresses:
        """Address books."""
        ...
