"""What the register asks of a storage."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from custaccount.customers.model import Customer, CustomerGroup
from custaccount.kernel.ids import CustomerId, CustomerNumber, ErpCustomerId
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

    def save_groups(self, scope: RealmScope, groups: Sequence[CustomerGroup]) -> None:
        """Keep customer groups, new or renamed.

        Raises:
            AlreadyThere: a key is taken.
        """
        ...


class CustomersReading(Protocol):
    """A snapshot, as the register sees it."""

    @property
    def customers(self) -> ReadCustomers:
        """The register."""
        ...


class CustomersWork(Recording, Protocol):
    """A writing unit, as the register sees it."""

    @property
    def customers(self) -> KeepCustomers:
        """The register."""
        ...
