"""The tables, as rows without behaviour: what they mean stands in the features' models.

Django wants one key a row, so each has a number, which means nothing outside its table; ``ref`` is
the house's identifier. Every other key begins with the realm, but for the address of a portal,
which is unique in the deployment: by it a realm is found.

A field named ``…_row`` is the row that some columns name. It is for questions only: there is no
foreign key behind it, for Django has none of several columns, and no key crosses features.
"""

from typing import Any

from django.db import models

from custaccount.adapters.django.fields import Amount, Exact, Moment, Named, Word, Words
from custaccount.credentials.model import UserState
from custaccount.customers.model import CustomerStatus
from custaccount.facilities.audit import ActorKind
from custaccount.facilities.outbox import PostState
from custaccount.facilities.tickets import Purpose, TicketState
from custaccount.kernel.i18n import Language
from custaccount.membership.model import MembershipState, Role
from custaccount.orders.model import NumberKind, OrderStatus
from custaccount.portals.model import AddressKind


def _named(to: str, /, **columns: str) -> Any:  # noqa: ANN401 - a field is what Django makes of it
    """Say which of this row's columns name which of the other's."""
    return Named(
        to,
        on_delete=models.DO_NOTHING,
        from_fields=["realm", *columns],
        to_fields=["realm", *columns.values()],
        related_name="+",
        editable=False,
    )


def _only(table: str, *columns: str) -> models.UniqueConstraint:
    """Say that no two rows are alike in some columns."""
    named = "_".join(column for column in columns if column != "realm") or "realm"
    return models.UniqueConstraint(fields=columns, name=f"custaccount_{table}_{named}")


class Row(models.Model):
    """A row of a realm."""

    id = models.BigAutoField(primary_key=True)
    realm = Exact()

    class Meta:
        """Nobody changes a row by hand."""

        abstract = True
        default_permissions = ("view",)


class Realm(Row):
    """A realm."""

    name = Exact()
    version = models.IntegerField()

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_realms"
        constraints = (_only("realms", "realm"),)


class Portal(Row):
    """A portal."""

    ref = Exact()
    key = Exact()
    name = Exact()
    languages = Words(Language)
    currency = Exact()
    time_zone = Exact()
    path = Exact(null=True)
    number = Exact(null=True)
    host = Exact(null=True)
    policies = Exact()
    open = models.BooleanField()
    version = models.IntegerField()

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_portals"
        constraints = (_only("portals", "realm", "ref"), _only("portals", "realm", "key"))


class PortalAddress(Row):
    """Where a portal is found."""

    portal = Exact()
    kind = Word(AddressKind)
    address = Exact()
    portal_row = _named("Portal", portal="ref")

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_portal_addresses"
        verbose_name_plural = "portal addresses"
        constraints = (
            _only("portal_addresses", "realm", "portal", "kind"),
            _only("portal_addresses", "kind", "address"),
        )


class Customer(Row):
    """A customer of the register."""

    ref = Exact()
    number = Exact()
    erp_id = Exact(null=True)
    name = Exact()
    status = Word(CustomerStatus)
    language = Word(Language, null=True)
    street = Exact()
    postal_code = Exact()
    town = Exact()
    country = Exact()
    version = models.IntegerField()

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_customers"
        constraints = (
            _only("customers", "realm", "ref"),
            _only("customers", "realm", "number"),
            _only("customers", "realm", "erp_id"),
        )


class Contact(Row):
    """A person the register knows at a customer."""

    customer = Exact()
    position = models.IntegerField()
    name = Exact()
    email = Exact(null=True)
    email_key = Exact(null=True)

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_contacts"
        constraints = (_only("contacts", "realm", "customer", "position"),)
        indexes = (models.Index(fields=["realm", "email_key"]),)


class CustomerGroup(Row):
    """A group of customers."""

    ref = Exact()
    key = Exact()
    name = Exact()

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_customer_groups"
        constraints = (
            _only("customer_groups", "realm", "ref"),
            _only("customer_groups", "realm", "key"),
        )


class GroupedCustomer(Row):
    """A group a customer is in."""

    customer = Exact()
    position = models.IntegerField()
    group = Exact()

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_grouped_customers"
        constraints = (_only("grouped_customers", "realm", "customer", "position"),)


class User(Row):
    """A user."""

    ref = Exact()
    email = Exact()
    email_key = Exact()
    email_proven = Moment(null=True)
    password = Exact(null=True)
    state = Word(UserState)
    language = Word(Language, null=True)
    epoch = models.IntegerField()
    signed_in = Moment(null=True)
    version = models.IntegerField()

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_users"
        constraints = (_only("users", "realm", "ref"), _only("users", "realm", "email_key"))


class Session(Row):
    """A session."""

    digest = Exact()
    portal = Exact()
    user = Exact()
    epoch = models.IntegerField()
    begun = Moment()
    used = Moment()
    language = Word(Language)
    user_row = _named("User", user="ref")

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_sessions"
        constraints = (_only("sessions", "realm", "digest"),)
        indexes = (models.Index(fields=["realm", "begun"]),)


class Ticket(Row):
    """A ticket."""

    ref = Exact()
    purpose = Word(Purpose)
    subject = Exact()
    portal = Exact()
    email = Exact(null=True)
    email_key = Exact(null=True)
    language = Word(Language)
    key = Exact()
    issued = Moment()
    expires = Moment()
    state = Word(TicketState)

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_tickets"
        constraints = (_only("tickets", "realm", "ref"),)
        indexes = (
            models.Index(fields=["realm", "subject", "purpose"]),
            models.Index(fields=["realm", "expires"]),
        )


