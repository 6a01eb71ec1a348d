"""The customer register: who the seller's customers are."""

from custaccount.customers.model import (
    OWN,
    Address,
    AddressChanged,
    AddressNotFound,
    Contact,
    Customer,
    CustomerAdded,
    CustomerChanged,
    CustomerGroup,
    CustomerGroupChanged,
    CustomerGroupNotFound,
    CustomerNotFound,
    RegisterImported,
)
from custaccount.customers.ports import (
    CustomersReading,
    CustomersWork,
    KeepAddresses,
    KeepCustomers,
    ReadAddresses,
    ReadCustomers,
)

__all__ = [
    "OWN",
    "Address",
    "AddressChanged",
    "AddressNotFound",
    "Contact",
    "Customer",
    "CustomerAdded",
    "CustomerChanged",
    "CustomerGroup",
    "CustomerGroupChanged",
    "CustomerGroupNotFound",
    "CustomerNotFound",
    "CustomersReading",
    "CustomersWork",
    "KeepAddresses",
    "KeepCustomers",
    "ReadAddresses",
    "ReadCustomers",
    "RegisterImported",
]
