"""The customer register: who the seller's customers are."""

from custaccount.customers.model import (
    SWITCHES,
    Contact,
    Customer,
    CustomerAdded,
    CustomerChanged,
    CustomerGroup,
    CustomerGroupNotFound,
    CustomerNotFound,
    CustomerStatus,
    RegisterImported,
    Switches,
)
from custaccount.customers.ports import (
    CustomersReading,
    CustomersWork,
    KeepCustomers,
    ReadCustomers,
)

__all__ = [
    "SWITCHES",
    "Contact",
    "Customer",
    "CustomerAdded",
    "CustomerChanged",
    "CustomerGroup",
    "CustomerGroupNotFound",
    "CustomerNotFound",
    "CustomerStatus",
    "CustomersReading",
    "CustomersWork",
    "KeepCustomers",
    "ReadCustomers",
    "RegisterImported",
    "Switches",
]