class Membership(Row):
    """A user acting for a customer."""

    ref = Exact()
    user = Exact()
    customer = Exact()
    roles = Words(Role)
    state = Word(MembershipState)
    epoch = models.IntegerField()
    version = models.IntegerField()
    user_row = _named("User", user="ref")
    customer_row = _named("Customer", customer="ref")

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_memberships"
        constraints = (
            _only("memberships", "realm", "ref"),
            _only("memberships", "realm", "customer", "user"),
        )
        indexes = (models.Index(fields=["realm", "user"]),)


class PriceList(Row):
    """A price list."""

    ref = Exact()
    key = Exact()
    name = Exact()
    version = models.IntegerField()
    edition = models.IntegerField(default=0)
    """Grows first in each unit that changes what the list holds."""

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_price_lists"
        constraints = (_only("price_lists", "realm", "ref"), _only("price_lists", "realm", "key"))


class Price(Row):
    """A row of a price list."""

    list = Exact()
    article = Exact()
    position = models.IntegerField()
    unit = Exact()
    quantity = Amount()
    amount = Amount()
    currency = Exact()
    valid_from = Moment(null=True)
    valid_until = Moment(null=True)

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_prices"
        constraints = (_only("prices", "realm", "list", "article", "position"),)


class Attachment(Row):
    """A price list attached to a customer, a customer group or a portal."""

    level = models.IntegerField()
    target = Exact()
    list = Exact()
    rank = models.IntegerField()
    list_row = _named("PriceList", list="ref")
    price_row = _named("Price", list="list")
    grouped_row = _named("GroupedCustomer", target="group")

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_attachments"
        constraints = (_only("attachments", "realm", "level", "target", "list"),)


class Order(Row):
    """An order."""

    ref = Exact()
    customer = Exact()
    number = Exact()
    customer_number = Exact(null=True)
    placed = Moment()
    status = Word(OrderStatus)
    total = Amount(null=True)
    currency = Exact(null=True)

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_orders"
        constraints = (_only("orders", "realm", "ref"), _only("orders", "realm", "number"))
        indexes = (models.Index(fields=["realm", "customer", "placed", "number"]),)


class OrderNumber(Row):
    """A number an order is found by."""

    customer = Exact()
    key = Exact()
    order = Exact()
    kind = Word(NumberKind)
    order_row = _named("Order", order="ref")

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_order_numbers"
        constraints = (_only("order_numbers", "realm", "customer", "key", "order"),)
        indexes = (models.Index(fields=["realm", "order"]),)


class OrderLine(Row):
    """A line of an order."""

    order = Exact()
    position = models.IntegerField()
    ref = Exact()
    article = Exact()
    text = Exact()
    quantity = Amount()
    unit = Exact()
    price = Amount(null=True)
    price_currency = Exact(null=True)
    amount = Amount(null=True)
    amount_currency = Exact(null=True)

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_order_lines"
        constraints = (_only("order_lines", "realm", "order", "position"),)


class DeliveryNote(Row):
    """A delivery note of an order."""

    order = Exact()
    position = models.IntegerField()
    ref = Exact()
    number = Exact()
    sent = Moment()

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_delivery_notes"
        constraints = (_only("delivery_notes", "realm", "order", "position"),)


class DeliveredLine(Row):
    """How much of an order line a delivery note brought."""

    order = Exact()
    note = models.IntegerField()
    position = models.IntegerField()
    order_line = Exact()
    quantity = Amount()

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_delivered_lines"
        constraints = (_only("delivered_lines", "realm", "order", "note", "position"),)


class Tracking(Row):
    """Where a parcel can be followed."""

    order = Exact()
    note = models.IntegerField()
    position = models.IntegerField()
    carrier = Exact()
    reference = Exact()
    url = Exact(null=True)

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_trackings"
        constraints = (_only("trackings", "realm", "order", "note", "position"),)


class Invoice(Row):
    """An invoice of an order."""

    order = Exact()
    position = models.IntegerField()
    ref = Exact()
    number = Exact()
    issued = Moment()
    net = Amount()
    net_currency = Exact()
    tax = Amount()
    tax_currency = Exact()
    gross = Amount()
    gross_currency = Exact()

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_invoices"
        constraints = (_only("invoices", "realm", "order", "position"),)


class Post(Row):
    """An event on its way out."""

    ref = Exact()
    event = Exact()
    body = Exact()
    at = Moment()
    state = Word(PostState)
    due = Moment()
    tries = models.IntegerField()
    fence = models.BigIntegerField()
    had = Exact()
    """Which subscribers took it: a JSON list of names."""

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_outbox"
        constraints = (_only("outbox", "realm", "ref"),)
        indexes = (
            models.Index(fields=["realm", "state", "at", "ref"]),
            models.Index(fields=["state", "due", "realm"]),
        )


class AuditEntry(Row):
    """An entry of the audit trail."""

    ref = Exact()
    at = Moment()
    event = Exact()
    kind = Word(ActorKind)
    by = Exact(null=True)
    customer = Exact(null=True)
    portal = Exact(null=True)
    facts = Exact()
    changes = Exact()
    named = Exact()
    """All it may be asked for: a JSON list of texts."""

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_audit"
        verbose_name_plural = "audit entries"
        constraints = (_only("audit", "realm", "ref"),)
        indexes = (
            models.Index(fields=["realm", "at", "ref"]),
            models.Index(fields=["realm", "by", "at", "ref"]),
        )
