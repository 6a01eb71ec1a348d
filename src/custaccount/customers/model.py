"""The customer register: who the seller's customers are."""

from collections.abc import Mapping
from enum import Enum
from typing import ClassVar

import attrs

from custaccount.kernel.errors import NotFound
from custaccount.kernel.events import Event
from custaccount.kernel.i18n import N_, Language
from custaccount.kernel.ids import (
    CustomerGroupId,
    CustomerId,
    CustomerNumber,
    ErpCustomerId,
    RealmId,
)
from custaccount.kernel.scope import CustomerScope
from custaccount.kernel.text import EmailAddress


class CustomerNotFound(NotFound):
    """No such customer, or not yours."""

    code = "customers.not_found"
    template = N_("This customer is not known.")


class CustomerGroupNotFound(NotFound):
    """No such customer group in this realm."""

    code = "customers.group_not_found"
    template = N_("This customer group is not known.")


class CustomerStatus(Enum):
    """Where a customer stands with the seller."""

    REQUESTED = "requested"
    ACTIVE = "active"
    ON_HOLD = "on hold"
    CLOSED = "closed"
    REJECTED = "rejected"


@attrs.frozen(kw_only=True)
class Switches:
    """What a status allows, checked on every call."""

    sign_in: bool
    see_prices: bool
    order: bool
    see_documents: bool


SWITCHES: Mapping[CustomerStatus, Switches] = {
    CustomerStatus.REQUESTED: Switches(
        sign_in=False, see_prices=False, order=False, see_documents=False
    ),
    CustomerStatus.ACTIVE: Switches(sign_in=True, see_prices=True, order=True, see_documents=True),
    CustomerStatus.ON_HOLD: Switches(
        sign_in=True, see_prices=True, order=False, see_documents=True
    ),
    CustomerStatus.CLOSED: Switches(
        sign_in=False, see_prices=False, order=False, see_documents=False
    ),
    CustomerStatus.REJECTED: Switches(
        sign_in=False, see_prices=False, order=False, see_documents=False
    ),
}


@attrs.frozen(kw_only=True)
class CustomerGroup:
    """Customers that are treated alike."""

    id: CustomerGroupId
    key: str
    """As the ERP or staff name it; exact."""
    name: str


@attrs.frozen(kw_only=True)
class Contact:
    """A person the register knows at a customer."""

    name: str
    email: EmailAddress | None = None


@attrs.frozen(kw_only=True)
class Customer:
    """An entry of the register: a company or a person that buys."""

    id: CustomerId
    realm: RealmId
    number: CustomerNumber
    name: str
    erp_id: ErpCustomerId | None = None
    """Immutable; the register follows the ERP by it, never by mail."""
    status: CustomerStatus = CustomerStatus.ACTIVE
    language: Language | None = None
    street: str = ""
    postal_code: str = ""
    town: str = ""
    country: str = ""
    """ISO 3166-1 alpha-2, or empty."""
    contacts: tuple[Contact, ...] = ()
    """The first one is the primary contact."""
    groups: tuple[CustomerGroupId, ...] = ()
    """In the order staff gave; the first one counts first."""
    version: int = 0

    @property
    def scope(self) -> CustomerScope:
        """Everything of this customer."""
        return CustomerScope(self.realm, self.id)

    @property
    def switches(self) -> Switches:
        """What its status allows."""
        return SWITCHES[self.status]

    def as_registered(self, email: EmailAddress) -> EmailAddress | None:
        """Return a contact's address as the register writes it; None if it is nobody's."""
        known = (contact.email for contact in self.contacts)
        return next((one for one in known if one == email), None)

    def first_contact_is(self, email: EmailAddress) -> bool:
        """Tell whether the address is the primary contact's."""
        return bool(self.contacts) and self.contacts[0].email == email


AUDITED = ("number", "status", "language", "country", "groups")
"""What the audit trail tells of a customer, before and after."""
AUDITED_BY_NAME = ("name", "street", "postal_code", "town", "contacts")
"""Of these it tells that they changed: they are about persons, and an entry is for good."""


@attrs.frozen(kw_only=True)
class CustomerAdded(Event):
    """The register has a customer more."""

    name: ClassVar[str] = "customers.added"
    customer: CustomerId
    number: CustomerNumber


@attrs.frozen(kw_only=True)
class CustomerChanged(Event):
    """The register has something else of a customer."""

    name: ClassVar[str] = "customers.changed"
    customer: CustomerId


@attrs.frozen(kw_only=True)
class RegisterImported(Event):
    """Rows of an import were written to the register; the audit trail names each customer."""

    name: ClassVar[str] = "customers.register_imported"
    created: int
    changed: int
