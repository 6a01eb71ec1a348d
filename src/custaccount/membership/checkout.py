"""Checkout: all that the form of an order is filled in with, in one call."""

import attrs

from custaccount.customers.model import Address, own_address
from custaccount.kernel.access import Member, Permission
from custaccount.kernel.features import CHECKOUT
from custaccount.kernel.ids import CustomerNumber
from custaccount.kernel.operations import requires
from custaccount.kernel.text import EmailAddress
from custaccount.kernel.work import Reading
from custaccount.membership.ports import CheckoutReading
from custaccount.portals.model import AccountKind

MOST_ADDRESSES = 100
"""Of the address book that a form offers; the address book itself shows all."""


@attrs.frozen(kw_only=True)
class CheckoutForm:
    """What is known of who orders, for whom, and where to."""

    person: str
    email: EmailAddress | None
    phone: str
    """The person's, else the company's; in E.164, or empty."""
    kind: AccountKind
    customer_number: CustomerNumber
    company: str
    vat_id: str
    billing: Address
    """Where the invoice goes: the default, else the customer's own address."""
    delivery: Address
    """Where the goods go, likewise."""
    own: Address
    """The customer's own address, which can always be chosen."""
    addresses: tuple[Address, ...]
    """What else the address book offers, in the order it was filled."""
    more_addresses: bool
    """Whether it has more than these."""


@attrs.frozen(kw_only=True)
class Checkout:
    """Fills a checkout form in from the account."""

    _reading: Reading[CheckoutReading] = attrs.field(alias="reading")

    @requires(Permission.PLACE_ORDERS, feature=CHECKOUT)
    @requires(Permission.SEE_CUSTOMER)
    def form(self, member: Member) -> CheckoutForm:
        """Return everything a checkout form asks for, as it is known now."""
        with self._reading() as view:
            user = view.users.get(member.scope.of_realm, member.user)
            customer = view.customers.get(member.scope)
            found = view.addresses.of(member.scope, after=None, limit=MOST_ADDRESSES + 1)
            chosen = {
                id_: view.addresses.get(member.scope, id_)
                for id_ in {customer.billing, customer.delivery}
                if id_ is not None
            }
        own = own_address(customer)
        return CheckoutForm(
            person=user.name,
            email=user.email,
            phone=user.phone or customer.phone,
            kind=customer.kind,
            customer_number=customer.number,
            company=customer.name if customer.kind is AccountKind.COMPANY else "",
            vat_id=customer.vat_id,
            billing=chosen[customer.billing] if customer.billing else own,
            delivery=chosen[customer.delivery] if customer.delivery else own,
            own=own,
            addresses=tuple(found[:MOST_ADDRESSES]),
            more_addresses=len(found) > MOST_ADDRESSES,
        )
