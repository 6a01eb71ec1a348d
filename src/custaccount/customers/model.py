"""The customer register: who the seller's customers are."""

import unicodedata
from collections.abc import Mapping
from typing import ClassVar

import attrs

from custaccount.kernel.errors import NotFound
from custaccount.kernel.events import Event
from custaccount.kernel.features import Switched
from custaccount.kernel.i18n import N_, Language
from custaccount.kernel.ids import (
    AddressId,
    CustomerGroupId,
    CustomerId,
    CustomerNumber,
    ErpCustomerId,
    RealmId,
)
from custaccount.kernel.scope import CustomerScope
from custaccount.kernel.text import EmailAddress
from custaccount.portals.model import AccountKind
from custaccount.portals.statuses import CustomerStatus


class CustomerNotFound(NotFound):
    """No such customer, or not yours."""

    code = "customers.not_found"
    template = N_("This customer is not known.")


class CustomerGroupNotFound(NotFound):
    """No such customer group in this realm."""

    code = "customers.group_not_found"
    template = N_("This customer group is not known.")


@attrs.frozen(kw_only=True)
class CustomerGroup:
    """Customers that are treated alike."""

    id: CustomerGroupId
    key: str
    """As the ERP or staff name it; exact."""
    name: str
    features: Switched = attrs.field(factory=dict)
    """What is switched on or off for its customers, unless a customer has it else."""
    version: int = 0


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
    kind: AccountKind = AccountKind.COMPANY
    """A personal account has one user, and no list of users."""
    status: CustomerStatus = CustomerStatus.ACTIVE
    language: Language | None = None
    street: str = ""
    postal_code: str = ""
    town: str = ""
    country: str = ""
    """ISO 3166-1 alpha-2, or empty."""
    phone: str = ""
    """In E.164, or empty."""
    email: EmailAddress | None = None
    """The company's own address; nobody signs in with it."""
    vat_id: str = ""
    """Compact, with its country's prefix, or empty."""
    details: Mapping[str, str] = attrs.field(factory=dict)
    """What else a portal asked for, by the key of its field."""
    billing: AddressId | None = None
    """The default address of its address book for invoices; None: the customer's own."""
    delivery: AddressId | None = None
    """The default one for deliveries; None: the customer's own."""
    contacts: tuple[Contact, ...] = ()
    """The first one is the primary contact."""
    groups: tuple[CustomerGroupId, ...] = ()
    """In the order staff gave; the first one counts first."""
    features: Switched = attrs.field(factory=dict)
    """What is switched on or off for this customer, whatever its groups and the portal say."""
    version: int = 0

    @property
    def scope(self) -> CustomerScope:
        """Everything of this customer."""
        return CustomerScope(self.realm, self.id)

    def as_registered(self, email: EmailAddress) -> EmailAddress | None:
        """Return a contact's address as the register writes it; None if it is nobody's."""
        found = self.contact_at(email)
        return None if found is None else found.email

    def contact_at(self, email: EmailAddress) -> Contact | None:
        """Return the contact that is reached at an address; None if it is nobody's."""
        return next((one for one in self.contacts if one.email == email), None)

    def first_contact_is(self, email: EmailAddress) -> bool:
        """Tell whether the address is the primary contact's."""
        return bool(self.contacts) and self.contacts[0].email == email


SEARCH_WORDS_MOST = 8
"""Of what is typed into a search, so many words count."""


def search_text(customer: Customer) -> str:
    """Collect what a customer is searched by: number, name, town and mail addresses, folded."""
    addresses = (customer.email, *(contact.email for contact in customer.contacts))
    texts = (
        customer.number,
        customer.name,
        customer.town,
        *(address.text for address in addresses if address is not None),
    )
    return _folded(" ".join(text for text in texts if text))


def search_words(text: str) -> tuple[str, ...]:
    """Split what somebody searches for into words that are folded alike; the first eight count."""
    return tuple(_folded(text).split()[:SEARCH_WORDS_MOST])


def _folded(text: str) -> str:
    """Fold case and compatibility forms, as Unicode's caseless matching does."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


class AddressNotFound(NotFound):
    """No such address in this customer's address book."""

    code = "customers.address_not_found"
    template = N_("This address is not known.")


@attrs.frozen(kw_only=True)
class Address:
    """An entry of a customer's address book."""

    id: AddressId
    realm: RealmId
    customer: CustomerId
    name: str
    """Who is addressed: a company, a branch, a person."""
    addition: str = ""
    """A second line: a department, a gate."""
    street: str
    postal_code: str
    town: str
    country: str
    """ISO 3166-1 alpha-2."""
    phone: str = ""
    """In E.164, or empty."""
    version: int = 0


OWN = AddressId("own")
"""What the customer's own address is called among those of its address book."""


def own_address(customer: Customer) -> Address:
    """Return the customer's own address, as one of its address book would be."""
    return Address(
        id=OWN,
        realm=customer.realm,
        customer=customer.id,
        name=customer.name,
        street=customer.street,
        postal_code=customer.postal_code,
        town=customer.town,
        country=customer.country,
        phone=customer.phone,
        version=customer.version,
    )


AUDITED = ("number", "kind", "status", "language", "country", "groups", "billing", "delivery")
"""What the audit trail tells of a customer, before and after."""
AUDITED_BY_NAME = (
    "name",
    "street",
    "postal_code",
    "town",
    "phone",
    "email",
    "vat_id",
    "details",
    "contacts",
)
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
class CustomerGroupChanged(Event):
    """A customer group was made, renamed or switched."""

    name: ClassVar[str] = "customers.group_changed"
    group: CustomerGroupId
    what: str
    """``made`` or ``changed``."""


@attrs.frozen(kw_only=True)
class AddressChanged(Event):
    """An entry of an address book was added, changed or removed."""

    name: ClassVar[str] = "customers.address_changed"
    customer: CustomerId
    address: AddressId
    what: str
    """``added``, ``changed`` or ``removed``."""


@attrs.frozen(kw_only=True)
class RegisterImported(Event):
    """Rows of an import were written to the register; the audit trail names each customer."""

    name: ClassVar[str] = "customers.register_imported"
    created: int
    changed: int
